"""Whether this process can serve: what a load balancer asks every few seconds."""

import threading
from collections.abc import Callable
from functools import cache

from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

DATABASE = "database"
"""It does not answer, or not soon enough."""

MIGRATIONS = "migrations"
"""It lacks what this version needs: `manage.py migrate` has not run."""


class Question:
    """Asked of the database in a thread of its own, so that who asks waits `seconds` at most.

    A database that is cut off may leave a connection silent for minutes. Meanwhile nobody asks
    again: probes that come every few seconds would pile up threads and connections.
    """

    def __init__(self, ask: Callable[[], list[str]], seconds: float) -> None:
        self._ask, self._seconds = ask, seconds
        self._lock = threading.Lock()
        self._asking: threading.Thread | None = None
        self._answer = [DATABASE]

    def answer(self) -> list[str]:
        """Return what is wrong, [] if nothing is; `[DATABASE]` when no answer came in time."""
        with self._lock:
            if self._asking is None or not self._asking.is_alive():
                self._answer = [DATABASE]
                self._asking = threading.Thread(target=self._run, daemon=True)
                self._asking.start()
            asking = self._asking
        asking.join(self._seconds)
        return [DATABASE] if asking.is_alive() else self._answer

    def _run(self) -> None:
        try:
            self._answer = self._ask()
        except DatabaseError:
            self._answer = [DATABASE]
        finally:
            connection.close()  # this thread's own


def _missing() -> list[str]:
    """Return what this version needs and the database lacks. Raises DatabaseError."""
    applied = MigrationRecorder(connection).applied_migrations()
    return [] if newest_migrations() <= set(applied) else [MIGRATIONS]


@cache
def newest_migrations() -> set[tuple[str, str]]:
    """Return the last migrations of each app, by app and name: where they are, all before are.

    Read from the disk once: the code of a process does not change.
    """
    return set(MigrationLoader(None).graph.leaf_nodes())


what_is_wrong = Question(_missing, seconds=2).answer
"""What keeps this process from serving: `DATABASE`, `MIGRATIONS`; [] if nothing does."""
