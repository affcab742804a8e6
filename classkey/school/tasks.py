"""Background jobs: fetch by id, call a rule, nothing else."""

import uuid

from django.utils import timezone
from django_tasks import task

from classkey.school.models import SheetPart, SheetRun
from classkey.school.sheets import work


@task(queue_name="sheets")
def make_part(pk: str) -> None:
    """Make and mail a part of a run of sheets; wake again when it is worth another try."""
    if (pause := work.work_on(uuid.UUID(pk))) is not None:
        make_part.using(run_after=timezone.now() + pause).enqueue(pk)


def enqueue_run(run: SheetRun) -> None:
    """Wake the workers for every part of a run, in the caller's transaction."""
    for part in run.parts.all():
        enqueue_part(part)


def enqueue_part(part: SheetPart) -> None:
    """Wake the workers for a part, now and once more when a first worker's lease would be over."""
    make_part.enqueue(str(part.pk))
    make_part.using(run_after=timezone.now() + work.LEASE).enqueue(str(part.pk))


def resume_sheets() -> int:
    """Wake the workers for all that a killed worker left behind; return how many parts."""
    parts = list(work.unfinished_parts())
    for part in parts:
        enqueue_part(part)
    return len(parts)
