"""What the database itself refuses, and what rows say of themselves."""

import uuid
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from classkey.accounts.models import Role, User
from classkey.school.models import (
    AuditAction,
    AuditEvent,
    Code,
    Membership,
    ParentLink,
    Permission,
    Place,
    PlaceKind,
    Redemption,
    Removal,
    SheetPart,
    SheetRun,
    WorkspaceGrant,
)
from tests.world import make_user

NOW = timezone.now()


@pytest.fixture
def user(db: None) -> User:
    return make_user(Role.INSTRUCTOR, "Ada")


@pytest.fixture
def place(user: User) -> Place:
    return make_place(user)


def make_place(user: User, **fields: Any) -> Place:
    new = Place(**{"kind": PlaceKind.COURSE, "school_year": 2026, "created_by": user} | fields)
    new.root = fields.get("root", new)
    new.save()
    return new


def make_code(user: User, **fields: Any) -> Code:
    return Code.objects.create(
        **{
            "kind": "registration", "digest": uuid.uuid4().bytes, "ciphertext": b"",
            "created_by": user, "created_at": NOW, "expires_at": NOW,
        }
        | fields
    )  # fmt: skip


def assert_refused(make: Any) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        make()


def test_s1_groups_sit_inside_a_place_and_nothing_else_does(user: User, place: Place) -> None:
    year = {"school_year": None}
    make_place(user, kind="group", parent=place, root=place, **year)
    make_place(user, kind="workspace", **year)
    assert_refused(lambda: make_place(user, kind="group", **year))
    assert_refused(lambda: make_place(user, kind="workspace", parent=place, root=place, **year))
    assert_refused(lambda: make_place(user, root=place))


def test_s4_courses_and_nothing_else_have_a_school_year(user: User) -> None:
    assert_refused(lambda: make_place(user, school_year=None))
    assert_refused(lambda: make_place(user, kind="workspace"))


def test_k1_a_code_opens_one_thing(user: User, place: Place) -> None:
    make_code(user, place=place, audience="students")
    make_code(user, kind="parent", student=user)
    make_code(user, kind="parent", student=user, place=place)
    for wrong in (
        {"audience": "students"},
        {"place": place},
        {"place": place, "student": user, "audience": "students"},
        {"kind": "parent", "place": place},
        {"kind": "parent", "student": user, "audience": "students"},
        {"kind": "other", "place": place, "audience": "students"},
    ):
        assert_refused(lambda wrong=wrong: make_code(user, **wrong))


def test_k12_uses_never_pass_their_limit(user: User, place: Place) -> None:
    terms = {"place": place, "audience": "students"}
    make_code(user, max_uses=2, uses=2, **terms)
    make_code(user, max_uses=None, uses=7, **terms)
    assert_refused(lambda: make_code(user, max_uses=2, uses=3, **terms))


def test_one_each(user: User, place: Place) -> None:
    """One membership, removal, redemption, link, grant; one part of a number; one digest."""
    child = make_user(Role.STUDENT, "Bo")
    code = make_code(user, place=place, audience="students")
    link = ParentLink.objects.create(parent=user, student=child)
    run = SheetRun.objects.create(place=place, requested_by=user)
    rows: list[tuple[Any, dict[str, Any]]] = [
        (Membership, {"place": place, "user": child, "permission": Permission.READ}),
        (Removal, {"place": place, "user": child}),
        (Redemption, {"code": code, "user": child}),
        (WorkspaceGrant, {"link": link, "place": place}),
        (SheetPart, {"run": run, "number": 1}),
    ]
    for model, fields in rows:
        model.objects.create(**fields)
        assert_refused(lambda model=model, fields=fields: model.objects.create(**fields))
    assert_refused(lambda: make_code(user, place=place, audience="both", digest=code.digest))
    assert_refused(lambda: ParentLink.objects.create(parent=user, student=child))
    assert_refused(lambda: ParentLink.objects.create(parent=user, student=child, paused_at=NOW))


def test_f4_ended_links_are_kept_beside_a_new_one(user: User) -> None:
    child = make_user(Role.STUDENT, "Bo")
    for _ in range(2):
        ParentLink.objects.create(parent=user, student=child, ended_at=NOW)
    ParentLink.objects.create(parent=user, student=child)
    assert ParentLink.objects.live().count() == 1


def test_what_a_row_is_called_in_logs_tells_nothing_of_anybody(user: User, place: Place) -> None:
    """K6, and names: what lands in logs and error reports is an id."""
    code = make_code(user, place=place, audience="students", last_four="WXYZ")
    for model in apps.get_app_config("school").get_models():
        row = code if model is Code else model(pk=uuid.uuid4())
        assert str(row) == ("\u2026WXYZ" if model is Code else str(row.pk))


@pytest.mark.django_db(transaction=True)
def test_a1_the_audit_logs_triggers_go_and_come_again() -> None:
    triggers = import_module("classkey.school.migrations.0002_audit_append_only")
    AuditEvent.objects.create(action=AuditAction.CODE_MADE)

    def change() -> None:
        with connection.cursor() as cursor:
            cursor.execute("UPDATE school_auditevent SET detail = 'changed'")

    with connection.schema_editor() as editor:
        triggers.run_remove(None, editor)
    try:
        change()
    finally:
        with connection.schema_editor() as editor:
            triggers.run_install(None, editor)
    with pytest.raises(IntegrityError, match="append-only"):
        change()
