"""A teacher shows a code to the class, and keeps her codes in order by keyboard (K9, K13, K2)."""

import pytest
from playwright.sync_api import Locator, expect

from classkey.school import issuing
from classkey.school.issuing import Terms
from classkey.school.models import Code
from classkey.school.viewer import Viewer
from tests.browser.conftest import Arrives
from tests.visitor import Visitor, assert_never_in_an_address
from tests.world import School, enter

pytestmark = pytest.mark.browser
PHONE = {"width": 360, "height": 740}
WALL = {"width": 1920, "height": 1080}
LIVE = "#live-codes tbody tr"


def presses(visitor: Visitor, *keys: str) -> None:
    for key in keys:
        visitor.page.keyboard.press(key)


def tabs_to(visitor: Visitor, control: Locator) -> None:
    """Press Tab until the focus is there."""
    for _step in range(60):
        if control.evaluate("it => it === document.activeElement"):
            return
        presses(visitor, "Tab")
    pytest.fail(f"no Tab leads to {control}")


@pytest.mark.parametrize("size", [WALL, PHONE])
def test_a_teacher_shows_a_code_and_the_class_comes_in(
    arrives: Arrives, north: School, size: dict[str, int]
) -> None:
    code = issuing.make_registration_code(Viewer(north.tess), north.chicks, Terms(max_uses=2))
    tess = arrives(north.tess, viewport=size)
    tess.opens("/codes/", finds="Codes Management")
    tess.fits()
    tess.clicks(code.text, comes_to="Chicks")
    tess.clicks("Show to the class", comes_to="Chicks")
    tess.reads(code.text, "0 of 2 came in", "Works for 13 days, 23 hours")
    tess.fits()
    wall = tess.here.locator(".code-display")
    box = wall.bounding_box()
    assert box
    assert box["width"] > 0.85 * size["width"]
    picture = tess.here.get_by_role("img", name="QR code of the link").bounding_box()
    assert picture
    assert picture["y"] + picture["height"] <= size["height"], "all of it on one screen"

    # Pupils come in, and the number goes up by itself; nothing on the wall moves.
    enter(north.zoe, code)
    tess.reads("1 of 2 came in")
    assert wall.bounding_box() == box
    expect(tess.here).not_to_contain_text("Zoe")
    enter(north.dan, code)
    tess.reads("Used up", "This code no longer works")
    expect(tess.here).not_to_contain_text(code.text)

    # From the wall to a new one, with the same settings.
    tess.clicks("New code, same settings", comes_to="Chicks")
    successor = tess.shown(r"\b(\w{3}-\w{3}-\w{3})\b")
    assert successor != code.text
    tess.reads("0 of 2", "Nobody yet")
    tess.fits()
    assert_never_in_an_address([tess], [code.text, successor])


def test_k13_the_panel_tells_who_came_in_and_leaves_the_rest_alone(
    arrives: Arrives, north: School
) -> None:
    code = issuing.make_registration_code(Viewer(north.tess), north.chicks, Terms())
    tess = arrives(north.tess)
    tess.opens("/codes/?kind=registration", finds="Codes Management")
    row = tess.page.locator(LIVE, has_text=code.text)
    row.locator("summary").press("Enter")
    tess.reads("Nobody yet")
    box = row.get_by_role("checkbox")
    box.check()
    enter(north.zoe, code)
    expect(row).to_contain_text("Zoe Northside")
    expect(row.locator("summary")).to_have_text("1")
    expect(row.locator("details")).to_have_attribute("open", "")
    expect(box).to_be_checked()


@pytest.mark.parametrize("size", [PHONE, {"width": 1200, "height": 900}])
def test_many_are_deleted_by_keyboard_and_one_is_followed(
    arrives: Arrives, north: School, size: dict[str, int]
) -> None:
    for _number in range(3):
        issuing.make_registration_code(Viewer(north.tess), north.staffroom, Terms())
    tess = arrives(north.tess, viewport=size)
    page = tess.page
    tess.opens("/codes/", finds="Codes Management")

    # A whole code is not sent as an address; its last four are.
    find = tess.here.get_by_label("Find")
    tabs_to(tess, find)
    page.keyboard.type(north.for_staff.text)
    presses(tess, "Enter")
    assert find.evaluate("it => it.validity.patternMismatch")
    presses(tess, "Control+a")
    page.keyboard.type("staff")
    presses(tess, "Enter")
    expect(page.locator(LIVE)).to_have_count(4)

    # All that is shown is chosen, one of them not, and the rest is deleted.
    everything = tess.here.get_by_label("Choose all shown")
    tabs_to(tess, everything)
    presses(tess, "Space")
    expect(page.get_by_text("4 chosen")).to_be_attached()
    boxes = page.locator(LIVE).get_by_role("checkbox")
    tabs_to(tess, boxes.first)
    presses(tess, "Space")
    expect(page.get_by_text("3 chosen")).to_be_attached()
    assert everything.evaluate("it => it.indeterminate")
    presses(tess, "Shift+Tab")
    tabs_to(tess, page.get_by_role("button", name="Delete the chosen codes"))
    presses(tess, "Enter")
    tess.comes_to("Delete these 3 codes?")
    tabs_to(tess, tess.here.get_by_role("button", name="Delete"))
    presses(tess, "Enter")
    tess.comes_to("Codes Management")
    expect(page.locator(".messages")).to_contain_text("3 codes are deleted.")
    assert "text=staff" in page.url, "still what she was looking at"
    expect(page.locator(LIVE)).to_have_count(1)
    tess.fits()

    # One of them after all, as it was.
    dead = page.locator("#dead li", has_text="Staff room").first
    again = dead.get_by_role("button")
    tabs_to(tess, again)
    presses(tess, "Enter")
    tess.comes_to("Staff room")
    successor = tess.shown(r"\b(\w{3}-\w{3}-\w{3})\b")
    made = [code for code in Code.objects.filter(place=north.staffroom) if code.is_live]
    assert successor in {code.text for code in made}


def test_without_scripts_the_wall_is_a_page(arrives: Arrives, north: School) -> None:
    tess = arrives(north.tess, java_script_enabled=False)
    code = north.for_owls
    tess.page.goto(f"/codes/{code.pk}/")
    tess.clicks("Show to the class")
    expect(tess.here.get_by_role("heading", name="Owls")).to_be_visible()
    tess.reads(code.text, "1 came in", "Works for")
    tess.page.goto("/codes/?text=owls")
    tess.clicks("Choose all shown")
    boxes = tess.page.locator(LIVE).get_by_role("checkbox")
    expect(boxes).to_have_count(2)
    for box in boxes.all():
        expect(box).to_be_checked()
    tess.clicks("Delete the chosen codes")
    tess.reads("Delete these 2 codes?")
