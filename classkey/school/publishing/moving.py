"""Where content lies: its order, folders and places; deleting it, and bringing it back."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from classkey.school import access, audit
from classkey.school.access import Action, allowed, require
from classkey.school.errors import Refused, Unseen
from classkey.school.models import Attempt, AuditAction, Item, ItemKind, Place
from classkey.school.publishing.items import fresh_container, next_position
from classkey.school.publishing.toggles import settle, turn_off_green
from classkey.school.viewer import Viewer


@transaction.atomic
def move_item(viewer: Viewer, item: Item, place: Place, folder: Item | None) -> bool:
    """Move an item, and all inside it, to the end of a folder or place of the same tree; return
    whether its green had to be turned off.

    What is in effect follows the new place (C2), but nobody comes to see more by a move than was
    shown to them: what parents did not see there they do not see here, until somebody turns it
    green (C3); and what is not the mover's stays in its place (S2). Raises Refused for that, for a
    folder inside the item itself and for another tree; PermissionDenied.
    """
    Place.objects.lock_tree(place.root_id)
    item.refresh_from_db()
    require(viewer, Action.EDIT, item)
    require(viewer, Action.ADD_CONTENT, place)
    if item.root_id != place.root_id:
        raise Refused(_("An item stays in its course or workspace."))
    fresh_container(viewer, place, folder)
    moving = [item.pk, *_inside(item)]
    if folder is not None and folder.pk in moving:
        raise Refused(_("A folder cannot be moved into itself."))
    if item.place_id != place.pk and not _may_leave(viewer, item, moving):
        raise Refused(
            _("Others have put something in here, or answered it. Ask an admin to move it.")
        )
    green = set(_green(moving))
    position = next_position(place, folder)
    Item.objects.filter(pk__in=moving).update(place=place)
    Item.objects.filter(pk=item.pk).update(folder=folder, position=position)
    settle(place.root_id)
    audit.record(viewer, AuditAction.ITEM_MOVED, place=place, thing=item.pk)
    appears = bool(set(_green(moving)) - green)
    if appears:
        turn_off_green(viewer, item)
    return appears


def _may_leave(viewer: Viewer, item: Item, moving: Sequence[uuid.UUID]) -> bool:
    """May the viewer take these items into another place, of which others are the admins? An admin
    of the place they lie in may; else they are all the viewer's own, and nobody has answered them.
    """
    if access.can(viewer, Action.FLIP, item):
        return True
    others = Item.objects.filter(pk__in=moving).exclude(created_by=viewer.author)
    answered = Attempt.objects.filter(assessment__in=moving)
    return not others.exists() and not answered.exists()


def _green(items: Sequence[uuid.UUID]) -> QuerySet[Item, uuid.UUID]:
    shown = Item.objects.kept().filter(pk__in=items, shown_to_parents=True)
    return shown.values_list("pk", flat=True)


class Shift(IntEnum):
    """A step among the items that lie beside an item."""

    UP = -1
    DOWN = 1


@transaction.atomic
def shift_item(viewer: Viewer, item: Item, by: Shift) -> None:
    """Move an item past the one before or after it in its folder or place, of those that the
    viewer sees; the first does not move up, nor the last down. Raises PermissionDenied.
    """
    Place.objects.lock_tree(item.root_id)
    item.refresh_from_db()
    require(viewer, Action.EDIT, item)
    # Those that are deleted or hidden keep their places between the others.
    beside = list(Item.objects.filter(place=item.place_id, folder=item.folder_id).defer("body"))
    seen = access.visible_items(viewer).filter(place=item.place_id, folder=item.folder_id)
    ids = set(seen.values_list("pk", flat=True))
    shown = [other for other in beside if other.pk in ids]
    past = shown.index(item) + by
    if 0 <= past < len(shown):
        to = beside.index(shown[past])
        beside.remove(item)
        beside.insert(to, item)
        for position, other in enumerate(beside):
            other.position = position
        Item.objects.bulk_update(beside, ["position"], batch_size=500)


@dataclass(frozen=True)
class Destination:
    """Where an item may go: into a place or a folder in it. `places` are the names of the places
    from the top down to that one, `folders` the titles of the folders.
    """

    place: Place
    folder: Item | None
    places: tuple[str, ...]
    folders: tuple[str, ...]


def destinations(viewer: Viewer, item: Item) -> list[Destination]:
    """Return where the viewer may move an item to, place by place, each from the top down."""
    inside = {item.pk, *_inside(item)}
    folders = access.visible_items(viewer).filter(kind=ItemKind.FOLDER, root=item.root_id)
    beneath: dict[uuid.UUID, list[Item]] = {}
    for folder in folders.exclude(pk__in=inside).defer("body"):
        beneath.setdefault(folder.folder_id or folder.place_id, []).append(folder)

    def below(top: Destination, key: uuid.UUID) -> Iterable[Destination]:
        for folder in beneath.get(key, []):
            here = replace(top, folder=folder, folders=(*top.folders, folder.title))
            yield here
            yield from below(here, folder.pk)

    tree = {place.pk: place for place in Place.objects.filter(root=item.root_id)}
    open_to_them = allowed(viewer, Action.ADD_CONTENT, Place).filter(root=item.root_id)
    if not _may_leave(viewer, item, list(inside)):
        open_to_them = open_to_them.filter(pk=item.place_id)
    tops = [Destination(place, None, _names(place, tree), ()) for place in open_to_them]
    found: list[Destination] = []
    for top in sorted(tops, key=lambda top: top.places):
        found += [top, *below(top, top.place.pk)]
    return found


def _names(place: Place, tree: dict[uuid.UUID, Place]) -> tuple[str, ...]:
    """Return the names of the places from the top down to this one."""
    above = _names(tree[place.parent_id], tree) if place.parent_id else ()
    return (*above, place.name)


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
    if not access.deleted_items(viewer).filter(pk=pk).exists():
        raise Unseen  # brought back, or its course archived, while we waited
    if item.folder is not None and item.folder.deleted_at is not None:
        raise Refused(_("The folder that it was in is deleted. Bring the folder back first."))
    together = Item.objects.filter(pk__in=[item.pk, *_inside(item)], deleted_at=item.deleted_at)
    together.update(deleted_at=None, deleted_by=None)
    settle(item.root_id)
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
