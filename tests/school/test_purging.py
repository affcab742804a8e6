"""What goes by itself, and when; and what stays (K6, K7, A1, S5)."""

import datetime
import io
import uuid
import zoneinfo
from collections.abc import Callable
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.sessions.models import Session
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.db import connection
from django.db.models import Model
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from pytest_django import Settings

from classkey.accounts.models import Role, User
from classkey.school import code_panel, issuing, publishing, purging, redeeming, resealing, tasks
from classkey.school.errors import Reason, Refused, Unseen
from classkey.school.issuing import Terms
from classkey.school.models import (
    AuditEvent,
    Code,
    Item,
    ItemKind,
    Notice,
    PartState,
    Redemption,
    Sheet,
    SheetPart,
    SheetRun,
    StoredFile,
)
from classkey.school.models.items import RESTORABLE
from classkey.school.models.sheet_runs import Failure
from classkey.school.sheets import runs
from classkey.school.viewer import Viewer
from tests.operating.rows import rows
from tests.uploads import Kept, file_of
from tests.world import School, kill, make_user

SECOND = datetime.timedelta(seconds=1)
DAY = datetime.timedelta(days=1)


@pytest.fixture
def now(time_machine: Any) -> datetime.datetime:
    """The time stands still."""
    at = timezone.now()
    time_machine.move_to(at, tick=False)
    return at


def purge() -> dict[str, int]:
    """Clear away; return what went, without the kinds of which nothing did."""
    return {name: many for name, many in purging.purge().items() if many}


def is_there(row: Model) -> bool:
    return type(row)._default_manager.filter(pk=row.pk).exists()


def why_refused(person: User, text: str) -> Reason | None:
    with pytest.raises(Refused) as refused:
        redeeming.look(Viewer(person), text)
    return refused.value.reason


def died(code: Code, at: datetime.datetime) -> Code:
    """Let a code have expired at a time."""
    return kill(code, created_at=at - 14 * DAY, expires_at=at)


def deleted(code: Code, at: datetime.datetime) -> Code:
    return kill(code, deleted_at=at)


# --- Nothing that is needed goes --------------------------------------------------------------
def test_of_a_school_in_use_nothing_goes(north: School) -> None:
    DBTaskResult.objects.all().delete()
    counted = rows()
    assert purge() == {}
    assert rows() == counted
    assert all(code.text for code in Code.objects.all())


def test_a1_nothing_goes_from_the_audit_log(north: School, time_machine: Any) -> None:
    before = list(AuditEvent.objects.order_by("pk").values())
    time_machine.move_to(timezone.now() + datetime.timedelta(days=3650))
    assert purge()
    assert list(AuditEvent.objects.order_by("pk").values()) == before


# --- Dead codes -------------------------------------------------------------------------------
@pytest.mark.parametrize("die", [died, deleted])
def test_k6_of_a_dead_code_the_text_goes_when_nobody_is_shown_it_any_more(
    north: School, now: datetime.datetime, die: Callable[[Code, datetime.datetime], Code]
) -> None:
    [shown, hidden] = [
        die(issuing.make_registration_code(Viewer(north.tess), north.maths, Terms()), now - ago)
        for ago in (code_panel.REMEMBERED - SECOND, code_panel.REMEMBERED)
    ]
    assert shown in code_panel.recently_dead(Viewer(north.tess))
    text = hidden.text
    assert purge() == {"texts of dead codes": 1}
    for code in (shown, hidden):
        code.refresh_from_db()
    assert shown.text
    assert bytes(hidden.ciphertext) == b""
    reason = why_refused(north.zoe, text)
    assert reason is (Reason.EXPIRED if die is died else Reason.UNKNOWN)


def test_k7_an_expired_code_that_nobody_used_is_known_for_a_year(
    north: School, now: datetime.datetime
) -> None:
    code = died(north.for_ninas_parents, now - purging.A_YEAR + SECOND)
    text = code.text
    purge()
    assert why_refused(north.paula, text) is Reason.EXPIRED
    died(code, now - purging.A_YEAR)
    assert purge() == {"dead codes that nobody used": 1}
    assert why_refused(north.paula, text) is Reason.UNKNOWN


def test_s5_a_code_that_somebody_came_in_by_stays(north: School, now: datetime.datetime) -> None:
    for code in Code.objects.all():
        died(code, now - 10 * purging.A_YEAR)
    SheetRun.objects.all().delete()
    used = set(Redemption.objects.values_list("code", flat=True))
    redemptions = Redemption.objects.count()
    purge()
    assert set(Code.objects.values_list("pk", flat=True)) == used
    assert Redemption.objects.count() == redemptions
    anna = north.in_place(north.anna, north.maths)
    assert anna
    assert anna.came_by
    assert anna.came_by.code == north.for_students
    assert north.link(north.paula, north.anna).code == north.for_annas_parents


def test_k6_the_keys_change_without_the_texts_that_are_gone(
    north: School, now: datetime.datetime
) -> None:
    died(north.for_students, now - purging.A_YEAR)
    purge()
    assert sum(resealing.reseal_codes()) == Code.objects.count() - 1


def test_f2_a_run_of_sheets_goes_after_a_year_and_its_codes_with_it(
    north: School, now: datetime.datetime
) -> None:
    runs_kept = SheetRun.objects.filter(pk=north.run.pk)
    code = died(north.for_ninas_parents, now - 2 * purging.A_YEAR)
    Sheet.objects.filter(part__run=north.run, student=north.nina).update(code=code)
    runs_kept.update(requested_at=now - purging.A_YEAR)
    purge()
    assert runs_kept.exists(), "somebody works on it"
    SheetPart.objects.filter(run=north.run).update(state=PartState.FAILED, failure=Failure.NO_MAIL)
    runs_kept.update(requested_at=now - purging.A_YEAR + SECOND)
    purge()
    assert is_there(code), "as long as its sheet is listed"
    runs_kept.update(requested_at=now - purging.A_YEAR)
    assert purge() == {"runs of sheets": 1, "dead codes that nobody used": 1}
    assert not Sheet.objects.filter(part__run=north.run).exists()


# --- Sign-ups ---------------------------------------------------------------------------------
def sign_up(role: Role, at: datetime.datetime, **fields: object) -> User:
    """Somebody signed up, and the code mailed to them was never typed."""
    user = make_user(role, "Nobody")
    EmailAddress.objects.create(user=user, email=f"{user.pk}@elsewhere.example", verified=False)
    User.objects.filter(pk=user.pk).update(date_joined=at, **fields)
    return user


def test_p2_a_sign_up_that_was_never_proved_goes_after_thirty_days(
    north: School, now: datetime.datetime
) -> None:
    due = now - purging.UNPROVED
    gone = [sign_up(Role.PARENT, due), sign_up(Role.INSTRUCTOR, due - DAY)]
    kept = [
        sign_up(Role.PARENT, due + SECOND),
        sign_up(Role.STUDENT, due),  # needs no address
        sign_up(Role.PARENT, due, last_login=now),  # was here once
        make_user(Role.PARENT, "Proved", address="proved@elsewhere.example"),
        proved_and_put_out := sign_up(Role.INSTRUCTOR, due, is_active=False),
    ]
    EmailAddress.objects.filter(user=proved_and_put_out).update(verified=True)
    User.objects.filter(given_name="Proved").update(date_joined=due)
    made_a_place = sign_up(Role.INSTRUCTOR, due)
    Item.objects.filter(pk=north.notes.pk).update(created_by=made_a_place)
    assert purge() == {"sign-ups never proved": 2}
    assert not any(is_there(user) for user in gone)
    assert all(is_there(user) for user in [*kept, made_a_place])
    assert not EmailAddress.objects.filter(user__in=gone).exists()


def test_p2_who_proves_their_address_at_that_moment_stays(
    north: School, now: datetime.datetime
) -> None:
    late, never = (sign_up(Role.PARENT, now - purging.UNPROVED) for _each in range(2))
    kind, asked = purging.KINDS["sign-ups never proved"], []

    def due(at: datetime.datetime) -> purging.Rows:
        asked.append(at)
        if len(asked) > 1:  # both were found already
            EmailAddress.objects.filter(user=late).update(verified=True)
        return kind.due(at)

    assert list(purging._batches(purging.Kind(due, kind.go)))  # noqa: SLF001
    assert is_there(late)
    assert not is_there(never)


# --- What was deleted -------------------------------------------------------------------------
def delete_gone(north: School, at: datetime.datetime) -> None:
    Item.objects.filter(pk=north.gone.pk).update(deleted_at=at, deleted_by=north.ed)


def test_a4_what_was_deleted_goes_after_a_year_to_the_second(
    north: School, now: datetime.datetime
) -> None:
    delete_gone(north, now - RESTORABLE + SECOND)
    assert purge() == {}
    delete_gone(north, now - RESTORABLE)
    assert purge() == {"pieces of deleted content": 1}
    assert not is_there(north.gone)


def test_a4_until_it_goes_it_can_be_brought_back_for_a_year_by_days(
    north: School, time_machine: Any, settings: Settings
) -> None:
    settings.TIME_ZONE = "Europe/Paris"
    evening = datetime.datetime(2026, 6, 4, 21, 59, tzinfo=datetime.UTC)  # midnight is in a minute
    a_year_ago = evening.astimezone(zoneinfo.ZoneInfo("Europe/Paris")).replace(hour=0, minute=0)
    time_machine.move_to(evening, tick=False)
    for at in (evening - RESTORABLE + SECOND, a_year_ago - RESTORABLE):
        delete_gone(north, at)
        assert publishing.restore_item(Viewer(north.ed), north.gone.pk) == north.gone
    delete_gone(north, a_year_ago - RESTORABLE - SECOND)
    with pytest.raises(Unseen):
        publishing.restore_item(Viewer(north.ed), north.gone.pk)
    delete_gone(north, a_year_ago - RESTORABLE)
    assert purge() == {"pieces of deleted content": 1}
    with pytest.raises(Unseen):
        publishing.restore_item(Viewer(north.ed), north.gone.pk)


def test_a4_a_folder_goes_with_all_that_was_deleted_in_it(
    north: School, now: datetime.datetime
) -> None:
    publishing.delete_item(Viewer(north.tess), north.folder)
    inside = Item.objects.filter(deleted_at=now)
    many = inside.count()
    assert many > 5
    inside.update(deleted_at=now - RESTORABLE)
    assert purge() == {"pieces of deleted content": many}
    assert not is_there(north.folder)
    assert not is_there(north.box)


def test_c5_a_test_that_students_answered_stays(north: School, now: datetime.datetime) -> None:
    long_ago = now - 2 * RESTORABLE
    Item.objects.filter(pk__in=[north.quiz.pk, north.locked_test.pk]).update(deleted_at=long_ago)
    assert purge() == {"pieces of deleted content": 1}
    assert is_there(north.quiz)
    assert not is_there(north.locked_test)


def test_c6_a_file_that_nothing_shows_goes_with_its_content(
    north: School, now: datetime.datetime, kept: Kept, django_capture_on_commit_callbacks: Any
) -> None:
    before = ContentFile(b"One", "one.txt"), ContentFile(b"Two", "two.txt")
    [one, two] = publishing.make_files(Viewer(north.tess), north.maths, None, list(before))
    gone, stays = file_of(one), file_of(two)
    Item.objects.filter(pk=one.pk).update(deleted_at=now - RESTORABLE)
    StoredFile.objects.update(uploaded_at=now - purging.UNUSED_FILES + SECOND)
    assert purge() == {"pieces of deleted content": 1}
    assert is_there(gone)
    StoredFile.objects.update(uploaded_at=now - purging.UNUSED_FILES)
    with django_capture_on_commit_callbacks(execute=True):
        assert purge() == {"files shown nowhere": 1}
    assert kept() == [stays.pk.hex]
    assert not is_there(gone)
    assert is_there(stays)


# --- What was left lying about ----------------------------------------------------------------
def test_notices_sessions_and_jobs_go_in_their_time(north: School, now: datetime.datetime) -> None:
    Notice.objects.all().delete()
    DBTaskResult.objects.all().delete()
    for read_at in (None, now - purging.READ + SECOND, now - purging.READ):
        Notice.objects.create(recipient=north.tess, kind="access-ended", at=now, read_at=read_at)
    for name, ends in (("over", now), ("lasts", now + SECOND)):
        Session.objects.create(session_key=name, session_data="", expire_date=ends)
    old = now - purging.JOBS
    for status, times in (
        ("READY", {}),
        ("RUNNING", {"started_at": old}),
        ("RUNNING", {"started_at": old + SECOND}),
        ("SUCCESSFUL", {"started_at": old, "finished_at": old}),
        ("FAILED", {"started_at": old, "finished_at": old + SECOND}),
    ):
        job(status, **times)
    assert purge() == {"notices put away": 1, "expired sessions": 1, "jobs that ended": 2}
    assert Notice.objects.count() == 2
    assert [session.pk for session in Session.objects.all()] == ["lasts"]
    left = DBTaskResult.objects.order_by("status").values_list("status", flat=True)
    assert list(left) == ["FAILED", "READY", "RUNNING"]


def job(status: str, **times: datetime.datetime) -> DBTaskResult[..., Any]:
    return DBTaskResult.objects.create(
        status=status,
        task_path="classkey.school.tasks.chores",
        backend_name="default",
        run_after=timezone.now(),
        args_kwargs={"args": [], "kwargs": {}},
        exception_class_path="",
        traceback="",
        **times,
    )


# --- How it goes ------------------------------------------------------------------------------
def old_jobs(many: int) -> None:
    DBTaskResult.objects.all().delete()
    for _job in range(many):
        job("FAILED", finished_at=timezone.now() - purging.JOBS)


def test_it_goes_in_batches(north: School, monkeypatch: pytest.MonkeyPatch) -> None:
    old_jobs(6)
    kind = purging.Kind(purging.KINDS["jobs that ended"].due, at_once=2)
    monkeypatch.setitem(purging.KINDS, "jobs that ended", kind)
    with CaptureQueriesContext(connection) as captured:
        assert purge() == {"jobs that ended": 6}
    assert len([each for each in captured if each["sql"].startswith("DELETE")]) == 3


@pytest.mark.parametrize("name", purging.KINDS)
def test_a_batch_asks_the_database_as_often_however_many_are_in_it(
    north: School, name: str
) -> None:
    kind, many = purging.KINDS[name], {}
    model = kind.due(timezone.now()).model
    for count in (1, 3):
        made = [one_more(north, model) for _each in range(count)]
        rows = model._default_manager.filter(pk__in=[row.pk for row in made])
        of_these = purging.Kind(lambda _now, rows=rows: rows, kind.go)  # type: ignore[misc]
        with CaptureQueriesContext(connection) as captured:
            assert purging._batch(of_these, timezone.now()) == count  # noqa: SLF001
        many[count] = len(captured)
    assert many[3] == many[1] < 40


def one_more(north: School, model: type[Model]) -> Model:
    """Make one that nothing hangs on."""
    tess = Viewer(north.tess)
    if model is Code:
        return issuing.make_registration_code(tess, north.maths, Terms())
    if model is SheetRun:
        return runs.start_run(tess, north.maths, [north.anna])
    if model is User:
        return sign_up(Role.PARENT, timezone.now())
    if model is Item:
        return publishing.make_item(tess, north.maths, None, kind=ItemKind.PAGE, title="More")
    if model is StoredFile:
        return StoredFile.objects.create(name="a", size=1, media_type="", uploaded_by=north.tess)
    if model is Notice:
        return Notice.objects.create(recipient=north.tess, kind="access-ended")
    if model is Session:
        key = f"key {Session.objects.count()} of {uuid.uuid4().hex[:8]}"
        return Session.objects.create(session_key=key, expire_date=timezone.now())
    return job("FAILED", finished_at=timezone.now())


def test_it_goes_by_night_once_for_all_workers(
    north: School, time_machine: Any, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.TIME_ZONE = "Europe/Paris"
    time_machine.move_to(datetime.datetime(2026, 6, 3, 12, tzinfo=datetime.UTC), tick=False)
    old_jobs(1)
    for _worker in range(2):
        tasks.chores.call()
    night = datetime.datetime(2026, 6, 4, 1, tzinfo=datetime.UTC)  # three o'clock in Paris
    waiting = DBTaskResult.objects.filter(task_path=tasks.clear_away.module_path, status="READY")
    assert [job.run_after for job in waiting] == [night]
    waiting.update(status="RUNNING")
    time_machine.move_to(night, tick=False)
    with caplog.at_level("INFO", "classkey.school.purging"):
        tasks.clear_away.call()
    assert "1 jobs that ended" in caplog.text
    assert [job.run_after for job in waiting.all()] == [night + DAY]


# --- By hand ----------------------------------------------------------------------------------
def said(*arguments: str) -> str:
    out = io.StringIO()
    call_command("purge", *arguments, stdout=out)
    return out.getvalue()


def test_an_operator_sees_how_many_would_go_and_no_name(
    north: School, now: datetime.datetime
) -> None:
    old_jobs(1200)
    died(north.for_ninas_parents, now - purging.A_YEAR)
    before = rows()
    told = said("--dry-run")
    assert rows() == before
    assert "    1,200 jobs that ended" in told
    assert "        1 dead codes that nobody used" in told
    assert len(told.splitlines()) == len(purging.KINDS)
    assert not [person for person in north.people if person.given_name in told]
    assert said() == told
    assert "        0 jobs that ended" in said()
