"""A request that another site makes in somebody's browser does nothing."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.db import transaction
from django.test import Client

from tests.attacks.everywhere import Form, addresses, client_of, forms_shown_to
from tests.attacks.rows import everything
from tests.web.browsing import GET_ONLY, at, browser_of, html
from tests.world import School


@pytest.fixture(autouse=True)
def _no_limit_reached() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def requests(north: School, forms: dict[str, Form]) -> dict[str, tuple[str, dict[str, Any]]]:
    """Return every address that takes a form, with what a browser would send there."""
    return {
        name: (forms[name].action, forms[name].fields) if name in forms else (address, {})
        for name, address in addresses(north).items()
        if name not in GET_ONLY
    }


@pytest.mark.parametrize("who", ["tess", "paula"])
def test_nothing_is_done_without_its_token(north: School, who: str) -> None:
    forms = forms_shown_to(north, who)
    client = client_of(north, who, enforce_csrf_checks=True)
    before = everything()
    for name, (address, fields) in requests(north, forms).items():
        response = client.post(address, fields | {"csrfmiddlewaretoken": "x" * 64})
        assert response.status_code == 403, name
        assert "This page was open for too long" in html(response), name
    assert everything() == before


CHANGING = ["course_archive", "item_blue", "leave", "member_change", "sheets_void", "test_mark"]


def test_and_with_it_such_requests_would_have_done_something(north: School) -> None:
    """Or the test above would prove nothing."""
    asked = requests(north, forms_shown_to(north, "tess"))
    before = everything()
    for name in CHANGING:
        address, fields = asked[name]
        with transaction.atomic():
            filled = {field: value or ["1"] for field, value in fields.items()}
            client_of(north, "tess").post(address, filled)
            assert everything() != before, name
            transaction.set_rollback(True)


def token_of(client: Client) -> str:
    client.get("/")
    return str(client.cookies["csrftoken"].value)


def test_with_its_token_it_is_done(north: School) -> None:
    client = browser_of(north.tess, enforce_csrf_checks=True)
    headers = {"X-CSRFToken": token_of(client)}
    sent = client.post(at("place_edit", north.maths), {"name": "Sums"}, headers=headers)
    assert sent["Location"] == at("place", north.maths)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
        {"Origin": "http://testserver.elsewhere.example"},
    ],
)
def test_nor_from_another_site_whatever_token_it_has(
    north: School, headers: dict[str, str]
) -> None:
    client = browser_of(north.tess, enforce_csrf_checks=True)
    headers = headers | {"X-CSRFToken": token_of(client)}
    refused = client.post(at("place_edit", north.maths), {"name": "Sums"}, headers=headers)
    assert refused.status_code == 403


@pytest.mark.parametrize("referrer", [None, "https://elsewhere.example/", "http://testserver/"])
def test_nor_by_https_from_who_does_not_say_where_from(north: School, referrer: str | None) -> None:
    client = browser_of(north.tess, enforce_csrf_checks=True)
    headers = {"X-CSRFToken": token_of(client)} | ({"Referer": referrer} if referrer else {})
    address = at("place_edit", north.maths)
    refused = client.post(address, {"name": "Sums"}, headers=headers, secure=True)
    assert refused.status_code == 403


def test_nor_with_the_token_of_somebody_else(north: School) -> None:
    client, other = (browser_of(north.tess, enforce_csrf_checks=True) for _each in range(2))
    token_of(client)
    headers = {"X-CSRFToken": token_of(other)}
    refused = client.post(at("place_edit", north.maths), {"name": "Sums"}, headers=headers)
    assert refused.status_code == 403
