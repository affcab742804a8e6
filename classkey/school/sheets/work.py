"""A worker makes one part of a run and mails it (F2).

The queue only wakes us; the state is in the part's own row. Whoever works on it holds
its lease, taken and renewed by guarded UPDATEs. A part left behind by a killed worker
is taken up when the lease has run out: its codes are there already, and if it may have
been mailed it goes out again under the same Message-ID.
"""

import datetime
import uuid
from smtplib import SMTPException, SMTPServerDisconnected
from socket import gaierror

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Case, F, Q, QuerySet, Value, When
from django.utils import timezone

from classkey.accounts.addresses import proved_address
from classkey.school import issuing, metrics
from classkey.school.access import Action, require
from classkey.school.models import Code, PartState, Sheet, SheetPart
from classkey.school.models.sheet_runs import OVER, Failure
from classkey.school.sheets import mail, printing, runs
from classkey.school.viewer import Viewer

LEASE = datetime.timedelta(seconds=90)
"""Longer than the slowest step, a mail server that times out."""

AT_ONCE = 40
"""Codes made in one transaction: few enough to be quick, and for the bar to move."""

MOST_ATTEMPTS = 20
"""Then a part is given up: whoever takes it up is killed by it."""

FIRST_REST = datetime.timedelta(minutes=1)
"""After a mail that was refused. Each rest is twice as long as the one before."""

MOST_REFUSALS = 7
"""Then a part is given up, an hour after its mail was first refused."""


class LostLease(Exception):
    """Another worker has taken the part over, or its teacher has voided it."""


class GivenUp(Exception):
    """The part cannot be made and mailed."""

    def __init__(self, why: Failure) -> None:
        super().__init__(why)
        self.why = why


def unfinished_parts() -> QuerySet[SheetPart]:
    """Return the parts that are neither mailed, given up nor void."""
    return SheetPart.objects.exclude(state__in=OVER)


def work_on(pk: uuid.UUID) -> None:
    """Make and mail one part, unless it is over, resting or in other hands."""
    worker = uuid.uuid4()
    if not _take(pk, worker):
        return
    part = SheetPart.objects.select_related("run__requested_by", "run__place").get(pk=pk)
    try:
        _make_and_mail(part, worker)
    except LostLease:
        return
    except PermissionDenied:
        _give_up(part, worker, Failure.NOT_THEIR_TEACHER)
    except GivenUp as given_up:
        _give_up(part, worker, given_up.why)
    except OSError as error:
        _put_back(part, worker, error)


def _take(pk: uuid.UUID, worker: uuid.UUID) -> int:
    now = timezone.now()
    free = unfinished_parts().filter(Q(lease_until=None) | Q(lease_until__lte=now), pk=pk)
    # Left behind while it was mailed: nobody knows whether the mail is out.
    left_in_doubt = When(state=PartState.MAILING, then=Value(value=True))
    return free.update(
        in_doubt=Case(left_in_doubt, default=F("in_doubt")),
        state=PartState.MAKING,
        worker=worker,
        lease_until=now + LEASE,
        attempts=F("attempts") + 1,
    )


def _make_and_mail(part: SheetPart, worker: uuid.UUID) -> None:
    if part.attempts > MOST_ATTEMPTS:
        raise GivenUp(Failure.BROKEN)
    address = proved_address(part.run.requested_by)
    if address is None:
        raise GivenUp(Failure.NO_ADDRESS)
    require(Viewer(part.run.requested_by), Action.MAKE_SHEETS, part.run.place)
    while _make_codes(part, worker):
        pass
    sheets = list(
        part.sheets.filter(code__deleted_at=None, code__isnull=False).select_related(
            "student", "code"
        )
    )
    if not sheets:
        raise GivenUp(Failure.NOBODY)
    message = mail.compose(part, address, printing.print_part(part, sheets), sheets=len(sheets))
    _renew(part, worker, PartState.MAILING)
    message.send()
    mailed = SheetPart.objects.filter(pk=part.pk, worker=worker).update(
        state=PartState.MAILED, mailed_at=timezone.now(), lease_until=None
    )
    # None, if the part was taken over meanwhile: who did that counts them.
    metrics.sheets_made(mailed * len(sheets))


@transaction.atomic
def _make_codes(part: SheetPart, worker: uuid.UUID) -> int:
    """Make the codes of the next few sheets; return of how many. All of it, or nothing.

    The sheets of students who have left are dropped; the others get theirs.
    """
    _renew(part, worker, PartState.MAKING)
    waiting = part.sheets.filter(code__isnull=True, voided_at=None)
    waiting.exclude(student__in=runs.students_in(part.run.place)).delete()
    sheets = list(waiting.select_related("student")[:AT_ONCE])
    students = [sheet.student for sheet in sheets]
    viewer = Viewer(part.run.requested_by)
    codes = issuing.make_parent_codes(viewer, students, part.run.place) if students else []
    for sheet, code in zip(sheets, codes, strict=True):
        sheet.code = code
    Sheet.objects.bulk_update(sheets, ["code"])
    return len(sheets)


def _renew(part: SheetPart, worker: uuid.UUID, state: PartState) -> None:
    held = SheetPart.objects.filter(pk=part.pk, worker=worker).update(
        state=state, lease_until=timezone.now() + LEASE
    )
    if not held:
        raise LostLease


def _put_back(part: SheetPart, worker: uuid.UUID, error: OSError) -> None:
    """The mail server did not take it: rest, each time longer, and in the end give up."""
    if part.refusals + 1 == MOST_REFUSALS:
        _give_up(part, worker, Failure.NO_MAIL)
        return
    rest = FIRST_REST * 2**part.refusals
    SheetPart.objects.filter(pk=part.pk, worker=worker).update(
        state=PartState.WAITING,
        lease_until=timezone.now() + rest,
        attempts=0,
        refusals=part.refusals + 1,
        in_doubt=part.in_doubt or not _is_clear(error),
    )


def _is_clear(error: OSError) -> bool:
    """Is it known that the mail server did not take the mail? Not if it fell silent."""
    said_no = isinstance(error, SMTPException) and not isinstance(error, SMTPServerDisconnected)
    return said_no or isinstance(error, ConnectionRefusedError | gaierror)


@transaction.atomic
def _give_up(part: SheetPart, worker: uuid.UUID, why: Failure) -> None:
    """Mark the part failed, and delete its codes: no code lives without a sheet in a mail."""
    failed = SheetPart.objects.filter(pk=part.pk, worker=worker).update(
        state=PartState.FAILED, lease_until=None, failure=why
    )
    if failed:
        issuing.withdraw(Viewer(part.run.requested_by), Code.objects.filter(sheet__part=part))
        part.sheets.filter(voided_at=None).update(code=None)
