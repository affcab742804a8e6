"""The simulation of a first morning (docs/scale.md): its queues, its arrivals, its answers."""

import json
import math
import random
from collections import Counter
from itertools import pairwise

import pytest
from click.testing import CliRunner
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from benchmarks.__main__ import LATEST
from benchmarks.first_morning import __main__ as script
from benchmarks.first_morning import costs
from benchmarks.first_morning.answers import Answer, Machines, Mornings, answer, fewest
from benchmarks.first_morning.costs import Costs, Request, cores_of, measured
from benchmarks.first_morning.demand import MINUTE, PEAK, Morning, busiest
from benchmarks.first_morning.stations import Stations
from tests.test_house import ROOT
from tests.web.browsing import at, browser_of
from tests.world import School

COSTS = Costs(
    signing_in=(Request("sign-in", 0.4, 0.01),),
    coming_in=(Request("redemption", 0.1, 0.02), Request("course page", 0.1, 0.02)),
)
SMALL = Machines(cores=2, database_cores=2)


def drawn_from(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311


# --- Queues -------------------------------------------------------------------------------
def waits(busy: float, servers: int, *, evenly: bool) -> float:
    """How long customers wait on average who come by chance, and are served for one second, each
    as long or by chance, by servers that are this busy.
    """
    chance, station = drawn_from(7), Stations(1, servers)
    now, waited, customers = 0.0, 0.0, 200_000
    for _customer in range(customers):
        now += chance.expovariate(busy * servers)
        seconds = 1.0 if evenly else chance.expovariate(1)
        waited += station.time(0, now, seconds) - seconds
    return waited / customers


def waits_by_erlang(busy: float, servers: int) -> float:
    """The same, served by chance, by Erlang's formula C."""
    load = busy * servers
    all_busy = load**servers / math.factorial(servers) / (1 - busy)
    some_free = sum(load**number / math.factorial(number) for number in range(servers))
    return all_busy / (some_free + all_busy) / (servers - load)


@pytest.mark.parametrize("busy", [0.3, 0.7, 0.85])
def test_a_queue_for_one_server_is_as_long_as_the_formula_says(busy: float) -> None:
    """M/D/1 (Pollaczek and Khinchine)."""
    assert waits(busy, 1, evenly=True) == pytest.approx(busy / (1 - busy) / 2, rel=0.05)


@pytest.mark.parametrize(("busy", "servers"), [(0.5, 1), (0.7, 4), (0.85, 8)])
def test_a_queue_for_several_servers_is_as_long_as_the_formula_says(
    busy: float, servers: int
) -> None:
    """M/M/c."""
    expected = waits_by_erlang(busy, servers)
    assert waits(busy, servers, evenly=False) == pytest.approx(expected, rel=0.05)


def test_who_comes_while_everybody_is_served_waits_at_their_own_station() -> None:
    two = Stations(2, 1)
    assert [two.time(0.2, 0, 3), two.time(0.7, 1, 3), two.time(0.2, 2, 3)] == [3, 3, 4]
    one = Stations(1, 2)
    assert [one.time(0, 0, 3), one.time(0, 1, 3), one.time(0, 2, 3)] == [3, 3, 4]


# --- Arrivals -----------------------------------------------------------------------------
def test_the_busiest_minutes_of_a_morning_are_found() -> None:
    """One school, one lesson: all its classes are shown their codes within five minutes."""
    peak, arrivals = busiest(Morning(990, lessons=1, signing_in=0), COSTS, drawn_from(1))
    redemptions = [each.at for each in arrivals if each.request == COSTS.coming_in[0]]
    a_minute = Counter(int(at // MINUTE) for at in redemptions)
    [(most, _number), *_others] = a_minute.most_common()
    assert peak <= most * MINUTE < peak + PEAK * MINUTE
    assert 990 / 5 * 0.7 < sum(a_minute[int(peak // MINUTE) + n] for n in range(PEAK)) / PEAK < 990
    assert [each.at for each in arrivals] == sorted(each.at for each in arrivals)


def test_a_student_signs_in_before_coming_in_and_thinks_in_between() -> None:
    one = Morning(30, lessons=1, signing_in=1)
    _peak, arrivals = busiest(one, COSTS, drawn_from(3))
    kinds = Counter(each.request.name for each in arrivals)
    assert kinds["sign-in"] >= kinds["redemption"] >= kinds["course page"] > 0
    none = Morning(30, lessons=1, signing_in=0)
    _peak, arrivals = busiest(none, COSTS, drawn_from(3))
    assert "sign-in" not in {each.request.name for each in arrivals}


def test_lessons_and_time_zones_spread_the_rush() -> None:
    def peak_rate(**spread: object) -> float:
        morning = Morning(100_000, **spread)  # type: ignore[arg-type]
        return Mornings(morning, COSTS, SMALL, 1).a_second(lambda _request: 1)

    at_once = peak_rate(lessons=1)
    assert peak_rate(lessons=4) < at_once / 3
    assert peak_rate(lessons=1, zones=(0.5, 0.5)) < at_once * 0.7


# --- Answers ------------------------------------------------------------------------------
def test_more_students_never_need_fewer_machines() -> None:
    found = [answer(Morning(students), COSTS, SMALL, 1) for students in (3_000, 40_000, 150_000)]
    for less, more in pairwise(found):
        assert (more.nodes, more.databases) >= (less.nodes, less.databases)
        assert more.requests > less.requests
    assert found[0].nodes < found[-1].nodes
    assert found[0].databases == 1 < found[-1].databases


def test_what_is_found_is_enough_and_one_less_is_not() -> None:
    found = answer(Morning(40_000), COSTS, SMALL, 1)
    mornings = Mornings(Morning(40_000), COSTS, SMALL, 1)
    times = mornings.at_databases(found.databases)
    assert found.p99 == mornings.p99(found.nodes, times) < 1
    assert mornings.p99(found.nodes - 1, times) >= 1
    assert found.nodes * SMALL.cores > found.web_busy


def test_more_nodes_answer_sooner() -> None:
    mornings = Mornings(Morning(40_000), COSTS, SMALL, 1)
    times = mornings.at_databases(4)
    fewer, some, more = (mornings.p99(nodes, times) for nodes in (10, 20, 40))
    assert fewer > some > more >= 0.4


def test_the_same_seed_is_the_same_morning() -> None:
    first, again, another = (answer(Morning(10_000), COSTS, SMALL, seed) for seed in (1, 1, 2))
    assert first == again != another


def test_of_many_nodes_some_are_looked_at_and_tell_as_much(monkeypatch: pytest.MonkeyPatch) -> None:
    mornings = Mornings(Morning(40_000), COSTS, SMALL, 1)
    times = mornings.at_databases(4)
    whole = mornings.p99(20, times)
    monkeypatch.setattr("benchmarks.first_morning.answers.FOLLOWED", 20_000)
    assert mornings.p99(20, times) == pytest.approx(whole, rel=0.2)


@pytest.mark.parametrize(("wanted", "busy"), [(1, 0.0), (1, 1.0), (7, 1.5), (37, 30.2), (38, 38.0)])
def test_the_fewest_are_found(wanted: int, busy: float) -> None:
    assert fewest(lambda number: number >= wanted, busy) == wanted


def test_where_no_number_is_enough_the_search_ends() -> None:
    """A request that takes longer than the goal by itself."""
    slow = Costs(signing_in=COSTS.signing_in, coming_in=(Request("redemption", 1.5, 0.02),) * 2)
    with pytest.raises(ValueError, match="enough"):
        answer(Morning(1_000), slow, SMALL, 1)


# --- Costs --------------------------------------------------------------------------------
REDEEMED, COURSE_PAGE = "spread over 100 codes", "course page, student, p50 at 1x"


def latest(changed: dict[str, float] | None = None) -> dict[str, object]:
    """A document as `make bench` writes it, of a machine with two cores."""
    values = {
        ("redeem", "floor: pgbench, the same statements"): 4_000,
        ("redeem", REDEEMED): 100,
        ("redeem", "queries of a redemption"): 14,
        ("page", COURSE_PAGE): 30,
        ("page", "course page, student, queries at 1x"): 11,
        ("timing", "sign-in with known user name, median"): 125,
        ("timing", "code with unknown code, median"): 18,
    }
    rows = [
        {
            "part": part,
            "name": name,
            "value": (changed or {}).get(name, value),
            "date": f"{value:05}",
        }
        for (part, name), value in values.items()
    ]
    return {"machine": "2 cores (of some kind), 24 GB", "rows": rows}


def test_a_request_costs_what_was_measured_less_the_database() -> None:
    found = measured(latest())
    every = {each.name: each for each in (*found.signing_in, *found.coming_in)}
    redemption, page, sign_in = (every[name] for name in ("redemption", "course page", "sign-in"))
    assert redemption.web + redemption.database == pytest.approx(2 / 100)
    assert redemption.database == pytest.approx(14 / 6 * 2 / 4_000)
    assert page.web + page.database == pytest.approx(0.030)
    assert page.database == pytest.approx(11 * costs.PAGE_QUERY)
    assert sign_in.web == pytest.approx(0.125, abs=0.01)
    assert measured(latest({COURSE_PAGE: 1})).coming_in[-1].web == 0


def test_faster_figures_need_fewer_nodes() -> None:
    slow, fast = (
        answer(Morning(40_000, signing_in=0), measured(latest({REDEEMED: rate})), SMALL, 1)
        for rate in (20, 1_000)
    )
    assert fast.nodes < slow.nodes


def test_the_figures_that_are_needed_are_in_the_file_and_what_follows_in_the_docs() -> None:
    """After measuring, `python -m benchmarks.documents` writes the table of docs/scale.md. The
    smallest size is looked at, which takes seconds; the others are made with it.
    """
    found, page = measured(json.loads(LATEST.read_text())), (ROOT / "docs" / "scale.md").read_text()
    assert script.caption(found) in page
    smallest, *_others = script.ZONES
    usual = (script.MACHINES, script.SIGNING_IN, script.LESSONS, script.SEED)
    assert script.row(smallest, 1, script.answered(smallest, found, *usual)) in page
    with pytest.raises(KeyError):
        measured({"machine": "2 cores", "rows": []})


def test_a_machine_says_how_many_cores_it_has() -> None:
    assert cores_of("16 cores (of some kind), 24 GB") == 16
    with pytest.raises(ValueError, match="silent"):
        cores_of("silent")


def test_what_is_not_measured_is_counted_here(north: School) -> None:
    north.zoe.set_password("correct horse battery")
    north.zoe.save()
    client, known = Client(), {"login": north.zoe.username, "password": "correct horse battery"}

    def queries(client: Client, address: str, sent: dict[str, str] | None = None) -> int:
        with CaptureQueriesContext(connection) as counted:
            client.post(address, sent) if sent else client.get(address)
        return len(counted)

    assert queries(client, at("account_login")) == 0
    assert queries(client, at("account_login"), known) <= costs.SIGN_IN_STATEMENTS
    assert queries(browser_of(north.zoe), at("dashboard")) <= costs.FIRST_PAGE_QUERIES
    assert queries(browser_of(north.zoe), at("join")) <= costs.BOX_STATEMENTS
    floor = (ROOT / "benchmarks" / "floor.sql").read_text()
    assert floor.count(";\n") + floor.count("\\gset") == costs.FLOOR_STATEMENTS


# --- On paper -----------------------------------------------------------------------------
def test_the_table_is_markdown() -> None:
    found = Answer(251.4, 1_122, 126.98, 36.9, 2.5, 1, 5, 0.394)
    assert script.row(1_000_000, 2, found) == (
        "| 1,000,000 | 2 | 251 | 1,122 | 7,619 | 36.9 | 5 | 0.39 s | 2.5 | 1 |"
    )


def test_the_worst_morning_is_said_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(script, "ZONES", {3_000: (1.0,), 30_000: (1.0,)})
    said = script.worst(COSTS, SMALL, sizes=(3_000, 30_000))
    few, many = (
        script.answered(size, COSTS, SMALL, signing_in=1, lessons=1, seed=script.SEED)
        for size in (3_000, 30_000)
    )
    assert f"3,000 students need {few.nodes} nodes and 30,000 need {many.nodes}," in said
    assert said.endswith(f"full at {script.full_at(30_000, many, SMALL):.1f} million.")


def test_the_script_prints_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(script, "ZONES", {30_000: (1.0,)})
    done = CliRunner().invoke(script.main, ["--lessons=1", "--database-cores=4"])
    assert done.exit_code == 0, done.output
    first, _empty, head, _line, row, *_rest, last = done.output.splitlines()
    assert "databases of 4" in first
    assert row.startswith("| 30,000 | 1 |")
    assert row.count("|") == head.count("|")
    assert last.endswith("million students.")
