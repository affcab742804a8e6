"""Nothing that comes with a request leads anybody away from here, or decides what is mailed."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings

from tests.accounts.signing_up import PASSWORD, prove, sign_up
from tests.attacks.everywhere import client_of
from tests.web.browsing import at, browser_of, html, links, tags
from tests.world import School

AWAY = [
    "//evil.example",
    "///evil.example",
    "////evil.example/",
    "https://evil.example/",
    "https:evil.example",
    "https:/evil.example",
    "http:evil.example",
    "\\\\evil.example",
    "/\\evil.example",
    "\\/evil.example",
    "/\t/evil.example",
    "\t//evil.example",
    " //evil.example",
    "\n//evil.example",
    "/\x00/evil.example",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\tscript:alert(1)",
    "data:text/html,x",
    "%2f%2fevil.example",
    "/%2fevil.example",
    "%5c%5cevil.example",
    "//evil.example\\@testserver/",
    "https://testserver@evil.example/",
    "https://testserver.evil.example/",
    "http://testserver:80@evil.example/",
    "//testserver%2eevil.example",
    "http://[::1",
    "/codes/\r\nSet-Cookie: a=b",
    "ftp://testserver/",
]


@pytest.fixture(autouse=True)
def _no_limit_reached() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def leads_away(address: str) -> bool:
    """Would a browser on a page of ours leave us for this address? As browsers read one: without
    blanks around it, tabs and line ends; a backslash is a slash.
    """
    read = address.strip().translate({9: None, 10: None, 13: None, ord("\\"): "/"})
    scheme, colon, rest = read.partition(":")
    is_relative = not colon or "/" in scheme or "?" in scheme
    is_ours = scheme == "http" and (rest + "/").startswith("//testserver/")
    return read.startswith("//") or not (is_relative or is_ours)


def assert_stays(response: Any) -> None:
    """Check where an answer leads, and that nothing was slipped into its headers."""
    assert response.status_code < 500
    assert not leads_away(response.headers.get("Location", "/"))
    assert not leads_away(response.headers.get("HX-Redirect", "/"))
    assert "a" not in response.cookies


def assert_page_stays(response: Any) -> None:
    """Check where the page leads, by any link or form of it."""
    assert_stays(response)
    markup = html(response)
    targets = [attributes.get("action", "/") for _tag, attributes in tags(markup)]
    assert not [target for target in (*targets, *links(markup)) if leads_away(target)]


SOME = ["//evil.example", "https:evil.example", "/\\evil.example", "http://[::1", " javascript:x"]
"""One of each sort, where each try takes long."""


@pytest.fixture
def zoe(north: School) -> dict[str, str]:
    """What Zoe of Northside types to sign in."""
    north.zoe.set_password(PASSWORD)
    north.zoe.save()
    return {"login": north.zoe.username, "password": PASSWORD}


def query_of(away: str) -> str:
    return f"?next={quote(away, safe='')}"


@pytest.mark.parametrize("away", AWAY)
def test_signing_in_and_out_leads_to_pages_of_ours(zoe: dict[str, str], away: str) -> None:
    client = Client()
    assert_stays(client.post("/accounts/login/", zoe | {"next": away}))
    assert_stays(client.post("/language/", {"language": "fr", "next": away}))
    assert_stays(client.post("/accounts/logout/", {"next": away}))


@pytest.mark.parametrize("away", SOME)
def test_so_does_signing_up(zoe: dict[str, str], away: str) -> None:
    query = query_of(away)
    for page in ("/accounts/login/", "/accounts/signup/"):
        assert_page_stays(Client().get(page + query))
    assert_stays(Client().post(f"/accounts/login/{query}", zoe))
    client = Client()
    assert_stays(sign_up(client, query=query, next=away))
    assert_stays(prove(client))
    assert_stays(client.post(f"/accounts/logout/{query}"))


@pytest.mark.parametrize("away", AWAY)
def test_so_does_a_form_that_goes_back_to_where_somebody_was(north: School, away: str) -> None:
    client, page = browser_of(north.tess), at("item_blue", north.pages["maths: both"])
    assert_stays(client.post(page, {"on": "1", "back": away}))
    referrer = away.encode("ascii", "ignore").decode().translate({13: 32, 10: 32, 0: 32})
    assert_stays(client.post(page, {"on": "1"}, headers={"Referer": referrer}))


@pytest.mark.parametrize("away", SOME)
def test_so_does_every_such_form(north: School, away: str) -> None:
    client, query, page = client_of(north, "tess"), query_of(away), north.pages["maths: both"]
    deleted = {"code": str(north.used_up.pk), "confirmed": "1", "back": away}
    for address, fields in (
        (at("set_language"), {"language": "fr"}),
        (at("place_green", north.maths), {"on": "0", "back": away}),
        (at("codes_delete"), deleted),
        (at("item_down", page), {"back": away}),
        (at("item_delete", page), {"back": away}),
        (f"/accounts/reauthenticate/{query}", {"password": PASSWORD, "next": away}),
        (f"/accounts/password/change/{query}", {"next": away}),
    ):
        assert_stays(client.post(address, fields, headers={"Referer": away}))
    asked = client.post(at("codes_delete"), {"code": str(north.for_owls.pk), "back": away})
    assert_page_stays(asked)
    assert_page_stays(client.get(f"/accounts/reauthenticate/{query}"))


HARMLESS = {
    "/\x00/evil.example", "%2f%2fevil.example", "/%2fevil.example", "%5c%5cevil.example",
    "/codes/\r\nSet-Cookie: a=b",
}  # fmt: skip
"""These lead to an address of ours, if anybody is led there."""


def test_what_leads_away_is_known() -> None:
    """Or the tests above would prove nothing."""
    assert {away for away in AWAY if not leads_away(away)} == HARMLESS
    assert not any(map(leads_away, ["/", "/codes/?a=b:c", "?page=2", "http://testserver/join/"]))


# --- The name of the server ---------------------------------------------------------------
@pytest.mark.django_db
@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "testserver.evil.example"},
        {"Host": "testserver@evil.example"},
        {"Host": "evil.example#testserver"},
        {"Host": "testserver:80:evil.example"},
        {"Host": "testserver/evil.example"},
        {"Host": ".testserver"},
        {"Host": ""},
    ],
)
def test_a_server_of_another_name_is_not_here(headers: dict[str, str]) -> None:
    for page in ("/", "/join/", "/accounts/password/reset/", "/nowhere/"):
        response = Client().get(page, headers=headers)
        assert response.status_code == 400
        assert "evil" not in html(response)
    sent = Client().post("/accounts/password/reset/", {"email": "a@b.example"}, headers=headers)
    assert sent.status_code == 400
    assert not mail.outbox


@pytest.mark.django_db
@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "second.example"},
        {"X-Forwarded-Host": "evil.example"},
        {"X-Forwarded-Host": "evil.example", "X-Forwarded-Port": "81"},
        {"Forwarded": "host=evil.example"},
        {"X-Host": "evil.example", "X-Original-URL": "/evil/"},
    ],
)
def test_mail_leads_to_the_configured_address_only(
    settings: Settings, headers: dict[str, str]
) -> None:
    """Also where a school is reached by a second name (CLASSKEY_HOSTS)."""
    settings.ALLOWED_HOSTS = ["testserver", "second.example"]
    settings.ADDRESS = "https://classkey.school.example"
    client = Client(headers=headers)
    sign_up(client)
    prove(client)
    sign_up(Client(headers=headers), username="second")
    for address in ("ana@home.example", "nobody@home.example"):
        Client(headers=headers).post("/accounts/password/reset/", {"email": address})
    text = "\n".join(str(each.message()) for each in mail.outbox)
    assert len(mail.outbox) == 4
    assert text.count("https://classkey.school.example/accounts/") == 2
    for other in ("evil", "second.example", "//testserver"):
        assert other not in text


def test_no_page_leads_to_a_server_of_another_name(north: School) -> None:
    spoofed = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"}
    for address in ("/", at("place", north.maths), at("code", north.for_students), "/join/"):
        response = browser_of(north.tess).get(address, headers=spoofed)
        assert response.status_code == 200
        assert "evil.example" not in html(response)
