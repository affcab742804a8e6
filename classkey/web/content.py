"""What the pages of places and items show, and what one may do there: to members, with whosever
eyes they look, and to parents.
"""

import uuid
from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet

from classkey.school import access, linking
from classkey.school.access import Action, PreparedForViewer, allowed, can, permitted
from classkey.school.models import Item, Place
from classkey.school.models.toggled import Toggled
from classkey.school.viewer import Viewer
from classkey.web import test_pages
from classkey.web.trees import Above, branches, branches_in


def place_page(viewer: Viewer, place: Place) -> dict[str, Any]:
    """Return what a member's page of a place shows: what is in it, and its groups."""
    chain = place.chain()
    asked = (Action.SEE_CONTENT, Action.MAKE_SHEETS, Action.PREVIEW, Action.ARCHIVE)
    content = content_of(viewer, place, chain, *asked)
    may = content["may"]
    return content | {
        "place": place,
        "chain": chain,
        "is_open": Action.SEE_CONTENT in may,
        "branches": branches(content["items"]),
        "groups": _groups(viewer, place.pk),
        "is_read_by_parents": place.is_workspace and linking.is_read_by_parents(place),
        "may_make_sheets": Action.MAKE_SHEETS in may,
        "may_preview": Action.PREVIEW in may,
        "may_archive": Action.ARCHIVE in may,
    }


def item_page(viewer: Viewer, item: Item) -> dict[str, Any]:
    """Return what a member's page of an item shows: what is in a folder, a test's own part."""
    chain = item.place.chain()
    content = content_of(viewer, item.place, chain)
    above: Above = content["above"]
    return content | {
        "item": item,
        "place": item.place,
        "chain": chain,
        "folders": above.folders(item),
        "branches": branches_in(item, content["items"]),
        "may_edit": item.pk in content["editable"],
        "may_delete": item.pk in content["deletable"],
        **(test_pages.context(viewer, item) if item.is_test else {}),
    }


def above_item(viewer: Viewer, item: Item) -> Above:
    """Return what lies above an item, as far as the viewer may see it."""
    return Above(item.place.chain(), _rows(viewer, item.place_id))


def green_place_page(viewer: Viewer, place: Place) -> dict[str, Any]:
    """Return what a parent's page of a place shows: what is green in it, and its groups."""
    return {
        "place": place,
        "chain": _green_chain(viewer, place),
        "is_open": can(viewer, Action.SEE_CONTENT, place),
        "branches": branches(_rows(viewer, place.pk)),
        "groups": _groups(viewer, place.pk),
    }


def green_item_page(viewer: Viewer, item: Item) -> dict[str, Any]:
    """Return what a parent's page of an item shows: what is green in a folder, of a test their
    own child's part.
    """
    return {
        "item": item,
        "place": item.place,
        "chain": _green_chain(viewer, item.place),
        "branches": branches_in(item, _rows(viewer, item.place_id)),
        **(test_pages.context(viewer, item) if item.is_test else {}),
    }


def _green_chain(viewer: Viewer, place: Place) -> list[Place]:
    """The places above that a parent may know of."""
    seen = _known(viewer, place.root_id)
    return [step for step in place.chain() if step.pk in seen]


@PreparedForViewer
def _known(viewer: Viewer, root: uuid.UUID) -> QuerySet[Place, uuid.UUID]:
    return access.visible_places(viewer).filter(root=root).values_list("pk", flat=True)


@PreparedForViewer
def _groups(viewer: Viewer, place: uuid.UUID) -> QuerySet[Place]:
    return access.visible_places(viewer).filter(parent=place).order_by("name")


@PreparedForViewer
def _rows(viewer: Viewer, place: uuid.UUID) -> QuerySet[Item]:
    """What the viewer sees in a place, with as much of it as rows show."""
    seen = access.visible_items(viewer).filter(place=place).select_related("file")
    toggles = (field.name for field in Toggled._meta.fields)
    return seen.only(
        "kind", "place", "folder", "title", "url", "file__name", "file__size", *toggles
    )


def content_of(
    viewer: Viewer, place: Place, chain: Sequence[Place], *actions: Action
) -> dict[str, Any]:
    """Return the items of a place that the viewer sees, what lies `above` them (`chain` are the
    places down to this one), and what they may do; asked once for all rows. `may` says which of
    these `actions`, of adding and of flipping are theirs.
    """
    items = _rows(viewer, place.pk)
    may = permitted(viewer, place, Action.ADD_CONTENT, Action.FLIP, *actions)
    may_add = Action.ADD_CONTENT in may
    return {
        "may": may,
        "items": items,
        "above": Above(chain, items),
        "may_add": may_add,
        "may_manage": Action.FLIP in may,
        "editable": set(_ids(viewer, place.pk, action=Action.EDIT)) if may_add else set(),
        "deletable": set(_ids(viewer, place.pk, action=Action.DELETE)) if may_add else set(),
        "has_deleted": may_add and bool(_deleted(viewer, place.pk)),
    }


@PreparedForViewer
def _ids(viewer: Viewer, place: uuid.UUID, *, action: Action) -> QuerySet[Item, uuid.UUID]:
    found = allowed(viewer, action, Item).filter(place=place)
    return found.order_by().values_list("pk", flat=True)


@PreparedForViewer
def _deleted(viewer: Viewer, place: uuid.UUID) -> QuerySet[Item, uuid.UUID]:
    """One thing that the viewer may bring back in a place, if there is any."""
    found = access.deleted_items(viewer).filter(place=place)
    return found.order_by().values_list("pk", flat=True)[:1]
