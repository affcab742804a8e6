"""`python -m benchmarks.first_morning`: the table for docs/scale.md, in half a minute, which
`python -m benchmarks.documents` writes there.
"""

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
CORES, DATABASE_CORES, SIGNING_IN, LESSONS, SEED = 8, 16, 0.5, 4, 2026
MACHINES = Machines(CORES, DATABASE_CORES)
HEAD = (
    "students", "time zones", "codes a second", "requests a second", "sign-ins a minute",
    "web cores busy", "web nodes", "p99", "database cores busy", "databases",
)  # fmt: skip


@click.command()
@click.option("--cores", default=CORES, help="Of a web node.")
@click.option("--database-cores", default=DATABASE_CORES, help="Of a database.")
@click.option(
    "--signing-in", default=SIGNING_IN, help="Which share of the students signs in first."
)
@click.option(
    "--lessons", default=LESSONS, help="Over how many lessons classes come in; 1: all at once."
)
@click.option("--seed", default=SEED, help="Another morning.")
def main(cores: int, database_cores: int, signing_in: float, lessons: int, seed: int) -> None:
    """Say how many machines the first morning of a school year takes, in Markdown."""
    costs, machines = measured(json.loads(LATEST.read_text())), Machines(cores, database_cores)
    click.echo(table(costs, machines, signing_in, lessons, seed))


def table(
    costs: Costs,
    machines: Machines = MACHINES,
    signing_in: float = SIGNING_IN,
    lessons: int = LESSONS,
    seed: int = SEED,
) -> str:
    """Return the answers for all sizes as a table in Markdown, with what was assumed above it and
    where one database ends below.
    """
    lines = [f"{caption(costs)} {assumed(machines, signing_in, lessons)}", ""]
    lines += [_row(HEAD), _row(["---"] * len(HEAD))]
    full = 0.0
    for students, zones in ZONES.items():
        found = answered(students, costs, machines, signing_in, lessons, seed)
        lines.append(row(students, len(zones), found))
        full = full_at(students, found, machines)
    return "\n".join([
        *lines, "", f"The cores of one such database are all busy at {full:.1f} million students."
    ])  # fmt: skip


def worst(
    costs: Costs,
    machines: Machines = MACHINES,
    seed: int = SEED,
    sizes: tuple[int, int] = (100_000, 1_000_000),
) -> str:
    """Say what it takes if everybody signs in and all come in at the first bell."""
    some, many = sizes
    few, lots = (answered(size, costs, machines, 1, 1, seed) for size in (some, many))
    full = full_at(many, lots, machines)
    return (
        "If instead everybody signs in and all classes come in at the first bell "
        f"(`--signing-in=1 --lessons=1`), {some:,} students need {few.nodes} nodes and {many:,} "
        f"need {lots.nodes}, and one database is full at {full:.1f} million."
    )


def answered(
    students: int, costs: Costs, machines: Machines, signing_in: float, lessons: int, seed: int
) -> Answer:
    """Return how many machines so many students need."""
    return answer(Morning(students, ZONES[students], lessons, signing_in), costs, machines, seed)


def full_at(students: int, found: Answer, machines: Machines) -> float:
    """Return for how many millions of students the cores of one database are all busy."""
    return students / found.database_busy * machines.database_cores / 1e6


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
