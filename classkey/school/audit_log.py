"""Reading the audit log at the support desk (A1)."""

import datetime
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass

from django.db.models import Q, QuerySet
from django.utils import timezone

from classkey.accounts.models import User
from classkey.school import audit
from classkey.school.access import Action, allowed
from classkey.school.errors import Reason
from classkey.school.models import AuditAction, AuditEvent, Place
from classkey.school.replica import Lines
from classkey.school.viewer import Viewer

REMEMBERED = datetime.timedelta(days=14)
"""How long the desk lists an attempt against a bar or a hold."""

MOST_ATTEMPTS = 20
"""How many of them it lists."""


@dataclass(frozen=True)
class Filter:
    """Which lines: of these people, as who did it or to whom; of this action; of these days, by the
    school's clock. What is None or '' leaves nothing out.
    """

    people: frozenset[uuid.UUID] | None = None
    action: str = ""
    code: str = ""
    first: datetime.date | None = None
    last: datetime.date | None = None


@dataclass(frozen=True)
class Line:
    """A line of the log as it is exported: ids, and no names (A8)."""

    id: int
    at: str
    action: str
    actor: str
    subject: str
    place: str
    thing: str
    code_last_four: str
    detail: str
    origin: str


FIELDS = tuple(Line.__dataclass_fields__)


def lines(viewer: Viewer, wanted: Filter) -> Lines[AuditEvent]:
    """Return the lines that the viewer may read, the newest first; with a standby, as they were a
    moment ago.
    """
    return Lines(_readable(viewer, wanted))


def _readable(viewer: Viewer, wanted: Filter) -> QuerySet[AuditEvent]:
    found = allowed(viewer, Action.SEE, AuditEvent)
    if wanted.people is not None:
        found = found.filter(Q(actor__in=wanted.people) | Q(subject__in=wanted.people))
    if wanted.action:
        found = found.filter(action=wanted.action)
    if wanted.code:
        found = found.filter(code_last_four=wanted.code.strip().upper()[-4:])
    if wanted.first:
        found = found.filter(at__date__gte=wanted.first)
    if wanted.last:
        found = found.filter(at__date__lte=wanted.last)
    return found.order_by("-pk")


def export(viewer: Viewer, wanted: Filter) -> Iterator[dict[str, str | int]]:
    """Note that the log was exported, and yield its lines, the oldest first, a few at a time."""
    audit.record(viewer, AuditAction.LOG_EXPORTED)
    return (asdict(_line(event)) for event in lines(viewer, wanted).by_age())


def _line(event: AuditEvent) -> Line:
    return Line(
        id=event.pk,
        at=event.at.isoformat(),
        action=event.action,
        actor=str(event.actor or ""),
        subject=str(event.subject or ""),
        place=str(event.place or ""),
        thing=str(event.thing or ""),
        code_last_four=event.code_last_four,
        detail=event.detail,
        origin=event.origin,
    )


def names(events: Iterable[AuditEvent]) -> dict[uuid.UUID, str]:
    """Return what the people and places of these lines are called now, by id; who was erased is
    missing (A8).
    """
    rows = list(events)
    people = User.objects.in_bulk({pk for row in rows for pk in (row.actor, row.subject) if pk})
    places = Place.objects.in_bulk({row.place for row in rows if row.place})
    called = {pk: person.full_name for pk, person in people.items()}
    return called | {pk: place.name for pk, place in places.items()}


def attempts(viewer: Viewer) -> list[AuditEvent]:
    """Return when somebody to whom a student is closed tried a code in the last two weeks, the
    newest first (F9).
    """
    refused = Filter(action=AuditAction.CODE_REFUSED)
    since = timezone.now() - REMEMBERED
    found = _readable(viewer, refused).filter(detail=Reason.CLOSED, at__gte=since)
    return Lines(found)[:MOST_ATTEMPTS]
