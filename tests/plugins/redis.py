"""A real Redis of the tests' own."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator

import pytest

STARTS_WITHIN = 5.0
"""Seconds until it answers."""


@pytest.fixture
def redis_url() -> Iterator[str]:
    """Start a Redis, or a Valkey, that is empty and keeps nothing; return its address."""
    server = shutil.which("redis-server") or shutil.which("valkey-server")
    if server is None:
        pytest.fail("no Redis found (looked for redis-server, valkey-server)")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        server,
        "--bind",
        "127.0.0.1",
        "--port",
        str(port),
        "--save",
        "",
        "--appendonly",
        "no",
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)  # noqa: S603 # our own
    try:
        _wait_for(port)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.terminate()
        process.wait(STARTS_WITHIN)


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + STARTS_WITHIN
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return
