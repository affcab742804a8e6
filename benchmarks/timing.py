"""The part *timing*: does the time of an answer tell who is here, or which codes there were?

Pairs of requests that must look alike take turns over one connection, so that whatever else the
machine does meets both alike.
"""

import http.client
import json
import random
import statistics
import time
from collections.abc import Mapping, Sequence

import click

from benchmarks import schools
from benchmarks.figures import Figure
from benchmarks.schools import HOST, School

PART = "timing"
SIGN_INS = 120
"""Of each kind; each with another name. With the limit on wrong passwords a network has 300."""
CODES = 200
"""Of each kind; each typed by another person. A network has 600 wrong codes."""
GOAL = 1.1
"""How many times as long as the other the slower one of a pair takes, at most."""
EXPECTED = {"sign-in": "belong together here", "code": "does not open anything"}
"""What stands in the answers to both of a pair."""


class WrongAnswer(Exception):
    """An answer was not what it should have been: what was measured means nothing."""


def measure(school: School) -> list[Figure]:
    """Try names and codes in this school; return how long that took."""
    made = json.loads(school.run("-m", "benchmarks.guessers"))
    schools.vacuum(school)
    with schools.serving(school):
        return [
            *figures("sign-in", "user name", _timed(school, "sign-in", made["sign-in"])),
            *figures("code", "code", _timed(school, "code", made["code"])),
        ]


def _timed(
    school: School, what: str, requests: Mapping[str, Sequence[Mapping[str, str]]]
) -> dict[str, list[float]]:
    """Send the requests of both kinds in turns, each pair in an order of its own; return the
    seconds of each.
    """
    times: dict[str, list[float]] = {kind: [] for kind in requests}
    connection = http.client.HTTPConnection(HOST, school.port)
    pairs = list(zip(*requests.values(), strict=True))
    with click.progressbar(pairs, label=f"Timing {what}s") as shown:
        for pair in shown:
            turns = list(zip(requests, pair, strict=True))
            random.shuffle(turns)
            for kind, request in turns:
                times[kind].append(_answer(connection, request, EXPECTED[what]))
    connection.close()
    return times


def _answer(
    connection: http.client.HTTPConnection, request: Mapping[str, str], expected: str
) -> float:
    """Send one request; return the seconds until its answer was there. Raises WrongAnswer."""
    headers = {
        "Cookie": request["cookie"],
        "Content-Type": "application/x-www-form-urlencoded",
    }
    began = time.perf_counter()
    connection.request("POST", request["address"], request["body"], headers)
    text = connection.getresponse().read().decode()
    took = time.perf_counter() - began
    if expected not in text:
        raise WrongAnswer(text[:2_000])
    return took


def figures(what: str, noun: str, times: Mapping[str, Sequence[float]]) -> list[Figure]:
    """Return the medians of both kinds, and by how much the slower one is slower."""
    medians = {kind: statistics.median(each) for kind, each in times.items()}
    (first, one), (second, other) = medians.items()
    return [
        *(
            Figure(PART, f"{what} with {kind} {noun}, median", median * 1_000, "ms")
            for kind, median in medians.items()
        ),
        Figure(
            PART, f"{what}: {first} or {second} {noun}, the slower over the other",
            max(one / other, other / one), "times", GOAL, second,
        ),
    ]  # fmt: skip
