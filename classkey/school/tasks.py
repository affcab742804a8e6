"""Background jobs: fetch by id, call a rule, nothing else."""

import datetime
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone
from django_tasks import TaskResultStatus, task
from django_tasks_db.models import DBTaskResult

from classkey.accounts.models import User
from classkey.school import mailing, noticing, sealing
from classkey.school.models import Notice, Place, SheetPart, SheetRun
from classkey.school.sheets import runs, work
from classkey.school.sheets.home_languages import note
from classkey.school.sheets.runs import Wishes
from classkey.school.viewer import Viewer


@task(queue_name="sheets")
def make_part(pk: str) -> None:
    """Make and mail a part of a run of sheets; until it is over, wake again after each lease."""
    if work.unfinished_parts().filter(pk=pk).exists():
        # Before the work begins: whoever does it may be killed, and this job with them.
        make_part.using(run_after=timezone.now() + work.LEASE).enqueue(pk)
        work.work_on(uuid.UUID(pk))


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
def tell_parent_of_link(pk: str) -> None:
    """Mail a notice of a new link to a parent who was linked before."""
    if notice := Notice.objects.select_related("student", "recipient").filter(pk=pk).first():
        mailing.tell_parent_of_link(notice)


def on_link_told(notices: Iterable[Notice], **_signal: Any) -> None:
    """Wake a worker for the mails, in the transaction that made the link (F8)."""
    for notice in notices:
        tell_parent_of_link.enqueue(str(notice.pk))


# --- What comes round ---------------------------------------------------------------------
EVERY = datetime.timedelta(hours=1)


@task()
def chores() -> None:
    """Do what comes round each hour, and wake again in an hour."""
    keep_chores_going(after=EVERY)
    noticing.warn_of_dying_codes()
    sealing.seal()


def keep_chores_going(after: datetime.timedelta = datetime.timedelta()) -> None:
    """See to it that the chores wake a worker, once for all workers."""
    waiting = DBTaskResult.objects.filter(
        status=TaskResultStatus.READY, task_path=chores.module_path
    )
    if not waiting.exists():
        chores.using(run_after=timezone.now() + after).enqueue()
