"""Asking for parent-code sheets, and watching them (F2)."""

import datetime
import uuid
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.utils import timezone
from pypdfium2 import PdfDocument

from classkey.accounts.models import User
from classkey.school import issuing, membership, tasks
from classkey.school.models import (
    Code,
    ParentLink,
    PartState,
    PlaceKind,
    Sheet,
    SheetPart,
    SheetRun,
)
from classkey.school.models.sheet_runs import Failure, PaperSize
from classkey.school.sheets import voiding
from classkey.school.sheets.runs import Wishes
from classkey.school.viewer import Viewer
from tests.plugins.mail import Mailbox
from tests.sheets import ask as in_line
from tests.sheets import pages_of, run_queue
from tests.web.browsing import HTMX, SUPPORT, at, browser_of, errors, html, links, said, tags, words
from tests.world import School, enter


def ask(client: Client, place: object, *students: User, **typed: Any) -> Any:
    """Tick these, choose the rest, and press the button."""
    chosen = {"copies": "1", "paper": "a4", "language": "en"}
    who = {"students": [str(student.pk) for student in students]}
    return client.post(at("sheets_new", place), chosen | who | typed)


def ticked(response: Any) -> list[str]:
    """Who has a tick on the page that asks."""
    boxes = [attributes for tag, attributes in tags(html(response)) if tag == "input"]
    chosen = {box["value"] for box in boxes if box.get("name") == "students" and "checked" in box}
    people = response.context["students"]
    return [student.given_name for student in people if str(student.pk) in chosen]


def newest_run() -> SheetRun:
    return SheetRun.objects.order_by("-requested_at")[0]


def part_is(north: School, state: PartState, **fields: Any) -> None:
    SheetPart.objects.filter(run=north.run).update(state=state, **fields)


def mailed_run(north: School, mailbox: Mailbox, copies: int = 1) -> SheetPart:
    """Tess's sheets of the owls, as they are when the mail is out."""
    SheetRun.objects.all().delete()
    part = in_line(north, wishes=Wishes(copies=copies))
    run_queue()
    part.refresh_from_db()
    return part


# --- Asking -----------------------------------------------------------------------------
def test_f2_it_says_before_it_starts_for_whom_and_where_to(north: School) -> None:
    read = words(browser_of(north.tess).get(at("sheets_new", north.maths)))
    assert f"Parent-code sheets for {north.maths.name}" in read
    assert "4 students are here." in read
    assert "The mail goes to tess@northside.example." in read
    assert "Nothing here is green yet" not in read


def test_f2_it_says_if_nothing_is_green_yet(north: School) -> None:
    read = words(browser_of(north.pia).get(at("sheets_new", north.music)))
    assert "Nothing here is green yet Parents who link now find an empty page." in read


def test_f2_without_students_it_says_how_to_let_them_in(north: School) -> None:
    place = membership.make_top_place(Viewer(north.tess), PlaceKind.COURSE, "Empty")
    client = browser_of(north.tess)
    response = client.get(at("sheets_new", place))
    assert "No students here yet Let students in with a code first." in words(response)
    assert "<form" not in html(response).partition("<main")[2].partition("</main>")[0]
    assert errors(ask(client, place)) == {"students": ["Tick at least one student."]}


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ("", ["Anna", "Ben", "Cleo", "Nina"]),
        ("?whom=all", ["Anna", "Ben", "Cleo", "Nina"]),
        ("?whom=not-yet-linked", ["Cleo", "Nina"]),
        ("?student={nina}", ["Nina"]),
        ("?student={nina}&student={ben}", ["Ben", "Nina"]),
        ("?student={nina}&whom=not-yet-linked", ["Cleo", "Nina"]),
        ("?student={zoe}", []),
        ("?student=nonsense", []),
    ],
)
def test_f2_a_link_ticks_for_whom(north: School, asked: str, names: list[str]) -> None:
    people = {name: str(getattr(north, name).pk) for name in ("nina", "ben", "zoe")}
    address = at("sheets_new", north.maths) + asked.format(**people)
    assert ticked(browser_of(north.tess).get(address)) == names


def test_f2_who_is_not_linked_yet_is_a_button_on_the_members_page(north: School) -> None:
    client = browser_of(north.tess)
    page = client.get(at("members", north.maths))
    assert "Parent codes for the 2 not linked yet" in words(page)
    address = at("sheets_new", north.maths)
    assert f'href="{address}?whom=not-yet-linked"' in html(page)
    assert f'href="{address}?student={north.cleo.pk}"' in html(page)
    assert f"?student={north.anna.pk}" not in html(page), "Anna's parents are linked"
    for student in (north.cleo, north.nina):
        ParentLink.objects.create(parent=north.ursula, student=student)
    assert "not linked yet" not in words(client.get(at("members", north.maths)))
    assert "not linked yet" not in words(browser_of(north.ed).get(at("members", north.maths)))


@pytest.mark.parametrize(
    ("tick", "names"),
    [
        ("all", ["Anna", "Ben", "Cleo", "Nina"]),
        ("not-yet-linked", ["Cleo", "Nina"]),
        ("nobody", []),
    ],
)
def test_a4_a_button_that_ticks_asks_for_nothing_and_loses_nothing(
    north: School, tick: str, names: list[str]
) -> None:
    before = SheetRun.objects.count()
    typed = {"copies": "3", "large_print": "on", f"language-{north.nina.pk}": "uk", "tick": tick}
    response = ask(browser_of(north.tess), north.maths, north.ben, language="fr", **typed)
    assert ticked(response) == names
    form = response.context["form"]
    values = [form[name].value() for name in ("copies", "large_print", "language")]
    assert values == ["3", "on", "fr"]
    assert form[f"language-{north.nina.pk}"].value() == "uk"
    assert not form.errors
    assert SheetRun.objects.count() == before


def test_f2_a_run_begins_for_those_chosen_as_it_was_wished(north: School) -> None:
    client = browser_of(north.tess)
    typed = {"copies": "2", "paper": "us-letter", "large_print": "on", "language": "es"}
    response = ask(client, north.maths, north.nina, north.ben, **typed)
    run = newest_run()
    assert response["Location"] == at("sheet_run", run)
    assert (run.paper, run.large_print, run.language) == (PaperSize.LETTER, True, "es")
    sheets = Sheet.objects.filter(part__run=run).select_related("student")
    assert [sheet.student.given_name for sheet in sheets] == ["Ben", "Ben", "Nina", "Nina"]
    assert "US Letter, large print" in words(client.get(at("sheet_run", run)))
    earlier = client.get(at("sheets_new", north.maths))
    assert at("sheet_run", run) in links(html(earlier))
    assert "4 sheets" in words(earlier)


def test_f2_the_language_of_each_home_is_kept(north: School) -> None:
    client = browser_of(north.tess)
    chosen = {f"language-{north.cleo.pk}": "vi", f"language-{north.anna.pk}": ""}
    ask(client, north.maths, north.nina, **chosen)
    north.cleo.refresh_from_db()
    assert north.cleo.home_language == "vi"
    form = client.get(at("sheets_new", north.owls)).context["form"]
    assert form[f"language-{north.cleo.pk}"].value() == "vi"


def test_f2_the_language_to_begin_with_is_the_pages(north: School) -> None:
    client = browser_of(north.tess)
    response = client.get(at("sheets_new", north.owls), headers={"Accept-Language": "fr"})
    assert response.context["form"]["language"].value() == "fr"


@pytest.mark.parametrize(
    ("typed", "field"),
    [({"students": []}, "students"), ({"students": ["\x00"]}, "students"),
     ({"paper": "a0"}, "paper"), ({"paper": "\x00"}, "paper"), ({"copies": "5"}, "copies"),
     ({"copies": "0"}, "copies"), ({"language": "xx"}, "language")],
)  # fmt: skip
def test_a4_what_was_not_offered_is_told(north: School, typed: dict[str, Any], field: str) -> None:
    before = SheetRun.objects.count()
    response = ask(browser_of(north.tess), north.maths, north.ben, **typed)
    assert list(errors(response)) == [field]
    assert errors(response)[field][0] in words(response)
    assert SheetRun.objects.count() == before


def test_f2_a_student_of_another_course_is_not_offered(north: School) -> None:
    assert list(errors(ask(browser_of(north.tess), north.owls, north.ben))) == ["students"]


def test_a4_who_left_while_it_was_asked_is_told(
    north: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last student of those ticked leaves between the form and the rule."""
    asks = tasks.ask_for_sheets

    def too_late(*args: Any, **kwargs: Any) -> SheetRun:
        membership.leave(Viewer(north.cleo), north.maths)
        return asks(*args, **kwargs)

    monkeypatch.setattr(tasks, "ask_for_sheets", too_late)
    response = ask(browser_of(north.tess), north.owls, north.cleo)
    assert errors(response) == {"__all__": ["There is no student here to make a sheet for."]}


# --- Watching ---------------------------------------------------------------------------
@pytest.mark.parametrize("state", [PartState.WAITING, PartState.MAKING, PartState.MAILING])
def test_f2_the_bar_asks_again_until_it_is_over(north: School, state: PartState) -> None:
    part_is(north, state)
    client = browser_of(north.tess)
    address = at("sheet_run", north.run)
    page, fragment = client.get(address), client.get(address, headers=HTMX)
    assert "<html" in html(page)
    assert "<html" not in html(fragment)
    for answer in (page, fragment):
        assert f'hx-get="{address}" hx-trigger="load delay:700ms"' in html(answer)
        assert "0 of 5 sheets made" in words(answer)
        assert '<progress id="done" max="10" value="0">' in html(answer)
        assert "Look again" in words(answer)
    assert "Mailed to tess@northside.example" in words(page)
    assert "Anna Northside not made yet" in words(page)
    assert "Anna" not in words(fragment), "the table need not come each time"


def test_f2_when_it_is_over_it_says_so_and_asks_no_more(north: School, mailbox: Mailbox) -> None:
    north.run = mailed_run(north, mailbox).run
    fragment = browser_of(north.tess).get(at("sheet_run", north.run), headers=HTMX)
    assert "Done: 2 sheets are in your mail" in words(fragment)
    assert 'id="families"' in html(fragment), "and brings what is known of each sheet"
    assert "hx-get" not in html(fragment)
    assert "Try again" not in words(fragment)


def test_f2_what_failed_says_why_and_is_tried_again(north: School) -> None:
    part_is(north, PartState.FAILED, failure=Failure.NO_MAIL, in_doubt=True)
    client = browser_of(north.tess)
    page = client.get(at("sheet_run", north.run))
    assert "Not all sheets could be mailed" in words(page)
    assert "The sheets did not go out The mail server did not take the mail." in words(page)
    assert "A mail may have come all the same. The codes in it are dead" in words(page)
    for contact in SUPPORT:
        assert contact in words(page)
    assert "hx-trigger" not in html(page).partition("<main")[2]
    assert "failed" in words(page).partition("Sheets Student")[2]
    response = client.post(at("sheet_run_again", north.run))
    assert response["Location"] == at("sheet_run", north.run)
    assert "0 of 5 sheets made" in words(client.get(at("sheet_run", north.run)))
    assert SheetPart.objects.get(run=north.run).state == PartState.WAITING


def test_f2_while_it_rests_it_says_until_when_and_asks_less_often(north: School) -> None:
    when = timezone.now() + datetime.timedelta(minutes=4)
    part_is(north, PartState.WAITING, lease_until=when)
    page = browser_of(north.tess).get(at("sheet_run", north.run))
    assert "The mail server did not take it. The next try is on" in words(page)
    assert 'hx-trigger="load delay:5s"' in html(page)


def test_f2_what_was_mailed_when_and_which_codes_were_used(north: School, mailbox: Mailbox) -> None:
    part = mailed_run(north, mailbox, copies=2)
    annas, _second, cleos, lost = part.sheets.select_related("code")
    enter(north.ursula, code_of(cleos))
    voiding.void(Viewer(north.tess), part.run, Sheet.objects.filter(pk=lost.pk))
    read = words(browser_of(north.tess).get(at("sheet_run", part.run)))
    assert "Mail 1, with 4 sheets mailed on" in read
    assert f"Anna Northside 1 of 2 Void all 2 of Anna Northside …{code_of(annas).last_four}" in read
    assert f"…{code_of(annas).last_four} not used yet Print again" in read
    assert f"…{code_of(cleos).last_four} used: 1 of 2 Print again" in read
    assert f"…{code_of(lost).last_four} void" in read
    assert "It may come twice" not in read
    for sheet in part.sheets.select_related("code"):
        assert code_of(sheet).text not in read, "a code is read on paper"
    Code.objects.filter(pk=code_of(annas).pk).update(expires_at=timezone.now())
    SheetPart.objects.filter(pk=part.pk).update(in_doubt=True)
    read = words(browser_of(north.tess).get(at("sheet_run", part.run)))
    assert f"…{code_of(annas).last_four} dead Anna Northside 2 of 2" in read
    assert "It may come twice, with the same sheets: print one of them." in read


def code_of(sheet: Sheet) -> Code:
    assert sheet.code is not None
    return sheet.code


def test_f2_a_run_of_several_mails_says_in_which_a_sheet_is(
    north: School, mailbox: Mailbox
) -> None:
    part = mailed_run(north, mailbox)
    second = SheetPart.objects.create(run=part.run, number=2)
    part.sheets.filter(student=north.cleo).update(part=second)
    read = words(browser_of(north.tess).get(at("sheet_run", part.run)))
    assert "Mail 2, with 1 sheet Waiting" in read
    assert "not mailed yet 2 Print again" in read


def test_f2_one_sheet_is_printed_again(north: School, mailbox: Mailbox) -> None:
    part, client = mailed_run(north, mailbox), browser_of(north.tess)
    code = code_of(part.sheets.all()[0])
    assert at("code_sheet", code) in links(html(client.get(at("sheet_run", part.run))))
    response = client.get(at("code_sheet", code))
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"] == "attachment; filename=parent-code-sheet.pdf"
    assert "no-store" in response["Cache-Control"]
    [page] = pages_of(PdfDocument(response.content))
    assert "Anna Northside" in page
    assert code.text in page


def test_f1_a_student_prints_the_sheet_of_their_own_code(north: School) -> None:
    client, code = browser_of(north.cleo), north.by_cleo_herself
    page = html(client.get(at("code", code)))
    assert f'href="{at("code_sheet", code)}"' in page
    assert f'href="{at("code_sheet", code)}?paper=us-letter"' in page
    for paper in PaperSize:
        response = client.get(at("code_sheet", code), {"paper": paper})
        assert code.text in pages_of(PdfDocument(response.content))[0]
    assert client.get(at("code_sheet", code), {"paper": "a0"}).status_code == 404


def test_p5_a_colleagues_parent_code_is_not_printed(north: School) -> None:
    code = issuing.make_parent_code(Viewer(north.tom), north.nina)
    client = browser_of(north.tess)
    assert client.get(at("code_sheet", code)).status_code == 403
    assert "sheet.pdf" not in html(client.get(at("code", code)))


# --- Voiding ----------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("asked", "asks", "left"),
    [
        ("?sheet={sheet}", "Void this sheet?", 3),
        ("?student={student}", "Void these 2 sheets?", 2),
        ("", "Void these 4 sheets?", 0),
    ],
)
def test_k2_voiding_asks_once(
    north: School, mailbox: Mailbox, asked: str, asks: str, left: int
) -> None:
    part, client = mailed_run(north, mailbox, copies=2), browser_of(north.tess)
    sheets = voiding.voidable(part.run)
    which = asked.format(sheet=sheets[0].pk, student=north.anna.pk)
    address = at("sheets_void", part.run) + which
    assert address in links(html(client.get(at("sheet_run", part.run))))
    assert asks in words(client.get(address))
    assert sheets.count() == 4
    response = client.post(address)
    assert response["Location"] == at("sheet_run", part.run)
    assert sheets.count() == left
    told = f"{4 - left} sheet{'s are' if left < 3 else ' is'} void."
    assert told in said(client.get(at("sheet_run", part.run)))
    assert "There is nothing left to void" in words(client.get(address))


def test_k2_a_run_that_is_void_before_it_is_mailed_says_so(north: School) -> None:
    client = browser_of(north.tess)
    assert "not made yet" in words(client.get(at("sheets_void", north.run)))
    client.post(at("sheets_void", north.run))
    read = words(client.get(at("sheet_run", north.run)))
    assert "All these sheets are void: none was mailed" in read
    assert "Void all" not in read


@pytest.mark.parametrize("asked", ["?sheet=x", "?sheet=", "?student=x", "?student=1"])
def test_a4_nonsense_voids_nothing(north: School, asked: str) -> None:
    response = browser_of(north.tess).post(at("sheets_void", north.run) + asked)
    assert response.status_code == 400
    assert not Sheet.objects.exclude(voided_at=None).exists()


# --- What is read at home ---------------------------------------------------------------
def test_f2_a_teacher_says_on_the_profile_what_is_read_at_home(north: School) -> None:
    client = browser_of(north.tess)
    address = at("student", north.cleo)
    assert "Language of parent-code sheets" in words(client.get(address))
    response = client.post(at("student_language", north.cleo), {"language": "ar"})
    assert response["Location"] == address
    assert said(client.get(address)) == ["Saved. New sheets for this student are in this language."]
    north.cleo.refresh_from_db()
    assert north.cleo.home_language == "ar"
    assert '<option value="ar" selected>' in html(client.get(address))
    client.post(at("student_language", north.cleo), {"language": "xx"})
    assert said(client.get(address)) == ["Choose a language from the list."]
    north.cleo.refresh_from_db()
    assert north.cleo.home_language == "ar"


@pytest.mark.parametrize(("who", "status"), [("cleo", 403), ("vera", 403), ("pia", 404)])
def test_f2_nobody_else_does(north: School, who: str, status: int) -> None:
    client = browser_of(getattr(north, who))
    assert "parent-code sheets" not in words(client.get(at("student", north.cleo)))
    response = client.post(at("student_language", north.cleo), {"language": "ar"})
    assert response.status_code == status


def test_f2_trying_again_what_did_not_fail_changes_nothing(north: School) -> None:
    part_is(north, PartState.MAILED)
    browser_of(north.tess).post(at("sheet_run_again", north.run))
    assert SheetPart.objects.get(run=north.run).state == PartState.MAILED


def test_f2_a_run_is_its_teachers_while_they_teach_there(north: School) -> None:
    client = browser_of(north.gwen)
    ask(client, north.owls, north.cleo)
    run = newest_run()
    assert client.get(at("sheet_run", run)).status_code == 200
    membership.remove(Viewer(north.tess), north.owls, north.gwen)
    for response in (client.get(at("sheet_run", run)), client.post(at("sheet_run_again", run))):
        assert response.status_code == 404


def test_p2_without_a_proved_address_there_is_nowhere_to_mail_to(
    north: School, mailbox: Mailbox
) -> None:
    client = browser_of(north.tess)
    EmailAddress.objects.filter(user=north.tess).update(verified=False)
    assert client.get(at("sheets_new", north.maths))["Location"].startswith("/accounts/login/")
    assert client.get(at("sheet_run", uuid.uuid4()))["Location"].startswith("/accounts/login/")
    assert not mailbox
