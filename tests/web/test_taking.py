"""The pages of taking a test, and of reading what came of it (C5, F6)."""

import re
import uuid
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from classkey.accounts.models import User
from classkey.school import publishing
from classkey.school.assessing import marking, taking, writing
from classkey.school.assessing.taking import Given
from classkey.school.assessing.writing import ChoiceDraft, QuestionDraft, Settings
from classkey.school.models import Answer, Attempt, Item, Place, Question, QuestionKind
from classkey.school.viewer import Viewer
from tests.questions import SIX, open_test
from tests.web.browsing import at, browser_of, html, said, tags, words
from tests.world import School, World


def attempt_of(student: User, test: Item) -> Attempt:
    return Attempt.objects.get(assessment=test.pk, student=student)


def question_of(test: Item, kind: QuestionKind) -> Question:
    return Question.objects.get(assessment=test.pk, kind=kind)


def why(test: Item) -> Question:
    """The long question of a test."""
    return question_of(test, QuestionKind.LONG_TEXT)


def kept(student: User, test: Item) -> Answer:
    """What is kept of it."""
    return attempt_of(student, test).answers.get(question=why(test))


def sends(student: User, test: Item, text: str, seen: int = 1, **more: str) -> dict[str, Any]:
    """The form of a page, with an answer to the long question."""
    pk = why(test).pk
    attempt = Attempt.objects.filter(assessment=test.pk, student=student).first()
    form = {"attempt": attempt.pk if attempt else "", f"answer-{pk}": text, f"seen-{pk}": seen}
    return form | {f"{name}-{pk}": value for name, value in more.items()}


def rows(*tests: Item) -> list[Any]:
    """All that students have done with these tests."""
    attempts = Attempt.objects.filter(assessment__in=[test.pk for test in tests])
    answers = Answer.objects.filter(attempt__in=attempts)
    return [list(each.order_by("pk").values_list()) for each in (attempts, answers)]


def settings(north: School, **changes: Any) -> None:
    """Change the quiz's settings."""
    writing.change_settings(Viewer(north.tess), north.quiz, Settings(**changes))


def archive(place: Place) -> None:
    Place.objects.filter(pk=place.pk).update(archived_at=timezone.now())


def fields(response: Any) -> dict[str, str]:
    """The hidden fields of a page."""
    return {
        attributes["name"]: attributes["value"]
        for tag, attributes in tags(html(response))
        if tag == "input" and attributes.get("type") == "hidden"
    }


# --- The page of a test -----------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "test", "reads", "not_there"),
    [
        ("nina", "quiz", "2 questions, 5 points", "Go on"),
        ("nina", "quiz", "Begin", "One and one?"),
        ("ben", "quiz", "Go on", "Begin"),
        ("nina", "locked_test", "Your teacher has locked this test", "Begin"),
        ("anna", "old_test", "Submitted", "Begin"),
        ("tess", "quiz", "Mark 1 answer", "Begin"),
        ("tess", "quiz", "Questions and settings", "One and one?"),
        ("tess", "eds_test", "Nothing waits to be marked", "Mark"),
        ("tess", "locked_test", "Locked", "Begin"),
        ("tess", "old_test", "Results", "Questions and settings"),
        ("ed", "eds_test", "Questions and settings", "Results"),
        ("ed", "quiz", "This test has no introduction", "2 questions"),
        ("gwen", "quiz", "This test has no introduction", "2 questions"),
        ("anna", "den_test", "Results", "Begin"),
    ],
)
def test_c5_the_page_of_a_test_is_for_whom_it_is(
    north: School, name: str, test: str, reads: str, not_there: str
) -> None:
    page = words(browser_of(getattr(north, name)).get(at("item", getattr(north, test))))
    page = page.partition(getattr(north, test).title)[2]
    assert reads in page
    assert not_there not in page


def test_c5_without_points_a_student_learns_only_how_many_questions_there_are(
    north: School,
) -> None:
    settings(north, show_points=False)
    nina = browser_of(north.nina)
    page = words(nina.get(at("item", north.quiz)))
    assert "2 questions" in page
    assert "5 points" not in page
    took = nina.post(at("test_begin", north.quiz), follow=True)
    assert "points" not in words(took)


def test_c4_a_test_without_questions_waits_for_them(north: School) -> None:
    nina, test = browser_of(north.nina), open_test(north.tess, north.maths, {})
    publishing.edit_item(Viewer(north.tess), test, title="Empty", body="About *sums*.", version=1)
    page = nina.get(at("item", test))
    assert "<em>sums</em>" in html(page)
    assert "It has no questions yet" in words(page)
    assert at("test_begin", test) not in html(page)
    assert said(nina.post(at("test_begin", test), follow=True)) == [
        "This test has no questions yet. Come back later."
    ]
    assert "No questions yet Add questions" in words(browser_of(north.tess).get(at("item", test)))


@pytest.mark.parametrize("how", ["locked", "archived"])
def test_c5_what_is_closed_meanwhile_says_so_and_keeps_the_answers(north: School, how: str) -> None:
    if how == "locked":
        settings(north, locked=True)
    else:
        archive(north.maths)
    page = words(browser_of(north.ben).get(at("item", north.quiz)))
    assert ("locked this test" if how == "locked" else "This course has ended") in page
    assert "Your answers are kept" in page
    assert "Go on" not in page


@pytest.mark.parametrize("eyes", ["student", "parent"])
def test_c2_others_eyes_see_a_test_that_nobody_has_begun(north: School, eyes: str) -> None:
    page = browser_of(north.tess).get(at("view_as_item", north.maths, eyes, north.quiz))
    reads = words(page).partition(north.quiz.title)[2]
    if eyes == "student":
        assert "2 questions, 5 points" in reads
    else:
        assert "What their child answered, parents read here once it is submitted." in reads
        assert "question" not in reads
    assert "Begin" not in reads
    assert "<form" not in html(page).partition("<main")[2].partition("</main>")[0]


# --- Taking it --------------------------------------------------------------------------
def test_c5_a_student_begins_answers_and_submits_without_scripts(north: School) -> None:
    nina, test = browser_of(north.nina), north.quiz
    page = nina.post(at("test_begin", test), follow=True)
    assert page.redirect_chain == [(at("test_take", test), 302)]
    assert "1. One and one? (2 points)" in words(page)
    choice = question_of(test, QuestionKind.ONE_CHOICE)
    two = choice.choices.get(text="Two")
    form = fields(page) | {f"answer-{why(test).pk}": "Because"}
    page = nina.post(at("test_take", test), form, follow=True)
    assert said(page) == ["Your answers are saved."]
    assert "Because</textarea>" in html(page)
    page = nina.post(
        at("test_take", test),
        fields(page) | {f"answer-{why(test).pk}": "Because", "then": "submit"},
        follow=True,
    )
    assert page.redirect_chain == [(at("test_submit", test), 302)]
    assert "1 question has no answer yet Question 1" in words(page)
    assert f'href="{at("test_take", test)}#question-1"' in html(page)
    page = nina.get(at("test_take", test))
    nina.post(
        at("test_take", test),
        fields(page) | {f"answer-{why(test).pk}": "Because", f"answer-{choice.pk}": two.pk},
    )
    page = nina.get(at("test_submit", test))
    assert "You have answered every question" in words(page)
    page = nina.post(at("test_submit", test), fields(page), follow=True)
    assert page.redirect_chain == [(at("item", test), 302)]
    assert said(page) == ["Your test is submitted."]
    assert "2 of 5 points 1 answer is not marked yet." in words(page)
    assert "1. One and one? Answer Two Points 2 of 2" in words(page)
    assert "2. Why? Answer Because Points Not marked yet (of 3)" in words(page)


def all_six(north: School) -> Item:
    """A test of all six kinds, with markup in it."""
    choices = [ChoiceDraft("<b>Two</b>", is_right=True), ChoiceDraft("Three")]
    return open_test(
        north.tess,
        north.maths,
        SIX
        | {
            QuestionKind.ONE_CHOICE: QuestionDraft("One & one?", choices=choices),
            QuestionKind.NUMBER: QuestionDraft("How much?", number=Decimal("0.5")),
            QuestionKind.SHORT_TEXT: QuestionDraft("In a word?", accepted="half\na half"),
        },
    )


def answer_all(student: User, test: Item) -> None:
    one, several, true, number, short, long = test.assessment.questions.all()
    given = {
        one.pk: [str(one.choices.all()[1].pk)],
        several.pk: [str(choice.pk) for choice in several.choices.all()],
        true.pk: ["false"],
        number.pk: ["a half"],
        short.pk: ["Half"],
        long.pk: ["So.\n<script>"],
    }
    taking.save_answers(Viewer(student), test, {pk: Given(texts) for pk, texts in given.items()})


def chosen(response: Any) -> list[str]:
    """What is ticked in a page."""
    return [
        f"{attributes['type']} {attributes['value']}"
        for tag, attributes in tags(html(response))
        if tag == "input" and "checked" in attributes
    ]


def test_c5_what_was_answered_stands_there_again(north: School) -> None:
    test = all_six(north)
    answer_all(north.nina, test)
    page = browser_of(north.nina).get(at("test_take", test))
    one, several, *_others = test.assessment.questions.all()
    assert chosen(page) == [
        f"radio {one.choices.all()[1].pk}",
        *(f"checkbox {choice.pk}" for choice in several.choices.all()),
        "radio false",
    ]
    markup = html(page)
    assert 'value="Half"' in markup
    assert "So.\n&lt;script&gt;</textarea>" in markup
    assert "This is saved, but it is not a number" in words(page)
    assert "A number is asked for here Question 4: “a half”" in words(
        browser_of(north.nina).get(at("test_submit", test))
    )


def test_c5_the_right_answers_are_shown_by_the_settings(north: School) -> None:
    test = all_six(north)
    answer_all(north.nina, test)
    taking.submit(Viewer(north.nina), test, {})
    nina = browser_of(north.nina)
    assert "Right answer" not in words(nina.get(at("item", test)))
    shown = Settings(show_answers_to_students=True, passing_grade=50)
    writing.change_settings(Viewer(north.tess), test, shown)
    page = words(nina.get(at("item", test)))
    assert "1. One & one? Answer Three Right answer <b>Two</b> Points 0 of 1" in page
    assert "3. Really? Answer False Right answer True Points 0 of 1" in page
    assert "4. How much? Answer a half Right answer 0.5 Points 0 of 1" in page
    assert "5. In a word? Answer Half Right answer half a half Points 1 of 1" in page
    assert "6. Why? Answer So. <script> Points Not marked yet" in page


@pytest.mark.parametrize(
    ("points", "passing", "reads"),
    [
        (3, 100, "Grade: 100 % Passed 5 of 5 points 100 % is needed to pass."),
        (0, 50, "Grade: 40 % Not passed 2 of 5 points 50 % is needed to pass."),
        (0, None, "Grade: 40 % 2 of 5 points Submitted on"),
    ],
)
def test_c5_a_grade_and_the_teachers_remark(
    north: School, points: int, passing: int | None, reads: str
) -> None:
    settings(north, passing_grade=passing)
    mark_anna(north, points)
    page = words(browser_of(north.anna).get(at("item", north.quiz)))
    assert reads in page
    assert f"Points {points} of 3 Remark Read page 4" in page


def mark_anna(north: School, points: int) -> None:
    answer = kept(north.anna, north.quiz)
    marking.mark(
        Viewer(north.tess), north.quiz, answer.attempt_id, answer.question_id, Decimal(points),
        "Read page 4", seen=1,
    )  # fmt: skip


@pytest.mark.parametrize("name", ["anna", "paula"])
@pytest.mark.parametrize("points", [True, False])
@pytest.mark.parametrize("grade", [True, False])
def test_c5_no_more_is_shown_than_is_released(
    north: School,
    name: str,
    points: bool,  # noqa: FBT001
    grade: bool,  # noqa: FBT001
) -> None:
    """To the student and to a parent by settings of their own."""
    ours = "students" if name == "anna" else "parents"
    others = "parents" if name == "anna" else "students"
    settings(
        north,
        passing_grade=90,
        show_points=points,
        **{f"show_grade_to_{ours}": grade, f"show_grade_to_{others}": not grade},
        **{f"show_answers_to_{ours}": False, f"show_answers_to_{others}": True},
    )
    mark_anna(north, 1)
    page = words(browser_of(getattr(north, name)).get(page_of(north, name)))
    assert ("Grade: 60 % Not passed" in page) == grade
    assert ("Read page 4" in page) == grade
    assert ("3 of 5 points" in page) == (points and grade)
    assert ("Points 1 of 3" in page) == (points and grade)
    assert ("(3 points)" in page) == (points and not grade)
    assert ("No grade is shown here" in page) == (not grade)
    assert ("points" in page.lower()) == points
    assert "Right answer" not in page


def page_of(north: School, name: str) -> str:
    """The quiz, as its student or her parent reads it."""
    if name == "paula":
        return at("child_item", north.anna, north.quiz)
    return at("item", north.quiz)


# --- Saving by script -------------------------------------------------------------------
def save(student: User, test: Item, text: str, seen: int = 1, **more: str) -> Any:
    form = sends(student, test, text, seen, **more)
    return browser_of(student).post(at("test_save", test), form)


def test_c5_one_answer_is_saved_and_its_new_version_told(north: School) -> None:
    answer = save(north.ben, north.quiz, "Better so")
    assert answer.status_code == 200
    assert fields(answer) == {f"seen-{why(north.quiz).pk}": "2"}
    assert kept(north.ben, north.quiz).given == ["Better so"]
    assert "<html" not in html(answer)


def test_c5_nothing_is_saved_as_nothing(north: School) -> None:
    taking.begin(Viewer(north.nina), north.quiz)
    answer = save(north.nina, north.quiz, " ", 0)
    assert fields(answer) == {f"seen-{why(north.quiz).pk}": "0"}


def test_c5_another_tabs_answer_is_not_overwritten_unseen(north: School) -> None:
    save(north.ben, north.quiz, "In <one> tab")
    answer = save(north.ben, north.quiz, "In the other")
    assert answer.status_code == 409
    assert "Which answer stays?" in words(answer)
    assert "In <one> tab" in words(answer)
    pk = why(north.quiz).pk
    assert fields(answer) == {f"seen-{pk}": "1", f"there-{pk}": "2"}
    assert [
        attributes["data-given"]
        for _tag, attributes in tags(html(answer))
        if "data-given" in attributes
    ] == ['["In <one> tab"]']
    assert kept(north.ben, north.quiz).given == ["In <one> tab"]


def test_c5_an_answer_deleted_elsewhere_is_shown_as_none(north: School) -> None:
    save(north.ben, north.quiz, "")
    answer = save(north.ben, north.quiz, "In the other")
    assert "The other one: No answer" in words(answer)


def test_a4_what_is_too_long_is_refused_in_its_place(north: School) -> None:
    before = rows(north.quiz)
    answer = save(north.ben, north.quiz, "x" * 20_001)
    assert answer.status_code == 422
    assert "too long to be saved" in words(answer)
    assert rows(north.quiz) == before


def test_c5_a_page_that_is_not_the_students_own_saves_nothing(north: School) -> None:
    """Another student has signed in at this machine since, in another tab."""
    before = rows(north.quiz)
    form = sends(north.anna, north.quiz, "Mine", 1)
    for page in ("test_save", "test_take", "test_submit"):
        assert browser_of(north.ben).post(at(page, north.quiz), form).status_code == 404
    assert rows(north.quiz) == before


@pytest.mark.parametrize("more", [{}, {"seen-no": "1"}, {"seen-2": "1"}, {"both": "1"}])
def test_c5_a_script_saves_one_answer_of_this_test(north: School, more: dict[str, str]) -> None:
    before = rows(north.quiz)
    form = {"attempt": attempt_of(north.ben, north.quiz).pk} | more
    if "both" in more:
        form |= {f"seen-{each.pk}": "1" for each in north.quiz.assessment.questions.all()}
    status = browser_of(north.ben).post(at("test_save", north.quiz), form).status_code
    assert status == (404 if list(more) in (["seen-no"], ["seen-2"]) else 400)
    assert rows(north.quiz) == before


@pytest.mark.parametrize("seen", ["", "-1", "one", "²", "9" * 400])
def test_a4_a_version_that_is_none_is_an_old_one(north: School, seen: str) -> None:
    form = sends(north.ben, north.quiz, "Mine") | {f"seen-{why(north.quiz).pk}": seen}
    assert browser_of(north.ben).post(at("test_save", north.quiz), form).status_code == 409


# --- Two tabs, without scripts ----------------------------------------------------------
def test_c5_a_second_tab_shows_both_answers_and_asks_which_stays(north: School) -> None:
    ben, pk = browser_of(north.ben), why(north.quiz).pk
    save(north.ben, north.quiz, "In one tab")
    form = sends(north.ben, north.quiz, "In the other")
    page = ben.post(at("test_take", north.quiz), form)
    assert "Nothing is saved yet" in words(page)
    assert "In the other</textarea>" in html(page)
    assert "The other one: In one tab" in words(page)
    # Who does not choose is asked again.
    page = ben.post(at("test_take", north.quiz), fields(page) | {f"answer-{pk}": "In the other"})
    assert "Which answer stays?" in words(page)
    assert kept(north.ben, north.quiz).given == ["In one tab"]
    here = fields(page) | {f"answer-{pk}": "In the other", f"stays-{pk}": "here"}
    # A third tab, meanwhile: it was not shown, so it is not overwritten.
    save(north.ben, north.quiz, "In a third", 2)
    page = ben.post(at("test_take", north.quiz), here)
    assert "The other one: In a third" in words(page)
    here = fields(page) | {f"answer-{pk}": "In the other", f"stays-{pk}": "here"}
    assert said(ben.post(at("test_take", north.quiz), here, follow=True)) == [
        "Your answers are saved."
    ]
    assert kept(north.ben, north.quiz).given == ["In the other"]


def test_c5_and_the_other_stays_if_the_student_says_so(north: School) -> None:
    ben, pk = browser_of(north.ben), why(north.quiz).pk
    save(north.ben, north.quiz, "In one tab")
    there = sends(north.ben, north.quiz, "In the other", stays="there", there="2")
    page = ben.post(at("test_take", north.quiz), there, follow=True)
    assert "In one tab</textarea>" in html(page)
    assert kept(north.ben, north.quiz).given == ["In one tab"]
    # Who says that this one stays, but not instead of what, is asked.
    here = sends(north.ben, north.quiz, "In the other", stays="here")
    assert "Which answer stays?" in words(ben.post(at("test_take", north.quiz), here))
    assert pk == why(north.quiz).pk


def test_a4_one_answer_that_is_too_long_loses_none_of_the_others(north: School) -> None:
    choice = question_of(north.quiz, QuestionKind.ONE_CHOICE)
    three = choice.choices.get(text="Three")
    form = sends(north.ben, north.quiz, "x" * 20_001) | {
        f"answer-{choice.pk}": str(three.pk),
        f"seen-{choice.pk}": "1",
    }
    before = rows(north.quiz)
    page = browser_of(north.ben).post(at("test_take", north.quiz), form)
    assert f"{'x' * 20_001}</textarea>" in html(page)
    assert f"radio {three.pk}" in chosen(page)
    assert words(page).count("too long to be saved") == 2, "above, and in its place"
    assert rows(north.quiz) == before


# --- Refusals ---------------------------------------------------------------------------
def test_c5_after_submission_nothing_is_saved_and_nothing_typed_is_lost(north: School) -> None:
    before, anna = rows(north.quiz), browser_of(north.anna)
    form = sends(north.anna, north.quiz, "Too late")
    answer = anna.post(at("test_save", north.quiz), form)
    assert answer.status_code == 422
    assert "You have submitted this test" in words(answer)
    page = anna.post(at("test_take", north.quiz), form)
    assert "You have submitted this test" in words(page)
    assert "Too late</textarea>" in html(page)
    again = anna.post(at("test_submit", north.quiz), form, follow=True)
    assert said(again) == ["You have submitted this test. Ask your teacher to unlock it for you."]
    for page_name in ("test_take", "test_submit", "test_begin"):
        act = anna.post if page_name == "test_begin" else anna.get
        page = act(at(page_name, north.quiz), follow=True)
        assert page.redirect_chain[-1] == (at("item", north.quiz), 302)
    assert rows(north.quiz) == before


@pytest.mark.parametrize("how", ["locked", "archived"])
def test_c5_nor_once_it_is_closed(north: School, how: str) -> None:
    if how == "locked":
        settings(north, locked=True)
    else:
        archive(north.maths)
    before, ben = rows(north.quiz), browser_of(north.ben)
    form = sends(north.ben, north.quiz, "Too late")
    answer = ben.post(at("test_save", north.quiz), form)
    assert answer.status_code == 403
    assert "This test is closed now" in words(answer)
    page = ben.post(at("test_take", north.quiz), form)
    assert "This test is closed now" in words(page)
    assert "Too late</textarea>" in html(page)
    assert ben.post(at("test_submit", north.quiz), form).status_code == 403
    assert ben.get(at("test_take", north.quiz)).status_code == 403
    assert rows(north.quiz) == before


ATTACKS = [
    # who, which test, how each of the four actions is answered
    ("nina", "surprise", 404),  # hidden
    ("ben", "surprise", 404),  # hidden, though he had begun
    ("nina", "locked_test", 403),
    ("anna", "old_test", 403),  # archived
    ("ben", "owl_test", 404),  # a group that he is not in
    ("tess", "quiz", 403),
    ("ed", "quiz", 403),
    ("ed", "eds_test", 403),
    ("gwen", "quiz", 403),
    ("anna", "den_test", 403),  # she made it
    ("paula", "quiz", 404),
    ("vera", "quiz", 404),
    ("rolf", "quiz", 404),
]


@pytest.mark.parametrize(("name", "which", "status"), ATTACKS)
def test_c5_who_may_not_answer_changes_nothing(
    north: School, name: str, which: str, status: int
) -> None:
    person, test = getattr(north, name), getattr(north, which)
    before = rows(test)
    form = sends(person, test, "Mine")
    if (name, which) == ("anna", "old_test"):
        status = 200  # she has submitted it: what she typed is shown to her again
    for page in ("test_begin", "test_take", "test_submit", "test_save"):
        found = browser_of(person).post(at(page, test), form).status_code
        assert found == (status if page == "test_take" else status if status != 200 else 403), page
    assert rows(test) == before


def test_c5_a_deleted_test_is_gone(north: School) -> None:
    form = sends(north.ben, north.quiz, "Mine")
    publishing.delete_item(Viewer(north.tess), north.quiz)
    before = rows(north.quiz)
    for page in ("test_begin", "test_take", "test_submit", "test_save"):
        assert browser_of(north.ben).post(at(page, north.quiz), form).status_code == 404
    assert rows(north.quiz) == before


def test_c5_another_tests_question_and_choice_are_none_here(world: World) -> None:
    north, ben = world.north, browser_of(world.north.ben)
    mine = question_of(north.quiz, QuestionKind.ONE_CHOICE)
    others = [question_of(test, QuestionKind.ONE_CHOICE) for test in
              (north.eds_test, world.south.quiz)]  # fmt: skip
    tests = (north.quiz, north.eds_test, world.south.quiz)
    before = rows(*tests)
    own = {"attempt": attempt_of(north.ben, north.quiz).pk}
    for page, refused in (("test_take", 200), ("test_save", 422)):
        for other in others:
            choice = other.choices.all()[0].pk
            form = own | {f"seen-{other.pk}": "0", f"answer-{other.pk}": choice}
            assert ben.post(at(page, north.quiz), form).status_code == 404
            form = own | {f"seen-{mine.pk}": "1", f"answer-{mine.pk}": choice}
            answer = ben.post(at(page, north.quiz), form)
            assert answer.status_code == refused
            assert "not one of the choices" in words(answer)
    assert rows(*tests) == before


@pytest.mark.parametrize("page", ["test_take", "test_submit"])
def test_c5_who_has_not_begun_is_asked_to(north: School, page: str) -> None:
    nina = browser_of(north.nina)
    for act in (nina.get, nina.post):
        assert act(at(page, north.quiz))["Location"] == at("item", north.quiz)
    form = {f"seen-{why(north.quiz).pk}": "0", f"answer-{why(north.quiz).pk}": "Mine"}
    assert nina.post(at("test_save", north.quiz), form).status_code == 404
    assert not Attempt.objects.filter(assessment=north.quiz.pk, student=north.nina).exists()


# --- Parents (F6) -----------------------------------------------------------------------
def parents_page(parent: Client, child: User, test: Item) -> str:
    """A test as a parent reads it, without what differs each time."""
    page = html(parent.get(at("child_item", child, test)))
    return re.sub(r"\b[A-Za-z0-9]{64}\b", "TOKEN", page)


def test_c5_a_parent_learns_nothing_before_their_child_has_submitted(north: School) -> None:
    """Not even whether it was begun, or how long it is."""
    quentin = browser_of(north.quentin)
    before = parents_page(quentin, north.ben, north.quiz)
    assert "Your child has not submitted this test yet." in before
    writing.add_question(
        Viewer(north.tess), north.locked_test, QuestionKind.LONG_TEXT, QuestionDraft("More?")
    )
    locked = parents_page(quentin, north.ben, north.locked_test)  # not begun
    neutral = [
        page.replace(str(test.pk), "PK").replace(test.title, "TITLE")
        for page, test in ((before, north.quiz), (locked, north.locked_test))
    ]
    assert neutral[0] == neutral[1]
    for word in ("question", "point", "One and one", "Ben thinks so", "grade"):
        assert word not in before.partition("<main")[2].partition("</main>")[0]


def test_f6_a_parent_reads_exactly_their_own_childs_part(north: School) -> None:
    settings(north, show_grade_to_parents=True, show_answers_to_parents=True)
    taking.submit(Viewer(north.ben), north.quiz, {})
    quentin = browser_of(north.quentin)
    for child, other in ((north.anna, north.ben), (north.ben, north.anna)):
        page = words(quentin.get(at("child_item", child, north.quiz)))
        assert f"{child.given_name} thinks so" in page
        assert other.given_name not in page
        assert "Right answer Two" in page


def test_f6_nothing_of_another_student_changes_what_a_parent_reads(north: School) -> None:
    settings(north, show_grade_to_parents=True)
    mark_anna(north, 2)
    paula = browser_of(north.paula)
    before = parents_page(paula, north.anna, north.quiz)
    assert "Grade: 80 %" in before
    for student in (north.ben, north.nina, north.cleo):
        taking.submit(Viewer(student), north.quiz, {})
        answer = kept(student, north.quiz)
        marking.mark(
            Viewer(north.tess), north.quiz, answer.attempt_id, answer.question_id, Decimal(1),
            "Well", seen=answer.version,
        )  # fmt: skip
    assert parents_page(paula, north.anna, north.quiz) == before


def test_c5_what_is_unlocked_again_is_not_submitted_to_a_parent_either(north: School) -> None:
    marking.unlock(Viewer(north.tess), north.quiz, attempt_of(north.anna, north.quiz).pk)
    page = browser_of(north.paula).get(at("child_item", north.anna, north.quiz))
    assert "Your child has not submitted this test yet." in words(page)


def test_f6_an_attempt_is_nobodys_but_its_students(north: School) -> None:
    for test in (north.quiz, uuid.uuid4()):
        for parent, child in (("paula", "ben"), ("petra", "ben"), ("oscar", "anna")):
            page = at("child_item", getattr(north, child), test)
            assert browser_of(getattr(north, parent)).get(page).status_code == 404
