"""Each request has an id and leaves one line, which tells nothing of whom and what it was about."""

import json
import logging
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from classkey.config.log_lines import InContext, Json
from classkey.school import access
from tests.web.browsing import at, browser_of, html
from tests.world import School

GIVEN = "7f9c2ba4e88f827d616045507605853e"
Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Iterator[Lines]:
    """What was logged of requests, as a machine reads it."""
    caplog.set_level(logging.INFO)
    caplog.handler.addFilter(in_context := InContext())

    def read() -> list[dict[str, Any]]:
        form = Json()
        objects = [json.loads(form.format(record)) for record in caplog.records]
        return [told for told in objects if told["logger"] == "classkey.web.request_log"]

    yield read
    caplog.handler.removeFilter(in_context)


def test_one_line_for_each_request(north: School, lines: Lines) -> None:
    client = browser_of(north.tess)
    responses = [
        client.get(at("place", north.maths) + "?q=Anna"),
        client.post(at("codes_delete"), {"code": "x"}),
        client.get("/anna-northside/"),
        client.get("/static/nothing.css"),
        client.generic("BREW", "/"),
    ]
    told = lines()
    assert [(line["method"], line["view"], line["status"]) for line in told] == [
        ("GET", "place", 200),
        ("POST", "codes_delete", 400),
        ("GET", "-", 404),
        ("GET", "static", 404),
        ("other", "dashboard", 405),
    ]
    assert [line["request_id"] for line in told] == [
        response["X-Request-ID"] for response in responses
    ]
    assert all(re.fullmatch("[0-9a-f]{32}", line["request_id"]) for line in told)
    assert len({line["request_id"] for line in told}) == len(told)
    assert all(0 < line["ms"] < 60_000 for line in told)
    text = str(told)
    for hidden in ("Anna", "anna", "/", str(north.maths.pk), str(north.tess.pk), "Tess"):
        assert hidden not in text, hidden


@pytest.mark.django_db
def test_a_name_of_the_server_that_is_not_ours_has_its_line_too(
    client: Client, lines: Lines
) -> None:
    response = client.get("/", headers={"Host": "elsewhere.example"})
    [told] = lines()
    assert (told["status"], told["request_id"]) == (400, response["X-Request-ID"])


def test_what_django_says_afterwards_belongs_to_the_request(
    north: School, lines: Lines, caplog: pytest.LogCaptureFixture
) -> None:
    number = browser_of(north.tess).get("/anna-northside/")["X-Request-ID"]
    [said] = [record for record in caplog.records if record.name == "django.request"]
    assert (said.getMessage(), said.__dict__["request_id"]) == ("Not Found: -", number)
    assert len(lines()) == 1


@pytest.mark.django_db
def test_probes_leave_none(client: Client, lines: Lines) -> None:
    client.get("/healthz")
    client.get("/readyz")
    assert not lines()


@pytest.mark.django_db
def test_a_proxy_that_is_believed_gives_the_id(
    client: Client, settings: Settings, lines: Lines
) -> None:
    for proxies, given, taken in (
        (0, GIVEN, False),
        (1, GIVEN, True),
        (1, "0193a7e2-7b1c-7d3e-8f00-3a1b2c3d4e5f", True),
        (1, "anna.northside@school.example", False),
        (1, "BCD-FGH-JKM-BCD-FGH-JKM", False),
        (1, "a" * 65, False),
        (1, "a" * 15, False),
        (1, f"{GIVEN}\r\nSet-Cookie: a=b", False),
        (1, "٣" * 20, False),
    ):
        settings.PROXIES = proxies
        response = client.get("/join/", headers={"X-Request-ID": given})
        assert (response["X-Request-ID"] == given) is taken, given
        assert lines()[-1]["request_id"] == response["X-Request-ID"]


def test_who_meets_a_failure_can_name_it(
    north: School, monkeypatch: pytest.MonkeyPatch, lines: Lines, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_args: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(access, "visible_items", broken)
    client = browser_of(north.tess, raise_request_exception=False)
    response = client.get(at("place", north.maths))
    number = response["X-Request-ID"]
    assert f'<code dir="ltr">{number}</code>' in html(response)
    [told] = lines()
    assert (told["view"], told["status"], told["request_id"]) == ("place", 500, number)
    [failure] = [record for record in caplog.records if record.exc_info]
    assert failure.__dict__["request_id"] == number
    assert failure.getMessage() == "Internal Server Error: place"
