"""A course ends, and begins anew in the next year (S4, F4, F5)."""

import datetime
from typing import Any

import pytest

from classkey.school import clock, issuing, membership, publishing, years
from classkey.school.issuing import Terms
from classkey.school.models import Membership, Permission, Place, PlaceKind
from classkey.school.publishing import Toggle
from classkey.school.viewer import Viewer
from tests.web.browsing import at, browser_of, errors, html, links, said, words
from tests.world import School, enter

THIS_YEAR = clock.school_year()
NEXT_AUGUST = datetime.datetime(THIS_YEAR + 1, 8, 20, 12, tzinfo=datetime.UTC)


def is_archived(course: Place) -> bool:
    course.refresh_from_db()
    return course.archived_at is not None


# --- Archiving --------------------------------------------------------------------------
def test_s4_archiving_says_what_will_happen_and_asks(north: School) -> None:
    client = browser_of(north.tess)
    address = at("course_archive", north.maths)
    assert address in links(html(client.get(at("place", north.maths))))
    read = words(client.get(address))
    assert "Archive Maths Northside?" in read
    for told in ("Everybody in it can still read", "Nobody can change anything", "open it again"):
        assert told in read
    assert not is_archived(north.maths)
    response = client.post(address, follow=True)
    assert is_archived(north.maths)
    assert response.redirect_chain == [(at("place", north.maths), 302)]
    assert said(response) == ["“Maths Northside” is archived."]
    assert f'action="{at("course_reopen", north.maths)}"' in html(response)
    since = "everybody in it can read it, nobody can change it."
    assert since in words(response)
    assert since in words(browser_of(north.anna).get(at("place", north.owls)))
    for gone in ("New code", "Rename", "New group", "This place as a whole"):
        assert gone not in words(response)


def test_s4_the_message_offers_to_undo_it_and_so_does_the_page(north: School) -> None:
    client = browser_of(north.tom)
    years.archive(Viewer(north.tom), north.maths)
    assert "Open it again" in words(client.get(at("place", north.maths)))
    response = client.post(at("course_reopen", north.maths), follow=True)
    assert said(response) == ["“Maths Northside” is open again."]
    assert not is_archived(north.maths)
    assert "Archived since" not in words(response)
    assert "Rename" in words(response)


def test_s4_it_says_what_is_not_marked_yet(north: School) -> None:
    read = words(browser_of(north.tess).get(at("course_archive", north.maths)))
    assert "Not everything is marked" in read
    assert north.quiz.title in read
    assert north.old_test.title not in read
    read = words(browser_of(north.tess).get(at("course_archive", north.history)))
    assert "Not everything is marked" not in read


@pytest.mark.parametrize("page", ["course_archive", "course_copy", "course_reopen"])
def test_s4_only_its_admins_do(north: School, page: str) -> None:
    address, before = at(page, north.maths), Place.objects.count()
    for name, status in {"anna": 403, "ed": 403, "gwen": 403, "zoe": 404, "pia": 404, "vera": 404,
                         "paula": 404}.items():  # fmt: skip
        client = browser_of(getattr(north, name))
        if page != "course_reopen":
            assert client.get(address).status_code == status, name
        assert client.post(address, {"name": "X"}).status_code == status, name
        if status == 403:
            assert address not in links(html(client.get(at("place", north.maths))))
    assert not is_archived(north.maths)
    assert Place.objects.count() == before
    assert browser_of(north.tess).post(at(page, north.owls)).status_code == 403
    assert browser_of(north.tess).post(at(page, north.staffroom)).status_code == 403


def test_s4_nobody_is_offered_what_an_archived_course_refuses(north: School) -> None:
    for name in ("tess", "anna"):
        client = browser_of(getattr(north, name))
        for address, response in (
            (address, client.get(address))
            for address in links(html(client.get(at("place", north.history))))
        ):
            assert response.status_code in {200, 302}, address
        assert "Leave" not in words(client.get(at("members", north.history)))
    page = browser_of(north.anna).get(at("place", north.history))
    assert "Open it again" not in words(page)
    assert at("course_copy", north.history) not in links(html(page))
    told = browser_of(north.anna).post(at("leave", north.history))
    assert "This course is archived." in words(told)


# --- Copying ----------------------------------------------------------------------------
def test_s4_copying_says_what_comes_along_and_leads_to_the_copy(north: School) -> None:
    client = browser_of(north.tess)
    address = at("course_copy", north.maths)
    assert address in links(html(client.get(at("place", north.maths))))
    asked = client.get(address)
    assert "What comes along Groups, folders, pages" in words(asked)
    assert "What stays behind Everybody" in words(asked)
    assert 'value="Maths Northside"' in html(asked)
    assert f'<option value="{THIS_YEAR + 1}" selected>' in html(asked)
    response = client.post(
        address, {"name": "Maths 8b", "school_year": str(THIS_YEAR + 1)}, follow=True
    )
    copy = response.context["place"]
    assert (copy.name, copy.school_year, copy.created_by) == ("Maths 8b", THIS_YEAR + 1, north.tess)
    assert said(response) == [f"Here is “Maths 8b” for {clock.year_name(THIS_YEAR + 1)}."]
    read = words(response)
    assert f"Course · {clock.year_name(THIS_YEAR + 1)}" in read
    for title in ("Maths Northside: off", "Drawer", "Ed's draft", "Owls", north.quiz.title):
        assert title in read
    assert "Hidden from parents because the course “Maths 8b” is" in read
    assert Membership.objects.filter(place=copy).count() == 1


def test_s4_an_archived_course_is_copied_into_this_year(north: School) -> None:
    Place.objects.filter(pk=north.history.pk).update(school_year=THIS_YEAR - 1)
    client = browser_of(north.tess)
    assert at("course_copy", north.history) in links(html(client.get(at("place", north.history))))
    asked = client.get(at("course_copy", north.history))
    assert f'<option value="{THIS_YEAR}" selected>' in html(asked)


@pytest.mark.parametrize(
    ("typed", "field"),
    [({"name": ""}, "name"), ({"name": "x" * 121}, "name"), ({"school_year": ""}, "school_year"),
     ({"school_year": "1999"}, "school_year"), ({"school_year": "next"}, "school_year")],
)  # fmt: skip
def test_a4_what_is_wrong_is_told_and_kept(
    north: School, typed: dict[str, str], field: str
) -> None:
    before = Place.objects.count()
    sent = {"name": "Sums", "school_year": str(THIS_YEAR)} | typed
    response = browser_of(north.tess).post(at("course_copy", north.maths), sent)
    assert list(errors(response)) == [field]
    assert not sent["name"] or f'value="{sent["name"]}"' in html(response)
    assert Place.objects.count() == before


# --- The dashboard at the year's end ----------------------------------------------------
def test_s4_when_the_year_is_over_its_courses_are_offered(north: School, time_machine: Any) -> None:
    offer = "The school year is over"
    assert offer not in words(browser_of(north.tess).get("/"))
    time_machine.move_to(NEXT_AUGUST)
    response = browser_of(north.tess).get("/")
    over, _courses, rest = words(response).partition("Courses")
    assert offer in over
    assert f"{north.maths.name} {clock.year_name(THIS_YEAR)}" in over
    assert f"Copy it into {clock.year_name(THIS_YEAR + 1)}" in over
    assert "History" not in over, "it is archived"
    assert rest.startswith(" No course yet")
    for page in ("course_archive", "course_copy"):
        assert at(page, north.maths) in links(html(response))
    for name in ("anna", "ed", "gwen", "vera"):
        assert offer not in words(browser_of(getattr(north, name)).get("/"))


def test_s4_this_years_courses_and_earlier_ones_stand_apart(
    north: School, time_machine: Any
) -> None:
    now, _earlier, past = words(browser_of(north.anna).get("/")).partition("Earlier courses")
    assert "Music" in now
    assert "History" in past
    assert "Earlier courses" not in words(browser_of(north.ben).get("/"))
    time_machine.move_to(NEXT_AUGUST)
    copy = years.copy(Viewer(north.tess), north.maths, name="Maths 8b", school_year=THIS_YEAR + 1)
    membership.admit(Viewer(north.tess), north.anna, copy, Permission.READ)
    now, _earlier, past = words(browser_of(north.anna).get("/")).partition("Earlier courses")
    assert "Maths 8b" in now
    assert "Music" not in now
    for name in (north.maths.name, "Music", "History"):
        assert name in past


# --- From year to year (F4, F5) ---------------------------------------------------------
def test_f4_a_parent_linked_in_one_year_sees_the_next_without_doing_anything(
    north: School, time_machine: Any
) -> None:
    tess = Viewer(north.tess)
    years.archive(tess, north.maths)
    time_machine.move_to(NEXT_AUGUST)
    copy = years.copy(tess, north.maths, name="Maths 8b", school_year=THIS_YEAR + 1)
    enter(north.anna, issuing.make_registration_code(tess, copy, Terms()))
    paula = browser_of(north.paula)
    read = words(paula.get(at("child", north.anna)))
    this_year, last_year = clock.year_name(THIS_YEAR + 1), clock.year_name(THIS_YEAR)
    assert f"Courses {this_year} Maths 8b {last_year}" in read
    assert f"{north.maths.name} archived" in read
    address = at("child_place", north.anna, copy)
    assert "Nothing for parents here yet" in words(paula.get(address))
    publishing.flip(tess, copy, Toggle.GREEN, on=True)
    assert "Maths Northside: green" in words(paula.get(address))
    assert "Maths Northside: blue" not in words(paula.get(address))
    assert "Maths Northside: green" in words(
        paula.get(at("child_place", north.anna, north.maths))
    ), "what was opened in the old year stays to be read"


def test_s7_the_teacher_of_last_year_sees_the_profile_no_more(north: School) -> None:
    anna = at("student", north.anna)
    assert browser_of(north.tess).get(anna).status_code == 200
    years.archive(Viewer(north.tess), north.maths)
    assert browser_of(north.tess).get(anna).status_code == 404
    music = browser_of(north.pia).get(anna)
    assert music.status_code == 200
    assert north.maths.name not in words(music)
    course = membership.make_top_place(Viewer(north.tess), PlaceKind.COURSE, "Art")
    membership.admit(Viewer(north.tess), north.anna, course, Permission.READ)
    read = words(browser_of(north.tess).get(anna))
    assert "Art" in read
    assert north.maths.name not in read
