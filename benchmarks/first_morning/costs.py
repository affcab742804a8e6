"""What the requests of a student's first morning cost, from what `make bench` measured."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

FLOOR_STATEMENTS = 6
"""Of a transaction of floor.sql, with BEGIN and COMMIT."""
PAGE_QUERY = 0.0006
"""Seconds of one core that a query of a page takes PostgreSQL, planning included: by EXPLAIN, 6.3
ms for the 11 of a parent's home (docs/performance.md).
"""
SIGN_IN_STATEMENTS, FIRST_PAGE_QUERIES, BOX_STATEMENTS = 14, 7, 2
"""Of requests that `make bench` does not count; tests/test_first_morning.py does."""


@dataclass(frozen=True)
class Request:
    """A request, and what it takes: seconds of one core, of a web node and of the database."""

    name: str
    web: float
    database: float


@dataclass(frozen=True)
class Costs:
    """What a student asks for to be signed in, and then to come in with a code, in order."""

    signing_in: tuple[Request, ...]
    coming_in: tuple[Request, ...]
    date: str = ""


def measured(latest: Mapping[str, Any]) -> Costs:
    """Return the costs by the document `latest.json`. Raises KeyError for a figure that is missing.

    The sign-in form costs as much as the code box, of which it is a likeness, and the first page,
    which is not measured either, as much as a course page. What a redemption costs is all that the
    measuring machine's cores do meanwhile, the sending of requests included.
    """
    rows = {(row["part"], row["name"]): row for row in latest["rows"]}
    used: list[str] = []

    def value(part: str, name: str) -> float:
        used.append(rows[part, name]["date"])
        return float(rows[part, name]["value"])

    def cores_over(name: str) -> float:
        return cores_of(latest["machine"]) / value("redeem", name)

    statement = cores_over("floor: pgbench, the same statements") / FLOOR_STATEMENTS
    course, course_queries = (
        value("page", f"course page, student, {what} at 1x") for what in ("p50", "queries")
    )
    box = value("timing", "code with unknown code, median") / 1_000
    sign_in = value("timing", "sign-in with known user name, median") / 1_000
    redemption = cores_over("spread over 100 codes")
    return Costs(
        signing_in=(
            _request("sign-in form", box, 0),
            _request("sign-in", sign_in, SIGN_IN_STATEMENTS * statement),
            _request("first page", course / 1_000, FIRST_PAGE_QUERIES * PAGE_QUERY),
        ),
        coming_in=(
            _request("code box", box, BOX_STATEMENTS * statement),
            _request("redemption", redemption,
                     value("redeem", "queries of a redemption") * statement),
            _request("course page", course / 1_000, course_queries * PAGE_QUERY),
        ),
        date=max(used),
    )  # fmt: skip


def cores_of(machine: str) -> int:
    """Return how many cores a machine has by its description. Raises ValueError if it is silent."""
    if (found := re.match(r"(\d+) cores", machine)) is None:
        raise ValueError(machine)
    return int(found[1])


def _request(name: str, whole: float, database: float) -> Request:
    """Return a request by the seconds of a core that it takes as a whole and of the database."""
    return Request(name, max(whole - database, 0), database)
