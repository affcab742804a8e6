"""A teacher is afraid for a child; support ends an access while the parent's page is open (F9)."""

import pytest
from playwright.sync_api import expect

from classkey.school import linking
from classkey.school.models import Membership
from tests.browser.conftest import Arrives
from tests.world import School

pytestmark = pytest.mark.browser
PHONE = {"width": 360, "height": 740}


@pytest.mark.parametrize("size", [PHONE, {"width": 1200, "height": 900}])
def test_f9_an_access_ends_while_the_page_is_open(
    arrives: Arrives, north: School, size: dict[str, int]
) -> None:
    child = f"/children/{north.anna.pk}/"
    quentin = arrives(north.quentin, viewport=size)
    quentin.opens(child, finds="Anna Northside")

    tess = arrives(north.tess, viewport=size)
    tess.opens(f"/students/{north.anna.pk}/", finds="Anna Northside")
    row = tess.here.get_by_role("listitem").filter(has_text="Quentin Northside")
    row.get_by_role("link").click()
    tess.comes_to("Ask support to end the access of Quentin Northside to Anna Northside")
    tess.types("There is a court order.", into="Why should the access end?")
    tess.ticks("This is urgent")
    tess.clicks("Send to support", comes_to="Anna Northside")
    tess.reads("paused until support decides")
    tess.fits()

    quentin.page.reload()
    expect(quentin.page.get_by_role("heading", level=1)).not_to_have_text("Anna Northside")

    vera = arrives(north.vera, viewport=size)
    vera.opens("/desk/", finds="Support desk")
    vera.fits()
    rows = vera.here.get_by_role("listitem").filter(has_text="Urgent")
    rows.filter(has_text="Quentin Northside’s access").get_by_role("link").click()
    vera.comes_to("End Quentin Northside’s access to Anna Northside?")
    vera.reads("There is a court order.")
    vera.clicks("Revoke…", comes_to="End Quentin Northside’s access to Anna Northside")
    vera.reads("quentin@northside.example")
    vera.types("The order was shown.", into="Why?")
    vera.fits()
    vera.clicks("Revoke", comes_to="Support desk")
    assert linking.lasting_link(north.quentin, north.anna) is None

    tess.opens("/", finds="Hello Tess")
    tess.reads("Support has ended the access of Quentin Northside to Anna Northside")


@pytest.mark.parametrize("size", [PHONE, {"width": 1200, "height": 900}])
def test_a1_a_person_is_looked_up_held_and_found_in_the_log(
    arrives: Arrives, north: School, size: dict[str, int]
) -> None:
    vera = arrives(north.vera, viewport=size)
    vera.opens("/desk/people/", finds="Support desk")
    vera.types("nina north", into="Name, e-mail address, user name, or the last four of a code")
    vera.clicks("Search", comes_to="Support desk")
    vera.fits()
    vera.clicks("Nina Northside…", comes_to="Nina Northside")
    vera.ticks("A child’s safety")
    vera.clicks("Open the page", comes_to="Nina Northside")
    vera.fits()
    vera.clicks("Put on hold…", comes_to="Put Nina Northside on hold")
    vera.clicks("Put on hold", comes_to="Nina Northside")
    vera.reads("nobody is named")
    for button, title in (
        ("Release…", "Release the hold on Nina Northside?"),
        ("Bar a person…", "Bar a person from Nina Northside"),
        ("Deactivate…", "Deactivate the account of Nina Northside?"),
        ("Erase…", "Erase Nina Northside for good?"),
    ):
        vera.clicks(button, comes_to=title)
        vera.fits()
        vera.clicks("Cancel", comes_to="Nina Northside")
    vera.clicks("Lines in the log", comes_to="Support desk")
    vera.reads("hold.put")
    vera.fits()


def test_f10_a_parent_ends_their_own_link(arrives: Arrives, north: School) -> None:
    paula = arrives(north.paula, viewport=PHONE)
    paula.opens(f"/children/{north.anna.pk}/", finds="Anna Northside")
    paula.fits()
    paula.clicks("End my link…", comes_to="End your link to Anna Northside?")
    paula.fits()
    paula.clicks("End my link", comes_to="My children")
    assert linking.lasting_link(north.paula, north.anna) is None
    assert Membership.objects.filter(user=north.anna, place=north.maths).exists()
