"""The part *sheets*: parent-code sheets a second, over the same sheet by other libraries.

Ours are made end to end, as a worker makes them, but for the mail; the others are handed all that
is on a sheet, its QR code drawn, and only set it. They take turns on one machine.
"""

import json
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import click

from benchmarks.figures import Figure
from benchmarks.schools import ROOT, School

PART = "sheets"
ROUNDS = 3
SHEETS = 400
"""Of ours, in one round."""
PEERS = {"reportlab": ("ReportLab", 5.0), "weasyprint": ("WeasyPrint", 10.0)}
"""What ours are measured against, and how many times as fast they have to be."""
PEERS_SHEETS = 100
SETTLED, MANY = 1_000, 3_000
"""Sheets by which the memory has settled, and after which it has grown no more."""
MEMORY_GOAL = 1.1
PEERS_PYTHON = ROOT / ".venv" / "bench" / "bin" / "python"


def measure(school: School) -> list[Figure]:
    """Make sheets in this school; return how fast that was."""
    if not PEERS_PYTHON.exists():
        sys.exit("What sheets are measured against is not installed: run make bench.")
    rates: dict[str, list[float]] = {"ours": [], **{name: [] for name in PEERS}}
    with click.progressbar(range(ROUNDS), label="Making sheets") as rounds:
        for _round in rounds:
            rates["ours"].append(_per_second(_steps(school, SHEETS)))
            content = school.run("-m", "benchmarks.sheet_runs", "content", str(PEERS_SHEETS))
            for name in PEERS:
                rates[name].append(_peer(name, content))
    return figures(rates, _steps(school, MANY))


def _steps(school: School, number: int) -> list[dict[str, Any]]:
    made = json.loads(school.run("-m", "benchmarks.sheet_runs", "run", str(number)))
    steps: list[dict[str, Any]] = made["steps"]
    return steps


def _per_second(steps: Sequence[Mapping[str, Any]]) -> float:
    return float(steps[-1]["sheets"] / steps[-1]["seconds"])


def _peer(name: str, content: str) -> float:
    """Return how many sheets a second another library sets."""
    done = subprocess.run(  # noqa: S603
        [str(PEERS_PYTHON), "-m", "benchmarks.peers", name],
        check=True, cwd=ROOT, text=True, input=content, stdout=subprocess.PIPE,
    )  # fmt: skip
    return float(json.loads(done.stdout)["per_second"])


def figures(
    rates: Mapping[str, Sequence[float]], steps: Sequence[Mapping[str, Any]]
) -> list[Figure]:
    """Return what was measured: the middle of the rounds, and the memory after the `steps`."""
    ours = statistics.median(rates["ours"])
    found = [Figure(PART, "end to end, but for the mail", ours, "a second")]
    for name, (called, goal) in PEERS.items():
        theirs = statistics.median(rates[name])
        found += [
            Figure(PART, f"{called}, typesetting alone", theirs, "a second"),
            Figure(PART, f"ours over {called}", ours / theirs, "times",
                   goal, called, at_least=True),
        ]  # fmt: skip
    memory = {step["sheets"]: step["memory"] for step in steps}
    return [
        *found,
        Figure(PART, f"memory after {MANY:,} sheets", memory[MANY] / 1_024, "MB"),
        Figure(PART, f"memory after {MANY:,} sheets over {SETTLED:,}",
               memory[MANY] / memory[SETTLED], "times", MEMORY_GOAL, f"{SETTLED:,} sheets"),
    ]  # fmt: skip
