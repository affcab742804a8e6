"""A worker makes one part of a run and mails it (F2).

The queue only wakes us; the state is in the part's own row. Whoever works on it holds
its lease, taken and renewed by guarded UPDATEs. A part left behind by a killed worker
is taken up when the lease has run out: its codes are there already, and if it may have
been mailed it goes out again under the same Message-ID.
"""

import datetime
import uuid

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from classkey.accounts.addresses import proved_address
from classkey.accounts.models import User
from classkey.school import issuing, web_addresses
from classkey.school.access import Action, require
from classkey.school.errors import Refused
from classkey.school.models import Code, PartState, Sheet, SheetPart
from classkey.school.sheets import mail, runs, typeset
from classkey.school.viewer import Viewer

LEASE = datetime.timedelta(seconds=90)
"""Longer than the slowest step, a mail server that times out."""

MOST_ATTEMPTS = 5
"""Then a part is given up: the mail server does not take it, or it kills its workers."""


class LostLease(Exception):
    """Another worker has taken the part over."""


def unfinished_parts() -> QuerySet[SheetPart]:
    """Return the parts that are neither mailed nor given up."""
    return SheetPart.objects.exclude(state__in=[PartState.MAILED, PartState.FAILED])


def work_on(pk: uuid.UUID) -> None:
    """Make and mail one part, unless it is over, resting or in other hands."""
    worker, now = uuid.uuid4(), timezone.now()
    taken = (
        unfinished_parts()
        .filter(Q(lease_until=None) | Q(lease_until__lte=now), pk=pk)
        .update(
            state=PartState.MAKING,
            worker=worker,
            lease_until=now + LEASE,
            attempts=F("attempts") + 1,
        )
    )
    if not taken:
        return
    part = SheetPart.objects.select_related("run__requested_by", "run__place").get(pk=pk)
    try:
        _make_and_mail(part, worker)
    except LostLease:
        return
    except PermissionDenied:
        _give_up(part, worker, _("You are not a teacher of these students any more."))
    except Refused as refusal:
        _give_up(part, worker, str(refusal.message))
    except OSError:
        _put_back(part, worker)


def _make_and_mail(part: SheetPart, worker: uuid.UUID) -> None:
    if part.attempts > MOST_ATTEMPTS:
        raise Refused(_("The sheets could not be made. Please try again, or ask support."))
    address = proved_address(part.run.requested_by)
    if address is None:
        raise Refused(_("Your e-mail address is not proved any more. Prove it, then try again."))
    _forget_who_left(part)
    for sheet in part.sheets.filter(code__isnull=True).select_related("student"):
        _make_code(part, sheet, worker)
    pdf = typeset.typeset(
        [_content(sheet.student, sheet.code) for sheet in _made(part) if sheet.code],
        typeset.Paper(part.run.paper),
        typeset.Support(**settings.SUPPORT),
    )
    message = mail.compose(part, address, pdf, sheets=_made(part).count())
    _renew(part, worker, PartState.MAILING)
    message.send()
    SheetPart.objects.filter(pk=part.pk, worker=worker).update(
        state=PartState.MAILED, mailed_at=timezone.now(), lease_until=None, error=""
    )


def _forget_who_left(part: SheetPart) -> None:
    """Drop the sheets of students who are not there any more; the others get theirs."""
    require(Viewer(part.run.requested_by), Action.MAKE_SHEETS, part.run.place)
    here = runs.students_in(part.run.place)
    part.sheets.filter(code__isnull=True).exclude(student__in=here).delete()
    if not part.sheets.exists():
        raise Refused(_("There is no student here any more to make a sheet for."))


@transaction.atomic
def _make_code(part: SheetPart, sheet: Sheet, worker: uuid.UUID) -> None:
    _renew(part, worker, PartState.MAKING)
    viewer = Viewer(part.run.requested_by)
    sheet.code = issuing.make_parent_code(viewer, sheet.student, part.run.place)
    sheet.save(update_fields=["code"])


def _made(part: SheetPart) -> QuerySet[Sheet]:
    return part.sheets.filter(code__isnull=False).select_related("student", "code")


def _content(student: User, code: Code) -> typeset.SheetContent:
    text = code.text
    return typeset.SheetContent(
        student_name=student.full_name,
        school_name=settings.SCHOOL_NAME,
        code=text,
        join_link=web_addresses.join_link(text),
        join_address=web_addresses.join_address_to_type(),
        # The last day on which it works until the evening.
        valid_until=timezone.localdate(code.expires_at - datetime.timedelta(days=1)),
        adults=settings.PARENT_CODE_ADULTS,
    )


def _renew(part: SheetPart, worker: uuid.UUID, state: PartState) -> None:
    held = SheetPart.objects.filter(pk=part.pk, worker=worker).update(
        state=state, lease_until=timezone.now() + LEASE
    )
    if not held:
        raise LostLease


def _put_back(part: SheetPart, worker: uuid.UUID) -> None:
    """The mail server did not take it: rest, each time longer, and in the end give up."""
    if part.attempts == MOST_ATTEMPTS:
        _give_up(part, worker, _("The mail server did not take the mail. Please try again later."))
        return
    rest = LEASE * (2**part.attempts - 1) / 2
    SheetPart.objects.filter(pk=part.pk, worker=worker).update(
        state=PartState.WAITING, lease_until=timezone.now() + rest
    )


@transaction.atomic
def _give_up(part: SheetPart, worker: uuid.UUID, reason: str) -> None:
    """Mark the part failed, and delete its codes: no code lives without a sheet in a mail."""
    failed = SheetPart.objects.filter(pk=part.pk, worker=worker).update(
        state=PartState.FAILED, lease_until=None, error=reason
    )
    if failed:
        issuing.withdraw(Viewer(part.run.requested_by), Code.objects.filter(sheet__part=part))
        part.sheets.update(code=None)
