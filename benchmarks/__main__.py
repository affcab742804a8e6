"""`make bench`: measure, print a table, and write `benchmarks/latest.json`.

PARTS=page,lock,redeem,sheets,timing,memory,start says what is measured, SIZES=1,10,100 how large
the schools are whose pages are opened (1: a thousand students); the other parts take the smallest.
OUTPUT names another file to write. It ends by itself and leaves nothing behind but the file.
"""

import os
import platform
import signal
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from benchmarks import (
    at_once,
    lock,
    memory,
    pages,
    redeem,
    schools,
    sheets,
    start,
    timing,
)
from benchmarks.figures import Figure, document, table
from benchmarks.schools import School

LATEST = Path(__file__).with_name("latest.json")

PARTS: dict[str, Callable[[Sequence[School]], list[Figure]]] = {
    pages.PART: lambda some: [*pages.measure(some), *at_once.measure(some)],
    lock.PART: lambda some: lock.measure(some[0]),
    redeem.PART: lambda some: redeem.measure(some[0]),
    sheets.PART: lambda some: sheets.measure(some[0]),
    timing.PART: lambda some: timing.measure(some[0]),
    memory.PART: lambda some: memory.measure(some[0]),
    start.PART: lambda some: start.measure(some[0]),
}


def main() -> None:
    """Measure everything."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    server = os.environ["CLASSKEY_DATABASE_URL"]  # scripts/with-postgres has started it
    if not server.startswith("postgres"):
        sys.exit("The benchmarks measure PostgreSQL: run make bench.")
    date, began = datetime.now(UTC), time.monotonic()
    parts, sizes = _parts(), _sizes()
    if pages.PART not in parts:
        del sizes[1:]
    figures, spent = [], {}
    with schools.all_made(sizes, server) as some:
        spent["seeding"] = time.monotonic() - began
        for part in parts:
            began_part = time.monotonic()
            figures += PARTS[part](some)
            spent[part] = time.monotonic() - began_part
        machine = f"{_machine()}, PostgreSQL {schools.database_version(server)}"
    output = Path(os.environ.get("OUTPUT") or LATEST)
    before = output.read_text() if output.exists() else "{}"
    output.write_text(document(machine, f"{date:%Y-%m-%d %H:%M} UTC", figures, before))
    took = ", ".join(f"{part} {seconds:.0f} s" for part, seconds in spent.items())
    click.echo(f"{machine}\n{table(figures)}\n")
    click.echo(f"It took {(time.monotonic() - began) / 60:.1f} minutes: {took}.")


def _parts() -> list[str]:
    """Return the parts asked for."""
    asked = (os.environ.get("PARTS") or ",".join(PARTS)).split(",")
    if not set(asked) <= PARTS.keys():
        sys.exit(f"PARTS={','.join(asked)}? Say some of {','.join(PARTS)}.")
    return asked


def _sizes() -> list[int]:
    """Return the sizes asked for, the smallest first."""
    asked = os.environ.get("SIZES") or "1,10,100"
    try:
        sizes = sorted({int(size) for size in asked.split(",")})
    except ValueError:
        sizes = []
    if not sizes or sizes[0] < 1:
        sys.exit(f"SIZES={asked}? Say for example SIZES=1,10 for schools of 1,000 and 10,000.")
    return sizes


def _machine() -> str:
    """Return on what this runs."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    cpuinfo = Path("/proc/cpuinfo")
    models = [
        line.partition(":")[2].strip()
        for line in (cpuinfo.read_text().splitlines() if cpuinfo.exists() else [])
        if line.startswith("model name")
    ]
    return (
        f"{os.cpu_count()} cores ({models[0] if models else platform.machine()}), "
        f"{memory:.0f} GB, {platform.system()} {platform.release()}, "
        f"Python {platform.python_version()}"
    )


if __name__ == "__main__":
    main()
