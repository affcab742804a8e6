"""Workers of flesh and blood are killed while they make and mail sheets; others finish (F2, A5)."""

import asyncio
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.conf import settings
from django.core.management import CommandError
from django.db import DatabaseError, InterfaceError, InternalError, OperationalError, connection
from django_tasks_db.management.commands import db_worker
from django_tasks_db.models import DBTaskResult
from pytest_django import Settings

from classkey.accounts.models import Role, User
from classkey.school import membership, tasks
from classkey.school.management.commands import worker
from classkey.school.management.commands.worker import Worker
from classkey.school.models import (
    Code,
    Membership,
    PartState,
    PlaceKind,
    Sheet,
    SheetPart,
    SheetRun,
)
from classkey.school.sheets import plan
from classkey.school.viewer import Viewer
from tests.plugins.mail import Mailbox, Received
from tests.sheets import ask, pages_of, pdf_of
from tests.world import School, World

# The real command, on the test's database and mail server, with a lease of a moment.
WORKER = """
import datetime, django, sys
django.setup()
from django.conf import settings
from django.core.management import call_command
from classkey.school.sheets import work
settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", int(sys.argv[1])
settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
settings.EMAIL_USE_TLS = False
work.LEASE, work.AT_ONCE = datetime.timedelta(seconds=0.3), 10
call_command("worker")
"""


@pytest.fixture
def start_worker(mailbox: Mailbox) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    """Starts `manage.py worker` as a process; none outlives the test."""
    started: list[subprocess.Popen[bytes]] = []
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        database = f"sqlite:///{name}"
    else:
        before, _slash, _name = os.environ["CLASSKEY_DATABASE_URL"].rpartition("/")
        database = f"{before}/{name}"
    environment = os.environ | {
        "CLASSKEY_DATABASE_URL": database,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "PYTHONPATH": str(settings.BASE_DIR),
    }

    def start() -> subprocess.Popen[bytes]:
        port = str(settings.EMAIL_PORT)
        command = [sys.executable, "-c", WORKER, port]
        started.append(subprocess.Popen(command, env=environment))  # noqa: S603 # our own
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


def until(true: Callable[[], bool]) -> None:
    """Wait for something that another process brings about."""
    deadline = time.monotonic() + 30
    while not true():
        assert time.monotonic() < deadline, "it never came about"
        time.sleep(0.02)


@pytest.mark.django_db(transaction=True)
def test_f2_a_run_survives_a_killed_worker(
    committed_world: World,
    mailbox: Mailbox,
    start_worker: Callable[[], subprocess.Popen[bytes]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    north, took_it = committed_world.north, threading.Event()
    SheetRun.objects.all().delete()
    keep = mailbox.handle_DATA

    async def never_answer(server: SMTP, session: Session, envelope: Envelope) -> Any:
        answer = await keep(server, session, envelope)
        if not took_it.is_set():
            took_it.set()
            first.kill()
        return answer

    monkeypatch.setattr(mailbox, "handle_DATA", never_answer)
    part = ask(north)

    def state() -> str:
        part.refresh_from_db()
        return part.state

    first = start_worker()
    assert took_it.wait(30)
    first.wait()
    assert state() == PartState.MAILING, "in doubt: the mail is out, and nobody noted it"
    second = start_worker()
    until(lambda: state() == PartState.MAILED)
    second.terminate()
    assert second.wait(20) == 0
    assert len({mail.message["Message-ID"] for mail in mailbox}) == 1
    assert len(mailbox) == 2


# --- Killed at any point ------------------------------------------------------------------
KILLS = 10
STUDENTS = 200


def of_200_students(north: School) -> SheetRun:
    """Tess asks for the sheets of a course of 200, in mails of 50."""
    course = membership.make_top_place(Viewer(north.tess), PlaceKind.COURSE, "Choir")
    singers = User.objects.bulk_create(
        User(role=Role.STUDENT, given_name=f"Singer{number}", username=f"singer{number}")
        for number in range(STUDENTS)
    )
    Membership.objects.bulk_create(
        Membership(place=course, user=user, permission=1, given=1) for user in singers
    )
    return tasks.ask_for_sheets(Viewer(north.tess), course, singers)


def assert_nothing_is_half_done(run: SheetRun) -> None:
    """No live code without a sheet in a mailed part or a part that will be mailed (F2)."""
    live = Code.objects.live().filter(place=run.place, kind="parent")
    mailed_or_will_be = Sheet.objects.exclude(part__state__in=[PartState.FAILED, PartState.VOIDED])
    assert not live.exclude(sheet__in=mailed_or_will_be).exists()


@pytest.mark.django_db(transaction=True)
def test_f2_a_run_survives_workers_killed_at_any_point(
    committed_world: World,
    mailbox: Mailbox,
    start_worker: Callable[[], subprocess.Popen[bytes]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    SheetRun.objects.all().delete()
    monkeypatch.setattr(plan, "SHEETS_PER_PART", 50)
    run, keep = of_200_students(committed_world.north), mailbox.handle_DATA

    async def slowly(server: SMTP, session: Session, envelope: Envelope) -> Any:
        answer = await keep(server, session, envelope)
        await asyncio.sleep(0.3)
        return answer

    monkeypatch.setattr(mailbox, "handle_DATA", slowly)

    def workers() -> set[Any]:
        return set(run.parts.values_list("pk", "worker"))

    def done() -> int:
        """Sheets made, and sheets that the mail server took."""
        made = Sheet.objects.filter(part__run=run, code__isnull=False).count()
        return made + 50 * len({mail.message["Message-ID"] for mail in mailbox})

    def is_over() -> bool:
        return not run.parts.exclude(state=PartState.MAILED).exists()

    points = sorted(random.sample(range(2 * STUDENTS), KILLS))
    for point in points:
        before, doomed = workers(), start_worker()
        until(lambda at=point, old=before: is_over() or (workers() != old and done() >= at))  # type: ignore[misc]
        time.sleep(random.uniform(0, 0.2))  # noqa: S311 # somewhere after it
        doomed.kill()
        doomed.wait()
        assert_nothing_is_half_done(run)
    last = start_worker()
    until(is_over)
    last.terminate()
    assert last.wait(20) == 0
    assert_nothing_is_half_done(run)
    by_part: dict[SheetPart, list[Received]] = {part: [] for part in run.parts.all()}
    for mail in mailbox:
        [part] = [each for each in by_part if str(each.pk) in mail.message["Message-ID"]]
        by_part[part].append(mail)
    for part, mails in by_part.items():
        assert mails, "each part is mailed"
        assert len({mail.message["Message-ID"] for mail in mails}) == 1
        assert len(mails) == 1 or part.in_doubt, "what is not in doubt is mailed once"
        codes = [sheet.code for sheet in part.sheets.select_related("code")]
        for mail in mails:
            pages = pages_of(pdf_of(mail.message))
            assert len(pages) == len(codes) == 50
            for code, page in zip(codes, pages, strict=True):
                assert code is not None
                assert code.is_live
                assert code.text in page
    assert Code.objects.live().filter(place=run.place, kind="parent").count() == STUDENTS


@pytest.mark.django_db
@pytest.mark.usefixtures("signals_as_before")
@pytest.mark.parametrize(
    "error",
    [
        OperationalError("database is locked"),
        InterfaceError("the connection is closed"),
        InternalError("cannot execute UPDATE in a read-only transaction"),  # not promoted yet
    ],
)
@pytest.mark.parametrize("step", ["resume_sheets", "keep_chores_going", "run"])
def test_a5_a_worker_outlives_a_database_that_does_not_answer(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception, step: str
) -> None:
    """django-tasks' own ends there. Whatever was reached, at its start or later, is tried again."""
    done: list[str] = []
    runs: list[Worker] = []

    def do(what: str) -> None:
        done.append(what)
        if what == step and done.count(what) == 1:
            raise error

    def run(self: Worker) -> None:
        runs.append(self)
        do("run")
        self.running = False

    monkeypatch.setattr(db_worker.Worker, "run", run)
    monkeypatch.setattr(worker, "resume_sheets", lambda: do("resume_sheets"))
    monkeypatch.setattr(worker, "keep_chores_going", lambda: do("keep_chores_going"))
    monkeypatch.setattr(time, "sleep", lambda _seconds: None)
    worker.Command().handle()
    assert "does not answer" in caplog.text
    assert done.count(step) == 2
    assert f"({type(error).__name__})" in caplog.text
    assert done[-3:] == ["resume_sheets", "keep_chores_going", "run"], "what was in hand is lost"
    assert runs[0] is runs[-1], "what it was told meanwhile is not forgotten"


@pytest.mark.usefixtures("signals_as_before")
def test_a5_a_worker_does_not_hide_a_fault_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(_self: Worker) -> None:
        raise DatabaseError("no such table")

    monkeypatch.setattr(db_worker.Worker, "run", run)
    monkeypatch.setattr(worker, "resume_sheets", lambda: 0)
    monkeypatch.setattr(worker, "keep_chores_going", lambda: None)
    with pytest.raises(DatabaseError, match="no such table"):
        worker.Command().handle()


@pytest.mark.usefixtures("signals_as_before")
def test_a5_a_worker_that_is_told_to_stop_ends_between_two_jobs_and_told_twice_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Not in the middle of taking a job, which nobody would do then."""
    told: list[Worker] = []

    def run(self: Worker) -> None:
        told.append(self)
        signal.raise_signal(signal.SIGTERM)
        assert not self.running
        with pytest.raises(SystemExit):
            signal.raise_signal(signal.SIGTERM)

    monkeypatch.setattr(db_worker.Worker, "run", run)
    monkeypatch.setattr(worker, "resume_sheets", lambda: 0)
    monkeypatch.setattr(worker, "keep_chores_going", lambda: None)
    worker.Command().handle()
    assert len(told) == 1


@pytest.mark.usefixtures("signals_as_before")
@pytest.mark.django_db
def test_a5_chores_that_a_lost_database_cut_short_come_round_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A worker takes them, and the database goes away before they wake the next."""
    waiting = DBTaskResult.objects.filter(task_path=tasks.chores.module_path, status="READY")
    runs: list[int] = []

    def run(self: Worker) -> None:
        runs.append(waiting.count())
        if len(runs) > 1:
            self.running = False
            return
        waiting.get().claim(self.worker_id)
        raise OperationalError("terminating connection")

    monkeypatch.setattr(db_worker.Worker, "run", run)
    monkeypatch.setattr(worker, "close_old_connections", lambda: None)
    monkeypatch.setattr(time, "sleep", lambda _seconds: None)
    worker.Command().handle()
    assert runs == [1, 1]


@pytest.mark.usefixtures("signals_as_before")
def test_a_worker_whose_port_is_taken_says_which_setting_it_is(settings: Settings) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        settings.WORKER_METRICS = other.getsockname()
        with pytest.raises(CommandError, match=r"^CLASSKEY_WORKER_METRICS: .* in use\)\."):
            worker.Command().handle()
