"""C5: the pages on which a teacher makes a test."""

import uuid
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from classkey.school import publishing
from classkey.school.assessing import scoring, writing
from classkey.school.models import Item, ItemKind, Question, QuestionKind
from classkey.school.viewer import Viewer
from tests.web.browsing import HTMX, at, browser_of, errors, html, said, tags, words
from tests.world import School

TEXT_AND_POINTS = {"text": "What?", "points": "2"}
TWO_CHOICES = {
    **TEXT_AND_POINTS,
    "choice": ["Two", "Three"],
    "choice_pk": ["", ""],
    "right": ["0"],
}

WHOLE: dict[QuestionKind, dict[str, Any]] = {
    QuestionKind.ONE_CHOICE: TWO_CHOICES,
    QuestionKind.SEVERAL_CHOICES: TWO_CHOICES | {"right": ["0", "1"]},
    QuestionKind.TRUE_FALSE: TEXT_AND_POINTS | {"is_true": "False"},
    QuestionKind.NUMBER: TEXT_AND_POINTS | {"number": "3,14", "tolerance": "0,01"},
    QuestionKind.SHORT_TEXT: TEXT_AND_POINTS | {"accepted": "Ada\nAda Lovelace"},
    QuestionKind.LONG_TEXT: TEXT_AND_POINTS,
}


def new_question(client: Client, test: Item, kind: str, typed: dict[str, Any]) -> Any:
    return client.post(f"{at('question_new', test)}?kind={kind}", typed)


def questions(test: Item) -> list[Question]:
    """The questions of a test, as they stand."""
    return list(Question.objects.filter(assessment=test.pk).prefetch_related("choices"))


def typed_in(response: Any, name: str) -> list[str]:
    """What stands in the boxes of this name."""
    return [
        attributes.get("value", "")
        for tag, attributes in tags(html(response))
        if tag == "input" and attributes.get("name") == name
    ]


def ticked(response: Any, name: str) -> list[str]:
    """Which boxes of this name are ticked."""
    return [
        attributes["value"]
        for tag, attributes in tags(html(response))
        if tag == "input" and attributes.get("name") == name and "checked" in attributes
    ]


# --- A new test -------------------------------------------------------------------------
def test_c5_a_test_is_made_and_its_questions_come_next(north: School) -> None:
    client = browser_of(north.ed)
    assert at("test_new", north.maths) in html(client.get(at("place", north.maths)))
    page = client.get(at("test_new", north.maths))
    assert "Nobody will see it" in words(page)
    typed = {"title": "Sums", "body": "Take *ten* minutes."}
    response = client.post(at("test_new", north.maths), typed)
    test = Item.objects.get(title="Sums")
    assert response["Location"] == at("test_edit", test)
    assert (test.kind, test.created_by, test.members_see) == ("test", north.ed, False)
    assert "No questions yet" in words(client.get(at("test_edit", test)))


def test_c5_a_test_is_made_in_the_folder_that_was_asked_for(north: School) -> None:
    client = browser_of(north.tess)
    address = f"{at('test_new', north.maths)}?folder={north.folder.pk}"
    assert "In the folder “Both”." in words(client.get(address))
    client.post(address, {"title": "Inside", "body": ""})
    assert Item.objects.get(title="Inside").folder == north.folder


def test_a4_what_was_typed_of_a_new_test_is_kept(north: School) -> None:
    client = browser_of(north.tess)
    response = client.post(at("test_new", north.maths), {"title": "", "body": "Kept"})
    assert errors(response) == {"title": ["This field is required."]}
    assert "Kept" in html(response)
    elsewhere = publishing.make_item(
        Viewer(north.tess), north.owls, None, kind=ItemKind.FOLDER, title="Elsewhere"
    )
    address = f"{at('test_new', north.maths)}?folder={elsewhere.pk}"
    response = client.post(address, {"title": "Kept", "body": "Kept too"})
    assert errors(response) == {
        "__all__": ["This folder is not here any more. Choose another one."]
    }
    assert "Kept too" in html(response)


# --- Who comes to these pages -----------------------------------------------------------
def pages_of(test: Item) -> list[str]:
    question = test.assessment.questions.all()[0]
    return [
        at("test_edit", test),
        at("question_new", test),
        *(f"{at('question_new', test)}?kind={kind}" for kind in QuestionKind),
        at("question_edit", test, question),
        at("question_delete", test, question),
    ]


@pytest.mark.parametrize(
    ("who", "test", "status"),
    [
        ("tess", "quiz", 200),
        ("tess", "eds_test", 200),
        ("ed", "eds_test", 200),
        ("ed", "quiz", 403),
        ("anna", "quiz", 403),
        ("anna", "den_test", 200),
        ("ben", "den_test", 403),
        ("tess", "old_test", 403),
        ("paula", "quiz", 404),
        ("pia", "quiz", 404),
        ("gwen", "eds_test", 403),
        ("vera", "quiz", 404),
        ("dan", "quiz", 404),
    ],
)
def test_c5_only_its_maker_and_admins_come_to_the_pages_with_the_right_answers(
    north: School, who: str, test: str, status: int
) -> None:
    client, item = browser_of(getattr(north, who)), getattr(north, test)
    for address in pages_of(item):
        assert client.get(address).status_code == status, address
    move = at("question_move", item, item.assessment.questions.all()[0])
    assert client.post(move).status_code == (302 if status == 200 else status)


def test_c5_what_is_no_test_has_no_questions(north: School) -> None:
    client, page = browser_of(north.tess), north.pages["maths: both"]
    for address in (at("test_edit", page), at("question_new", page)):
        assert client.get(address).status_code == 404


@pytest.mark.parametrize("page", ["question_edit", "question_delete", "question_move"])
def test_c5_nor_is_another_tests_question_here(north: School, page: str) -> None:
    client = browser_of(north.tess)
    for pk in (north.quiz.assessment.questions.all()[0].pk, uuid.uuid4()):
        assert client.post(at(page, north.locked_test, pk)).status_code == 404
    assert len(questions(north.quiz)) == 2


# --- The page of questions and settings -------------------------------------------------
def test_c5_the_page_lists_questions_in_order_with_points_and_keys(north: School) -> None:
    client, test = browser_of(north.tess), north.locked_test
    for kind, typed in WHOLE.items():
        new_question(client, test, kind, typed)
    read = words(client.get(at("test_edit", test)))
    parts = [
        "8 questions, 17 points",
        *("One and one?", "One choice · 2 points", "Right: Two", "Edit (1)", "Down (1)"),
        *("Why?", "Long text · 3 points", "You mark this yourself.", "Up (2)", "Delete (2)"),
        *("One choice · 2 points Right: Two", "Several choices", "Right: Two Three"),
        *("True or false", "Right: False", "Number", "Right: 3.14 ± 0.01"),
        *("Short text", "Right: Ada Ada Lovelace", "Long text · 2 points", "Up (8)"),
    ]
    for part in parts:
        assert part in read
        read = read.partition(part)[2]
    assert "Down (8)" not in read


def test_c5_one_question_and_half_a_point_are_said_in_words(north: School) -> None:
    client, test = browser_of(north.tess), north.locked_test
    client.post(at("question_delete", test, questions(test)[0]))
    client.post(at("question_edit", test, questions(test)[0]), {"text": "Why?", "points": "1"})
    assert "1 question, 1 point " in words(client.get(at("test_edit", test)))
    client.post(at("question_edit", test, questions(test)[0]), {"text": "Why?", "points": "0.5"})
    assert "1 question, 0.5 points" in words(client.get(at("test_edit", test)))


def test_c5_the_page_of_the_test_leads_there_but_not_students(north: School) -> None:
    link = at("test_edit", north.quiz)
    assert link in html(browser_of(north.tess).get(at("item", north.quiz)))
    assert link not in html(browser_of(north.anna).get(at("item", north.quiz)))
    assert link not in html(browser_of(north.ed).get(at("item", north.quiz)))


def test_c2_the_toggles_stand_there_for_who_may_flip_them(north: School) -> None:
    client = browser_of(north.tess)
    page = client.get(at("test_edit", north.quiz))
    assert f'formaction="{at("item_blue", north.quiz)}"' in html(page)
    assert "Members can see this" in words(page)
    back = client.post(
        at("item_blue", north.quiz),
        {"on": "0"},
        headers={"Referer": f"http://testserver{at('test_edit', north.quiz)}"},
    )
    assert back["Location"].endswith(at("test_edit", north.quiz))
    by_its_maker = browser_of(north.ed).get(at("test_edit", north.eds_test))
    assert "formaction=" + at("item_blue", north.eds_test) not in html(by_its_maker)
    assert "Members can see this" in words(by_its_maker)


def test_c5_settings_are_changed_and_said(north: School) -> None:
    client, address = browser_of(north.tess), at("test_edit", north.quiz)
    names = [
        attributes["name"]
        for tag, attributes in tags(html(client.get(address)))
        if tag == "input" and "checked" in attributes
    ]
    assert names == ["show_points", "show_grade_to_students"]
    response = client.post(
        address, {"passing_grade": "60", "show_grade_to_parents": "on", "locked": "on"}, follow=True
    )
    assert said(response) == ["The settings are saved."]
    held = Item.objects.get(pk=north.quiz.pk).assessment
    on = [name for name in writing.Settings.__dataclass_fields__ if getattr(held, name) is True]
    assert (held.passing_grade, on) == (60, ["show_grade_to_parents", "locked"])


@pytest.mark.parametrize("typed", ["101", "-1", "half", "59.5"])
def test_a4_a_passing_grade_that_is_none_is_told_and_kept(north: School, typed: str) -> None:
    client = browser_of(north.tess)
    response = client.post(at("test_edit", north.quiz), {"passing_grade": typed, "locked": "on"})
    assert list(errors(response)) == ["passing_grade"]
    assert typed_in(response, "passing_grade") == [typed]
    assert "One and one?" in words(response)
    assert not Item.objects.get(pk=north.quiz.pk).assessment.locked


def test_c5_parents_settings_say_when_they_hold(north: School) -> None:
    read = words(browser_of(north.tess).get(at("test_edit", north.quiz)))
    assert "only after their own child has submitted" in read


# --- Questions --------------------------------------------------------------------------
def test_c5_one_chooses_a_kind_on_a_page_or_in_a_dialog(north: School) -> None:
    client, address = browser_of(north.tess), at("question_new", north.locked_test)
    page = client.get(address)
    for kind in QuestionKind:
        assert f"{address}?kind={kind}" in html(page)
        assert str(kind.label) in words(page)
    dialog = client.get(address, headers=HTMX)
    assert "<main" not in html(dialog)
    assert "What kind of question?" in words(dialog)
    assert "What kind of question?" in words(client.get(f"{address}?kind=riddle"))


@pytest.mark.parametrize("kind", QuestionKind)
def test_c5_a_question_of_each_kind_is_made_and_comes_back_to_be_changed(
    north: School, kind: QuestionKind
) -> None:
    client, test = browser_of(north.tess), north.locked_test
    page = client.get(f"{at('question_new', test)}?kind={kind}")
    assert words(page).count("New question") == 2  # where one is, and the heading
    response = new_question(client, test, kind, WHOLE[kind])
    made = questions(test)[-1]
    assert response["Location"] == f"{at('test_edit', test)}#question-{made.pk}"
    assert made.kind == kind
    assert (made.text, made.points) == ("What?", Decimal(2))
    form = client.get(at("question_edit", test, made))
    assert "What?" in html(form)
    assert typed_in(form, "points") == ["2"]
    key = scoring.key_in_words(made)
    same = WHOLE[kind] | {"choice_pk": [str(choice.pk) for choice in made.choices.all()]}
    response = client.post(at("question_edit", test, made), same | {"text": "And now?"})
    assert response["Location"] == f"{at('test_edit', test)}#question-{made.pk}"
    changed = questions(test)[-1]
    assert (changed.pk, changed.text) == (made.pk, "And now?")
    assert scoring.key_in_words(changed) == key
    assert [choice.pk for choice in changed.choices.all()] == [
        choice.pk for choice in made.choices.all()
    ]


def test_c5_the_form_of_a_question_shows_its_key(north: School) -> None:
    client, test = browser_of(north.tess), north.locked_test
    for kind, typed in WHOLE.items():
        new_question(client, test, kind, typed)
    forms = {
        question.kind: client.get(at("question_edit", test, question))
        for question in questions(test)[2:]
    }
    for choices in (QuestionKind.ONE_CHOICE, QuestionKind.SEVERAL_CHOICES):
        assert typed_in(forms[choices], "choice") == ["Two", "Three"]
        assert ticked(forms[choices], "right") == WHOLE[choices]["right"]
    assert ticked(forms["true-false"], "is_true") == ["False"]
    assert typed_in(forms["number"], "number") == ["3.14"]
    assert typed_in(forms["number"], "tolerance") == ["0.01"]
    assert "Ada\nAda Lovelace</textarea>" in html(forms["short-text"])


def test_c5_numbers_are_shown_and_read_as_the_language_writes_them(north: School) -> None:
    client, test = browser_of(north.tess), north.locked_test
    new_question(client, test, QuestionKind.NUMBER, WHOLE[QuestionKind.NUMBER])
    client.post("/language/", {"language": "fr"})
    address = at("question_edit", test, questions(test)[-1])
    form = client.get(address)
    assert typed_in(form, "number") == ["3,14"]
    typed = {name: typed_in(form, name)[0] for name in ("number", "tolerance", "points")}
    client.post(address, typed | {"text": "π ?"})
    now = questions(test)[-1]
    assert (now.number, now.tolerance, now.points) == (
        *(Decimal("3.14"), Decimal("0.01")),
        Decimal(2),
    )


def test_c5_another_of_the_same_kind_comes_right_after(north: School) -> None:
    client, test = browser_of(north.tess), north.locked_test
    typed = WHOLE[QuestionKind.NUMBER] | {"another": "1"}
    response = new_question(client, test, QuestionKind.NUMBER, typed)
    assert response["Location"] == f"{at('question_new', test)}?kind=number"
    page = client.get(response["Location"])
    assert said(page) == ["The question is saved."]
    assert "What?" not in words(page)
    assert len(questions(test)) == 3


# --- Choices, without scripts and with --------------------------------------------------
def test_c5_four_rows_are_there_and_one_more_is_asked_for(north: School) -> None:
    client, test = browser_of(north.tess), north.locked_test
    address = f"{at('question_new', test)}?kind=several-choices"
    assert typed_in(client.get(address), "choice") == ["", "", "", ""]
    typed = {
        "text": "",
        "points": "many",
        "more": "1",
        "choice": ["A", "", "C"],
        "choice_pk": ["", "", ""],
        "right": ["2"],
    }
    page = client.post(address, typed)
    assert page.context["form"].errors == {}, "nothing is wrong yet"
    assert typed_in(page, "choice") == ["A", "", "C", ""]
    assert ticked(page, "right") == ["2"]
    assert typed_in(page, "points") == ["many"]
    last = [attributes for _tag, attributes in tags(html(page)) if "autofocus" in attributes]
    assert [attributes["aria-label"] for attributes in last] == ["Choice 4"]
    assert len(questions(test)) == 2
    part = client.post(address, typed, headers=HTMX | {"HX-Target": "choices"})
    assert html(part).strip().startswith("<fieldset")
    assert typed_in(part, "choice") == ["A", "", "C", ""]
    typed |= {"choice": ["x"] * 60, "choice_pk": [""] * 60}
    assert len(typed_in(client.post(address, typed), "choice")) == 50
    assert "One more choice" not in words(client.post(address, typed))


def test_c5_one_more_row_in_a_question_that_is_there_keeps_its_choices(north: School) -> None:
    client, test = browser_of(north.tess), north.locked_test
    address = at("question_edit", test, questions(test)[0])
    page = client.get(address)
    pks = typed_in(page, "choice_pk")
    typed = TWO_CHOICES | {"choice_pk": pks, "more": "1"}
    page = client.post(address, typed)
    assert typed_in(page, "choice_pk") == [*pks, ""]
    typed = {"choice": ["Two", "", "Four"], "choice_pk": [*pks, ""], "right": ["0"]}
    client.post(address, TEXT_AND_POINTS | typed)
    choices = questions(test)[0].choices.all()
    assert [choice.text for choice in choices] == ["Two", "Four"], "the empty one is gone"
    assert str(choices[0].pk) == pks[0]


def test_c5_a_question_without_choices_does_not_grow(north: School) -> None:
    client, test = browser_of(north.tess), north.locked_test
    typed = WHOLE[QuestionKind.NUMBER] | {"more": "1"}
    assert new_question(client, test, QuestionKind.NUMBER, typed).status_code == 302


def test_c5_enter_saves_and_does_not_add_a_choice(north: School) -> None:
    """A browser presses the first button of a form."""
    client = browser_of(north.tess)
    page = client.get(f"{at('question_new', north.locked_test)}?kind=one-choice")
    form = html(page).partition("data-guard")[2]
    first = next(attributes for tag, attributes in tags(form) if tag == "button")
    assert "name" not in first


# --- What is wrong is told, and what was typed is kept (A4) -----------------------------
EMPTY = "This is marked as right, but it is empty."


@pytest.mark.parametrize(
    ("kind", "typed", "field", "told"),
    [
        ("one-choice", {"text": ""}, "text", "This field is required."),
        ("one-choice", {"text": "x" * 5001}, "text", "at most 5000 characters"),
        ("one-choice", {"points": "many"}, "points", "Enter a number."),
        ("one-choice", {"points": ""}, "points", "This field is required."),
        ("one-choice", {"points": "-1"}, "points", "greater than or equal to 0"),
        ("one-choice", {"points": "1000"}, "points", "no more than"),
        ("one-choice", {"points": "0.001"}, "points", "no more than"),
        ("one-choice", {"right": []}, "__all__", "Mark the choice that is right."),
        ("one-choice", {"right": ["0", "1"]}, "__all__", "Only one choice can be right."),
        ("one-choice", {"choice": ["Two", ""]}, "__all__", "Write at least two choices."),
        ("several-choices", {"right": ["7"]}, "__all__", "Mark the choice that is right."),
        ("true-false", {"is_true": ""}, "is_true", "This field is required."),
        ("true-false", {"is_true": "maybe"}, "is_true", "Select a valid choice."),
        ("number", {"number": ""}, "number", "This field is required."),
        ("number", {"number": "1e99999999"}, "number", "Enter a number."),
        ("number", {"number": "0,1234567"}, "number", "no more than 6 decimal places"),
        ("number", {"tolerance": "-1"}, "tolerance", "greater than or equal to 0"),
        ("short-text", {"accepted": "x" * 2001}, "accepted", "at most 2000 characters"),
        ("long-text", {"text": "\x00"}, "text", "Null characters are not allowed."),
    ],
)
def test_a4_a_question_that_is_not_whole_is_told_and_kept(
    north: School, kind: str, typed: dict[str, Any], field: str, told: str
) -> None:
    client, test = browser_of(north.tess), north.locked_test
    typed = WHOLE[QuestionKind(kind)] | {"text": "Kept?"} | typed
    response = new_question(client, test, kind, typed)
    assert response.status_code == 200
    assert list(errors(response)) == [field]
    assert told in errors(response)[field][0]
    for name in ("choice", "number", "tolerance", "points"):
        if name in typed:
            now = typed[name] if isinstance(typed[name], list) else [typed[name]]
            assert typed_in(response, name) == now
    assert len(questions(test)) == 2


@pytest.mark.parametrize(
    ("choice", "pk", "right", "told"),
    [
        ("", "", "1", EMPTY),
        (" ", "", "1", EMPTY),
        ("x" * 501, "", "0", "Ensure this value has at most 500 characters (it has 501)."),
        ("a\x00", "", "0", "Null characters are not allowed."),
        ("B", "no-id", "0", "Enter a valid UUID."),
    ],
)
def test_a4_a_choice_that_is_not_one_says_so_beside_it(
    north: School, choice: str, pk: str, right: str, told: str
) -> None:
    client, test = browser_of(north.tess), north.locked_test
    typed = TWO_CHOICES | {"choice": ["A", choice], "choice_pk": ["", pk], "right": [right]}
    response = new_question(client, test, "one-choice", typed)
    assert errors(response) == {"__all__": ["Please look at the choices again."]}
    assert [row.error for row in response.context["form"].rows] == ["", told]
    wrong = next(a for _tag, a in tags(html(response)) if a.get("aria-invalid") == "true")
    assert wrong["aria-label"] == "Choice 2"
    assert f'id="{wrong["aria-describedby"]}">{told}' in html(response)
    assert ticked(response, "right") == [right]


def test_a4_what_is_wrong_in_a_change_is_told_and_kept(north: School) -> None:
    client, test = browser_of(north.tess), north.locked_test
    address = at("question_edit", test, questions(test)[0])
    typed = TWO_CHOICES | {"text": "Kept?", "right": []}
    response = client.post(address, typed)
    assert errors(response) == {"__all__": ["Mark the choice that is right."]}
    assert "Kept?" in html(response)
    assert questions(test)[0].text == "One and one?"


def test_c6_what_a_teacher_writes_is_shown_and_never_run(north: School) -> None:
    client, test = browser_of(north.tess), north.locked_test
    nasty = '"><script>alert(1)</script>'
    typed = {"text": nasty, "choice": [nasty, "x"], "choice_pk": ["", ""], "right": ["0"]}
    new_question(client, test, "one-choice", TEXT_AND_POINTS | typed)
    made = questions(test)[-1]
    for address in (
        at("test_edit", test),
        at("question_edit", test, made),
        at("question_delete", test, made),
    ):
        assert "<script>alert" not in html(client.get(address))


# --- Order, and deleting ----------------------------------------------------------------
def test_c5_a_question_moves_and_the_page_comes_back_to_it(north: School) -> None:
    client, test = browser_of(north.tess), north.locked_test
    first, second = questions(test)
    response = client.post(at("question_move", test, second), {"by": "-1"})
    assert response["Location"] == f"{at('test_edit', test)}#question-{second.pk}"
    assert questions(test) == [second, first]
    client.post(at("question_move", test, second), {"by": "1"})
    assert questions(test) == [first, second]


def test_c5_a_question_is_deleted_after_one_is_asked(north: School) -> None:
    client, test = browser_of(north.tess), north.locked_test
    address = at("question_delete", test, questions(test)[0])
    page = client.get(address)
    assert "Delete this question? One and one?" in words(page)
    assert len(questions(test)) == 2
    response = client.post(address, follow=True)
    assert said(response) == ["The question is deleted."]
    assert [question.text for question in questions(test)] == ["Why?"]


# --- Once students have begun -----------------------------------------------------------
BEGUN = "Students have begun this test"


def test_c5_once_students_have_begun_the_pages_say_what_still_changes(north: School) -> None:
    client, test = browser_of(north.tess), north.quiz
    question = questions(test)[0]
    for address in pages_of(test):
        assert BEGUN in words(client.get(address)), address
    overview = words(client.get(at("test_edit", test)))
    assert "Add a question" not in overview
    assert "Delete (" not in overview
    form = words(client.get(at("question_edit", test, question)))
    assert "One more choice" not in form
    assert "Save" in form
    for address in (at("question_new", test), f"{at('question_new', test)}?kind=number"):
        page = client.get(address)
        assert "?kind=" not in html(page).partition("<main")[2].partition("</main>")[0]
        assert "Save" not in words(page), "no form that can only be refused"
    asked = html(client.get(at("question_delete", test, question)))
    assert f'action="{at("question_delete", test, question)}"' not in asked
    assert 'class="danger"' not in asked
    assert BEGUN not in words(client.get(at("test_edit", north.locked_test)))


def test_c5_who_sends_a_form_from_before_is_told_and_loses_nothing(north: School) -> None:
    client, test = browser_of(north.tess), north.quiz
    response = new_question(client, test, "number", WHOLE[QuestionKind.NUMBER])
    assert BEGUN in errors(response)["__all__"][0]
    assert typed_in(response, "number") == ["3,14"]
    question = questions(test)[0]
    response = client.post(at("question_delete", test, question), follow=True)
    assert BEGUN in said(response)[0]
    pks = [str(choice.pk) for choice in question.choices.all()]
    typed = TEXT_AND_POINTS | {
        "choice": ["Two", "Three", "Four"],
        "choice_pk": [*pks, ""],
        "right": ["1"],
    }
    response = client.post(at("question_edit", test, question), typed)
    assert BEGUN in errors(response)["__all__"][0]
    assert typed_in(response, "choice") == ["Two", "Three", "Four"]
    assert len(questions(test)) == 2


def test_c5_their_words_and_key_change_all_the_same_and_marks_follow(north: School) -> None:
    client, test = browser_of(north.tess), north.quiz
    question = questions(test)[0]
    pks = [str(choice.pk) for choice in question.choices.all()]
    typed = {"choice": ["2", "3"], "choice_pk": pks, "right": ["1"]}
    client.post(at("question_edit", test, question), TEXT_AND_POINTS | typed)
    changed = questions(test)[0]
    assert (changed.text, scoring.key_in_words(changed)) == ("What?", ["3"])
    answer = changed.answers.get(attempt__student=north.anna)
    assert answer.points == 0
