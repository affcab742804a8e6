"""Background jobs: fetch by id, call a rule, nothing else."""

import datetime
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone
from django_tasks import TaskResultStatus, task
from django_tasks.base import Task
from django_tasks_db.models import DBTaskResult

from classkey.accounts.models import User
from classkey.school import clock, mailing, noticing, purging, sealing, struck_out
from classkey.school.models import (
    DataExport,
    Notice,
    Place,
    RevocationRequest,
    SheetPart,
    SheetRun,
)
from classkey.school.personal_data import exporting
from classkey.school.revoking import requests
from classkey.school.sheets import runs, work
from classkey.school.sheets.home_languages import note
from classkey.school.sheets.runs import Wishes
from classkey.school.viewer import Viewer


@task(queue_name="sheets")
def make_part(pk: str) -> None:
    """Make and mail a part of a run of sheets; until it is over, wake again when its lease ends."""
    if part := work.unfinished_parts().filter(pk=pk).first():
        # Before the work begins: whoever does it may be killed, and this job with them.
        # Woken while somebody holds it, or while it rests: not a lease later, but when that ends.
        now = timezone.now()
        held_until = part.lease_until or now
        again = held_until if held_until > now else now + work.LEASE
        make_part.using(run_after=again).enqueue(pk)
        work.work_on(part.pk)


@transaction.atomic
def ask_for_sheets(
    viewer: Viewer,
    place: Place,
    students: Iterable[User],
    wishes: Wishes | None = None,
    *,
    home_languages: Mapping[User, str] | None = None,
) -> SheetRun:
    """Keep what is read at the students' homes, note a run of sheets, and wake the workers for it.

    Raises as `home_languages.note` and `runs.start_run` do; nothing is kept then.
    """
    note(viewer, home_languages or {})
    run = runs.start_run(viewer, place, students, wishes)
    for part in run.parts.all():
        _wake(part)
    return run


@transaction.atomic
def try_sheets_again(viewer: Viewer, run: SheetRun) -> None:
    """Wake the workers for the failed parts of a run. Raises PermissionDenied."""
    for part in runs.try_again(viewer, run):
        _wake(part)


def resume_sheets() -> int:
    """Wake the workers for all that a killed worker left behind; return how many parts."""
    parts = list(work.unfinished_parts())
    for part in parts:
        _wake(part)
    return len(parts)


def _wake(part: SheetPart) -> None:
    """Wake a worker for a part, in the caller's transaction."""
    make_part.enqueue(str(part.pk))


@task()
def warn_of_guessing() -> None:
    """Mail the administrators that somebody guesses codes."""
    mailing.warn_of_guessing()


def on_ceiling_reached(**_signal: Any) -> None:
    """Wake a worker for the alarm (K8)."""
    warn_of_guessing.enqueue()


@task()
def mail_notice(pk: str) -> None:
    """Mail a notice that does not wait until its recipient comes."""
    if notice := Notice.objects.select_related("student", "recipient").filter(pk=pk).first():
        mailing.mail_notice(notice)


def on_to_be_mailed(notices: Iterable[Notice], **_signal: Any) -> None:
    """Wake a worker for the mails, in the transaction of what they tell of (F8, F9)."""
    for notice in notices:
        mail_notice.enqueue(str(notice.pk))


@task()
def remind_of_requests() -> None:
    """Remind the administrators of requests that are urgent, or due soon."""
    for request in requests.take_reminders():
        mailing.remind_of_request(request)


def on_filed(request: RevocationRequest, **_signal: Any) -> None:
    """Wake a worker when a new request is to be spoken of (F9)."""
    when = timezone.now() if request.urgent else request.due_at - requests.BEFORE_IT_IS_DUE
    remind_of_requests.using(run_after=when).enqueue()


@task()
def export_data(pk: str) -> None:
    """Gather what is held about a person."""
    if export := DataExport.objects.select_related("person").filter(pk=pk, ready_at=None).first():
        exporting.gather(export)


def on_export_asked(export: DataExport, **_signal: Any) -> None:
    """Wake a worker for an export (A8)."""
    export_data.enqueue(str(export.pk))


def on_job_kept(instance: DBTaskResult[Any, Any], **_signal: Any) -> None:
    """Strike out of a traceback what nobody is to read there, before it is stored (K6)."""
    instance.traceback = struck_out.all_of(instance.traceback)


# --- What comes round ---------------------------------------------------------------------
EVERY = datetime.timedelta(hours=1)

AT_NIGHT = datetime.timedelta(hours=3)
"""How long after midnight, by the school's clock, what is old is cleared away."""


@task()
def chores() -> None:
    """Do what comes round each hour, and wake again in an hour."""
    keep_chores_going(after=EVERY)
    keep_clearing_away()
    noticing.warn_of_dying_codes()
    remind_of_requests.call()
    exporting.purge()
    sealing.seal()


def keep_chores_going(after: datetime.timedelta = datetime.timedelta()) -> None:
    """See to it that the chores wake a worker, once for all workers."""
    _wake_once(chores, timezone.now() + after)


@task()
def clear_away() -> None:
    """Take away what is old, and wake again in the next night; before it, for whoever is killed."""
    keep_clearing_away()
    purging.purge()


def keep_clearing_away() -> None:
    """See to it that a worker is woken in the coming night, once for all workers."""
    _wake_once(clear_away, clock.end_of(clock.today()) + AT_NIGHT)


def _wake_once(job: Task[[], None], when: datetime.datetime) -> None:
    """Wake a worker for a job, unless one is to be woken for it already."""
    waiting = DBTaskResult.objects.filter(status=TaskResultStatus.READY, task_path=job.module_path)
    if not waiting.exists():
        job.using(run_after=when).enqueue()
