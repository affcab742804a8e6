"""What the benchmarks compute and write; nothing here is timed."""

import json

import pytest

from benchmarks.figures import Figure, document, p50, p99, table
from benchmarks.pages import Measured, figures

PLAIN = Figure("page", "course page, p50 at 1x", 12.34567, "ms")
MET = Figure("page", "course page, p50 at 10x over 1x", 1.2, "times", goal=1.2, against="1x")
MISSED = Figure("page", "course page, queries at 10x", 17, "queries", goal=16, against="1x")


def test_half_of_the_times_are_under_the_p50() -> None:
    assert p50([5.0]) == 5
    assert p50([9.0, 1.0, 2.0]) == 2
    assert p50([4.0, 1.0, 2.0, 3.0]) == 2.5


def test_one_time_in_a_hundred_is_over_the_p99() -> None:
    times = [float(time) for time in range(1, 1001)]
    assert p99(times) == pytest.approx(990, abs=1)
    assert p99([1.0] * 99 + [1_000.0]) < 1_000
    assert p99([1.0] * 90 + [1_000.0] * 10) == 1_000


def test_a_goal_is_the_most_that_a_figure_may_be() -> None:
    assert [figure.met for figure in (PLAIN, MET, MISSED)] == [None, True, False]


def test_the_file_has_a_row_for_each_figure_and_says_where_and_when() -> None:
    written = json.loads(document("two cores", "2026-11-24", [PLAIN, MET]))
    assert written == {
        "machine": "two cores",
        "date": "2026-11-24",
        "rows": [
            {"part": "page", "name": PLAIN.name, "value": 12.346, "unit": "ms",
             "goal": None, "met": None, "against": ""},
            {"part": "page", "name": MET.name, "value": 1.2, "unit": "times",
             "goal": 1.2, "met": True, "against": "1x"},
        ],
    }  # fmt: skip


def test_the_table_says_which_goals_are_met() -> None:
    _head, plain, met, missed = table([PLAIN, MET, MISSED]).splitlines()
    assert plain.split("  ")[0] == "page: course page, p50 at 1x"
    assert "12.35 ms" in plain
    assert "goal" not in plain
    assert met.startswith("page: course page, p50 at 10x over 1x")
    assert met.endswith("met")
    assert missed.endswith("at most 16   MISSED")


def test_each_larger_school_is_held_to_the_smallest_of_the_same_run() -> None:
    pages = {
        "course page": {
            1: Measured(queries=16, times=[10.0, 20.0, 30.0]),
            10: Measured(queries=16, times=[22.0, 22.0, 22.0]),
            100: Measured(queries=17, times=[30.0, 30.0, 30.0]),
        }
    }
    found = {(figure.name, figure.unit): figure for figure in figures(pages)}
    assert found["course page, p50 at 1x", "ms"].value == 20
    assert found["course page, p99 at 1x", "ms"].value == pytest.approx(30, abs=0.5)
    assert found["course page, queries at 1x", "queries"].met is None
    goals = {
        name: (figure.value, figure.goal, figure.met, figure.against)
        for (name, _unit), figure in found.items()
        if figure.goal is not None
    }
    assert goals == {
        "course page, p50 at 10x over 1x": (pytest.approx(1.1), 1.2, True, "1x"),
        "course page, queries at 10x": (16, 16, True, "1x"),
        "course page, p50 at 100x over 1x": (pytest.approx(1.5), 1.2, False, "1x"),
        "course page, queries at 100x": (17, 16, False, "1x"),
    }
