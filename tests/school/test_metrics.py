"""What is counted, where it is done; and that nothing of it tells of anybody (K6)."""

import datetime
import logging
import re
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from socket import socket
from typing import Any

import pytest
from django.conf import settings as configured
from django.core.mail import EmailMessage
from django.db import OperationalError, connection, transaction
from django.test import Client
from django.utils import timezone
from django_tasks.base import Task
from django_tasks_db.management.commands import db_worker
from django_tasks_db.models import DBTaskResult
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import Settings

from classkey.school import issuing, log_context, metrics, redeeming, tasks
from classkey.school.code_text import CodeKind
from classkey.school.errors import Reason, Refused
from classkey.school.issuing import Terms
from classkey.school.management.commands import worker
from classkey.school.models import RevocationRequest
from classkey.school.models.sheet_runs import SheetPart
from classkey.school.sheets import work
from classkey.school.viewer import Viewer
from classkey.web.request_log import METHODS
from tests.attacks.everywhere import addresses, client_of
from tests.plugins.mail import Mailbox
from tests.school.test_no_code_anywhere import found, make_sheets, story
from tests.sheets import ask
from tests.test_house import ROOT
from tests.web.browsing import browser_of, routes
from tests.world import School, World

TOKEN = "only-for-tests-7d1f0b52c9e84a63b0f5"
Committed = Callable[..., AbstractContextManager[Any]]


def count(name: str, **labels: str) -> float:
    """What stands at a count."""
    return metrics.counted().get_sample_value(f"classkey_{name}", labels) or 0


class Counted:
    """How much a count has grown since."""

    def __init__(self, name: str, **labels: str) -> None:
        self._name, self._labels = name, labels
        self._before = count(name, **labels)

    def __call__(self) -> float:
        return count(self._name, **self._labels) - self._before


def scrape() -> str:
    return metrics.scrape().decode()


# --- Codes, sheets, mails ---------------------------------------------------------------
def test_codes_are_counted_by_kind(
    north: School, django_capture_on_commit_callbacks: Committed
) -> None:
    registration, parent = (Counted("codes_made_total", kind=kind) for kind in CodeKind)
    came, linked = (Counted("codes_redeemed_total", kind=kind) for kind in CodeKind)
    tess = Viewer(north.tess)
    with django_capture_on_commit_callbacks(execute=True):
        code = issuing.make_registration_code(tess, north.owls, Terms())
        for_parents = issuing.make_parent_code(tess, north.nina, north.maths)
        issuing.make_parent_codes(tess, [north.anna, north.cleo], north.owls)
    assert (registration(), parent()) == (1, 3)
    with django_capture_on_commit_callbacks(execute=True):
        redeeming.redeem(Viewer(north.zoe), code.text)
        redeeming.redeem(Viewer(north.zoe), code.text)  # changes nothing
        redeeming.redeem(Viewer(north.ursula), for_parents.text)
    assert (came(), linked()) == (1, 1)


def test_refusals_are_counted_by_reason(
    north: School, django_capture_on_commit_callbacks: Committed
) -> None:
    grown = {reason: Counted("codes_refused_total", reason=reason) for reason in Reason}
    with django_capture_on_commit_callbacks(execute=True):
        for person, typed in (
            (north.zoe, "x"),
            (north.zoe, north.deleted.text),
            (north.zoe, north.expired.text),
            (north.zoe, north.for_ninas_parents.text),
        ):
            with pytest.raises(Refused):
                redeeming.redeem(Viewer(person), typed)
            with pytest.raises(Refused):
                redeeming.look(Viewer(person), typed)  # which is free (K8)
        with pytest.raises(Refused):
            redeeming.find_as_stranger(north.deleted.text, "192.0.2.1")
    assert {reason: grew() for reason, grew in grown.items() if grew()} == {
        Reason.MISTYPED: 1, Reason.UNKNOWN: 2, Reason.EXPIRED: 1, Reason.NOT_FOR_YOU: 1,
    }  # fmt: skip


def test_what_is_rolled_back_was_never_counted(
    north: School, django_capture_on_commit_callbacks: Committed
) -> None:
    made = Counted("codes_made_total", kind="registration")
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        issuing.make_registration_code(Viewer(north.tess), north.owls, Terms())
        transaction.set_rollback(True)
    assert made() == 0


def test_sheets_are_counted_when_they_are_mailed(
    north: School, mailbox: Mailbox, django_capture_on_commit_callbacks: Committed
) -> None:
    sheets, sent = Counted("sheets_made_total"), Counted("mails_total", outcome="sent")
    failed = Counted("mails_total", outcome="failed")
    part = ask(north)
    mailbox.answer = "451 Not now"
    with django_capture_on_commit_callbacks(execute=True):
        work.work_on(part.pk)
    assert (sheets(), sent(), failed()) == (0, 0, 1)
    mailbox.answer = Mailbox.answer
    SheetPart.objects.update(lease_until=None)
    with django_capture_on_commit_callbacks(execute=True):
        work.work_on(part.pk)
    assert (sheets(), sent(), failed()) == (2, 1, 1)


def test_a_school_sends_its_mail_by_what_counts_it(mailbox: Mailbox, settings: Settings) -> None:
    sent, failed = (Counted("mails_total", outcome=outcome) for outcome in ("sent", "failed"))
    EmailMessage("Hello", "you", to=["a@school.example"]).send()
    EmailMessage("Hello", "nobody", to=[]).send()
    settings.EMAIL_PORT = 1
    with pytest.raises(ConnectionRefusedError):
        EmailMessage("Hello", "you", to=["a@school.example"]).send()
    assert (sent(), failed()) == (1, 1)


# --- Requests and jobs ------------------------------------------------------------------
def test_requests_are_counted_by_page(north: School) -> None:
    client = browser_of(north.tess)
    pages = Counted("requests_total", method="GET", view="place", status="2xx")
    times = Counted("request_seconds_count", view="place")
    gone = Counted("requests_total", method="GET", view="-", status="4xx")
    odd = Counted("requests_total", method="other", view="dashboard", status="4xx")
    for address in (f"/places/{north.maths.pk}/", f"/places/{north.owls.pk}/?q=x", "/nowhere/"):
        client.get(address)
    client.generic("BREW", "/")
    client.get("/healthz")
    assert (pages(), times(), gone(), odd()) == (2, 2, 1, 1)


def test_every_job_is_known_by_name() -> None:
    jobs = {task.func.__name__ for task in vars(tasks).values() if isinstance(task, Task)}
    assert jobs == set(metrics.JOBS), "list a new job in metrics.JOBS"
    assert set(configured.TASKS["default"]["QUEUES"]) == set(metrics.QUEUES)


def test_a_job_is_counted_by_its_name_and_how_it_ended(
    north: School, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    doing = worker.Worker(
        queue_names=["*"], interval=0, batch=True, backend_name="default", startup_delay=False,
        max_tasks=None, worker_id="w", excluded_queue_names=[],
    )  # fmt: skip
    well, ill = (Counted("jobs_total", task="mail_notice", outcome=how) for how in
                 ("done", "failed"))  # fmt: skip
    other = Counted("jobs_total", task="other", outcome="failed")
    contexts = []

    def note(_record: logging.LogRecord) -> bool:
        contexts.append(dict(log_context.current()))
        return True

    logger = logging.getLogger("django_tasks")
    logger.addFilter(note)
    for pk, path in (
        ("00000000-0000-0000-0000-000000000000", ""),
        ("no-such-id", ""),
        ("00000000-0000-0000-0000-000000000000", "classkey.school.tasks.of_tomorrow"),
    ):
        job = DBTaskResult.objects.get(pk=tasks.mail_notice.enqueue(pk).id)
        job.task_path = path or job.task_path
        job.claim("w")
        doing.run_task(job)
        if not path:
            assert contexts[-1] == {"job_id": str(job.pk), "task": "mail_notice"}
    logger.removeFilter(note)
    assert (well(), ill(), other()) == (1, 1, 1)
    assert not log_context.current()


@pytest.mark.django_db
@pytest.mark.usefixtures("signals_as_before")
def test_a_worker_tells_its_counts_where_it_is_told_to(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings.WORKER_METRICS = ("127.0.0.1", port)
    told = []

    def run(self: worker.Worker) -> None:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=20) as answer:
            told.append(answer.read().decode())
        self.running = False

    monkeypatch.setattr(db_worker.Worker, "run", run)
    worker.Command().handle()
    assert 'classkey_jobs_total{outcome="done",task="chores"}' in told[0]
    assert "classkey_support_requests_open" not in told[0], "that is the web's to tell"


# --- What stands in the database --------------------------------------------------------
def gauges() -> dict[str, float]:
    """What was asked of the database."""
    return {
        " ".join([sample.name, *sample.labels.values()]): sample.value
        for family in text_string_to_metric_families(scrape())
        if family.type == "gauge"
        for sample in family.samples
    }


def test_requests_to_support_that_wait_and_those_that_are_late(north: School) -> None:
    RevocationRequest.objects.update(due_at=timezone.now() + datetime.timedelta(hours=1))
    waiting = RevocationRequest.objects.filter(decided_at=None).count()
    assert waiting
    assert gauges()["classkey_support_requests_open"] == waiting
    assert gauges()["classkey_support_requests_overdue"] == 0
    RevocationRequest.objects.filter(pk=north.about_quentin.pk).update(due_at=timezone.now())
    assert gauges()["classkey_support_requests_overdue"] == 1


def test_jobs_that_wait(north: School) -> None:
    DBTaskResult.objects.all().delete()
    assert gauges()["classkey_jobs_waiting default"] == 0
    tasks.warn_of_guessing.enqueue()
    tasks.keep_chores_going(after=tasks.EVERY)  # not due yet
    ask(north)
    found = gauges()
    assert (found["classkey_jobs_waiting default"], found["classkey_jobs_waiting sheets"]) == (1, 1)


@pytest.mark.django_db
def test_a_query_for_each_and_no_more(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(3):
        scrape()


@pytest.mark.django_db
def test_the_counts_are_told_while_the_database_is_away() -> None:
    def away(*_args: object) -> None:
        raise OperationalError

    with connection.execute_wrapper(away):
        assert gauges() == {"classkey_database_answers": 0}
        assert "classkey_codes_made_total" in scrape()
    assert gauges()["classkey_database_answers"] == 1


# --- Nothing of anybody -----------------------------------------------------------------
WORDS: dict[str, set[str]] = {
    "method": {*METHODS, "other"},
    "view": {*routes(), "outbox", "outbox_attachment", "static", "-"},  # the outbox: a demo's
    "status": {"2xx", "3xx", "4xx", "5xx"},
    "task": {*metrics.JOBS, "other"},
    "outcome": {"done", "failed", "sent"},
    "kind": set(CodeKind),
    "reason": set(Reason),
    "queue": set(metrics.QUEUES),
}
"""All that a label may hold."""


def test_k6_whatever_happens_no_count_tells_of_anybody(
    world: World,
    mailbox: Mailbox,
    settings: Settings,
    django_capture_on_commit_callbacks: Committed,
) -> None:
    settings.METRICS_TOKEN = TOKEN
    north = world.north
    with django_capture_on_commit_callbacks(execute=True):
        codes = story(north) + make_sheets(north)
        for who in ("", "tess", "paula"):
            client = client_of(north, who, raise_request_exception=False)
            for address in addresses(north).values():
                client.get(address).getvalue()  # to its end: files are closed then
        for code in codes:
            Client().get(f"/{code}/{north.anna.username}", {"q": north.anna.full_name})
    told = Client(headers={"Authorization": f"Bearer {TOKEN}"}).get("/metrics").content.decode()
    assert 'view="place"' in told
    strange = {
        (sample.name, label, value)
        for family in text_string_to_metric_families(told)
        for sample in family.samples
        for label, value in sample.labels.items()
        if label != "le" and value not in WORDS[label]
    }
    assert not strange
    assert not found(codes, told)
    assert not [text for text in names_in(world) if re.search(rf"\b{re.escape(text)}\b", told)]


def names_in(world: World) -> Iterator[str]:
    """Everything by which a person or a place of the two schools is called."""
    for school in (world.north, world.south):
        for person in school.people:
            yield from (person.full_name, person.family_name, person.username, str(person.pk))
            if person.email:
                yield person.email
        for place in school.places:
            yield from (str(place.pk), f'"{place.name}"')


# --- The manual -------------------------------------------------------------------------
@pytest.mark.django_db
def test_the_manual_names_every_count() -> None:
    page = (ROOT / "docs" / "operating.md").read_text()
    section = page.partition("### Metrics\n")[2].partition("\n### ")[0]
    in_the_manual = {
        name: set(re.findall(r"`(\w+)`", labels))
        for name, labels in re.findall(r"^\| `(classkey_\w+)` \| (.*?) \|", section, re.MULTILINE)
    }
    there = {
        family: set(labels)
        for family, labels in (
            (collector._name, collector._labelnames)  # noqa: SLF001
            for collector in vars(metrics).values()
            if hasattr(collector, "_labelnames")
        )
    }
    told = re.findall(r"^# TYPE (classkey_\w+) ", scrape(), re.MULTILINE)
    assert set(in_the_manual) == set(told)
    for name, labels in there.items():
        assert in_the_manual.get(name, in_the_manual.get(f"{name}_total")) == labels, name
    named = set(re.findall(r"classkey_[a-z_]+", page.partition("### Alerts")[2]))
    known = {*told, *(f"{name}_bucket" for name in told)}
    assert named - {"classkey_parent"} <= known, "an alert asks for what is not counted"
