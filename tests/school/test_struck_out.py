"""What a broken job leaves where only operators read, in the database and in the log (K6)."""

import logging
from typing import Any

import pytest
from django_tasks_db.models import DBTaskResult

from classkey.config.log_lines import FORMATS
from classkey.school import tasks
from classkey.school.management.commands.worker import Worker
from tests.plugins.mail import Mailbox
from tests.world import School


def test_k6_a_job_that_broke_keeps_no_address(
    north: School,
    mailbox: Mailbox,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The mail server refuses a parent, and the refusal quotes them."""

    async def refuse(*_about: Any) -> str:
        return "550 5.1.1 No such mailbox"

    monkeypatch.setattr(mailbox, "handle_RCPT", refuse, raising=False)
    caplog.set_level(logging.INFO)
    at_work = Worker(
        queue_names=["*"], interval=0, batch=True, backend_name="default", startup_delay=False,
        max_tasks=None, worker_id="w", excluded_queue_names=[],
    )  # fmt: skip
    job = DBTaskResult.objects.get(pk=tasks.warn_of_guessing.enqueue().id)
    job.claim("w")
    at_work.run_task(job)
    job = DBTaskResult.objects.get(pk=job.pk)
    written = "\n".join(form().format(each) for form in FORMATS.values() for each in caplog.records)
    for kept in (job.traceback, written):
        assert "smtplib.SMTPRecipientsRefused: {" in kept
        assert "No such mailbox" in kept
        assert "[address]" in kept
        assert "vera" not in kept
