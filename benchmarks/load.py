"""Sends requests to a web server over some connections at once, and counts what comes back."""

import asyncio
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from benchmarks.schools import HOST

CONNECTIONS = 8
LONGEST = 2**20
"""Bytes of an answer that are taken at once, so that a large one is not taken in many pieces."""
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)


class WrongAnswer(Exception):
    """An answer was not what it should have been: what was measured means nothing."""


@dataclass
class Sent:
    """Requests that were answered: the milliseconds that each took, the seconds that all took
    together, and how many of these the sender itself was at work.
    """

    times: list[float] = field(default_factory=list)
    seconds: float = 0.0
    sending: float = 0.0

    @property
    def per_second(self) -> float:
        """How many were answered in a second."""
        return len(self.times) / self.seconds


def send(port: int, requests: Sequence[bytes], expected: bytes) -> Sent:
    """Send these requests, each once, over eight connections that stay open. Raises WrongAnswer
    for an answer without what is `expected` in its head or body.
    """
    sent = Sent()
    began, worked = time.perf_counter(), time.process_time()
    asyncio.run(_send(port, iter(requests), expected, sent.times))
    sent.seconds = time.perf_counter() - began
    sent.sending = time.process_time() - worked
    return sent


async def _send(port: int, requests: Iterator[bytes], expected: bytes, times: list[float]) -> None:
    async with asyncio.TaskGroup() as connections:
        for _connection in range(CONNECTIONS):
            connections.create_task(_take_turns(port, requests, expected, times))


async def _take_turns(
    port: int, requests: Iterator[bytes], expected: bytes, times: list[float]
) -> None:
    """Send over one connection what the others have not sent yet, one request at a time."""
    reader, writer = await asyncio.open_connection(HOST, port, limit=LONGEST)
    for request in requests:
        began = time.perf_counter()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        body = await reader.readexactly(length_of(head))
        times.append((time.perf_counter() - began) * 1_000)
        if expected not in head and expected not in body:
            raise WrongAnswer(head.decode(errors="replace"))
    writer.close()


def get(address: str, cookie: str) -> bytes:
    """Return the request of a signed-in browser for a page."""
    return f"GET {address} HTTP/1.1\r\nHost: {HOST}\r\nCookie: {cookie}\r\n\r\n".encode()


def post(address: str, cookie: str, body: str) -> bytes:
    """Return the request of a browser that sends a form."""
    head = (
        f"POST {address} HTTP/1.1",
        f"Host: {HOST}",
        f"Cookie: {cookie}",
        "Content-Type: application/x-www-form-urlencoded",
        f"Content-Length: {len(body)}",
    )
    return "\r\n".join([*head, "", body]).encode()


def length_of(head: bytes) -> int:
    """Return how many bytes follow the head of an answer. Raises WrongAnswer if it does not say."""
    if (found := _LENGTH.search(head)) is None:
        raise WrongAnswer(head.decode(errors="replace"))
    return int(found[1])
