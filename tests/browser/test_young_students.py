"""A class of seven-year-olds comes in (P6)."""

from pathlib import Path

import pypdfium2
import pytest

from classkey.accounts.models import User
from tests.browser.conftest import Arrives
from tests.world import School

pytestmark = pytest.mark.browser
OWN = "purple horse 92"


def test_p6_names_become_accounts_and_a_child_signs_in_with_the_card(
    north: School, arrives: Arrives, tmp_path: Path
) -> None:
    tess = arrives(north.tess)
    tess.opens(f"/places/{north.maths.pk}/members/", finds="Members of Maths Northside")
    tess.clicks("New students", comes_to="New students in Maths Northside")
    tess.types("Mia Berg\nStein, Noah\nNgozi\nAnna Northside", into="Names, one a line")
    tess.clicks("Check the names")
    tess.reads("4 names", "Anna Northside is here already")
    tess.types("Mia Berg\nStein, Noah\nNgozi", into="Names, one a line")
    tess.clicks("Check the names")
    tess.reads("3 names")
    tess.clicks("Make 3 accounts", comes_to="Sign-in cards for Maths Northside")
    with tess.page.expect_download() as download:
        tess.clicks("Make the cards (PDF)")
    path = tmp_path / "cards.pdf"
    download.value.save_as(path)
    text = "\n".join(page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(path))
    assert "Noah Stein" in text
    after_name = text[text.index("noah.stein") :]
    password = next(word for word in after_name.split() if len(word) == 9 and word[4] == "-")

    noah = arrives(None, viewport={"width": 360, "height": 740})
    noah.opens("/accounts/login/", finds="Sign in")
    noah.types("noah.stein", into="E-mail or user name")
    noah.types(password, into="Password")
    noah.clicks("Sign in", comes_to="Hello Noah! Choose your own password")
    noah.types(password, into="Your new password")
    noah.clicks("This is my password")
    noah.reads("This is the one on your card.")
    noah.types(OWN, into="Your new password")
    noah.clicks("This is my password", comes_to="Hello Noah")
    noah.reads("Maths Northside")
    assert User.objects.get(username="noah.stein").check_password(OWN)
