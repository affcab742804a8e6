"""The support desk: its door, and what is decided there (F9)."""

import datetime
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.utils import timezone

from classkey.accounts.administrators import appoint
from classkey.school import issuing, linking, redeeming
from classkey.school.errors import Refused
from classkey.school.models import (
    Bar,
    Hold,
    RevocationRequest,
)
from classkey.school.revoking import decisions
from classkey.school.viewer import Viewer
from tests.support_desk import look_at, things_of_support
from tests.web.browsing import at, browser_of, errors, html, routes, said, words
from tests.world import School

DESK = sorted(name for name in routes() if name == "desk" or name.startswith("desk_"))


SPECIAL = {"desk_export": 405, "desk_export_file": 404}
"""It takes a form; it is not made yet."""


@pytest.fixture
def vera(north: School) -> Client:
    return browser_of(north.vera)


def pages(north: School) -> dict[str, str]:
    """The address of every room of the desk."""
    takes = things_of_support(north)
    return {name: at(name, *takes.get(name, [])) for name in DESK}


# --- The door ---------------------------------------------------------------------------
@pytest.mark.parametrize("name", DESK)
def test_f9_only_administrators_with_a_second_factor_come_in(north: School, name: str) -> None:
    address = pages(north)[name]
    for person in (north.tess, north.anna, north.paula):
        assert browser_of(person).get(address).status_code == 404
        assert browser_of(person).post(address).status_code == 404
    assert browser_of(north.vera).get(address).status_code == SPECIAL.get(name, 200)
    Authenticator.objects.all().delete()
    for response in (browser_of(north.vera).get(address), browser_of(north.vera).post(address)):
        assert response.status_code == 403
        assert "second factor" in words(response)


def test_f9_an_administrator_without_one_is_shown_the_way_to_it(north: School) -> None:
    Authenticator.objects.all().delete()
    assert at("mfa_activate_totp") in html(browser_of(north.vera).get(at("desk")))


def test_f9_the_way_to_the_desk_tells_how_many_requests_wait(north: School, vera: Client) -> None:
    assert "Support desk 4 waiting" in " ".join(words_of_nav(vera.get("/")).split())
    assert "Support desk" not in words_of_nav(browser_of(north.tess).get("/"))


def words_of_nav(response: Any) -> str:
    markup = html(response)
    nav = markup[markup.index('<nav class="site-nav"') : markup.index("</nav>")]
    return " ".join(part.partition(">")[2] for part in nav.split("<"))


# --- Deciding ---------------------------------------------------------------------------
def test_f9_the_desk_shows_what_waits_late_ones_first(north: School, vera: Client) -> None:
    assert "Nothing waits" not in words(vera.get(at("desk")))
    north.about_quentin.due_at = timezone.now() - datetime.timedelta(hours=3)
    north.about_quentin.save()
    page = words(vera.get(at("desk")))
    assert page.index("Quentin Northside’s access to Anna Northside") < page.index("Petra")
    assert "Late by 3 hours" in page.replace("\xa0", " ")
    assert "paused until you decide" in page


def test_f9_an_empty_desk_says_so(north: School, vera: Client) -> None:
    RevocationRequest.objects.all().delete()
    assert "Nothing waits." in words(vera.get(at("desk")))


def test_f9_a_request_is_read_and_the_access_left(north: School, vera: Client) -> None:
    address = at("desk_request", north.about_quentin)
    page = words(vera.get(address))
    assert "He is my uncle, not my father." in page
    response = vera.post(address, {"decision": "He is her guardian."}, follow=True)
    assert said(response) == ["Decided: the access stays as it is."]
    page = words(vera.get(address))
    assert "Decided by Vera Northside" in page
    assert "He is her guardian." in page
    again = vera.post(address, {"decision": "Twice."})
    assert again.status_code == 200
    north.about_quentin.refresh_from_db()
    assert north.about_quentin.decision == "He is her guardian."


def test_f9_revoking_shows_what_will_happen_and_asks_once(north: School, vera: Client) -> None:
    code = issuing.make_parent_code(Viewer(north.anna), north.anna)
    link = north.link(north.paula, north.anna)
    page = words(vera.get(at("desk_revoke", link)))
    for told in ("Anna's den", f"…{code.last_four}", "paula@northside.example"):
        assert told in page
    answer = {"decision": "A court order.", "hold": "on", "named": "aunt@home.example\n\n"}
    response = vera.post(at("desk_revoke", link), answer, follow=True)
    assert said(response)[0].startswith("Paula Northside no longer sees Anna Northside")
    assert browser_of(north.paula).get(at("child", north.anna)).status_code == 404
    assert Hold.objects.standing().get(student=north.anna).named.get().address == (
        "aunt@home.example"
    )


def test_f9_addresses_that_are_none_are_named_and_nothing_is_lost(
    north: School, vera: Client
) -> None:
    address = at("desk_revoke", north.link(north.paula, north.anna))
    response = vera.post(address, {"decision": "Why not.", "named": "a@b.example\nnobody"})
    assert errors(response)["named"] == ["“nobody” is no e-mail address. Write one on each line."]
    assert "Why not." in html(response)
    assert linking.live_link(north.paula, north.anna) is not None


def test_f9_bars_are_made_and_lifted(north: School, vera: Client) -> None:
    address = at("desk_bar", north.anna)
    refused = vera.post(address, {"address": "paula@northside.example"})
    assert errors(refused)["address"] == [
        "This person is linked to the student. Revoke their link instead."
    ]
    assert vera.post(address, {"address": "ursula@northside.example"}).status_code == 302
    made = Bar.objects.standing().get(person=north.ursula)
    page = words(look_at(vera, north.anna))
    assert "Ursula Northside" in page
    assert "stranger@northside.example" in page
    assert "Let Ursula Northside use codes" in words(vera.get(at("desk_lift", made)))
    assert vera.post(at("desk_lift", made)).status_code == 302
    assert not Bar.objects.standing().filter(person=north.ursula).exists()
    assert vera.post(at("desk_lift", made)).status_code == 404


def test_f9_holds_are_put_changed_and_released(north: School, vera: Client) -> None:
    address = at("desk_hold", north.nina)
    assert "Put Nina Northside on hold" in words(vera.get(address))
    assert vera.post(address, {"named": ""}).status_code == 302
    assert "nobody is named" in words(look_at(vera, north.nina))
    sheets = words(browser_of(north.tess).get(at("sheets_new", north.maths)))
    assert "No sheet can be made at the moment for Nina Northside" in sheets
    refused = browser_of(north.tess).post(at("parent_code_new"), {"student": str(north.nina.pk)})
    assert "can’t be made at the moment" in errors(refused)["__all__"][0]
    vera.post(address, {"named": "gran@home.example"})
    assert "gran@home.example" in html(vera.get(address))
    standing = Hold.objects.standing().get(student=north.nina)
    assert vera.post(at("desk_release", standing)).status_code == 302
    assert not Hold.objects.standing().filter(student=north.nina).exists()


@pytest.mark.parametrize("name", ["desk_hold", "desk_bar"])
def test_f9_only_students_are_held_and_kept_from(north: School, vera: Client, name: str) -> None:
    assert vera.get(at(name, north.paula)).status_code == 404


def test_f9_what_was_tried_stands_on_the_desk(north: School, vera: Client) -> None:
    code = issuing.make_parent_code(Viewer(north.ben), north.ben)
    with pytest.raises(Refused):
        redeeming.redeem(Viewer(north.petra), code.text)
    assert "Petra Northside tried a code for Ben Northside" in words(vera.get(at("desk")))
    assert "tried a code" in words(vera.get("/")), "and among the news"


def test_f9_support_files_a_request_for_a_caller(north: School, vera: Client) -> None:
    link = north.link(north.paula, north.anna)
    address = at("desk_request_new", link)
    told = {"caller": "Her grandmother, 555 0199", "reason": "She rang.", "urgent": "on"}
    assert vera.post(address, told).status_code == 302
    filed = RevocationRequest.objects.get(link=link)
    assert "for: Her grandmother, 555 0199" in words(vera.get(at("desk_request", filed)))
    assert errors(vera.post(address, {"reason": "x"}))["caller"] == ["This field is required."]


def test_p1_there_is_nothing_of_ones_own_child_on_the_desk(north: School) -> None:
    appoint(north.pia)
    Authenticator.objects.create(user=north.pia, type=Authenticator.Type.TOTP, data={})
    pia = browser_of(north.pia)
    assert "Petra Northside" not in html(pia.get(at("desk")))
    assert pia.get(at("desk_request", north.about_petra)).status_code == 404
    assert pia.get(at("desk_person", north.ben)).status_code == 403
    assert pia.get(at("desk_person", north.pia)).status_code == 404
    assert "Nobody was found" in words(pia.get(at("desk_people"), {"q": "Ben Northside"}))


@pytest.mark.parametrize(
    ("filer", "told"),
    [
        ("tess", "Support has ended the access of Petra Northside to Ben Northside, as you asked."),
        ("quentin", "Support has ended the access to Ben Northside about which you asked."),
    ],
)
def test_f9_who_asked_reads_that_the_access_has_ended(north: School, filer: str, told: str) -> None:
    link = north.link(north.petra, north.ben)
    quentin = browser_of(north.quentin)
    quentin.post(at("child_request_new", north.ben, link), {"reason": "Please."})
    decisions.revoke(Viewer(north.vera), link, decisions.Verdict("Yes."))
    page = browser_of(getattr(north, filer)).get("/", follow=True)
    assert told in words(page)


@pytest.mark.parametrize(
    ("filer", "told"),
    [
        ("tess", "Support has left the access of Petra Northside to Ben Northside as it is."),
        ("quentin", "Support has left the access to Ben Northside about which you asked as it is."),
    ],
)
def test_f9_or_that_it_was_left(north: School, filer: str, told: str) -> None:
    link = north.link(north.petra, north.ben)
    quentin, vera = browser_of(north.quentin), browser_of(north.vera)
    quentin.post(at("child_request_new", north.ben, link), {"reason": "Please."})
    for asked in link.requests.open():
        vera.post(at("desk_request", asked), {"decision": "No."})
    assert told in words(browser_of(getattr(north, filer)).get("/", follow=True))
