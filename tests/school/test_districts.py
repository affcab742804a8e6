"""Whether a district could have a database to itself: what docs/scale.md claims of the model.

The two schools of the test world stand for two districts; today they share every table.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from django.apps import apps
from django.db.models import Field, ForeignKey, Model, UUIDField

from classkey.accounts.models import User
from classkey.school.access import Action, allowed
from classkey.school.access.policy import RULES
from classkey.school.models import (
    AuditEvent,
    Bar,
    DataExport,
    Hold,
    ParentLink,
    Place,
    RevocationRequest,
)
from classkey.school.viewer import Viewer
from tests.world import School, World, enter

Row = tuple[str, Any]
"""The label of a table, and a primary key."""

OF_NOBODY = {
    "auth.Group",
    "auth.Permission",
    "contenttypes.ContentType",
    "django_tasks_database.DBTaskResult",
    "school.AuditEvent",
    "school.AuditSeal",
    "sessions.Session",
}
"""Tables without a foreign key that leads every row to a person or a place: which district a row is
of would have to be written into it. (Lines of the log and tasks hold ids, a session its person.)
"""
NUMBERED = {
    "account.EmailAddress",
    "account.EmailConfirmation",
    "mfa.Authenticator",
    "school.Answer",
    "school.Membership",
    "school.NamedAdult",
    "school.Redemption",
    "school.Removal",
    "school.Sheet",
    "school.WorkspaceGrant",
}
"""Tables whose rows are counted from 1: rows of two districts have the same keys."""
THE_DESKS = {
    (User, Action.SEE),
    (User, Action.SEE_FAMILY),
    (User, Action.SUPPORT),
    (ParentLink, Action.SEE),
    (ParentLink, Action.ASK_TO_END),
    (ParentLink, Action.CALL_URGENT),
    (ParentLink, Action.REVOKE),
    (RevocationRequest, Action.SEE),
    (RevocationRequest, Action.DECIDE),
    (Bar, Action.SEE),
    (Bar, Action.LIFT),
    (Hold, Action.SEE),
    (Hold, Action.RELEASE),
    (DataExport, Action.SEE),
    (AuditEvent, Action.SEE),
}
"""What an administrator may do everywhere: there is one desk for all."""


def tables() -> dict[str, type[Model]]:
    """Every table by its label."""
    return {model._meta.label: model for model in apps.get_models()}


def foreign_keys(model: type[Model]) -> list["ForeignKey[Any, Any]"]:
    fields: Iterable[Field[Any, Any]] = model._meta.concrete_fields
    return [field for field in fields if isinstance(field, ForeignKey)]


def leads_to_somebody(model: type[Model]) -> bool:
    """Does every row lead to a place or a person, by foreign keys that are never empty?"""
    return model in {Place, User} or any(
        leads_to_somebody(key.related_model)
        for key in foreign_keys(model)
        if not key.null and key.related_model is not model
    )


def key_of(model: type[Model]) -> type[Field[Any, Any]]:
    """What the primary key of a table is; where that is another's row, what that one's is."""
    key = model._meta.pk
    return key_of(key.related_model) if isinstance(key, ForeignKey) else type(key)


def test_every_table_leads_to_a_place_or_a_person() -> None:
    assert {label for label, model in tables().items() if not leads_to_somebody(model)} == OF_NOBODY


def test_keys_are_random_but_in_these_tables() -> None:
    counted = {label for label, model in tables().items() if key_of(model) is not UUIDField}
    assert counted - OF_NOBODY == NUMBERED


# --- Rows ---------------------------------------------------------------------------------
def references() -> Iterator[tuple[Row, Row]]:
    """Every reference from a row to another, by foreign keys; and by the ids in the audit log."""
    for label, model in tables().items():
        for key in foreign_keys(model):
            other = key.related_model._meta.label
            rows = model._base_manager.exclude(**{key.attname: None})
            for mine, theirs in rows.values_list("pk", key.attname):
                yield (label, mine), (other, theirs)
    for line in AuditEvent.objects.all():
        for label, pk in (
            ("accounts.User", line.actor),
            ("accounts.User", line.subject),
            ("school.Place", line.place),
        ):
            if pk:
                yield ("school.AuditEvent", line.pk), (label, pk)


def district_of(school: School) -> set[Row]:
    """All rows that are tied to a school's people and places, however far away."""
    tied = defaultdict(set)
    for one, other in references():
        tied[one].add(other)
        tied[other].add(one)
    found: set[Row] = set()
    new: set[Row] = {(type(each)._meta.label, each.pk) for each in school.people + school.places}
    while new:
        found |= new
        new = {row for each in new for row in tied[each]} - found
    return found


def test_no_row_of_one_district_refers_to_a_row_of_another(world: World) -> None:
    """So each could be taken out with all that is its own, and nothing would be left over."""
    north, south = district_of(world.north), district_of(world.south)
    assert not north & south
    rest = {
        (label, pk)
        for label, model in tables().items()
        if label not in OF_NOBODY - {"school.AuditEvent"}
        for pk in model._base_manager.values_list("pk", flat=True)
    }
    assert rest == north | south


def test_a_code_does_not_ask_for_a_district(world: World) -> None:
    """One database lets anybody's account in by anybody's code, and then the two are one."""
    enter(world.north.zoe, world.south.for_students)
    assert district_of(world.north) & district_of(world.south)


# --- Rules --------------------------------------------------------------------------------
def reaches(viewer: Viewer, district: set[Row]) -> set[tuple[type[Model], Action]]:
    """Return the rules of the policy by which somebody reaches rows of a district."""
    return {
        (model, action)
        for model, action in RULES
        if any(
            (model._meta.label, pk) in district
            for pk in allowed(viewer, action, model).values_list("pk", flat=True)
        )
    }


def test_no_rule_leads_anybody_into_another_district(world: World) -> None:
    south = district_of(world.south)
    for person in world.north.people:
        if not person.is_administrator:
            assert not reaches(Viewer(person), south), person.given_name
    for link in ParentLink.objects.filter(parent__in=world.north.people):
        assert not reaches(Viewer(link.parent, link.student), south)


def test_administrators_alone_are_everybodys(world: World) -> None:
    assert reaches(Viewer(world.north.vera), district_of(world.south)) == THE_DESKS
