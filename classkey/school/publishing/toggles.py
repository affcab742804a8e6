"""The two toggles (C2 to C4): the only writer of what is in effect.

Every change of a tree's shape or toggles holds the tree (`lock_tree`), so that what is
in effect is always what follows from what is set.
"""

import uuid
from dataclasses import dataclass
from enum import StrEnum

from django.db import transaction
from django.utils.translation import gettext as _

from classkey.school import access, audit
from classkey.school.access import Action, require
from classkey.school.errors import Refused
from classkey.school.models import AuditAction, Item, Place
from classkey.school.viewer import Viewer

Thing = Place | Item


class Toggle(StrEnum):
    """The two toggles, by the name of their field."""

    BLUE = "members_see"
    GREEN = "parents_see"


_IN_EFFECT = {Toggle.BLUE: "shown_to_members", Toggle.GREEN: "shown_to_parents"}


@dataclass(frozen=True)
class Opening:
    """What turning something green asks for, and what else would then appear (C3)."""

    off_above: list[Thing]
    would_appear: list[Thing]


def opening(thing: Thing) -> Opening:
    """Return what is off above `thing`, from the top down, and what else would be seen by parents
    if it and all that were turned green.
    """
    off_above = [above for above in _above(thing) if not above.parents_see]
    tree = _Tree(thing.root_id)
    turned = {thing.pk, *(above.pk for above in off_above)}
    would_appear = [
        other
        for other in tree.things
        if tree.in_effect(other, Toggle.GREEN, turned_on=turned)
        and not other.shown_to_parents
        and other.pk not in turned
    ]
    return Opening(off_above, would_appear)


def _above(thing: Thing) -> list[Thing]:
    """Return everything above a thing, from the top down."""
    if isinstance(thing, Place):
        return list(thing.chain()[:-1])
    folders: list[Thing] = []
    folder = thing.folder
    while folder is not None:
        folders.insert(0, folder)
        folder = folder.folder
    return [*thing.place.chain(), *folders]


@transaction.atomic
def flip(
    viewer: Viewer, thing: Thing, toggle: Toggle, *, on: bool, with_above: bool = False
) -> None:
    """Set a toggle; with `with_above`, turn on everything above as well, in the same step (C3).

    Raises PermissionDenied for all but admins of the place, and of the places above
    that it turns on.
    """
    Place.objects.lock_tree(thing.root_id)
    thing.refresh_from_db()
    require(viewer, Action.FLIP, thing)
    if with_above and on:
        for above in _above(thing):
            if not getattr(above, toggle):
                _check_runs(viewer, above)
                _set_toggle(viewer, above, toggle, on=on)
    _set_toggle(viewer, thing, toggle, on=on)
    settle(thing.root_id)
    thing.refresh_from_db()


def turn_off_green(viewer: Viewer, thing: Thing) -> None:
    """Hide something from parents that a move would have shown to them (C3); the caller holds the
    tree and has checked the move.
    """
    _set_toggle(viewer, thing, Toggle.GREEN, on=False)
    settle(thing.root_id)


def _check_runs(viewer: Viewer, above: Thing) -> None:
    if not access.can(viewer, Action.FLIP, above):
        name = above.name if isinstance(above, Place) else above.title
        raise Refused(
            _("You cannot make “%(name)s” visible. Ask one of its admins, then try again.")
            % {"name": name}
        )


def _set_toggle(viewer: Viewer, thing: Thing, toggle: Toggle, *, on: bool) -> None:
    setattr(thing, toggle, on)
    thing.save(update_fields=[toggle])
    place = thing if isinstance(thing, Place) else thing.place
    detail = f"{toggle} {'on' if on else 'off'}"
    audit.record(viewer, AuditAction.TOGGLE_FLIPPED, place=place, thing=thing.pk, detail=detail)


class _Tree:
    """A whole tree in memory, for working out what is in effect in it."""

    def __init__(self, root_id: uuid.UUID) -> None:
        self.places = {place.pk: place for place in Place.objects.filter(root_id=root_id)}
        kept = Item.objects.kept().filter(root_id=root_id).defer("body")
        self.items = {item.pk: item for item in kept}

    @property
    def things(self) -> list[Thing]:
        return [*self.places.values(), *self.items.values()]

    def container(self, thing: Thing) -> Thing | None:
        if isinstance(thing, Place):
            return self.places[thing.parent_id] if thing.parent_id else None
        return self.items[thing.folder_id] if thing.folder_id else self.places[thing.place_id]

    def in_effect(
        self, thing: Thing, toggle: Toggle, turned_on: frozenset[uuid.UUID] | set[uuid.UUID]
    ) -> bool:
        """Is the toggle on for `thing` and all above it, if those in `turned_on` are turned on?"""
        step: Thing | None = thing
        while step is not None:
            if not (getattr(step, toggle) or step.pk in turned_on):
                return False
            step = self.container(step)
        return True


def settle(root_id: uuid.UUID) -> None:
    """Write what is in effect in a tree, where it changed."""
    tree = _Tree(root_id)
    places = [place for place in tree.places.values() if _set_in_effect(tree, place)]
    items = [item for item in tree.items.values() if _set_in_effect(tree, item)]
    Place.objects.bulk_update(places, list(_IN_EFFECT.values()), batch_size=500)
    Item.objects.bulk_update(items, list(_IN_EFFECT.values()), batch_size=500)


def _set_in_effect(tree: _Tree, thing: Thing) -> bool:
    before = [getattr(thing, field) for field in _IN_EFFECT.values()]
    after = [tree.in_effect(thing, toggle, frozenset()) for toggle in _IN_EFFECT]
    for field, value in zip(_IN_EFFECT.values(), after, strict=True):
        setattr(thing, field, value)
    return before != after
