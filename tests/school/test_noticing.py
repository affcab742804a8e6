"""Who is told of what (F8, K9, P6)."""

import datetime
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from classkey.accounts.models import Role, User
from classkey.school import issuing, noticing, tasks
from classkey.school.issuing import Terms
from classkey.school.models import Code, Notice, NoticeKind, ParentLink
from classkey.school.rostering import sign_ins
from classkey.school.viewer import Viewer
from tests.plugins.mail import Mailbox
from tests.world import School, enter, make_user


@pytest.fixture(autouse=True)
def _no_job_waits_yet(north: School) -> None:
    """No job is waiting."""
    DBTaskResult.objects.all().delete()


def told(user: User) -> list[Notice]:
    return list(noticing.unread(Viewer(user)))


def link(north: School, parent: User, student: User) -> None:
    enter(parent, issuing.make_parent_code(Viewer(student), student))


# --- A new link (F8) --------------------------------------------------------------------
def test_f8_a_new_link_is_told_to_the_student_and_their_teachers_with_the_name(
    north: School,
) -> None:
    link(north, north.ursula, north.anna)
    for person in (north.anna, north.tess, north.tom, north.sam, north.gwen, north.pia):
        [notice] = told(person)
        assert (notice.kind, notice.student, notice.person) == (
            NoticeKind.PARENT_LINKED,
            north.anna,
            north.ursula,
        )


def test_f8_the_parents_already_linked_learn_that_it_is_and_not_whose(north: School) -> None:
    link(north, north.ursula, north.anna)
    for parent in (north.paula, north.quentin):
        [notice] = told(parent)
        assert (notice.student, notice.person) == (north.anna, None)


@pytest.mark.parametrize(
    "who",
    ["ursula", "oscar", "petra", "ben", "cleo", "ed", "vera", "ivan"],
)
def test_f8_nobody_else_is_told(north: School, who: str) -> None:
    link(north, north.ursula, north.anna)
    assert told(getattr(north, who)) == []


def test_f8_a_teacher_who_is_a_parent_too_is_told_once(north: School) -> None:
    ParentLink.objects.create(parent=north.tess, student=north.nina)
    link(north, north.ursula, north.nina)
    assert len(told(north.tess)) == 1
    link(north, north.pia, north.anna)  # a teacher of hers, who links herself
    assert told(north.pia) == []


def test_f8_redeeming_again_tells_nothing(north: School) -> None:
    code = issuing.make_parent_code(Viewer(north.anna), north.anna)
    for _again in range(2):
        enter(north.ursula, code)
    assert len(told(north.anna)) == 1


def test_f8_the_parents_are_told_by_mail_and_the_mail_names_no_adult(
    north: School, mailbox: Mailbox
) -> None:
    link(north, north.ursula, north.anna)
    waiting = DBTaskResult.objects.filter(task_path=tasks.mail_notice.module_path)
    assert waiting.count() == 2
    for job in waiting:
        tasks.mail_notice.call(*job.args_kwargs["args"])
    assert sorted(to for mail in mailbox for to in mail.to) == [
        "paula@northside.example",
        "quentin@northside.example",
    ]
    for mail in mailbox:
        text = str(mail.message["Subject"]) + mail.message.get_content()
        assert "Anna N." in text
        assert "support@school.example" in text
        for name in ("Ursula", "Paula", "Quentin", "Ben"):
            assert name not in text


def test_p2_f8_who_has_no_proved_address_any_more_gets_no_mail(
    north: School, mailbox: Mailbox
) -> None:
    link(north, north.ursula, north.anna)
    [notice] = told(north.paula)
    EmailAddress.objects.filter(user=north.paula).update(verified=False)
    tasks.mail_notice.call(str(notice.pk))
    assert not mailbox


def test_f8_a_notice_gone_meanwhile_mails_nothing(north: School, mailbox: Mailbox) -> None:
    tasks.mail_notice.call("00000000-0000-0000-0000-000000000000")
    assert not mailbox


# --- A sign-in by a teacher (P6) --------------------------------------------------------
def test_p6_a_one_time_sign_in_is_told_to_the_students_other_teachers(north: School) -> None:
    sign_ins.issue(Viewer(north.tess), north.cleo)
    for teacher in (north.tom, north.sam, north.gwen):
        [notice] = told(teacher)
        assert (notice.kind, notice.student, notice.person) == (
            NoticeKind.SIGN_IN_ISSUED,
            north.cleo,
            north.tess,
        )
    assert told(north.tess) == told(north.pia) == told(north.paula) == []


# --- A code that dies soon (K9) ---------------------------------------------------------
def age(code: Code, days: float) -> None:
    expires = timezone.now() + datetime.timedelta(days=14 - days)
    Code.objects.filter(pk=code.pk).update(expires_at=expires)


def test_k9_the_maker_is_warned_two_days_before_a_code_in_use_dies(north: School) -> None:
    age(north.for_students, days=11.9)
    assert noticing.warn_of_dying_codes() == 0
    age(north.for_students, days=12.1)
    assert noticing.warn_of_dying_codes() == 1
    assert noticing.warn_of_dying_codes() == 0
    [notice] = told(north.tess)
    assert (notice.kind, notice.code) == (NoticeKind.CODE_DIES_SOON, north.for_students)


def test_k9_not_of_a_code_that_nobody_uses_or_that_is_dead_or_of_a_parent_code(
    north: School,
) -> None:
    unused = issuing.make_registration_code(Viewer(north.tess), north.maths, Terms())
    for code in (unused, north.for_annas_parents, north.by_ivan):
        age(code, days=13)
    enter(make_user(Role.STUDENT, "Newt"), north.for_owls)
    Code.objects.filter(pk=north.for_owls.pk).update(deleted_at=timezone.now())
    age(north.for_owls, days=13)
    assert noticing.warn_of_dying_codes() == 0


# --- Reading them -----------------------------------------------------------------------
def test_what_is_put_away_stays_away_and_what_came_since_stays(north: School) -> None:
    link(north, north.ursula, north.anna)
    [first] = told(north.anna)
    link(north, north.oscar, north.anna)
    noticing.put_away(Viewer(north.anna), first.at)
    [later] = told(north.anna)
    assert later.person == north.oscar
    assert len(told(north.tess)) == 2, "another's stay"


# --- What comes round -------------------------------------------------------------------
def test_the_chores_come_round_each_hour_once(north: School, time_machine: Any) -> None:
    now = timezone.now()
    time_machine.move_to(now, tick=False)
    for _worker in range(3):
        tasks.keep_chores_going()
    [waiting] = DBTaskResult.objects.all()
    assert waiting.run_after <= now
    DBTaskResult.objects.update(status="RUNNING")
    age(north.for_students, days=13)
    tasks.chores.call()
    assert told(north.tess)
    these = DBTaskResult.objects.filter(task_path=tasks.chores.module_path)
    [following] = these.filter(status="READY")
    assert following.run_after == now + datetime.timedelta(hours=1)
