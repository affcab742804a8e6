"""What holds for every page: who may come at all, and what every answer carries."""

import logging
import re
import uuid
from itertools import product
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client

from classkey.school import code_text, web_addresses
from classkey.school.models import Membership
from tests.support_desk import things_of_support
from tests.web.browsing import (
    GET_ONLY,
    HTMX,
    POST_ONLY,
    SUPPORT,
    at,
    browser_of,
    html,
    links,
    routes,
    tags,
    walk,
)
from tests.world import School, World

PUBLIC = {
    "account_confirm_login_code",
    "account_choose_password",
    "account_confirm_password_reset_code",
    "account_complete_password_reset",
    "account_email_verification_sent",
    "account_inactive",
    "account_login",
    "account_logout",
    "account_password_reset_completed",
    "account_reset_password",
    "account_sign_up_again",
    "account_signup",
    "account_without_address",
    "dashboard",  # the landing page, for a stranger
    "join",  # the box; using it needs an account
    "mfa_authenticate",
    "set_language",
}
"""Where somebody gets who has not signed in. Everything else asks them to."""

PEOPLE = ["tess", "gwen", "ed", "pia", "vera", "anna", "zoe", "paula", "quentin", "petra", "oscar"]


def anywhere(pattern: str) -> str:
    """An address of this pattern, of something that does not exist."""
    some = pattern.replace("<eyes:eyes>", "student")
    return re.sub(r"<uuid:\w+>", lambda _found: str(uuid.uuid4()), some)


def asks_to_sign_in(response: Any) -> bool:
    return str(response.headers.get("Location", "")).startswith("/accounts/login/?next=/")


# --- Who may come at all ----------------------------------------------------------------
@pytest.mark.django_db
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_stranger_gets_no_further_than_the_public_pages(method: str) -> None:
    passed = {
        name
        for name, pattern in routes().items()
        if not asks_to_sign_in(getattr(Client(), method)(anywhere(pattern)))
    }
    assert passed == PUBLIC


@pytest.mark.django_db
def test_the_way_to_sign_in_leads_back(client: Client) -> None:
    assert client.get("/codes/?kind=parent")["Location"] == (
        "/accounts/login/?next=/codes/%3Fkind%3Dparent"
    )


def test_what_changes_something_is_not_done_by_a_link(north: School) -> None:
    client = browser_of(north.vera)
    refused = {
        name
        for name, pattern in routes().items()
        if client.get(anywhere(pattern)).status_code == 405
    }
    assert refused == POST_ONLY


def test_what_only_shows_something_takes_nothing(north: School) -> None:
    refused = {
        name
        for name, pattern in routes().items()
        if browser_of(north.vera).post(anywhere(pattern)).status_code == 405
    }
    assert refused == GET_ONLY


# --- What is not theirs does not exist (F6) ---------------------------------------------
def test_every_address_with_an_id_is_looked_at_below(world: World) -> None:
    asked = {name for name, _ids in of_the_other_school(world.south)}
    assert asked == {name for name, pattern in routes().items() if "<uuid:" in pattern}


def of_the_other_school(south: School) -> list[tuple[str, list[object]]]:
    """Every address with an id, as of somebody else's."""
    of_support = things_of_support(south)
    things: dict[str, object] = {
        "/places/": south.maths,
        "/items/": south.pages["maths: both"],
        "/codes/": south.for_students,
        "/students/": south.anna,
        "/sheets/": south.run,
        "/children/": south.anna,
    }
    found = []
    for name, pattern in routes().items():
        if name in of_support:
            found.append((name, of_support[name]))
        elif "<uuid:" in pattern:
            first = next(thing for start, thing in things.items() if pattern.startswith(start))
            rest: list[object] = [south.anna] if "<uuid:person>" in pattern else []
            if "<uuid:attempt>" in pattern:
                rest = [south.quiz.assessment.attempts.get(student=south.anna)]
            if "<uuid:question>" in pattern:
                rest = [south.quiz.assessment.questions.all()[0]]
            if name in {"child_place", "child_item", "child_file"}:
                rest = [south.maths if name == "child_place" else south.pages["maths: both"]]
            if "<eyes:eyes>" in pattern:
                rest = ["student"]
                rest += [south.owls] if "<uuid:inner>" in pattern else []
                rest += [south.pages["maths: both"]] if "<uuid:item>" in pattern else []
            found.append((name, [first, *rest]))
    return found


def without_accident(response: Any, address: str) -> str:
    """A page without what differs each time: its own address and its tokens."""
    return re.sub(r"\b[A-Za-z0-9]{64}\b", "TOKEN", html(response).replace(address, "HERE"))


@pytest.mark.parametrize("name", PEOPLE)
def test_f6_what_is_not_theirs_reads_like_what_does_not_exist(world: World, name: str) -> None:
    person = getattr(world.north, name)
    client = browser_of(person)
    seen = set()
    for page, things in of_the_other_school(world.south):
        theirs = {"student", "sign_in_issue", "student_language", "request_new"}
        if person.is_administrator and (page in theirs or page.startswith("desk_")):
            continue  # administrators know every student (F8), and the desk is theirs
        unknown = [thing if thing == "student" else uuid.uuid4() for thing in things]
        methods = [client.get] * (page not in POST_ONLY) + [client.post] * (page not in GET_ONLY)
        for ids, method in product((things, unknown), methods):
            address = at(page, *ids)
            response = method(address)
            assert response.status_code == 404, page
            seen.add(without_accident(response, address))
    assert len(seen) == 1


@pytest.mark.parametrize(
    ("name", "page", "strange"),
    [
        ("tess", "member_change", "maths anna"),
        ("tess", "member_remove", "maths anna"),
        ("paula", "child_place", "anna maths"),
        ("paula", "child_item", "anna page"),
        ("pia", "child_place", "ben maths"),
    ],
)
def test_f6_nor_is_anything_reached_by_way_of_ones_own(
    world: World, name: str, page: str, strange: str
) -> None:
    own, others = (getattr(getattr(world, at_school), strange.split()[0]) for at_school in
                   ("north", "south"))  # fmt: skip
    second = strange.split()[1]
    theirs = world.south.pages["maths: both"] if second == "page" else getattr(world.south, second)
    client = browser_of(getattr(world.north, name))
    seen = set()
    for ids in ([own, theirs], [own, uuid.uuid4()], [others, theirs]):
        address = at(page, *ids)
        response = client.post(address) if page in POST_ONLY else client.get(address)
        assert response.status_code == 404
        seen.add(without_accident(response, address))
    assert len(seen) == 1


@pytest.mark.parametrize("page", ["folder_new", "page_new"])
def test_f6_a_folder_of_elsewhere_is_not_named(world: World, page: str) -> None:
    client = browser_of(world.north.tess)
    for folder in (world.south.folder.pk, uuid.uuid4(), "no-such-folder", "\x00"):
        response = client.get(at(page, world.north.maths), {"folder": str(folder)})
        assert response.status_code == 404
        assert world.south.folder.title not in html(response)


# --- What every answer carries ----------------------------------------------------------
CSP = (
    "default-src 'none'; base-uri 'none'; connect-src 'self'; font-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; img-src 'self' data:; manifest-src 'self'; media-src 'self'; "
    "object-src 'none'; "
    "script-src 'self'; style-src 'self'"
)


def assert_safe(response: Any, *, signed_in: bool) -> None:
    """Check the headers (A7) and the markup of an answer."""
    directives = response["Content-Security-Policy"].split("; ")
    assert sorted(directives) == sorted(CSP.split("; "))
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["X-Frame-Options"] == "DENY"
    assert (response.headers.get("Cache-Control") == "no-store") == signed_in
    if response["Content-Type"].startswith("text/html"):
        assert_nothing_inline(html(response))


def assert_nothing_inline(markup: str) -> None:
    """No script, style or event handler of the page's own, and nothing from elsewhere (C6)."""
    for tag, attributes in tags(markup):
        assert tag not in {"style", "iframe", "object", "embed", "base"}
        assert tag != "script" or attributes.get("src", "").startswith("/static/")
        for name, value in attributes.items():
            assert not name.startswith("on")
            assert not name.startswith("hx-on")
            assert name != "style"
            if name in {"src", "action", "hx-get", "hx-post"} or (tag, name) == ("link", "href"):
                assert value.startswith(("/", "data:image/svg+xml;")), value
                assert not value.startswith("//")
            assert not value.strip().lower().startswith("javascript:")


def assert_helps(response: Any) -> None:
    """Check that the footer says how to reach support (F11)."""
    footer = html(response).partition('<footer class="site-footer">')[2]
    for contact in SUPPORT:
        assert contact in footer


def assert_ids_are_unique(markup: str) -> None:
    ids = [attributes["id"] for _tag, attributes in tags(markup) if "id" in attributes]
    assert len(ids) == len(set(ids)), sorted(ids)


@pytest.mark.parametrize("name", ["tess", "anna", "paula", "pia", "zoe", "ed"])
def test_every_link_leads_to_a_page_that_is_safe_and_says_whom_to_ask(
    north: School, name: str
) -> None:
    seen = 0
    for address, response in walk(browser_of(getattr(north, name))):
        assert response.status_code == 200, address
        assert_safe(response, signed_in=True)
        if response["Content-Type"].startswith("text/html"):  # and not a table of results
            assert_helps(response)
            assert_ids_are_unique(html(response))
        seen += 1
    assert seen > 10


@pytest.mark.django_db
def test_and_so_do_the_links_of_a_stranger(client: Client) -> None:
    seen = set()
    for address, response in walk(client):
        assert response.status_code == 200, address
        assert_safe(response, signed_in=False)
        assert_helps(response)
        seen.add(address.partition("?")[0])
    assert {"/", "/join/", "/accounts/login/", "/accounts/signup/"} <= seen


def test_a7_whatever_a_signed_in_person_is_sent_is_stored_nowhere(north: School) -> None:
    client = browser_of(north.tess)
    answers = {
        "a picture": client.get(at("code_qr", north.for_students)),
        "a fragment": client.post(at("join_look"), {"code": "x"}, headers=HTMX),
        "not found": client.get("/nowhere/"),
        "unseen": client.get(at("place", uuid.uuid4())),
        "forbidden": browser_of(north.anna).get(at("place_edit", north.maths)),
        "bad": client.post(at("codes_delete"), {"code": "x"}),
        "wrong method": client.post(at("place", north.maths)),
        "no token": browser_of(north.tess, enforce_csrf_checks=True).post("/join/"),
        "redirect": client.post(at("place_blue", north.maths), {"on": "1"}),
        "signing out": client.post("/accounts/logout/"),
    }
    for what, response in answers.items():
        assert response["Cache-Control"] == "no-store", what
        assert_safe(response, signed_in=True)
    assert answers["signing out"]["Clear-Site-Data"] == '"cache", "storage"'


@pytest.mark.django_db
def test_the_pages_of_a_stranger_may_be_kept(client: Client) -> None:
    for address in ("/", "/join/", "/nowhere/"):
        assert_safe(client.get(address), signed_in=False)


# --- Addresses --------------------------------------------------------------------------
def test_the_domain_knows_the_addresses_of_the_pages() -> None:
    pk = uuid.uuid4()
    assert web_addresses.join_address() == settings.ADDRESS + at("join")
    assert web_addresses.join_link("bcd-fgh-jkm") == settings.ADDRESS + at("join") + "#BCDFGHJKM"
    assert web_addresses.sheet_run_address(pk) == settings.ADDRESS + at("sheet_run", pk)


PASSWORD = "purple horse 92"


def spellings(code: str) -> set[str]:
    """A code as it might be found anywhere, in capitals."""
    return {code.upper(), code_text.normalise(code)}


def test_k6_a_code_is_in_no_address_log_session_or_table(
    north: School, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    north.zoe.set_password(PASSWORD)
    north.zoe.save()
    client, mint = Client(), browser_of(north.tess)
    code = north.for_students.text
    answers = [
        mint.get(at("code", north.for_students)),
        mint.get(at("codes")),
        mint.get(at("code_qr", north.for_students)),
        mint.post(at("codes_delete"), {"code": str(north.for_students.pk)}),
        mint.post(at("code_new"), {"place": str(north.maths.pk), "audience": "students",
                                   "permission": "1"}),
        client.get("/join/"),
        client.post("/join/", {"code": code}),
        client.get("/accounts/login/?next=/join/"),
        client.post(
            "/accounts/login/?next=/join/", {"login": north.zoe.username, "password": PASSWORD}
        ),
        client.get("/join/"),
        client.post("/join/look/", {"code": code}, headers=HTMX),
        client.post("/join/", {"code": code}),
        client.post("/join/", {"code": code}),
        client.post("/join/", {"code": north.deleted.text}),
        client.post("/join/", {"code": north.for_ninas_parents.text}),
        client.post("/accounts/logout/"),
    ]  # fmt: skip
    assert Membership.objects.filter(user=north.zoe, place=north.maths).exists()
    [redirect] = [answer for answer in answers if "/codes/" in answer.headers.get("Location", "")]
    made = mint.get(redirect["Location"]).context["code"]
    addresses = [
        address
        for answer in answers
        for address in [answer.headers.get("Location", ""), *pictures_and_links(answer)]
    ]
    session = [str(row.get_decoded()) for row in Session.objects.all()]
    tables = [
        str(list(model._base_manager.values_list()))
        for model in apps.get_models()
        if not model._meta.proxy
    ]
    logged = [record.getMessage() for record in caplog.records]
    everything = "\n".join([*addresses, *session, *tables, *logged, caplog.text]).upper()
    for each in (code, made.text, north.deleted.text, north.for_ninas_parents.text):
        for spelling in spellings(each):
            assert spelling not in everything
    assert str(north.for_students.pk).upper() in everything


def pictures_and_links(response: Any) -> list[str]:
    """The addresses in a page that a browser would ask a server for."""
    if not response["Content-Type"].startswith("text/html"):
        return []
    asked = {"action", "src", "hx-get", "hx-post", "data-look-url"}
    found = [
        value
        for _tag, attributes in tags(html(response))
        for name, value in attributes.items()
        if name in asked
    ]
    return [*found, *links(html(response))]
