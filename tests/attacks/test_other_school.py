"""What belongs to somebody else, reached for by way of one's own (F6)."""

import uuid
from itertools import product
from typing import Any

import pytest

from tests.attacks.everywhere import address_of, client_of
from tests.web.browsing import GET_ONLY, POST_ONLY, at, routes
from tests.web.test_guards import without_accident
from tests.world import School, World

INSIDE = sorted(name for name, pattern in routes().items() if pattern.count("<uuid:") == 2)
"""The addresses of something inside something."""


@pytest.mark.parametrize("who", ["tess", "anna", "quentin", "pia"])
def test_f6_ones_own_place_leads_to_nothing_of_another_school(world: World, who: str) -> None:
    client = client_of(world.north, who)
    seen = set()
    for name in INSIDE:
        methods = [client.get] * (name not in POST_ONLY) + [client.post] * (name not in GET_ONLY)
        theirs = inside_ones_own(world, name)
        unknown = theirs.replace(theirs_id(world, name), str(uuid.uuid4()))
        for address, method in product((theirs, unknown), methods):
            response: Any = method(address)
            if response.status_code == 403:  # the first of the two is not theirs to do this with
                continue
            assert response.status_code == 404, (name, address)
            seen.add(without_accident(response, address))
    assert len(seen) == 1


def inside_ones_own(world: World, name: str) -> str:
    """The address of something of the other school inside something of one's own."""
    own, theirs = address_of(world.north, name), address_of(world.south, name)
    first = own.strip("/").split("/")[1]
    return theirs.replace(theirs.strip("/").split("/")[1], first, 1)


def theirs_id(world: World, name: str) -> str:
    """The id of the thing inside, in the other school."""
    [*_first, second] = [part for part in address_of(world.south, name).split("/") if is_id(part)]
    return second


def is_id(part: str) -> bool:
    try:
        uuid.UUID(part)
    except ValueError:
        return False
    return True


def test_f6_a_question_or_an_attempt_is_reached_in_its_own_test_only(north: School) -> None:
    client = client_of(north, "tess")
    question = north.quiz.assessment.questions.first()
    attempt = north.owl_test.assessment.attempts.get(student=north.anna)
    for name in ("question_edit", "question_delete", "question_move"):
        assert client.post(at(name, north.locked_test, question)).status_code == 404, name
    for name in ("attempt", "attempt_unlock"):
        assert client.post(at(name, north.quiz, attempt)).status_code == 404, name
