"""Asking for parent-code sheets, and watching them (F2)."""

import uuid
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.test import Client

from classkey.school import membership
from classkey.school.models import PartState, PlaceKind, Sheet, SheetPart, SheetRun
from classkey.school.models.sheet_runs import PaperSize
from classkey.school.viewer import Viewer
from tests.plugins.mail import Mailbox
from tests.web.browsing import HTMX, SUPPORT, at, browser_of, errors, html, words
from tests.world import School


def ask(client: Client, place: object, **typed: str) -> Any:
    return client.post(at("sheets_new", place), {"whom": "all", "paper": "a4"} | typed)


def part_is(north: School, state: PartState, error: str = "") -> None:
    SheetPart.objects.filter(run=north.run).update(state=state, error=error)


# --- Asking -----------------------------------------------------------------------------
def test_f2_it_says_before_it_starts_for_whom_and_where_to(north: School) -> None:
    read = words(browser_of(north.tess).get(at("sheets_new", north.maths)))
    assert f"Parent-code sheets for {north.maths.name}" in read
    assert "4 students are here. The mail goes to tess@northside.example." in read
    assert "Nothing here is green yet" not in read


def test_f2_it_says_if_nothing_is_green_yet(north: School) -> None:
    read = words(browser_of(north.pia).get(at("sheets_new", north.music)))
    assert "Nothing here is green yet Parents who link now find an empty page." in read


def test_f2_without_students_it_says_how_to_let_them_in(north: School) -> None:
    place = membership.make_top_place(Viewer(north.tess), PlaceKind.COURSE, "Empty")
    response = browser_of(north.tess).get(at("sheets_new", place))
    assert "No students here yet Let students in with a code first." in words(response)
    assert "<form" not in html(response).partition("<main")[2].partition("</main>")[0]
    assert errors(ask(browser_of(north.tess), place)) == {
        "__all__": ["There is no student here to make a sheet for."]
    }


@pytest.mark.parametrize(
    ("whom", "students"),
    [("all", {"anna", "ben", "cleo", "nina"}), ("not-yet-linked", {"cleo", "nina"})],
)
def test_f2_a_run_begins_for_those_chosen(north: School, whom: str, students: set[str]) -> None:
    client = browser_of(north.tess)
    response = ask(client, north.maths, whom=whom, paper="us-letter")
    run = SheetRun.objects.order_by("-requested_at")[0]
    assert response["Location"] == at("sheet_run", run)
    assert run.paper == PaperSize.LETTER
    sheets = Sheet.objects.filter(part__run=run).select_related("student")
    assert {sheet.student.given_name.lower() for sheet in sheets} == students
    assert "US Letter" in words(client.get(at("sheet_run", run)))


@pytest.mark.parametrize(
    ("typed", "field"),
    [({"whom": ""}, "whom"), ({"whom": "everybody"}, "whom"), ({"paper": "a0"}, "paper"),
     ({"paper": "\x00"}, "paper")],
)  # fmt: skip
def test_a4_what_was_not_offered_is_told(north: School, typed: dict[str, str], field: str) -> None:
    before = SheetRun.objects.count()
    assert list(errors(ask(browser_of(north.tess), north.maths, **typed))) == [field]
    assert SheetRun.objects.count() == before


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


def test_f2_when_it_is_over_it_says_so_and_asks_no_more(north: School) -> None:
    part_is(north, PartState.MAILED)
    fragment = browser_of(north.tess).get(at("sheet_run", north.run), headers=HTMX)
    assert "Done: 5 sheets are in your mail" in words(fragment)
    assert "hx-get" not in html(fragment)
    assert "Try again" not in words(fragment)


def test_f2_what_failed_says_why_and_is_tried_again(north: School) -> None:
    part_is(north, PartState.FAILED, "The mail server did not take the mail.")
    client = browser_of(north.tess)
    page = client.get(at("sheet_run", north.run))
    assert "Not all sheets could be mailed" in words(page)
    assert "The sheets did not go out The mail server did not take the mail." in words(page)
    for contact in SUPPORT:
        assert contact in words(page)
    assert "hx-trigger" not in html(page).partition("<main")[2]
    response = client.post(at("sheet_run_again", north.run))
    assert response["Location"] == at("sheet_run", north.run)
    assert "0 of 5 sheets made" in words(client.get(at("sheet_run", north.run)))
    assert SheetPart.objects.get(run=north.run).state == PartState.WAITING


def test_f2_trying_again_what_did_not_fail_changes_nothing(north: School) -> None:
    part_is(north, PartState.MAILED)
    browser_of(north.tess).post(at("sheet_run_again", north.run))
    assert SheetPart.objects.get(run=north.run).state == PartState.MAILED


def test_f2_a_run_is_its_teachers_while_they_teach_there(north: School) -> None:
    client = browser_of(north.gwen)
    ask(client, north.owls)
    run = SheetRun.objects.order_by("-requested_at")[0]
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
