"""What went wrong, in words, with what to do next and whom to ask (A4, F11)."""

import uuid
from typing import Any

import pytest
from django.test import Client

from classkey.school import access
from tests.web.browsing import SUPPORT, at, browser_of, html, words
from tests.world import School


def assert_whole(response: Any, status: int, title: str) -> None:
    """A page like any other: in its frame, with the way home and the support's contacts."""
    assert response.status_code == status
    assert words(response).startswith(title)
    assert 'href="/">Home</a>' in html(response)
    footer = html(response).partition('<footer class="site-footer">')[2]
    for contact in SUPPORT:
        assert contact in footer


def test_what_is_not_there(north: School) -> None:
    for address in ("/nowhere/", at("place", uuid.uuid4()), "/places/x/", "/codes/../../etc/"):
        response = browser_of(north.tess).get(address)
        assert_whole(response, 404, "Not here This page does not exist, or it is not for this")
        assert "Tess Northside" in html(response)


@pytest.mark.django_db
def test_what_is_not_there_for_a_stranger(client: Client) -> None:
    assert_whole(client.get("/outbox/"), 404, "Not here")


def test_what_is_not_theirs_to_do(north: School) -> None:
    response = browser_of(north.anna).get(at("place_edit", north.maths))
    assert_whole(
        response, 403, "This action is not open to you You may see this, but not do this here."
    )


def test_what_was_not_understood(north: School) -> None:
    response = browser_of(north.tess).post("/codes/delete/", {"code": "x"})
    assert_whole(response, 400, "This request was not understood")
    assert "Tess Northside" in html(response)


def test_what_is_too_much(north: School) -> None:
    response = browser_of(north.tess).post("/join/", {"code": "B" * 3_000_000})
    assert_whole(response, 400, "This request was not understood")
    many = {f"field{number}": "x" for number in range(1001)}
    response = browser_of(north.tess).post("/join/", many)
    assert_whole(response, 400, "This request was not understood")


@pytest.mark.django_db
def test_a_name_of_the_server_that_is_not_ours(client: Client) -> None:
    response = client.get("/", headers={"Host": "elsewhere.example"})
    assert_whole(response, 400, "This request was not understood")
    assert "elsewhere.example" not in html(response)


def test_an_address_that_only_takes_a_form(north: School) -> None:
    response = browser_of(north.tess).get("/codes/delete/")
    assert_whole(response, 405, "This request was not understood")
    assert response["Allow"] == "POST"


def test_a_page_that_was_open_for_too_long(north: School) -> None:
    response = browser_of(north.tess, enforce_csrf_checks=True).post("/join/", {"code": "x"})
    assert_whole(response, 403, "This page was open for too long For your safety nothing was done.")


def test_what_broke(north: School, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: object) -> None:
        raise RuntimeError("BCD-FGH-JKM")

    monkeypatch.setattr(access, "visible_items", broken)
    client = browser_of(north.tess, raise_request_exception=False)
    response = client.get(at("place", north.maths))
    assert response.status_code == 500
    assert "Something went wrong" in html(response)
    assert "BCD-FGH-JKM" not in html(response)
    for contact in SUPPORT[:2]:
        assert contact in html(response)
    assert response["Cache-Control"] == "no-store"
