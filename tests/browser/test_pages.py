"""What only a browser shows: keyboard, clipboard, no script, a phone, a dark screen (A3)."""

from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import Locator, Page, Route, ViewportSize, expect

from classkey.school.code_text import ALPHABET
from tests.axe import assert_accessible
from tests.browser.conftest import Arrives
from tests.world import School

pytestmark = pytest.mark.browser
PASSWORD = "purple horse 92"
PHONE: ViewportSize = {"width": 360, "height": 740}  # a small one


def at(name: str, *things: object) -> str:
    """The address of a page."""
    return reverse(name, args=[getattr(thing, "pk", thing) for thing in things])


def teachers_pages(north: School) -> list[str]:
    """The pages of a teacher, one of each."""
    page = north.pages["maths: both"]
    return [
        at("dashboard"),
        at("welcome"),
        at("place", north.maths),
        at("place", north.owls),
        at("item", page),
        at("item", north.folder),
        at("item_edit", page),
        at("page_new", north.maths),
        at("place_edit", north.maths),
        at("course_new"),
        at("course_archive", north.maths),
        at("course_copy", north.maths),
        at("place", north.history),
        at("members", north.maths),
        at("members", north.owls),
        at("member_remove", north.maths, north.ben),
        at("leave", north.maths),
        at("sheets_new", north.maths),
        at("sheet_run", north.run),
        at("to_mark"),
        at("test_mark", north.quiz),
        at("test_results", north.quiz),
        at("attempt", north.quiz, north.quiz.assessment.attempts.get(student=north.anna)),
        at("student", north.anna),
        at("codes"),
        at("code", north.for_students),
        at("code_new"),
        at("parent_code_new"),
        at("join"),
        at("account_settings"),
    ]


def parents_pages(north: School) -> list[str]:
    """The pages of a parent, one of each."""
    return [
        at("children"),
        at("child", north.anna),
        at("child_place", north.anna, north.maths),
        at("child_item", north.anna, north.pages["maths: both"]),
        at("child_item", north.anna, north.folder),
        at("welcome"),
        at("join"),
        at("members", north.maths),  # not here
    ]


def strangers_pages(_north: School) -> list[str]:
    """The pages that need no account."""
    return [
        at("dashboard"),
        at("account_login"),
        at("account_signup"),
        at("account_reset_password"),
        at("join"),
    ]


# --- The Codes dialog (K9) --------------------------------------------------------------
def tab_to(page: Page, target: Locator) -> None:
    """Press Tab until the target has the focus."""
    for _ in range(12):
        page.keyboard.press("Tab")
        if target.evaluate("element => element === document.activeElement"):
            return
    pytest.fail("the keyboard does not get there")


def test_the_codes_dialog_opens_on_every_page_by_keyboard(arrives: Arrives, north: School) -> None:
    tess = arrives(north.tess)
    dialog = tess.page.locator("#dialog")
    page = north.pages["maths: both"]
    for address in (
        at("dashboard"),
        at("place", north.maths),
        at("item", page),
        at("item_edit", page),
        at("members", north.maths),
        at("codes"),
        at("join"),
        at("account_settings"),
    ):
        tess.page.goto(address)
        codes = tess.header.get_by_role("link", name="Codes", exact=True)
        tab_to(tess.page, codes)
        tess.page.keyboard.press("Enter")
        heading = dialog.get_by_role("heading", name="Codes")
        expect(heading).to_be_focused()
        expect(dialog).to_have_accessible_name("Codes")
        tess.page.keyboard.press("Escape")
        expect(dialog).not_to_be_visible()
        expect(codes).to_be_focused()
    assert_accessible(tess.page)


def test_a_code_is_made_in_the_dialog_by_keyboard_alone(arrives: Arrives, north: School) -> None:
    tess = arrives(north.tess)
    keys = tess.page.keyboard
    tess.page.goto(at("place", north.owls))
    tab_to(tess.page, tess.here.get_by_role("link", name="New code"))
    keys.press("Enter")
    expect(tess.here.get_by_role("heading", name="Codes")).to_be_focused()
    chosen = tess.here.get_by_label("For which place?").locator("option:checked")
    expect(chosen).to_have_text(f"{north.maths.name} › Owls")
    tab_to(tess.page, tess.here.get_by_role("button", name="Generate"))
    keys.press("Enter")
    code = tess.shown(r"\b(\w{3}-\w{3}-\w{3})\b")
    assert set(code) <= {*ALPHABET, "-"}
    assert tess.page.evaluate("document.activeElement.closest('dialog') !== null")
    keys.press("Escape")
    expect(tess.page.locator("#dialog")).not_to_be_visible()
    assert tess.page.url.endswith(at("place", north.owls))


def test_the_dialog_says_what_is_wrong_and_keeps_what_was_chosen(
    arrives: Arrives, north: School
) -> None:
    tess = arrives(north.tess)
    tess.page.goto(at("place", north.owls))
    tess.clicks("New code", comes_to="Codes")
    tess.chooses("admin", at="What may they do?")
    tess.clicks("Generate")
    tess.reads("Only a code for teachers alone can make admins.")
    expect(tess.here.get_by_label("What may they do?").locator("option:checked")).to_have_text(
        "admin"
    )
    assert_accessible(tess.page)


def test_the_code_and_its_link_are_copied(arrives: Arrives, north: School) -> None:
    tess = arrives(north.tess, permissions=["clipboard-read", "clipboard-write"])
    tess.opens(at("code", north.for_students), finds=north.maths.name)
    code = north.for_students.text
    link = f"{tess.page.url.partition('/codes/')[0]}/join/#{code.replace('-', '')}"
    for button, text in (("Copy the code", code), ("Copy the link", link)):
        tess.clicks(button)
        copied = tess.here.get_by_role("button", name="Copied")
        expect(copied).to_be_visible()
        expect(tess.page.get_by_role("status").filter(has_text="Copied")).to_have_count(1)
        assert tess.page.evaluate("navigator.clipboard.readText()") == text
        expect(copied).to_have_count(0)  # the button has its own name again


def test_a_code_is_shown_to_the_class(arrives: Arrives, north: School) -> None:
    tess = arrives(north.tess)
    tess.opens(at("code", north.for_students), finds=north.maths.name)
    button = tess.here.get_by_role("link", name="Show to the class")
    button.press("Enter")
    screen = tess.page.get_by_role("dialog", name="Show to the class")
    expect(screen).to_be_visible()
    expect(screen).to_contain_text(north.for_students.text)
    box = screen.bounding_box()
    size = tess.page.evaluate("[innerWidth, innerHeight]")
    assert box
    assert [box["width"], box["height"]] == size
    assert_accessible(tess.page)
    screen.get_by_role("button", name="Close").press("Enter")
    expect(screen).not_to_be_visible()
    expect(button).to_be_focused()


# --- The code box (K3, K4, K5) ------------------------------------------------------------
def test_the_box_groups_and_says_what_a_code_is_for(arrives: Arrives, north: School) -> None:
    zoe = arrives(north.zoe)
    zoe.opens(at("join"), finds="Enter a code")
    box = zoe.here.get_by_label("Your code")
    code = north.for_students.text
    box.press_sequentially(code.replace("-", "").lower()[:5])
    expect(box).to_have_value(f"{code[:3]}-{code[4:6]}")
    box.press_sequentially(code.replace("-", "").lower()[5:])
    expect(box).to_have_value(code)
    zoe.reads(f"Come into {north.maths.name}", "With the account of Zoe Northside.")
    assert_accessible(zoe.page)


def test_the_box_shows_a_parent_the_child(arrives: Arrives, north: School) -> None:
    ursula = arrives(north.ursula)
    ursula.opens(at("join"), finds="Enter a code")
    code = north.for_ninas_parents.text
    box = ursula.here.get_by_label("Your code")
    box.press_sequentially(code.lower().replace("-", " "))
    expect(box).to_have_value(code)
    ursula.reads("Link to your child", "Child: Nina N.")
    expect(ursula.here).not_to_contain_text("Nina Northside")


def test_the_box_tells_a_slip_before_anything_is_sent(arrives: Arrives, north: School) -> None:
    zoe = arrives(north.zoe)
    zoe.opens(at("join"), finds="Enter a code")
    box = zoe.here.get_by_label("Your code")
    hint = zoe.page.locator("#id_code_hint")
    sent: list[str] = []
    zoe.page.on("request", lambda request: sent.append(request.url))

    box.press_sequentially("BCO")
    expect(hint).to_have_text("Codes have no “O”. Please look at that character again.")
    expect(box).to_have_attribute("aria-invalid", "true")
    assert_accessible(zoe.page)

    code = north.for_students.text
    slip = code[:-1] + ALPHABET[ALPHABET.index(code[-1]) - 1]
    for typed, told in (
        (slip, "Something is mistyped. Please compare each character with your code."),
        (code[:7], "A code has 9 or 12 characters. You have typed 6."),
    ):
        box.fill("")
        expect(box).not_to_have_attribute("aria-invalid", "true")
        box.press_sequentially(typed)
        box.press("Enter")
        expect(hint).to_have_text(told)
        expect(box).to_be_focused()
    assert not sent

    box.fill("")
    box.press_sequentially(code)
    box.press("Enter")
    zoe.comes_to(f"You are in {north.maths.name}")
    assert sent


def test_a_code_is_kept_through_sign_in_and_forgotten_once_used(
    arrives: Arrives, north: School
) -> None:
    north.zoe.set_password(PASSWORD)
    north.zoe.save()
    zoe = arrives(None)
    code = north.for_students.text
    zoe.opens(f"/join/#{code.replace('-', '')}", finds="Enter a code")
    box = zoe.here.get_by_label("Your code")
    expect(box).to_have_value(code)
    assert "#" not in zoe.page.url
    zoe.clicks("Sign in", comes_to="Sign in")
    zoe.types(north.zoe.username, into="E-mail or user name")
    zoe.types(PASSWORD, into="Password")
    zoe.clicks("Sign in", comes_to="Enter a code")
    expect(box).to_have_value(code)
    zoe.clicks("Use this code", comes_to=f"You are in {north.maths.name}")
    zoe.opens(at("join"), finds="Enter a code")
    expect(box).to_have_value("")


def test_not_you_keeps_the_code_for_who_is_next(arrives: Arrives, north: School) -> None:
    north.zoe.set_password(PASSWORD)
    north.zoe.save()
    visitor = arrives(north.paula)
    code = north.for_students.text
    visitor.opens(f"/join/#{code.replace('-', '')}", finds="Enter a code")
    visitor.reads("This code is not for this account")
    use = visitor.here.get_by_role("button", name="Use this code")
    expect(use).not_to_be_visible()
    visitor.clicks("Not you?", comes_to="Enter a code")
    box = visitor.here.get_by_label("Your code")
    expect(box).to_have_value(code)
    visitor.clicks("Sign in", comes_to="Sign in")
    visitor.types(north.zoe.username, into="E-mail or user name")
    visitor.types(PASSWORD, into="Password")
    visitor.clicks("Sign in", comes_to="Enter a code")
    expect(box).to_have_value(code)
    visitor.clicks("Use this code", comes_to=f"You are in {north.maths.name}")


def test_what_was_said_of_a_code_goes_when_another_is_typed(
    arrives: Arrives, north: School
) -> None:
    zoe = arrives(north.zoe)
    zoe.opens(at("join"), finds="Enter a code")
    box = zoe.here.get_by_label("Your code")
    use = zoe.here.get_by_role("button", name="Use this code")
    box.press_sequentially(north.for_admins.text)
    zoe.reads("This code is not for this account")
    expect(use).not_to_be_visible()
    box.press("Backspace")
    expect(zoe.here).not_to_contain_text("This code is not for this account")
    expect(use).to_be_visible()


# --- A form is sent once ------------------------------------------------------------------
@pytest.fixture
def form_of_a_group(arrives: Arrives, north: School) -> tuple[Page, list[str]]:
    """The form for a new group, filled in; and what is sent. No page answers it."""
    tess = arrives(north.tess)
    tess.opens(at("group_new", north.maths), finds="New group")
    tess.types("Hawks", into="Name")
    sent: list[str] = []

    def keep(route: Route) -> None:
        if route.request.method == "POST":
            sent.append(route.request.post_data or "")
            route.fulfill(status=204)
        else:
            route.continue_()

    tess.page.route("**/*", keep)
    return tess.page, sent


def test_a_double_click_sends_a_form_once(form_of_a_group: tuple[Page, list[str]]) -> None:
    page, sent = form_of_a_group
    button = page.locator("main form").get_by_role("button")
    with page.expect_response("**"):
        button.dblclick()
    expect(button).to_have_attribute("aria-disabled", "true")
    page.get_by_label("Name").press("Enter")
    assert len(sent) == 1
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    expect(button).not_to_have_attribute("aria-disabled", "true")
    with page.expect_response("**"):
        page.get_by_label("Name").press("Enter")
    assert len(sent) == 2


def test_a_form_answered_with_a_download_can_be_sent_again(
    form_of_a_group: tuple[Page, list[str]],
) -> None:
    page, sent = form_of_a_group
    page.clock.install()
    button = page.locator("main form").get_by_role("button")
    for times in (1, 2):
        with page.expect_response("**"):
            button.click()
        page.clock.fast_forward(10_000)
        expect(button).not_to_have_attribute("aria-disabled", "true")
        assert len(sent) == times


def test_a_form_in_the_dialog_is_sent_again_once_it_is_answered(
    arrives: Arrives, north: School
) -> None:
    tess = arrives(north.tess)
    tess.page.goto(at("place", north.owls))
    tess.clicks("New code", comes_to="Codes")
    posted: list[str] = []
    tess.page.route("**/codes/new/*", lambda route: route.abort())
    tess.page.on("requestfailed", lambda request: posted.append(request.method))
    button = tess.here.get_by_role("button", name="Generate")
    for times in (1, 2):
        with tess.page.expect_event("requestfailed"):
            button.click()
        expect(button).not_to_have_attribute("aria-disabled", "true")
        assert posted == ["POST"] * times


# --- Without script (A3) ------------------------------------------------------------------
def test_the_main_job_works_without_javascript(arrives: Arrives, north: School) -> None:
    north.tess.set_password(PASSWORD)
    north.tess.save()
    tess = arrives(None, java_script_enabled=False)
    tess.page.goto("/")
    tess.clicks("Sign in")
    tess.types("tess@northside.example", into="E-mail or user name")
    tess.types(PASSWORD, into="Password")
    tess.clicks("Sign in")
    tess.reads("Hello Tess")

    tess.clicks("Codes", within=tess.header)
    tess.chooses(f"{north.maths.name} › Owls", at="For which place?")
    tess.clicks("Generate")
    code = tess.shown(r"\b(\w{3}-\w{3}-\w{3})\b")

    zoe = arrives(north.zoe, java_script_enabled=False)
    zoe.page.goto(at("join"))
    zoe.types(code.lower(), into="Your code")
    zoe.clicks("Use this code")
    zoe.reads("You are in Owls")

    tess.page.goto(at("members", north.owls))
    tess.chooses("can edit", at="Permission of Zoe Northside")
    tess.page.get_by_role("row", name="Zoe Northside").get_by_role("button", name="Save").click()
    expect(tess.page.locator("#messages")).to_contain_text("Zoe Northside: can edit")

    tess.page.goto(at("item", north.pages["maths: off"]))
    tess.clicks("Hidden from members…")
    expect(tess.page.locator("#messages")).to_contain_text("Members can see")
    zoe.page.goto(at("item", north.pages["maths: off"]))
    expect(zoe.page.get_by_role("heading", level=1)).to_have_text(north.pages["maths: off"].title)

    tess.page.goto(at("codes"))
    tess.ticks(f"Choose the code that ends in {code.replace('-', '')[-4:]}")
    tess.clicks("Delete the chosen codes")
    tess.reads("Delete this code?", code)
    tess.clicks("Delete")
    expect(tess.page.locator("#messages")).to_contain_text("1 code is deleted.")


# --- On a phone, in the dark (A3) ---------------------------------------------------------
@pytest.mark.parametrize(
    ("who", "pages"),
    [("tess", teachers_pages), ("paula", parents_pages), ("", strangers_pages)],
)
def test_every_page_fits_a_phone_and_is_legible_in_the_dark(
    arrives: Arrives, north: School, who: str, pages: Callable[[School], list[str]]
) -> None:
    """With names as long as they get, in one word; and no word of ours is broken for them."""
    north.maths.name = "Donaudampfschifffahrtsgesellschaftskapitänsmützenkunde" * 2
    north.maths.save()
    north.anna.rename(given_name="Hubert-Blaine" * 4, family_name="Wolfeschlegelsteinhausen" * 4)
    person = getattr(north, who) if who else None
    visitor = arrives(person, viewport=PHONE, color_scheme="dark")
    too_wide = []
    for address in pages(north):
        visitor.page.goto(address)
        visitor.page.wait_for_load_state("load")
        assert_accessible(visitor.page)
        width = visitor.page.evaluate("document.documentElement.scrollWidth")
        if width > PHONE["width"]:
            too_wide.append(f"{address}: {width}")
    assert not too_wide, "\n".join(too_wide)
    if who == "tess":
        visitor.page.goto(at("members", north.maths))
        save = visitor.here.get_by_role("button", name="Save").first.bounding_box()
        assert save
        assert save["width"] > save["height"]
        visitor.page.goto(at("place", north.maths))
        visitor.clicks("New code", comes_to="Codes")
        dialog = visitor.here.bounding_box()
        assert dialog
        assert dialog["x"] >= 0
        assert dialog["x"] + dialog["width"] <= PHONE["width"]
