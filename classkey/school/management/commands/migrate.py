"""`manage.py migrate`: Django's own, that never stops a school by waiting for a table.

Who waits for a table lets nobody pass: all that ask for it after them wait as well. So a change
gives up soon, and is tried again. Of several nodes that migrate at once one does it.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.core.management.commands.migrate import Command as Migrate
from django.db import Error, OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations import Migration
from psycopg.errors import LockNotAvailable

LOCK_TIMEOUT = 2.0
"""Seconds that a change waits for a table, and so the longest that anybody waits behind it."""

TRIES = 10
REST = 5.0
"""Seconds before the next try."""

_THE_ONE = 0x636C6173736B6579
"""The advisory lock of whoever migrates ("classkey")."""

_HELD = """\
A table that has to change has been in use without a pause: by a backup, by a long query, or by a
transaction that somebody left open. What is done so far stays done, nothing is half done, and
Classkey goes on working. Run migrate again when that has ended; this tells who it is:
  SELECT pid, usename, application_name, xact_start FROM pg_stat_activity ORDER BY xact_start
"""

_POOLED = (
    "Migrations go past PgBouncer: CLASSKEY_PGBOUNCER=false, and CLASSKEY_DATABASE_URL to "
    "PostgreSQL itself."
)
"""Locks and settings of a session would stay with whoever is lent its connection next."""


class Command(Migrate):
    """On PostgreSQL one at a time, and each change in a hurry. Elsewhere as Django has it."""

    def handle(self, *args: Any, **options: Any) -> None:
        self._connection = connections[options["database"]]
        if self._connection.vendor != "postgresql":
            super().handle(*args, **options)
            return
        if settings.PGBOUNCER:
            raise CommandError(_POOLED)
        with self._alone():
            self._try_again_and_again(*args, **options)

    def _try_again_and_again(self, *args: Any, **options: Any) -> None:
        tries = 0
        while True:
            tries += 1
            try:
                _drop_unfinished_indexes(self._connection)
                super().handle(*args, **options)
            except OperationalError as error:
                if not isinstance(error.__cause__, LockNotAvailable):
                    raise
                if tries == TRIES:
                    raise CommandError(_HELD) from None
                self.stderr.write("A table is in use; trying again.")
                time.sleep(REST)
            else:
                return

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Wait until nobody else migrates. By asking again and again: a question that waits would
        itself be in the way of an index that is made beside the work.
        """
        while not _say(self._connection, "SELECT pg_try_advisory_lock(%s)", _THE_ONE):
            self.stderr.write("Another node migrates; waiting for it.")
            time.sleep(min(REST, 1))
        try:
            yield
        finally:
            # Where the connection is gone both are too, and what is told is why it went.
            with suppress(Error):
                _say(self._connection, "SELECT set_config('lock_timeout', '0', false)")
                _say(self._connection, "SELECT pg_advisory_unlock(%s)", _THE_ONE)

    def migration_progress_callback(
        self,
        action: str,
        migration: Migration | None = None,
        fake: bool = False,  # noqa: FBT001, FBT002 # Django's signature
    ) -> None:
        """Say how far it is; and set, before each migration, how long that waits for a lock.

        What is done beside the work, outside a transaction, waits for transactions to end and lets
        everybody pass.
        """
        if migration and self._connection.vendor == "postgresql":
            wait = f"{LOCK_TIMEOUT * 1000:.0f}" if migration.atomic else "0"
            _say(self._connection, "SELECT set_config('lock_timeout', %s, false)", wait)
        super().migration_progress_callback(action, migration, fake)


def _drop_unfinished_indexes(connection: BaseDatabaseWrapper) -> None:
    """Drop what a migrate left that was killed while it made an index beside the work; not what
    somebody is just making (of which another role is told only in which database).
    """
    unfinished = _say(
        connection,
        "SELECT array_agg(indexrelid::regclass::text) FROM pg_index JOIN pg_class ON oid = "
        "indexrelid WHERE NOT indisvalid AND relnamespace = current_schema()::regnamespace "
        "AND NOT EXISTS (SELECT FROM pg_stat_progress_create_index WHERE "
        "datname = current_database() AND coalesce(index_relid, indexrelid) = indexrelid)",
    )
    for name in unfinished or []:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP INDEX CONCURRENTLY {name}")  # as PostgreSQL itself quotes it


def _say(connection: BaseDatabaseWrapper, sql: str, *params: int | str) -> Any:
    """Return the one value that the database answers."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchone()[0]
