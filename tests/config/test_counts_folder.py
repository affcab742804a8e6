"""Several web processes of one server count together, and nobody has to set how."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from pathlib import Path
from socket import socket

import pytest
from django.db import connection

from classkey.config.counts_folder import FOLDER
from classkey.school import metrics
from tests.production import PRODUCTION, ROOT, python

TOKEN = "only-for-tests-7d1f0b52c9e84a63b0f5"
WHERE = """
import os
from classkey.config.counts_folder import FOLDER, share
share()
print(os.environ.get(FOLDER, "nowhere"))
"""


# --- The folder -------------------------------------------------------------------------
def test_processes_of_one_server_meet_in_one_folder(tmp_path: Path) -> None:
    environment = {"CLASSKEY_METRICS_TOKEN": TOKEN, "TMPDIR": str(tmp_path)}
    first, second = (python(WHERE, **environment).stdout.strip() for _worker in range(2))
    assert first == second == str(tmp_path / f"classkey-counts-{os.getpid()}")
    assert oct(Path(first).stat().st_mode)[-3:] == "700"


def test_where_nobody_is_told_nothing_is_written(tmp_path: Path) -> None:
    assert python(WHERE, TMPDIR=str(tmp_path)).stdout == "nowhere\n"
    assert not list(tmp_path.iterdir())


def test_what_an_operator_chose_is_left_alone(tmp_path: Path) -> None:
    chosen = {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path), "CLASSKEY_METRICS_TOKEN": TOKEN}
    assert python(WHERE, **chosen).stdout.strip() == str(tmp_path)


def test_who_counts_already_goes_on(tmp_path: Path) -> None:
    environment = {"CLASSKEY_METRICS_TOKEN": TOKEN, "TMPDIR": str(tmp_path)}
    assert python(f"import prometheus_client\n{WHERE}", **environment).stdout == "nowhere\n"


def open_to_all(folder: Path) -> None:
    folder.mkdir(mode=0o777)
    folder.chmod(0o777)


def a_link(folder: Path) -> None:
    elsewhere = folder.with_name("elsewhere")
    elsewhere.mkdir(mode=0o700)
    folder.symlink_to(elsewhere)


@pytest.mark.parametrize("put", [open_to_all, a_link])
def test_a_folder_that_somebody_else_put_there_stops_the_start(
    tmp_path: Path, put: Callable[[Path], None]
) -> None:
    put(tmp_path / f"classkey-counts-{os.getpid()}")
    done = python(WHERE, CLASSKEY_METRICS_TOKEN=TOKEN, TMPDIR=str(tmp_path))
    assert done.returncode
    assert "is not Classkey's own; remove it." in done.stderr


# --- The server -------------------------------------------------------------------------
@pytest.fixture
def port(tmp_path: Path, transactional_db: None) -> Iterator[int]:
    """A granian with two workers, on the test's database, as a school runs it."""
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    name = str(connection.settings_dict["NAME"])
    database = f"sqlite:///{name}"
    if connection.vendor != "sqlite":
        database = f"{os.environ['CLASSKEY_DATABASE_URL'].rpartition('/')[0]}/{name}"
    (tmp_path / "static").mkdir()
    ours = {
        "CLASSKEY_DATABASE_URL": database,
        "CLASSKEY_ADDRESS": f"http://127.0.0.1:{port}",
        "CLASSKEY_METRICS_TOKEN": TOKEN,
        "CLASSKEY_VAR": str(tmp_path),
        "CLASSKEY_LOG_LEVEL": "ERROR",
        "DJANGO_SETTINGS_MODULE": "classkey.config.settings",
        "TMPDIR": str(tmp_path),
    }
    others = {name: text for name, text in os.environ.items() if not name.startswith("CLASSKEY_")}
    command = [
        str(Path(sys.executable).with_name("granian")), "--interface", "wsgi",
        "--host", "127.0.0.1", "--port", str(port), "--workers", "2", "--blocking-threads", "2",
        "--log-level", "error", "classkey.config.wsgi:application",
    ]  # fmt: skip
    server = subprocess.Popen(command, env=others | PRODUCTION | ours, cwd=ROOT)  # noqa: S603
    yield port
    server.terminate()
    server.wait(20)


def asked(port: int, address: str) -> tuple[int, str]:
    """Ask on a connection of its own, so that either worker may answer."""
    there = HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        there.request("GET", address, headers={"Authorization": f"Bearer {TOKEN}"})
        answer = there.getresponse()
        return answer.status, answer.read().decode()
    finally:
        there.close()


def alive(port: int) -> bool:
    try:
        return asked(port, "/healthz")[0] == 200
    except OSError:
        return False


def test_whichever_worker_is_asked_tells_of_all(port: int, tmp_path: Path) -> None:
    deadline = time.monotonic() + 60
    while not alive(port) or len(list(tmp_path.glob("classkey-counts-*/counter_*.db"))) < 2:
        assert time.monotonic() < deadline, "it never came up"
        time.sleep(0.1)
    for _visit in range(20):
        assert asked(port, "/codes/")[0] == 302
    told = [asked(port, "/metrics") for _scrape in range(10)]
    assert {status for status, _text in told} == {200}
    line = 'classkey_requests_total{method="GET",status="3xx",view="codes"} 20.0'
    assert [line in text for _status, text in told] == [True] * 10
    assert asked(port, "/readyz") == (200, "ok\n")


def test_what_another_process_counted_in_the_folder_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(FOLDER, str(tmp_path))
    count = "from prometheus_client import Counter; Counter('classkey_waves', '').inc(3)"
    subprocess.run([sys.executable, "-c", count], check=True)  # noqa: S603
    assert metrics.counted().get_sample_value("classkey_waves_total") == 3
