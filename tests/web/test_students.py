"""A student's profile, for the student, their teachers and administrators (S5, S7, F8)."""

import pytest
from django.utils.dateformat import format as written

from classkey.school.models import ParentLink
from tests.web.browsing import at, browser_of, html, links, words
from tests.world import School


def test_f8_a_student_reads_who_can_see_them_and_since_when(north: School) -> None:
    client = browser_of(north.anna)
    assert at("student", north.anna) in links(html(client.get("/")))
    read = words(client.get(at("student", north.anna)))
    since = written(ParentLink.objects.get(parent=north.paula).linked_at, "N j, Y")
    assert f"Paula Northside linked since {since}" in read
    assert "Quentin Northside" in read
    assert "Oscar" not in read
    assert "A code for my parent" in read
    assert "History" in read
    assert "To end a link, ask support." in read


def test_f8_a_paused_link_is_still_a_link(north: School) -> None:
    assert "Petra Northside" in words(browser_of(north.ben).get(at("student", north.ben)))


@pytest.mark.parametrize(
    ("who", "courses"),
    [("tess", {"Maths Northside"}), ("gwen", {"Maths Northside"}), ("pia", {"Music"}),
     ("vera", {"Maths Northside", "History", "Music"})],
)  # fmt: skip
def test_s7_a_teacher_reads_their_own_courses_part(
    north: School, who: str, courses: set[str]
) -> None:
    read = words(browser_of(getattr(north, who)).get(at("student", north.anna)))
    assert {name for name in ("Maths Northside", "History", "Music") if name in read} == courses
    assert "Paula Northside linked since" in read
    assert ("A code for a parent" in read) == (who != "vera")


@pytest.mark.parametrize("who", ["anna", "tess", "gwen", "pia", "vera"])
def test_nobody_is_led_from_it_to_what_they_may_not_see(north: School, who: str) -> None:
    client = browser_of(getattr(north, who))
    found = links(html(client.get(at("student", north.anna))))
    for address in found:
        assert client.get(address, follow=True).status_code == 200, address
    assert any(address.startswith("/places/") for address in found) == (who != "vera")


def test_a_student_in_no_course_with_no_parent(north: School) -> None:
    read = words(browser_of(north.zoe).get(at("student", north.zoe)))
    assert "No course yet." in read
    assert "No parent is linked yet." in read
