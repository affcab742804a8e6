"""Who asks for what, and when: a first morning, at its busiest."""

import random
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from benchmarks.first_morning.costs import Costs, Request

MINUTE = 60.0
CLASS = 30
"""Students of a class."""
SCHOOL = 33
"""Classes of a school: about a thousand students."""
BELLS = {450: 1, 465: 2, 480: 4, 495: 2, 510: 1}
"""When schools begin, in minutes of their day (7:30 to 8:30), and how many of ten do."""
LESSON = 50
"""Minutes from one lesson's bell to the next."""
SHOWN = (2, 7)
"""Minutes from the bell until the teacher shows the code."""
WITHIN = 5
"""Minutes within which a class types it."""
THINKS = (3.0, 20.0)
"""Seconds from one request of a student to the next."""
PEAK, BEFORE = 2, 3
"""Minutes that are looked at, and minutes before them, in which queues grow as they would."""


@dataclass(frozen=True)
class Morning:
    """A first morning of so many students, spread over time zones an hour apart by these `zones`
    (shares of 1); each class comes in at one of its `lessons`, and `signing_in` tells which share
    of the students is not signed in yet.
    """

    students: int
    zones: tuple[float, ...] = (1.0,)
    lessons: int = 4
    signing_in: float = 0.5


class Arrival(NamedTuple):
    """A request at a time, in seconds; `node` and `database` (0 to 1) tell who serves it."""

    at: float
    request: Request
    node: float
    database: float


class _Class(NamedTuple):
    shown_at: float
    district: float


def busiest(morning: Morning, costs: Costs, chance: random.Random) -> tuple[float, list[Arrival]]:
    """Return when the busiest two minutes of such a morning begin, in seconds, and all requests of
    these and of the minutes before that fill the queues, in order.

    A web node is drawn for each request (a balancer that does not look who is free), a database for
    each school (its district's).
    """
    classes = list(_classes(morning, chance))
    peak = _peak(classes)
    first, end = peak - BEFORE * MINUTE, peak + PEAK * MINUTE
    longest = WITHIN * MINUTE + THINKS[1] * len(costs.signing_in + costs.coming_in)
    arrivals = [
        arrival
        for each in classes
        if first - longest < each.shown_at < end
        for arrival in _of_class(each, morning, costs, chance)
        if first <= arrival.at < end
    ]
    arrivals.sort(key=lambda arrival: arrival.at)
    return peak, arrivals


def _peak(classes: Iterable[_Class]) -> float:
    """Return when the minutes begin in which most classes come in, in seconds."""
    coming_in = Counter(
        int(each.shown_at // MINUTE) + minute for each in classes for minute in range(WITHIN + 1)
    )

    def busy(start: int) -> int:
        return sum(coming_in[start + minute] for minute in range(PEAK))

    return max(sorted(coming_in), key=busy) * MINUTE


def _classes(morning: Morning, chance: random.Random) -> Iterator[_Class]:
    """Yield when each class is shown its code, and where it is."""
    hours, bells = range(len(morning.zones)), list(BELLS)
    first_bell = district = 0.0
    for number in range(-(-morning.students // CLASS)):
        if number % SCHOOL == 0:
            [hour] = chance.choices(hours, morning.zones)
            [bell] = chance.choices(bells, list(BELLS.values()))
            first_bell, district = hour * 60.0 + bell, chance.random()
        lesson = chance.randrange(morning.lessons)
        shown_at = first_bell + lesson * LESSON + chance.uniform(*SHOWN)
        yield _Class(shown_at * MINUTE, district)


def _of_class(
    each: _Class, morning: Morning, costs: Costs, chance: random.Random
) -> Iterator[Arrival]:
    """Yield what the students of a class ask for."""
    for _student in range(CLASS):
        signs_in = chance.random() < morning.signing_in
        at = each.shown_at + chance.random() * WITHIN * MINUTE
        for request in (*costs.signing_in, *costs.coming_in) if signs_in else costs.coming_in:
            yield Arrival(at, request, chance.random(), each.district)
            at += chance.uniform(*THINKS)
