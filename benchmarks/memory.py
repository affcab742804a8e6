"""The part *memory*: what a web process holds, and what a worker does.

PSS throughout: what a process has to itself, and its part of what it shares. Peaks are RSS,
since Linux keeps no other.
"""

import json
import time
from contextlib import suppress
from itertools import cycle, islice

import click

from benchmarks import at_once, load, proc
from benchmarks.figures import Figure
from benchmarks.pages import Guests
from benchmarks.schools import School, serving, working

PART = "memory"
REQUESTS = 2_000
"""Of the three pages in turn, over eight connections; nobody signs in."""
SIGN_INS = 40
SHEETS = 400
GOAL = 120
"""MB that a web process holds after the requests, at most."""
SETTLES = 2
"""Seconds that a process is left alone before it is looked at."""
WITHIN = 600
"""Seconds that a worker may take."""
_RAN = (
    "SELECT NOT EXISTS (SELECT FROM django_tasks_database_dbtaskresult"
    " WHERE task_path LIKE '%remind_of_requests' AND finished_at IS NULL)"
)
_MAILED = "SELECT NOT EXISTS (SELECT FROM school_sheetpart WHERE state <> 'mailed')"


def measure(school: School) -> list[Figure]:
    """Look at a web process and a worker of this school, at rest and after work."""
    if not proc.is_there():
        click.echo("Memory is not measured: only Linux tells of it.")
        return []
    with click.progressbar(length=2, label="Watching memory") as bar:
        web = _web(school)
        bar.update(1)
        worker = _worker(school)
        bar.update(1)
    return [*web, *worker]


def _web(school: School) -> list[Figure]:
    pages = [at_once.requests(guests, name) for guests in [Guests(school)] for name in guests.pages]
    in_turn = [request for some in zip(*pages, strict=False) for request in some]
    with serving(school) as launcher:
        time.sleep(SETTLES)
        *others, web = sorted(proc.family(launcher.pid), key=proc.pss)
        rest, launching = proc.pss(web), sum(map(proc.pss, others))
        load.send(school.port, list(islice(cycle(in_turn), REQUESTS)), at_once.OK)
        time.sleep(SETTLES)
        after = proc.pss(web)
        proc.forget_peak(web)
        _sign_in(school)
        return web_figures(rest, after, launching, proc.peak(web))


def web_figures(rest: float, after: float, launching: float, signing_in: float) -> list[Figure]:
    """Return what was measured of a web process, in MB."""
    return [
        Figure(PART, "web process at rest, PSS", rest, "MB"),
        Figure(PART, f"web process after {REQUESTS:,} requests, PSS", after, "MB", GOAL),
        Figure(PART, "what starts web processes, PSS", launching, "MB"),
        Figure(PART, "web process while passwords are checked, peak RSS", signing_in, "MB"),
    ]


def _sign_in(school: School) -> None:
    """Let strangers try names, eight at once: their passwords are checked as anybody's are."""
    requests = json.loads(school.run("-m", "benchmarks.guessers", str(SIGN_INS)))
    whole = [load.post(**each) for each in requests]
    load.send(school.port, whole, b"belong together here")


def _worker(school: School) -> list[Figure]:
    with working(school, settings="benchmarks.unmailed") as worker:
        school.run("-m", "benchmarks.errand")
        _held_until(school, worker.pid, _RAN)
        time.sleep(SETTLES)
        rest = of_family(worker.pid)
        school.run("-m", "benchmarks.sheet_runs", "ask", str(SHEETS))
        most = _held_until(school, worker.pid, _MAILED)
        time.sleep(SETTLES)
        after = of_family(worker.pid)
    return [
        Figure(PART, "worker at rest, PSS", rest, "MB"),
        Figure(PART, f"worker in a run of {SHEETS} sheets, most PSS", most, "MB"),
        Figure(PART, f"worker after {SHEETS} sheets, PSS", after, "MB"),
    ]


def _held_until(school: School, worker: int, question: str) -> float:
    """Return the most that a worker, with all that it starts, is seen to hold until the school's
    database answers a question with yes. Raises TimeoutError.
    """
    most, deadline = 0.0, time.monotonic() + WITHIN
    while time.monotonic() < deadline:
        most = max(most, of_family(worker))
        if school.value(question) == "True":
            return most
        time.sleep(0.25)
    raise TimeoutError(question)


def of_family(pid: int) -> float:
    """Return the MB that a process holds, with all that it has started."""
    total = 0.0
    for each in proc.family(pid):
        with suppress(OSError, ValueError):  # it has ended meanwhile
            total += proc.pss(each)
    return total
