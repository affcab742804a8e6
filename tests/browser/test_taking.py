"""A student takes a test: in two tabs, without a network, without scripts; a parent reads it."""

import re

import pytest
from playwright.sync_api import Locator, expect

from classkey.accounts.models import User
from classkey.school import publishing
from classkey.school.assessing import taking, writing
from classkey.school.assessing.writing import Settings
from classkey.school.models import Answer, Item, QuestionKind
from classkey.school.publishing import Toggle
from classkey.school.viewer import Viewer
from tests.browser.conftest import Arrives
from tests.questions import open_test
from tests.visitor import Visitor
from tests.web.browsing import at
from tests.world import School

pytestmark = pytest.mark.browser

OFFLINE = "No connection. What you typed is kept here"
PASSWORD = "purple horse 92"
LONG = "Because one apple beside another"


def question(visitor: Visitor, number: int) -> Locator:
    """One of the questions on the page."""
    return visitor.page.locator(f"#question-{number}")


def status(visitor: Visitor, says: str) -> None:
    """Wait until the foot of the page says how saving goes."""
    expect(visitor.page.locator("[data-status]")).to_contain_text(re.compile(says))


def box(visitor: Visitor, number: int) -> Locator:
    """Where the answer to a question is typed."""
    return question(visitor, number).get_by_label("Your answer")


def begins(visitor: Visitor, test: Item) -> None:
    visitor.opens(at("item", test), finds="Six")
    visitor.clicks("Begin", comes_to="Six")


def kept(student: User, test: Item, kind: QuestionKind) -> list[str]:
    """What the school has of an answer."""
    answer = Answer.objects.filter(
        attempt__student=student, attempt__assessment=test.pk, question__kind=kind
    ).first()
    return answer.given if answer else []


def signs_out(visitor: Visitor) -> None:
    visitor.page.goto(at("account_logout"))
    visitor.clicks("Sign out", within=visitor.page.locator("main"))
    visitor.page.wait_for_url("**/")


def signs_in(visitor: Visitor, user: User) -> None:
    visitor.page.goto(at("account_login"))
    visitor.types(user.username, into="E-mail or user name")
    visitor.types(PASSWORD, into="Password")
    visitor.clicks("Sign in")
    visitor.page.wait_for_url(lambda url: "login" not in url)


def test_c5_a_student_takes_a_test_and_a_parent_reads_their_childs_part(
    arrives: Arrives, north: School
) -> None:
    test = open_test(north.tess, north.maths)
    publishing.flip(Viewer(north.tess), test, Toggle.GREEN, on=True)
    taking.submit(Viewer(north.ben), test, {})  # another student, of whom nobody here reads
    anna, paula = arrives(north.anna), arrives(north.paula)
    paula.opens(at("child_item", north.anna, test), finds="Six")
    paula.reads("Your child has not submitted this test yet.")

    # Each answer is saved as it is given.
    begins(anna, test)
    anna.reads("Your answers are saved as you give them.")
    expect(anna.here.get_by_role("button", name="Save", exact=True)).to_be_hidden()
    question(anna, 1).get_by_label("Two").check()
    status(anna, r"^Saved \d")
    question(anna, 2).get_by_label("Two").check()
    question(anna, 2).get_by_label("Deux").check()
    question(anna, 3).get_by_label("False").check()
    box(anna, 4).fill("two and a half")
    question(anna, 4).get_by_text("it is not a number").wait_for()
    box(anna, 4).fill("2,5")
    expect(question(anna, 4).get_by_text("it is not a number")).to_have_count(0)
    box(anna, 5).fill("deux")
    box(anna, 5).press("Enter")  # sends nothing away
    status(anna, r"^Saved \d")

    # The network goes, and comes back.
    anna.page.context.set_offline(True)
    box(anna, 6).press_sequentially(LONG)
    status(anna, OFFLINE)
    expect(anna.page.locator("#live")).to_contain_text(OFFLINE)
    anna.clicks("Submit…")
    status(anna, OFFLINE)
    with anna.page.expect_event("dialog") as asked:
        anna.page.close(run_before_unload=True)
    assert asked.value.type == "beforeunload"
    asked.value.dismiss()
    assert kept(north.anna, test, QuestionKind.LONG_TEXT) == []
    anna.page.context.set_offline(False)
    status(anna, r"^Saved \d")
    assert kept(north.anna, test, QuestionKind.LONG_TEXT) == [LONG]

    # She closes the tab, and goes on another time.
    context = anna.page.context
    anna.page.close()
    anna = Visitor(context.new_page())
    anna.opens(at("item", test), finds="Six")
    anna.clicks("Go on", comes_to="Six")
    expect(question(anna, 1).get_by_label("Two")).to_be_checked()
    expect(question(anna, 2).get_by_label("Deux")).to_be_checked()
    expect(question(anna, 3).get_by_label("False")).to_be_checked()
    expect(box(anna, 4)).to_have_value("2,5")
    expect(box(anna, 6)).to_have_value(LONG)
    box(anna, 5).fill("")
    anna.clicks("Submit…", comes_to="Submit “Six”?")
    anna.reads("1 question has no answer yet")
    anna.clicks("Question 5", comes_to="Six")
    box(anna, 5).fill("Deux")
    anna.clicks("Submit…", comes_to="Submit “Six”?")
    anna.reads("You have answered every question.")
    anna.clicks("Submit now", comes_to="Submitted")
    anna.reads("6 of 10 points", "1 answer is not marked yet.", LONG)

    # Her parent reads the questions and her answers, and what the settings let them.
    paula.opens(at("child_item", north.anna, test), finds="Submitted")
    paula.reads("No grade is shown here.", "Half of 5?", "2,5", LONG)
    writing.change_settings(
        Viewer(north.tess),
        test,
        Settings(show_grade_to_parents=True, show_answers_to_parents=True),
    )
    paula.page.reload()
    paula.reads("6 of 10 points", "Right answer", "1 answer is not marked yet.")
    assert not [page for page in paula.all_sent() if "Ben" in page]


def test_c5_two_tabs_do_not_overwrite_each_other_unseen(arrives: Arrives, north: School) -> None:
    test = open_test(north.tess, north.maths)
    one = arrives(north.nina)
    begins(one, test)
    other = Visitor(one.page.context.new_page())
    other.opens(at("test_take", test), finds="Six")
    box(one, 6).fill("In one tab")
    status(one, r"^Saved \d")
    box(other, 6).fill("In the other")
    asks = question(other, 6).get_by_role("group", name="Which answer stays?")
    asks.wait_for()
    other.comes_to("Six")  # and is accessible so
    expect(asks).to_contain_text("In one tab")
    status(other, "Not saved: please look")
    assert kept(north.nina, test, QuestionKind.LONG_TEXT) == ["In one tab"]

    # Who chooses nothing is led to choose; then the one here stays.
    asks.get_by_role("button", name="Keep the one I chose").click()
    expect(asks.get_by_label("The one here")).to_be_focused()
    asks.get_by_label("The one here").check()
    asks.get_by_role("button", name="Keep the one I chose").click()
    status(other, r"^Saved \d")
    expect(box(other, 6)).to_be_focused()
    assert kept(north.nina, test, QuestionKind.LONG_TEXT) == ["In the other"]

    # Back in the first tab, the other one stays.
    box(one, 6).fill("In the first again")
    asks = question(one, 6).get_by_role("group", name="Which answer stays?")
    asks.get_by_label("The other one:").check()
    asks.get_by_role("button", name="Keep the one I chose").click()
    expect(box(one, 6)).to_have_value("In the other")
    box(one, 6).fill("In the other, and more")
    status(one, r"^Saved \d")
    assert kept(north.nina, test, QuestionKind.LONG_TEXT) == ["In the other, and more"]

    # What the first tab submits, the second cannot change.
    one.clicks("Submit…", comes_to="Submit “Six”?")
    one.clicks("Submit now", comes_to="Submitted")
    box(other, 6).fill("Too late")
    expect(question(other, 6)).to_contain_text("You have submitted this test")
    assert kept(north.nina, test, QuestionKind.LONG_TEXT) == ["In the other, and more"]


def test_a4_what_was_sent_and_never_answered_is_no_other_tab(
    arrives: Arrives, north: School
) -> None:
    test = open_test(north.tess, north.maths)
    nina = arrives(north.nina)
    begins(nina, test)

    # It arrives, but its answer gets lost.
    nina.page.route("**/take/save/", lambda route: (route.fetch(), route.abort()))
    box(nina, 6).fill("First")
    status(nina, OFFLINE)
    assert kept(north.nina, test, QuestionKind.LONG_TEXT) == ["First"]
    box(nina, 6).fill("First, and second")
    nina.page.unroute("**/take/save/")
    status(nina, r"^Saved \d")
    assert kept(north.nina, test, QuestionKind.LONG_TEXT) == ["First, and second"]

    # A server that stumbles is asked again.
    nina.page.route("**/take/save/", lambda route: route.fulfill(status=503, body="Busy"))
    box(nina, 6).fill("Third")
    status(nina, OFFLINE)
    nina.page.unroute("**/take/save/")
    status(nina, r"^Saved \d")
    assert kept(north.nina, test, QuestionKind.LONG_TEXT) == ["Third"]


def test_a4_who_is_signed_out_meanwhile_loses_nothing(arrives: Arrives, north: School) -> None:
    for student in (north.nina, north.cleo):
        student.set_password(PASSWORD)
        student.save()
    test = open_test(north.tess, north.maths)
    nina = arrives(north.nina)
    begins(nina, test)
    other = Visitor(nina.page.context.new_page())
    signs_out(other)

    # In this tab: what was typed comes back with her.
    box(nina, 6).fill("Not lost")
    status(nina, "You are signed out, so this is not saved yet")
    nina.clicks("Sign in and go on", comes_to="Sign in")
    nina.types(north.nina.username, into="E-mail or user name")
    nina.types(PASSWORD, into="Password")
    nina.clicks("Sign in", comes_to="Six")
    expect(box(nina, 6)).to_have_value("Not lost")
    status(nina, r"^Saved \d")
    assert kept(north.nina, test, QuestionKind.LONG_TEXT) == ["Not lost"]

    # In another tab: this page, with a token of before, goes on.
    signs_out(other)
    box(nina, 6).fill("Not lost either")
    status(nina, "You are signed out")
    signs_in(other, north.nina)
    box(nina, 6).press("End")
    box(nina, 6).press_sequentially("!")
    status(nina, r"^Saved \d")
    assert kept(north.nina, test, QuestionKind.LONG_TEXT) == ["Not lost either!"]

    # The page of one student saves nothing for another.
    signs_out(other)
    signs_in(other, north.cleo)
    taking.begin(Viewer(north.cleo), test)
    box(nina, 6).fill("Not Cleo's")
    status(nina, "This cannot be saved here any more")
    assert kept(north.cleo, test, QuestionKind.LONG_TEXT) == []
    signs_out(other)
    signs_in(other, north.nina)
    box(nina, 6).fill("Not lost either!")

    # What is locked meanwhile says so.
    status(nina, "^Saved")
    writing.change_settings(Viewer(north.tess), test, Settings(locked=True))
    box(nina, 6).fill("Too late")
    expect(question(nina, 6)).to_contain_text("This test is closed now")
    assert kept(north.nina, test, QuestionKind.LONG_TEXT) == ["Not lost either!"]


def test_a3_a_test_is_taken_without_scripts(arrives: Arrives, north: School) -> None:
    test = open_test(north.tess, north.maths)
    nina = arrives(north.nina, java_script_enabled=False)
    nina.page.goto(at("item", test))
    nina.clicks("Begin")
    nina.reads("Press “Save” now and then")
    question(nina, 1).get_by_label("3").check()
    box(nina, 6).fill("By hand")
    nina.clicks("Save")
    expect(nina.page.get_by_text("Your answers are saved.")).to_be_visible()
    expect(question(nina, 1).get_by_label("3")).to_be_checked()
    nina.clicks("Submit…")
    nina.reads("4 questions have no answer yet")
    nina.clicks("Submit now")
    nina.reads("0 of 10 points", "By hand")
