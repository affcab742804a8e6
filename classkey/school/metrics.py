"""What is counted, for Prometheus: each thing where it is done, and once it is done for good.

No label holds a code, a name, a place, a person or an address: only words of the lists here, of
enumerations, and the names of our pages.
"""

import os
from collections.abc import Iterable
from datetime import UTC, datetime

from django.db import DatabaseError, transaction
from django.db.models import Count
from django_tasks_db.models import DBTaskResult
from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from classkey.school.code_text import CodeKind
from classkey.school.errors import Reason
from classkey.school.models import RevocationRequest

JOBS = (
    "chores",
    "clear_away",
    "export_data",
    "mail_notice",
    "make_part",
    "remind_of_requests",
    "warn_of_guessing",
)
"""The names of the background jobs."""

QUEUES = ("default", "sheets")
"""The queues of jobs, as in settings.TASKS."""

disable_created_metrics()  # type: ignore[no-untyped-call]
COUNTS = CollectorRegistry()

_REQUESTS = Counter(
    "classkey_requests", "Requests answered.", ["method", "view", "status"], registry=COUNTS
)
_SECONDS = Histogram(
    "classkey_request_seconds",
    "From the first line of our code to the answer.",
    ["view"],
    registry=COUNTS,
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
_JOBS = Counter(
    "classkey_jobs", "Background jobs that ended.", ["task", "outcome"], registry=COUNTS
)
_MADE = Counter("classkey_codes_made", "Codes made.", ["kind"], registry=COUNTS)
_REDEEMED = Counter(
    "classkey_codes_redeemed", "Codes by which somebody came in.", ["kind"], registry=COUNTS
)
_REFUSED = Counter("classkey_codes_refused", "Codes refused.", ["reason"], registry=COUNTS)
_SHEETS = Counter(
    "classkey_sheets_made", "Sheets of parent codes made and mailed.", registry=COUNTS
)
_MAILS = Counter("classkey_mails", "Mails given to the mail server.", ["outcome"], registry=COUNTS)

# Each stands at 0 from the start: what appears with its first time has no rate.
for _kind in CodeKind:
    _MADE.labels(_kind)
    _REDEEMED.labels(_kind)
for _reason in Reason:
    _REFUSED.labels(_reason)
for _outcome in ("sent", "failed"):
    _MAILS.labels(_outcome)
for _job in JOBS:
    _JOBS.labels(_job, "done")
    _JOBS.labels(_job, "failed")


# --- Where it is done ---------------------------------------------------------------------
def request_answered(method: str, view: str, status: int, seconds: float) -> None:
    """Count a request, by the name of its page and not by its path."""
    _REQUESTS.labels(method, view, f"{status // 100}xx").inc()
    _SECONDS.labels(view).observe(seconds)


def job_ended(task: str, *, well: bool) -> None:
    """Count a background job by its name; one that this version does not know as "other"."""
    _JOBS.labels(task if task in JOBS else "other", "done" if well else "failed").inc()


def codes_made(kind: str, number: int = 1) -> None:
    """Count codes, once the transaction in which they are made stands."""
    transaction.on_commit(lambda: _MADE.labels(kind).inc(number), robust=True)


def code_redeemed(kind: str) -> None:
    """Count a redemption, once its transaction stands."""
    transaction.on_commit(lambda: _REDEEMED.labels(kind).inc(), robust=True)


def code_refused(reason: Reason) -> None:
    """Count a code that was typed to be used, and refused (K7)."""
    transaction.on_commit(lambda: _REFUSED.labels(reason).inc(), robust=True)


def sheets_made(number: int) -> None:
    """Count sheets of a part, once it is noted that it was mailed."""
    transaction.on_commit(lambda: _SHEETS.inc(number), robust=True)


def mails_sent(number: int) -> None:
    """Count mails that the mail server took."""
    _MAILS.labels("sent").inc(number)


def mails_failed(number: int) -> None:
    """Count mails that it did not take, or of which it never said so."""
    _MAILS.labels("failed").inc(number)


# --- What Prometheus is told --------------------------------------------------------------
def counted() -> CollectorRegistry:
    """Return what was counted: by this process or, where several share a folder
    (classkey/config/counts_folder.py), by all of them together.
    """
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return COUNTS
    together = CollectorRegistry()
    MultiProcessCollector(together)  # type: ignore[no-untyped-call]
    return together


def scrape() -> bytes:
    """Return all that Prometheus is told by a web process, in its text format."""
    return generate_latest(counted()) + generate_latest(_AT_THE_DATABASE)


class AtTheDatabase(Collector):
    """What stands in the database at this moment, the same on every node; by one query each."""

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """Ask the database; where it does not answer, say just that."""
        try:
            found = [*_requests_to_support(), _waiting_jobs()]
        except DatabaseError:
            found = []
        answers = "1 if the database answered while this was asked for, 0 if not."
        yield GaugeMetricFamily("classkey_database_answers", answers, value=bool(found))
        yield from found


def _requests_to_support() -> list[GaugeMetricFamily]:
    waiting = RevocationRequest.objects.open()
    overdue = waiting.filter(due_at__lte=datetime.now(UTC))
    return [
        GaugeMetricFamily(f"classkey_support_requests_{name}", about, value=rows.count())
        for name, about, rows in (
            ("open", "Requests to support that wait to be decided (F9).", waiting),
            ("overdue", "Those of them that should have been decided by now.", overdue),
        )
    ]


def _waiting_jobs() -> GaugeMetricFamily:
    told = GaugeMetricFamily(
        "classkey_jobs_waiting", "Jobs that are due and that no worker has taken.", labels=["queue"]
    )
    due = DBTaskResult.objects.ready().order_by().values_list("queue_name")
    waiting = dict(due.annotate(Count("pk")))
    for queue in QUEUES:
        told.add_metric([queue], waiting.get(queue, 0))
    return told


_AT_THE_DATABASE = CollectorRegistry()
_AT_THE_DATABASE.register(AtTheDatabase())
