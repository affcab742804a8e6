"""Queries that are built once: Django builds and compiles a queryset anew for each request, which
takes longer than PostgreSQL takes to answer it.

A rule stays written as a queryset. `Prepared` calls it with stand-ins for its values, keeps the SQL
with a hole where each of them landed, and fills the holes from then on. What depends on a value in
any other way than by carrying it into the SQL cannot be prepared, and is refused at the first call.
"""

import copy
import datetime
import re
import secrets
import uuid
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any, Generic, ParamSpec, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import BinaryField, CharField, DateTimeField, Field, QuerySet, UUIDField
from django.db.transaction import TransactionManagementError
from django.utils import timezone

P = ParamSpec("P")
Row = TypeVar("Row")


class CannotBePrepared(TypeError):
    """The queryset depends on a value in a way that its SQL does not show."""


class Prepared(Generic[P, Row]):
    """A queryset whose SQL is kept; a decorator of the function that builds it.

        @Prepared
        def members(place: uuid.UUID, *, at_least: Permission) -> QuerySet[Membership]: ...

        members(place.pk, at_least=Permission.EDIT)  # a list
        members.first(place.pk, at_least=Permission.EDIT)  # one, or None

    Positional arguments are values: UUIDs, bytes, texts, moments. Keyword arguments are anything
    with few values that can be hashed: for each of them another SQL is kept, and for each number of
    values. It is kept for a day, so rules may go by `clock.today()`; the moment is a value. It is
    always the default database that is asked, in the transaction that is open.

    Of the values, the first `may_be_nowhere` may go into no part of the SQL. `lock` is a clause
    that Django does not know ("FOR KEY SHARE"), for a database that locks rows.
    """

    def __init__(
        self, queryset: Callable[P, QuerySet[Any, Row]], *, may_be_nowhere: int = 0, lock: str = ""
    ) -> None:
        self.queryset = queryset
        self._may_be_nowhere = may_be_nowhere
        self._lock = lock
        self._statements: dict[object, tuple[datetime.date, _Statement]] = {}
        _all.append(self._statements)

    def __call__(self, *values: P.args, **kind: P.kwargs) -> list[Row]:
        """Return the rows of the queryset for these values. Raises CannotBePrepared."""
        today = timezone.localdate()
        key = (tuple(map(type, values)), tuple(kind.items()))
        prepared_on, statement = self._statements.get(key, (None, None))
        if statement is None or prepared_on != today:
            statement = self._prepare(values, kind)
            self._statements[key] = today, statement
        return statement.rows(values)

    def first(self, *values: P.args, **kind: P.kwargs) -> Row | None:
        """Return the first of the rows, or None."""
        return next(iter(self(*values, **kind)), None)

    def _prepare(self, values: Sequence[Any], kind: dict[str, Any]) -> "_Statement":
        """Compile the queryset twice, with other stand-ins, and with the same result."""
        today = timezone.localdate()
        with connections[DEFAULT_DB_ALIAS].execute_wrapper(_refuse):
            one, other = (
                _Statement(self.queryset(*stand_ins, **kind), stand_ins, self._lock)
                for stand_ins in ([_stand_in(value) for value in values] for _time in range(2))
            )
        if not one.is_as(other):
            if timezone.localdate() != today:  # midnight came in between
                return self._prepare(values, kind)
            raise CannotBePrepared("The SQL holds what was made of a value.")
        if one.nowhere - set(range(self._may_be_nowhere)):
            raise CannotBePrepared("A value is nowhere in the SQL.")
        return one


def forget() -> None:
    """Forget what is prepared, for who changes settings or models: a test."""
    for statements in _all:
        statements.clear()


_all: list[dict[object, tuple[datetime.date, "_Statement"]]] = []


class _StandIn(uuid.UUID):
    """An id that nobody has, and by which nothing is decided."""

    def __eq__(self, other: object) -> bool:
        if isinstance(other, uuid.UUID) and other is not self:
            raise CannotBePrepared("The queryset is built by comparing ids.")
        return other is self

    __hash__ = uuid.UUID.__hash__


_FIELDS: dict[type, "Field[Any, Any]"] = {
    uuid.UUID: UUIDField(),
    _StandIn: UUIDField(),
    bytes: BinaryField(),
    str: CharField(),
    datetime.datetime: DateTimeField(),
}
"""What prepares values for a database, by their types. None is not among them, which is another
question (IS NULL); nor are numbers and truths, which stand in queries anyway: they are a kind.
"""


def _refuse(*_query: object) -> None:
    """Stand in the way of a query: its answer about stand-ins would be kept."""
    raise CannotBePrepared("A query is asked while the queryset is built.")


def _stand_in(value: object) -> Any:
    """Return a value of the same type that is nowhere else."""
    if type(value) is uuid.UUID:
        return _StandIn(bytes=secrets.token_bytes(16))
    if type(value) is bytes:
        return secrets.token_bytes(32)
    if type(value) is str:
        # With something in it for whatever folds, trims or quotes a text.
        return f" ǅ%_\\'{secrets.token_hex(32)}Z "
    if type(value) is datetime.datetime:
        a_while = datetime.timedelta(microseconds=secrets.randbelow(10**16))
        return datetime.datetime(1000, 1, 1, tzinfo=datetime.UTC) + a_while
    raise CannotBePrepared(f"{type(value).__name__} is no type of a value.")


class _Statement:
    """A queryset, compiled: its SQL with holes for the values, and how rows are made of it.

    It knows Django's querysets from inside, whose types do not tell of that: hence Any.
    """

    def __init__(self, queryset: Any, stand_ins: Sequence[Any], lock: str) -> None:
        if queryset._prefetch_related_lookups or queryset._known_related_objects:  # noqa: SLF001
            raise CannotBePrepared("It is more than one query.")
        self.model, self.iterable = queryset.model, queryset._iterable_class  # noqa: SLF001
        self.locks = queryset.query.select_for_update or bool(lock)
        self.compiler = queryset.query.get_compiler(DEFAULT_DB_ALIAS)
        self.sql, params = _compile(self.compiler)
        if self.sql and connections[DEFAULT_DB_ALIAS].features.has_select_for_update:
            self.sql = f"{self.sql} {lock}".rstrip()
        landed = {_mark(each): at for at, each in enumerate(_adapted(stand_ins))}
        self.holes = [landed.get(_mark(param)) for param in params]
        self.fixed = [
            param if hole is None else None for param, hole in zip(params, self.holes, strict=True)
        ]
        if any(_MOMENT.match(_mark(param)) for param in self.fixed):
            raise CannotBePrepared("A moment is a value: it would stay what it is now.")
        self.nowhere = set(landed.values()) - set(self.holes) if self.sql else set()

    def is_as(self, other: "_Statement") -> bool:
        """Is it the same but for the values?"""
        fixed, others = map(_mark, self.fixed), map(_mark, other.fixed)
        return (self.sql, self.holes, *fixed) == (other.sql, other.holes, *others)

    def rows(self, values: Sequence[Any]) -> list[Any]:
        """Ask it with these values, and make of the rows what Django makes of them."""
        if not self.sql:
            return []
        connection = connections[DEFAULT_DB_ALIAS]
        if self.locks and connection.get_autocommit():
            raise TransactionManagementError("Rows are held in a transaction alone.")
        adapted = _adapted(values)
        params = [
            fixed if hole is None else adapted[hole]
            for fixed, hole in zip(self.fixed, self.holes, strict=True)
        ]
        compiler = copy.copy(self.compiler)
        compiler.connection = connection
        compiler.as_sql = lambda: (self.sql, params)
        # As much of a queryset as Django's iterables look at.
        queryset = SimpleNamespace(
            db=DEFAULT_DB_ALIAS,
            model=self.model,
            query=SimpleNamespace(get_compiler=lambda using: compiler),  # noqa: ARG005
            _known_related_objects={},
        )
        return list(self.iterable(queryset))


def _compile(compiler: Any) -> tuple[str, Sequence[Any]]:
    """Compile a query and keep in its compiler what rows are made with; '' if it can find nothing.

    All threads use it afterwards, each with its own connection. Of the one that compiled it there
    is left, on SQLite, what converts values: it reads settings and asks the connection nothing.
    """
    try:
        sql, params = compiler.as_sql()
    except EmptyResultSet:
        return "", ()
    converters = compiler.get_converters([column for column, *_more in compiler.select])
    compiler.get_converters = lambda _columns: converters
    compiler.connection = None
    return sql, params


def _adapted(values: Sequence[Any]) -> list[Any]:
    """Return the values as Django gives them to the database."""
    connection = connections[DEFAULT_DB_ALIAS]
    return [_FIELDS[type(value)].get_db_prep_value(value, connection) for value in values]


def _mark(param: object) -> str:
    """Return what a parameter is known by; bytes come wrapped."""
    return repr(getattr(param, "obj", param))


_MOMENT = re.compile(r"datetime\.datetime|'\d{4}-\d\d-\d\d \d\d:")
"""How a moment begins, of PostgreSQL and of SQLite."""
