"""A teacher looks at the week as a student and as a parent, and then opens it (C2, C4)."""

import pytest
from playwright.sync_api import expect

from classkey.school import publishing
from classkey.school.publishing import Toggle
from classkey.school.viewer import Viewer
from tests.browser.conftest import Arrives
from tests.visitor import Visitor
from tests.world import School

pytestmark = pytest.mark.browser
PHONE = {"width": 360, "height": 740}


@pytest.mark.parametrize("size", [PHONE, {"width": 1200, "height": 900}])
def test_a_teacher_checks_the_week_before_opening_it(
    arrives: Arrives, north: School, size: dict[str, int]
) -> None:
    publishing.flip(Viewer(north.tess), north.folder, Toggle.GREEN, on=False)
    tess = arrives(north.tess, viewport=size)
    attic, maths = north.attic.name, north.maths.name

    tess.opens(f"/places/{north.attic.pk}/", finds=attic)
    view_as(tess, "A student")
    tess.comes_to(attic)
    tess.reads("Your teacher has not opened this yet")
    assert says(tess, f"You see “{attic}” as a student in it does. You can only look.")
    tess.fits()

    switch(tess, "As a parent")
    tess.comes_to(attic)
    tess.reads("Attic: green")
    assert says(tess, f"You see “{attic}” as a parent of a student in it does.")
    tess.fits()

    # The places above belong to it: the student is in them too.
    tess.clicks(maths, comes_to=maths)
    tess.reads("Maths Northside: both")
    expect(tess.here).not_to_contain_text("folder: both")
    tess.clicks("Maths Northside: both", comes_to="Maths Northside: both")

    switch(tess, "As a student")
    tess.comes_to("Maths Northside: both")
    tess.clicks(maths, comes_to=maths)
    tess.clicks("folder: both", comes_to="folder: both")
    switch(tess, "As a parent")
    tess.comes_to("folder: both")
    tess.reads("Parents do not see this", "Hidden from parents because the folder “Both” is")

    # Back in her own view she opens it.
    switch(tess, "Back to my own view")
    tess.comes_to("folder: both")
    tess.opens(f"/places/{north.attic.pk}/", finds=attic)
    tess.clicks("…(Attic) Show")
    tess.reads("Members can see this")
    view_as(tess, "A student")
    tess.comes_to(attic)
    tess.reads("Attic: both")


def view_as(tess: Visitor, whose: str) -> None:
    tess.here.locator("summary", has_text="View as").click()
    tess.clicks(whose)


def bar(tess: Visitor) -> str:
    return " ".join(tess.page.get_by_role("region", name="Preview").inner_text().split())


def says(tess: Visitor, text: str) -> bool:
    return text in bar(tess)


def switch(tess: Visitor, name: str) -> None:
    tess.page.get_by_role("region", name="Preview").get_by_role("link", name=name).click()
