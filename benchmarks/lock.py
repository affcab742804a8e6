"""The part *lock*: a parent's home behind the second lock, and without it.

Two web processes serve one school and are asked in turn, the same pages by the same people.
"""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace

import click

from benchmarks.figures import Figure, p50
from benchmarks.pages import Guests
from benchmarks.schools import School, free_port, serving

PART = "lock"
PAGE = "parent's home"
ROUNDS = 5
"""Times that each visit is timed, after one that is not."""
GOAL = 1.1
"""How many times as long the page may take behind the lock as without it."""


def measure(school: School) -> list[Figure]:
    """Open parents' homes of a school in both ways; return how long that took."""
    without = replace(school, port=free_port())
    with ExitStack() as stack:
        stack.enter_context(serving(school))
        stack.enter_context(serving(without, application="benchmarks.unlocked:application"))
        return figures(*_opened(Guests(school), Guests(without)))


def _opened(behind: Guests, without: Guests) -> tuple[list[float], list[float]]:
    times: dict[Guests, list[float]] = {behind: [], without: []}
    order, visits = [behind, without], behind.visits()
    with click.progressbar(range((ROUNDS + 1) * visits), label="Locking and unlocking") as bar:
        for turn in bar:
            for some in order:
                took = some.open(PAGE, turn)
                if turn >= visits:
                    times[some].append(took)
            order.reverse()
    return times[behind], times[without]


def figures(behind: Sequence[float], without: Sequence[float]) -> list[Figure]:
    """Return what was measured, of the times behind the lock and without it."""
    ratio = p50(behind) / p50(without)
    return [
        Figure(PART, f"{PAGE}, p50 behind the second lock", p50(behind), "ms"),
        Figure(PART, f"{PAGE}, p50 without it", p50(without), "ms"),
        Figure(PART, f"{PAGE}, p50 behind it over without", ratio, "times", GOAL, "without"),
    ]
