"""C5: a teacher makes a test, at a desk, on a phone, and without scripts."""

import pytest
from playwright.sync_api import ViewportSize, expect

from classkey.school.assessing import scoring
from classkey.school.models import Item, Question, QuestionKind
from tests.browser.conftest import Arrives
from tests.browser.test_pages import at
from tests.visitor import Visitor
from tests.world import School

pytestmark = pytest.mark.browser

DESK: ViewportSize = {"width": 1200, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
OVERVIEW = "Sums to ten"


def adds(teacher: Visitor, kind: str, text: str) -> None:
    """Come to the form of a new question, and write what is asked."""
    teacher.clicks("Add a question", comes_to="What kind of question?")
    teacher.here.get_by_role("link", name=kind).click()
    teacher.comes_to("New question")
    teacher.reads(kind)
    teacher.types(text, into="Question")


def writes_choices(teacher: Visitor, *choices: str) -> None:
    """Fill the rows; those that begin with a star are right. Ask for more rows as needed."""
    for number, choice in enumerate(choices, start=1):
        row = teacher.here.get_by_label(f"Choice {number}", exact=True)
        if not row.count():
            teacher.clicks("One more choice")
            expect(row).to_be_focused()
        row.fill(choice.removeprefix("*"))
        if choice.startswith("*"):
            teacher.ticks(f"Right ({number})")


def makes_a_test_of_all_six_kinds(teacher: Visitor) -> None:
    """From an empty form to six questions in order, and back again."""
    teacher.types(OVERVIEW, into="Title")
    teacher.types("Take your *time*.", into="Introduction")
    teacher.clicks("Go on to the questions", comes_to=OVERVIEW)
    teacher.reads("No questions yet", "Hidden from members", "Hidden from parents")

    adds(teacher, "One choice", "One and one?")
    writes_choices(teacher, "Three", "*Two", "Four", "Five", "Six", "Seven")
    teacher.clicks("Save", comes_to=OVERVIEW)
    adds(teacher, "Several choices", "What is even?")
    writes_choices(teacher, "Two", "Three", "*Four")
    teacher.clicks("Save", comes_to=OVERVIEW)
    adds(teacher, "True or false", "Ten is less than nine.")
    teacher.ticks("False")
    teacher.clicks("Save", comes_to=OVERVIEW)
    adds(teacher, "Number", "Ten divided by four?")
    teacher.types("2,5", into="Right number")
    teacher.clicks("Save, and one more", comes_to="New question")
    teacher.types("What is pi?", into="Question")
    teacher.types("three", into="Right number")
    teacher.types("0.2", into="Tolerance")
    teacher.clicks("Save", comes_to="New question")
    teacher.reads("Enter a number.")
    expect(teacher.here.get_by_label("Question")).to_have_value("What is pi?")
    teacher.types("3", into="Right number")
    teacher.clicks("Save", comes_to=OVERVIEW)
    adds(teacher, "Short text", "Write 7 as a word.")
    teacher.types("seven\nSept", into="Accepted answers")
    teacher.clicks("Save", comes_to=OVERVIEW)
    adds(teacher, "Long text", "Why count?")
    teacher.types("3", into="Points")
    teacher.clicks("Save", comes_to=OVERVIEW)
    teacher.reads("7 questions, 9 points", "You mark this yourself.")

    # A second look: another choice is right too, the last comes first, and one goes.
    teacher.clicks("Edit (2)", comes_to="Edit the question")
    teacher.ticks("Right (1)")
    teacher.clicks("Save", comes_to=OVERVIEW)
    teacher.clicks("Up (7)", comes_to=OVERVIEW)
    teacher.clicks("Delete (5)", comes_to="Delete this question?")
    teacher.reads("What is pi?")
    teacher.clicks("Delete", comes_to=OVERVIEW)
    teacher.types("60", into="Passing grade, in percent")
    teacher.ticks("Show parents their child's points and grade")
    teacher.clicks("Save the settings", comes_to=OVERVIEW)
    expect(teacher.page.get_by_text("The settings are saved.")).to_be_visible()


def assert_it_is_made(north: School) -> None:
    """Everything is in the database as it was typed."""
    test = Item.objects.get(title=OVERVIEW, place=north.maths)
    questions = Question.objects.filter(assessment=test.pk).prefetch_related("choices")
    assert [(question.kind, scoring.key_in_words(question)) for question in questions] == [
        (QuestionKind.ONE_CHOICE, ["Two"]),
        (QuestionKind.SEVERAL_CHOICES, ["Two", "Four"]),
        (QuestionKind.TRUE_FALSE, ["False"]),
        (QuestionKind.NUMBER, ["2.5"]),
        (QuestionKind.LONG_TEXT, []),
        (QuestionKind.SHORT_TEXT, ["seven", "Sept"]),
    ]
    assert questions[0].choices.count() == 6
    assert (test.assessment.passing_grade, test.assessment.show_grade_to_parents) == (60, True)
    assert (test.members_see, test.parents_see) == (False, False)


def test_c5_a_teacher_makes_a_test_of_all_six_kinds(north: School, arrives: Arrives) -> None:
    tess = arrives(north.tess, viewport=DESK)
    tess.opens(at("place", north.maths), finds=north.maths.name)
    tess.here.locator("summary", has_text="Add").click()
    tess.clicks("New test", comes_to="New test")
    makes_a_test_of_all_six_kinds(tess)
    assert_it_is_made(north)


class WithoutScripts(Visitor):
    """Somebody whose browser runs no script; nor could it run the accessibility rules."""

    def comes_to(self, heading: str) -> None:
        """Wait for a page, by its heading."""
        expect(self.page.get_by_role("heading", name=heading).first).to_be_visible()
        self.page.wait_for_load_state("load")


def test_a3_c5_and_on_a_phone_without_scripts(north: School, arrives: Arrives) -> None:
    tess = WithoutScripts(arrives(north.tess, viewport=PHONE, java_script_enabled=False).page)
    tess.opens(at("test_new", north.maths), finds="New test")
    makes_a_test_of_all_six_kinds(tess)
    assert_it_is_made(north)


def test_a3_c5_a_phones_keyboard_is_enough_and_the_page_is_as_wide_as_the_phone(
    north: School, arrives: Arrives
) -> None:
    tess = arrives(north.tess, viewport=PHONE)
    question = north.locked_test.assessment.questions.all()[0]
    tess.opens(at("question_edit", north.locked_test, question), finds="Edit the question")
    assert_it_fits(tess)
    tess.types("Two and two?", into="Question")
    tess.here.get_by_role("button", name="One more choice").focus()
    tess.page.keyboard.press("Enter")
    expect(tess.here.get_by_label("Choice 3", exact=True)).to_be_focused()
    expect(tess.here.get_by_label("Question")).to_have_value("Two and two?")
    expect(tess.here.get_by_label("Choice 2", exact=True)).to_have_value("Three")
    tess.page.keyboard.type("Four")
    tess.here.get_by_label("Right (1)").focus()
    tess.page.keyboard.press("ArrowUp")  # round to the last
    expect(tess.here.get_by_label("Right (3)")).to_be_checked()
    tess.here.get_by_label("Choice 3", exact=True).press("Enter")
    tess.comes_to(north.locked_test.title)
    tess.reads("Two and two?", "Right: Four")
    expect(tess.page.locator(f"#question-{question.pk}")).to_be_in_viewport()
    assert_it_fits(tess)
    assert [choice.text for choice in question.choices.all()] == ["Two", "Three", "Four"]


def assert_it_fits(visitor: Visitor) -> None:
    """Nothing on the page is to be scrolled sideways."""
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert visitor.page.evaluate(wide) <= 0
