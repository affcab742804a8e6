"""A teacher marks a class's texts, lets one student go on, and takes the results home (C5)."""

import csv
import re

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from classkey.accounts.models import User
from classkey.school.assessing import taking
from classkey.school.assessing.taking import Given
from classkey.school.models import Answer, Attempt
from classkey.school.viewer import Viewer
from tests.browser.conftest import Arrives
from tests.visitor import Visitor
from tests.world import School

pytestmark = pytest.mark.browser

PHONE: ViewportSize = {"width": 390, "height": 844}


def the_class_submits(north: School) -> None:
    """Beside Anna, Ben and Cleo hand in the quiz, each with a long text."""
    choice, why = north.quiz.assessment.questions.all()
    right = str(choice.choices.get(is_right=True).pk)
    taking.submit(Viewer(north.ben), north.quiz, {})
    given = {choice.pk: Given([right]), why.pk: Given(["Because it is so.\n\n" * 20])}
    taking.submit(Viewer(north.cleo), north.quiz, given)


def text_of(north: School, student: User) -> Answer:
    """What somebody wrote in the quiz."""
    answers = Answer.objects.filter(attempt__assessment=north.quiz.pk, attempt__student=student)
    return answers.get(question__text="Why?")


def points(north: School) -> list[int | None]:
    """What Anna, Ben and Cleo have for their texts."""
    given = [text_of(north, student).points for student in (north.anna, north.ben, north.cleo)]
    return [None if each is None else int(each) for each in given]


def is_focused(page: Page, label: str) -> bool:
    """Is the focus in a field with this label?"""
    return bool(
        page.evaluate("label => document.activeElement.labels?.[0]?.innerText === label", label)
    )


def tab_to(page: Page, label: str) -> None:
    """Press Tab until the focus comes to the next field with this label."""
    page.keyboard.press("Tab")
    for _ in range(12):
        if is_focused(page, label):
            return
        page.keyboard.press("Tab")
    pytest.fail("the keyboard does not get there")


def column(visitor: Visitor) -> list[str]:
    """The first names, from the top of the table down."""
    cells = visitor.here.locator("tbody th").all_inner_texts()
    return [cell.split()[0] for cell in cells]


def test_c5_a_teacher_marks_a_class_by_keyboard_and_takes_the_results_home(
    arrives: Arrives, north: School
) -> None:
    the_class_submits(north)
    tess = arrives(north.tess)
    page = tess.page
    tess.opens("/", finds="Hello Tess")
    tess.clicks("To mark (6)", comes_to="To mark")
    tess.clicks("Quiz Northside…", comes_to="Mark “Quiz Northside”")
    tess.reads("3 answers wait.", "Anna thinks so", "Because it is so.")

    # By keyboard: points, remark, and on to the next; each is saved as it is left.
    for answer, (given, remark) in zip(
        (text_of(north, student) for student in (north.anna, north.ben, north.cleo)),
        (("3", "Well argued"), ("1,5", ""), ("9", "")),
        strict=True,
    ):
        tab_to(page, "Points (of 3)")
        page.keyboard.type(given)
        tab_to(page, "Remark")
        page.keyboard.type(remark)
        told = "Give between 0 and 3 points." if given == "9" else "Saved"
        expect(page.locator(f"#state-{answer.pk}")).to_contain_text(told)
    assert is_focused(page, "Remark"), "nothing takes the focus away"
    assert points(north) == [3, 1, None]

    # What is wrong is put right, and Enter saves what there is.
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Control+A")
    page.keyboard.type("2")
    page.keyboard.press("Enter")
    tess.comes_to("Everything here is marked")
    assert points(north) == [3, 1, 2]
    assert text_of(north, north.anna).remark == "Well argued"

    # The results: sorted by the headings.
    tess.clicks("See the results", comes_to="Results of “Quiz Northside”")
    assert column(tess) == ["Anna", "Ben", "Cleo", "Nina"]
    tess.clicks("Grade")
    expect(tess.here.get_by_role("columnheader", name="Grade")).to_have_attribute(
        "aria-sort", "ascending"
    )
    assert column(tess) == ["Ben", "Cleo", "Anna", "Nina"]
    tess.clicks("Grade")
    expect(tess.here.get_by_role("columnheader", name="Grade")).to_have_attribute(
        "aria-sort", "descending"
    )
    assert column(tess) == ["Anna", "Cleo", "Ben", "Nina"]
    tess.reads("How the grades are spread", "90 to 100 percent: 1 student")

    with page.expect_download() as download:
        tess.clicks("Download as CSV")
    assert download.value.suggested_filename == "results.csv"
    rows = list(csv.reader(download.value.path().read_text("utf-8-sig").splitlines()))
    students = [row[1] for row in rows if row[:1] == ["Northside"]]
    assert students == ["Anna", "Ben", "Cleo", "Nina"]

    # Ben may go on.
    tess.clicks("Ben Northside", comes_to="Ben Northside")
    tess.clicks("Unlock", comes_to="Let Ben Northside go on with “Quiz Northside”?")
    tess.clicks("Unlock", comes_to="Ben Northside")
    expect(page.locator("#messages")).to_contain_text("Ben Northside can go on with this test.")
    tess.reads("has not submitted it yet")
    assert Attempt.objects.get(pk=text_of(north, north.ben).attempt_id).submitted_at is None


def test_c5_what_is_marked_in_place_is_what_was_read(arrives: Arrives, north: School) -> None:
    """A colleague was first; and nothing that is typed is lost."""
    tess, tom = arrives(north.tess), arrives(north.tom)
    mark = f"/items/{north.quiz.pk}/mark/"
    for teacher in (tess, tom):
        teacher.opens(mark, finds="Mark “Quiz Northside”")
    answer = text_of(north, north.anna)
    tom.types("2", into="Points (of 3)")
    tom.types("Good", into="Remark")
    tom.page.keyboard.press("Tab")
    expect(tom.page.locator(f"#state-{answer.pk}")).to_contain_text("Saved")
    tess.types("3", into="Points (of 3)")
    tess.page.keyboard.press("Tab")
    tess.reads("Tom Northside has given 2 of 3 meanwhile. Save again to change that.")
    expect(tess.here.get_by_label("Points (of 3)")).to_have_value("3")
    expect(tess.here.get_by_label("Remark")).to_be_focused()
    assert text_of(north, north.anna).points == 2
    tess.types("2,5", into="Points (of 3)")
    tess.page.keyboard.press("Tab")
    tess.reads("Saved")
    assert text_of(north, north.anna).marked_by == north.tess


@pytest.mark.parametrize("options", [{"viewport": PHONE}, {"java_script_enabled": False}])
def test_a3_on_a_phone_and_without_script(
    arrives: Arrives, north: School, options: dict[str, object]
) -> None:
    the_class_submits(north)
    tess = arrives(north.tess, **options)
    page = tess.page
    has_script = bool(options.get("java_script_enabled", True))
    page.goto(f"/items/{north.quiz.pk}/mark/")
    for student, given in ((north.anna, "3"), (north.cleo, "7")):
        group = tess.here.get_by_role("group", name=f"{student.given_name} Northside")
        group.get_by_label("Points (of 3)").fill(given)
    tess.clicks("Save, and show what still waits")
    tess.reads("2 answers wait.", "Give between 0 and 3 points.")
    cleo = tess.here.get_by_role("group", name="Cleo Northside")
    expect(cleo.get_by_label("Points (of 3)")).to_have_value("7")
    assert points(north) == [3, None, None]
    page.goto(f"/items/{north.quiz.pk}/results/?sort=-grade")
    tess.reads("Results of “Quiz Northside”")
    assert column(tess)[0] == "Anna"
    if has_script:
        wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert page.evaluate(wide) <= 0, "the page stays as wide as the phone"
        table = page.get_by_role("region", name="Results")
        table.evaluate("element => element.scrollLeft = 1000")
        expect(tess.here.get_by_role("link", name="Anna Northside")).to_be_in_viewport(ratio=0.9)
        expect(tess.here.get_by_role("columnheader", name=re.compile("Grade"))).to_be_in_viewport()
        tess.comes_to("Results of “Quiz Northside”")
