"""Asking support to end an access, and ending one's own (F9, F10)."""

import pytest

from classkey.school.models import (
    RevocationRequest,
)
from tests.web.browsing import at, browser_of, errors, html, said, words
from tests.world import School


# --- Filing (F9) and leaving (F10) ------------------------------------------------------
def test_f9_a_student_asks_from_their_profile(north: School) -> None:
    anna, link = browser_of(north.anna), north.link(north.paula, north.anna)
    address = at("request_new", north.anna, link)
    assert address in html(anna.get(at("student", north.anna)))
    page = anna.get(address)
    assert "Paula Northside" in words(page)
    assert "urgent" not in html(page)
    response = anna.post(address, {"reason": "She moved out.", "urgent": "on"}, follow=True)
    assert said(response) == [
        "Support has your request. It decides within the working day, and tells you."
    ]
    filed = RevocationRequest.objects.get(link=link)
    assert (filed.reason, filed.urgent, filed.caller) == ("She moved out.", False, "")


def test_f9_a_teacher_may_say_that_it_is_urgent(north: School) -> None:
    tess, link = browser_of(north.tess), north.link(north.quentin, north.anna)
    address = at("request_new", north.anna, link)
    told = {"reason": "A court order.", "urgent": "on"}
    response = tess.post(address, told, follow=True)
    assert said(response)[0].startswith("The access is paused.")
    assert "paused until support decides" in words(response)
    assert browser_of(north.quentin).get(at("child", north.anna)).status_code == 404


def test_f8_a_parent_asks_about_another_adult_and_learns_no_name(north: School) -> None:
    paula, link = browser_of(north.paula), north.link(north.quentin, north.anna)
    address = at("child_request_new", north.anna, link)
    profile = paula.get(at("child", north.anna))
    assert address in html(profile)
    page = paula.get(address)
    assert "another adult’s access to Anna Northside" in words(page)
    for response in (profile, page):
        assert "Quentin" not in html(response)
    assert paula.post(address, {"reason": "I do not know him."}).status_code == 302
    assert link.requests.filter(filed_by=north.paula).exists()


def test_f9_nothing_typed_is_lost_and_asking_twice_says_when_it_is_decided(
    north: School,
) -> None:
    anna = browser_of(north.anna)
    address = at("request_new", north.anna, north.link(north.quentin, north.anna))
    response = anna.post(address, {"reason": "Once more: he is my uncle."})
    assert "Once more: he is my uncle." in html(response)
    [problem] = errors(response)["__all__"]
    assert problem.startswith("You have asked for this already. Support decides by")
    assert errors(anna.post(address, {"reason": ""})) == {"reason": ["This field is required."]}


@pytest.mark.parametrize(
    ("who", "student", "status"),
    [
        ("tess", "anna", 200),
        ("tess", "ben", 404),
        ("dan", "anna", 404),
        ("anna", "ben", 404),
        ("ben", "ben", 404),
    ],
)
def test_f9_only_a_students_own_people_ask(
    north: School, who: str, student: str, status: int
) -> None:
    link = north.link(north.paula, north.anna)
    client = browser_of(getattr(north, who))
    assert client.get(at("request_new", getattr(north, student), link)).status_code == status


def test_f8_a_parent_asks_about_links_to_their_own_child_alone(north: School) -> None:
    quentin = browser_of(north.quentin)
    of_ben = north.link(north.pia, north.ben)
    assert quentin.get(at("child_request_new", north.ben, of_ben)).status_code == 200
    assert quentin.get(at("child_request_new", north.anna, of_ben)).status_code == 404
    own = north.link(north.quentin, north.ben)
    assert quentin.get(at("child_request_new", north.ben, own)).status_code == 403


def test_f10_a_parent_ends_their_own_link(north: School) -> None:
    paula = browser_of(north.paula)
    address = at("child_leave", north.anna)
    assert address in html(paula.get(at("child", north.anna)))
    assert "End your link to Anna Northside?" in words(paula.get(address))
    response = paula.post(address, follow=True)
    assert said(response) == ["You are no longer linked to Anna Northside."]
    for name in ("child", "child_leave"):
        assert paula.get(at(name, north.anna)).status_code == 404
