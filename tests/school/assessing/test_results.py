"""C5: the arithmetic of grades, who stands in the table of results, and what is released."""

from collections.abc import Sequence
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from classkey.accounts.models import Role, User
from classkey.school import linking, membership
from classkey.school.assessing import marking, results, writing
from classkey.school.assessing.results import Grade, Row, State
from classkey.school.models import (
    Answer,
    Assessment,
    Attempt,
    Item,
    Permission,
    Question,
)
from classkey.school.viewer import Viewer
from tests.world import School, enter, make_user


# --- The arithmetic ---------------------------------------------------------------------
def graded(
    points: Sequence[str | None], worth: Sequence[str], passing_grade: int | None = None
) -> Grade:
    """The grade of these points at questions worth so much."""
    return results.grade(
        Assessment(passing_grade=passing_grade),
        [Question(points=Decimal(each)) for each in worth],
        [Answer(points=each and Decimal(each)) for each in points],
    )


@pytest.mark.parametrize(
    ("points", "worth", "percent"),
    [
        (["2", "3"], ["2", "3"], 100),
        (["0", "0"], ["2", "3"], 0),
        (["1"], ["3"], 33),
        (["2"], ["3"], 66),  # never more than was earned
        (["2.99"], ["3"], 99),
        (["1", "2.5"], ["2", "3"], 70),
        (["1"], ["2", "3"], 20),  # what has no answer earns nothing
        (["1", None], ["2", "3"], None),  # an answer waits
        ([], ["0"], None),  # nothing counts
        ([], [], None),
    ],
)
def test_c5_the_grade_is_in_whole_percent_rounded_down(
    points: list[str | None], worth: list[str], percent: int | None
) -> None:
    assert graded(points, worth).percent == percent


def test_c5_what_waits_is_counted_and_the_rest_added() -> None:
    grade = graded(["1.25", None, "2", None], ["2", "2", "2", "2"])
    assert (grade.earned, grade.possible, grade.waiting) == (Decimal("3.25"), Decimal(8), 2)


@pytest.mark.parametrize(
    ("points", "worth", "passing", "is_passed"),
    [
        ("6", "10", 60, True),  # at the border
        ("5.99", "10", 60, False),  # 59.9 percent is not 60
        ("2", "3", 66, True),
        ("2", "3", 67, False),  # 66.67 percent is no 67
        ("0", "10", 0, True),
        ("10", "10", 100, True),
        ("9.99", "10", 100, False),
        ("10", "10", None, None),  # nobody passes or fails
        (None, "10", 60, None),  # not marked yet
        ("0", "0", 60, None),  # nothing counts
    ],
)
def test_c5_passed_is_who_reaches_the_passing_grade(
    points: str | None, worth: str, passing: int | None, *, is_passed: bool | None
) -> None:
    assert graded([points], [worth], passing).is_passed is is_passed


@given(
    worth=st.lists(st.decimals("0.01", "999.99", places=2), min_size=1, max_size=30),
    share=st.lists(st.integers(0, 100), min_size=30, max_size=30),
    passing=st.integers(0, 100),
)
def test_c5_who_has_the_percents_has_passed(
    worth: list[Decimal], share: list[int], passing: int
) -> None:
    points = [
        (each * part / 100).quantize(Decimal("0.01"))
        for each, part in zip(worth, share, strict=False)
    ]
    grade = graded([str(each) for each in points], [str(each) for each in worth], passing)
    assert grade.percent is not None
    assert 0 <= grade.percent <= 100
    assert grade.is_passed == (grade.percent >= passing)


# --- The table --------------------------------------------------------------------------
def rows(teacher: User, test: Item) -> dict[str, Row]:
    """The table by first names, in its order."""
    found = results.table(Viewer(teacher), test).rows
    return {row.student.given_name: row for row in found}


def test_c5_the_table_has_everybody_who_may_take_the_test(north: School) -> None:
    """No teacher and no editor who teaches; not Rolf, who was removed, nor Inka (P7)."""
    table = rows(north.tess, north.quiz)
    assert {name: row.state for name, row in table.items()} == {
        "Anna": State.WAITS,
        "Ben": State.WORKING,
        "Cleo": State.NOT_BEGUN,
        "Nina": State.NOT_BEGUN,
    }
    assert all(row.is_member for row in table.values())


def test_c5_a_row_holds_the_answers_in_the_order_of_the_questions(north: School) -> None:
    questions = results.table(Viewer(north.tess), north.quiz).questions
    assert [question.text for question in questions] == ["One and one?", "Why?"]
    table = rows(north.tess, north.quiz)
    for row in table.values():
        for question, answer in zip(questions, row.answers, strict=True):
            assert answer is None or answer.question_id == question.pk
    assert [answer and answer.points for answer in table["Anna"].answers] == [2, None]
    assert table["Cleo"].answers == [None, None]
    assert table["Ben"].grade is None
    assert table["Anna"].grade == Grade(Decimal(2), 1, Decimal(5), None)


def test_c5_marked_to_the_end_it_is_submitted(north: School) -> None:
    anna = Attempt.objects.get(assessment=north.quiz.pk, student=north.anna)
    text = anna.answers.get(points=None)
    tess = Viewer(north.tess)
    marking.mark(tess, north.quiz, anna.pk, text.question_id, Decimal(1), seen=1)
    row = rows(north.tess, north.quiz)["Anna"]
    assert row.state is State.SUBMITTED
    assert row.grade is not None
    assert row.grade.percent == 60


def test_c5_who_has_answered_and_left_stays_in_the_table(north: School) -> None:
    membership.remove(Viewer(north.tess), north.maths, north.anna)
    membership.remove(Viewer(north.tess), north.maths, north.nina)
    table = rows(north.tess, north.quiz)
    assert set(table) == {"Anna", "Ben", "Cleo"}, "Nina had not begun"
    assert not table["Anna"].is_member
    assert table["Ben"].is_member


def test_c5_of_a_group_it_has_the_groups_members(north: School) -> None:
    assert set(rows(north.gwen, north.owl_test)) == {"Anna", "Cleo"}


def test_c5_who_knows_the_right_answers_is_not_in_it(north: School) -> None:
    """In a student's den the student runs it; a test's maker is not asked either."""
    assert set(rows(north.anna, north.den_test)) == {"Ben"}
    nina = make_user(Role.STUDENT, "Nils")
    enter(nina, north.for_students)
    membership.change_permission(Viewer(north.tess), north.maths, nina, Permission.EDIT)
    made = writing.make_test(Viewer(nina), north.maths, None, title="By a student")
    assert "Nils" not in rows(north.tess, made)
    assert "Nils" in rows(north.tess, north.quiz)


def test_c5_by_name_and_the_same_each_time(north: School) -> None:
    for given_name, family_name in (("Zed", "Abel"), ("Amy", "Zuse"), ("Amy", "Abel")):
        enter(make_user(Role.STUDENT, given_name, family_name), north.for_students)
    found = results.table(Viewer(north.tess), north.quiz).rows
    names = [(row.student.family_name, row.student.given_name) for row in found]
    assert names == sorted(names)


@pytest.mark.parametrize("who", ["gwen", "ed", "vera", "ivan", "anna", "nina", "paula"])
def test_c5_nobody_reads_it_but_who_runs_the_place(north: School, who: str) -> None:
    with pytest.raises(PermissionDenied):
        results.table(Viewer(getattr(north, who)), north.quiz)


def test_s4_when_the_course_is_over_it_is_still_read(north: School) -> None:
    assert rows(north.tess, north.old_test)["Anna"].state is State.WAITS


def test_c5_as_many_queries_for_many_as_for_few(north: School) -> None:
    counts = []
    for _size in range(2):
        north.quiz.refresh_from_db()
        with CaptureQueriesContext(connection) as queries:
            rows(north.tess, north.quiz)
        counts.append(len(queries))
        for number in range(5):
            enter(make_user(Role.STUDENT, f"New{number}"), north.for_students)
    assert counts[0] == counts[1]


# --- On profiles (S7, F5) ---------------------------------------------------------------
def on_profile(viewer: Viewer, student: User) -> dict[str, int | None]:
    """The titles on a profile with what was earned, None where that is not released."""
    found = results.on_profile(viewer, student)
    return {
        each.attempt.assessment.item.title.rpartition(" ")[0]: (
            int(each.grade.earned) if each.grade else None
        )
        for each in found
    }


def release(north: School, **settings: bool) -> None:
    """Change what the quiz shows."""
    writing.change_settings(Viewer(north.tess), north.quiz, writing.Settings(**settings))


def test_c5_a_student_reads_the_grades_that_are_released_to_students(north: School) -> None:
    release(north, show_grade_to_students=False)
    found = on_profile(Viewer(north.anna), north.anna)
    assert found == {"Old test": 2, "Owl test": 2, "Quiz": None}
    release(north, show_grade_to_students=True)
    assert on_profile(Viewer(north.anna), north.anna)["Quiz"] == 2


def test_c5_a_parent_reads_those_that_are_released_to_parents(north: School) -> None:
    paula = linking.as_parent_of(Viewer(north.paula), north.anna.pk)
    release(north, show_grade_to_parents=False)
    assert on_profile(paula, north.anna)["Quiz"] is None
    release(north, show_grade_to_parents=True)
    assert on_profile(paula, north.anna)["Quiz"] == 2


def test_c5_who_marks_reads_every_grade(north: School) -> None:
    release(north, show_grade_to_students=False)
    assert on_profile(Viewer(north.tess), north.anna) == {"Owl test": 2, "Quiz": 2}
    assert on_profile(Viewer(north.vera), north.anna)["Quiz"] == 2


def test_c5_the_newest_first_and_only_what_is_submitted(north: School) -> None:
    assert list(on_profile(Viewer(north.anna), north.anna)) == ["Old test", "Owl test", "Quiz"]
    assert on_profile(Viewer(north.ben), north.ben) == {}, "begun, or not shown to him any more"


def test_c5_the_grade_on_a_profile_is_that_of_the_table(north: School) -> None:
    grades = {
        each.attempt.assessment_id: each.grade
        for each in results.on_profile(Viewer(north.tess), north.anna)
    }
    assert grades[north.quiz.pk] == rows(north.tess, north.quiz)["Anna"].grade


def test_c5_a_profile_takes_three_queries_however_many_tests_there_are(north: School) -> None:
    for student in (north.anna, north.nina):
        with CaptureQueriesContext(connection) as queries:
            results.on_profile(Viewer(north.vera), student)
        assert len(queries) <= 3
