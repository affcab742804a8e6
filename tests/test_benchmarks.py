"""What the benchmarks compute and write; nothing here is timed."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence

import pytest

from benchmarks import at_once, documents, load, lock, memory, proc, redeem, sheets, timing
from benchmarks.__main__ import LATEST
from benchmarks.figures import Figure, document, p50, p99, table
from benchmarks.load import Sent
from benchmarks.pages import Measured, figures
from tests.test_house import ROOT

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
             "goal": None, "wanted": "", "met": None, "against": "", "date": "2026-11-24"},
            {"part": "page", "name": MET.name, "value": 1.2, "unit": "times",
             "goal": 1.2, "wanted": "at most 1.2", "met": True, "against": "1x",
             "date": "2026-11-24"},
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


def test_a_goal_may_be_the_least_that_a_figure_may_be() -> None:
    def reached(value: float) -> Figure:
        return Figure("redeem", "over the floor", value, "times", 0.2, "pgbench", at_least=True)

    assert [reached(value).met for value in (0.19, 0.2, 0.21)] == [False, True, True]
    assert table([reached(0.1)]).endswith("at least 0.2  MISSED")


def test_parts_that_were_not_measured_again_stay_in_the_file_with_their_date() -> None:
    redeemed = Figure("redeem", "one hot code", 40, "a second")
    before = document("two cores", "Monday", [PLAIN, redeemed])
    again = Figure("redeem", "one hot code", 50, "a second")
    rows = json.loads(document("two cores", "Tuesday", [again], before))["rows"]
    assert [(row["part"], row["value"], row["date"]) for row in rows] == [
        ("page", 12.346, "Monday"),
        ("redeem", 50, "Tuesday"),
    ]
    elsewhere = json.loads(document("four cores", "Tuesday", [again], before))["rows"]
    assert [row["part"] for row in elsewhere] == ["redeem"]


def goals_of(found: Sequence[Figure]) -> list[tuple[object, ...]]:
    return [(each.value, each.goal, each.met, each.against) for each in found if each.goal]


def test_redeeming_is_held_to_the_floor_and_a_hot_code_to_spread_ones() -> None:
    rates = {"floor": [900.0, 1_000.0, 5_000.0], "spread": [150.0, 100.0, 90.0], "hot": [96.0]}
    found = redeem.figures(rates, queries=["BEGIN", "COMMIT"])
    assert goals_of(found) == [
        (pytest.approx(0.1), 0.2, False, "pgbench"),
        (pytest.approx(0.96), 0.95, True, "spread codes"),
    ]
    assert {each.name: each.value for each in found}["queries of a redemption"] == 2


def test_a_page_behind_the_second_lock_is_held_to_itself_without_it() -> None:
    found = lock.figures([52.0, 51.0, 99.0], [50.0, 40.0, 90.0])
    assert goals_of(found) == [(pytest.approx(1.04), 1.1, True, "without")]


def test_sheets_are_held_to_other_libraries_and_their_memory_to_a_thousand_sheets() -> None:
    rates = {"ours": [600.0, 500.0, 100.0], "reportlab": [100.0], "weasyprint": [60.0]}
    steps = [{"sheets": 1_000, "memory": 102_400}, {"sheets": 3_000, "memory": 204_800}]
    found = sheets.figures(rates, steps)
    assert goals_of(found) == [
        (pytest.approx(5), 5, True, "ReportLab"),
        (pytest.approx(500 / 60), 10, False, "WeasyPrint"),
        (pytest.approx(2), 1.1, False, "1,000 sheets"),
    ]
    assert {each.name: each.value for each in found}["memory after 3,000 sheets"] == 200


def test_a_pair_that_must_look_alike_is_held_to_the_faster_of_the_two() -> None:
    times = {"known": [0.2, 0.1, 0.9], "unknown": [0.25, 0.25, 0.25]}
    found = timing.figures("sign-in", "user name", times)
    assert [each.value for each in found] == [pytest.approx(200), 250, pytest.approx(1.25)]
    assert goals_of(found) == [(pytest.approx(1.25), 1.1, False, "unknown")]
    [*_medians, other] = timing.figures("code", "code", {"a": [0.21], "b": [0.2]})
    assert other.value == pytest.approx(1.05)
    assert other.met


def test_pgbench_says_how_many_transactions_a_second_it_made() -> None:
    report = "latency average = 4 ms\ntps = 2158.600471 (without initial connection time)\n"
    assert redeem.transactions_per_second(report) == pytest.approx(2_158.6, abs=0.1)
    with pytest.raises(ValueError, match="aborted"):
        redeem.transactions_per_second("aborted")


def test_the_length_of_an_answer_is_in_its_head() -> None:
    assert load.length_of(b"HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n") == 12
    with pytest.raises(load.WrongAnswer):
        load.length_of(b"HTTP/1.1 204 No Content\r\n\r\n")


def sent(times: list[float], seconds: float, sending: float = 0) -> Sent:
    return Sent(times, seconds, sending)


def test_the_largest_school_answers_eight_at_once_within_the_goal() -> None:
    student, teacher = "course page, student", "course page, teacher"
    found = at_once.figures({
        size: {student: sent([10, 20, slowest], 0.5), teacher: sent([100.0, 90.0], 1)}
        for size, slowest in ((1, 60), (100, 49))
    })  # fmt: skip
    assert {each.name: each.met for each in found if each.goal} == {
        f"{student}, 8 at once, p99 at 100x": True
    }
    by_name = {each.name: each.value for each in found}
    assert by_name[f"{student}, 8 at once, p50 at 1x"] == 20
    assert by_name[f"{student}, 8 at once, answered at 1x"] == 6


def test_the_sender_of_requests_says_what_it_took_from_what_it_measured(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    pages = {"home": sent([1.0, 2.0], 8, 1), "course": sent([1.0, 2.0], 2, 1)}
    *_others, share = at_once.figures({1: pages})
    assert share.value == pytest.approx(10)


def test_a_web_process_is_held_to_what_it_holds_after_requests() -> None:
    found = memory.web_figures(rest=80, after=121, launching=20, signing_in=500)
    assert goals_of(found) == [(121, 120, False, "")]


@pytest.mark.skipif(not proc.is_there(), reason="only Linux tells of memory")
def test_the_memory_of_a_process_and_of_all_that_it_started_is_read() -> None:
    command = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'input()'])"
    with subprocess.Popen(  # noqa: S603
        [sys.executable, "-c", command], stdin=subprocess.PIPE
    ) as process:
        try:
            while len(some := proc.family(process.pid)) < 2:
                time.sleep(0.01)
            assert some[0] == process.pid
            assert os.getpid() not in some
            assert 0 < memory.of_family(process.pid) < 200
        finally:
            process.communicate(b"\n")
    assert memory.of_family(process.pid) == 0


@pytest.mark.skipif(not proc.is_there(), reason="only Linux tells of memory")
def test_a_peak_is_forgotten() -> None:
    here, large = os.getpid(), bytearray(64 * 2**20)
    peak = proc.peak(here)
    assert peak > 64
    del large
    proc.forget_peak(here)
    assert proc.peak(here) < peak - 32


def test_requests_are_as_browsers_send_them() -> None:
    assert load.get("/c/1/", "id=2") == (
        b"GET /c/1/ HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: id=2\r\n\r\n"
    )
    head, _empty, body = load.post("/join/", "id=2", "code=3").partition(b"\r\n\r\n")
    assert head.endswith(b"Content-Length: 6")
    assert body == b"code=3"


# --- The pages of docs/ ---------------------------------------------------------------------
def test_the_table_of_the_docs_is_that_of_the_file() -> None:
    """After measuring, `python -m benchmarks.documents` writes it."""
    page, latest = documents.PERFORMANCE.read_text(), json.loads(LATEST.read_text())
    assert documents.replaced(page, "figures", documents.figures(latest)) == page


def test_the_docs_have_a_column_for_each_size_and_say_which_goals_are_missed() -> None:
    pages = {"home": {size: Measured(queries=9, times=[size, 13.0 * size]) for size in (1, 2)}}
    memory_row = Figure("memory", "web process, PSS", 1_234.5, "MB", 120)
    latest = json.loads(document("two cores", "Monday", [*figures(pages), memory_row]))
    assert documents.figures(latest).splitlines() == [
        "two cores.",
        "",
        "**page**, Monday:",
        "",
        "| page | at 1x | at 2x | goal |  |",
        "| --- | --- | --- | --- | --- |",
        "| home, p50 | 7 ms | 14 ms |  |  |",
        "| home, p99 | 12.9 ms | 25.8 ms |  |  |",
        "| home, queries | 9 | 9 | at most 9 | met |",
        "| home, p50 over 1x |  | 2 | at most 1.2 | **missed** |",
        "",
        "**memory**, Monday:",
        "",
        "| memory | figure | goal |  |",
        "| --- | --- | --- | --- |",
        "| web process, PSS | 1,234 MB | at most 120 | **missed** |",
    ]


def test_a_page_without_the_marks_is_not_written() -> None:
    marked = "a\n<!-- x: written by us -->\nold\n<!-- end of x -->\nb"
    assert documents.replaced(marked, "x", "new") == marked.replace("old", "new")
    with pytest.raises(ValueError, match="y"):
        documents.replaced(marked, "y", "new")


# --- What a web process holds ------------------------------------------------------------------
def test_a_web_process_does_not_load_what_few_requests_need() -> None:
    """Typesetting and the reading of ranges, which brings a web server and a browser along."""
    script = (
        "import sys, classkey.config.wsgi\n"
        "from django.urls import get_resolver\n"
        "get_resolver().url_patterns\n"
        "print(*sys.modules)"
    )
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-W", "ignore", "-c", script],
        check=True, capture_output=True, text=True, cwd=ROOT,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"},
    )  # fmt: skip
    loaded = set(done.stdout.split())
    assert "classkey.school.sheets.typeset" in loaded
    assert not loaded & {"typst", "fontTools", "werkzeug", "boto3", "storages", "reportlab"}
