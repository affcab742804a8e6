"""Icons, toggles and sizes: small markup that stands on a page a hundred times.

Built as strings here, because a template included for each costs a hundred times as much. What
people and catalogs wrote is escaped where it stands in them; the rest is ours.
"""

from collections.abc import Collection
from functools import cache
from urllib.parse import urlsplit

from django import template
from django.conf import settings
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from markupsafe import Markup, escape

from classkey.school import filing
from classkey.school.models import Item, Place, StoredFile
from classkey.school.publishing import Thing, Toggle
from classkey.web import uploads
from classkey.web.paths import around
from classkey.web.trees import Above

register = template.Library()

_COLOURS = {"blue": Toggle.BLUE, "green": Toggle.GREEN}
_ICONS = {"blue": "members", "green": "home"}


@cache
def _sprite() -> str:
    return static("web/icons.svg")


@cache
def _drawn(name: str, crossed: str, more_classes: str = "") -> SafeString:
    use = f'<use href="{_sprite()}#{name}"/>'
    off = f'<use href="{_sprite()}#off"/>' if crossed else ""
    return mark_safe(  # noqa: S308 # names of our own
        f'<svg class="icon{more_classes}" aria-hidden="true" focusable="false">{use}{off}</svg>'
    )


@register.simple_tag
def icon(name: str, *, flip: bool = False) -> SafeString:
    """Return an icon of ours; one that points somewhere may have to `flip` where text runs from
    right to left.
    """
    return _drawn(name, "", " icon-flip" if flip else "")


@register.simple_tag
def toggle(colour: str, thing: Thing, above: Above) -> SafeString:
    """Return one toggle's state in words (C2), for somebody who cannot flip it."""
    classes, said = _state(colour, thing, above)
    return SafeString(f'<span class="toggle toggle-{colour} {classes}">{said}</span>')


@register.simple_tag
def toggle_button(
    colour: str, thing: Thing, above: Above | None = None, *, in_place: bool = True
) -> SafeString:
    """Return one toggle as a button of the form that it stands in: it flips in place (in the
    page's #content), or else by sending the form.

    The visible text is the state, and a hidden one what the button does, rather than
    aria-pressed, which would contradict a text that changes.
    """
    on = getattr(thing, _COLOURS[colour])
    kind = "place" if isinstance(thing, Place) else "item"
    classes, said = _state(colour, thing, above)
    # What is hidden already by something above is not hidden once more.
    hides = "turn off" if "is-blocked" in classes else "hide"
    does = _word(hides if on else "show")
    address = item_address(f"{kind}_{colour}", thing)
    hx = "hx-post" if in_place else "data-address"
    return SafeString(
        f'<button type="submit" id="{colour}-{thing.pk}" class="toggle toggle-{colour} {classes}"'
        f' name="on" value="{"0" if on else "1"}" formaction="{address}" {hx}="{address}"'
        f' title="{does}">{said}'
        f'<span class="visually-hidden">({escape(name_of(thing))}) {does}</span></button>'
    )


def _state(colour: str, thing: Thing, above: Above | None) -> tuple[str, SafeString]:
    """Return the classes of a toggle, and what it says."""
    field = _COLOURS[colour]
    on = getattr(thing, field)
    in_effect = thing.shown_to_members if field is Toggle.BLUE else thing.shown_to_parents
    if on and not in_effect:
        words = _because(colour, above.nearest_off(thing, field) if above else None)
        return "is-on is-blocked", _said(_drawn(_ICONS[colour], "off"), words)
    if on:
        words = _word(f"{colour} on")
        return "is-on", _said(_drawn(_ICONS[colour], ""), words)
    return "", _said(_drawn(_ICONS[colour], "off"), _word(f"{colour} off"))


def _said(picture: SafeString, words: str) -> SafeString:
    return SafeString(f"{picture}<span>{escape(words)}</span>")


_WORDS = {
    "blue on": gettext_lazy("Members can see this"),
    "blue off": gettext_lazy("Hidden from members"),
    "green on": gettext_lazy("Parents can see this"),
    "green off": gettext_lazy("Hidden from parents"),
    "hide": gettext_lazy("Hide"),
    "turn off": gettext_lazy("Turn off"),
    "show": gettext_lazy("Show"),
    "edit": gettext_lazy("Edit"),
    "up": gettext_lazy("Move up"),
    "down": gettext_lazy("Move down"),
    "move": gettext_lazy("Move to…"),
    "trash": gettext_lazy("Delete"),
}


def _word(name: str) -> Markup:
    """Return what rows say again and again, escaped; looked up once in each language."""
    return _word_in(get_language(), name)


@cache
def _word_in(_language: str, name: str) -> Markup:
    return escape(_WORDS[name])


def _because(colour: str, off: Thing | None) -> str:
    """Return why something is hidden that is on by itself."""
    words = _BECAUSE[colour, off.kind if off else ""]
    return str(words) % {"name": name_of(off) if off else ""}


_BECAUSE = {
    ("blue", "folder"): gettext_lazy("Hidden from members because the folder “%(name)s” is"),
    ("blue", "course"): gettext_lazy("Hidden from members because the course “%(name)s” is"),
    ("blue", "workspace"): gettext_lazy("Hidden from members because the workspace “%(name)s” is"),
    ("blue", "group"): gettext_lazy("Hidden from members because the group “%(name)s” is"),
    ("blue", ""): gettext_lazy("Hidden from members because something above is"),
    ("green", "folder"): gettext_lazy("Hidden from parents because the folder “%(name)s” is"),
    ("green", "course"): gettext_lazy("Hidden from parents because the course “%(name)s” is"),
    ("green", "workspace"): gettext_lazy("Hidden from parents because the workspace “%(name)s” is"),
    ("green", "group"): gettext_lazy("Hidden from parents because the group “%(name)s” is"),
    ("green", ""): gettext_lazy("Hidden from parents because something above is"),
}


@register.filter
def name_of(thing: Thing) -> str:
    """Return a place's name or an item's title."""
    return thing.name if isinstance(thing, Place) else thing.title


_around = cache(around)


@register.simple_tag
def item_address(name: str, thing: Thing) -> str:
    """Return `{% url name thing.pk %}`, looked up once and not for each row."""
    before, after = _around(name)
    return f"{before}{thing.pk}{after}"


@register.simple_tag
def row_menu(
    item: Item, deletable: Collection[object], *, is_first: bool, is_last: bool
) -> SafeString:
    """Return the menu of an item's row, for somebody who may change the item."""
    parts = [_menu_link("edit", item)]
    if not is_first:
        parts.append(_menu_button("up", item))
    if not is_last:
        parts.append(_menu_button("down", item))
    parts.append(_menu_link("move", item))
    if item.pk in deletable:
        parts.append(_menu_button("trash", item))
    more = escape(_("More: %(title)s") % {"title": item.title})
    return SafeString(
        f'<details class="menu"><summary id="menu-{item.pk}">{icon("more")}'
        f'<span class="visually-hidden">{more}</span></summary>'
        f'<div class="menu-list">{"".join(parts)}</div></details>'
    )


_MENU = {
    "edit": "item_edit",
    "up": "item_up",
    "down": "item_down",
    "move": "item_move",
    "trash": "item_delete",
}


def _menu_link(picture: str, item: Item) -> str:
    dialog = " data-dialog" if picture == "move" else ""
    address = item_address(_MENU[picture], item)
    return f'<a href="{address}"{dialog}>{icon(picture)}{_word(picture)}</a>'


def _menu_button(picture: str, item: Item) -> str:
    address = item_address(_MENU[picture], item)
    return (
        f'<button type="submit" id="{picture}-{item.pk}" formaction="{address}"'
        f' hx-post="{address}">{icon(picture)}{_word(picture)}</button>'
    )


@register.simple_tag
def file_limits() -> SafeString:
    """Return what a script needs to refuse a file that is too large before it is sent."""
    return format_html(
        'data-max-bytes="{}" data-too-large="{}"',
        settings.FILE_MAX_BYTES,
        uploads.too_large("{name}"),
    )


@register.filter
def shown_as(stored: StoredFile) -> str:
    """Return as what a page shows a file itself: "image", "audio", "video" or, not at all, ""."""
    family = filing.media_type(stored).partition("/")[0]
    return family if family in {"image", "audio", "video"} else ""


@register.filter
def host_of(url: str) -> str:
    """Return the host that a link leads to."""
    return urlsplit(url).hostname or ""


@register.filter
def kind_and_size(stored: StoredFile) -> str:
    """Return what people call a file, and how large it is."""
    return f"{filing.kind_in_words(stored.name)} · {filing.size_in_words(stored.size)}"
