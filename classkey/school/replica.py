"""The one door to the standby (CLASSKEY_REPLICA_URL): for what may be a moment old, and never for
who may see it (A2).

Who may see which rows is always asked of the primary, now. What then comes from the standby are
rows that nobody changes (`Lines`), or that the primary has chosen by their ids (`rows`). Inside a
transaction nothing does: it reads its own writes, and behind the second lock (F6). A standby that
does not answer, or is too far behind, is left alone for a while (reach.py).
"""

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Generic, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import Error, connection, connections
from django.db.models import Model, QuerySet

from classkey.school.models.audit import AppendOnly
from classkey.school.reach import Reach

M = TypeVar("M", bound=Model)
Line = TypeVar("Line", bound=AppendOnly)
T = TypeVar("T")

ALIAS = "replica"
"""What Django's DATABASES calls the standby."""

AT_ONCE = 2000
"""Lines that are asked for at once, where all are wanted."""

MOST_BEHIND = 2.0
"""Seconds that a standby may be behind."""

_MOMENTS = (0.0, 0.02, 0.08)
"""Seconds to wait, one after the other, for what the primary has written last."""


class TooFarBehind(Exception):
    """The standby does not have what the primary wrote `MOST_BEHIND` ago."""


_standby = Reach("standby", "reads go to the primary", (Error, TooFarBehind))


class Lines(Generic[Line]):
    """Rows of a table that is only added to, from the standby if there is one: counted, some of
    them, or all. Each answer is whole: where the standby fails it is the primary's.

    Raises ValueError where other tables decide which rows: ask them of the primary first, or
    rights that have just ended would go on there for a moment (A2).
    """

    def __init__(self, wanted: QuerySet[Line]) -> None:
        self._wanted = wanted
        with suppress(EmptyResultSet):
            sql, _values = wanted.query.sql_with_params()
            if sql.count("SELECT") > 1 or " JOIN " in sql:
                raise ValueError("Other tables decide which rows: ask the primary first.")

    def __len__(self) -> int:
        return _if_it_keeps_up(self._wanted.using(ALIAS).count, self._wanted.count)

    def __getitem__(self, part: slice) -> list[Line]:
        return _list(self._wanted[part])

    def by_age(self) -> Iterator[Line]:
        """Yield all of them, the oldest first, a few at a time."""
        piece = self._after(0)
        yield from piece
        while len(piece) == AT_ONCE:
            piece = self._after(piece[-1].pk)
            yield from piece

    def _after(self, last: int) -> list[Line]:
        return _list(self._wanted.filter(pk__gt=last).order_by("pk")[:AT_ONCE])


def _list(wanted: QuerySet[Line]) -> list[Line]:
    return _if_it_keeps_up(lambda: list(wanted.using(ALIAS)), lambda: list(wanted))


def rows(wanted: QuerySet[M]) -> list[M]:
    """Return these rows: which, the primary says, and what is in them, the standby if there is
    one. What is done with them afterwards is the primary's again.
    """
    if not _may_be_asked():
        return list(wanted)
    ids = list(wanted.values_list("pk", flat=True))
    chosen = wanted.model._default_manager.filter(pk__in=ids).order_by(*wanted.query.order_by)
    found = _if_it_keeps_up(lambda: list(chosen.using(ALIAS)), lambda: list(chosen)) if ids else []
    for row in found:
        row._state.db = connection.alias  # noqa: SLF001 - documented by Django
    return found


def _if_it_keeps_up(standby: Callable[[], T], primary: Callable[[], T]) -> T:
    def ask() -> T:
        try:
            _keeps_up()
            return standby()
        except Error:
            connections[ALIAS].close()
            raise

    return _standby.ask(ask, primary) if _may_be_asked() else primary()


def _may_be_asked() -> bool:
    return ALIAS in connections and not connection.in_atomic_block


def _keeps_up() -> None:
    """Raise TooFarBehind unless the standby has all that was written, or what was committed a
    moment ago: where nobody writes, the last commit is long ago.
    """
    for moment in _MOMENTS:
        time.sleep(moment)
        with connections[ALIAS].cursor() as cursor:
            cursor.execute(
                "SELECT pg_last_wal_replay_lsn()::text, pg_last_xact_replay_timestamp()::text"
            )
            replayed, committed_at = cursor.fetchone()
        if _is_near(replayed, committed_at):
            return
    raise TooFarBehind


def _is_near(replayed: str, committed_at: str | None) -> bool:
    """Ask the primary, whose clock it was that the last commit was dated by."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT %s::pg_lsn >= pg_current_wal_insert_lsn() OR COALESCE("
            "clock_timestamp() - %s::timestamptz <= make_interval(secs => %s), false)",
            [replayed, committed_at, MOST_BEHIND],
        )
        return bool(cursor.fetchone()[0])
