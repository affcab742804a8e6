"""C5: the queue of a teacher, marks given by hand, and letting a student go on."""

import datetime
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from classkey.accounts.models import User
from classkey.school import publishing
from classkey.school.assessing import marking, taking, writing
from classkey.school.assessing.marking import ChangedMeanwhile
from classkey.school.assessing.taking import Given
from classkey.school.assessing.writing import QuestionDraft
from classkey.school.errors import Refused, Unseen
from classkey.school.models import (
    Answer,
    Attempt,
    AuditAction,
    AuditEvent,
    Item,
    Question,
    QuestionKind,
)
from classkey.school.viewer import Viewer
from tests.world import School, World


def attempt_of(student: User, test: Item) -> Attempt:
    """How somebody stands with a test."""
    return Attempt.objects.get(assessment=test.pk, student=student)


def text_of(student: User, test: Item) -> Answer:
    """What somebody wrote, to be marked by hand."""
    return attempt_of(student, test).answers.get(question__kind=QuestionKind.LONG_TEXT)


def give(teacher: User, answer: Answer, points: str, remark: str = "", seen: int = 0) -> Answer:
    """Mark an answer as it was read."""
    item = answer.attempt.assessment.item
    return marking.mark(
        Viewer(teacher),
        item,
        answer.attempt_id,
        answer.question_id,
        Decimal(points),
        remark,
        seen=seen or answer.version,
    )


@contextmanager
def refused(words: str, kind: type[Refused] = Refused) -> Iterator[None]:
    """What is done here is refused with these words."""
    with pytest.raises(kind) as caught:
        yield
    assert words in str(caught.value.message)


def submitted(student: User, test: Item, ago: datetime.timedelta) -> None:
    """Let some time pass since somebody submitted."""
    at = timezone.now() - ago
    Attempt.objects.filter(assessment=test.pk, student=student).update(submitted_at=at)


# --- The queue --------------------------------------------------------------------------
def queue(teacher: User) -> list[tuple[str, int]]:
    """The tests that wait for somebody, each with how many answers do."""
    tests: Iterable[Any] = marking.waiting_tests(Viewer(teacher))
    return [(test.title.rpartition(" ")[0], test.waiting) for test in tests]


def test_c5_what_has_waited_longest_comes_first(north: School) -> None:
    submitted(north.ben, north.surprise, datetime.timedelta(days=2))
    submitted(north.cleo, north.owl_test, datetime.timedelta(days=3))
    assert queue(north.tess) == [("Owl test", 2), ("Surprise", 1), ("Quiz", 1)]


@pytest.mark.parametrize(
    ("who", "waits"),
    [
        ("tess", 4),  # and what is over does not wait: the old test is in an archived course
        ("tom", 4),
        ("sam", 4),
        ("gwen", 2),
        ("pia", 1),
        ("ed", 0),  # may edit, and made a test
        ("vera", 0),
        ("ivan", 0),
        ("anna", 1),  # in her own den
        ("cleo", 0),
        ("quentin", 0),
    ],
)
def test_c5_it_waits_for_those_who_run_the_place(north: School, who: str, waits: int) -> None:
    teacher = getattr(north, who)
    assert marking.waiting_count(Viewer(teacher)) == waits
    assert sum(number for _title, number in queue(teacher)) == waits


def test_c5_nobody_waits_whose_account_is_not_active(north: School) -> None:
    """Inka has submitted the quiz as Anna has."""
    assert text_of(north.inka, north.quiz).points is None
    waiting = marking.waiting_answers(Viewer(north.tess), north.quiz)
    assert [answer.attempt.student for answer in waiting] == [north.anna]


def test_c5_nothing_waits_that_is_not_submitted_or_is_deleted(north: School) -> None:
    """Ben has begun the quiz; a deleted test is marked by nobody."""
    assert text_of(north.ben, north.quiz).points is None
    publishing.delete_item(Viewer(north.tess), north.quiz)
    assert "Quiz" not in dict(queue(north.tess))
    assert marking.waiting_count(Viewer(north.tess)) == 3


def test_c5_how_many_wait_is_one_question(north: School) -> None:
    with CaptureQueriesContext(connection) as queries:
        marking.waiting_count(Viewer(north.tess))
    assert len(queries) == 1


def test_c5_answers_come_question_by_question_the_first_to_submit_first(north: School) -> None:
    test = writing.make_test(Viewer(north.tess), north.maths, None, title="Essays")
    for text in ("First", "Second"):
        draft = QuestionDraft(text)
        writing.add_question(Viewer(north.tess), test, QuestionKind.LONG_TEXT, draft)
    publishing.flip(Viewer(north.tess), test, publishing.Toggle.BLUE, on=True)
    questions = list(test.assessment.questions.all())
    for days, student in enumerate((north.anna, north.ben)):
        given = {question.pk: Given(["Because"]) for question in questions}
        taking.submit(Viewer(student), test, given)
        submitted(student, test, datetime.timedelta(days=days))
    waiting = marking.waiting_answers(Viewer(north.tess), test)
    assert [(answer.question.text, answer.attempt.student) for answer in waiting] == [
        ("First", north.ben),
        ("First", north.anna),
        ("Second", north.ben),
        ("Second", north.anna),
    ]


# --- Marking ----------------------------------------------------------------------------
@pytest.mark.parametrize("points", ["0", "1.25", "3"])
def test_c5_a_teacher_gives_points_and_a_remark(north: School, points: str) -> None:
    before = text_of(north.anna, north.quiz)
    give(north.tom, before, points, "Well said")
    answer = text_of(north.anna, north.quiz)
    assert (answer.points, answer.remark) == (Decimal(points), "Well said")
    assert answer.marked_by == north.tom
    assert answer.given == before.given
    assert marking.waiting_count(Viewer(north.tess)) == 3


@pytest.mark.parametrize("points", ["-0.5", "3.01"])
def test_c5_no_more_than_the_question_is_worth_and_no_less_than_nothing(
    north: School, points: str
) -> None:
    with refused("Give between 0 and 3 points"):
        give(north.tess, text_of(north.anna, north.quiz), points)
    assert text_of(north.anna, north.quiz).points is None


def test_c5_what_marks_itself_may_be_marked_by_hand_too(north: School) -> None:
    answer = attempt_of(north.anna, north.quiz).answers.get(points=2)
    give(north.tess, answer, "1.5", "Guessed")
    answer.refresh_from_db()
    assert (answer.points, answer.marked_by) == (Decimal("1.5"), north.tess)


@pytest.mark.parametrize("who", ["gwen", "ed", "vera", "ivan", "anna", "ben", "paula"])
def test_c5_nobody_marks_but_who_runs_the_place(north: School, who: str) -> None:
    with pytest.raises(PermissionDenied):
        give(getattr(north, who), text_of(north.anna, north.quiz), "3")
    with pytest.raises(PermissionDenied):
        marking.unlock(
            Viewer(getattr(north, who)), north.quiz, attempt_of(north.anna, north.quiz).pk
        )


def test_s4_what_is_over_is_not_marked_any_more(north: School) -> None:
    with pytest.raises(PermissionDenied):
        give(north.tess, text_of(north.anna, north.old_test), "3")


def test_c5_an_attempt_is_marked_at_its_own_test_only(world: World) -> None:
    north, tess = world.north, Viewer(world.north.tess)
    question = text_of(north.anna, north.quiz).question_id
    for attempt in (
        attempt_of(north.ben, north.surprise).pk,
        attempt_of(world.south.anna, world.south.quiz).pk,
        attempt_of(north.inka, north.quiz).pk,
        uuid.uuid4(),
    ):
        with pytest.raises(Unseen):
            marking.mark(tess, north.quiz, attempt, question, Decimal(1), seen=1)
        with pytest.raises(Unseen):
            marking.unlock(tess, north.quiz, attempt)


def test_c5_nor_is_the_question_of_another_test(north: School) -> None:
    strange = Question.objects.filter(assessment=north.surprise.pk).first()
    assert strange is not None
    anna = attempt_of(north.anna, north.quiz)
    with pytest.raises(Unseen):
        marking.mark(Viewer(north.tess), north.quiz, anna.pk, strange.pk, Decimal(1), seen=1)


def test_c5_what_is_not_submitted_is_not_marked(north: School) -> None:
    with refused("The student is working on this test"):
        give(north.tess, text_of(north.ben, north.quiz), "3")
    assert text_of(north.ben, north.quiz).points is None


def test_c5_a_second_teacher_is_told_what_the_first_has_given(north: School) -> None:
    read = text_of(north.anna, north.quiz)
    give(north.tess, read, "2.5", "Good")
    with refused("Tess Northside has given 2.5 of 3 meanwhile", ChangedMeanwhile):
        give(north.tom, read, "1", seen=1)
    answer = text_of(north.anna, north.quiz)
    assert (answer.points, answer.marked_by) == (Decimal("2.5"), north.tess)
    give(north.tom, answer, "1")
    assert text_of(north.anna, north.quiz).marked_by == north.tom


def test_c5_the_same_mark_sent_twice_is_one(north: School) -> None:
    """By a script as a field is left, and by the whole form in the same moment."""
    read = text_of(north.anna, north.quiz)
    give(north.tess, read, "2.5", "Good")
    give(north.tess, read, "2.5", "Good", seen=1)
    with refused("has given 2.5", ChangedMeanwhile):
        give(north.tom, read, "2.5", "Good", seen=1)
    assert text_of(north.anna, north.quiz).version == 2


def test_c5_an_answer_that_was_changed_meanwhile_is_to_be_read_again(north: School) -> None:
    read = text_of(north.anna, north.quiz)
    marking.unlock(Viewer(north.tess), north.quiz, read.attempt_id)
    given = {read.question_id: Given(["I have thought again"], seen=read.version)}
    taking.submit(Viewer(north.anna), north.quiz, given)
    with refused("The student has changed this answer", ChangedMeanwhile):
        give(north.tess, read, "3", seen=read.version)
    answer = text_of(north.anna, north.quiz)
    assert answer.points is None
    give(north.tess, answer, "3")


# --- Unlocking --------------------------------------------------------------------------
def test_c5_unlocked_a_student_goes_on_and_keeps_the_marks_of_what_stays(north: School) -> None:
    answer = text_of(north.anna, north.quiz)
    give(north.tess, answer, "2")
    marking.unlock(Viewer(north.tess), north.quiz, answer.attempt_id)
    assert attempt_of(north.anna, north.quiz).submitted_at is None
    choice = attempt_of(north.anna, north.quiz).answers.exclude(pk=answer.pk).get()
    taking.submit(Viewer(north.anna), north.quiz, {choice.question_id: Given([], seen=1)})
    assert text_of(north.anna, north.quiz).points == 2
    choice.refresh_from_db()
    assert choice.points == 0


def test_a1_unlocking_is_noted_once(north: School) -> None:
    attempt = attempt_of(north.anna, north.quiz)
    for _time in range(2):
        marking.unlock(Viewer(north.tess, origin="127.0.0.1"), north.quiz, attempt.pk)
    [line] = AuditEvent.objects.filter(action=AuditAction.ATTEMPT_UNLOCKED)
    assert (line.actor, line.subject) == (north.tess.pk, north.anna.pk)
    assert (line.place, line.thing) == (north.maths.pk, north.quiz.pk)


def test_c5_others_stay_as_they_are(north: School) -> None:
    before = attempt_of(north.cleo, north.owl_test).submitted_at
    marking.unlock(Viewer(north.gwen), north.owl_test, attempt_of(north.anna, north.owl_test).pk)
    assert attempt_of(north.cleo, north.owl_test).submitted_at == before


# --- A new key --------------------------------------------------------------------------
def test_c5_a_new_worth_caps_what_was_given_by_hand_also_while_unlocked(north: School) -> None:
    answer = text_of(north.anna, north.quiz)
    give(north.tess, answer, "3")
    marking.unlock(Viewer(north.tess), north.quiz, answer.attempt_id)
    draft = QuestionDraft("Why?", points=Decimal(2))
    writing.change_question(Viewer(north.tess), north.quiz, answer.question_id, draft)
    assert text_of(north.anna, north.quiz).points == 2
    assert text_of(north.ben, north.quiz).points is None, "has not submitted"
    assert text_of(north.inka, north.quiz).points is None, "waits as before"
