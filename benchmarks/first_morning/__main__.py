"""`python -m benchmarks.first_morning`: the table for docs/scale.md, in half a minute."""

import json
from collections.abc import Iterable, Iterator

import click

from benchmarks.__main__ import LATEST
from benchmarks.first_morning.answers import Answer, Machines, answer
from benchmarks.first_morning.costs import Costs, measured
from benchmarks.first_morning.demand import Morning

ZONES = {
    10_000: (1.0,),
    100_000: (1.0,),
    1_000_000: (0.8, 0.2),
    10_000_000: (0.47, 0.29, 0.07, 0.17),
}
"""How the students of each size are spread over time zones, as in a state and a country of the
United States.
"""
HEAD = (
    "students", "time zones", "codes a second", "requests a second", "sign-ins a minute",
    "web cores busy", "web nodes", "p99", "database cores busy", "databases",
)  # fmt: skip


@click.command()
@click.option("--cores", default=8, help="Of a web node.")
@click.option("--database-cores", default=16, help="Of a database.")
@click.option("--signing-in", default=0.5, help="Which share of the students signs in first.")
@click.option("--lessons", default=4, help="Over how many lessons classes come in; 1: all at once.")
@click.option("--seed", default=2026, help="Another morning.")
def main(cores: int, database_cores: int, signing_in: float, lessons: int, seed: int) -> None:
    """Say how many machines the first morning of a school year takes, in Markdown."""
    costs, machines = measured(json.loads(LATEST.read_text())), Machines(cores, database_cores)
    click.echo(f"{caption(costs)} {assumed(machines, signing_in, lessons)}\n\n{_row(HEAD)}")
    click.echo(_row(["---"] * len(HEAD)))
    full = 0.0
    for students, zones in ZONES.items():
        found = answer(Morning(students, zones, lessons, signing_in), costs, machines, seed)
        click.echo(row(students, len(zones), found))
        full = students / found.database_busy * database_cores
    click.echo(
        f"\nThe cores of one such database are all busy at {full / 1e6:.1f} million students."
    )


def caption(costs: Costs) -> str:
    """Say of when the figures are."""
    return f"From figures of {costs.date}."


def assumed(machines: Machines, signing_in: float, lessons: int) -> str:
    """Say what was assumed."""
    return (
        f"Web nodes of {machines.cores} cores, databases of {machines.database_cores}; "
        f"{signing_in:.0%} of the students sign in first; classes come in over {lessons} lessons."
    )


def row(students: int, zones: int, found: Answer) -> str:
    """Return an answer as a row of the table."""
    return _row(_cells(students, zones, found))


def _cells(students: int, zones: int, found: Answer) -> Iterator[str]:
    yield from (f"{students:,}", f"{zones}")
    yield from (f"{found.redemptions:,.0f}", f"{found.requests:,.0f}")
    yield f"{found.sign_ins * 60:,.0f}"
    yield from (f"{found.web_busy:,.1f}", f"{found.nodes:,}", f"{found.p99:.2f} s")
    yield from (f"{found.database_busy:,.1f}", f"{found.databases:,}")


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
