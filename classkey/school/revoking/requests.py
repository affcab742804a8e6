"""Somebody concerned asks support to end a parent's access; it is decided in time (F9)."""

import datetime
from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.dispatch import Signal
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from classkey.school import access, audit, linking, noticing
from classkey.school.access import Action, require
from classkey.school.errors import Refused
from classkey.school.models import AuditAction, NoticeKind, Outcome, ParentLink, RevocationRequest
from classkey.school.viewer import Viewer

BEFORE_IT_IS_DUE = datetime.timedelta(hours=2)
"""How long before a request is due the administrators are reminded of it by mail."""

filed = Signal()
"""A request was filed (`request`), in the transaction that filed it."""


@dataclass(frozen=True)
class Plea:
    """What somebody asks for: in their words, or in those of a `caller` whom support listens to."""

    reason: str
    urgent: bool = False
    caller: str = ""


@transaction.atomic
def file(viewer: Viewer, link: ParentLink, plea: Plea) -> RevocationRequest:
    """Ask support to end a link (F9); due by the end of the working day. An urgent one pauses the
    link at once. Raises PermissionDenied, or Refused where the viewer has asked already.
    """
    require(viewer, Action.ASK_TO_END, link)
    if plea.urgent:
        require(viewer, Action.CALL_URGENT, link)
    if plea.caller and not viewer.is_administrator:
        raise PermissionDenied
    now = timezone.now()
    request = RevocationRequest(
        link=link,
        filed_by=viewer.user,
        caller=plea.caller,
        reason=plea.reason,
        urgent=plea.urgent,
        filed_at=now,
        due_at=settings.OFFICE_HOURS.due(now),
    )
    try:
        with transaction.atomic():
            request.save(force_insert=True)
    except IntegrityError as twice:
        raise _asked_already(viewer, link) from twice
    audit.record(viewer, AuditAction.REQUEST_FILED, subject=link.student, thing=request.pk)
    if plea.urgent:
        linking.pause(viewer, link)
    filed.send(sender=None, request=request)
    return request


def _asked_already(viewer: Viewer, link: ParentLink) -> Refused:
    due = localtime(link.requests.open().get(filed_by=viewer.user).due_at)
    return Refused(
        _("You have asked for this already. Support decides by %(time)s.")
        % {"time": date_format(due, "DATETIME_FORMAT")}
    )


@transaction.atomic
def decline(viewer: Viewer, request: RevocationRequest, decision: str) -> None:
    """Leave a parent's access as it is (F9): a pause ends, unless another urgent request waits.
    Raises PermissionDenied, or Refused where it was decided meanwhile.
    """
    linking.hold_family(request.link.student)
    if not access.can(viewer, Action.DECIDE, request):
        _check_not_decided(viewer, request)
    decide(viewer, RevocationRequest.objects.filter(pk=request.pk), Outcome.DECLINED, decision)
    if not request.link.requests.open().filter(urgent=True).exists():
        linking.resume(viewer, request.link)


def _check_not_decided(viewer: Viewer, request: RevocationRequest) -> None:
    require(viewer, Action.SEE, request)
    raise Refused(_("This request was decided meanwhile. Look at it again."))


def decide(
    viewer: Viewer, requests: QuerySet[RevocationRequest], outcome: Outcome, decision: str
) -> None:
    """Note how those of `requests` that are open were decided, and tell who asked: the outcome, and
    not the reason (F9). The caller has checked the viewer and holds the family.
    """
    decided = list(requests.filter(decided_at=None).select_related("link__student", "filed_by"))
    RevocationRequest.objects.filter(pk__in=[request.pk for request in decided]).update(
        decided_at=timezone.now(),
        decided_by=viewer.user,
        outcome=outcome,
        decision=decision,
    )
    ended = outcome == Outcome.REVOKED
    kind = NoticeKind.ACCESS_ENDED if ended else NoticeKind.ACCESS_LEFT
    for request in decided:
        audit.record(
            viewer,
            AuditAction.REQUEST_DECIDED,
            subject=request.link.student,
            thing=request.pk,
            detail=outcome,
        )
        noticing.tell_of_decision(request, kind)


@transaction.atomic
def take_reminders() -> list[RevocationRequest]:
    """Return the open requests that are due soon, or urgent, and of which the administrators have
    not been reminded; each is returned once, to one worker.
    """
    soon = timezone.now() + BEFORE_IT_IS_DUE
    waiting = RevocationRequest.objects.open().filter(reminded_at=None)
    waiting = (waiting.filter(due_at__lte=soon) | waiting.filter(urgent=True)).order_by("due_at")
    taken = list(waiting.select_for_update(skip_locked=True, of=("self",)).select_related("link"))
    RevocationRequest.objects.filter(pk__in=[request.pk for request in taken]).update(
        reminded_at=timezone.now()
    )
    return taken
