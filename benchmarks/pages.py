"""The part *page*: course pages and a parent's home take as long in a large school as in a small.

The schools stand side by side and are asked in turn, so that whatever else the machine
does meets all of them alike.
"""

import http.client
import json
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from http import HTTPStatus

import click

from benchmarks.figures import Figure, p50, p99
from benchmarks.schools import HOST, School, serving

PART = "page"
ROUNDS = 3
"""Times that each visit is timed, after one that is not."""
GOAL = 1.2
"""How many times as long a page may take in a larger school as in the smallest."""


@dataclass
class Measured:
    """What was measured of a page in one school: how often it asks the database, and how long
    it takes, in milliseconds.
    """

    queries: int
    times: list[float] = field(default_factory=list)


class Guests:
    """People who are signed in to one school, and the pages that they open."""

    def __init__(self, school: School) -> None:
        self.size = school.size
        self.pages = json.loads(school.run("-m", "benchmarks.guests"))
        self._browser = http.client.HTTPConnection(HOST, school.port, timeout=60)

    def visits(self) -> int:
        """Return how many visits there are, of the page that has most."""
        return max(len(page["visits"]) for page in self.pages.values())

    def open(self, page: str, turn: int) -> float:
        """Open a page as one guest after the other; return the milliseconds until it was there."""
        visits = self.pages[page]["visits"]
        visit = visits[turn % len(visits)]
        began = time.perf_counter()
        self._browser.request("GET", visit["address"], headers={"Cookie": visit["cookie"]})
        response = self._browser.getresponse()
        response.read()
        took = time.perf_counter() - began
        if response.status != HTTPStatus.OK:
            raise RuntimeError(f"{visit['address']} was answered with {response.status}.")
        return took * 1_000


def measure(schools: Sequence[School]) -> list[Figure]:
    """Open the pages of these schools; return how long that took."""
    with ExitStack() as stack:
        for school in schools:
            stack.enter_context(serving(school))
        return figures(_opened(schools))


def _opened(schools: Sequence[School]) -> dict[str, dict[int, Measured]]:
    guests = [Guests(school) for school in schools]
    pages = {
        name: {some.size: Measured(some.pages[name]["queries"]) for some in guests}
        for name in guests[0].pages
    }
    visits = max(some.visits() for some in guests)
    turns = range((ROUNDS + 1) * visits)
    with click.progressbar(turns, label="Opening pages", update_min_steps=10) as bar:
        for turn in bar:
            for name, by_size in pages.items():
                for some in guests:
                    took = some.open(name, turn)
                    if turn >= visits:
                        by_size[some.size].times.append(took)
            guests.reverse()
    return pages


def figures(pages: Mapping[str, Mapping[int, Measured]]) -> list[Figure]:
    """Return what was measured: of each page, by the size of the school, the smallest first."""
    found = []
    for name, by_size in pages.items():
        smallest, *larger = by_size
        for size, measured in by_size.items():
            found += [
                Figure(PART, f"{name}, p50 at {size}x", p50(measured.times), "ms"),
                Figure(PART, f"{name}, p99 at {size}x", p99(measured.times), "ms"),
            ]
        here, against = by_size[smallest], f"{smallest}x"
        found.append(Figure(PART, f"{name}, queries at {smallest}x", here.queries, "queries"))
        for size in larger:
            there = by_size[size]
            ratio = p50(there.times) / p50(here.times)
            found += [
                Figure(PART, f"{name}, p50 at {size}x over {smallest}x", ratio, "times",
                       GOAL, against),
                Figure(PART, f"{name}, queries at {size}x", there.queries, "queries",
                       here.queries, against),
            ]  # fmt: skip
    return found
