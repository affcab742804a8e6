"""C5: the table of results as a page: its order, its plot, and its CSV for spreadsheets."""

import csv
import io
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from classkey.accounts.models import Role, User
from classkey.school import membership
from classkey.school.assessing import marking, taking, writing
from classkey.school.assessing.results import Grade
from classkey.school.assessing.taking import Given
from classkey.school.assessing.writing import QuestionDraft
from classkey.school.models import Answer, Item, PlaceKind, QuestionKind
from classkey.school.publishing import Toggle, flip
from classkey.school.viewer import Viewer
from classkey.web.histogram import TALL, Histogram, histogram
from tests.web.browsing import at, browser_of, html, links, tags, words
from tests.world import School, enter, make_user


def mark(north: School, student: User, points: str) -> None:
    """Give points for the text of the quiz."""
    answers = Answer.objects.filter(attempt__assessment=north.quiz.pk, attempt__student=student)
    answer = answers.get(question__kind=QuestionKind.LONG_TEXT)
    marking.mark(
        Viewer(north.tess), north.quiz, answer.attempt_id, answer.question_id, Decimal(points),
        seen=answer.version,
    )  # fmt: skip


@pytest.fixture
def marked(north: School) -> School:
    """The quiz as Anna, Ben and Cleo have handed it in, marked: 2 and 3 points, 2 and 1, and 0 and
    3. Nina has not begun.
    """
    taking.submit(Viewer(north.ben), north.quiz, {})
    _choice, why = north.quiz.assessment.questions.all()
    given = {why.pk: Given(["It is"])}
    taking.submit(Viewer(north.cleo), north.quiz, given)
    for student, points in ((north.anna, "3"), (north.ben, "1"), (north.cleo, "3")):
        mark(north, student, points)
    return north


def page_of(school: School, sort: str = "") -> Any:
    return browser_of(school.tess).get(at("test_results", school.quiz), {"sort": sort})


def names(page: Any) -> list[str]:
    """The students, in the order of the table."""
    return [row.student.given_name for row in page.context["rows"]]


# --- The table --------------------------------------------------------------------------
def test_c5_the_table_says_how_far_each_student_is(north: School) -> None:
    page = page_of(north)
    text = words(page)
    assert "Anna Northside waits to be marked" in text
    assert "Ben Northside working on it" in text
    assert "Cleo Northside not begun" in text
    assert "Mark 1 answer" in text
    attempt = north.quiz.assessment.attempts.get(student=north.anna)
    assert at("attempt", north.quiz, attempt) in links(html(page)), "the name leads there"
    assert at("test_mark", north.quiz) in links(html(page))
    assert "How the grades are spread" not in text, "no grade is known yet"


def test_c5_the_grade_is_in_percent_and_passed_or_not_in_words(marked: School) -> None:
    assert "passed" not in words(page_of(marked)).lower(), "there is nothing to pass"
    marked.quiz.assessment.passing_grade = 61
    marked.quiz.assessment.save()
    text = words(page_of(marked))
    assert "2 3 100 % 5 passed" in text
    assert "2 1 60 % 3 not passed" in text
    assert "Passed from 61 %." in text
    assert "Mark " not in text


def test_c5_who_has_left_is_told_apart(marked: School) -> None:
    membership.remove(Viewer(marked.tess), marked.maths, marked.anna)
    text = words(page_of(marked))
    assert "Anna Northside has left submitted" in text
    assert "Ben Northside submitted" in text


def test_s4_when_the_course_is_over_it_is_read_only(north: School) -> None:
    page = browser_of(north.tess).get(at("test_results", north.old_test))
    assert "Anna Northside" in words(page)
    assert at("test_export", north.old_test) in links(html(page))
    assert at("test_mark", north.old_test) not in links(html(page))
    assert "Questions and settings" not in words(page)


def test_c5_empty_it_says_what_comes_here(north: School) -> None:
    tess = Viewer(north.tess)
    test = writing.make_test(tess, north.maths, None, title="Blank")
    client = browser_of(north.tess)
    assert "This test has no questions yet" in words(client.get(at("test_results", test)))
    course = membership.make_top_place(tess, PlaceKind.COURSE, "Nobody here")
    test = writing.make_test(tess, course, None, title="Lonely")
    writing.add_question(tess, test, QuestionKind.LONG_TEXT, QuestionDraft("Why?"))
    page = client.get(at("test_results", test))
    assert "Nobody to take this test yet" in words(page)
    assert at("test_export", test) not in links(html(page))


@pytest.mark.parametrize(
    ("who", "status"),
    [("tess", 200), ("tom", 200), ("sam", 200), ("ed", 403), ("gwen", 403), ("anna", 403),
     ("pia", 404), ("vera", 404), ("zoe", 404), ("paula", 404), ("quentin", 404)],
)  # fmt: skip
def test_c5_who_gets_results(north: School, who: str, status: int) -> None:
    client = browser_of(getattr(north, who))
    for page in ("test_results", "test_export"):
        assert client.get(at(page, north.quiz)).status_code == status


# --- Its order --------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("", "Anna Ben Cleo Nina"),
        ("name", "Anna Ben Cleo Nina"),
        ("-name", "Nina Cleo Ben Anna"),
        ("grade", "Ben Cleo Anna Nina"),  # equal ones by name; who has none comes last
        ("-grade", "Anna Ben Cleo Nina"),
        ("q1", "Cleo Anna Ben Nina"),
        ("-q1", "Anna Ben Cleo Nina"),
        ("q2", "Ben Anna Cleo Nina"),
        ("-q2", "Anna Cleo Ben Nina"),
        ("state", "Nina Anna Ben Cleo"),
        ("-state", "Anna Ben Cleo Nina"),
        ("q3", "Anna Ben Cleo Nina"),  # there is no such thing to sort by
        ("-q0", "Nina Cleo Ben Anna"),
        ("--grade", "Nina Cleo Ben Anna"),
        ("\x00'; --", "Anna Ben Cleo Nina"),
    ],
)
def test_c5_the_table_is_sorted_as_its_address_asks(marked: School, sort: str, order: str) -> None:
    assert " ".join(names(page_of(marked, sort))) == order


def headings(page: Any) -> dict[str, tuple[str, str]]:
    """What each heading is sorted by: its link, and how the table stands now."""
    found, current = {}, ""
    for tag, attributes in tags(html(page)):
        if tag == "th":
            current = attributes.get("aria-sort", "")
        elif tag == "a" and attributes.get("href", "").startswith("?sort="):
            link = attributes["href"].removeprefix("?sort=")
            found[link.removeprefix("-")] = (link, current)
    return found


def test_c5_each_heading_sorts_and_once_more_the_other_way(marked: School) -> None:
    assert headings(page_of(marked)) == {
        "name": ("-name", "ascending"),
        "state": ("state", ""),
        "q1": ("q1", ""),
        "q2": ("q2", ""),
        "grade": ("grade", ""),
    }
    assert headings(page_of(marked, "grade"))["grade"] == ("-grade", "ascending")
    down = headings(page_of(marked, "-grade"))
    assert down["grade"] == ("grade", "descending")
    assert down["name"] == ("name", "")


# --- Its plot ---------------------------------------------------------------------------
def plot(*percents: int) -> Histogram:
    grades = [Grade(Decimal(each), 0, Decimal(100), None) for each in percents]
    found = histogram(grades)
    assert found
    return found


def test_c5_grades_are_plotted_by_tens() -> None:
    bars = plot(0, 9, 10, 55, 59, 99, 100).filled
    assert [(bar.low, bar.high, bar.count) for bar in bars] == [
        (0, 9, 2),
        (10, 19, 1),
        (50, 59, 2),
        (90, 100, 2),
    ]


def test_c5_the_tallest_bar_fills_the_plot_and_the_others_are_in_proportion() -> None:
    bars = plot(0, 50, 50, 50, 50)
    assert [(bar.y, bar.height) for bar in bars.filled] == [(75, 25), (0, TALL)]
    assert all(0 <= bar.x < bar.x + bars.bar_width <= bars.width for bar in bars.bars)


def test_c5_nothing_is_plotted_while_no_grade_is_known() -> None:
    waits = Grade(Decimal(1), 1, Decimal(2), None)
    counts_nothing = Grade(Decimal(0), 0, Decimal(0), None)
    assert histogram([]) is None
    assert histogram([waits, counts_nothing]) is None


def test_c5_the_plot_says_in_words_what_it_shows(marked: School) -> None:
    text = words(page_of(marked))
    assert "60 to 69 percent: 2 students" in text
    assert "90 to 100 percent: 1 student" in text


# --- CSV --------------------------------------------------------------------------------
def sheet(client: Client, test: Item) -> list[list[str]]:
    """What a spreadsheet reads."""
    response = client.get(at("test_export", test))
    assert response.content.startswith(b"\xef\xbb\xbf"), "by this a spreadsheet knows UTF-8"
    return list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"), newline="")))


def test_c5_the_file_holds_the_table_with_the_answers(marked: School) -> None:
    marked.quiz.assessment.passing_grade = 61
    marked.quiz.assessment.save()
    assert sheet(browser_of(marked.tess), marked.quiz) == [
        ["Family name", "First name", "State", "1. One and one?", "Points for 1",
         "2. Why?", "Points for 2", "Points", "Possible points", "Percent", "Passed"],
        ["Northside", "Anna", "submitted", "Two", "2", "Anna thinks so", "3", "5", "5", "100",
         "yes"],
        ["Northside", "Ben", "submitted", "Two", "2", "Ben thinks so", "1", "3", "5", "60", "no"],
        ["Northside", "Cleo", "submitted", "", "0", "It is", "3", "3", "5", "60", "no"],
        ["Northside", "Nina", "not begun", "", "", "", "", "", "", "", ""],
    ]  # fmt: skip


def test_c5_what_waits_has_no_points_and_no_percent(north: School) -> None:
    [_heading, anna, ben, *_others] = sheet(browser_of(north.tess), north.quiz)
    assert anna[2:] == ["waits to be marked", "Two", "2", "Anna thinks so", "", "2", "5", "", ""]
    assert ben[2:] == ["working on it", "Two", "", "Ben thinks so", "", "", "", "", ""]


def test_c5_the_file_is_a_download_named_after_nobody(north: School) -> None:
    response = browser_of(north.tess).get(at("test_export", north.quiz))
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="results.csv"'
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cache-Control"] == "no-store"


FORMULAS = [
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-2+3",
    "-cmd",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "  =1+1",
    "\t-cmd",
    "|cmd",
    "%0A=1",
    "＝1+1",
    "＠SUM(A1)",
    "harmless;=1+1",
    "harmless\t@SUM(A1)",
    "harmless\n=1+1",
    "harmless\r\n+1",
    "harmless; ＝1+1",
]


def cells_anywhere(text: str) -> Iterator[str]:
    """What spreadsheets of different countries make cells of, in a cell of ours."""
    yield text
    for cut in ";\t\n\r":
        yield from (part.strip() for part in text.split(cut))


def asks(north: School, kind: QuestionKind, **key: Any) -> Item:
    """A test of one question, open to students."""
    tess = Viewer(north.tess)
    test = writing.make_test(tess, north.maths, None, title="Spreadsheets")
    writing.add_question(tess, test, kind, QuestionDraft(**{"text": "Why?"} | key))
    flip(tess, test, Toggle.BLUE, on=True)
    return test


def assert_inert(rows: Sequence[Sequence[str]]) -> None:
    """Nothing in a file is a formula; a negative number is a number."""
    for cell in (cell for row in rows for cell in row):
        for part in cells_anywhere(cell):
            is_number = part.removeprefix("-").replace(".", "").replace(",", "").isdigit()
            assert is_number or not part.startswith(tuple("=+-@|%＝＋－＠\t\r")), cell


@pytest.mark.parametrize("text", FORMULAS)
def test_c5_nothing_that_anybody_typed_is_run_by_a_spreadsheet(north: School, text: str) -> None:
    test = asks(north, QuestionKind.LONG_TEXT)
    question = test.assessment.questions.get()
    taking.submit(Viewer(north.ben), test, {question.pk: Given([text])})
    student = make_user(Role.STUDENT, "Robin")
    User.objects.filter(pk=student.pk).update(given_name=text, family_name=text)
    student.refresh_from_db()
    enter(student, north.for_students)
    rows = sheet(browser_of(north.tess), test)
    assert_inert(rows)
    answer = next(row[3] for row in rows if row[1] == "Ben")
    assert text.strip()[1:4] in answer, "and it can still be read"


def test_c5_nor_what_the_teacher_asks(north: School) -> None:
    test = asks(north, QuestionKind.LONG_TEXT, text="=1+1\n=2+2;@x")
    assert_inert(sheet(browser_of(north.tess), test))


@pytest.mark.parametrize("number", ["-5", "-1.25", "-1,5", "7"])
def test_c5_a_negative_number_stays_one(north: School, number: str) -> None:
    test = asks(north, QuestionKind.NUMBER, number=Decimal(-5))
    question = test.assessment.questions.get()
    taking.submit(Viewer(north.ben), test, {question.pk: Given([number])})
    [ben] = [row for row in sheet(browser_of(north.tess), test) if row[1] == "Ben"]
    assert ben[3] == number


def test_c5_what_was_typed_in_other_letters_arrives(north: School) -> None:
    test = asks(north, QuestionKind.LONG_TEXT, text="Чому?")
    question = test.assessment.questions.get()
    taking.submit(Viewer(north.ben), test, {question.pk: Given(['Bởi vì "thế", مرحبا'])})
    rows = sheet(browser_of(north.tess), test)
    assert rows[0][3] == "1. Чому?"
    assert [row[3] for row in rows if row[1] == "Ben"] == ['Bởi vì "thế", مرحبا']
