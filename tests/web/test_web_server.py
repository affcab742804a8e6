"""`manage.py web`: the one way in which Classkey is served, by everybody (A5)."""

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from pytest_django import Settings

from classkey.config import wsgi
from classkey.web.management.commands import web
from tests.production import PRODUCTION, ROOT, python, shown

STARTS_WITHIN = 60  # seconds


def become(monkeypatch: pytest.MonkeyPatch, *options: str) -> list[str]:
    """Return the command that this process would have become."""
    became: list[list[str]] = []
    monkeypatch.setattr(os, "execv", lambda _program, command: became.append(command))
    call_command("web", *options)
    [command] = became
    return command


def said(command: list[str], option: str) -> str:
    return command[command.index(option) + 1]


# --- What is started ----------------------------------------------------------------------
def test_what_nobody_says_is_a_settings(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    settings.WEB = {"host": "10.0.0.7", "port": 8800, "processes": 3, "threads": 5}
    command = become(monkeypatch)
    told = {option: said(command, option) for option in ("--host", "--port", "--workers")}
    assert told == {"--host": "10.0.0.7", "--port": "8800", "--workers": "3"}
    assert said(command, "--blocking-threads") == "5"
    assert command[-1] == "classkey.config.served:application"


def test_options_go_before_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    command = become(
        monkeypatch,
        *("--host=::1", "--port=8801", "--processes=2", "--threads=6", "--application=a.b:c"),
    )
    options = ("--host", "--port", "--workers", "--blocking-threads")
    assert [said(command, option) for option in options] == ["::1", "8801", "2", "6"]
    assert command[-1] == "a.b:c"


def test_k6_who_asked_for_what_is_not_collected(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "--no-access-log" in become(monkeypatch)


def test_a5_the_environment_says_where_and_how_many() -> None:
    assert shown("s.WEB", **PRODUCTION) == {
        "host": "127.0.0.1", "port": 8000, "processes": os.cpu_count(), "threads": 4,
    }  # fmt: skip
    chosen = {"PORT": "81", "CLASSKEY_WEB_HOST": "::", "CLASSKEY_WEB_PROCESSES": "2"}
    assert shown("s.WEB", **PRODUCTION | chosen | {"CLASSKEY_WEB_THREADS": "9"}) == {
        "host": "::", "port": 81, "processes": 2, "threads": 9,
    }  # fmt: skip


def test_a6_what_is_missing_is_said_once_and_nothing_is_started() -> None:
    done = python(
        "from django.core.management import execute_from_command_line as run;"
        "run(['manage.py', 'web', '--processes=2'])",
        **PRODUCTION | {"CLASSKEY_ADDRESS": ""},
    )
    assert done.returncode
    assert done.stderr.count("  CLASSKEY_ADDRESS: ") == 1


def until(true: Callable[[], bool]) -> None:
    """Wait for something that the server brings about."""
    deadline = time.monotonic() + STARTS_WITHIN
    while not true():
        assert time.monotonic() < deadline, "it never came about"
        time.sleep(0.01)


def test_a5_nobody_starts_granian_in_a_way_of_their_own() -> None:
    ways = [
        str(path.relative_to(ROOT))
        for folder in ("benchmarks", "classkey", "cluster", "deploy", "scripts")
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and b'"--interface"' in path.read_bytes()
    ]
    assert ways == ["classkey/web/management/commands/web.py"]


# --- A server of flesh and blood ------------------------------------------------------------
class Server:
    """`manage.py web` as a process of its own."""

    def __init__(self, *options: str, **environment: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        command = [sys.executable, "manage.py", "web", f"--port={self.port}", *options]
        kept = {name: text for name, text in os.environ.items() if not name.startswith("CLASSKEY_")}
        kept |= PRODUCTION | {"DJANGO_SETTINGS_MODULE": "classkey.config.settings"} | environment
        self.process = subprocess.Popen(command, cwd=ROOT, env=kept)  # noqa: S603 # our own

    def get(self, address: str) -> tuple[int, bytes]:
        """Ask once, over a connection of its own; return what is answered."""
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)) as connection:
            connection.request("GET", address, headers={"Host": "classkey.example"})
            answer = connection.getresponse()
            return answer.status, answer.read()

    def wait_for_answer(self) -> tuple[int, bytes]:
        """Ask until it answers."""
        deadline = time.monotonic() + STARTS_WITHIN
        while self.process.poll() is None and time.monotonic() < deadline:
            try:
                return self.get("/account/login/")
            except ConnectionError:
                time.sleep(0.1)
        raise AssertionError("The web server did not start.")


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    """Starts web servers; none outlives the test."""
    started: list[Server] = []

    def start(*options: str, **environment: str) -> Server:
        started.append(Server(*options, **environment))
        return started[-1]

    yield start
    for server in started:
        server.process.kill()
        server.process.wait()


def test_a5_it_starts_answers_and_ends(serve: Callable[..., Server], tmp_path: Path) -> None:
    (tmp_path / "static").mkdir()
    server = serve("--processes=2", CLASSKEY_VAR=str(tmp_path))
    assert server.wait_for_answer() == (301, b""), "to https"
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(web.STOPS_WITHIN) == 0
    with pytest.raises(ConnectionRefusedError):
        server.get("/")


def hears_sigterm_by_itself(process: int) -> bool:
    """Whether a process has no handler of its own for SIGTERM (the kernel then ends it)."""
    status = Path(f"/proc/{process}/status").read_text()
    [caught] = re.findall(r"^SigCgt:\s+(\w+)$", status, re.MULTILINE)
    return not int(caught, 16) >> (signal.SIGTERM - 1) & 1


def test_a5_told_to_stop_while_it_starts_it_ends_too(
    serve: Callable[..., Server], tmp_path: Path
) -> None:
    (tmp_path / "static").mkdir()
    first = serve("--processes=1", CLASSKEY_VAR=str(tmp_path)).process
    children = Path(f"/proc/{first.pid}/task/{first.pid}/children")

    def is_loading() -> bool:
        return any(hears_sigterm_by_itself(int(child)) for child in children.read_text().split())

    until(is_loading)
    first.send_signal(signal.SIGTERM)
    assert first.wait(web.STOPS_WITHIN - 10) == 0


def test_a5_what_is_served_is_classkey_and_no_handler_of_the_first_process() -> None:
    kept = signal.signal(signal.SIGTERM, lambda *_: None)
    try:
        sys.modules.pop("classkey.config.served", None)
        from classkey.config import served

        assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
        assert served.application is wsgi.application
    finally:
        signal.signal(signal.SIGTERM, kept)


def test_a5_told_to_stop_it_finishes_the_request_at_hand_and_takes_no_other(
    serve: Callable[..., Server], tmp_path: Path
) -> None:
    at_hand, answers = tmp_path / "at hand", list[Any]()
    server = serve(
        *("--processes=1", "--application=tests.slow_answer:application"),
        CLASSKEY_TEST_AT_HAND=str(at_hand),
    )
    asking = threading.Thread(target=lambda: answers.append(server.wait_for_answer()))
    asking.start()
    until(at_hand.exists)
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(web.STOPS_WITHIN) == 0
    asking.join()
    assert answers == [(200, b"finished")]
