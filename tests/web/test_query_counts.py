"""A page asks the database as often in a large school as in a small one."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from classkey.accounts.models import Role, User
from classkey.school import clock, issuing, membership, publishing, years
from classkey.school.assessing import taking, writing
from classkey.school.assessing.taking import Given
from classkey.school.assessing.writing import QuestionDraft
from classkey.school.issuing import Terms
from classkey.school.models import (
    Answer,
    Attempt,
    Choice,
    Code,
    Item,
    ItemKind,
    ParentLink,
    Permission,
    Place,
    PlaceKind,
    Question,
    QuestionKind,
    Redemption,
    SheetRun,
)
from classkey.school.publishing import Toggle
from classkey.school.viewer import Viewer
from tests.web.browsing import HTMX, at, browser_of
from tests.world import School, enter, make_user


def grow(north: School) -> None:
    """Twelve more of everything."""
    tess, anna = Viewer(north.tess), Viewer(north.anna)
    for number in range(12):
        student = make_user(Role.STUDENT, f"Student{number}")
        enter(student, north.for_students)
        enter(student, north.for_owls)
        group = membership.make_group(tess, north.maths, f"Group {number}")
        membership.add_from_above(tess, group, [north.anna], Permission.READ)
        for place in (north.maths, north.owls):
            folder = publishing.make_item(
                tess, place, north.folder if place == north.maths else None,
                kind=ItemKind.FOLDER, title=f"Folder {number}",
            )  # fmt: skip
            publishing.make_item(tess, place, folder, kind=ItemKind.PAGE, title=f"Page {number}")
            publishing.make_item(tess, place, None, kind=ItemKind.PAGE, title=f"Letter {number}")
            gone = publishing.make_item(tess, place, folder, kind=ItemKind.PAGE, title="Gone")
            publishing.delete_item(tess, gone)
        enter(north.anna, issuing.make_registration_code(tess, group, Terms()))
        issuing.make_parent_code(tess, student, north.maths)
        issuing.delete_codes(tess, [issuing.make_parent_code(tess, student, north.maths).pk])
        for run in (north.run, SheetRun.objects.create(place=north.maths, requested_by=north.tess)):
            sheet_of(run, number, student, issuing.make_parent_code(tess, student, north.maths))
        parent = make_user(Role.PARENT, f"Parent{number}", address=f"p{number}@home.example")
        ParentLink.objects.create(parent=parent, student=north.anna)
        ParentLink.objects.create(parent=north.quentin, student=student)
        course = membership.make_top_place(tess, PlaceKind.COURSE, f"Course {number}")
        enter(north.anna, issuing.make_registration_code(tess, course, Terms()))
        pass_by(course, number, north.anna)
        hand_in(north, student, number)
        membership.make_top_place(anna, PlaceKind.WORKSPACE, f"Workspace {number}")
        membership.make_top_place(tess, PlaceKind.WORKSPACE, f"Shelf {number}")
    Item.objects.filter(root=north.maths).update(parents_see=True, shown_to_parents=True)


def sheet_of(run: SheetRun, number: int, student: User, code: Code) -> None:
    """Let a run of sheets have one more part, of one sheet, made and redeemed."""
    part = run.parts.create(number=number + 100)
    part.sheets.create(student=student, position=0, code=code)
    reader = make_user(Role.PARENT, f"Reader{run.pk}", address=f"{code.pk}@home.example")
    Redemption.objects.create(code=code, user=reader)


def hand_in(north: School, student: User, number: int) -> None:
    """Let another question be in the quiz, another student answer it, and another test wait."""
    tess, quiz = Viewer(north.tess), north.quiz.assessment
    question = Question.objects.create(
        assessment=quiz, position=number + 2, kind=QuestionKind.LONG_TEXT, text=f"And {number}?"
    )
    Answer.objects.create(attempt=annas_attempt(north), question=question, given=["So"])
    which = Question.objects.create(
        assessment=quiz, position=number + 20, kind=QuestionKind.ONE_CHOICE, text="Which?"
    )
    Choice.objects.bulk_create(
        Choice(question=asked, position=number + 2, text=f"Choice {number}")
        for asked in (which, quiz.questions.all()[0])
    )
    essay = writing.make_test(tess, north.maths, None, title=f"Essay {number}")
    writing.add_question(tess, essay, QuestionKind.LONG_TEXT, QuestionDraft("Why?"))
    publishing.flip(tess, essay, Toggle.BLUE, on=True)
    for test in (north.quiz, essay):
        texts = test.assessment.questions.filter(kind=QuestionKind.LONG_TEXT)
        taking.submit(Viewer(student), test, {text.pk: Given(["So"]) for text in texts})


def pass_by(course: Place, number: int, student: User) -> None:
    """Let a course be one of some years ago, in which the student took a test."""
    teacher = Viewer(course.created_by)
    made = writing.make_test(teacher, course, None, title=f"Test {number}")
    draft = QuestionDraft("So?", is_true=True)
    writing.add_question(teacher, made, QuestionKind.TRUE_FALSE, draft)
    for toggle in Toggle:
        publishing.flip(teacher, made, toggle, on=True, with_above=True)
    taking.submit(Viewer(student), made, {})
    years_ago = clock.school_year() - number % 4
    Place.objects.filter(pk=course.pk).update(school_year=years_ago)
    if number % 3:
        years.archive(teacher, course)


def annas_attempt(north: School) -> Attempt:
    return Attempt.objects.get(assessment=north.quiz.pk, student=north.anna)


PAGES: dict[str, tuple[str, Callable[[School], str]]] = {
    "a place": ("tess", lambda north: at("place", north.maths)),
    "a place for its readers": ("anna", lambda north: at("place", north.maths)),
    "a group": ("gwen", lambda north: at("place", north.owls)),
    "a folder": ("tess", lambda north: at("item", north.folder)),
    "a page": ("tess", lambda north: at("item", north.pages["box: both"])),
    "a file": ("gwen", lambda north: at("item", north.leaflet)),
    "what was deleted": ("tess", lambda north: at("deleted", north.maths)),
    "where to move something": ("tess", lambda north: at("item_move", north.notes)),
    "the members": ("tess", lambda north: at("members", north.maths)),
    "a group's members": ("tess", lambda north: at("members", north.owls)),
    "the panel": ("tess", lambda _north: "/codes/"),
    "the dialog": ("tess", lambda _north: "/codes/new/"),
    "the dialog for parents": ("tess", lambda _north: "/codes/new/parent/"),
    "a code": ("tess", lambda north: at("code", north.for_students)),
    "a code for the class": ("tess", lambda north: at("code_to_class", north.for_students)),
    "the panel, by place and text": (
        "tess",
        lambda north: f"/codes/?place={north.maths.pk}&text=northside&order=place",
    ),
    "a run of sheets in the panel": ("tess", lambda north: f"/codes/?run={north.run.pk}"),
    "who came in": ("tess", lambda _north: "/codes/came-in/?since=2020-01-01"),
    "the dashboard": ("tess", lambda _north: "/"),
    "a student's dashboard": ("anna", lambda _north: "/"),
    "a student's profile": ("anna", lambda north: at("student", north.anna)),
    "a student's profile for a teacher": ("tess", lambda north: at("student", north.anna)),
    "the children": ("quentin", lambda _north: "/children/"),
    "the end of a course": ("tess", lambda north: at("course_archive", north.maths)),
    "copying a course": ("tess", lambda north: at("course_copy", north.maths)),
    "a child": ("quentin", lambda north: at("child", north.anna)),
    "a child's place": ("quentin", lambda north: at("child_place", north.anna, north.maths)),
    "a child's folder": ("quentin", lambda north: at("child_item", north.anna, north.folder)),
    "a test": ("tess", lambda north: at("item", north.quiz)),
    "the questions of a test": ("tess", lambda north: at("test_edit", north.quiz)),
    "a question": (
        "tess",
        lambda north: at("question_edit", north.quiz, north.quiz.assessment.questions.all()[0]),
    ),
    "the kinds of questions": ("tess", lambda north: at("question_new", north.quiz)),
    "a test under way": ("ben", lambda north: at("item", north.quiz)),
    "taking a test": ("ben", lambda north: at("test_take", north.quiz)),
    "submitting a test": ("ben", lambda north: at("test_submit", north.quiz)),
    "a submitted test": ("anna", lambda north: at("item", north.quiz)),
    "a child's test": ("quentin", lambda north: at("child_item", north.anna, north.quiz)),
    "what waits to be marked": ("tess", lambda _north: at("to_mark")),
    "marking": ("tess", lambda north: at("test_mark", north.quiz)),
    "results": ("tess", lambda north: at("test_results", north.quiz)),
    "results as a file": ("tess", lambda north: at("test_export", north.quiz)),
    "an attempt": ("tess", lambda north: at("attempt", north.quiz, annas_attempt(north))),
    "a place as a student": ("tess", lambda north: at("view_as", north.maths, "student")),
    "a place as a parent": ("tess", lambda north: at("view_as", north.maths, "parent")),
    "a folder as a student": (
        "tess",
        lambda north: at("view_as_item", north.owls, "student", north.folder),
    ),
    "a folder as a parent": (
        "gwen",
        lambda north: at("view_as_item", north.owls, "parent", north.folder),
    ),
    "asking for sheets": ("tess", lambda north: at("sheets_new", north.maths)),
    "how far sheets are": ("tess", lambda north: at("sheet_run", north.run)),
    "voiding sheets": ("tess", lambda north: at("sheets_void", north.run)),
}


def asked(client: Client, address: str, **headers: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert client.get(address, headers=headers).status_code == 200
    return len(queries)


def test_the_number_of_queries_does_not_grow_with_the_school(north: School) -> None:
    people = ("tess", "gwen", "anna", "ben", "quentin")
    browsers = {who: browser_of(getattr(north, who)) for who in people}
    pages = {name: (browsers[who], address(north)) for name, (who, address) in PAGES.items()}
    for number in (-2, -1):
        sheet_of(
            north.run, number, north.nina, issuing.make_parent_code(Viewer(north.tess), north.nina)
        )
    before = {name: asked(*page) for name, page in pages.items()}
    grow(north)
    assert {name: asked(*page) for name, page in pages.items()} == before
    assert max(before.values()) <= 25


def test_asking_what_dies_costs_as_much_for_many(north: School) -> None:
    client = browser_of(north.tess)
    codes = [
        issuing.make_registration_code(Viewer(north.tess), north.owls, Terms()) for _n in range(12)
    ]
    counts = []
    for some in (codes[:1], codes):
        with CaptureQueriesContext(connection) as queries:
            client.post("/codes/delete/", {"code": [str(code.pk) for code in some]}, headers=HTMX)
        counts.append(len(queries))
    assert counts[0] == counts[1]


@pytest.mark.django_db
def test_a_stranger_costs_the_database_nothing(client: Client) -> None:
    for address in ("/", "/join/", "/accounts/login/"):
        assert asked(client, address) == 0
