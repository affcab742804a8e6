"""C5: who learns what of an attempt, by the settings, by who reads it, and by how far it is."""

from decimal import Decimal
from itertools import product

import pytest

from classkey.school import linking
from classkey.school.assessing import marking, results, writing
from classkey.school.assessing.results import Grade, Released
from classkey.school.assessing.writing import Settings
from classkey.school.models import Attempt, QuestionKind
from classkey.school.viewer import Eyes, Preview, Viewer
from tests.world import School

ALL, NOTHING = Released(True, True, True), Released(False, False, False)  # noqa: FBT003
SETTINGS = [
    Settings(
        show_points=points,
        show_grade_to_students=to_students,
        show_answers_to_students=answers_to_students,
        show_grade_to_parents=to_parents,
        show_answers_to_parents=answers_to_parents,
    )
    for points, to_students, answers_to_students, to_parents, answers_to_parents in product(
        (False, True), repeat=5
    )
]


def attempt_of(north: School, name: str) -> Attempt:
    """An attempt at the quiz, with its settings as they are now."""
    return Attempt.objects.get(assessment=north.quiz.pk, student=getattr(north, name))


def viewers(north: School) -> dict[str, Viewer]:
    """Everybody who may read Anna's attempt, and who looks with their eyes."""
    return {
        "the student": Viewer(north.anna),
        "a parent": linking.as_parent_of(Viewer(north.paula), north.anna.pk),
        "the teacher": Viewer(north.tess),
        "the teacher with a student's eyes": Viewer(
            north.tess, preview=Preview(north.maths, Eyes.STUDENT)
        ),
        "the teacher with a parent's eyes": Viewer(
            north.tess, preview=Preview(north.maths, Eyes.PARENT)
        ),
    }


def expected(who: str, settings: Settings, *, is_submitted: bool) -> Released:
    """What the rules say, row by row."""
    if who == "the teacher":
        return ALL
    if who in {"a parent", "the teacher with a parent's eyes"}:
        grade, right = settings.show_grade_to_parents, settings.show_answers_to_parents
        return Released(settings.show_points, grade, right) if is_submitted else NOTHING
    grade, right = settings.show_grade_to_students, settings.show_answers_to_students
    return Released(settings.show_points, grade and is_submitted, right and is_submitted)


@pytest.mark.parametrize("is_submitted", [True, False])
def test_c5_what_is_released_to_whom(north: School, is_submitted: bool) -> None:  # noqa: FBT001
    everybody = viewers(north)
    for settings in SETTINGS:
        writing.change_settings(Viewer(north.tess), north.quiz, settings)
        attempt = attempt_of(north, "anna")
        if not is_submitted:
            attempt.submitted_at = None
        found = {who: results.released(viewer, attempt) for who, viewer in everybody.items()}
        assert found == {who: expected(who, settings, is_submitted=is_submitted) for who in found}


def test_c5_the_points_of_each_answer_need_both() -> None:
    """Without the grade they would add up to it; without the points they would tell them."""
    shown = [
        (points, grade)
        for points, grade in product((False, True), repeat=2)
        if Released(points, grade, right_answers=True).marks
    ]
    assert shown == [(True, True)]


# --- The sheet, and its sum -------------------------------------------------------------
def test_c5_a_sheet_has_each_question_with_its_answer(north: School) -> None:
    sheet = results.sheet(attempt_of(north, "anna"))
    assert [question.text for question, _answer in sheet.lines] == ["One and one?", "Why?"]
    assert [answer and answer.points for _question, answer in sheet.lines] == [2, None]
    assert sheet.grade == Grade(Decimal(2), 1, Decimal(5), None)


def test_c5_nothing_is_summed_up_before_it_is_submitted(north: School) -> None:
    attempt = attempt_of(north, "ben")
    attempt.answers.filter(question__kind=QuestionKind.LONG_TEXT).delete()
    sheet = results.sheet(attempt)
    assert [answer is None for _question, answer in sheet.lines] == [False, True]
    assert sheet.grade is None


@pytest.mark.parametrize(
    ("points", "passing", "percent", "is_passed"),
    [
        (None, 50, None, None),  # it waits to be marked
        (3, 100, 100, True),
        (1, 60, 60, True),
        (1, 61, 60, False),
        (Decimal("0.99"), 60, 59, False),  # 59.8 %: rounded down, and not passed
        (0, None, 40, None),
        (0, 0, 40, True),
    ],
)
def test_c5_the_grade(
    north: School,
    points: Decimal | None,
    passing: int | None,
    percent: int | None,
    is_passed: bool | None,  # noqa: FBT001
) -> None:
    tess, attempt = Viewer(north.tess), attempt_of(north, "anna")
    writing.change_settings(tess, north.quiz, Settings(passing_grade=passing))
    if points is not None:
        why = attempt.answers.get(question__kind=QuestionKind.LONG_TEXT)
        marking.mark(tess, north.quiz, attempt.pk, why.question_id, Decimal(points), seen=1)
    grade = results.sheet(attempt_of(north, "anna")).grade
    assert grade is not None
    assert (grade.percent, grade.is_passed) == (percent, is_passed)


def test_c5_a_test_that_is_worth_nothing_has_no_grade(north: School) -> None:
    grade = results.grade(north.quiz.assessment, [], [])
    assert (grade.earned, grade.percent, grade.is_passed) == (Decimal(0), None, None)
