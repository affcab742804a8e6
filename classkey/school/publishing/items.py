"""Making content, and changing it (C1)."""

from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files import File
from django.core.validators import URLValidator
from django.db import transaction
from django.db.models import F, Max
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from classkey.accounts.models import User
from classkey.school import access, filing
from classkey.school.access import Action, require
from classkey.school.errors import Refused
from classkey.school.models import Item, ItemKind, Place, StoredFile
from classkey.school.models.toggled import Toggled
from classkey.school.viewer import Viewer


class ChangedMeanwhile(Refused):
    """Somebody has changed an item since the form was opened; `current` is how it stands now."""

    def __init__(self, current: Item) -> None:
        super().__init__(gettext_lazy("This was changed while you were writing."))
        self.current = current


def make_item(
    viewer: Viewer,
    place: Place,
    folder: Item | None,
    *,
    kind: ItemKind,
    title: str,
    body: str = "",
    url: str = "",
) -> Item:
    """Add a piece of content at the end of a folder or, without one, of a place: a page with its
    `body`, a link with its `url`; files by `make_files`.

    Blue on, green off; a test has both off (C3). Raises PermissionDenied for readers (S2), and
    Refused for a wrong folder or address.
    """
    if kind == ItemKind.LINK:
        _check_address(url)
    return _make(viewer, place, folder, None, kind=kind, title=title, body=body, url=url)


def make_files(
    viewer: Viewer, place: Place, folder: Item | None, uploads: Sequence[File[Any]]
) -> list[Item]:
    """Add files at the end of a folder or, without one, of a place, each called by its name: all
    of them or, where one cannot be kept, none. Blue on, green off (C3).

    Raises PermissionDenied for readers (S2), and Refused for a wrong folder or file.
    """
    require(viewer, Action.ADD_CONTENT, place)
    with ExitStack() as kept:
        # Before the tree is held: an upload may take its time to get where it is kept.
        files = [kept.enter_context(filing.storing(viewer, upload)) for upload in uploads]
        with transaction.atomic():
            return [
                _make(
                    viewer,
                    place,
                    folder,
                    stored,
                    kind=ItemKind.FILE,
                    title=filing.title_of(stored.name),
                )
                for stored in files
            ]


def _check_address(url: str) -> None:
    """Raise Refused unless a browser opens this address as a page of the web and runs nothing."""
    try:
        URLValidator(["http", "https"])(url)
    except ValidationError as error:
        raise Refused(_("A web address begins with https:// or http://.")) from error


@transaction.atomic
def _make(
    viewer: Viewer, place: Place, folder: Item | None, stored: StoredFile | None, **written: str
) -> Item:
    Place.objects.lock_tree(place.root_id)
    require(viewer, Action.ADD_CONTENT, place)
    container = fresh_container(viewer, place, folder)
    members_see = written["kind"] != ItemKind.TEST
    if stored:
        stored.save()
    return Item.objects.create(
        place=place,
        root_id=place.root_id,
        folder=folder,
        file=stored,
        position=next_position(place, folder),
        created_by=viewer.user,
        members_see=members_see,
        shown_to_members=members_see and container.shown_to_members,
        **written,
    )


def fresh_container(viewer: Viewer, place: Place, folder: Item | None) -> Toggled:
    """Return what an item comes to lie in, as it stands now. Raises Refused for a wrong folder."""
    if folder is None:
        return Place.objects.get(pk=place.pk)
    found = access.visible_items(viewer).filter(pk=folder.pk, place=place, kind=ItemKind.FOLDER)
    if (container := found.first()) is None:
        raise Refused(_("This folder is not here any more. Choose another one."))
    return container


def next_position(place: Place, folder: Item | None) -> int:
    """Return the position after the last one in a folder or, without one, in a place."""
    highest = Item.objects.filter(place=place, folder=folder).aggregate(at=Max("position"))["at"]
    return 0 if highest is None else highest + 1


def edit_item(
    viewer: Viewer,
    item: Item,
    *,
    version: int,
    title: str,
    body: str | None = None,
    url: str | None = None,
    upload: File[Any] | None = None,
) -> None:
    """Change the title of an item and, where given, its text, address or file.

    `version` is the one that was read before it was changed. Raises ChangedMeanwhile if another
    has come since, PermissionDenied, and Refused for a wrong address or file.
    """
    if url is not None:
        _check_address(url)
    written = {"title": title, "body": body, "url": url}
    changes = {name: text for name, text in written.items() if text is not None}
    if upload is None:
        _edit(viewer, item, version, None, changes)
    else:
        require(viewer, Action.EDIT, item)
        with filing.storing(viewer, upload) as stored:
            _edit(viewer, item, version, stored, changes)


@transaction.atomic
def _edit(
    viewer: Viewer, item: Item, version: int, stored: StoredFile | None, changes: dict[str, str]
) -> None:
    # Nobody deletes the item, or archives its course, meanwhile (S4).
    Place.objects.lock_tree(item.root_id)
    require(viewer, Action.EDIT, item)
    also: dict[str, Any] = {}
    if stored:
        stored.save()
        also["file"] = stored
    # The version is compared and raised in one statement: of two at once, one comes too late.
    changed = Item.objects.filter(pk=item.pk, version=version)
    if not changed.update(
        version=F("version") + 1,
        changed_at=timezone.now(),
        changed_by=viewer.user,
        **changes,
        **also,
    ):
        now = Item.objects.select_related("changed_by", "file").get(pk=item.pk)
        raise ChangedMeanwhile(now)


def last_editor(viewer: Viewer, item: Item) -> User | None:
    """Return who changed an item last, if the viewer may know: a member like them (S5)."""
    members = access.visible_memberships(viewer).filter(place=item.place_id)
    row = members.filter(user=item.changed_by).select_related("user").first()
    return row.user if row else None


@transaction.atomic
def edit_place(viewer: Viewer, place: Place, *, name: str, description: str) -> None:
    """Rename a place. Raises PermissionDenied."""
    Place.objects.lock_tree(place.root_id)
    require(viewer, Action.MANAGE, place)
    place.name, place.description = name, description
    place.save(update_fields=["name", "description"])
