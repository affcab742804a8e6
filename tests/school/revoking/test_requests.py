"""Requests to end a parent's access: filed, due, decided (F9, P1)."""

import datetime

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from pytest_django import Settings

from classkey.accounts.administrators import appoint, dismiss
from classkey.accounts.models import User
from classkey.school import access, noticing, tasks
from classkey.school.access import Action
from classkey.school.errors import Refused
from classkey.school.models import AuditEvent, Notice, ParentLink, RevocationRequest
from classkey.school.revoking import requests
from classkey.school.revoking.requests import Plea
from classkey.school.viewer import Viewer
from tests.plugins.mail import Mailbox
from tests.world import School

A_REASON = Plea("He moved out.")


def file(
    north: School, viewer: Viewer, parent: User, student: User, plea: Plea = A_REASON
) -> RevocationRequest:
    return requests.file(viewer, north.link(parent, student), plea)


def news_of(person: User) -> list[Notice]:
    return list(noticing.unread(Viewer(person)))


# --- Filing -----------------------------------------------------------------------------
@pytest.mark.parametrize("who", ["anna", "tess", "tom", "pia", "vera"])
def test_f9_anyone_concerned_files_a_request(north: School, who: str) -> None:
    filed = file(north, Viewer(getattr(north, who)), north.paula, north.anna)
    assert filed.is_open
    assert not filed.is_late
    line = AuditEvent.objects.order_by("-pk")[0]
    assert (line.action, line.actor, line.subject, line.thing) == (
        "request.filed",
        getattr(north, who).pk,
        north.anna.pk,
        filed.pk,
    )
    assert access.visible_places(Viewer(north.paula, north.anna)).exists(), "until it is decided"


def test_f9_a_parent_files_one_about_another_adult(north: School) -> None:
    assert file(north, Viewer(north.paula, north.anna), north.quentin, north.anna).is_open


@pytest.mark.parametrize("who", ["ben", "dan", "ed", "ursula", "paula"])
def test_f9_nobody_else_does(north: School, who: str) -> None:
    with pytest.raises(PermissionDenied):
        file(north, Viewer(getattr(north, who)), north.quentin, north.anna)


def test_f10_ones_own_link_one_ends_oneself(north: School) -> None:
    with pytest.raises(PermissionDenied):
        file(north, Viewer(north.paula, north.anna), north.paula, north.anna)


def test_f9_asking_twice_is_answered_with_when_it_is_decided(north: School) -> None:
    before = RevocationRequest.objects.count()
    with pytest.raises(Refused, match="rule") as refusal:
        file(north, Viewer(north.anna), north.quentin, north.anna)
    assert "asked for this already" in str(refusal.value.message)
    assert RevocationRequest.objects.count() == before


def test_f9_support_files_for_a_caller_and_nobody_else_does(north: School) -> None:
    for_caller = Plea("His grandmother rang.", caller="Grandmother, 555 0199")
    assert file(north, Viewer(north.vera), north.paula, north.anna, for_caller).caller
    with pytest.raises(PermissionDenied):
        file(north, Viewer(north.tess), north.paula, north.anna, for_caller)


# --- Urgent -----------------------------------------------------------------------------
@pytest.mark.parametrize("who", ["tess", "vera"])
def test_f9_an_urgent_request_pauses_the_link_at_once(north: School, who: str) -> None:
    urgent = Plea("There is a court order.", urgent=True)
    as_parent = Viewer(north.paula, north.anna)
    assert access.visible_items(as_parent).exists()
    file(north, Viewer(getattr(north, who)), north.paula, north.anna, urgent)
    assert not access.visible_items(as_parent).exists()
    assert not access.visible_places(as_parent).exists()


@pytest.mark.parametrize("who", ["anna", "quentin"])
def test_f9_students_and_parents_cannot_mark_one_urgent(north: School, who: str) -> None:
    person = getattr(north, who)
    viewer = Viewer(person) if person.is_student else Viewer(person, north.anna)
    with pytest.raises(PermissionDenied):
        file(north, viewer, north.paula, north.anna, Plea("Now!", urgent=True))
    assert north.link(north.paula, north.anna).paused_at is None


# --- Deciding ---------------------------------------------------------------------------
def test_f9_declining_lets_a_paused_parent_back_in_and_tells_who_asked(north: School) -> None:
    as_parent = Viewer(north.petra, north.ben)
    assert not access.visible_items(as_parent).exists()
    requests.decline(Viewer(north.vera), north.about_petra, "The order was lifted.")
    assert access.visible_items(as_parent).exists()
    decided = RevocationRequest.objects.get(pk=north.about_petra.pk)
    assert (decided.outcome, decided.decided_by) == ("declined", north.vera)
    [told] = news_of(north.tess)
    assert (told.kind, told.student, told.person) == ("access-left", north.ben, north.petra)
    assert not news_of(north.petra), "who it was about never learns of it"


def test_f9_a_pause_lasts_while_another_urgent_request_waits(north: School) -> None:
    file(north, Viewer(north.tom), north.petra, north.ben, Plea("I saw it too.", urgent=True))
    requests.decline(Viewer(north.vera), north.about_petra, "No order is known.")
    assert not access.visible_items(Viewer(north.petra, north.ben)).exists()


def test_f9_what_was_decided_is_decided_once(north: School) -> None:
    requests.decline(Viewer(north.vera), north.about_petra, "First.")
    with pytest.raises(Refused):
        requests.decline(Viewer(north.vera), north.about_petra, "Second.")
    assert RevocationRequest.objects.get(pk=north.about_petra.pk).decision == "First."


@pytest.mark.parametrize("who", ["tess", "anna", "petra"])
def test_f9_only_administrators_decide(north: School, who: str) -> None:
    with pytest.raises(PermissionDenied):
        requests.decline(Viewer(getattr(north, who)), north.about_petra, "No.")


def test_p1_no_administrator_decides_about_themself_or_their_own_child(north: School) -> None:
    """Pia is Ben's mother; it does not matter that her link has ended, or is asked about."""
    appoint(north.pia)
    pia = Viewer(north.pia)
    about_her = file(north, Viewer(north.ben), north.pia, north.ben)
    for request in (about_her, north.about_petra):
        assert not access.can(pia, Action.SEE, request)
        with pytest.raises(PermissionDenied):
            requests.decline(pia, request, "No.")
    assert access.can(pia, Action.DECIDE, north.about_quentin)
    ParentLink.objects.filter(parent=north.pia).update(ended_at=timezone.now())
    assert not access.can(pia, Action.DECIDE, north.about_petra)


def test_f9_an_administrator_reads_no_line_of_the_log_about_their_own_child(
    north: School,
) -> None:
    appoint(north.pia)
    lines = access.allowed(Viewer(north.pia), Action.SEE, AuditEvent)
    assert lines.filter(subject=north.anna.pk).exists()
    assert lines.filter(subject=None).exists()
    assert not lines.filter(subject=north.ben.pk).exists()


def test_f8_a_parent_who_asked_is_told_of_another_adult_and_not_of_whom(north: School) -> None:
    filed = file(north, Viewer(north.paula, north.anna), north.quentin, north.anna)
    requests.decline(Viewer(north.vera), filed, "Quentin is her father.")
    [told] = news_of(north.paula)
    assert (told.kind, told.student, told.person) == ("access-left", north.anna, None)


def test_f9_a_request_of_somebody_who_was_erased_is_decided_still(north: School) -> None:
    RevocationRequest.objects.filter(pk=north.about_petra.pk).update(filed_by=None)
    north.about_petra.refresh_from_db()
    requests.decline(Viewer(north.vera), north.about_petra, "No.")
    assert not RevocationRequest.objects.get(pk=north.about_petra.pk).is_open


# --- In time ----------------------------------------------------------------------------
def make_due(request: RevocationRequest, in_minutes: float, *, urgent: bool = False) -> None:
    due = timezone.now() + datetime.timedelta(minutes=in_minutes)
    RevocationRequest.objects.filter(pk=request.pk).update(
        due_at=due, urgent=urgent, reminded_at=None
    )


def only(request: RevocationRequest) -> None:
    RevocationRequest.objects.exclude(pk=request.pk).update(reminded_at=timezone.now())


def test_f9_filing_wakes_a_worker_before_the_request_is_due(north: School) -> None:
    waiting = DBTaskResult.objects.filter(task_path=tasks.remind_of_requests.module_path)
    waiting.delete()
    filed = file(north, Viewer(north.anna), north.paula, north.anna)
    assert waiting.get().run_after == filed.due_at - requests.BEFORE_IT_IS_DUE
    waiting.delete()
    file(north, Viewer(north.tess), north.paula, north.anna, Plea("Now!", urgent=True))
    assert waiting.get().run_after <= timezone.now()


def test_f9_every_administrator_is_mailed_once_before_one_is_due(
    north: School, mailbox: Mailbox
) -> None:
    only(north.about_quentin)
    make_due(north.about_quentin, 121)
    tasks.remind_of_requests.call()
    assert not mailbox
    make_due(north.about_quentin, 119)
    for _hourly in range(2):
        tasks.chores.call()
    administrators = User.objects.filter(is_administrator=True)
    assert sorted(mail.to for mail in mailbox) == sorted([[one.email] for one in administrators])
    for mail in mailbox:
        assert "is due soon" in mail.message["Subject"]
        for name in ("Anna", "Quentin", "uncle"):
            assert name not in str(mail.message)


def test_f9_an_urgent_one_is_mailed_at_once(north: School, mailbox: Mailbox) -> None:
    only(north.about_petra)
    make_due(north.about_petra, 400, urgent=True)
    tasks.remind_of_requests.call()
    assert mailbox
    assert all("urgent" in mail.message["Subject"] for mail in mailbox)
    assert "paused until you decide" in mailbox[0].message.get_content()


def test_p1_where_no_administrator_may_decide_the_support_address_is_mailed(
    north: School, mailbox: Mailbox, settings: Settings
) -> None:
    for administrator in User.objects.filter(is_administrator=True):
        dismiss(administrator)
    appoint(north.pia)
    only(north.about_petra)
    make_due(north.about_petra, 10)
    settings.SUPPORT = settings.SUPPORT | {"email": "desk@northside.example"}
    tasks.remind_of_requests.call()
    assert [mail.to for mail in mailbox] == [["desk@northside.example"]]
    settings.SUPPORT = settings.SUPPORT | {"email": ""}
    make_due(north.about_petra, 10)
    tasks.remind_of_requests.call()
    assert len(mailbox) == 1


def test_f9_who_asked_is_mailed_that_it_is_decided_and_not_how(
    north: School, mailbox: Mailbox
) -> None:
    DBTaskResult.objects.all().delete()
    requests.decline(Viewer(north.vera), north.about_petra, "The order was lifted.")
    for job in DBTaskResult.objects.filter(task_path=tasks.mail_notice.module_path):
        tasks.mail_notice.call(*job.args_kwargs["args"])
    [mail] = mailbox
    assert mail.to == [north.tess.email]
    for word in ("Ben", "Petra", "lifted"):
        assert word not in str(mail.message)
