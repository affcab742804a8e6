"""C5: answers are kept as they are given, and submitted once; nobody answers for another."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from classkey.accounts.models import Role, User
from classkey.school import linking, membership, publishing
from classkey.school.assessing import marking, taking, writing
from classkey.school.assessing.taking import ChangedElsewhere, Given, Unfit
from classkey.school.assessing.writing import QuestionDraft
from classkey.school.errors import Refused, Unseen
from classkey.school.models import (
    Answer,
    Attempt,
    Item,
    ItemKind,
    Place,
    PlaceKind,
    Question,
    QuestionKind,
)
from classkey.school.viewer import Eyes, Preview, Viewer
from tests.questions import open_test
from tests.world import School, World, make_user


def question_of(test: Item, kind: QuestionKind) -> Question:
    return Question.objects.get(assessment=test.pk, kind=kind)


def ids(question: Question, *texts: str) -> list[str]:
    """The choices of these texts, as a page sends them."""
    return [str(question.choices.get(text=text).pk) for text in texts]


def rows(test: Item) -> list[Any]:
    """All that students have done with a test."""
    attempts = Attempt.objects.filter(assessment=test.pk)
    answers = Answer.objects.filter(attempt__assessment=test.pk)
    return [list(each.order_by("pk").values_list()) for each in (attempts, answers)]


@contextmanager
def nothing_changes(*tests: Item) -> Iterator[None]:
    before = [rows(test) for test in tests]
    yield
    assert [rows(test) for test in tests] == before


def why_given(test: Item, text: str, seen: int = 0) -> dict[uuid.UUID, Given]:
    """An answer to the long question."""
    return {question_of(test, QuestionKind.LONG_TEXT).pk: Given([text], seen)}


def kept(student: User, test: Item) -> Answer:
    """What is kept of the long question."""
    return Answer.objects.get(
        attempt__student=student,
        attempt__assessment=test.pk,
        question__kind=QuestionKind.LONG_TEXT,
    )


# --- Beginning --------------------------------------------------------------------------
def test_c5_a_student_begins_once_and_goes_on(north: School) -> None:
    begun = taking.begin(Viewer(north.nina), north.quiz)
    assert begun.submitted_at is None
    assert taking.begin(Viewer(north.nina), north.quiz) == begun
    assert taking.own_attempt(Viewer(north.nina), north.quiz) == begun


def test_c5_a_test_without_questions_is_not_begun(north: School) -> None:
    """Or its teacher could write no more."""
    test = open_test(north.tess, north.maths, {})
    with nothing_changes(test), pytest.raises(Refused) as refusal:
        taking.begin(Viewer(north.nina), test)
    assert "no questions yet" in str(refusal.value.message)


def test_c5_how_long_a_test_is(north: School) -> None:
    assert taking.outline(open_test(north.tess, north.maths)) == taking.Outline(6, Decimal(10))
    assert taking.outline(open_test(north.tess, north.maths, {})) == taking.Outline(0, Decimal(0))


@pytest.mark.parametrize("eyes", [None, *Eyes])
def test_c5_others_eyes_have_no_attempt_of_their_own(north: School, eyes: Eyes | None) -> None:
    preview = Preview(north.maths, eyes) if eyes else None
    for who in (north.tess, north.anna):
        viewer = Viewer(who, preview=preview)
        is_students = eyes is Eyes.STUDENT or (eyes is None and who == north.anna)
        assert taking.is_for(viewer) == is_students
        assert (taking.own_attempt(viewer, north.quiz) is not None) == (
            eyes is None and who == north.anna
        )


def test_p5_nor_has_a_parent(north: School) -> None:
    viewer = linking.as_parent_of(Viewer(north.paula), north.anna.pk)
    assert not taking.is_for(viewer)
    assert taking.own_attempt(viewer, north.quiz) is None


# --- Keeping answers --------------------------------------------------------------------
def test_c5_answers_of_all_six_kinds_are_kept_and_marked(north: School) -> None:
    test, anna = open_test(north.tess, north.maths), Viewer(north.anna)
    one, several, true, number, short, why = test.assessment.questions.all()
    given = {
        one.pk: Given(ids(one, "Two")),
        several.pk: Given(ids(several, "Deux", "Two")),
        true.pk: Given(["false"]),
        number.pk: Given([" 2,5 "]),
        short.pk: Given(["DEUX"]),
        why.pk: Given(["Because.\r\nIt is so."]),
    }
    found = taking.save_answers(anna, test, given)
    assert found[several.pk].given == ids(several, "Two", "Deux"), "as they are offered"
    assert found[why.pk].given == ["Because.\nIt is so."]
    attempt = taking.submit(anna, test, {})
    assert attempt.submitted_at is not None
    points = dict(attempt.answers.values_list("question", "points"))
    assert points == {one.pk: 2, several.pk: 2, true.pk: 0, number.pk: 1, short.pk: 1, why.pk: None}


def test_c5_nothing_given_is_kept_as_nothing_until_it_is_submitted(north: School) -> None:
    test, anna = open_test(north.tess, north.maths), Viewer(north.anna)
    found = taking.save_answers(anna, test, why_given(test, "  \n "))
    assert found == {}
    attempt = taking.submit(anna, test, {})
    assert set(attempt.answers.values_list("points", flat=True)) == {Decimal(0)}
    assert attempt.answers.count() == 6


def test_c5_an_answer_changes_as_often_as_its_student_likes(north: School) -> None:
    ben = Viewer(north.ben)
    for seen, text in ((1, "First"), (2, "Second"), (3, "")):
        found = taking.save_answers(ben, north.quiz, why_given(north.quiz, text, seen))
        why = question_of(north.quiz, QuestionKind.LONG_TEXT).pk
        assert (found[why].given, found[why].version) == ([text] if text else [], seen + 1)


def test_c5_saving_the_same_again_changes_nothing_whatever_was_seen(north: School) -> None:
    """An answer that arrived, though its page never heard of it."""
    with nothing_changes(north.quiz):
        taking.save_answers(
            Viewer(north.ben), north.quiz, why_given(north.quiz, "Ben thinks so", 0)
        )


# --- Two tabs ---------------------------------------------------------------------------
def test_c5_a_second_tab_does_not_overwrite_the_first_unseen(north: School) -> None:
    ben = Viewer(north.ben)
    taking.save_answers(ben, north.quiz, why_given(north.quiz, "In one tab", 1))
    choice = question_of(north.quiz, QuestionKind.ONE_CHOICE)
    both = {choice.pk: Given(ids(choice, "Three"), 1)} | why_given(north.quiz, "In the other", 1)
    for act in (taking.save_answers, taking.submit):
        with nothing_changes(north.quiz), pytest.raises(ChangedElsewhere) as refusal:
            act(ben, north.quiz, both)
        assert {pk: answer.given for pk, answer in refusal.value.kept.items()} == {
            question_of(north.quiz, QuestionKind.LONG_TEXT).pk: ["In one tab"]
        }
    taking.save_answers(ben, north.quiz, why_given(north.quiz, "In the other", 2))
    assert kept(north.ben, north.quiz).given == ["In the other"]


def test_c5_nor_one_that_was_not_there_when_the_page_was_opened(north: School) -> None:
    nina = Viewer(north.nina)
    taking.save_answers(nina, north.quiz, why_given(north.quiz, "In one tab"))
    with nothing_changes(north.quiz), pytest.raises(ChangedElsewhere):
        taking.save_answers(nina, north.quiz, why_given(north.quiz, "In the other"))


# --- Once -------------------------------------------------------------------------------
@pytest.mark.parametrize("act", [taking.save_answers, taking.submit])
def test_c5_after_submission_answers_are_refused(north: School, act: Callable[..., Any]) -> None:
    for answers in ({}, why_given(north.quiz, "Too late", 1)):
        with nothing_changes(north.quiz), pytest.raises(Refused) as refusal:
            act(Viewer(north.anna), north.quiz, answers)
        assert "You have submitted this test" in str(refusal.value.message)


def unlock(north: School) -> None:
    attempt = Attempt.objects.get(assessment=north.quiz.pk, student=north.anna)
    marking.unlock(Viewer(north.tess), north.quiz, attempt.pk)


def mark(north: School, points: int) -> None:
    answer = kept(north.anna, north.quiz)
    by = Viewer(north.tess)
    marking.mark(
        by,
        north.quiz,
        answer.attempt_id,
        answer.question_id,
        Decimal(points),
        "Well said",
        seen=answer.version,
    )


def test_c5_who_is_unlocked_goes_on_and_keeps_the_marks_of_what_stays(north: School) -> None:
    mark(north, 2)
    unlock(north)
    choice = question_of(north.quiz, QuestionKind.ONE_CHOICE)
    changed = {choice.pk: Given(ids(choice, "Three"), 1)}
    attempt = taking.submit(Viewer(north.anna), north.quiz, changed)
    answer = kept(north.anna, north.quiz)
    assert (answer.points, answer.marked_by, answer.remark) == (Decimal(2), north.tess, "Well said")
    assert attempt.answers.get(question=choice).points == 0


def test_c5_what_they_change_is_not_marked_any_more(north: School) -> None:
    mark(north, 2)
    unlock(north)
    changed = why_given(north.quiz, "Rather so", kept(north.anna, north.quiz).version)
    taking.submit(Viewer(north.anna), north.quiz, changed)
    answer = kept(north.anna, north.quiz)
    assert (answer.given, answer.points, answer.marked_by) == (["Rather so"], None, None)


# --- Attacks ----------------------------------------------------------------------------
def not_theirs(north: School, south: School) -> dict[str, tuple[User, Item]]:
    """Who tries to answer what they may not."""
    nobodys = publishing.make_item(
        Viewer(north.tess), north.maths, None, kind=ItemKind.PAGE, title="No test"
    )
    return {
        "a hidden test": (north.nina, north.surprise),
        "a hidden test that they had begun": (north.ben, north.surprise),
        "a locked test": (north.nina, north.locked_test),
        "a test in an archived course": (north.anna, north.old_test),
        "a group's test": (north.ben, north.owl_test),
        "another school's test": (north.nina, south.quiz),
        "a page": (north.nina, nobodys),
        "a teacher": (north.tess, north.quiz),
        "another teacher": (north.gwen, north.quiz),
        "an editor": (north.ed, north.quiz),
        "its maker": (north.ed, north.eds_test),
        "a student who made it": (north.anna, north.den_test),
        "a parent": (north.paula, north.quiz),
        "somebody who was removed": (north.rolf, north.quiz),
        "an account that is not active": (north.inka, north.quiz),
        "an administrator": (north.vera, north.quiz),
    }


ATTACKS = [
    "a hidden test",
    "a hidden test that they had begun",
    "a locked test",
    "a test in an archived course",
    "a group's test",
    "another school's test",
    "a page",
    "a teacher",
    "another teacher",
    "an editor",
    "its maker",
    "a student who made it",
    "a parent",
    "somebody who was removed",
    "an account that is not active",
    "an administrator",
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_c5_who_may_not_answer_changes_nothing(world: World, attack: str) -> None:
    who, test = not_theirs(world.north, world.south)[attack]
    questions = Question.objects.filter(assessment=test.pk, kind=QuestionKind.LONG_TEXT)
    answers = {question.pk: Given(["Mine"], 1) for question in questions}
    with nothing_changes(test):
        for act in (
            lambda: taking.begin(Viewer(who), test),
            lambda: taking.save_answers(Viewer(who), test, answers),
            lambda: taking.submit(Viewer(who), test, answers),
        ):
            with pytest.raises(PermissionDenied):
                act()


@pytest.mark.parametrize("name", ["paula", "pia", "tess"])
def test_f6_nor_does_anybody_in_another_capacity(north: School, name: str) -> None:
    user = getattr(north, name)
    as_others = [
        Viewer(user, child=north.ben),
        Viewer(user, preview=Preview(north.maths, Eyes.STUDENT)),
        Viewer(user, preview=Preview(north.maths, Eyes.PARENT)),
    ]
    with nothing_changes(north.quiz):
        for viewer in as_others:
            for act in (taking.save_answers, taking.submit):
                with pytest.raises(PermissionDenied):
                    act(viewer, north.quiz, {})


def test_c5_a_test_that_is_deleted_locked_or_over_meanwhile_takes_nothing(north: School) -> None:
    tess, ben = Viewer(north.tess), Viewer(north.ben)
    writing.change_settings(tess, north.quiz, writing.Settings(locked=True))
    with nothing_changes(north.quiz), pytest.raises(PermissionDenied):
        taking.save_answers(ben, north.quiz, why_given(north.quiz, "Still here", 1))
    writing.change_settings(tess, north.quiz, writing.Settings())
    Place.objects.filter(pk=north.maths.pk).update(archived_at=timezone.now())
    with nothing_changes(north.quiz), pytest.raises(PermissionDenied):
        taking.submit(ben, north.quiz, {})
    Place.objects.filter(pk=north.maths.pk).update(archived_at=None)
    publishing.delete_item(tess, north.quiz)
    with nothing_changes(north.quiz), pytest.raises(PermissionDenied):
        taking.submit(ben, north.quiz, {})


def test_c5_another_tests_question_is_no_question_here(world: World) -> None:
    north, south = world.north, world.south
    for other in (north.eds_test, south.quiz):
        both = why_given(north.quiz, "Mine", 1) | why_given(other, "Mine", 1)
        with nothing_changes(north.quiz, other):
            for act in (taking.save_answers, taking.submit):
                with pytest.raises(Unseen):
                    act(Viewer(north.ben), north.quiz, both)


def test_c5_choices_of_another_question_are_no_choices_here(north: School) -> None:
    theirs = question_of(north.eds_test, QuestionKind.ONE_CHOICE)
    mine = question_of(north.quiz, QuestionKind.ONE_CHOICE)
    for texts in (ids(theirs, "Two"), ids(mine, "Two") + ids(mine, "Three"), ["Two"], ["\x00"]):
        both = {mine.pk: Given(texts, 1)} | why_given(north.quiz, "Mine", 1)
        with nothing_changes(north.quiz), pytest.raises(Unfit) as refusal:
            taking.save_answers(Viewer(north.ben), north.quiz, both)
        assert refusal.value.question == mine
        assert "not one of the choices" in str(refusal.value.message)


def test_a4_a_text_that_is_too_long_is_refused_and_says_so(north: School) -> None:
    for text, fits in (("x" * 20_000, True), ("x" * 20_001, False), ("\r\n" * 9_999 + "x", True)):
        answers = why_given(north.quiz, text, kept(north.ben, north.quiz).version)
        if fits:
            taking.save_answers(Viewer(north.ben), north.quiz, answers)
            continue
        with nothing_changes(north.quiz), pytest.raises(Unfit) as refusal:
            taking.save_answers(Viewer(north.ben), north.quiz, answers)
        assert "at most 20000 characters" in str(refusal.value.message)


def test_s2_a_student_who_runs_a_workspace_gives_tests_there_and_takes_none(north: School) -> None:
    student = make_user(Role.STUDENT, "Stu")
    room = membership.make_top_place(Viewer(student), PlaceKind.WORKSPACE, "Room")
    test = writing.make_test(Viewer(student), room, None, title="Mine")
    writing.add_question(Viewer(student), test, QuestionKind.LONG_TEXT, QuestionDraft("Why?"))
    with pytest.raises(PermissionDenied):
        taking.begin(Viewer(student), test)
