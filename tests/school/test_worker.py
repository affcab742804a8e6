"""A worker of flesh and blood is killed while it mails sheets; another one finishes (F2, A5)."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.conf import settings
from django.db import connection

from classkey.school import tasks
from classkey.school.models import PartState, SheetPart, SheetRun
from classkey.school.models.sheet_runs import PaperSize
from classkey.school.sheets.runs import Whom
from classkey.school.viewer import Viewer
from tests.plugins.mail import Mailbox
from tests.world import World

# The real command, on the test's database and mail server, with a lease of one second.
WORKER = """
import datetime, django, sys
django.setup()
from django.conf import settings
from django.core.management import call_command
from classkey.school.sheets import work
settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", int(sys.argv[1])
settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
settings.EMAIL_USE_TLS = False
work.LEASE = datetime.timedelta(seconds=1)
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
        time.sleep(0.05)


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
    run = tasks.ask_for_sheets(Viewer(north.tess), north.owls, whom=Whom.ALL, paper=PaperSize.A4)
    part: SheetPart = run.parts.get()

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
