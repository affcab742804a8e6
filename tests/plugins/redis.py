"""A real Redis of the tests' own, and what a Redis that is away is like."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator

import pytest

STARTS_WITHIN = 5.0
"""Seconds until it answers."""


class RedisServer:
    """A Redis, or a Valkey, that starts empty and keeps nothing; it can be stopped and started."""

    def __init__(self) -> None:
        server = shutil.which("redis-server") or shutil.which("valkey-server")
        if server is None:
            pytest.fail("no Redis found (looked for redis-server, valkey-server)")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.command = [
            *(server, "--bind", "127.0.0.1", "--port", str(self.port)),
            *("--save", "", "--appendonly", "no"),
        ]
        self.start()

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self.process = subprocess.Popen(self.command, stdout=subprocess.DEVNULL)  # noqa: S603
        _wait_for(self.port)

    def stop(self) -> None:
        """Stop it; its port refuses."""
        self.process.terminate()
        self.process.wait(STARTS_WITHIN)


@pytest.fixture
def redis_server() -> Iterator[RedisServer]:
    """Start a Redis for one test."""
    server = RedisServer()
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture
def redis_url(redis_server: RedisServer) -> str:
    """Return the address of a Redis that is empty."""
    return redis_server.url


@pytest.fixture
def silent_url() -> Iterator[str]:
    """Return the address of a port that takes what it is sent and never answers."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield f"redis://127.0.0.1:{listening.getsockname()[1]}/0"


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
