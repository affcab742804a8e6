"""Schools to be measured: each a database, made and seeded, with a web server of its own."""

import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import ClassVar

import environ
import psycopg

ROOT = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"
STARTS_WITHIN = 60  # seconds until the first answer
ASKED_EACH = 0.01  # seconds, until then: start-up time is measured so
STOPS_WITHIN = 10


@dataclass(frozen=True)
class School:
    """A school `size` times as large as the smallest, and how it is reached."""

    size: int
    port: int
    environment: Mapping[str, str]

    def run(self, *command: str) -> str:
        """Run a Python command with the school's settings; return what it wrote."""
        done = subprocess.run(  # noqa: S603
            [sys.executable, *command],
            check=True, cwd=ROOT, env=self.environment, text=True, stdout=subprocess.PIPE,
        )  # fmt: skip
        return done.stdout

    def value(self, question: str) -> str:
        """Return the first row that its database answers, in words; '' for none."""
        return _execute(self.environment["CLASSKEY_DATABASE_URL"], question)


@contextmanager
def all_made(sizes: Sequence[int], server: str) -> Iterator[list[School]]:
    """Make schools of these sizes on the database `server` (an address), and let them go
    afterwards.
    """
    with ExitStack() as stack:
        some = [stack.enter_context(_empty(size, server)) for size in sizes]
        _seed(some)
        yield some


@contextmanager
def _empty(size: int, server: str) -> Iterator[School]:
    var = tempfile.mkdtemp(prefix="classkey-bench.")
    port = free_port()
    school = School(size, port, _environment(_new_database(server, size), port, var))
    try:
        school.run("manage.py", "migrate", "--no-input", "--verbosity=0")
        school.run("manage.py", "collectstatic", "--no-input", "--verbosity=0")
        yield school
    finally:
        shutil.rmtree(var)


def _seed(some: Sequence[School]) -> None:
    """Fill schools side by side: the small ones while the largest takes one core at a time."""
    with ExitStack() as stack:
        seeding = []
        for school in some:
            process = stack.enter_context(_begun(school))
            stack.callback(process.kill)  # where another has failed
            seeding.append(process)
        for school, process in zip(some, seeding, strict=True):
            if process.wait():
                sys.exit(f"The school of size {school.size} was not made.")
            vacuum(school)


def _begun(school: School) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(  # noqa: S603
        [sys.executable, "manage.py", "seed_school", f"--size={school.size}"],
        cwd=ROOT, env=school.environment, stdout=subprocess.DEVNULL,
    )  # fmt: skip


def free_port() -> int:
    """Return a port of this machine that nobody listens at."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def vacuum(school: School) -> None:
    """Tidy up the database as it does by itself after a while."""
    _execute(school.environment["CLASSKEY_DATABASE_URL"], "VACUUM ANALYZE")


def _new_database(server: str, size: int) -> str:
    """Make an empty database; return its address."""
    name = f"school_{size}"
    _execute(server, f"CREATE DATABASE {name}")
    return f"{server.rpartition('/')[0]}/{name}"


def database_version(server: str) -> str:
    """Return which PostgreSQL this is."""
    return _execute(server, "SHOW server_version").split()[0]


def _execute(database: str, statement: str) -> str:
    at = environ.Env.db_url_config(database)
    with psycopg.connect(
        host=at["HOST"], user=at["USER"], dbname=at["NAME"], autocommit=True
    ) as connection:
        cursor = connection.execute(statement)
        return " ".join(map(str, cursor.fetchone() or ())) if cursor.description else ""


class _Production(environ.Env):  # type: ignore[misc]  # it has no types
    """A school's settings as the tests have them, apart from this process's own."""

    ENVIRON: ClassVar[dict[str, str]] = {}


def _environment(database: str, port: int, var: str) -> dict[str, str]:
    """Return a school's settings in production, but for http on this machine."""
    _Production.read_env(ROOT / "tests" / "production.env")
    kept = {name: text for name, text in os.environ.items() if not name.startswith("CLASSKEY_")}
    return {
        **kept,
        **_Production.ENVIRON,
        "DJANGO_SETTINGS_MODULE": "classkey.config.settings",
        "CLASSKEY_ADDRESS": f"http://{HOST}:{port}",
        "CLASSKEY_DATABASE_URL": database,
        "CLASSKEY_LOG_LEVEL": "ERROR",
        "CLASSKEY_VAR": var,
    }


@contextmanager
def serving(
    school: School, workers: int = 1, application: str = "classkey.config.served:application"
) -> Iterator[subprocess.Popen[bytes]]:
    """Serve a school until the end of the block, from when the first request was answered.

    A web process for each of the `workers`, and one that only starts them: what is given.
    """
    process = subprocess.Popen(  # noqa: S603
        [
            *(sys.executable, "manage.py", "web", "--host", HOST, "--port", str(school.port)),
            *("--processes", str(workers), "--application", application),
        ],
        cwd=ROOT, env=school.environment, start_new_session=True,
    )  # fmt: skip
    with _stopped(process):
        _wait_for_answer(process, school.port)
        yield process


@contextmanager
def working(
    school: School, settings: str = "classkey.config.settings"
) -> Iterator[subprocess.Popen[bytes]]:
    """Let a worker do a school's background jobs until the end of the block."""
    process = subprocess.Popen(
        [sys.executable, "manage.py", "worker"],
        cwd=ROOT, env={**school.environment, "DJANGO_SETTINGS_MODULE": settings},
        start_new_session=True,
    )  # fmt: skip
    with _stopped(process):
        yield process


@contextmanager
def _stopped(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """Stop a process, and all that it has started, at the end of the block."""
    try:
        yield
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(STOPS_WITHIN)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _wait_for_answer(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + STARTS_WITHIN
    while process.poll() is None and time.monotonic() < deadline:
        connection = http.client.HTTPConnection(HOST, port, timeout=5)
        with suppress(OSError), closing(connection):
            connection.request("GET", "/")
            if connection.getresponse().status == HTTPStatus.OK:
                return
        time.sleep(ASKED_EACH)
    sys.exit("The web server did not start.")
