"""A teacher prints codes for the families that have none yet, and mends what went wrong (F2)."""

import pytest
from django_tasks_db.models import DBTaskResult
from playwright.sync_api import expect
from pypdfium2 import PdfDocument

from classkey.school.models import Sheet, SheetRun
from tests.browser.conftest import Arrives
from tests.plugins.mail import Mailbox
from tests.sheets import pages_of, pdf_of, run_queue
from tests.web.browsing import at
from tests.world import School

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 844}


def last_four(sheet: Sheet) -> str:
    assert sheet.code is not None
    return sheet.code.last_four


def test_f2_two_sheets_each_for_those_who_are_not_linked_yet(
    north: School, arrives: Arrives, mailbox: Mailbox
) -> None:
    SheetRun.objects.all().delete()
    DBTaskResult.objects.all().delete()
    tess = arrives(north.tess, viewport=PHONE)
    tess.opens(at("members", north.maths), finds=f"Members of {north.maths.name}")
    tess.clicks(
        "Parent codes for the 2 not linked yet",
        comes_to=f"Parent-code sheets for {north.maths.name}",
    )
    for name, is_ticked in (("Anna", False), ("Ben", False), ("Cleo", True), ("Nina", True)):
        expect(tess.here.get_by_label(f"{name} Northside", exact=True)).to_be_checked(
            checked=is_ticked
        )
    tess.chooses("Tiếng Việt", at="Language of Nina Northside")
    tess.clicks("Nobody", comes_to="Parent-code sheets for")
    tess.clicks("The 2 not linked yet", comes_to="Parent-code sheets for")
    tess.chooses("2", at="Sheets for each student")

    # She sees how far it is; the worker takes its time.
    tess.clicks("Make and mail the sheets", comes_to="Parent-code sheets")
    tess.reads("0 of 4 sheets made", "Mail 1, with 4 sheets", "Waiting", "not made yet")
    run_queue()
    tess.reads("Done: 4 sheets are in your mail", "mailed on", "not used yet")
    [mail] = mailbox
    mailed = pages_of(pdf_of(mail.message))
    assert ["Cleo" in page for page in mailed] == [True, True, False, False]
    assert "Mã" in mailed[2], "Nina's family reads Vietnamese"

    # One is lost: she voids it. One is torn: she prints it again, and it is the same.
    lost, torn, *_ninas = Sheet.objects.select_related("code")
    tess.clicks(f"Void Cleo Northside …{last_four(lost)}", comes_to="Void this sheet?")
    tess.clicks("Void", comes_to="Parent-code sheets")
    expect(tess.page.get_by_role("row", name=last_four(lost))).to_contain_text("void")
    with tess.page.expect_download() as download:
        tess.clicks(f"Print again Cleo Northside …{last_four(torn)}")
    assert download.value.suggested_filename == "parent-code-sheet.pdf"
    assert pages_of(PdfDocument(download.value.path())) == mailed[1:2]
