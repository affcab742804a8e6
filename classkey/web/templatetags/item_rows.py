"""The rows of a place's content as its members see them: a place has a hundred. A template that
includes itself for each took as long as all the rest of the page. What people wrote is escaped
where it stands in them.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django import template
from django.template import Context
from django.utils.safestring import SafeString
from markupsafe import escape

from classkey.school.models import Item
from classkey.web.paths import Paths
from classkey.web.templatetags.marks import (
    host_of,
    icon,
    kind_and_size,
    row_menu,
    toggle,
    toggle_button,
)
from classkey.web.trees import Above, Branch

register = template.Library()

NOTHING = SafeString()


@register.simple_tag(takes_context=True)
def item_rows(context: Context, branches: Sequence[Branch]) -> SafeString:
    """Return items as a tree of rows, each with what the viewer may do there.

    Of the context: `paths`, `above`, `may_manage` (their toggles) and, of whose ids one may change
    and delete, `editable` and `deletable`.
    """
    known: dict[Any, Any] = context.flatten()
    token = (
        f'<input type="hidden" name="csrfmiddlewaretoken" value="{escape(known["csrf_token"])}">'
    )
    wanted = ("paths", "above", "may_manage", "editable", "deletable")
    return _Rows(token, **{name: known[name] for name in wanted}).of(branches)


@dataclass(frozen=True)
class _Rows:
    token: str
    paths: Paths
    above: Above
    may_manage: bool
    editable: Collection[object]
    deletable: Collection[object]

    def of(self, branches: Sequence[Branch]) -> SafeString:
        last = len(branches) - 1
        rows = (
            self._row(branch, is_first=at == 0, is_last=at == last)
            for at, branch in enumerate(branches)
        )
        return SafeString("\n".join(rows))

    def _row(self, branch: Branch, *, is_first: bool, is_last: bool) -> SafeString:
        item = branch.item
        hidden = "" if item.shown_to_members else " is-hidden"
        actions = self._actions(item, is_first=is_first, is_last=is_last)
        inside = f'<ul class="tree">{self.of(branch.inside)}</ul>' if branch.inside else ""
        return SafeString(
            f'<li><div class="row{hidden}"><a class="row-main" href="{self.paths.to(item)}">'
            f'{icon(item.kind)}<span class="row-text">'
            f'<span class="row-title">{escape(item.title)}</span>{_note(item)}</span></a>'
            f"{actions}</div>{inside}</li>"
        )

    def _actions(self, item: Item, *, is_first: bool, is_last: bool) -> SafeString:
        state = NOTHING if item.shown_to_members else toggle("blue", item, self.above)
        may_edit = item.pk in self.editable
        if not self.may_manage and not may_edit:
            return SafeString(f'<div class="row-actions">{state}</div>') if state else NOTHING
        if self.may_manage:
            state = toggle_button("blue", item, self.above)
            state += toggle_button("green", item, self.above)
        menu = (
            row_menu(item, self.deletable, is_first=is_first, is_last=is_last)
            if may_edit
            else NOTHING
        )
        return SafeString(
            f'<form class="row-actions" method="post">{self.token}{state}{menu}</form>'
        )


def _note(item: Item) -> SafeString:
    """Return what is said below the title: what a file is, where a link leads."""
    if item.file:
        note = kind_and_size(item.file)
    elif item.url:
        note = host_of(item.url)
    else:
        return NOTHING
    return SafeString(f'<span class="row-note">{escape(note)}</span>')
