"""C5: who makes a test, what holds once students have begun it, and what a new key does."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from classkey.accounts.models import User
from classkey.school import publishing
from classkey.school.assessing import marking, taking, writing
from classkey.school.assessing.taking import Given
from classkey.school.assessing.writing import ChoiceDraft, QuestionDraft, Settings
from classkey.school.errors import Refused, Unseen
from classkey.school.models import (
    Answer,
    Attempt,
    AuditAction,
    AuditEvent,
    Choice,
    Item,
    ItemKind,
    Question,
    QuestionKind,
)
from classkey.school.viewer import Viewer
from tests.world import School

TWO = ChoiceDraft("Two", is_right=True)
ONE_AND_ONE = QuestionDraft("One and one?", choices=[TWO, ChoiceDraft("Three")])
WHY = QuestionDraft("Why?", points=Decimal(3))


def fresh_test(maker: User, north: School) -> Item:
    """A test that nobody has begun, with no questions."""
    return writing.make_test(Viewer(maker), north.maths, None, title="Fresh")


def texts(test: Item) -> list[str]:
    """The questions in their order, as they stand."""
    return [question.text for question in Question.objects.filter(assessment=test.pk)]


def drafted(question: Question, **changes: Any) -> QuestionDraft:
    """The question as its form would send it back, but for these changes."""
    choices = [ChoiceDraft(each.text, each.is_right, each.pk) for each in question.choices.all()]
    names = ("text", "points", "is_true", "number", "tolerance", "accepted")
    written = {name: getattr(question, name) for name in names}
    return QuestionDraft(**{**written, "choices": choices, **changes})


@contextmanager
def refused(why: str) -> Iterator[None]:
    """What is done in here is refused, in these words."""
    with pytest.raises(Refused) as refusal:
        yield
    assert why in str(refusal.value.message)


def everything(test: Item) -> list[Any]:
    """The settings, questions and choices of a test, row by row."""
    questions = Question.objects.filter(assessment=test.pk)
    choices = Choice.objects.filter(question__assessment=test.pk)
    return [list(rows.order_by("pk").values_list()) for rows in (questions, choices)]


# --- Who makes and changes a test -------------------------------------------------------
def test_c5_c3_a_new_test_has_no_questions_and_both_toggles_off(north: School) -> None:
    test = writing.make_test(Viewer(north.ed), north.maths, north.folder, title="T", body="Think.")
    assert (test.kind, test.title, test.body) == (ItemKind.TEST, "T", "Think.")
    assert test.folder == north.folder
    assert (test.members_see, test.parents_see) == (False, False)
    assert (test.shown_to_members, test.shown_to_parents) == (False, False)
    assert texts(test) == []
    set_to = {name: getattr(test.assessment, name) for name in Settings.__dataclass_fields__}
    assert Settings(**set_to) == Settings()


def test_c5_of_a_new_test_parents_learn_no_grade_and_nobody_a_right_answer() -> None:
    new = Settings()
    assert new.show_grade_to_students
    assert not any((new.show_answers_to_students, new.show_answers_to_parents))
    assert not new.show_grade_to_parents
    assert not new.locked


@pytest.mark.parametrize("who", ["anna", "paula", "pia", "vera"])
def test_c5_who_may_not_add_content_makes_no_test(north: School, who: str) -> None:
    before = Item.objects.count()
    with pytest.raises(PermissionDenied):
        writing.make_test(Viewer(getattr(north, who)), north.maths, None, title="T")
    assert Item.objects.count() == before


def ways_to_change(test: Item) -> dict[str, Callable[[Viewer], object]]:
    """Everything that changes a test, by what it does."""
    question = test.assessment.questions.all()[0]
    draft = drafted(question, text="Changed")
    return {
        "settings": lambda viewer: writing.change_settings(viewer, test, Settings(locked=True)),
        "add": lambda viewer: writing.add_question(viewer, test, QuestionKind.LONG_TEXT, WHY),
        "change": lambda viewer: writing.change_question(viewer, test, question.pk, draft),
        "move": lambda viewer: writing.move_question(viewer, test, question.pk, 1),
        "delete": lambda viewer: writing.delete_question(viewer, test, question.pk),
    }


WAYS = ["settings", "add", "change", "move", "delete"]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("who", "test"),
    [
        ("anna", "locked_test"),
        ("ed", "locked_test"),  # an editor, but it is not his: it holds the right answers
        ("gwen", "locked_test"),
        ("pia", "locked_test"),
        ("paula", "locked_test"),
        ("vera", "locked_test"),
        ("ben", "den_test"),
        ("tess", "music_test"),
        ("tess", "old_test"),  # archived (S4)
    ],
)
def test_c5_a_test_is_changed_by_its_maker_and_admins_alone(
    north: School, who: str, test: str, way: str
) -> None:
    item = getattr(north, test)
    before = everything(item)
    with pytest.raises(PermissionDenied):
        ways_to_change(item)[way](Viewer(getattr(north, who)))
    assert everything(item) == before


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("who", ["tess", "tom", "sam"])
def test_c5_the_admins_of_its_place_change_it(north: School, who: str, way: str) -> None:
    ways_to_change(north.locked_test)[way](Viewer(getattr(north, who)))


def test_c5_an_editor_changes_their_own_test_and_a_student_theirs(north: School) -> None:
    ed, ben = Viewer(north.ed), Viewer(north.ben)
    test = fresh_test(north.ed, north)
    assert writing.add_question(ed, test, QuestionKind.LONG_TEXT, WHY).position == 0
    theirs = writing.make_test(ben, north.nook, None, title="For Anna")
    assert writing.add_question(ben, theirs, QuestionKind.LONG_TEXT, WHY).text == "Why?"


@pytest.mark.parametrize("way", WAYS)
def test_c5_a_deleted_test_is_not_changed(north: School, way: str) -> None:
    change = ways_to_change(north.locked_test)[way]
    publishing.delete_item(Viewer(north.tess), north.locked_test)
    with pytest.raises(PermissionDenied):
        change(Viewer(north.tess))


@pytest.mark.parametrize("whose", ["surprise", "nobody"])
def test_c5_another_tests_question_is_not_here(north: School, whose: str) -> None:
    tess, test = Viewer(north.tess), north.locked_test
    pk = uuid.uuid4()
    if whose == "surprise":
        pk = north.surprise.assessment.questions.all()[0].pk
    before = everything(north.surprise)
    acts: list[Callable[[], object]] = [
        lambda: writing.change_question(tess, test, pk, ONE_AND_ONE),
        lambda: writing.move_question(tess, test, pk, 1),
        lambda: writing.delete_question(tess, test, pk),
    ]
    for act in acts:
        with pytest.raises(Unseen):
            act()
    assert everything(north.surprise) == before


# --- Questions, and their keys ----------------------------------------------------------
def test_c5_questions_of_all_six_kinds_come_one_after_the_other(north: School) -> None:
    tess, test = Viewer(north.tess), fresh_test(north.tess, north)
    drafts = {
        QuestionKind.ONE_CHOICE: ONE_AND_ONE,
        QuestionKind.SEVERAL_CHOICES: replace(ONE_AND_ONE, choices=[TWO, replace(TWO, text="II")]),
        QuestionKind.TRUE_FALSE: QuestionDraft("So?", is_true=False),
        QuestionKind.NUMBER: QuestionDraft(
            "Pi?", number=Decimal("3.14"), tolerance=Decimal("0.01")
        ),
        QuestionKind.SHORT_TEXT: QuestionDraft("Who?", accepted="Ada\nAda Lovelace"),
        QuestionKind.LONG_TEXT: WHY,
    }
    for kind, draft in drafts.items():
        writing.add_question(tess, test, kind, draft)
    made = list(Question.objects.filter(assessment=test.pk).prefetch_related("choices"))
    assert [question.kind for question in made] == list(drafts)
    assert [question.position for question in made] == [0, 1, 2, 3, 4, 5]
    assert [drafted(question).text for question in made] == [each.text for each in drafts.values()]
    assert [(choice.text, choice.is_right) for choice in made[0].choices.all()] == [
        ("Two", True),
        ("Three", False),
    ]
    assert [choice.is_right for choice in made[1].choices.all()] == [True, True]
    assert made[2].is_true is False
    assert (made[3].number, made[3].tolerance) == (Decimal("3.14"), Decimal("0.01"))
    assert made[4].accepted == "Ada\nAda Lovelace"
    assert made[5].points == 3


WRONG = ChoiceDraft("Three")
NOT_WHOLE = [
    (QuestionKind.ONE_CHOICE, [], "Write at least two choices."),
    (QuestionKind.ONE_CHOICE, [TWO], "Write at least two choices."),
    (QuestionKind.ONE_CHOICE, [WRONG, WRONG], "Mark the choice that is right."),
    (QuestionKind.ONE_CHOICE, [TWO, TWO], "Only one choice can be right."),
    (QuestionKind.SEVERAL_CHOICES, [TWO], "Write at least two choices."),
    (QuestionKind.SEVERAL_CHOICES, [WRONG, WRONG], "Mark the choice that is right."),
    (QuestionKind.TRUE_FALSE, [], "Say which is right."),
    (QuestionKind.NUMBER, [], "Write the right number."),
]


@pytest.mark.parametrize(("kind", "choices", "told"), NOT_WHOLE)
def test_c5_a_question_without_a_whole_key_is_refused(
    north: School, kind: QuestionKind, choices: list[ChoiceDraft], told: str
) -> None:
    test = fresh_test(north.tess, north)
    with refused(told):
        writing.add_question(Viewer(north.tess), test, kind, QuestionDraft("?", choices=choices))
    assert texts(test) == []


def test_c5_nor_does_a_question_lose_its_key_later(north: School) -> None:
    question = north.quiz.assessment.questions.all()[0]
    before = everything(north.quiz)
    wrong = [replace(each, is_right=False) for each in drafted(question).choices]
    with refused("Mark the choice that is right."):
        writing.change_question(
            Viewer(north.tess), north.quiz, question.pk, drafted(question, choices=wrong)
        )
    assert everything(north.quiz) == before


def test_c5_choices_come_go_and_change_places_until_somebody_begins(north: School) -> None:
    tess, question = Viewer(north.tess), north.locked_test.assessment.questions.all()[0]
    two, three = drafted(question).choices
    choices = [replace(three, text="Four"), two, ChoiceDraft("Five")]
    writing.change_question(
        tess, north.locked_test, question.pk, drafted(question, choices=choices)
    )
    now = list(question.choices.all())
    assert [choice.text for choice in now] == ["Four", "Two", "Five"]
    assert [choice.pk for choice in now][:2] == [three.pk, two.pk], "the same, in other words"
    writing.change_question(
        tess, north.locked_test, question.pk, drafted(question, choices=[two, three])
    )
    assert [choice.text for choice in question.choices.all()] == ["Two", "Three"]


def test_c5_a_choice_deleted_meanwhile_is_written_anew_and_none_is_taken_from_elsewhere(
    north: School,
) -> None:
    """Two windows on one question: the second, an old one, loses nothing that stands in it."""
    tess, question = Viewer(north.tess), north.locked_test.assessment.questions.all()[0]
    elsewhere = north.quiz.assessment.questions.all()[0].choices.all()[0]
    two, three = drafted(question).choices
    choices = [two, three, replace(three, text="Thrice"), ChoiceDraft("Sly", pk=elsewhere.pk)]
    writing.change_question(
        tess, north.locked_test, question.pk, drafted(question, choices=choices)
    )
    assert [choice.text for choice in question.choices.all()] == ["Two", "Three", "Thrice", "Sly"]
    elsewhere.refresh_from_db()
    assert (elsewhere.text, elsewhere.question.assessment_id) == ("Two", north.quiz.pk)


@pytest.mark.parametrize(
    ("moved", "by", "order"),
    [
        ("A", 1, "BAC"),
        ("C", -1, "ACB"),
        ("B", -1, "BAC"),
        ("B", 1, "ACB"),
        ("A", -1, "ABC"),
        ("C", 1, "ABC"),
    ],
)
def test_c5_a_question_moves_up_and_down_as_far_as_it_goes(
    north: School, moved: str, by: int, order: str
) -> None:
    tess, test = Viewer(north.tess), fresh_test(north.tess, north)
    made = {
        text: writing.add_question(tess, test, QuestionKind.LONG_TEXT, QuestionDraft(text))
        for text in "AXBC"
    }
    writing.delete_question(tess, test, made["X"].pk)  # a gap in the positions
    writing.move_question(tess, test, made[moved].pk, by)
    assert "".join(texts(test)) == order
    writing.add_question(tess, test, QuestionKind.LONG_TEXT, QuestionDraft("D"))
    assert "".join(texts(test)) == f"{order}D"


# --- Once students have begun -----------------------------------------------------------
@pytest.mark.parametrize("test", ["quiz", "eds_test"])  # submitted, and only begun
def test_c5_once_a_student_has_begun_questions_and_choices_stay(north: School, test: str) -> None:
    tess, item = Viewer(north.tess), getattr(north, test)
    question = item.assessment.questions.all()[0]
    two, three = drafted(question).choices
    more, less = [two, three, ChoiceDraft("Four")], [two, ChoiceDraft("Another")]
    before = everything(item)
    for act in (
        lambda: writing.add_question(tess, item, QuestionKind.LONG_TEXT, WHY),
        lambda: writing.delete_question(tess, item, question.pk),
        lambda: writing.change_question(tess, item, question.pk, drafted(question, choices=more)),
        lambda: writing.change_question(tess, item, question.pk, drafted(question, choices=less)),
    ):
        with refused("Students have begun this test"):
            act()
    assert everything(item) == before


def test_c5_their_words_order_points_and_key_may_still_change(north: School) -> None:
    tess = Viewer(north.tess)
    question, why = north.quiz.assessment.questions.all()
    two, three = drafted(question).choices
    choices = [replace(three, is_right=True), replace(two, text="2", is_right=False)]
    draft = drafted(question, text="Now?", points=Decimal(1), choices=choices)
    writing.change_question(tess, north.quiz, question.pk, draft)
    writing.move_question(tess, north.quiz, why.pk, -1)
    assert texts(north.quiz) == ["Why?", "Now?"]
    assert [(choice.text, choice.is_right) for choice in question.choices.all()] == [
        ("Three", True),
        ("2", False),
    ]


# --- A new key ---------------------------------------------------------------------------
def points(student: User, question: Question) -> Decimal | None:
    """What a student has for an answer; None where it is not marked."""
    return Answer.objects.get(attempt__student=student, question=question).points


def test_c5_a_new_key_marks_anew_what_is_submitted_and_nothing_else(north: School) -> None:
    tess = Viewer(north.tess)
    question, why = north.quiz.assessment.questions.all()
    two, three = drafted(question).choices
    assert (points(north.anna, question), points(north.ben, question)) == (Decimal(2), None)
    other = [replace(two, is_right=False), replace(three, is_right=True)]
    writing.change_question(tess, north.quiz, question.pk, drafted(question, choices=other))
    assert (points(north.anna, question), points(north.ben, question)) == (Decimal(0), None)
    again = drafted(question, choices=[two, three], points=Decimal(5))
    writing.change_question(tess, north.quiz, question.pk, again)
    assert (points(north.anna, question), points(north.ben, question)) == (Decimal(5), None)
    assert points(north.anna, why) is None


def test_c5_what_was_marked_by_hand_stays_but_is_worth_no_more_than_the_question(
    north: School,
) -> None:
    tess, why = Viewer(north.tess), north.quiz.assessment.questions.all()[1]
    attempt = Attempt.objects.get(assessment=north.quiz.pk, student=north.anna)
    marking.mark(tess, north.quiz, attempt.pk, why.pk, Decimal("2.5"), seen=1)
    writing.change_question(tess, north.quiz, why.pk, drafted(why, points=Decimal(4)))
    assert points(north.anna, why) == Decimal("2.5")
    marking.unlock(tess, north.quiz, attempt.pk)
    writing.change_question(tess, north.quiz, why.pk, drafted(why, points=Decimal(1)))
    taking.submit(Viewer(north.anna), north.quiz, {})
    assert points(north.anna, why) == 1


def test_c5_a_short_text_with_a_key_marks_itself_and_without_waits_again(north: School) -> None:
    tess, test = Viewer(north.tess), fresh_test(north.tess, north)
    who = writing.add_question(tess, test, QuestionKind.SHORT_TEXT, QuestionDraft("Who?"))
    publishing.flip(tess, test, publishing.Toggle.BLUE, on=True)
    taking.submit(Viewer(north.anna), test, {who.pk: Given(["ada"])})
    assert points(north.anna, who) is None
    for accepted, earned in [("Ada", 1), ("Bea", 0), ("", None)]:
        writing.change_question(tess, test, who.pk, drafted(who, accepted=accepted))
        assert points(north.anna, who) == earned


# --- Settings ---------------------------------------------------------------------------
def released(test: Item) -> list[str]:
    """What the audit log says of what students and parents come to see of a test."""
    lines = AuditEvent.objects.filter(action=AuditAction.RESULTS_RELEASED, thing=test.pk)
    return [line.detail for line in lines.order_by("pk")]


def test_c5_a1_what_is_released_leaves_its_line_in_the_audit_log(north: School) -> None:
    tess, test = Viewer(north.tess), north.quiz
    to_parents = Settings(show_grade_to_parents=True, show_answers_to_parents=True)
    writing.change_settings(tess, test, to_parents)
    assert released(test) == ["show_grade_to_parents on", "show_answers_to_parents on"]
    writing.change_settings(tess, test, to_parents)
    assert len(released(test)) == 2, "nothing new, and no line"
    writing.change_settings(tess, test, replace(to_parents, show_grade_to_parents=False))
    assert released(test)[2:] == ["show_grade_to_parents off"]
    line = AuditEvent.objects.filter(thing=test.pk).order_by("-pk")[0]
    assert (line.actor, line.place) == (north.tess.pk, north.maths.pk)


def test_c5_what_shows_nobody_more_leaves_none(north: School) -> None:
    tess, test = Viewer(north.tess), north.quiz
    writing.change_settings(tess, test, Settings(passing_grade=60, show_points=False, locked=True))
    held = Item.objects.get(pk=test.pk).assessment
    assert (held.passing_grade, held.show_points, held.locked) == (60, False, True)
    assert released(test) == []


# --- Copies (S4) ------------------------------------------------------------------------
def test_s4_a_copy_has_settings_and_questions_of_its_own_and_no_answers(north: School) -> None:
    tess, quiz = Viewer(north.tess), north.quiz
    writing.change_settings(tess, quiz, Settings(passing_grade=60, show_grade_to_parents=True))
    make = publishing.make_item
    copy = make(tess, north.maths, None, kind=ItemKind.TEST, title="Next year's")
    writing.copy_tests({quiz.pk: copy.pk})
    held = copy.assessment
    assert (held.passing_grade, held.show_grade_to_parents) == (60, True)
    assert texts(copy) == texts(quiz)
    assert not held.attempts.exists()
    choice = held.questions.all()[0].choices.all()[0]
    writing.change_question(
        tess, copy, choice.question_id, replace(ONE_AND_ONE, text="Two and two?")
    )
    assert texts(quiz) == ["One and one?", "Why?"]
