"""One sheet made anew, for the maker of its code; and how large a part's mail is (F1, F2)."""

import pypdfium2
import pytest
from django.core.exceptions import PermissionDenied

from classkey.accounts.models import User
from classkey.school import issuing
from classkey.school.errors import Unseen
from classkey.school.models import Code, Sheet, SheetRun
from classkey.school.models.sheet_runs import PaperSize
from classkey.school.sheets import plan, printing, typeset
from classkey.school.sheets.runs import Wishes
from classkey.school.viewer import Viewer
from tests.plugins.mail import Mailbox
from tests.sheets import ask, pages_of, run_queue, scans_of
from tests.world import School

A4, LETTER = (595, 842), (612, 792)


def sheet(
    user: User, code: Code, paper: PaperSize = PaperSize.A4, language: str = "en"
) -> pypdfium2.PdfDocument:
    pdf = printing.print_code(Viewer(user), code.pk, paper=paper, language=language)
    return pypdfium2.PdfDocument(pdf)


def size_of(pdf: pypdfium2.PdfDocument) -> tuple[int, int]:
    width, height = pdf[0].get_size()
    return round(width), round(height)


def test_f1_a_students_own_code_is_a_sheet_to_print(north: School) -> None:
    pdf = sheet(north.cleo, north.by_cleo_herself)
    [page] = pages_of(pdf)
    assert "Cleo Northside" in page
    assert north.by_cleo_herself.text in page
    assert scans_of(pdf)[0].endswith(north.by_cleo_herself.text.replace("-", ""))
    assert size_of(pdf) == A4
    assert size_of(sheet(north.cleo, north.by_cleo_herself, PaperSize.LETTER)) == LETTER


def test_f1_in_the_home_language_or_where_nobody_knows_it_in_the_pages(north: School) -> None:
    [page] = pages_of(sheet(north.cleo, north.by_cleo_herself, language="fr"))
    assert "Votre code" in page
    User.objects.filter(pk=north.cleo.pk).update(home_language="vi")
    [page] = pages_of(sheet(north.cleo, north.by_cleo_herself, language="fr"))
    assert "Votre code" not in page
    assert typeset.languages()["vi"]


def test_f2_a_sheet_is_made_anew_as_its_run_was_asked_for(north: School, mailbox: Mailbox) -> None:
    SheetRun.objects.all().delete()
    wishes = Wishes(paper=PaperSize.LETTER, large_print=True, language="es")
    part = ask(north, wishes=wishes)
    run_queue()
    code = part.sheets.all()[0].code
    assert code is not None
    [attached] = mailbox[0].message.iter_attachments()
    mailed = pypdfium2.PdfDocument(attached.get_payload(decode=True))
    again = sheet(north.tess, code)
    assert pages_of(again) == pages_of(mailed)[:1]
    assert size_of(again) == LETTER


def test_p5_a_colleagues_parent_code_is_not_printed(north: School) -> None:
    code = issuing.make_parent_code(Viewer(north.tom), north.nina)
    with pytest.raises(PermissionDenied):
        sheet(north.tess, code)
    for stranger in (north.ed, north.anna, north.paula, north.ursula):
        with pytest.raises(Unseen):
            sheet(stranger, code)


def test_k2_a_dead_code_is_not_printed(north: School) -> None:
    issuing.delete_codes(Viewer(north.cleo), [north.by_cleo_herself.pk])
    for user, code in (
        (north.cleo, north.by_cleo_herself),
        (north.tess, north.expired_parent_code),
    ):
        with pytest.raises(Unseen):
            sheet(user, code)


def test_f1_only_a_parent_code_has_a_sheet(north: School) -> None:
    with pytest.raises(Unseen):
        sheet(north.tess, north.for_students)


def test_f2_the_mail_of_a_full_part_is_one_that_mail_servers_take(
    north: School, mailbox: Mailbox
) -> None:
    """In all languages, each student with a name of letters of their own."""
    SheetRun.objects.all().delete()
    tags, part = sorted(typeset.languages()), ask(north)
    code = issuing.make_parent_code(Viewer(north.tess), north.nina)
    sheets = [
        Sheet(
            code=code,
            student=User(
                given_name="".join(chr(0x4E00 + 40 * number + letter) for letter in range(40)),
                home_language=tags[number % len(tags)],
            ),
        )
        for number in range(plan.SHEETS_PER_PART)
    ]
    pdf = printing.print_part(part, sheets)
    assert len(pypdfium2.PdfDocument(pdf)) == plan.SHEETS_PER_PART
    assert len(pdf) * 4 / 3 < 9_500_000, "as a mail carries it"
