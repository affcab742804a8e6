"""A form takes its own fields and no other: not a role, a permission, a last day or a student."""

import datetime
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.db import models as fields
from django.db import transaction
from django.test import Client
from django.utils import timezone

from classkey.accounts.addresses import proved_address
from classkey.accounts.models import Role, User
from classkey.school.models import Code, Membership, ParentLink
from tests.accounts.signing_up import prove, sign_up
from tests.attacks.everywhere import Form, client_of, forms_shown_to
from tests.attacks.rows import everything, models
from tests.web.browsing import at, browser_of
from tests.world import School

DRAWN = {
    "id", "digest", "ciphertext", "last_four", "code_last_four", "password", "content", "job",
    "message_id",
}  # fmt: skip
"""Columns with something else each time."""


@pytest.fixture(autouse=True)
def _no_limit_reached() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def sly_fields(north: School) -> dict[str, str]:
    """Every column of every table, with what somebody might like to have there."""
    return {
        name: _liked(north, field)
        for model in models()
        for field in model._meta.concrete_fields
        for name in (field.name, field.attname)
    } | {"given": "3", "is_staff": "on", "is_superuser": "on", "groups": "1"}


def _liked(north: School, field: fields.Field[Any, Any]) -> str:
    if field.related_model is User:
        return str(north.ed.pk)
    if isinstance(field, fields.DateTimeField):
        return "2999-12-31T00:00:00+00:00"
    if isinstance(field, fields.DateField):
        return "2999-12-31"
    if isinstance(field, fields.BooleanField):
        return "on"
    if isinstance(field, fields.UUIDField) or field.is_relation:
        return str(north.den.pk)
    return {"role": "instructor", "permission": "3", "kind": "parent"}.get(field.name, "99")


def filled(form: Form) -> dict[str, list[str]]:
    """A form as somebody sends it who fills in what is empty."""
    sent = {}
    for name, as_is in form.fields.items():
        offered = [value for value in form.choices.get(name, []) if value]
        sent[name] = as_is if any(as_is) else offered[:1] or [PLAUSIBLE.get(name, "7")]
    return sent


PLAUSIBLE = {
    "url": "https://owls.example/", "names": "Nora North", "given_name": "Nora",
    "family_name": "North", "name": "Thing", "title": "Thing", "code": "",
}  # fmt: skip


class Written:
    """What is written from now on, without what differs each time."""

    def __init__(self) -> None:
        self.before = everything()
        self.known = {str(key) for rows in self.before.values() for key in rows}

    def now(self) -> dict[str, list[str]]:
        """Return it, table by table."""
        return {
            table: sorted(
                str(_without_accident(row, self.known))
                for key, row in rows.items()
                if row != self.before[table].get(key)
            )
            for table, rows in everything().items()
        }


def _without_accident(row: Mapping[str, Any], known: set[str]) -> dict[str, Any]:
    return {
        name: "new" if _is_new(name, value, known) else value
        for name, value in row.items()
        if name not in DRAWN
    }


def _is_new(name: str, value: Any, known: set[str]) -> bool:
    is_key = isinstance(value, uuid.UUID) or (name.endswith("_id") and value is not None)
    return is_key and str(value) not in known


def test_every_form_of_a_teacher_writes_what_it_would_have_written(north: School) -> None:
    forms = forms_shown_to(north, "tess")
    sly, written, wrote = sly_fields(north), Written(), set()
    with time_machine.travel(timezone.now(), tick=False):
        for name, form in forms.items():
            own = filled(form)
            extra = {field: value for field, value in sly.items() if field not in own}
            results = []
            for sent in (own, extra | own):
                cache.clear()
                with transaction.atomic():
                    client_of(north, "tess").post(form.action, sent)
                    results.append(written.now())
                    transaction.set_rollback(True)
            assert results[0] == results[1], name
            if any(results[0].values()):
                wrote.add(name)
    assert len(wrote) > 30, wrote


# --- What the school promises, each in plain words ------------------------------------------
@pytest.mark.django_db
def test_p1_a_sign_up_makes_nobody_more_than_they_are() -> None:
    client = Client()
    sly = {
        "is_administrator": "on", "is_active": "on", "is_staff": "on", "is_superuser": "on",
        "verified": "on", "primary": "on", "first_password_until": "2999-12-31", "user": "1",
    }  # fmt: skip
    sign_up(client, "student", **sly)
    user = User.objects.get(given_name="Ana")
    assert (user.role, user.is_administrator) == (Role.STUDENT, False)
    assert user.first_password_until is None
    assert not proved_address(user)
    prove(client)
    client.post(at("account_settings"), {"given_name": "A", "family_name": "B"} | sly)
    user.refresh_from_db()
    assert (user.role, user.is_administrator) == (Role.STUDENT, False)


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["administrator", "admin", "superuser", "Instructor", "", "1"])
def test_p1_there_is_no_other_role(role: str) -> None:
    sign_up(Client(), role)
    assert not User.objects.filter(given_name="Ana").exists()


def test_k2_no_code_lives_longer_than_14_days_or_is_somebody_elses(north: School) -> None:
    sly = {
        "expires_at": "2999-12-31", "created_at": "2999-12-31", "created_by": str(north.tom.pk),
        "deleted_at": "", "uses": "-5", "kind": "parent", "student": str(north.nina.pk),
    }  # fmt: skip
    terms = {"place": str(north.maths.pk), "audience": "students", "permission": "1"}
    browser_of(north.tess).post(at("code_new"), terms | sly)
    code = Code.objects.latest("created_at")
    assert code.expires_at - code.created_at == datetime.timedelta(days=14)
    assert (code.created_by, code.student, code.kind) == (north.tess, None, "registration")
    browser_of(north.anna).post(at("parent_code_new"), sly | {"max_uses": "99"})
    assert not Code.objects.filter(created_by=north.anna, student=north.nina).exists()
    own = Code.objects.filter(created_by=north.anna, kind="parent").latest("created_at")
    assert (own.student, own.max_uses) == (north.anna, 2)


def test_s2_no_code_gives_more_than_it_was_made_for(north: School) -> None:
    sly = {"permission": "3", "given": "3", "place": str(north.den.pk), "user": str(north.ben.pk),
           "ends_on": "", "student": str(north.ben.pk), "role": "instructor"}  # fmt: skip
    browser_of(north.zoe).post(at("join"), {"code": north.for_students.text} | sly)
    [membership] = Membership.objects.live().filter(user=north.zoe)
    assert (membership.place, membership.permission) == (north.maths, 1)
    code = {"code": north.for_ninas_parents.text}
    browser_of(north.ursula).post(at("join"), code | sly)
    [link] = ParentLink.objects.filter(parent=north.ursula)
    assert link.student == north.nina
