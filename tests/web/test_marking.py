"""C5: the pages on which a teacher marks."""

from decimal import Decimal
from typing import Any

import pytest

from classkey.accounts.models import User
from classkey.school.assessing import marking, taking
from classkey.school.assessing.taking import Given
from classkey.school.models import Answer, Attempt, Item, QuestionKind
from classkey.school.viewer import Viewer
from classkey.web.views import marking as views
from tests.web.browsing import HTMX, at, browser_of, html, links, said, tags, words
from tests.world import School


def attempt_of(student: User, test: Item) -> Attempt:
    """How somebody stands with a test."""
    return Attempt.objects.get(assessment=test.pk, student=student)


def text_of(student: User, test: Item) -> Answer:
    """What somebody wrote, to be marked by hand."""
    answers = attempt_of(student, test).answers
    return answers.select_related("question").get(question__kind=QuestionKind.LONG_TEXT)


def typed(answer: Answer, points: str, remark: str = "", seen: int = 0) -> dict[str, Any]:
    """What a page sends for one answer."""
    return {
        f"{answer.pk}-points": points,
        f"{answer.pk}-remark": remark,
        f"{answer.pk}-seen": seen or answer.version,
    }


def hands_in_again(north: School, student: User, text: str) -> None:
    """Let somebody write something else, and submit it, after a teacher has let them."""
    answer = text_of(student, north.quiz)
    marking.unlock(Viewer(north.tom), north.quiz, answer.attempt_id)
    given = {answer.question_id: Given([text], seen=answer.version)}
    taking.submit(Viewer(student), north.quiz, given)


def ben_submits(north: School) -> Answer:
    """A second text in the quiz waits."""
    taking.submit(Viewer(north.ben), north.quiz, {})
    return text_of(north.ben, north.quiz)


# --- The queue --------------------------------------------------------------------------
def test_c5_a_teacher_finds_what_waits_on_the_first_page(north: School) -> None:
    client = browser_of(north.tess)
    assert "To mark (4)" in words(client.get("/"))
    page = client.get(at("to_mark"))
    assert "Quiz Northside Maths Northside" in words(page)
    assert "2 answers" in words(page)
    assert at("test_mark", north.owl_test) in links(html(page))
    assert at("test_mark", north.old_test) not in links(html(page)), "it is over"


def test_c5_when_nothing_waits_it_says_so(north: School) -> None:
    client = browser_of(north.ed)
    assert "To mark (" not in words(client.get("/"))
    assert "Nothing waits for you" in words(client.get(at("to_mark")))


@pytest.mark.parametrize("who", ["anna", "paula"])
def test_c5_the_queue_is_for_teachers(north: School, who: str) -> None:
    client = browser_of(getattr(north, who))
    assert client.get(at("to_mark")).status_code == 403
    assert at("to_mark") not in links(html(client.get("/", follow=True)))


# --- Marking all by one form ------------------------------------------------------------
def test_c5_what_waits_stands_by_its_question_with_who_wrote_it(north: School) -> None:
    ben_submits(north)
    page = browser_of(north.tess).get(at("test_mark", north.quiz))
    text = words(page)
    assert "2 answers wait." in text
    assert text.index("Why?") < text.index("Anna Northside") < text.index("Ben Northside")
    assert "Anna thinks so" in text
    assert "One and one?" not in text, "it is marked by itself"
    assert at("attempt", north.quiz, attempt_of(north.anna, north.quiz)) in links(html(page))


def test_c5_one_form_marks_what_is_filled_and_leaves_the_rest(north: School) -> None:
    anna, ben = text_of(north.anna, north.quiz), ben_submits(north)
    client = browser_of(north.tess)
    sent = typed(anna, "2,5", "Nearly") | typed(ben, "")
    page = client.post(at("test_mark", north.quiz), sent, follow=True)
    assert said(page) == ["1 answer is marked."]
    assert "1 answer waits." in words(page)
    assert "Ben Northside" in words(page)
    answer = text_of(north.anna, north.quiz)
    assert (answer.points, answer.remark) == (Decimal("2.5"), "Nearly")
    page = client.post(at("test_mark", north.quiz), typed(ben, "0"), follow=True)
    assert "Everything here is marked" in words(page)


def test_a4_what_is_wrong_is_told_beside_it_and_stays_as_it_was_typed(north: School) -> None:
    anna, ben = text_of(north.anna, north.quiz), ben_submits(north)
    sent = typed(anna, "4", "Too much") | typed(ben, "3", "Good")
    page = browser_of(north.tess).post(at("test_mark", north.quiz), sent)
    assert said(page) == [
        "1 answer is marked.",
        "Some answers are not marked yet. See below what is wrong.",
    ]
    assert "Give between 0 and 3 points." in words(page)
    assert value_of(page, f"{anna.pk}-points") == "4"
    assert "Too much" in words(page)
    assert text_of(north.anna, north.quiz).points is None
    assert text_of(north.ben, north.quiz).points == 3


def value_of(page: Any, name: str) -> str:
    """What stands in a field."""
    return next(
        each.get("value", "") for _tag, each in tags(html(page)) if each.get("name") == name
    )


@pytest.mark.parametrize(
    ("points", "remark", "told"),
    [
        ("-1", "", "Give between 0 and 3 points."),
        ("3.5", "", "Give between 0 and 3 points."),
        ("much", "", "Enter a number."),
        ("1.125", "", "no more than 2 decimal places"),
        ("", "Good", "Give points, too."),
        ("1", "x" * 2001, "at most 2000 characters"),
    ],
)
def test_a4_each_slip_is_told_in_words(north: School, points: str, remark: str, told: str) -> None:
    answer = text_of(north.anna, north.quiz)
    client = browser_of(north.tess)
    for headers, status in (({}, 200), (HTMX, 422)):
        sent = typed(answer, points, remark)
        page = client.post(at("test_mark", north.quiz), sent, headers=headers)
        assert page.status_code == status
        assert told in words(page)
    assert text_of(north.anna, north.quiz).points is None


def test_c5_a_changed_answer_is_shown_as_it_is_now_and_marked_when_sent_again(
    north: School,
) -> None:
    read = text_of(north.anna, north.quiz)
    hands_in_again(north, north.anna, "On second thoughts")
    client = browser_of(north.tess)
    page = client.post(at("test_mark", north.quiz), typed(read, "3", "Good"))
    assert "The student has changed this answer meanwhile." in words(page)
    assert "On second thoughts" in words(page)
    assert value_of(page, f"{read.pk}-points") == "3"
    assert text_of(north.anna, north.quiz).points is None
    seen = int(value_of(page, f"{read.pk}-seen"))
    client.post(at("test_mark", north.quiz), typed(read, "3", "Good", seen))
    assert text_of(north.anna, north.quiz).points == 3


def test_c5_an_answer_of_somebody_who_is_let_in_again_is_refused_and_nothing_is_lost(
    north: School,
) -> None:
    read = text_of(north.anna, north.quiz)
    marking.unlock(Viewer(north.tom), north.quiz, read.attempt_id)
    client = browser_of(north.tess)
    for address in (at("test_mark", north.quiz), at("attempt", north.quiz, read.attempt)):
        page = client.post(address, typed(read, "3", "Well argued"))
        assert "The student is working on this test." in words(page)
        assert "Well argued" in words(page)
    assert text_of(north.anna, north.quiz).points is None


def test_c5_what_a_colleague_has_given_is_not_overwritten_unseen(north: School) -> None:
    read = text_of(north.anna, north.quiz)
    address = at("test_mark", north.quiz)
    browser_of(north.tom).post(address, typed(read, "1"))
    page = browser_of(north.tess).post(address, typed(read, "3"))
    assert "Tom Northside has given 1 of 3 meanwhile." in words(page)
    assert text_of(north.anna, north.quiz).points == 1


def test_c5_the_page_shows_so_many_and_the_next_when_they_are_marked(
    north: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "MOST", 1)
    ben_submits(north)
    client, anna = browser_of(north.tess), text_of(north.anna, north.quiz)
    page = client.get(at("test_mark", north.quiz))
    assert "2 answers wait." in words(page)
    assert "Ben Northside" not in words(page)
    page = client.post(at("test_mark", north.quiz), typed(anna, "1"), follow=True)
    assert "Ben Northside" in words(page)
    again = typed(anna, "9", seen=2)
    page = client.post(at("test_mark", north.quiz), again)
    assert "Give between 0 and 3 points." in words(page), "what is wrong is never left out"


def test_a4_a_form_of_nothing_or_of_nonsense_marks_nothing(north: School) -> None:
    client = browser_of(north.tess)
    strange = text_of(north.ben, north.surprise)
    nonsense = {"x-seen": "1", "-seen": "1", "٣-seen": "1", f"{'9' * 30}-seen": "1"}
    for sent in ({}, nonsense, typed(strange, "3")):
        assert client.post(at("test_mark", north.quiz), sent).status_code == 302
        assert client.post(at("test_mark", north.quiz), sent, headers=HTMX).status_code == 404
    assert text_of(north.ben, north.surprise).points is None


# --- In place ---------------------------------------------------------------------------
def test_c5_in_place_one_answer_is_saved_and_the_form_knows_it(north: School) -> None:
    client, answer = browser_of(north.tess), text_of(north.anna, north.quiz)
    address = at("test_mark", north.quiz)
    saved = client.post(address, typed(answer, "2"), headers=HTMX)
    assert saved.status_code == 200
    assert words(saved) == "Saved"
    seen = int(value_of(saved, f"{answer.pk}-seen"))
    saved = client.post(address, typed(answer, "2", "And a remark", seen), headers=HTMX)
    assert words(saved) == "Saved"
    assert text_of(north.anna, north.quiz).remark == "And a remark"


def test_c5_in_place_a_changed_answer_comes_whole(north: School) -> None:
    read = text_of(north.anna, north.quiz)
    hands_in_again(north, north.anna, "On second thoughts")
    client = browser_of(north.tess)
    answer = client.post(at("test_mark", north.quiz), typed(read, "3"), headers=HTMX)
    assert answer.status_code == 422
    assert answer["HX-Retarget"] == f"#answer-{read.pk}"
    assert "On second thoughts" in words(answer)
    assert value_of(answer, f"{read.pk}-points") == "3"
    assert text_of(north.anna, north.quiz).points is None


# --- One attempt ------------------------------------------------------------------------
def test_c5_an_attempt_stands_whole_with_the_right_answers_beside_it(north: School) -> None:
    page = browser_of(north.tess).get(at("attempt", north.quiz, attempt_of(north.anna, north.quiz)))
    text = words(page)
    assert "Quiz Northside Anna Northside" in text
    assert "1 answer waits to be marked" in text
    assert "Right: Two" in text
    assert "Anna thinks so" in text
    assert "Marked by itself" in text
    assert "Waits to be marked" in text


def test_c5_its_points_and_remarks_are_changed(north: School) -> None:
    attempt = attempt_of(north.anna, north.quiz)
    choice = attempt.answers.select_related("question").get(points=2)
    text = text_of(north.anna, north.quiz)
    client = browser_of(north.tess)
    address = at("attempt", north.quiz, attempt)
    sent = typed(choice, "2") | typed(text, "3", "Very good")
    page = client.post(address, sent, follow=True)
    assert said(page) == ["1 answer is marked."], "what stays as it was is not marked anew"
    assert "5 of 5 points · 100 %" in words(page)
    assert "Marked by Tess Northside" in words(page)
    choice.refresh_from_db()
    assert choice.marked_by is None
    saved = client.post(address, typed(choice, "1", "Guessed"), headers=HTMX)
    assert words(saved) == "Saved"
    page = client.post(address, typed(choice, "7", seen=2))
    assert "Give between 0 and 2 points." in words(page)
    assert text_of(north.anna, north.quiz).points == 3


def test_c5_passed_and_not_passed_are_in_words(north: School) -> None:
    test, attempt = north.quiz.assessment, attempt_of(north.anna, north.quiz)
    client, answer = browser_of(north.tess), text_of(north.anna, north.quiz)
    client.post(at("test_mark", north.quiz), typed(answer, "1"))
    for passing, told in ((60, "60 % · passed"), (61, "60 % · not passed")):
        test.passing_grade = passing
        test.save()
        assert told in words(client.get(at("attempt", north.quiz, attempt)))
    test.questions.update(points=0)
    assert "%" not in words(client.get(at("attempt", north.quiz, attempt)))


def test_c5_who_is_still_working_is_read_but_not_marked(north: School) -> None:
    client, ben = browser_of(north.tess), attempt_of(north.ben, north.quiz)
    page = client.get(at("attempt", north.quiz, ben))
    assert "has not submitted it yet" in words(page)
    assert "Ben thinks so" in words(page)
    assert "Save" not in words(page)
    assert at("attempt_unlock", north.quiz, ben) not in links(html(page))
    ben.answers.all().delete()
    assert "No answer yet" in words(client.get(at("attempt", north.quiz, ben)))


def test_c5_no_answer_is_said_so(north: School) -> None:
    answer = text_of(north.ben, north.quiz)
    given = {answer.question_id: Given([], seen=answer.version)}
    taking.submit(Viewer(north.ben), north.quiz, given)
    page = browser_of(north.tess).get(at("attempt", north.quiz, answer.attempt))
    assert "No answer" in words(page)


def test_s4_when_the_course_is_over_all_is_read_and_nothing_is_marked(north: School) -> None:
    client, attempt = browser_of(north.tess), attempt_of(north.anna, north.old_test)
    answer = text_of(north.anna, north.old_test)
    answer.remark = "From last year"
    answer.save()
    address = at("attempt", north.old_test, attempt)
    page = client.get(address)
    assert "Anna thinks so" in words(page)
    assert "2 of 2 points" in words(page)
    assert "Not marked" in words(page)
    assert "From last year" in words(page)
    assert "Save" not in words(page)
    assert at("attempt_unlock", north.old_test, attempt) not in links(html(page))
    assert client.post(address, typed(answer, "3")).status_code == 403
    assert client.get(at("attempt_unlock", north.old_test, attempt)).status_code == 403
    assert client.get(at("test_mark", north.old_test)).status_code == 403
    assert text_of(north.anna, north.old_test).points is None


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("tess", 200),
        ("tom", 200),
        ("ed", 403),
        ("anna", 403),
        ("ben", 403),
        ("gwen", 403),
        ("pia", 404),
        ("vera", 404),
        ("paula", 404),
    ],
)
@pytest.mark.parametrize("page", ["attempt", "attempt_unlock", "test_mark"])
def test_c5_who_gets_these_pages(north: School, who: str, page: str, status: int) -> None:
    attempt = [] if page == "test_mark" else [attempt_of(north.anna, north.quiz)]
    client = browser_of(getattr(north, who))
    assert client.get(at(page, north.quiz, *attempt)).status_code == status
    if status != 200:
        assert client.post(at(page, north.quiz, *attempt)).status_code == status
        assert attempt_of(north.anna, north.quiz).submitted_at


def test_c5_an_attempt_at_another_test_is_not_found(north: School) -> None:
    client = browser_of(north.tess)
    for other in (attempt_of(north.ben, north.surprise), attempt_of(north.inka, north.quiz)):
        assert client.get(at("attempt", north.quiz, other)).status_code == 404
        assert client.post(at("attempt_unlock", north.quiz, other)).status_code == 404


# --- Unlocking --------------------------------------------------------------------------
def test_c5_unlocking_asks_first(north: School) -> None:
    client, attempt = browser_of(north.tess), attempt_of(north.anna, north.quiz)
    address = at("attempt_unlock", north.quiz, attempt)
    page = client.get(address)
    assert "Let Anna Northside go on with “Quiz Northside”?" in words(page)
    assert "The whole test is locked" not in words(page)
    assert attempt_of(north.anna, north.quiz).submitted_at
    page = client.post(address, follow=True)
    assert said(page) == ["Anna Northside can go on with this test."]
    assert attempt_of(north.anna, north.quiz).submitted_at is None
    assert "There is nothing to unlock" in words(client.get(address))


def test_c5_it_tells_of_the_lock_that_stays(north: School) -> None:
    test = north.quiz.assessment
    test.locked = True
    test.save()
    attempt = attempt_of(north.anna, north.quiz)
    page = browser_of(north.tess).get(at("attempt_unlock", north.quiz, attempt))
    assert "The whole test is locked" in words(page)
