"""Figures: what was measured, on paper and as a file. Pure."""

import json
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Figure:
    """One thing that was measured; with a `goal`, the most that it may be (or `at_least` that),
    `against` what.
    """

    part: str
    name: str
    value: float
    unit: str
    goal: float | None = None
    against: str = ""
    at_least: bool = False

    @property
    def met(self) -> bool | None:
        """Is the goal met? None if there is none."""
        if self.goal is None:
            return None
        return self.value >= self.goal if self.at_least else self.value <= self.goal

    @property
    def wanted(self) -> str:
        """The goal in words, or ''."""
        if self.goal is None:
            return ""
        return f"{'at least' if self.at_least else 'at most'} {self.goal:g}"

    def as_row(self) -> dict[str, Any]:
        """Return it as a row of the file."""
        return {
            "part": self.part,
            "name": self.name,
            "value": round(self.value, 3),
            "unit": self.unit,
            "goal": self.goal,
            "wanted": self.wanted,
            "met": self.met,
            "against": self.against,
        }


def p50(times: Sequence[float]) -> float:
    """Return the time that half of these are under."""
    return statistics.median(times)


def p99(times: Sequence[float]) -> float:
    """Return the time that all but one in a hundred of these are under."""
    return statistics.quantiles(times, n=100, method="inclusive")[98]


def table(figures: Sequence[Figure]) -> str:
    """Return the figures for people to read, a line each."""
    lines = [("", "", "goal", "")]
    for figure in figures:
        met = {True: "met", False: "MISSED", None: ""}[figure.met]
        value = f"{figure.value:.4g} {figure.unit}"
        lines.append((f"{figure.part}: {figure.name}", value, figure.wanted, met))
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def document(machine: str, date: str, figures: Sequence[Figure], before: str = "{}") -> str:
    """Return the figures as the text of `latest.json`. Of the file as it was `before`, parts that
    were not measured again stay, with their date, if they are of the same machine.
    """
    measured = {figure.part for figure in figures}
    old = json.loads(before)
    kept = [
        row
        for row in old.get("rows", [])
        if old["machine"] == machine and row["part"] not in measured
    ]
    rows = [figure.as_row() | {"date": date} for figure in figures]
    return json.dumps({"machine": machine, "date": date, "rows": kept + rows}, indent=1) + "\n"
