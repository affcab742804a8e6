"""`manage.py web`: serves Classkey over HTTP, in the one way in which it is ever served."""

import os
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

STOPS_WITHIN = 30
"""Seconds that requests at hand are given to end once it is told to stop. Whoever supervises it
waits a little longer before they kill it (deploy/)."""
CONNECTIONS = 128
"""Connections that a process keeps open, those that a proxy holds for later among them. As many
again wait in the system's queue; the next one is refused there, and a proxy asks another node."""


class Command(BaseCommand):
    help = "Serve Classkey until stopped; told to stop, requests at hand are finished first."

    def add_arguments(self, parser: CommandParser) -> None:
        web = settings.WEB
        parser.add_argument("--host", default=web["host"], help="%(default)s")
        parser.add_argument("--port", type=int, default=web["port"], help="%(default)s")
        parser.add_argument("--processes", type=int, default=web["processes"], help="%(default)s")
        parser.add_argument(
            "--threads", type=int, default=web["threads"], help="in each process; %(default)s"
        )
        parser.add_argument(
            "--application",
            default="classkey.config.served:application",
            help="what is served; for measurements and tests",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Become granian, under the same process id: signals reach it, and nothing else of ours
        stays in memory. That the settings are whole has been seen by now, once for all processes.
        """
        os.execv(sys.executable, granian(**options))  # noqa: S606


def granian(
    *, host: str, port: int, processes: int, threads: int, application: str, **_others: Any
) -> list[str]:
    """Return the command that serves `application` (module:name) at an address of this machine."""
    return [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--http", "1", "--no-ws"),
        *("--host", host, "--port", str(port)),
        *("--workers", str(processes), "--blocking-threads", str(threads)),
        *("--backlog", str(CONNECTIONS), "--backpressure", str(CONNECTIONS)),
        # One that dies is replaced; one that dies at once again ends the others with it.
        *("--respawn-failed-workers", "--workers-kill-timeout", str(STOPS_WITHIN)),
        # Addresses of pages hold no code, but who asked for what is nobody's to collect (K6).
        *("--no-access-log", "--log-level", "warning"),
        *("--working-dir", str(settings.BASE_DIR), application),
    ]
