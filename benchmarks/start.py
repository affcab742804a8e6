"""The part *start*: how long a web process and a worker take from being launched to being of use.

Each is started once before, so that Python has compiled its files and the system has read them;
what the very first start takes depends on the machine's disk and is not said.
"""

import statistics
import time

import click

from benchmarks.figures import Figure
from benchmarks.schools import STARTS_WITHIN, School, serving, working

PART = "start"
ROUNDS = 5
"""Timed, after one that is not; the middle one counts."""
_LOAD = """
import time
began = time.perf_counter()
import classkey.config.wsgi
from django.urls import get_resolver
get_resolver().url_patterns
print(time.perf_counter() - began)
"""
"""What a web process does before it can answer: settings, applications, every view."""
_TAKEN = """
SELECT extract(epoch FROM coalesce(max(started_at), 'epoch'))
FROM django_tasks_database_dbtaskresult
"""


class NeverTaken(Exception):
    """No worker took a job."""


def measure(school: School) -> list[Figure]:
    """Start web processes and workers of this school; return how long that took."""
    took: dict[str, list[float]] = {"web": [], "load": [], "worker": []}
    with click.progressbar(range(ROUNDS + 1), label="Starting") as rounds:
        for _round in rounds:
            took["web"].append(_web(school))
            took["load"].append(float(school.run("-W", "ignore", "-c", _LOAD)))
            took["worker"].append(_worker(school))
    return figures(*(statistics.median(some[1:]) for some in took.values()))


def _web(school: School) -> float:
    began = time.perf_counter()
    with serving(school):
        return time.perf_counter() - began


def _worker(school: School) -> float:
    """Return the seconds until a job that waits already is taken, by the worker's own account."""
    school.run("-m", "benchmarks.errand")
    began = time.time()
    with working(school):
        while time.time() < began + STARTS_WITHIN:
            taken = float(school.value(_TAKEN))
            if taken > began:
                return taken - began
            time.sleep(0.1)
    raise NeverTaken


def figures(web: float, loading: float, worker: float) -> list[Figure]:
    """Return what was measured, of seconds."""
    return [
        Figure(PART, "web: launched to first answer, second start", web, "s"),
        Figure(PART, "web: of that, loading Classkey", loading, "s"),
        Figure(PART, "worker: launched to first job taken, second start", worker, "s"),
    ]
