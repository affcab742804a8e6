"""A class of seven-year-olds gets accounts, and comes in (P6)."""

import datetime
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection

from classkey.accounts import first_passwords
from classkey.accounts.first_passwords import FirstPassword
from classkey.accounts.models import User, UserManager
from classkey.school import membership
from classkey.school.errors import Refused
from classkey.school.models import AuditAction, AuditEvent, Membership, Permission
from classkey.school.rostering import classes, sign_ins
from classkey.school.rostering.names import Name
from classkey.school.sheets import cards
from classkey.school.sheets.typeset import Paper
from classkey.school.viewer import Viewer
from tests.world import School

CLASS = [Name("Mia", "Berg"), Name("Noah", "Stein"), Name("Mia", "Berg-Li"), Name("Ngozi", "")]


def enrol(north: School) -> list[User]:
    return classes.enrol(Viewer(north.tess), north.maths, CLASS)


def lines(action: AuditAction, actor: User) -> int:
    return AuditEvent.objects.filter(action=action, actor=actor.pk).count()


# --- Accounts from names ----------------------------------------------------------------
def test_p6_each_name_becomes_a_student_who_reads_the_course(north: School) -> None:
    made = enrol(north)
    assert [user.username for user in made[:2]] == ["mia.berg", "noah.stein"]
    assert len({user.username for user in made}) == 4
    assert all(user.is_student and not user.email for user in made)
    rows = Membership.objects.filter(user__in=made)
    assert {(row.place_id, row.permission) for row in rows} == {(north.maths.pk, Permission.READ)}
    assert lines(AuditAction.ACCOUNT_MADE, north.tess) == 4
    assert lines(AuditAction.MEMBER_IN, north.tess) >= 4


def test_p6_nobody_signs_in_before_they_have_a_first_password(north: School) -> None:
    assert not any(user.has_usable_password() for user in enrol(north))


@pytest.mark.parametrize("who", ["gwen", "ed", "pia", "vera", "anna", "paula", "ivan"])
def test_p6_s7_only_a_teacher_of_the_course_makes_accounts(north: School, who: str) -> None:
    before = User.objects.count()
    with pytest.raises(PermissionDenied):
        classes.enrol(Viewer(getattr(north, who)), north.maths, CLASS)
    assert User.objects.count() == before


@pytest.mark.parametrize("where", ["owls", "history", "staffroom"])
def test_p6_accounts_are_made_in_a_running_course_alone(north: School, where: str) -> None:
    with pytest.raises(PermissionDenied):
        classes.enrol(Viewer(north.tess), getattr(north, where), CLASS)


def test_p6_all_of_them_or_none(north: School, monkeypatch: pytest.MonkeyPatch) -> None:
    before, admit, let_in = User.objects.count(), membership.admit, iter([True, True, False])

    def two_come_in_and_the_power_fails(*args: Any) -> bool:
        if not next(let_in):
            raise OSError
        return admit(*args)

    monkeypatch.setattr(membership, "admit", two_come_in_and_the_power_fails)
    with pytest.raises(OSError):  # noqa: PT011 # raised above
        enrol(north)
    assert User.objects.count() == before


def test_p6_a_user_name_taken_at_the_same_moment_is_no_accident(
    north: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    create, tries = UserManager.create_user, iter([True, False, False, False, False])

    def too_late_once(manager: Any, **fields: Any) -> User:
        if next(tries):
            raise IntegrityError
        return create(manager, **fields)

    monkeypatch.setattr(UserManager, "create_user", too_late_once)
    assert len(enrol(north)) == 4


def test_p6_who_is_there_already_is_told_and_nobody_elsewhere(north: School) -> None:
    wanted = [Name("anna", "NORTHSIDE"), Name("Dan", "Northside"), Name("Mia", "Berg")]
    # Dan is at this school, in another course.
    assert classes.namesakes(Viewer(north.tess), north.maths, wanted) == {wanted[0]}
    assert classes.namesakes(Viewer(north.tess), north.maths, []) == set()


# --- First passwords --------------------------------------------------------------------
def hand_out(north: School, students: list[User]) -> dict[User, str]:
    """Hand out new first passwords; return them."""
    drawn = {student: first_passwords.draw() for student in students}
    sign_ins.issue_to_new(Viewer(north.tess), north.maths, drawn)
    return {student: each.text for student, each in drawn.items()}


def test_p6_new_students_get_first_passwords_and_each_time_new_ones(north: School) -> None:
    made = enrol(north)
    assert set(sign_ins.without_own_password(Viewer(north.tess), north.maths)) >= set(made)
    first = hand_out(north, made[:2])
    again = hand_out(north, made)
    assert not authenticate(None, username="mia.berg", password=first[made[0]])
    assert authenticate(None, username="mia.berg", password=again[made[0]]) == made[0]
    assert lines(AuditAction.SIGN_IN_ISSUED, north.tess) == 6


def test_p6_whoever_has_chosen_a_password_is_not_new_any_more(north: School) -> None:
    [mia, noah, *_others] = enrol(north)
    hand_out(north, [mia])
    mia.refresh_from_db()
    first_passwords.choose(mia, "purple horse 92")
    assert mia not in sign_ins.without_own_password(Viewer(north.tess), north.maths)
    with pytest.raises(Refused):
        hand_out(north, [mia, noah])
    assert authenticate(None, username="mia.berg", password="purple horse 92") == mia
    noah.refresh_from_db()
    assert not noah.has_usable_password(), "all of them or none"


@pytest.mark.parametrize("who", ["ed", "pia", "vera", "anna"])
def test_p6_s7_nobody_else_hands_out_first_passwords(north: School, who: str) -> None:
    [mia, *_others] = enrol(north)
    with pytest.raises(PermissionDenied):
        sign_ins.issue_to_new(
            Viewer(getattr(north, who)), north.maths, {mia: first_passwords.draw()}
        )


def test_p6_nobody_waits_while_a_class_is_hashed(
    north: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Argon2 is slow on purpose: not in a transaction, which holds the database on SQLite."""
    made, depth = enrol(north), len(connection.savepoint_ids)
    draw = first_passwords.draw

    def outside() -> FirstPassword:
        assert len(connection.savepoint_ids) == depth
        return draw()

    monkeypatch.setattr(first_passwords, "draw", outside)
    assert cards.sign_in_cards(Viewer(north.tess), north.maths, made, Paper.A4, "en")
    assert sign_ins.issue(Viewer(north.tess), north.cleo)


def test_p6_the_same_list_sent_twice_makes_its_accounts_once(north: School) -> None:
    enrol(north)
    with pytest.raises(Refused):
        enrol(north)
    assert User.objects.filter(given_name="Noah").count() == 1
    classes.enrol(Viewer(north.tess), north.maths, CLASS[:1], namesakes_known=1)
    assert User.objects.filter(given_name="Mia").count() == 3, "another child of that name"


def test_p6_a_first_password_works_for_two_weeks(north: School, time_machine: Any) -> None:
    now = datetime.datetime(2026, 11, 24, 9, 0, tzinfo=datetime.UTC)
    time_machine.move_to(now, tick=False)
    password = sign_ins.issue(Viewer(north.tess), north.cleo)
    name = north.cleo.username
    time_machine.move_to(now + datetime.timedelta(days=14), tick=False)
    assert authenticate(None, username=name, password=password) == north.cleo
    time_machine.move_to(now + datetime.timedelta(days=14, seconds=1), tick=False)
    assert not authenticate(None, username=name, password=password)


def test_p6_a_teacher_lets_a_student_without_an_address_in_once_more(north: School) -> None:
    password = sign_ins.issue(Viewer(north.gwen), north.cleo)  # runs a group that Cleo is in
    assert authenticate(None, username=north.cleo.username, password=password) == north.cleo
    line = AuditEvent.objects.get(action=AuditAction.SIGN_IN_ISSUED)
    assert (line.actor, line.subject) == (north.gwen.pk, north.cleo.pk)
    assert password not in str(AuditEvent.objects.values())


def test_p6_a_student_with_an_address_has_one_mailed(north: School) -> None:
    with pytest.raises(Refused) as refusal:
        sign_ins.issue(Viewer(north.tess), north.anna)
    assert "Forgot your password" in str(refusal.value.message)


@pytest.mark.parametrize("who", ["pia", "ed", "vera", "cleo", "anna", "paula"])
def test_p6_s7_nobody_else_gets_into_a_students_account(north: School, who: str) -> None:
    north.cleo.set_password("her own")
    north.cleo.save()
    with pytest.raises(PermissionDenied):
        sign_ins.issue(Viewer(getattr(north, who)), north.cleo)
    assert authenticate(None, username=north.cleo.username, password="her own") == north.cleo


def test_p6_a_first_password_is_easy_to_read_and_hard_to_guess() -> None:
    drawn = [first_passwords.draw() for _ in range(20)]
    assert len({each.text for each in drawn}) == 20
    for each in drawn:
        assert set(each.text) <= set("23456789bcdfghjkmnpqrstvwxyz-")
        assert [len(group) for group in each.text.split("-")] == [4, 4]
        assert each.text not in repr(each)
