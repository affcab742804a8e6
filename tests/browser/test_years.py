"""A teacher ends a year and begins the next; a family follows (S4, F4, F5, F8)."""

import datetime
from decimal import Decimal

import pytest
import time_machine
from playwright.sync_api import expect

from classkey.school import clock, issuing
from classkey.school.assessing import marking, taking
from classkey.school.assessing.taking import Given
from classkey.school.issuing import Terms
from classkey.school.models import Item, Place
from classkey.school.viewer import Viewer
from tests.browser.conftest import Arrives
from tests.web.browsing import at
from tests.world import School, enter

pytestmark = pytest.mark.browser

THIS_YEAR = clock.school_year()
OLD, NEW = clock.year_name(THIS_YEAR), clock.year_name(THIS_YEAR + 1)
AFTER_THE_HOLIDAYS = datetime.datetime(THIS_YEAR + 1, 9, 1, 12, tzinfo=datetime.UTC)


def all_of_the_old_quiz_is_right(north: School) -> None:
    attempt = north.quiz.assessment.attempts.get(student=north.anna)
    why = attempt.answers.get(points=None)
    marking.mark(Viewer(north.tess), north.quiz, attempt.pk, why.question_id, Decimal(3), seen=1)


def less_of_the_new_one(north: School, course: Place) -> None:
    """The right choice, and no reason: two points of five."""
    quiz = Item.objects.get(root=course, title=north.quiz.title)
    choice = quiz.assessment.questions.get(position=0)
    right = choice.choices.get(is_right=True)
    taking.submit(Viewer(north.anna), quiz, {choice.pk: Given([str(right.pk)])})


def test_s4_a_year_ends_and_the_next_begins(north: School, arrives: Arrives) -> None:
    all_of_the_old_quiz_is_right(north)
    with time_machine.travel(AFTER_THE_HOLIDAYS):
        # The year is over: the teacher takes her course into the new one.
        tess = arrives(north.tess)
        tess.opens("/", finds="Hello Tess")
        tess.reads("The school year is over", "Earlier courses", "History")
        tess.clicks("Copy it into…", comes_to=f"Copy {north.maths.name} ({OLD})")
        tess.reads("What comes along", "What stays behind")
        tess.types("Maths 8b", into="Name")
        tess.clicks("Copy it", comes_to="Maths 8b")
        new_course = tess.page.url
        course = Place.objects.get(name="Maths 8b")
        enter(north.anna, issuing.make_registration_code(Viewer(north.tess), course, Terms()))

        # A parent who was linked last year finds it, and nothing in it yet.
        paula = arrives(north.paula)
        paula.opens(at("child", north.anna), finds="Anna Northside")
        paula.reads(NEW, OLD)
        paula.clicks("Maths 8b", comes_to="Maths 8b")
        paula.reads("Nothing for parents here yet")

        # Once the teacher turns the course green, she reads what is green in it.
        as_a_whole = tess.page.locator(".row", has_text="This place as a whole")
        tess.clicks(
            "Hidden from parents…", within=as_a_whole, comes_to="Let parents see “Maths 8b”?"
        )
        tess.clicks("Yes, let parents see it")
        expect(as_a_whole).to_contain_text("Parents can see this")
        paula.page.reload()
        paula.reads("Maths Northside: green", north.quiz.title)
        expect(paula.here).not_to_contain_text("Maths Northside: blue")

        # The old course is archived, opened again by mistake's undo, and archived from its page.
        tess.opens("/", finds="Hello Tess")
        tess.clicks("Archive it…", comes_to=f"Archive {north.maths.name}?")
        tess.reads("Not everything is marked")
        tess.clicks("Archive it", comes_to=north.maths.name)
        tess.reads("Archived since", "Open it again")
        tess.clicks("Undo", within=tess.page.locator("#messages"))
        expect(tess.page.locator("#messages")).to_contain_text("is open again")
        tess.here.get_by_text("More", exact=True).click()
        tess.clicks("Archive", comes_to=f"Archive {north.maths.name}?")
        tess.clicks("Archive it", comes_to=north.maths.name)
        tess.opens("/", finds="Hello Tess")
        expect(tess.here).not_to_contain_text("The school year is over")

        # The student's profile has both years, and what came of the tests in them.
        less_of_the_new_one(north, course)
        anna = arrives(north.anna)
        anna.opens("/", finds="Hello Anna")
        anna.clicks("My profile", comes_to="Anna Northside")
        anna.reads(NEW, OLD, "Maths 8b", "archived", "40 %", "100 %")
        anna.reads("Paula Northside", "Tess Northside", "teacher since")
        anna.clicks(f"{north.quiz.title} {north.maths.name}…", comes_to=north.quiz.title)

        # Her teacher sees the new year's part.
        tess.opens(new_course, finds="Maths 8b")
        tess.clicks("Members", comes_to="Members of Maths 8b")
        tess.clicks("Anna Northside", comes_to="Anna Northside")
        tess.reads("Maths 8b", "40 %")
        for of_last_year in (OLD, "100 %", "Gwen"):
            expect(tess.here).not_to_contain_text(of_last_year)
