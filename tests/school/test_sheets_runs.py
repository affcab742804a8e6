"""Parent-code sheets: asked for, made, mailed, and what may go wrong on the way (F2)."""

import datetime
from collections.abc import Callable
from email.message import EmailMessage
from itertools import pairwise
from typing import Any

import pytest
import typst
from allauth.account.models import EmailAddress
from django.core.exceptions import PermissionDenied
from django.core.mail.backends.smtp import EmailBackend
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from pytest_django import Settings

from classkey.accounts.models import Role, User
from classkey.school import code_text, linking, membership, publishing, redeeming, tasks
from classkey.school.errors import Refused
from classkey.school.models import (
    Code,
    Item,
    Membership,
    PartState,
    Sheet,
    SheetPart,
    SheetRun,
)
from classkey.school.models.sheet_runs import Failure
from classkey.school.publishing import Toggle
from classkey.school.sheets import plan, runs, work
from classkey.school.sheets.runs import Whom, Wishes
from classkey.school.viewer import Viewer
from tests.plugins.mail import Mailbox
from tests.sheets import ask, pages_of, pdf_of, run_queue, scans_of
from tests.world import School, make_user

Later = Callable[[datetime.timedelta], None]


class Killed(BaseException):
    """What ends a worker in the middle: nothing catches it."""


class SilentAfterMailing(EmailBackend):
    """The mail server took the mail, and fell silent before it could say so."""

    def send_messages(self, email_messages: Any) -> int:
        super().send_messages(email_messages)
        raise TimeoutError


class KilledAfterMailing(EmailBackend):
    """The mail server took the mail; the worker died before it could note that."""

    def send_messages(self, email_messages: Any) -> int:
        super().send_messages(email_messages)
        raise Killed


@pytest.fixture(autouse=True)
def _noon(north: School, time_machine: Any) -> None:
    """The clock stands still unless a test moves it. What the world has in line is put aside."""
    SheetRun.objects.all().delete()
    time_machine.move_to(timezone.now(), tick=False)


@pytest.fixture
def later(time_machine: Any) -> Later:
    """Lets time pass, and does what is due then."""

    def move(delta: datetime.timedelta) -> None:
        time_machine.shift(delta)
        run_queue()

    return move


def state(part: SheetPart) -> tuple[str, int, str]:
    part.refresh_from_db()
    return part.state, part.attempts, part.failure


def live_codes(school: School) -> int:
    return Code.objects.live().filter(kind="parent", created_by=school.tess).count()


# --- Asking -----------------------------------------------------------------------


@pytest.mark.parametrize("who", ["ed", "cleo", "paula", "vera", "ivan", "pia"])
def test_only_teachers_of_the_students_ask_for_sheets(north: School, who: str) -> None:
    with pytest.raises(PermissionDenied):
        runs.start_run(Viewer(getattr(north, who)), north.maths, runs.students_in(north.maths))


def test_a_workspace_has_no_sheets(north: School) -> None:
    with pytest.raises(PermissionDenied):
        runs.start_run(Viewer(north.anna), north.den, runs.students_in(north.den))


@pytest.mark.parametrize(
    ("place", "whom", "names"),
    [
        ("maths", Whom.ALL, ["Anna", "Ben", "Cleo", "Nina"]),
        ("maths", Whom.NOT_YET_LINKED, ["Cleo", "Nina"]),
        ("owls", Whom.ALL, ["Anna", "Cleo"]),
        ("owls", Whom.NOT_YET_LINKED, ["Cleo"]),
    ],
)
def test_f2_all_students_or_those_with_no_linked_parent(
    north: School, place: str, whom: Whom, names: list[str]
) -> None:
    sheets = ask(north, getattr(north, place), whom).sheets.select_related("student")
    assert [sheet.student.given_name for sheet in sheets] == names


def test_f2_those_chosen_are_those_who_are_here(north: School) -> None:
    chosen = [north.cleo, north.zoe, north.dan, north.paula]
    run = tasks.ask_for_sheets(Viewer(north.tess), north.maths, chosen)
    assert [sheet.student for sheet in Sheet.objects.filter(part__run=run)] == [north.cleo]


def test_f2_up_to_four_sheets_each_with_its_own_code(north: School, mailbox: Mailbox) -> None:
    part = ask(north, wishes=Wishes(copies=4))
    run_queue()
    pages = pages_of(pdf_of(mailbox[0].message))
    assert ["Anna" in page for page in pages] == [True] * 4 + [False] * 4
    codes = [sheet.code for sheet in part.sheets.select_related("code")]
    for code, page in zip(codes, pages, strict=True):
        assert code is not None
        assert code.text in page
    assert len({code.pk for code in codes if code}) == 8


@pytest.mark.parametrize("copies", [0, 5, -1])
def test_f2_not_none_and_not_more(north: School, copies: int) -> None:
    with pytest.raises(Refused, match="rule"):
        ask(north, wishes=Wishes(copies=copies))


def test_f2_each_sheet_is_in_the_language_of_its_home_or_of_the_run(
    north: School, mailbox: Mailbox
) -> None:
    User.objects.filter(pk=north.cleo.pk).update(home_language="es")
    ask(north, wishes=Wishes(language="fr"))
    run_queue()
    annas, cleos = pages_of(pdf_of(mailbox[0].message))
    assert "Votre code" in annas
    assert "Su código" in cleos or "Tu código" in cleos


def test_f2_a_parent_whose_link_ended_leaves_the_student_unlinked(north: School) -> None:
    linking.links_of(north.anna).update(ended_at=timezone.now())
    assert ask(north, north.owls, Whom.NOT_YET_LINKED).sheets.count() == 2


def test_f2_without_students_there_is_nothing_to_make(north: School) -> None:
    with pytest.raises(Refused) as refused:
        ask(north, north.chicks, Whom.NOT_YET_LINKED)
    assert "no student here" in str(refused.value.message)


def test_f2_without_a_proved_address_there_is_nowhere_to_mail_to(north: School) -> None:
    EmailAddress.objects.filter(user=north.tess).update(verified=False)
    with pytest.raises(Refused) as refused:
        ask(north)
    assert "Prove your e-mail address first" in str(refused.value.message)


def test_f2_green_in_a_group_is_green_in_its_course(north: School) -> None:
    Item.objects.filter(place=north.maths).update(shown_to_parents=False)
    assert not runs.nothing_is_green(north.maths), "something is green in the Owls"


def test_f2_it_is_said_before_it_starts_if_nothing_is_green(north: School) -> None:
    assert not runs.nothing_is_green(north.owls)
    publishing.flip(Viewer(north.tess), north.owls, Toggle.GREEN, on=False)
    assert runs.nothing_is_green(north.owls)


@pytest.mark.parametrize(
    ("students", "copies", "sizes"),
    [
        (0, 1, []),
        (1, 1, [1]),
        (100, 1, [100]),
        (201, 1, [100, 100, 1]),
        (1, 4, [4]),
        (51, 2, [100, 2]),
        (34, 3, [99, 3]),
    ],
)
def test_f2_a_large_class_is_mailed_in_parts(students: int, copies: int, sizes: list[int]) -> None:
    parts = list(plan.parts(list(range(students)), copies))
    assert [len(part) for part in parts] == sizes
    printed = [each for part in parts for each in part]
    assert printed == [each for each in range(students) for _copy in range(copies)]
    assert sum(len(set(part)) for part in parts) == students, "one student's are in one mail"


def test_f2_a_run_of_many_has_many_parts_each_with_its_own_job(north: School) -> None:
    many = User.objects.bulk_create(
        User(role=Role.STUDENT, given_name="S", username=f"s{number}")
        for number in range(plan.SHEETS_PER_PART)
    )
    Membership.objects.bulk_create(
        Membership(place=place, user=user, permission=1, given=1)
        for place in (north.maths, north.owls)
        for user in many
    )
    run = tasks.ask_for_sheets(Viewer(north.tess), north.owls, runs.students_in(north.owls))
    assert [part.sheets.count() for part in run.parts.all()] == [100, 2]
    assert DBTaskResult.objects.ready().count() == 2


# --- Making and mailing -----------------------------------------------------------


def test_f2_the_sheets_are_mailed_to_the_teachers_own_proved_address(
    north: School, mailbox: Mailbox
) -> None:
    part = ask(north)
    run_queue()
    (mail,) = mailbox
    assert mail.to == ["tess@northside.example"]
    assert state(part) == (PartState.MAILED, 1, "")
    assert part.mailed_at == timezone.now()
    assert mail.message["Message-ID"] == f"<{part.pk}.0@testserver>"
    assert mail.size < 10_000_000
    pages = pages_of(pdf_of(mail.message))
    for text, name in zip(pages, ["Anna Northside", "Cleo Northside"], strict=True):
        assert name in text
        assert "Test School" in text


def test_f2_the_code_on_the_paper_links_a_parent(north: School, mailbox: Mailbox) -> None:
    ask(north, whom=Whom.NOT_YET_LINKED)
    run_queue()
    (link,) = scans_of(pdf_of(mailbox[0].message))
    address, _hash, code = link.partition("#")
    assert address == "http://testserver/join/"
    redeeming.redeem(Viewer(north.ursula), code)
    assert linking.live_link(north.ursula, north.cleo)


def test_f2_neither_the_mail_nor_its_attachments_name_names_a_student(
    north: School, mailbox: Mailbox
) -> None:
    ask(north)
    run_queue()
    message = mailbox[0].message
    (attachment,) = message.iter_attachments()
    body = message.get_body()
    assert body is not None
    headers = "\n".join(f"{key}: {value}" for key, value in message.items())
    headers += f"{attachment.get_filename()} {attachment['Content-Disposition']}"
    everything = headers + body.get_content()
    for said in ("Anna", "Cleo", "Northside", "Owls"):
        assert said not in everything
    assert "(2), one for each family" in body.get_content()
    for sheet in Sheet.objects.select_related("code"):
        assert sheet.code is not None
        assert sheet.code.text not in everything
        assert code_text.normalise(sheet.code.text) not in everything


def test_f2_the_mail_of_a_part_says_which_part_of_how_many(north: School, mailbox: Mailbox) -> None:
    part = ask(north)
    second = SheetPart.objects.create(run=part.run, number=2)
    part.sheets.filter(student=north.cleo).update(part=second)
    for each in (second, part):
        work.work_on(each.pk)
    subjects = [mail.message["Subject"] for mail in mailbox]
    assert "(part 2 of 2)" in subjects[0]
    assert "(part 1 of 2)" in subjects[1]
    assert len({mail.message["Message-ID"] for mail in mailbox}) == 2
    assert "part" not in ask_and_mail(north, mailbox)["Subject"]


def ask_and_mail(school: School, mailbox: Mailbox) -> EmailMessage:
    ask(school)
    run_queue()
    return mailbox[-1].message


def test_f2_progress_in_sheets_made_and_mailed(
    north: School, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch, later: Later
) -> None:
    part = ask(north)

    def told() -> tuple[int, int, bool]:
        progress = runs.progress(part.run)
        return progress.done, progress.all_steps, progress.is_over

    assert told() == (0, 4, False)
    with monkeypatch.context() as patch:
        patch.setattr(typst, "compile", raises(Killed))
        with pytest.raises(Killed):
            run_queue()
    assert told() == (2, 4, False)
    later(work.LEASE)
    assert told() == (4, 4, True)


def raises(error: type[BaseException]) -> Callable[..., Any]:
    def fails(*_args: object, **_kwargs: object) -> None:
        raise error

    return fails


def test_f2_a_part_known_to_be_mailed_is_not_mailed_again(
    north: School, mailbox: Mailbox, later: Later
) -> None:
    part = ask(north)
    run_queue()
    work.work_on(part.pk)
    tasks.resume_sheets()
    later(work.LEASE)
    later(work.LEASE)
    assert len(mailbox) == 1
    assert not DBTaskResult.objects.ready().exists(), "nobody is woken for ever"
    assert live_codes(north) == 2 + world_codes(north)


def world_codes(school: School) -> int:
    """Live parent codes of Tess's that the world was made with."""
    sheets = Sheet.objects.filter(code__isnull=False).count()
    return live_codes(school) - sheets


# --- What may go wrong ------------------------------------------------------------


def test_f2_a_part_in_doubt_goes_out_again_the_same_under_the_same_message_id(
    north: School, mailbox: Mailbox, settings: Settings, later: Later
) -> None:
    part, backend = ask(north), settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = f"{__name__}.{KilledAfterMailing.__name__}"
    with pytest.raises(Killed):
        run_queue()
    settings.EMAIL_BACKEND = backend
    later(work.LEASE)
    first, again = (mail.message for mail in mailbox)
    assert state(part)[0] == PartState.MAILED
    assert part.in_doubt, "its teacher is told that it may come twice"
    assert first["Message-ID"] == again["Message-ID"]
    assert scans_of(pdf_of(first)) == scans_of(pdf_of(again))
    attachments = [next(mail.iter_attachments()).get_payload() for mail in (first, again)]
    assert attachments[0] == attachments[1]


def test_f2_a_part_known_to_be_mailed_once_is_not_in_doubt(
    north: School, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch, later: Later
) -> None:
    part = ask(north)
    after_the_codes_are_made(monkeypatch)
    later(work.LEASE)
    assert state(part) == (PartState.MAILED, 2, "")
    assert not part.in_doubt
    assert len(mailbox) == 1


def test_f2_a_mail_server_that_fell_silent_leaves_the_part_in_doubt(
    north: School, mailbox: Mailbox, settings: Settings, later: Later
) -> None:
    part, backend = ask(north), settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = f"{__name__}.{SilentAfterMailing.__name__}"
    run_queue()
    assert state(part) == (PartState.WAITING, 0, "")
    assert part.in_doubt
    settings.EMAIL_BACKEND = backend
    later(work.LEASE)
    first, again = (mail.message for mail in mailbox)
    assert first["Message-ID"] == again["Message-ID"]
    assert state(part)[0] == PartState.MAILED
    assert part.in_doubt


def test_f2_a_mail_server_that_is_not_there_took_nothing(
    north: School, mailbox: Mailbox, settings: Settings
) -> None:
    part = ask(north)
    settings.EMAIL_PORT = 1
    run_queue()
    assert state(part) == (PartState.WAITING, 0, "")
    assert not part.in_doubt


def test_f2_a_part_in_other_hands_is_left_alone(
    north: School, mailbox: Mailbox, later: Later
) -> None:
    part = ask(north)
    until = timezone.now() + datetime.timedelta(seconds=1)
    SheetPart.objects.filter(pk=part.pk).update(state=PartState.MAKING, lease_until=until)
    run_queue()
    assert not mailbox
    assert state(part) == (PartState.MAKING, 0, "")
    later(work.LEASE)
    assert len(mailbox) == 1


def test_f2_whoever_lost_the_lease_mails_nothing(
    north: School, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another worker takes the part while this one is typesetting."""
    part, compiles = ask(north), typst.compile

    def slowly(*args: Any, **kwargs: Any) -> Any:
        SheetPart.objects.filter(pk=part.pk).update(worker=part.pk)
        return compiles(*args, **kwargs)

    monkeypatch.setattr(typst, "compile", slowly)
    run_queue()
    assert not mailbox
    assert state(part) == (PartState.MAKING, 1, "")


def test_f2_whoever_lost_the_lease_makes_no_more_codes(
    north: School, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another worker takes the part after the first of two codes."""
    monkeypatch.setattr(work, "AT_ONCE", 1)
    part, mints, before = ask(north), code_text.mint, live_codes(north)

    def slowly(kind: code_text.CodeKind) -> str:
        SheetPart.objects.filter(pk=part.pk).update(worker=part.pk)
        return mints(kind)

    monkeypatch.setattr(code_text, "mint", slowly)
    run_queue()
    assert live_codes(north) == before + 1
    assert part.sheets.filter(code__isnull=False).count() == 1
    assert not mailbox


def test_f2_a_mail_refused_is_tried_again_with_growing_pauses_and_in_the_end_given_up(
    north: School, mailbox: Mailbox, time_machine: Any, later: Later
) -> None:
    part, before = ask(north), live_codes(north)
    mailbox.answer = "451 try again later"
    started, tried = timezone.now(), [0.0]
    run_queue()
    assert state(part) == (PartState.WAITING, 0, "")
    assert part.next_try == started + work.FIRST_REST
    assert live_codes(north) == before + 2
    while state(part)[0] == PartState.WAITING:
        refusals = part.refusals
        later(datetime.timedelta(seconds=30))
        if state(part)[0] == PartState.FAILED or part.refusals > refusals:
            tried.append((timezone.now() - started).total_seconds())
    pauses = [end - start for start, end in pairwise(tried)]
    assert len(tried) == work.MOST_REFUSALS
    assert pauses == sorted(pauses)
    assert pauses[-1] > 5 * pauses[0]
    assert state(part) == (PartState.FAILED, 1, Failure.NO_MAIL)
    assert live_codes(north) == before, "no code lives without a sheet in a mail"
    assert not mailbox
    assert runs.progress(part.run).failed == [part]
    assert not part.in_doubt, "the server said no, each time"


def test_f2_a_failed_part_is_tried_again_with_new_codes(north: School, mailbox: Mailbox) -> None:
    part = ask(north)
    SheetPart.objects.filter(pk=part.pk).update(
        state=PartState.FAILED, refusals=6, in_doubt=True, failure=Failure.NO_MAIL
    )
    DBTaskResult.objects.all().delete()
    with pytest.raises(PermissionDenied):
        tasks.try_sheets_again(Viewer(north.tom), part.run)
    assert run_queue() == 0
    tasks.try_sheets_again(Viewer(north.tess), part.run)
    assert run_queue() == 1
    assert state(part) == (PartState.MAILED, 1, "")
    assert not part.in_doubt
    (mail,) = mailbox
    assert mail.message["Message-ID"] == f"<{part.pk}.1@testserver>", "another mail: other codes"
    tasks.try_sheets_again(Viewer(north.tess), part.run)
    assert state(part)[0] == PartState.MAILED, "what is mailed is not failed"


def assert_failed(school: School, part: SheetPart, mailbox: Mailbox, why: Failure) -> None:
    """The part is given up, says why, mailed nothing, and left no code alive."""
    assert state(part)[0] == PartState.FAILED
    assert part.failure == why
    assert not mailbox
    codes = Code.objects.filter(created_at__gte=part.run.requested_at, kind="parent")
    assert not codes.filter(deleted_at=None).exists()
    assert not part.sheets.filter(code__isnull=False).exists()


def after_the_codes_are_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker made the codes and was killed before the mail."""
    with monkeypatch.context() as patch:
        patch.setattr(typst, "compile", raises(Killed))
        with pytest.raises(Killed):
            run_queue()


@pytest.mark.parametrize("after", [False, True])
def test_f2_an_address_that_is_proved_no_more_gets_nothing(
    north: School, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch, later: Later, *, after: bool
) -> None:
    part = ask(north)
    if after:
        after_the_codes_are_made(monkeypatch)
    EmailAddress.objects.filter(user=north.tess).update(verified=False)
    later(work.LEASE)
    assert_failed(north, part, mailbox, Failure.NO_ADDRESS)


@pytest.mark.parametrize("after", [False, True])
def test_f2_who_teaches_there_no_more_gets_nothing(
    north: School, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch, later: Later, *, after: bool
) -> None:
    part = ask(north)
    if after:
        after_the_codes_are_made(monkeypatch)
    membership.leave(Viewer(north.tess), north.maths)
    later(work.LEASE)
    assert_failed(north, part, mailbox, Failure.NOT_THEIR_TEACHER)


def test_f2_p7_a_teacher_who_is_not_active_gets_nothing(
    north: School, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch, later: Later
) -> None:
    part = ask(north)
    after_the_codes_are_made(monkeypatch)
    User.objects.filter(pk=north.tess.pk).update(is_active=False)
    later(work.LEASE)
    assert_failed(north, part, mailbox, Failure.NOT_THEIR_TEACHER)


def test_f2_one_student_who_left_keeps_nobody_elses_sheet_back(
    north: School, mailbox: Mailbox
) -> None:
    part = ask(north)
    membership.leave(Viewer(north.cleo), north.maths)
    run_queue()
    assert state(part) == (PartState.MAILED, 1, "")
    assert len(pdf_of(mailbox[0].message)) == 1
    assert runs.progress(part.run).all_steps == 2


def test_f2_when_all_have_left_there_is_nothing_to_mail(north: School, mailbox: Mailbox) -> None:
    part = ask(north, whom=Whom.NOT_YET_LINKED)
    membership.leave(Viewer(north.cleo), north.maths)
    run_queue()
    assert_failed(north, part, mailbox, Failure.NOBODY)


def test_f2_a_part_survives_a_killed_worker(
    north: School, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch, later: Later
) -> None:
    """Its job is lost with it; another one is in line, and takes up what is there."""
    part = ask(north)
    after_the_codes_are_made(monkeypatch)
    codes = set(part.sheets.values_list("code", flat=True))
    later(work.LEASE / 2)
    assert not mailbox
    later(work.LEASE)
    assert len(mailbox) == 1
    assert set(part.sheets.values_list("code", flat=True)) == codes


def test_f2_whoever_is_woken_a_moment_before_a_lease_ends_comes_again_when_it_has(
    north: School, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch, later: Later
) -> None:
    """The job in line is as old as the work; the lease was renewed during it."""
    part = ask(north)
    after_the_codes_are_made(monkeypatch)
    moment = datetime.timedelta(seconds=1)
    SheetPart.objects.filter(pk=part.pk).update(lease_until=timezone.now() + work.LEASE + moment)
    later(work.LEASE)
    assert not mailbox
    later(moment)
    assert len(mailbox) == 1


def test_f2_a_worker_that_starts_takes_up_what_a_killed_one_left(
    north: School, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch, later: Later
) -> None:
    """Even at once, while the killed one's lease still runs, and with the queue lost."""
    ask(north)
    after_the_codes_are_made(monkeypatch)
    DBTaskResult.objects.all().delete()
    assert tasks.resume_sheets() == 1
    run_queue()
    later(work.LEASE)
    assert len(mailbox) == 1
    later(work.LEASE)
    assert tasks.resume_sheets() == 0


def test_f2_a_part_that_ends_every_worker_is_given_up(
    north: School, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch, later: Later
) -> None:
    part = ask(north)
    monkeypatch.setattr(typst, "compile", raises(Killed))
    ends = 0
    while state(part)[0] != PartState.FAILED:
        try:
            later(work.LEASE)
        except Killed:
            ends += 1
    assert ends == work.MOST_ATTEMPTS
    assert_failed(north, part, mailbox, Failure.BROKEN)


def test_what_a_part_that_is_over_holds_is_not_lost_on_giving_up_late(
    north: School, mailbox: Mailbox
) -> None:
    """Who lost the lease gives nothing up: the other's codes live."""
    part = ask(north)
    run_queue()
    stranger = make_user(Role.INSTRUCTOR, "Stranger").pk
    work._give_up(part, stranger, Failure.BROKEN)  # noqa: SLF001 # between two instants
    assert state(part)[0] == PartState.MAILED
    assert part.sheets.filter(code__deleted_at=None, code__isnull=False).count() == 2
