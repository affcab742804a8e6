"""A teacher fills a course (C1 to C4), by mouse and by keyboard, alone and with a colleague."""

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from classkey.school import publishing
from classkey.school.models import Item, ItemKind
from classkey.school.viewer import Viewer
from tests.axe import assert_accessible
from tests.browser.conftest import Arrives
from tests.uploads import HTML, PNG, Kept
from tests.visitor import Visitor
from tests.world import School

pytestmark = pytest.mark.browser
PHONE = {"width": 390, "height": 844}


def add(visitor: Visitor, what: str) -> None:
    visitor.here.locator("summary", has_text="Add").click()
    visitor.clicks(what, comes_to=what)


def drop(visitor: Visitor, **files: str) -> None:
    """Drop files from outside on the content."""
    dragged = visitor.page.evaluate_handle(
        """(files) => {
            const dragged = new DataTransfer();
            for (const [name, text] of Object.entries(files)) {
                dragged.items.add(new File([text], name.replace("_", ".")));
            }
            return dragged;
        }""",
        files,
    )
    content = visitor.page.locator("#content")
    content.dispatch_event("dragover", {"dataTransfer": dragged})
    expect(content).to_have_class(re.compile("is-over"))
    content.dispatch_event("drop", {"dataTransfer": dragged})
    expect(content).not_to_have_class(re.compile("is-over"))


def titles(visitor: Visitor) -> list[str]:
    return visitor.here.locator(".tree .row-title").all_inner_texts()


def focused(visitor: Visitor) -> str:
    """The name of what has the focus."""
    name = visitor.page.evaluate("document.activeElement.textContent")
    return " ".join(str(name).split())


def presses(visitor: Visitor, *keys: str) -> None:
    for key in keys:
        visitor.page.keyboard.press(key)


def test_c1_a_teacher_builds_a_week_and_opens_it(
    arrives: Arrives, north: School, kept: Kept, tmp_path: Path
) -> None:
    tess = arrives(north.tess, viewport={"width": 1200, "height": 900})
    owls = north.owls.name
    tess.opens(f"/places/{north.owls.pk}/", finds=owls)

    # A folder, and in it a page that is looked at before it is saved.
    add(tess, "New folder")
    tess.types("Week 1", into="Title")
    tess.clicks("Save", comes_to=owls)
    tess.clicks("Week 1", comes_to="Week 1")
    tess.reads("This folder is empty")
    add(tess, "New page")
    tess.reads("In the folder “Week 1”.")
    tess.types("Homework", into="Title")
    tess.types("Read **pages 3 to 5**.\n\n| day | what |\n|---|---|\n| Mon | $a_1$ |", into="Text")
    tess.clicks("Preview")
    expect(tess.page.locator("#preview strong")).to_have_text("pages 3 to 5")
    expect(tess.page.locator("#preview td").last).to_have_text("$a_1$")
    assert_accessible(tess.page)
    tess.clicks("Save", comes_to="Homework")

    # Files, dragged in: one shows how far it is, one is refused and says why.
    tess.opens(f"/items/{Item.objects.get(title='Week 1').pk}/", finds="Week 1")
    held: list[Route] = []

    def hold_the_first(route: Route) -> None:
        if held:
            route.continue_()
        held.append(route)

    tess.page.route("**/files/new/*", hold_the_first)
    drop(tess, Worksheet_txt="Sums", Game_exe="MZ")
    expect(tess.page.get_by_role("progressbar", name="Worksheet.txt")).to_be_visible()
    tess.reads("“Worksheet.txt” is on its way…")
    held[0].continue_()
    tess.reads("“Game.exe” is of a kind that is not kept here.")
    expect(tess.here.locator(".tree .row-title")).to_have_text(["Homework", "Worksheet"])
    assert len(kept()) == 1
    assert_accessible(tess.page)

    # Several at once, chosen in the form.
    add(tess, "New file")
    for name, content in (("Photo.png", PNG), ("Odd.png", HTML)):
        tmp_path.joinpath(name).write_bytes(content)
    box = tess.here.get_by_label("Files", exact=True)
    box.set_input_files([tmp_path / "Photo.png", tmp_path / "Odd.png"])
    tess.clicks("Add")
    tess.reads("Photo Picture", "“Odd.png” is not what the end of its name says.")
    box.set_input_files([])
    tess.clicks("Cancel", comes_to="Week 1")

    # A link.
    add(tess, "New link")
    tess.types("Sums to try", into="Title")
    tess.types("sums.example.org", into="Web address")
    tess.clicks("Save", comes_to="Week 1")
    assert titles(tess) == ["Homework", "Worksheet", "Photo", "Sums to try"]

    # The order, by keyboard alone: the focus stays where the hand is.
    tess.here.locator("summary", has_text="More: Photo").focus()
    presses(tess, "Enter", "Tab", "Tab")
    assert focused(tess) == "Move up"
    presses(tess, "Enter")
    expect(tess.here.locator(".tree .row-title").nth(1)).to_have_text("Photo")
    expect(tess.page.locator(":focus")).to_have_text(re.compile("Move up"))
    presses(tess, "Enter")
    expect(tess.here.locator(".tree .row-title").first).to_have_text("Photo")
    expect(tess.page.locator(":focus")).to_have_text(re.compile("More: Photo"))
    expect(tess.page.locator("#live")).to_have_text("“Photo” is further up.")

    # The toggles, in place: green asks first, because the folder is not green.
    homework = Item.objects.get(title="Homework")
    green = tess.page.locator(f"#green-{homework.pk}")
    green.focus()
    presses(tess, "Enter")
    tess.comes_to("Let parents see “Homework”?")
    tess.reads("These become visible too:", "Week 1")
    tess.clicks("Yes, let parents see it")
    expect(green).to_contain_text("Parents can see this")
    expect(green).to_be_focused()
    blue = tess.page.locator(f"#blue-{homework.pk}")
    blue.focus()
    presses(tess, "Space")
    expect(blue).to_contain_text("Hidden from members")
    expect(blue).to_be_focused()
    assert_accessible(tess.page)

    # Elsewhere by keyboard: out of the folder, into the place.
    tess.here.locator("summary", has_text="More: Sums to try").focus()
    presses(tess, "Enter", "Tab", "Tab", "Tab", "Enter")
    tess.comes_to("Move “Sums to try”")
    tess.here.get_by_role("radio", checked=True).press("ArrowUp")
    place = tess.here.get_by_role("radio", name=f"{north.maths.name} › {owls}", exact=True)
    expect(place).to_be_checked()
    tess.clicks("Move", comes_to=owls)
    expect(tess.page.locator("#messages")).to_contain_text("“Sums to try” is now in “Owls”.")

    # Deleted, and brought back from the message.
    tess.here.locator("summary", has_text="More: Week 1").focus()
    presses(tess, "Enter", "Tab", "Tab")
    while focused(tess) != "Delete":
        presses(tess, "Tab")
    presses(tess, "Enter")
    expect(tess.page.locator("#messages")).to_contain_text("“Week 1” is deleted.")
    expect(tess.here.locator(".tree .row-title", has_text="Homework")).to_have_count(0)
    assert focused(tess) == "Content"
    tess.page.get_by_role("button", name="Undo").click()
    expect(tess.page.locator("#messages")).to_contain_text("“Week 1” is back.")
    expect(tess.here.locator(".tree .row-title", has_text="Homework")).to_have_count(1)

    # What the others have of it.
    anna = arrives(north.anna)
    anna.opens(f"/places/{north.owls.pk}/", finds=owls)
    assert "Homework" not in titles(anna)
    anna.clicks("Worksheet…", comes_to="Worksheet")
    with anna.page.expect_download() as download:
        anna.clicks("Download")
    assert download.value.suggested_filename == "Worksheet.txt"
    assert Path(download.value.path()).read_text() == "Sums"
    paula = arrives(north.paula)
    paula.opens(f"/children/{north.anna.pk}/places/{north.owls.pk}/", finds=owls)
    paula.clicks("Homework", comes_to="Homework")
    paula.reads("pages 3 to 5")


def test_a4_two_people_edit_one_page_and_nothing_is_lost(arrives: Arrives, north: School) -> None:
    tess, ed = arrives(north.tess), arrives(north.ed)
    page = north.pages["maths: both"]
    for person in (tess, ed):
        person.opens(f"/items/{page.pk}/edit/", finds="Edit")
    tess.types("On Monday", into="Text")
    tess.clicks("Save", comes_to=page.title)
    ed.types("On Tuesday", into="Text")
    ed.clicks("Save", comes_to="Tess Northside changed this while you were writing")
    ed.reads("nothing of yours is lost", "On Monday")
    expect(ed.here.get_by_label("Text", exact=True)).to_have_value("On Tuesday")
    page.refresh_from_db()
    assert page.body == "On Monday"
    ed.types("On Monday, or on Tuesday", into="Text")
    ed.clicks("Save mine all the same", comes_to=page.title)
    ed.reads("On Monday, or on Tuesday")


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize("script", [True, False])
def test_a3_on_a_phone_and_without_a_script(
    arrives: Arrives, north: School, tmp_path: Path, *, script: bool
) -> None:
    tess = Viewer(north.tess)
    folder = publishing.make_item(tess, north.owls, None, kind=ItemKind.FOLDER, title="Week 1")
    for title in ("Homework", "A rather long title of a page " * 4):
        publishing.make_item(tess, north.owls, folder, kind=ItemKind.PAGE, title=title)
    options: dict[str, Any] = {"viewport": PHONE, "java_script_enabled": script}
    gwen = arrives(north.gwen, **options)
    gwen.page.goto(f"/places/{north.owls.pk}/")
    fits(gwen)
    if script:
        assert_accessible(gwen.page)
    homework = Item.objects.get(title="Homework")
    gwen.page.locator(f"#blue-{homework.pk}").click()
    expect(gwen.page.locator(f"#blue-{homework.pk}")).to_contain_text("Hidden from members")
    gwen.page.locator(f"#menu-{homework.pk}").click()
    gwen.page.locator(f"#down-{homework.pk}").click()
    expect(gwen.page.locator("#messages")).to_contain_text("“Homework” is further down.")
    fits(gwen)
    gwen.page.locator("summary", has_text="Add").click()
    gwen.page.get_by_role("link", name="New file").click()
    for name in ("a.txt", "b.txt"):
        tmp_path.joinpath(name).write_text("text")
    gwen.page.get_by_label("Files", exact=True).set_input_files(
        [tmp_path / "a.txt", tmp_path / "b.txt"]
    )
    fits(gwen)
    gwen.page.get_by_role("button", name="Add").click()
    for name in ("a", "b"):
        row = gwen.page.locator(".tree .row-title").get_by_text(name, exact=True)
        expect(row).to_be_visible()
    fits(gwen)


def fits(visitor: Visitor) -> None:
    """Nothing stands out at the side."""
    page = visitor.page
    wide = page.locator("html").evaluate("root => root.scrollWidth - root.clientWidth")
    assert wide <= 0
