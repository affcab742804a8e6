"""What a parent is sent is a function of their own children alone (F6): whatever others are called,
answer, upload, or how many they are, it stays the same, byte for byte.
"""

import re
from collections.abc import Iterator

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoDbBlocker

from classkey.school import membership
from classkey.school.models import Permission
from classkey.school.viewer import Viewer
from tests.web.asking import NEWS, PAULA, READERS, Ask, Reader, Sent, filled, hidden, own_things
from tests.web.browsing import POST_ONLY, at, routes
from tests.web.non_interference import (
    Comparison,
    comparing,
    differing,
    forget,
    sent,
    told_apart,
    undone,
)
from tests.web.rest_of_the_world import DEEDS, Deed, Rest, do, do_all, try_to_do
from tests.world import Snapshot

pytestmark = pytest.mark.django_db

FOURTH = 4


@pytest.fixture(scope="module")
def comparison(
    _world_rows: None, _snapshot: Snapshot, django_db_blocker: DjangoDbBlocker
) -> Iterator[Comparison]:
    with comparing(_snapshot, django_db_blocker) as made:
        yield made


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.name)
def test_f6_a_parent_is_sent_the_same_whatever_all_others_do(
    comparison: Comparison, reader: Reader
) -> None:
    before = comparison.before(reader)
    forget()
    do_all(Rest(comparison.world, reader))
    assert not differing(before, comparison.sent(reader, comparison.asks(reader)))
    assert not told_apart(comparison.sent(reader, hidden(comparison.world.north, reader)))


words = st.sampled_from(["Zyzzyva", "Ångström", "李雷", "Nina", "O'Neil & <b>"])
deeds = st.tuples(st.sampled_from(DEEDS), st.integers(0, 99), words)


@settings(max_examples=10, derandomize=True, phases=[Phase.generate])  # a failure says enough
@given(
    reader=st.sampled_from(READERS),
    done=st.lists(deeds, min_size=1, max_size=8),
    part=st.integers(0, FOURTH - 1),
)
def test_f6_a_parent_is_sent_the_same_whatever_some_others_do(
    comparison: Comparison, reader: Reader, done: list[tuple[Deed, int, str]], part: int
) -> None:
    """A part of all that they can ask for, for time's sake."""
    before = comparison.before(reader)
    with undone():
        forget()
        rest = Rest(comparison.world, reader)
        for deed, number, word in done:
            try_to_do(rest, deed, number, word)
        asks = [*comparison.asks(reader)[part::FOURTH], NEWS]
        assert not differing(before, comparison.sent(reader, asks))


# --- Nothing is forgotten ---------------------------------------------------------------
def opened(found: Sent) -> set[str]:
    """The pages that somebody got."""
    return {ask.page for ask, answer in found.items() if answer.status < 300}


def test_f6_every_address_that_a_parent_may_open_is_asked(comparison: Comparison) -> None:
    """Also one that no link leads to: asked as of their own child's things, one after another."""
    north = comparison.world.north
    asks = []
    for page, pattern in routes().items():
        for item in (north.quiz, north.leaflet) if "items/<" in pattern else (north.quiz,):
            things = own_things(north, north.anna) | {"items": item}
            asks.append(Ask(page, filled(pattern, things), "post" if page in POST_ONLY else "get"))
    found = opened(comparison.sent(PAULA, asks))
    assert {"child_file", "join_look", "account_settings"} <= found
    assert found <= opened(comparison.before(PAULA))


def test_f6_what_is_compared_is_of_every_kind(comparison: Comparison) -> None:
    north = comparison.world.north
    before = comparison.before(PAULA)
    pages = {ask.address: answer.body for ask, answer in before.items()}
    for page in (
        at("child", north.anna),
        at("child_place", north.anna, north.maths),
        at("child_place", north.anna, north.history),
        at("child_place", north.anna, north.den),
        at("child_item", north.anna, north.folder),
        at("child_item", north.anna, north.pages["box: both"]),
        at("child_file", north.anna, north.leaflet),
    ):
        assert page in pages
    assert "Anna thinks so" in pages[at("child_item", north.anna, north.quiz)]
    assert "Another adult is linked to Anna" in before[NEWS].body
    assert "Another adult follows Anna" in str(before[NEWS].mails)
    statuses = {answer.status for answer in before.values()}
    assert {200, 206, 302, 400, 403, 404, 405, 416} <= statuses


def test_f6_codes_are_refused_for_each_reason(comparison: Comparison) -> None:
    answers = comparison.before(PAULA).items()
    told = "".join(answer.body for ask, answer in answers if ask.page == "join_look" and ask.data)
    for reason in (
        "is mistyped", "does not open anything", "has expired", "is not for this account",
        "are in already",
    ):  # fmt: skip
        assert reason in told


@pytest.mark.parametrize("deed", DEEDS, ids=lambda deed: deed.__name__)
def test_what_others_do_does_something(comparison: Comparison, deed: Deed) -> None:
    with CaptureQueriesContext(connection) as queries:
        do(Rest(comparison.world, PAULA), deed, 1, "Word")
    writes = [one["sql"] for one in queries if re.match("INSERT|UPDATE|DELETE", one["sql"])]
    assert writes


def test_it_does_differ_when_it_is_about_the_child(comparison: Comparison) -> None:
    """The comparison can fail."""
    north = comparison.world.north
    before = comparison.before(PAULA)
    membership.add_from_above(Viewer(north.tess), north.attic, [north.anna], Permission.READ)
    assert differing(before, sent(north, PAULA, comparison.asks(PAULA, "child_place")))
