"""What the pages of places and folders show of their content, and what one may do with it."""

from collections.abc import Sequence
from typing import Any

from classkey.school import access
from classkey.school.access import Action, allowed, can
from classkey.school.models import Item, Place
from classkey.school.viewer import Viewer
from classkey.web.trees import Above


def content_of(viewer: Viewer, place: Place, chain: Sequence[Place]) -> dict[str, Any]:
    """Return the items of a place that the viewer sees, what lies `above` them (`chain` are the
    places down to this one), and what they may do; asked once for all rows.
    """
    items = list(
        access.visible_items(viewer).filter(place=place).select_related("file").defer("body")
    )
    may_add = can(viewer, Action.ADD_CONTENT, place)
    return {
        "items": items,
        "above": Above(chain, items),
        "may_add": may_add,
        "may_manage": can(viewer, Action.FLIP, place),
        "editable": _ids(viewer, Action.EDIT, place) if may_add else set(),
        "deletable": _ids(viewer, Action.DELETE, place) if may_add else set(),
        "has_deleted": may_add and access.deleted_items(viewer).filter(place=place).exists(),
    }


def _ids(viewer: Viewer, action: Action, place: Place) -> set[object]:
    return set(allowed(viewer, action, Item).filter(place=place).values_list("pk", flat=True))
