"""The rows of a place's content as its members see them: a place has a hundred. A template that
includes itself for each takes twice as long as these lines.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django import template
from django.template import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString

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
    token = format_html(
        '<input type="hidden" name="csrfmiddlewaretoken" value="{}">', known["csrf_token"]
    )
    wanted = ("paths", "above", "may_manage", "editable", "deletable")
    return _Rows(token, **{name: known[name] for name in wanted}).of(branches)


@dataclass(frozen=True)
class _Rows:
    token: SafeString
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
        item, inside = branch.item, branch.inside
        return format_html(
            '<li><div class="row{}"><a class="row-main" href="{}">{}'
            '<span class="row-text"><span class="row-title">{}</span>{}</span></a>{}</div>{}</li>',
            "" if item.shown_to_members else " is-hidden",
            self.paths.to(item),
            icon(item.kind),
            item.title,
            _note(item),
            self._actions(item, is_first=is_first, is_last=is_last),
            format_html('<ul class="tree">{}</ul>', self.of(inside)) if inside else NOTHING,
        )

    def _actions(self, item: Item, *, is_first: bool, is_last: bool) -> SafeString:
        state = NOTHING if item.shown_to_members else toggle("blue", item, self.above)
        may_edit = item.pk in self.editable
        if not self.may_manage and not may_edit:
            return format_html('<div class="row-actions">{}</div>', state) if state else NOTHING
        if self.may_manage:
            state = toggle_button("blue", item, self.above)
            state += toggle_button("green", item, self.above)
        menu = (
            row_menu(item, self.deletable, is_first=is_first, is_last=is_last)
            if may_edit
            else NOTHING
        )
        return format_html(
            '<form class="row-actions" method="post">{}{}{}</form>', self.token, state, menu
        )


def _note(item: Item) -> SafeString:
    """Return what is said below the title: what a file is, where a link leads."""
    if item.file:
        note = kind_and_size(item.file)
    elif item.url:
        note = host_of(item.url)
    else:
        return NOTHING
    return format_html('<span class="row-note">{}</span>', note)
