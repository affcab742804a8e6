"""Sends requests to a web server over some connections at once, and counts what comes back."""

import asyncio
import re
import time
from collections.abc import Iterator, Sequence

from benchmarks.schools import HOST

CONNECTIONS = 8
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)


class WrongAnswer(Exception):
    """An answer was not what it should have been: what was measured means nothing."""


def per_second(port: int, requests: Sequence[bytes], expected: bytes) -> float:
    """Send these requests, each once, over eight connections that stay open; return how many
    were answered in a second. Raises WrongAnswer for one without what is `expected` in it.
    """
    began = time.perf_counter()
    asyncio.run(_send(port, iter(requests), expected))
    return len(requests) / (time.perf_counter() - began)


async def _send(port: int, requests: Iterator[bytes], expected: bytes) -> None:
    async with asyncio.TaskGroup() as connections:
        for _connection in range(CONNECTIONS):
            connections.create_task(_take_turns(port, requests, expected))


async def _take_turns(port: int, requests: Iterator[bytes], expected: bytes) -> None:
    """Send over one connection what the others have not sent yet, one request at a time."""
    reader, writer = await asyncio.open_connection(HOST, port)
    for request in requests:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        body = await reader.readexactly(length_of(head))
        if expected not in body:
            raise WrongAnswer(head.decode(errors="replace"))
    writer.close()


def length_of(head: bytes) -> int:
    """Return how many bytes follow the head of an answer. Raises WrongAnswer if it does not say."""
    if (found := _LENGTH.search(head)) is None:
        raise WrongAnswer(head.decode(errors="replace"))
    return int(found[1])
