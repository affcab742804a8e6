"""What browsers are told, on every answer to everybody: as a school in production tells it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings

from classkey.school import access
from classkey.web.downloads import SEALED
from tests.accounts.signing_up import PASSWORD, sign_up
from tests.attacks.everywhere import KINDS, addresses, client_of, look_everywhere
from tests.production import PRODUCTION, shown
from tests.uploads import body_of
from tests.web.browsing import GET_ONLY, at, browser_of
from tests.web.test_guards import CSP
from tests.world import School

TOLD = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Strict-Transport-Security": "max-age=31536000",
}
OFF = {"camera", "display-capture", "geolocation", "hid", "microphone", "payment", "serial", "usb"}


@pytest.fixture(scope="module")
def production() -> dict[str, Any]:
    """What the settings say to browsers in production."""
    ask = (
        "{n: getattr(s, n) for n in dir(s) if n.startswith(('SECURE_', 'SESSION_COOKIE', 'CSRF_',"
        " 'LANGUAGE_COOKIE', 'WHITENOISE_')) and n != 'CSRF_TRUSTED_ORIGINS'}"
    )
    told: dict[str, Any] = shown(ask, **PRODUCTION)
    return told


@pytest.fixture(autouse=True)
def _https(settings: Settings, production: dict[str, Any]) -> Iterator[None]:
    """Be a school in production, reached by https."""
    for name, value in production.items():
        setattr(settings, name, value)
    cache.clear()
    yield
    cache.clear()


def assert_told(response: Any, *, is_file: bool = False) -> None:
    """Check every header, and every cookie that comes along."""
    for name, value in TOLD.items():
        assert response.headers.get(name) == value, name
    directives = response["Content-Security-Policy"].split("; ")
    assert sorted(directives) == sorted((SEALED if is_file else CSP).split("; "))
    features = response["Permissions-Policy"].split(", ")
    assert all(feature.endswith("=()") for feature in features)
    assert {feature.removesuffix("=()") for feature in features} >= OFF
    assert "Access-Control-Allow-Origin" not in response
    assert "Server" not in response
    assert "X-Powered-By" not in response
    assert_cookies(response)


def assert_cookies(response: Any) -> None:
    """Every cookie is for https, for this host, for no script, and for no other site's requests."""
    for name, cookie in response.cookies.items():
        assert name.startswith("__Host-")
        assert (cookie["secure"], cookie["httponly"], cookie["samesite"]) == (True, True, "Lax")
        assert (cookie["path"], cookie["domain"]) == ("/", "")


@pytest.mark.parametrize("who", KINDS)
def test_every_page_tells_every_kind_of_person(north: School, who: str) -> None:
    client = client_of(north, who)
    statuses = set()
    for seen in look_everywhere(client, north, secure=True):
        is_file = seen.response.status_code == 200 and seen.name.endswith("_file")
        assert_told(seen.response, is_file=is_file)
        assert (seen.response.headers.get("Cache-Control") == "no-store") == bool(who), seen.name
        statuses.add(seen.response.status_code)
    assert statuses >= ({200, 302, 405} if not who else {200, 302, 400, 404, 405})


def test_so_does_the_answer_to_every_form_without_its_token(north: School) -> None:
    client = client_of(north, "tess", enforce_csrf_checks=True)
    for name, address in addresses(north).items():
        if name not in GET_ONLY:
            response = client.post(address, secure=True)
            assert response.status_code == 403, name
            assert_told(response)


def test_so_does_every_kind_of_error(
    north: School, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    tess = browser_of(north.tess, raise_request_exception=False)
    elsewhere = {"Host": "elsewhere.example"}
    answers = [
        (400, tess.post(at("codes_delete"), {"code": "x"}, secure=True)),
        (400, Client().get("/", headers=elsewhere, secure=True)),
        (403, browser_of(north.anna).get(at("place_edit", north.maths), secure=True)),
        (404, Client().get("/nowhere/", secure=True)),
        (405, tess.get(at("codes_delete"), secure=True)),
    ]
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"reset_password": "1/m/ip"}
    for status in (302, 429):
        reset = {"email": "nobody@home.example"}
        response = Client().post("/accounts/password/reset/", reset, secure=True)
        answers.append((status, response))

    def broken(*_args: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(access, "visible_items", broken)
    answers.append((500, tess.get(at("place", north.maths), secure=True)))
    for status, response in answers:
        assert response.status_code == status
        assert_told(response)


@pytest.mark.django_db
def test_and_the_way_from_http_to_https() -> None:
    response = Client().get("/join/?a=b")
    assert (response.status_code, response["Location"]) == (301, "https://testserver/join/?a=b")
    for name in TOLD.keys() - {"Strict-Transport-Security"}:
        assert name in response  # HSTS counts by https alone


@pytest.mark.django_db
def test_and_a_static_file(settings: Settings) -> None:
    kept = Path(settings.STATIC_ROOT, "attacks.css")
    kept.write_text("p {}")
    response = Client().get("/static/attacks.css", secure=True)
    kept.unlink()
    assert body_of(response) == b"p {}"
    assert response["Content-Type"].startswith("text/css")
    assert_told(response)


def test_the_cookies_of_signing_in_and_choosing_a_language_too(north: School) -> None:
    north.anna.set_password(PASSWORD)
    north.anna.save()
    client = Client()
    typed = {"login": north.anna.username, "password": PASSWORD, "remember": "on"}
    given: set[str] = set()
    for response in (
        client.get("/accounts/login/", secure=True),
        client.post("/accounts/login/", typed, secure=True),
        client.post("/language/", {"language": "fr"}, secure=True),
        client.post("/account/", {"given_name": "A", "family_name": "B"}, secure=True),
        client.post("/accounts/logout/", secure=True),
    ):
        assert_cookies(response)
        given |= response.cookies.keys()
    assert given == {"__Host-sessionid", "__Host-csrftoken", "__Host-django_language"}


def test_no_address_and_no_cookie_holds_who_somebody_is(north: School) -> None:
    """What is said of people is kept on the server (the messages above a page)."""
    client = browser_of(north.tess)
    response = client.post(
        at("member_remove", north.maths, north.cleo), {"confirmed": "1"}, secure=True
    )
    assert response.status_code == 302
    assert north.cleo.given_name not in response["Location"] + str(response.cookies)
    assert north.cleo.given_name in client.get(response["Location"], secure=True).content.decode()


def test_signing_up_by_http_alone_is_not_possible(db: None) -> None:
    assert sign_up(Client())["Location"].startswith("https://")
