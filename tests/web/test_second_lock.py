"""PostgreSQL as a second lock (F6): with the access rules switched off it still refuses."""

from collections.abc import Callable
from contextlib import nullcontext
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.db import ProgrammingError, connection
from django.db.models import Model, QuerySet

from classkey import prepared
from classkey.accounts.models import Role, User
from classkey.school import linking, second_lock
from classkey.school.access import content, people, places, policy
from classkey.school.access.asking import PreparedForViewer
from classkey.school.models import (
    Answer,
    Attempt,
    Item,
    Membership,
    Notice,
    ParentLink,
    Place,
    WorkspaceGrant,
)
from classkey.school.viewer import Viewer
from tests.web.browsing import at, browser_of, words
from tests.world import School

migration = import_module("classkey.school.migrations.0010_second_lock")

pytestmark = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite has no row-level security"
)


# --- Without the access rules -------------------------------------------------------------
@pytest.fixture
def rules_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks may see and do everything, as a parent of everybody."""

    def everything(model: type[Model]) -> Callable[..., QuerySet[Any]]:
        return lambda *_viewer: model._default_manager.all()

    for model, action in policy.RULES:
        monkeypatch.setitem(policy.RULES, (model, action), everything(model))
    for name, module, model in (
        ("visible_items", content, Item),
        ("visible_attempts", content, Attempt),
        ("visible_places", places, Place),
        ("visible_profiles", people, User),
        ("visible_memberships", people, Membership),
        ("attempts_on_profile", people, Attempt),
        ("courses_on_profile", people, Place),
    ):
        for where in (module, import_module("classkey.school.access")):
            monkeypatch.setattr(where, name, everything(model))
    monkeypatch.setattr(linking, "children_of", everything(User))

    def as_written(
        asked: PreparedForViewer[..., Any], viewer: Viewer, *values: Any, **kind: Any
    ) -> list[Any]:
        return list(asked.queryset(viewer, *values, **kind))

    # What is about nobody in particular cannot be prepared.
    monkeypatch.setattr(PreparedForViewer, "__call__", as_written)
    prepared.forget()


def attempt_of(student: User, test: Item) -> Attempt:
    return Attempt.objects.get(student=student, assessment=test.pk)


OTHERS: list[tuple[str, str, Callable[[School], str], str]] = [
    # what, to whom, where it would stand, how it would read
    (
        "another's answers",
        "paula",
        lambda north: at("child_item", north.anna, north.surprise),
        "Ben thinks so",
    ),
    (
        "another's attempts",
        "paula",
        lambda north: at("child", north.anna),
        "Surprise Northside Maths Northside · ",
    ),
    (
        "others' links",
        "ursula",
        lambda north: at("child", north.anna),
        "Another adult, since",
    ),
    ("another's profile", "paula", lambda north: at("child", north.ben), "Ben Northside"),
    (
        "the profile of a child whose link is paused",
        "petra",
        lambda north: at("child", north.ben),
        "Ben Northside",
    ),
    ("other children", "paula", lambda _north: at("children"), "Nina Northside"),
    ("a teacher's page of a student", "paula", lambda n: at("student", n.ben), "Ben Northside"),
    ("a teacher's page of members", "paula", lambda n: at("members", n.maths), "Nina Northside"),
    (
        "a teacher's page of results",
        "paula",
        lambda north: at("test_results", north.owl_test),
        "Cleo Northside",
    ),
    (
        "a teacher's page of an attempt",
        "paula",
        lambda north: at("attempt", north.owl_test, attempt_of(north.cleo, north.owl_test)),
        "Cleo thinks so",
    ),
]


@pytest.mark.parametrize(
    ("who", "where", "reads"), [case[1:] for case in OTHERS], ids=[case[0] for case in OTHERS]
)
def test_f6_without_the_rules_the_database_refuses(
    north: School,
    rules_off: None,
    monkeypatch: pytest.MonkeyPatch,
    who: str,
    where: Callable[[School], str],
    reads: str,
) -> None:
    client, address = browser_of(getattr(north, who)), where(north)
    assert reads not in words(client.get(address))
    monkeypatch.setattr(second_lock, "on", lambda *_who: nullcontext())
    assert reads in words(client.get(address)), "the test can fail"


# --- What the lock lets through -----------------------------------------------------------
def read_behind(parent: User, child: User | None = None) -> dict[str, set[Any]]:
    """What a parent's request can read, whatever it asks for: the ids of all rows, by table."""
    with second_lock.on(parent, child.pk if child else None):
        return {table: ids(model) for table, model in tables().items() if table in CONFINED}


def ids(model: type[Model], **those: object) -> set[Any]:
    return set(model._default_manager.filter(**those).values_list("pk", flat=True))


def of(children: list[User]) -> dict[str, set[Any]]:
    """What stands in the tables about these children."""
    return {table: set[Any]() for table in CONFINED} | {
        "school_attempt": ids(Attempt, student__in=children),
        "school_answer": ids(Answer, attempt__student__in=children),
        "school_membership": ids(Membership, user__in=children),
        "school_parentlink": ids(ParentLink, student__in=children),
        "school_workspacegrant": ids(WorkspaceGrant, link__student__in=children),
    }


def test_f6_of_students_the_child_alone_and_of_adults_their_own_and_teachers(
    north: School,
) -> None:
    adults = [*User.objects.filter(role=Role.INSTRUCTOR), north.quentin, north.paula, north.oscar]
    expected = of([north.anna]) | {
        "accounts_user": {person.pk for person in [north.anna, *adults]},
        "school_notice": ids(Notice, recipient=north.quentin),
    }
    assert read_behind(north.quentin, north.anna) == expected
    about_anna = {table for table, rows in of([north.anna]).items() if rows}
    assert about_anna == {table for table, rows in of(list(User.objects.all())).items() if rows}


def test_f6_without_a_child_all_of_their_own(north: School) -> None:
    read, expected = read_behind(north.quentin), of([north.anna, north.ben])
    assert {table: read[table] for table in expected.keys() - SAID_APART} == {
        table: expected[table] for table in expected.keys() - SAID_APART
    }
    assert ids(User, pk__in=read["accounts_user"], role=Role.STUDENT) == {
        north.anna.pk,
        north.ben.pk,
    }


@pytest.mark.parametrize(
    ("who", "child"),
    [("petra", "ben"), ("oscar", "anna"), ("ursula", "anna"), ("paula", "ben"), ("tess", "anna")],
)
def test_a2_without_a_live_link_nobody(north: School, who: str, child: str) -> None:
    read = read_behind(getattr(north, who), getattr(north, child))
    assert not ids(User, pk__in=read["accounts_user"], role=Role.STUDENT)
    assert not any(read[table] for table in read.keys() - SAID_APART)


def test_nothing_is_written_behind_the_lock(north: School) -> None:
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        second_lock.on(north.paula, north.anna.pk),
    ):
        User.objects.filter(pk=north.anna.pk).update(given_name="Hannah")


CLOSED = {
    *("account_emailaddress", "account_emailconfirmation"),
    *("school_auditevent", "school_auditseal"),
    # the support desk's
    *("school_revocationrequest", "school_bar", "school_hold", "school_namedadult"),
    "school_dataexport",
}
"""What no page of a parent's asks."""

CONFINED = set(migration.POLICIES)

SAID_APART = {"accounts_user", "school_notice"}
"""Not of students alone."""


def tables() -> dict[str, type[Model]]:
    ours = [apps.get_app_config(app) for app in ("accounts", "account", "school")]
    return {model._meta.db_table: model for app in ours for model in app.get_models()}


def test_every_table_is_decided() -> None:
    """A new table is closed to parents' pages until its migration opens it, or a part of it."""
    assert tables().keys() == {*migration.OPEN, *CONFINED, *CLOSED}


# --- Whom it is for -----------------------------------------------------------------------
def test_p5_a_teacher_who_is_a_parent_is_behind_it_as_a_parent_alone(
    north: School, rules_off: None
) -> None:
    client = browser_of(north.pia)
    assert "Anna Northside" not in words(client.get(at("child", north.anna)))
    assert "Anna Northside" in words(client.get(at("student", north.anna)))
