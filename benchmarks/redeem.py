"""The part *redeem*: how many students a second come in by their codes, over the floor.

The floor is pgbench with the statements that no redemption can do without. Floor, spread codes
and one hot code take turns on one server, so that whatever else the machine does meets all alike.
"""

import json
import os
import re
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import click
import environ

from benchmarks import load, schools
from benchmarks.figures import Figure
from benchmarks.schools import School

PART = "redeem"
ROUNDS = 5
POSTS = 250
"""In one round; each by a student of their own."""
CODES = 100
"""That spread redemptions are spread over, each of a course of its own."""
FLOOR_TURNS = 1_000
"""Of each of pgbench's connections, in one round."""
GOAL = 0.20
"""How much of the floor is reached."""
HOT_GOAL = 0.95
"""How much of the speed of spread codes one code for everybody has: as fast, but for noise."""
EXPECTED = b"data-code-redeemed"
_TPS = re.compile(r"^tps = ([\d.]+) \(without", re.MULTILINE)


def measure(school: School) -> list[Figure]:
    """Redeem codes in this school; return how fast that was."""
    made = json.loads(school.run("-m", "benchmarks.redeemers"))
    schools.vacuum(school)
    rates: dict[str, list[float]] = {"floor": [], "spread": [], "hot": []}
    with schools.serving(school, workers=os.cpu_count() or 1):
        _post(school, made["warm"])
        with click.progressbar(range(ROUNDS), label="Redeeming codes") as rounds:
            for turn in rounds:
                rates["floor"].append(_floor(school, turn))
                for name in ("spread", "hot") if turn % 2 else ("hot", "spread"):
                    rates[name].append(_post(school, made[name][turn]))
    return figures(rates, made["queries"])


def _post(school: School, requests: Sequence[str]) -> float:
    sent = load.send(school.port, [request.encode() for request in requests], EXPECTED)
    return sent.per_second


def _floor(school: School, turn: int) -> float:
    """Return the transactions a second of pgbench, at as many connections."""
    at = environ.Env.db_url_config(school.environment["CLASSKEY_DATABASE_URL"])
    first = turn * FLOOR_TURNS
    done = subprocess.run(  # noqa: S603
        [
            *(_pgbench(), "--no-vacuum", "--protocol=prepared"),
            *("--file", str(Path(__file__).with_name("floor.sql"))),
            *("--define", f"turn={first}", "--define", f"codes={CODES}"),
            *("--client", str(load.CONNECTIONS), "--transactions", str(FLOOR_TURNS)),
            *("--host", at["HOST"], "--username", at["USER"], at["NAME"]),
        ],
        check=True, text=True, stdout=subprocess.PIPE,
    )  # fmt: skip
    return transactions_per_second(done.stdout)


def _pgbench() -> str:
    """Return where pgbench is: it comes with PostgreSQL's server."""
    finder = subprocess.run(  # noqa: S603
        [str(schools.ROOT / "scripts" / "postgres-bin")],
        check=True, text=True, stdout=subprocess.PIPE,
    )  # fmt: skip
    pgbench = Path(finder.stdout.strip()) / "pgbench"
    if not pgbench.exists():
        sys.exit(f"There is no {pgbench}; on Debian and Ubuntu it comes with postgresql.")
    return str(pgbench)


def transactions_per_second(report: str) -> float:
    """Return what a report of pgbench says. Raises ValueError if it says nothing."""
    if (found := _TPS.search(report)) is None:
        raise ValueError(report)
    return float(found[1])


def figures(rates: Mapping[str, Sequence[float]], queries: Sequence[str]) -> list[Figure]:
    """Return what was measured: the middle of the rounds, as is and as ratios."""
    floor, spread, hot = (statistics.median(rates[name]) for name in ("floor", "spread", "hot"))
    return [
        Figure(PART, "floor: pgbench, the same statements", floor, "a second"),
        Figure(PART, f"spread over {CODES} codes", spread, "a second"),
        Figure(PART, "one hot code", hot, "a second"),
        Figure(PART, "queries of a redemption", len(queries), "queries"),
        Figure(PART, "spread codes over the floor", spread / floor, "times",
               GOAL, "pgbench", at_least=True),
        Figure(PART, "one hot code over spread ones", hot / spread, "times",
               HOT_GOAL, "spread codes", at_least=True),
    ]  # fmt: skip
