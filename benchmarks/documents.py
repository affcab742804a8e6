"""`python -m benchmarks.documents`: brings the tables of docs/performance.md and docs/scale.md up
to `latest.json`, in a minute; to be run after `make bench`. Tests hold the pages to the file.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

import click

from benchmarks.__main__ import LATEST
from benchmarks.first_morning import __main__ as first_morning
from benchmarks.first_morning.costs import measured
from benchmarks.schools import ROOT

PERFORMANCE = ROOT / "docs" / "performance.md"
SCALE = ROOT / "docs" / "scale.md"
Row = Mapping[str, Any]
_AT_A_SIZE = re.compile(r"^(.+?),? at (\d+)x( over \d+x)?$")


def main() -> None:
    """Write both pages."""
    latest = json.loads(LATEST.read_text())
    PERFORMANCE.write_text(replaced(PERFORMANCE.read_text(), "figures", figures(latest)))
    costs, text = measured(latest), SCALE.read_text()
    text = replaced(text, "first morning", first_morning.table(costs))
    SCALE.write_text(replaced(text, "worst morning", first_morning.worst(costs)))
    click.echo(f"Written: {PERFORMANCE.name}, {SCALE.name}.")


def replaced(text: str, name: str, block: str) -> str:
    """Return a page with another block between the marks of that name. Raises ValueError if the
    marks are not there, each once.
    """
    pattern = rf"(<!-- {name}: written by .+? -->\n).*?(<!-- end of {name} -->)"
    whole = re.compile(pattern, re.DOTALL)
    new, times = whole.subn(lambda marks: f"{marks[1]}{block}\n{marks[2]}", text)
    if times != 1:
        raise ValueError(name)
    return new


def figures(latest: Mapping[str, Any]) -> str:
    """Return all that was measured in Markdown: a table for each part, and when it was measured."""
    parts = [
        _part(name, list(rows)) for name, rows in groupby(latest["rows"], lambda row: row["part"])
    ]
    return "\n\n".join([f"{latest['machine']}.", *parts])


def _part(name: str, rows: Sequence[Row]) -> str:
    """Return a part as a table: with a column for each size of a school, where there are several
    figures that are the same but for it.
    """
    sizes = sorted({size for row in rows for size in [_size(row)] if size})
    found: dict[str, dict[int, Row]] = {}
    for row in rows:
        found.setdefault(_label(row), {})[_size(row)] = row
    columns = [f"at {size}x" for size in sizes] or ["figure"]
    lines = [_line([name, *columns, "goal", ""]), _line(["---"] * (len(columns) + 3))]
    for label, by_size in found.items():
        values = [_value(by_size.get(size) or by_size.get(0)) for size in sizes or [0]]
        held = by_size[max(by_size)]
        lines.append(_line([label, *values, held["wanted"], _met(by_size.values())]))
    return "\n".join([f"**{name}**, {rows[0]['date']}:", "", *lines])


def _size(row: Row) -> int:
    """Return of which size's school a row is; 0 if it does not say."""
    return int(found[2]) if (found := _AT_A_SIZE.match(row["name"])) else 0


def _label(row: Row) -> str:
    found = _AT_A_SIZE.match(row["name"])
    return found[1] + (found[3] or "") if found else str(row["name"])


def _value(row: Row | None) -> str:
    if row is None:
        return ""
    value, unit = row["value"], row["unit"]
    number = f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
    return number if unit in {"times", "queries"} else f"{number} {unit}"


def _met(rows: Iterable[Row]) -> str:
    """Say whether the goals of some rows, of schools of different sizes, are all met."""
    met = [row["met"] for row in rows if row["met"] is not None]
    return ("met" if all(met) else "**missed**") if met else ""


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
