"""A student's profile, for the student, their teachers and administrators (S5, S7, F8)."""

import datetime
from typing import Any

import pytest
from django.utils.dateformat import format as written

from classkey.school import clock, membership
from classkey.school.assessing import marking, writing
from classkey.school.models import Item, Membership, ParentLink, Permission, Place, PlaceKind
from classkey.school.viewer import Viewer
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
    assert "Ask to end… Paula Northside" in read


def test_f8_a_paused_link_is_still_a_link(north: School) -> None:
    assert "Petra Northside" in words(browser_of(north.ben).get(at("student", north.ben)))


@pytest.mark.parametrize(
    ("who", "courses"),
    [("tess", {"Maths Northside"}), ("gwen", {"Maths Northside"}), ("pia", {"Music"})],
)
def test_s7_a_teacher_reads_their_own_courses_part(
    north: School, who: str, courses: set[str]
) -> None:
    read = words(browser_of(getattr(north, who)).get(at("student", north.anna)))
    assert {name for name in ("Maths Northside", "History", "Music") if name in read} == courses
    assert "Paula Northside linked since" in read
    assert "A code for a parent" in read


@pytest.mark.parametrize("who", ["anna", "tess", "gwen", "pia"])
def test_nobody_is_led_from_it_to_what_they_may_not_see(north: School, who: str) -> None:
    client = browser_of(getattr(north, who))
    found = links(html(client.get(at("student", north.anna))))
    for address in found:
        assert client.get(address, follow=True).status_code == 200, address
    for kind in ("/places/", "/items/"):
        is_led = (kind, who) != ("/items/", "pia")
        assert any(address.startswith(kind) for address in found) == is_led


def test_a_student_in_no_course_with_no_parent(north: School) -> None:
    read = words(browser_of(north.zoe).get(at("student", north.zoe)))
    assert "No course yet." in read
    assert "No parent is linked yet." in read


def test_nobody_else_sees_it(north: School) -> None:
    for person in north.people:
        sees = person in (north.anna, north.tess, north.tom, north.gwen, north.sam, north.pia)
        if person.is_active and person != north.vera:  # who goes to the desk (F8)
            status = browser_of(person).get(at("student", north.anna)).status_code
            assert status == (200 if sees else 404), person.given_name


# --- Courses by year (S4) ---------------------------------------------------------------
def test_s4_courses_stand_by_year_the_newest_first(north: School) -> None:
    year = clock.school_year()
    Place.objects.filter(pk=north.history.pk).update(school_year=year - 1)
    read = words(browser_of(north.anna).get(at("student", north.anna)))
    this_year, last_year = clock.year_name(year), clock.year_name(year - 1)
    assert (
        f"Courses {this_year} Maths Northside Music {last_year} History archived Test results"
    ) in read


# --- Test results (C5, S7) --------------------------------------------------------------
def results(north: School, who: str) -> str:
    response = browser_of(getattr(north, who)).get(at("student", north.anna))
    _before, heading, after = words(response).partition("Test results")
    return after.partition("Who can see")[0].strip() if heading else ""


def mark_the_quiz(north: School) -> None:
    attempt = north.quiz.assessment.attempts.get(student=north.anna)
    why = attempt.answers.get(points=None)
    marking.mark(
        Viewer(north.tess), north.quiz, attempt.pk, why.question_id, why.question.points, seen=1
    )


def test_s7_each_reads_the_results_of_their_own_courses(north: School) -> None:
    day = written(north.run.requested_at, "N j, Y")
    quiz = f"{north.quiz.title} {north.maths.name} · {day} not marked yet"
    owls = f"{north.owl_test.title} {north.maths.name} · {day} not marked yet"
    old = f"{north.old_test.title} History · {day} not marked yet"
    assert results(north, "anna") == f"{old} {owls} {quiz}"
    assert results(north, "tess") == f"{owls} {quiz}"
    assert results(north, "gwen") == owls
    assert results(north, "pia") == ""


def test_c5_the_grade_stands_there_once_it_is_marked_and_released(north: School) -> None:
    mark_the_quiz(north)
    assert f"{north.quiz.title} {north.maths.name}" in results(north, "anna")
    assert "100 %" in results(north, "anna")
    settings = writing.Settings(show_grade_to_students=False, passing_grade=50)
    writing.change_settings(Viewer(north.tess), north.quiz, settings)
    assert "%" not in results(north, "anna")
    assert results(north, "anna").endswith("submitted")
    assert results(north, "tess").endswith("100 % passed")
    Item.objects.get(pk=north.quiz.pk).assessment.questions.update(points=50)
    assert results(north, "tess").endswith("5 % not passed")


def test_c5_a_test_worth_nothing_has_no_grade(north: School) -> None:
    mark_the_quiz(north)
    north.quiz.assessment.questions.update(points=0)
    assert results(north, "tess").endswith("submitted")


def test_c5_results_lead_the_student_to_the_test_and_the_teacher_to_the_answers(
    north: School,
) -> None:
    attempt = north.quiz.assessment.attempts.get(student=north.anna)
    marked = at("attempt", north.quiz, attempt)
    ways = {
        who: links(html(browser_of(getattr(north, who)).get(at("student", north.anna))))
        for who in ("anna", "tess", "gwen")
    }
    assert at("item", north.quiz) in ways["anna"]
    assert at("item", north.old_test) in ways["anna"]
    assert marked not in ways["anna"]
    assert marked in ways["tess"]
    assert marked not in ways["gwen"]


# --- Who can see it, and since when (F8) ------------------------------------------------
def watchers(north: School, who: str) -> str:
    read = words(browser_of(getattr(north, who)).get(at("student", north.anna)))
    return read.partition("Who can see this profile")[2]


def test_f8_the_student_reads_which_teachers_see_it(north: School) -> None:
    read = watchers(north, "anna")
    for teacher in (north.tess, north.tom, north.gwen, north.sam, north.pia):
        assert f"{teacher.full_name} teacher since" in read
    for other in ("Ed", "Ivan", "Vera"):
        assert f"{other} Northside" not in read
    assert "The school's administrators see it too." in read


def test_s7_a_teacher_reads_of_the_teachers_of_their_own_courses_alone(north: School) -> None:
    tess, pia = watchers(north, "tess"), watchers(north, "pia")
    assert "Gwen Northside" in tess
    assert "Pia Northside" not in tess
    assert "Pia Northside teacher since" in pia
    for other in (north.tess, north.tom, north.gwen, north.sam):
        assert other.full_name not in pia
    for read in (tess, pia):
        assert "Teachers of other courses see the part of theirs" in read
        assert "Paula Northside linked since" in read


def test_f8_since_when_both_are_there(north: School, time_machine: Any) -> None:
    joined = north.in_place(north.anna, north.owls)
    assert joined
    days = {name: joined.joined_at + datetime.timedelta(days=nth) for nth, name in enumerate("abc")}
    Membership.objects.filter(user=north.anna).update(joined_at=days["b"])
    Membership.objects.filter(user=north.tess).update(joined_at=days["a"])
    Membership.objects.filter(user=north.gwen).update(joined_at=days["c"])
    read = watchers(north, "anna")
    assert f"Tess Northside teacher since {written(days['b'], 'N j, Y')}" in read
    assert f"Gwen Northside teacher since {written(days['c'], 'N j, Y')}" in read
    time_machine.move_to(days["c"] + datetime.timedelta(days=2))
    art = membership.make_top_place(Viewer(north.gwen), PlaceKind.COURSE, "Art")
    membership.admit(Viewer(north.gwen), north.anna, art, Permission.READ)
    assert f"Gwen Northside teacher since {written(days['c'], 'N j, Y')}" in watchers(north, "anna")


def test_f8_who_has_no_account_any_more_sees_nothing_any_more(north: School) -> None:
    north.paula.is_active = False
    north.paula.save()
    assert "Paula" not in watchers(north, "anna")
    assert "Quentin Northside linked since" in watchers(north, "anna")


def test_f8_nobody_teaches_a_student_who_is_nowhere(north: School) -> None:
    read = words(browser_of(north.zoe).get(at("student", north.zoe)))
    assert "Teachers, each" not in read
    assert "administrators" in read
