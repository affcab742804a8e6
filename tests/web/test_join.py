"""The one box that takes every code (K3, K4, K7, K12)."""

import datetime
from typing import Any

import pytest
from django.test import Client
from django.utils.formats import date_format
from django.utils.timezone import localtime

from classkey.school import code_text, issuing, publishing, redeeming
from classkey.school.errors import Refused
from classkey.school.issuing import Terms
from classkey.school.models import (
    Audience,
    AuditEvent,
    Code,
    Membership,
    ParentLink,
    Permission,
    Redemption,
    WorkspaceGrant,
)
from classkey.school.publishing import Toggle
from classkey.school.viewer import Viewer
from tests.web.browsing import HTMX, SUPPORT, at, browser_of, html, tags, words
from tests.world import School, kill

UNKNOWN = code_text.mint(code_text.CodeKind.REGISTRATION)
"""Well-formed, and nobody's."""


def use(client: Client, typed: str) -> Any:
    """Type a code and press the button."""
    return client.post("/join/", {"code": typed})


def look(client: Client, typed: str) -> Any:
    """Type a code and stop."""
    return client.post("/join/look/", {"code": typed}, headers=HTMX)


def in_the_box(response: Any) -> str:
    [box] = [
        each for tag, each in tags(html(response)) if tag == "input" and "data-code-box" in each
    ]
    return box["value"]


def access() -> list[object]:
    """All that a code may change, and what the log says of it."""
    models = (Membership, Redemption, ParentLink, WorkspaceGrant, Code, AuditEvent)
    return [list(model._base_manager.order_by("pk").values_list()) for model in models]


# --- Looking changes nothing (K3) -------------------------------------------------------
@pytest.mark.parametrize("typed", ["", "?code=BCD-FGH-JKM", "?next=/codes/"])
def test_k3_opening_the_page_changes_nothing(north: School, typed: str) -> None:
    before = access()
    response = browser_of(north.zoe).get(f"/join/{typed}")
    assert in_the_box(response) == ""
    assert "You are signed in as Zoe Northside (Student)." in words(response)
    assert "Not you?" in words(response)
    assert access() == before


def test_k3_a_look_names_the_place_and_changes_nothing(north: School) -> None:
    before = access()
    response = look(browser_of(north.zoe), north.for_owls.text)
    assert words(response) == "Come into Owls With the account of Zoe Northside."
    assert "<html" not in html(response)
    assert access() == before


def test_k3_a_look_names_the_child_by_first_name_and_initial(north: School) -> None:
    response = look(browser_of(north.ursula), north.for_ninas_parents.text)
    assert words(response) == (
        "Link to your child Child: Nina N. With the account of Ursula Northside."
    )


def test_f7_a_look_names_the_workspace_that_a_child_opened(north: School) -> None:
    response = look(browser_of(north.quentin), north.for_my_parents.text)
    assert words(response).startswith("Read what is open to parents in Anna's den Child: Anna N.")


def test_k12_a_look_says_that_nothing_is_left_to_do(north: School) -> None:
    assert "or are in already" in words(look(browser_of(north.ben), north.for_students.text))


@pytest.mark.parametrize(
    ("code", "title"),
    [
        ("expired", "This code has expired"),
        ("deleted", "This code does not open anything"),
        ("used_up", "This code is used up"),
        ("for_admins", "This code is not for this account"),
    ],
)
def test_k7_a_look_refuses_like_the_button(north: School, code: str, title: str) -> None:
    before = access()
    response = look(browser_of(north.dan), getattr(north, code).text)
    assert response.status_code == 200
    assert words(response).startswith(title)
    assert access() == before


# --- Using a code (K3, K4, K11) ---------------------------------------------------------
def test_k3_the_button_lets_in_at_once(north: School) -> None:
    client = browser_of(north.zoe)
    response = use(client, north.for_students.text)
    assert words(response).startswith(f"You are in {north.maths.name} ")
    assert client.get(at("place", north.maths)).status_code == 200


@pytest.mark.parametrize(("sign", "other"), [("-", ""), ("-", " "), ("-", "–"), ("", "\u200b")])
def test_k4_however_it_is_spelt(north: School, sign: str, other: str) -> None:
    typed = f"  {north.for_students.text.lower().replace(sign, other)}\n"
    assert "You are in" in words(use(browser_of(north.zoe), typed))


def test_k11_a_groups_code_lets_into_the_place_above_too(north: School) -> None:
    client = browser_of(north.zoe)
    assert "You are in Owls" in words(use(client, north.for_owls.text))
    assert client.get(at("place", north.maths)).status_code == 200


def test_f1_a_parent_code_links_for_years(north: School) -> None:
    client = browser_of(north.ursula)
    response = use(client, north.for_ninas_parents.text)
    assert words(response).startswith("You are linked to Nina N. The link lasts")
    assert client.get(at("child", north.nina)).status_code == 200


def test_f7_a_childs_workspace_is_opened_to_a_linked_parent(north: School) -> None:
    client = browser_of(north.quentin)
    response = use(client, north.for_my_parents.text)
    assert "You can read what is open to parents in Anna's den." in words(response)
    assert client.get(at("child_place", north.anna, north.den)).status_code == 200


@pytest.mark.parametrize(
    ("who", "code", "told"),
    [
        ("zoe", "for_students", "You are in Maths Northside already Nothing has changed."),
        ("ursula", "for_ninas_parents", "You are linked to Nina N. already Nothing has changed."),
        ("quentin", "for_my_parents", "You are linked to Anna N. already Nothing has changed."),
    ],
)
def test_k12_using_it_twice_changes_nothing_and_says_so(
    north: School, who: str, code: str, told: str
) -> None:
    client = browser_of(getattr(north, who))
    use(client, getattr(north, code).text)
    before = access()
    assert words(use(client, getattr(north, code).text)).startswith(told)
    assert access() == before


def test_k12_who_left_may_come_back_and_who_was_removed_may_not(north: School) -> None:
    client = browser_of(north.cleo)
    client.post(at("leave", north.owls))
    assert "You are in Owls" in words(use(client, north.for_owls.text))
    browser_of(north.tess).post(at("member_remove", north.owls, north.cleo))
    response = use(client, north.for_owls.text)
    assert "You were removed from Owls after this code was made" in words(response)


# --- Signed out -------------------------------------------------------------------------
def test_k3_signed_out_the_box_asks_to_sign_in_and_keeps_what_was_typed(north: School) -> None:
    before = access()
    typed = north.for_students.text.lower()
    response = use(Client(), typed)
    assert response.status_code == 200
    assert "Sign in first Nothing has happened yet." in words(response)
    assert in_the_box(response) == typed
    assert '/accounts/login/?next=/join/"' in html(response)
    assert '/accounts/signup/?next=/join/"' in html(response)
    assert access() == before


def test_k3_signed_out_nobody_learns_what_a_code_is_for(north: School) -> None:
    client = Client()
    response = client.post("/join/look/", {"code": north.for_students.text})
    assert response["Location"].startswith("/accounts/login/")
    real, made_up = use(client, north.for_students.text), use(client, UNKNOWN)
    assert words(real) == words(made_up)
    assert north.maths.name not in html(real)


# --- Refusals (K7) ----------------------------------------------------------------------
@pytest.mark.parametrize(
    ("who", "code", "told"),
    [
        ("zoe", "deleted", "We do not know this code. It may have been deleted. Ask the person"),
        ("zoe", "by_ivan", "We do not know this code."),
        ("ursula", "deleted_parent_code", "We do not know this code."),
        ("dan", "used_up", "This code has been used up. Ask the person who gave it to you"),
        ("ursula", "used_up_parent_code", "This code has been used up."),
        ("zoe", "for_admins", "This code is for teachers. Ask your teacher for one for students."),
        ("pia", "for_students", "This code is for students. Ask for a code for teachers."),
        ("paula", "for_students", "You need a parent code: ask your child's teacher for one."),
        ("zoe", "for_ninas_parents", "This code is for a parent. Give it to your parent"),
        ("tess", "for_ninas_parents", "You made this code yourself. Ask another teacher"),
        ("ursula", "for_my_parents", "Link to your child with a parent code first, then use"),
        ("rolf", "for_students", "You were removed from Maths Northside after this code was made."),
    ],
)
def test_k7_a_refusal_says_why_and_what_to_do_next(
    north: School, who: str, code: str, told: str
) -> None:
    text = getattr(north, code).text
    response = use(browser_of(getattr(north, who)), text)
    assert response.status_code == 200
    assert told in words(response)
    assert in_the_box(response) == text
    for contact in SUPPORT:
        assert contact in words(response)


def test_k7_an_expired_code_says_when(north: School) -> None:
    response = use(browser_of(north.zoe), north.expired.text)
    when = date_format(localtime(north.expired.expires_at), "DATETIME_FORMAT")
    assert f"This code expired on {when}. Ask for a new one" in words(response)


def test_k10_a_code_past_its_last_day_says_which_day_that_was(north: School) -> None:
    day = north.last_day - datetime.timedelta(days=20)
    code = kill(north.for_substitutes, last_day=day)
    response = use(browser_of(north.pia), code.text)
    assert f"This code expired on {date_format(day, 'DATE_FORMAT')}." in words(response)


def test_k2_to_the_second(north: School, time_machine: Any) -> None:
    client = browser_of(north.zoe)
    time_machine.move_to(north.for_students.expires_at, tick=False)
    assert "This code has expired" in words(use(client, north.for_students.text))


def test_k7_unknown_and_deleted_read_the_same(north: School) -> None:
    client = browser_of(north.zoe)
    for send in (use, look):
        unknown, deleted = (words(send(client, typed)) for typed in (UNKNOWN, north.deleted.text))
        assert unknown == deleted


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("BCD-FGH-JKN", "This is not quite a code. Please compare what you typed with the code."),
        ("BCD-FGH-JK", "This is not quite a code."),
        ("OCD-FGH-JKM", "Codes have no O. Please compare"),
        ("密码", "Codes have no 密."),
        ("كود", "Codes have no ك."),
        ("🔑🔑🔑", "This is not quite a code."),
        ("' OR 1=1 --", "This is not quite a code."),
        ("<script>alert(1)</script>", "This is not quite a code."),
        ("{{ user }}%s%(sign)s", "This is not quite a code."),
        ("\x00BCD\x00", "This is not quite a code."),
        ("\ud7ff\ufffe", "This is not quite a code."),
        ("A" * 1_000_000, "This is not quite a code."),
    ],
)
@pytest.mark.parametrize("send", [use, look])
def test_k7_whatever_is_typed_is_refused_with_words(
    north: School, send: Any, typed: str, told: str
) -> None:
    response = send(browser_of(north.zoe), typed)
    assert response.status_code == 200
    assert words(response).replace("Enter a code ", "").startswith("This code is mistyped")
    assert told in words(response)
    if send is use:
        assert in_the_box(response) == typed[:1_000] or "\x00" in typed
        assert len(response.content) < 50_000
        assert "<script>alert" not in html(response)


def test_k7_signed_out_no_more_comes_back_than_a_code_takes(north: School) -> None:
    assert in_the_box(use(Client(), "A" * 1_000_000)) == "A" * 1_000


@pytest.mark.parametrize("typed", [{}, {"code": ""}, {"code": " \n"}])
def test_k7_an_empty_box_is_not_called_mistyped(north: School, typed: dict[str, str]) -> None:
    for address in ("/join/", "/join/look/"):
        read = words(browser_of(north.zoe).post(address, typed))
        assert "Type your code first The box was empty." in read
        assert "mistyped" not in read


def test_k7_a_rule_that_refuses_has_a_title_too(
    north: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_args: object) -> None:
        raise Refused("This course is archived.")

    monkeypatch.setattr(redeeming, "redeem", refuse)
    response = use(browser_of(north.zoe), north.for_students.text)
    assert "This cannot be done This course is archived." in words(response)


def test_k7_the_tab_keeps_a_code_that_another_account_may_use(north: School) -> None:
    client = browser_of(north.zoe)
    assert "data-code-refused" not in html(use(client, north.for_admins.text))
    assert "data-code-refused" not in html(use(client, "BCD"))
    assert "data-code-refused" in html(use(client, north.deleted.text))
    assert "data-code-redeemed" in html(use(client, north.for_students.text))


def test_k12_a_code_never_lowers_a_permission(north: School) -> None:
    client = browser_of(north.tom)
    code = issuing.make_registration_code(
        Viewer(north.tess), north.maths, Terms(Audience.INSTRUCTORS, Permission.READ)
    )
    assert "already" in words(use(client, code.text))
    assert client.get(at("place_edit", north.maths)).status_code == 200


def test_f7_where_nothing_is_green_the_parent_is_led_to_the_child(north: School) -> None:
    code = issuing.make_registration_code(Viewer(north.anna), north.den, Terms(Audience.MY_PARENTS))
    publishing.flip(Viewer(north.anna), north.den, Toggle.GREEN, on=False)
    WorkspaceGrant.objects.all().delete()
    response = browser_of(north.quentin).post("/join/", {"code": code.text})
    assert "Nothing is open to parents in" in words(response)
    assert at("child", north.anna) in html(response)
    assert at("child_place", north.anna, north.den) not in html(response)
