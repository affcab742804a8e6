"""A streaming standby of the suite's PostgreSQL (scripts/with-postgres)."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.db import connection, connections

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 10.0
"""Seconds for what takes a moment."""


class Standby:
    """A standby with all that the suite's server holds; it reads a socket in its own folder."""

    def __init__(self) -> None:
        self.bin = subprocess.check_output([ROOT / "scripts" / "postgres-bin"], text=True).strip()  # noqa: S603
        self.home = Path(tempfile.mkdtemp(prefix="classkey-standby."))  # short: a socket's path
        if os.getuid() == 0:
            shutil.chown(self.home, "nobody")  # PostgreSQL refuses root
        primary = ("--host", connection.settings_dict["HOST"], "--username", "classkey")
        self._run(
            *("pg_basebackup", *primary, "--pgdata", str(self.home / "data")),
            *("--write-recovery-conf", "--checkpoint=fast", "--no-sync", "--wal-method=stream"),
        )
        with (self.home / "data" / "postgresql.conf").open("a") as file:
            file.write(f"unix_socket_directories = '{self.home}'\n")
        try:
            self.start()
        except subprocess.CalledProcessError:
            self.remove()
            raise

    def _run(self, program: str, *arguments: str) -> None:
        as_whom = ("runuser", "-u", "nobody", "--") if os.getuid() == 0 else ()
        subprocess.run(  # noqa: S603 # our own
            [*as_whom, f"{self.bin}/{program}", *arguments], cwd=self.home, check=True
        )

    def _control(self, *what: str) -> None:
        self._run("pg_ctl", *what, "--silent", "-D", "data", "-l", "log")

    def start(self) -> None:
        """Start it, and wait until it can be read.

        That may take a while: not before each transaction of the primary has ended that has more
        than 64 savepoints, such as one of a test in the other worker.
        """
        self._control("start", "--timeout=600")

    def stop(self) -> None:
        """Stop it at once."""
        self._control("stop", "-m", "immediate")

    def remove(self) -> None:
        """Stop it if it runs, and remove what it held."""
        if (self.home / "data" / "postmaster.pid").exists():
            self.stop()
        shutil.rmtree(self.home)

    def say(self, sql: str) -> object:
        """Return the one value of a statement, asked by somebody else than Classkey."""
        with psycopg.connect(
            host=str(self.home), dbname=connection.settings_dict["NAME"], user="classkey"
        ) as other:
            row = other.execute(sql.encode()).fetchone()
            return row[0] if row else None

    def hold(self) -> None:
        """Let it fall behind from now on, once it has all that was written."""
        self.catch_up()
        self.say("SELECT pg_wal_replay_pause()")
        self._wait("SELECT pg_get_wal_replay_pause_state() = 'paused'")

    def resume(self) -> None:
        """Let it go on, and wait until it has all that was written."""
        self.say("SELECT pg_wal_replay_resume()")
        self.catch_up()

    def catch_up(self) -> None:
        """Wait until it has all that was written."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_current_wal_insert_lsn()::text")
            [written] = cursor.fetchone()
        self._wait(f"SELECT pg_last_wal_replay_lsn() >= '{written}'::pg_lsn")

    def _wait(self, question: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while not self.say(question):
            assert time.monotonic() < deadline, question
            time.sleep(0.02)


@pytest.fixture(scope="module")
def _running_standby(django_db_setup: None) -> Iterator[Standby]:
    """Start a standby for a module, and let Classkey know it, as CLASSKEY_REPLICA_URL does."""
    standby = Standby()
    connections.settings["replica"] = connection.settings_dict | {
        "HOST": str(standby.home),
        "OPTIONS": {"connect_timeout": 2},
        "CONN_MAX_AGE": 60,
        "TEST": {"MIRROR": "default"},  # nobody empties it after a test
    }
    try:
        yield standby
    finally:
        connections["replica"].close()
        del connections["replica"]
        del connections.settings["replica"]
        standby.remove()


@pytest.fixture
def standby(_running_standby: Standby, transactional_db: None) -> Standby:
    """Let Classkey read from a standby. The test's mark names both databases."""
    return _running_standby
