"""The fewest machines with which a first morning goes well."""

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks.figures import p99
from benchmarks.first_morning.costs import Costs, Request
from benchmarks.first_morning.demand import MINUTE, PEAK, Morning, busiest
from benchmarks.first_morning.stations import Stations

GOAL = 1.0
"""Seconds that 99 of 100 requests of the busiest minutes may take."""
DATABASE_GOAL = 0.1
"""Seconds that the database may take of them."""
DRAWN = 300_000
"""Students, at least, of all the mornings that are drawn of one size."""
FOLLOWED = 300_000
"""Requests, about, that are followed through the web nodes."""


@dataclass(frozen=True)
class Machines:
    """How large a web node and a database are, in cores like those that were measured."""

    cores: int = 8
    database_cores: int = 16


@dataclass(frozen=True)
class Answer:
    """What a first morning takes: rates of its busiest minutes, a second; cores that are busy then;
    how many machines, and the p99 that they reach, in seconds.
    """

    redemptions: float
    requests: float
    sign_ins: float
    web_busy: float
    database_busy: float
    databases: int
    nodes: int
    p99: float


class Mornings:
    """Mornings of one size, drawn so often that a good many students come.

    People do not wait for one another: who is answered late asks for the next page as if they had
    not been, so that a system that is too slow is not spared.
    """

    def __init__(self, morning: Morning, costs: Costs, machines: Machines, seed: int) -> None:
        self._machines = machines
        chances = (
            random.Random(f"{seed} {morning.students} {turn}")  # noqa: S311
            for turn in range(math.ceil(DRAWN / morning.students))
        )
        self._drawn = [busiest(morning, costs, chance) for chance in chances]

    def a_second(self, worth: Callable[[Request], float]) -> float:
        """Return what the requests of the busiest minutes are worth, by the second."""
        whole = sum(
            worth(each.request) for peak, drawn in self._drawn for each in drawn if each.at >= peak
        )
        return whole / len(self._drawn) / PEAK / MINUTE

    def at_databases(self, number: int) -> list[list[float]]:
        """Return the seconds that each request takes so many databases, morning by morning.

        They come as students send them. Web nodes, which let them through one by one, would only
        calm a rush, so this errs on the safe side.
        """
        times = []
        for _peak, drawn in self._drawn:
            databases = Stations(number, self._machines.database_cores)
            times.append(
                [databases.time(each.database, each.at, each.request.database) for each in drawn]
            )
        return times

    def at_peak(self, times: Sequence[Sequence[float]]) -> list[float]:
        """Return, of the times of all requests, those of the busiest minutes."""
        return [
            took
            for (peak, drawn), some in zip(self._drawn, times, strict=True)
            for each, took in zip(drawn, some, strict=True)
            if each.at >= peak
        ]

    def p99(self, nodes: int, at_databases: Sequence[Sequence[float]]) -> float:
        """Return within how many seconds 99 of 100 requests of the busiest minutes are answered by
        so many web nodes and a database.

        Of a great many, some nodes are looked at: no node's queue depends on the others.
        """
        share = min(1.0, FOLLOWED / sum(len(drawn) for _peak, drawn in self._drawn))
        looked_at = math.ceil(nodes * share) / nodes
        took = []
        for (peak, drawn), some in zip(self._drawn, at_databases, strict=True):
            web = Stations(nodes, self._machines.cores)
            for each, at_database in zip(drawn, some, strict=True):
                if each.node < looked_at:
                    at_web = web.time(each.node, each.at, each.request.web)
                    if each.at >= peak:
                        took.append(at_web + at_database)
        return p99(took)


def answer(morning: Morning, costs: Costs, machines: Machines, seed: int) -> Answer:
    """Return what a morning takes: as few databases as keep their own part short, then as few web
    nodes as keep the whole short.
    """
    mornings = Mornings(morning, costs, machines, seed)
    web_busy = mornings.a_second(lambda request: request.web)
    database_busy = mornings.a_second(lambda request: request.database)
    databases = fewest(
        lambda number: p99(mornings.at_peak(mornings.at_databases(number))) < DATABASE_GOAL,
        database_busy / machines.database_cores,
    )
    at_databases = mornings.at_databases(databases)
    nodes = fewest(
        lambda number: mornings.p99(number, at_databases) < GOAL, web_busy / machines.cores
    )
    return Answer(
        redemptions=mornings.a_second(lambda request: request == costs.coming_in[0]),
        requests=mornings.a_second(lambda _request: 1),
        sign_ins=mornings.a_second(lambda request: request == costs.signing_in[0]),
        web_busy=web_busy,
        database_busy=database_busy,
        databases=databases,
        nodes=nodes,
        p99=mornings.p99(nodes, at_databases),
    )


def fewest(enough: Callable[[int], bool], busy: float) -> int:
    """Return the smallest number that is `enough`, at least as many as are `busy`. Raises
    ValueError where a hundred times as many are not: more of them would not help.
    """
    first = low = high = max(1, math.ceil(busy))
    step = 1
    while not enough(high):
        if high > 100 * first:
            raise ValueError("No number is enough: a request by itself takes too long.")
        low, high, step = high + 1, high + step, step * 2
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle + 1, high)
    return high
