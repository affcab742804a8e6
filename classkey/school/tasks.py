"""Background jobs: fetch by id, call a rule, nothing else."""

import uuid
from typing import Any

from django.db import transaction
from django.utils import timezone
from django_tasks import task

from classkey.school import alarms
from classkey.school.models import Place, SheetPart, SheetRun
from classkey.school.models.sheet_runs import PaperSize
from classkey.school.sheets import runs, work
from classkey.school.sheets.runs import Whom
from classkey.school.viewer import Viewer


@task(queue_name="sheets")
def make_part(pk: str) -> None:
    """Make and mail a part of a run of sheets; until it is over, wake again after each lease."""
    if work.unfinished_parts().filter(pk=pk).exists():
        # Before the work begins: whoever does it may be killed, and this job with them.
        make_part.using(run_after=timezone.now() + work.LEASE).enqueue(pk)
        work.work_on(uuid.UUID(pk))


@transaction.atomic
def ask_for_sheets(viewer: Viewer, place: Place, *, whom: Whom, paper: PaperSize) -> SheetRun:
    """Note a run of sheets and wake the workers for it. Raises as `runs.start_run` does."""
    run = runs.start_run(viewer, place, whom, paper)
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
    alarms.warn_of_guessing()


def on_ceiling_reached(**_signal: Any) -> None:
    """Wake a worker for the alarm (K8)."""
    warn_of_guessing.enqueue()
