"""The part *page*, its second half: pages opened over eight connections at once, school by school.

One connection (`pages`) tells how long a page takes; this, how long people wait for one another.
"""

import os
from collections.abc import Mapping, Sequence
from itertools import chain

import click

from benchmarks import load
from benchmarks.figures import Figure, p50, p99
from benchmarks.load import Sent
from benchmarks.pages import PART, Guests
from benchmarks.schools import School, serving

ROUNDS = {"course page, student": 20}
"""Times that all visits of a page are timed: of the page with a goal, 2,000 requests in all."""
OTHER_ROUNDS = 10
WARM_ROUNDS = 3
GOAL = 50
"""Milliseconds that 99 of 100 of the students' course pages take at most, in a school of any size
that is measured; said of the largest.
"""
OK = b"HTTP/1.1 200 "


def measure(schools: Sequence[School]) -> list[Figure]:
    """Open the pages of these schools, one school after the other; return how long that took."""
    sent: dict[int, dict[str, Sent]] = {}
    with click.progressbar(schools, label="Opening pages, eight at once") as bar:
        for school in bar:
            with serving(school, workers=os.cpu_count() or 1):
                sent[school.size] = _opened(school, Guests(school))
    return figures(sent)


def _opened(school: School, guests: Guests) -> dict[str, Sent]:
    """Send all visits again and again, page by page; before, some that are not timed."""
    found = {}
    for name in guests.pages:
        once = requests(guests, name)
        load.send(school.port, once * WARM_ROUNDS, OK)
        found[name] = load.send(school.port, once * ROUNDS.get(name, OTHER_ROUNDS), OK)
    return found


def requests(guests: Guests, name: str) -> list[bytes]:
    """Return what a browser sends for each visit of a page."""
    visits = guests.pages[name]["visits"]
    return [load.get(visit["address"], visit["cookie"]) for visit in visits]


def figures(sent: Mapping[int, Mapping[str, Sent]]) -> list[Figure]:
    """Return what was measured: by the size of the school and the page."""
    found, largest = [], max(sent)
    for size, pages in sent.items():
        for name, some in pages.items():
            goal = GOAL if size == largest and name in ROUNDS else None
            what = f"{name}, {load.CONNECTIONS} at once"
            found += [
                Figure(PART, f"{what}, p50 at {size}x", p50(some.times), "ms"),
                Figure(PART, f"{what}, p99 at {size}x", p99(some.times), "ms", goal),
                Figure(PART, f"{what}, answered at {size}x", some.per_second, "a second"),
            ]
    return [*found, _share(list(chain.from_iterable(pages.values() for pages in sent.values())))]


def _share(sent: Sequence[Sent]) -> Figure:
    """Return how much of the machine the sender of the requests took from what it measured."""
    cores = os.cpu_count() or 1
    share = sum(each.sending for each in sent) / sum(each.seconds for each in sent) / cores
    return Figure(PART, "share of the cores that sending took", 100 * share, "%")
