"""What `make test-cluster` counts: each promise broken is named, and nothing else is.

The run itself takes minutes and root, and is not part of the suite.
"""

import random
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from cluster import counted, load, timetable
from cluster.counted import Found, Mail
from cluster.timetable import LOAD, PHASES, SHEETS_AT

LIMIT = 2


def found() -> Found:
    """A run in which all went well: one student by an open code, two by a code for two of three
    who tried it, one run of sheets in one mail.
    """
    people = {
        "redeemers": [{"student": "s1", "code": "open", "place": "p1"}],
        "crowd": [{"student": f"s{n}", "code": "few", "place": "p2"} for n in (2, 3, 4)],
        "crowd_limit": LIMIT,
        "sheets": [[{"address": "/"}]],
    }
    told = [("s1", "open", "p1"), ("s2", "few", "p2"), ("s3", "few", "p2")]
    facts: dict[str, Any] = {
        "memberships": [(student, place) for student, _code, place in told],
        "redemptions": [(student, code) for student, code, _place in told],
        "entered": [(student, place) for student, _code, place in told],
        "uses": {"few": 2},
        "wrong_codes": 8,
        "parts": [
            {"run": "r1", "message_id": "<1@x>", "state": "mailed", "in_doubt": False}
            | {"attempts": 1, "pages": 3, "living": 3}
        ],
    }
    acknowledged = [
        *(
            {"kind": "redeem", "student": student, "code": code, "place": place}
            for student, code, place in told
        ),
        {"kind": "sheets", "run": "r1"},
    ]
    requests = [
        {"at": 1.0, "kind": "redeem", "took": 0.1, "answer": "ok"},
        {"at": 2.0, "kind": "redeem", "took": 0.1, "answer": "used up"},
        {"at": 14.0, "kind": "visit", "took": 3.0, "answer": "502"},  # it came where hosts die
        {"at": 17.0, "kind": "visit", "took": 0.2, "answer": "ok"},
        {"at": 19.0, "kind": "guess", "took": 0.2, "answer": "not now"},
    ]
    return Found(requests, acknowledged, facts, [Mail("<1@x>", 3)], people)


def drop(name: str) -> Callable[[Any], None]:
    """Lose the first row of a table."""
    return lambda run: run.facts[name].pop(0)


def double(name: str) -> Callable[[Any], None]:
    """Have the first row of a table twice."""
    return lambda run: run.facts[name].append(run.facts[name][0])


def part(**changed: Any) -> Callable[[Any], None]:
    """Have the part of the sheets otherwise."""
    return lambda run: run.facts["parts"][0].update(changed)


def test_a_run_in_which_all_went_well_breaks_nothing() -> None:
    assert counted.broken(found()) == []


@pytest.mark.parametrize(
    ("break_it", "said"),
    [
        (drop("memberships"), "Lost: student s1 was told to be in, and is not."),
        (drop("redemptions"), "Lost: the redemption of student s1"),
        (lambda run: run.acknowledged[-1].update(run="r2"), "Lost: sheets were promised (run r2)"),
        (double("memberships"), "Double: memberships of student s1 are 2."),
        (double("redemptions"), "Double: redemptions of student s1 are 2."),
        (double("entered"), "Double: entered of student s1 are 2."),
        (lambda run: run.facts["uses"].update(few=3), "counts 3 uses, and 2 students used it"),
        (
            lambda run: run.facts["redemptions"].append(("s4", "few")),
            "Over the limit: a code for 2 let 3 in.",
        ),
        (lambda run: run.facts.update(wrong_codes=25), "Over the limit: 25 wrong codes"),
        (lambda run: run.acknowledged.pop(0), "Kept out: student s1 never got in."),
        (lambda run: run.acknowledged.pop(1), "A code for 2 let 1 know that they are in."),
        (lambda run: run.requests[2].update(answer="gave up"), "1 times somebody gave up."),
        (lambda run: run.requests[2].update(answer="refused"), "1 times somebody was refused."),
        (lambda run: run.acknowledged.pop(), "1 times sheets were asked for, 0 times"),
        (part(state="making"), "Not mailed: 3 sheets are making still."),
        (part(living=2), "Of 3 sheets 2 have a code that works."),
        (lambda run: run.mails.clear(), "Not mailed: 3 sheets never came."),
        (part(pages=4, living=4), "A mail has 3 sheets in it, not 4."),
        (lambda run: run.mails.append(run.mails[0]), "in no doubt came 2 times."),
        (lambda run: run.mails.append(Mail("<2@x>", 1)), "belongs to no sheets came: <2@x>."),
    ],
)
def test_each_promise_that_is_broken_is_named(break_it: Callable[[Any], None], said: str) -> None:
    run = found()
    break_it(run)
    assert said in "\n".join(counted.broken(run))


def test_a_mail_in_doubt_may_come_again_under_its_message_id() -> None:
    run: Any = found()
    run.mails.append(run.mails[0])
    run.facts["parts"][0]["in_doubt"] = True
    assert counted.broken(run) == []


def test_a_redemption_whose_answer_was_lost_may_be_there() -> None:
    """Sent again it changes nothing; here nobody sent it again."""
    run: Any = found()
    run.people["redeemers"].clear()
    run.acknowledged.pop(0)
    assert counted.broken(run) == []


def test_the_table_tells_each_phase() -> None:
    calm, killed = counted.rows(found().requests)
    assert (calm.name, calm.requests, calm.refused, calm.slow) == (PHASES[0].name, 2, 0, 0)
    assert (killed.name, killed.requests, killed.refused, killed.slow) == (PHASES[1].name, 3, 1, 1)
    assert killed.slowest == 3
    assert killed.nobody_served_for == pytest.approx(17.2 - 2.1)
    table = counted.table(found(), {"failed over in": "2.0 s"})
    assert f"| {PHASES[1].name} | 3 | 1 | 1 | 200 ms | 3.0 s | 15.1 s |" in table
    assert "acknowledged: 3; their memberships in the database: 3." in table
    assert "1 times 502" in table
    assert "failed over in: 2.0 s" in table


def test_people_come_all_the_time_and_some_with_two_devices() -> None:
    asking = [[{"n": n}] for n in range(len(SHEETS_AT))]
    people = {
        "redeemers": [{"student": n} for n in range(60)],
        "crowd": [{"student": n} for n in range(60, 72)],
        "guesser": {},
        "guesses": ["x"] * 1000,
        "visits": [{}, {}],
        "sheets": asking,
    }
    jobs = list(load.jobs(people, random.Random(1)))  # noqa: S311 # nothing secret
    assert all(0 <= job.at <= LOAD for job in jobs)
    times = Counter(job.what["student"] for job in jobs if job.kind == "redeem")
    assert len(times) == 72
    assert set(times.values()) == {1, 3}
    kinds = Counter(job.kind for job in jobs)
    assert kinds["sheets"] == len(SHEETS_AT)
    assert kinds["guess"] == kinds["visit"] == LOAD / load.VISITS_EVERY


def test_in_each_phase_somebody_asks_for_sheets() -> None:
    starts = [phase.at for phase in PHASES]
    ends = [*starts[1:], LOAD]
    # Those for which the phase that follows is to find work in hand, are asked a little before.
    for start, end in zip(starts, ends, strict=True):
        assert any(start - 2 <= at < end for at in SHEETS_AT)


def test_the_run_ends_within_ten_minutes() -> None:
    assert timetable.WHOLE < 600
