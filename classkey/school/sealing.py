"""Seals the audit log in a chain of digests, and checks it against them (A1).

A seal's digest is over the digest before it, what the seal says, and each of its lines. So who
changes a line must change every digest that follows, and is found out by whoever noted one of
them elsewhere.

Lines are read and a seal is added without a lock: writing a line never waits. PostgreSQL may
show a line after lines with higher ids, since it is seen when it is committed. The gaps that the
seals of a day left are therefore looked into again, that day being the one before the last seal:
it is told by the chain, not by the clock, so that a worker that rested loses no line.
"""

import datetime
import hashlib
import json
import logging
import uuid
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import reduce
from itertools import islice
from operator import or_
from typing import Any

from django.db.models import Q, QuerySet, Sum
from django.utils import timezone

from classkey.school.id_ranges import END, gather, read, without, write
from classkey.school.models import AuditEvent, AuditSeal

logger = logging.getLogger(__name__)

BATCH = 5_000
"""Lines under one seal, at most."""

LATE = datetime.timedelta(days=1)
"""How long a line may take from its id to its commit."""

SAID = ("previous", "sealed_at", "lines", "count", "up_to")
"""What a seal says, all of it under its digest."""

Line = Mapping[str, Any]
"""A line of the log, or what a seal says: values by field."""

# A query asks for so many ranges, none so far from the one before: SQLite reads all between them.
_RANGES, _FAR = 200, 10_000


def head() -> AuditSeal | None:
    """Return the last seal: its digest, noted elsewhere, vouches for all that came before."""
    return AuditSeal.objects.order_by("pk").last()


def seal() -> int:
    """Seal the lines that are not yet, a batch a seal; log the head; return how many lines.

    A seal is one row: stopped at any time, what is sealed is whole, and the rest comes next time.
    Where another worker seals at the same time one of the two leaves the rest to the other.
    """
    window = _window()
    digest, up_to, sealed = window.digest, window.up_to, 0
    lines = _unsealed(window)
    while batch := list(islice(lines, BATCH)):
        up_to = max(up_to, batch[-1]["id"])
        added, is_ours = _add(digest, up_to, batch)
        if not is_ours:
            break
        digest, sealed = added.digest, sealed + len(batch)
    if last := head():
        logger.info("The audit log's head is seal %d, %s.", last.pk, last.digest)
    return sealed


def sealed_lines() -> int:
    """Return how many lines are sealed."""
    return AuditSeal.objects.aggregate(lines=Sum("count"))["lines"] or 0


def unsealed_lines() -> int:
    """Return how many lines the next seals will take."""
    window = _window()
    late = sum(rows.count() for rows in _rows(window.gaps))
    return late + AuditEvent.objects.filter(pk__gt=window.up_to).count()


def verify(noted: str = "", done: Callable[[int], object] = lambda _lines: None) -> Iterator[str]:
    """Yield a sentence for each thing that is wrong with the log or its seals.

    `noted` is a head's digest kept elsewhere, which must be in the chain. `done` hears after each
    seal how many lines it covers. Reads line by line, so a log of any length takes no more memory.
    """
    window = _Window()
    is_noted = not noted
    yield from _added_late([range(-END, 1)])
    for each in AuditSeal.objects.order_by("pk").iterator():
        if each.previous != window.digest:
            yield _break(window, each)
            window.begin_anew(each)
        yield from _added_late(window.close())
        yield from _check(each)
        yield from _tell(window.take(each), "sealed later than a line may be")
        is_noted = is_noted or each.digest == noted
        done(each.count)
    yield from _added_late(window.close())
    if not is_noted:
        yield "The digest noted elsewhere is not in the chain: seals were removed or altered."


class _Window:
    """A chain read so far: how far it reaches, and the gaps where lines may still turn up."""

    def __init__(self, up_to: int = 0) -> None:
        self.up_to = up_to
        self.gaps: list[range] = []
        self.digest = ""
        self.number: int | None = None
        self._seals: deque[tuple[datetime.datetime, int]] = deque()

    def close(self) -> list[range]:
        """Give up, and return, the gaps of the seals that are older than the last by a day."""
        closed = 0
        while self._seals and self._seals[0][0] < self._seals[-1][0] - LATE:
            closed = self._seals.popleft()[1]
        gone = without(self.gaps, [range(closed + 1, END)])
        self.gaps = without(self.gaps, gone)
        return gone

    def begin_anew(self, following: AuditSeal) -> None:
        """Take what lies before the next seal for covered by one that is not there any more."""
        if new := without(_covered(following, self.up_to), [range(self.up_to + 1)]):
            self.up_to = new[0].start - 1

    def take(self, following: AuditSeal) -> list[range]:
        """Read the next seal; return what it covers and may not, or not again."""
        covered = _covered(following, self.up_to)
        late = without(covered, [range(self.up_to + 1, END)])
        strays = without(late, self.gaps)
        new = without([range(self.up_to + 1, following.up_to + 1)], covered)
        self.gaps = without(self.gaps, late) + new
        self.up_to = max(self.up_to, following.up_to)
        self.digest, self.number = following.digest, following.pk
        self._seals.append((following.sealed_at, following.up_to))
        return strays


def _window() -> _Window:
    """Return the end of the chain: no more of it than a line may come late."""
    last = head()
    if last is None:
        return _Window()
    seals = AuditSeal.objects.order_by("pk")
    first = seals.filter(sealed_at__gte=last.sealed_at - LATE)[0]
    before = seals.filter(pk__lt=first.pk).last()
    window = _Window(before.up_to if before else 0)
    for each in seals.filter(pk__gte=first.pk, pk__lte=last.pk):
        window.take(each)
    return window


def _covered(each: AuditSeal, after: int) -> list[range]:
    """Return what a seal covers; where that was made unreadable, all ids that were its turn."""
    try:
        return read(each.lines)
    except ValueError:
        return [range(after + 1, each.up_to + 1)]


def _add(previous: str, up_to: int, lines: list[Line]) -> tuple[AuditSeal, bool]:
    """Return the seal that follows `previous`, and whether it is ours, over these lines."""
    said = {
        "previous": previous,
        "sealed_at": timezone.now(),
        "lines": write(gather(line["id"] for line in lines)),
        "count": len(lines),
        "up_to": up_to,
    }
    digest = hashlib.sha256(_canonical(said))
    for line in lines:
        digest.update(_canonical(line))
    return AuditSeal.objects.get_or_create(
        previous=previous, defaults={**said, "digest": digest.hexdigest()}
    )


def _check(each: AuditSeal) -> Iterator[str]:
    """Yield what does not fit between a seal and its lines."""
    try:
        covered = read(each.lines)
    except ValueError:
        yield f"Seal {each.pk}: it was altered."
        return
    digest = hashlib.sha256(_canonical({name: getattr(each, name) for name in SAID}))

    def hashed() -> Iterator[int]:
        for line in _lines(covered):
            digest.update(_canonical(line))
            yield line["id"]

    if missing := without(covered, gather(hashed())):
        yield from _tell(missing, "removed")
    elif digest.hexdigest() != each.digest:
        span = write([range(covered[0].start, covered[-1].stop)])
        yield f"Seal {each.pk}: it, or one of its lines {span}, was altered."


def _break(window: _Window, following: AuditSeal) -> str:
    """Say where the chain is broken."""
    if window.number is None:
        where = f"before seal {following.pk}"
    else:
        where = f"between the seals {window.number} and {following.pk}"
    return f"The chain is broken {where}: a seal was removed or altered."


def _added_late(ranges: list[range]) -> Iterator[str]:
    """Yield which lines stand where none may be added any more."""
    ids = (pk for rows in _rows(ranges) for pk in rows.values_list("pk", flat=True).iterator())
    return _tell(gather(ids), "added later than a line may be")


def _tell(ranges: Iterable[range], what: str) -> Iterator[str]:
    for each in ranges:
        yield f"{'Lines' if each.stop - each.start > 1 else 'Line'} {write([each])}: {what}."


def _canonical(fields: Line) -> bytes:
    """Return fields as they are hashed.

    Empty ones are left out, so that a column added to the model one day, empty in older lines,
    leaves their digests as they are.
    """
    filled = {name: value for name, value in fields.items() if value not in {None, ""}}
    text = json.dumps(filled, sort_keys=True, separators=(",", ":"), default=_plain)
    return text.encode() + b"\n"


def _plain(value: datetime.datetime | uuid.UUID) -> str:
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.UTC).isoformat()
    return str(value)


# --- Reading lines ------------------------------------------------------------------------
def _unsealed(window: _Window) -> Iterator[Line]:
    """Yield the lines that turned up late, then those after the chain's end."""
    yield from _lines(window.gaps)
    after = window.up_to
    rows = AuditEvent.objects.order_by("pk").values()
    while batch := list(rows.filter(pk__gt=after)[:BATCH]):
        yield from batch
        after = batch[-1]["id"]


def _lines(ranges: list[range]) -> Iterator[Line]:
    """Yield the lines whose ids are in the ranges, in order."""
    for rows in _rows(ranges):
        yield from rows.values().iterator()


def _rows(ranges: list[range]) -> Iterator[QuerySet[AuditEvent]]:
    """Yield the lines whose ids are in the ranges, some ranges a query."""
    for some in _some(ranges):
        within = (Q(pk__gte=each.start, pk__lte=each.stop - 1) for each in some)
        bounds = Q(pk__gte=some[0].start, pk__lte=some[-1].stop - 1)
        yield AuditEvent.objects.filter(bounds, reduce(or_, within)).order_by("pk")


def _some(ranges: list[range]) -> Iterator[list[range]]:
    some: list[range] = []
    for each in ranges:
        if some and (len(some) == _RANGES or each.start - some[-1].stop > _FAR):
            yield some
            some = []
        some.append(each)
    if some:
        yield some
