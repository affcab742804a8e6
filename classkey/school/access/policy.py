"""Asking the policy: one rule for each kind of thing and action."""

import uuid
from collections.abc import Callable
from typing import Any, TypeVar

from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import CharField, Model, QuerySet, Value
from django.db.models.functions import Cast

from classkey.accounts.models import User
from classkey.school.access.actions import Action
from classkey.school.access.asking import PreparedForViewer
from classkey.school.access.codes import readable_codes, visible_codes, visible_sheet_runs
from classkey.school.access.content import (
    deletable_items,
    editable_items,
    flippable_items,
    markable_items,
    takeable_items,
    tests_with_results,
    visible_attempts,
    visible_items,
)
from classkey.school.access.families import (
    others_links,
    own_links,
    urgent_links,
    visible_links,
)
from classkey.school.access.people import family_profiles, own_students, visible_profiles
from classkey.school.access.places import (
    open_places,
    own_places,
    run_courses,
    run_places,
    taught_places,
    visible_places,
)
from classkey.school.access.support import (
    open_requests,
    readable_audit_events,
    supported_bars,
    supported_exports,
    supported_holds,
    supported_links,
    supported_people,
    supported_requests,
)
from classkey.school.errors import Unseen
from classkey.school.models import (
    Attempt,
    AuditEvent,
    Bar,
    Code,
    DataExport,
    Hold,
    Item,
    ParentLink,
    Permission,
    Place,
    PlaceKind,
    RevocationRequest,
    SheetRun,
)
from classkey.school.viewer import Viewer

M = TypeVar("M", bound=Model)

Rule = Callable[[Viewer], QuerySet[Any]]

RULES: dict[tuple[type[Model], Action], Rule] = {
    (Place, Action.SEE): visible_places,
    (Place, Action.SEE_CONTENT): open_places,
    (Place, Action.SEE_MEMBERS): lambda viewer: (
        visible_places(viewer) if viewer.is_themself else Place.objects.none()
    ),
    (Place, Action.ADD_CONTENT): lambda viewer: (
        own_places(viewer, Permission.EDIT) & open_places(viewer)
    ),
    (Place, Action.MANAGE): lambda viewer: own_places(viewer, Permission.ADMIN),
    (Place, Action.FLIP): lambda viewer: own_places(viewer, Permission.ADMIN),
    (Place, Action.MAKE_CODE): lambda viewer: own_places(viewer, Permission.ADMIN),
    (Place, Action.MAKE_SHEETS): taught_places,
    (Place, Action.ENROL): lambda viewer: taught_places(viewer).filter(kind=PlaceKind.COURSE),
    (Place, Action.PREVIEW): run_places,
    (Place, Action.ARCHIVE): run_courses,
    (Place, Action.COPY): run_courses,
    (Item, Action.SEE): visible_items,
    (Item, Action.EDIT): editable_items,
    (Item, Action.FLIP): flippable_items,
    (Item, Action.DELETE): deletable_items,
    (Item, Action.TAKE): takeable_items,
    (Item, Action.SEE_RESULTS): tests_with_results,
    (Item, Action.MARK): markable_items,
    (Attempt, Action.SEE): visible_attempts,
    (User, Action.SEE): visible_profiles,
    (User, Action.SEE_FAMILY): family_profiles,
    (User, Action.MAKE_PARENT_CODE): own_students,
    (User, Action.ISSUE_SIGN_IN): lambda viewer: own_students(viewer).exclude(pk=viewer.user.pk),
    (User, Action.SET_LANGUAGE): lambda viewer: own_students(viewer).exclude(pk=viewer.user.pk),
    (User, Action.SUPPORT): supported_people,
    (ParentLink, Action.SEE): lambda viewer: visible_links(viewer) | supported_links(viewer),
    (ParentLink, Action.ASK_TO_END): others_links,
    (ParentLink, Action.CALL_URGENT): urgent_links,
    (ParentLink, Action.END): own_links,
    (ParentLink, Action.REVOKE): supported_links,
    (RevocationRequest, Action.SEE): supported_requests,
    (RevocationRequest, Action.DECIDE): open_requests,
    (Bar, Action.SEE): supported_bars,
    (Bar, Action.LIFT): supported_bars,
    (Hold, Action.SEE): supported_holds,
    (Hold, Action.RELEASE): supported_holds,
    (DataExport, Action.SEE): supported_exports,
    (AuditEvent, Action.SEE): readable_audit_events,
    (Code, Action.SEE): visible_codes,
    (Code, Action.READ): readable_codes,
    (Code, Action.DELETE): visible_codes,
    (SheetRun, Action.SEE): visible_sheet_runs,
}


def allowed(viewer: Viewer, action: Action, model: type[M]) -> QuerySet[M]:
    """Return every object of `model` that the viewer may do `action` with; none for an account
    that is not active (P7).

    Raises KeyError for an action that the policy does not know for this model.
    """
    return _allowed_by(viewer, RULES[model, action])


def _allowed_by(viewer: Viewer, rule: Rule) -> QuerySet[Any]:
    rows = rule(viewer)
    return rows if viewer.user.is_active else rows.none()


def can(viewer: Viewer, action: Action, obj: Model) -> bool:
    """Tell whether the viewer may do `action` with `obj`; raises KeyError as `allowed` does."""
    return bool(_id_of(viewer, obj.pk, rule=RULES[type(obj), action]))


def permitted(viewer: Viewer, obj: Model, *actions: Action) -> frozenset[Action]:
    """Return those of these actions that the viewer may do with `obj`, by one query.

    Raises KeyError as `allowed` does.
    """
    rules = tuple((action, RULES[type(obj), action]) for action in actions)
    return frozenset(map(Action, _actions_on(viewer, obj.pk, rules=rules)))


def get(viewer: Viewer, model: type[M], pk: uuid.UUID | str, action: Action = Action.SEE) -> M:
    """Return the object for this viewer and action.

    Raises Unseen where it does not exist or may not be seen, PermissionDenied where it
    is seen but the action is not theirs.
    """
    key = _key(model, pk)
    found: M | None = _with_id.first(viewer, key, rule=RULES[model, action])
    if found is not None:
        return found
    if action is not Action.SEE and _id_of(viewer, key, rule=RULES[model, Action.SEE]):
        raise PermissionDenied
    raise Unseen


def _key(model: type[Model], pk: uuid.UUID | str) -> uuid.UUID:
    try:
        key: uuid.UUID = model._meta.pk.to_python(pk)
    except ValidationError as error:
        raise Unseen from error
    return key


@PreparedForViewer
def _with_id(viewer: Viewer, pk: uuid.UUID, *, rule: Rule) -> QuerySet[Any]:
    return _allowed_by(viewer, rule).filter(pk=pk)


@PreparedForViewer
def _id_of(viewer: Viewer, pk: uuid.UUID, *, rule: Rule) -> QuerySet[Any, Any]:
    return _allowed_by(viewer, rule).filter(pk=pk).order_by().values_list("pk")[:1]


@PreparedForViewer
def _actions_on(
    viewer: Viewer, pk: uuid.UUID, *, rules: tuple[tuple[Action, Rule], ...]
) -> QuerySet[Any, str]:
    # Cast: PostgreSQL is not told of which type a value is that stands by itself.
    first, *others = (
        _allowed_by(viewer, rule)
        .filter(pk=pk)
        .order_by()
        .values_list(Cast(Value(action), CharField()), flat=True)
        for action, rule in rules
    )
    return first.union(*others, all=True)


def require(viewer: Viewer, action: Action, obj: Model) -> None:
    """Raise PermissionDenied unless the viewer may do `action` with `obj`. Actions call this."""
    if not can(viewer, action, obj):
        raise PermissionDenied
