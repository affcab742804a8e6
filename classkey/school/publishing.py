"""Content and its two toggles (C1 to C4): the only writer of what is in effect.

Every change of a tree's shape or toggles holds the tree (`lock_tree`), so that what is
in effect is always what follows from what is set.
"""

import uuid
from dataclasses import dataclass
from enum import StrEnum

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from classkey.school import access, audit
from classkey.school.access import Action, require
from classkey.school.errors import Refused, Unseen
from classkey.school.models import AuditAction, Item, ItemKind, Place
from classkey.school.models.toggled import Toggled
from classkey.school.viewer import Viewer

Thing = Place | Item


class Toggle(StrEnum):
    """The two toggles, by the name of their field."""

    BLUE = "members_see"
    GREEN = "parents_see"


_IN_EFFECT = {Toggle.BLUE: "shown_to_members", Toggle.GREEN: "shown_to_parents"}


@transaction.atomic
def make_item(
    viewer: Viewer,
    place: Place,
    folder: Item | None,
    *,
    kind: ItemKind,
    title: str,
    body: str = "",
) -> Item:
    """Add a piece of content at the end of a folder or, without one, of a place.

    Blue on, green off; a test has both off (C3). Raises PermissionDenied for readers (S2).
    """
    Place.objects.lock_tree(place.root_id)
    require(viewer, Action.ADD_CONTENT, place)
    container = _fresh_container(viewer, place, folder)
    members_see = kind != ItemKind.TEST
    return Item.objects.create(
        kind=kind,
        place=place,
        root_id=place.root_id,
        folder=folder,
        position=_next_position(place, folder),
        title=title,
        body=body,
        created_by=viewer.user,
        members_see=members_see,
        shown_to_members=members_see and container.shown_to_members,
    )


def _fresh_container(viewer: Viewer, place: Place, folder: Item | None) -> Toggled:
    """Return what an item comes to lie in, as it stands now. Raises Refused for a wrong folder."""
    if folder is None:
        return Place.objects.get(pk=place.pk)
    found = access.visible_items(viewer).filter(pk=folder.pk, place=place, kind=ItemKind.FOLDER)
    if (container := found.first()) is None:
        raise Refused(_("This folder is not here any more. Choose another one."))
    return container


def _next_position(place: Place, folder: Item | None) -> int:
    highest = Item.objects.filter(place=place, folder=folder).aggregate(at=Max("position"))["at"]
    return 0 if highest is None else highest + 1


@transaction.atomic
def edit_item(viewer: Viewer, item: Item, *, title: str, body: str) -> None:
    """Change the title and text of an item. Raises PermissionDenied."""
    require(viewer, Action.EDIT, item)
    item.title, item.body, item.changed_at = title, body, timezone.now()
    item.save(update_fields=["title", "body", "changed_at"])


@transaction.atomic
def edit_place(viewer: Viewer, place: Place, *, name: str, description: str) -> None:
    """Rename a place. Raises PermissionDenied."""
    require(viewer, Action.MANAGE, place)
    place.name, place.description = name, description
    place.save(update_fields=["name", "description"])


@transaction.atomic
def move_item(viewer: Viewer, item: Item, place: Place, folder: Item | None) -> None:
    """Move an item, and all inside it, to the end of a folder or place of the same tree.

    What is in effect follows the new place (C2). Raises Refused for a folder inside
    the item itself or another tree, PermissionDenied.
    """
    Place.objects.lock_tree(place.root_id)
    require(viewer, Action.EDIT, item)
    require(viewer, Action.ADD_CONTENT, place)
    if item.root_id != place.root_id:
        raise Refused(_("An item stays in its course or workspace."))
    _fresh_container(viewer, place, folder)
    moving = [item.pk, *_inside(item)]
    if folder is not None and folder.pk in moving:
        raise Refused(_("A folder cannot be moved into itself."))
    position = _next_position(place, folder)
    Item.objects.filter(pk__in=moving).update(place=place)
    Item.objects.filter(pk=item.pk).update(folder=folder, position=position)
    _settle(place.root_id)
    audit.record(viewer, AuditAction.ITEM_MOVED, place=place, thing=item.pk)


@transaction.atomic
def delete_item(viewer: Viewer, item: Item) -> None:
    """Delete an item and all inside it; `restore_item` undoes it.

    Raises PermissionDenied, or Refused where something inside is not the viewer's to delete.
    """
    Place.objects.lock_tree(item.root_id)
    require(viewer, Action.DELETE, item)
    gone = Item.objects.kept().filter(pk__in=[item.pk, *_inside(item)])
    theirs = access.allowed(viewer, Action.DELETE, Item)
    if gone.exclude(pk__in=theirs.values("pk")).exists():
        raise Refused(_("Others have put something in here. Ask an admin to delete it."))
    gone.update(deleted_at=timezone.now(), deleted_by=viewer.user)
    audit.record(viewer, AuditAction.ITEM_DELETED, place=item.place, thing=item.pk)


@transaction.atomic
def restore_item(viewer: Viewer, pk: uuid.UUID) -> Item:
    """Bring back an item and what was deleted with it; return it. Raises Unseen, Refused."""
    item = access.deleted_items(viewer).filter(pk=pk).first()
    if item is None:
        raise Unseen
    Place.objects.lock_tree(item.root_id)
    if item.folder is not None and item.folder.deleted_at is not None:
        raise Refused(_("The folder that it was in is deleted. Bring the folder back first."))
    together = Item.objects.filter(pk__in=[item.pk, *_inside(item)], deleted_at=item.deleted_at)
    together.update(deleted_at=None, deleted_by=None)
    _settle(item.root_id)
    audit.record(viewer, AuditAction.ITEM_RESTORED, place=item.place, thing=item.pk)
    return Item.objects.get(pk=item.pk)


def _inside(item: Item) -> list[uuid.UUID]:
    """Return the ids of all items inside an item, deleted ones too."""
    found: list[uuid.UUID] = []
    level = [item.pk]
    while level:
        level = list(Item.objects.filter(folder__in=level).values_list("pk", flat=True))
        found += level
    return found


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
    _settle(thing.root_id)
    thing.refresh_from_db()


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


def _settle(root_id: uuid.UUID) -> None:
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
