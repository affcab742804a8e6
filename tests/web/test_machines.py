"""Load balancers and Prometheus: asked by address, without a name, a cookie or a login."""

import threading
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from classkey.school import health
from classkey.school.health import DATABASE, Question
from tests.web.browsing import browser_of
from tests.world import School

BY_ADDRESS = {"Host": "10.0.0.7:8000"}
"""As a probe comes: it knows no name of ours."""


@pytest.fixture
def _https(settings: Settings) -> None:
    settings.SECURE_SSL_REDIRECT = True


def ask(address: str, **headers: str) -> Any:
    return Client(headers=BY_ADDRESS | headers).get(address)


# --- /healthz ---------------------------------------------------------------------------
@pytest.mark.usefixtures("_https")
def test_a_process_lives_whatever_the_database_does() -> None:
    # Without a mark for the database: pytest-django fails whoever asks it.
    response = ask("/healthz")
    assert (response.status_code, response.content) == (200, b"ok\n")
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert response["Cache-Control"] == "no-store"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert not response.cookies


def test_probes_only_ask() -> None:
    for address in ("/healthz", "/readyz", "/metrics"):
        response = Client(headers=BY_ADDRESS).post(address)
        assert (response.status_code, response["Allow"]) == (405, "GET, HEAD")
    assert Client(headers=BY_ADDRESS).head("/healthz").status_code == 200


@pytest.mark.django_db
def test_what_only_looks_like_them_is_a_page_like_any_other(client: Client) -> None:
    for address in ("/healthz/", "/readyz/x", "/HEALTHZ"):
        assert client.get(address).status_code == 404
        assert ask(address).status_code == 400  # a name of the server that is not ours


# --- /readyz ----------------------------------------------------------------------------
@pytest.mark.django_db
@pytest.mark.usefixtures("_https")
def test_ready_when_the_database_answers_and_has_what_we_need() -> None:
    response = ask("/readyz")
    assert (response.status_code, response.content) == (200, b"ok\n")


@pytest.mark.django_db
def test_not_ready_before_the_migrations_have_run(monkeypatch: pytest.MonkeyPatch) -> None:
    newer = {*health.newest_migrations(), ("school", "9999_of_tomorrow")}
    monkeypatch.setattr(health, "newest_migrations", lambda: newer)
    response = ask("/readyz")
    assert (response.status_code, response.content) == (503, b"not ready: migrations\n")


@pytest.mark.django_db
def test_an_old_version_is_ready_on_a_newer_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "newest_migrations", lambda: {("school", "0001_initial")})
    assert ask("/readyz").status_code == 200


def test_the_newest_migrations_are_those_of_every_app() -> None:
    assert {app for app, _name in health.newest_migrations()} >= {
        "accounts", "school", "sessions", "account", "mfa", "django_tasks_database",
    }  # fmt: skip


@pytest.mark.django_db
def test_ready_without_redis(settings: Settings) -> None:
    settings.LIMITS_URL = "redis://127.0.0.1:1/0"
    assert ask("/readyz").status_code == 200


def test_not_ready_while_the_database_is_away_and_it_says_no_more_than_that(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def away() -> list[str]:
        raise OperationalError("connection to server at 10.0.0.3, user classkey: refused")

    monkeypatch.setattr(health, "what_is_wrong", Question(away, seconds=2).answer)
    response = ask("/readyz")
    assert (response.status_code, response.content) == (503, b"not ready: database\n")


def test_a_silent_database_is_waited_for_a_moment_and_asked_once() -> None:
    heard, asked = threading.Event(), []

    def silent() -> list[str]:
        asked.append(1)
        heard.wait(20)
        return []

    question = Question(silent, seconds=0.05)
    assert [question.answer() for _probe in range(3)] == [[DATABASE]] * 3
    assert len(asked) == 1, "no thread piles upon another"
    heard.set()
    while question.answer() == [DATABASE]:
        pass  # the thread that heard at last ends in a moment
    assert question.answer() == []


def test_no_probe_looks_at_a_session(north: School) -> None:
    client = browser_of(north.paula)
    with CaptureQueriesContext(connection) as queries:
        assert client.get("/healthz").status_code == 200
    assert not queries.captured_queries


# --- /metrics ---------------------------------------------------------------------------
TOKEN = "only-for-tests-7d1f0b52c9e84a63b0f5"


def test_without_a_token_nobody_is_told_the_counts() -> None:
    for said in ({}, {"Authorization": "Bearer "}, {"Authorization": "Bearer"}):
        response = ask("/metrics", **said)
        assert (response.status_code, response.content) == (404, b"not found\n")


def test_nor_with_another(settings: Settings) -> None:
    settings.METRICS_TOKEN = TOKEN
    for said in ("", "Bearer ", f"Bearer {TOKEN}x", f"Basic {TOKEN}", TOKEN, "Bearer schlüssel"):
        response = ask("/metrics", Authorization=said)
        assert (response.status_code, response["WWW-Authenticate"]) == (401, "Bearer")
        assert response.content == b"token needed\n"


@pytest.mark.django_db
@pytest.mark.usefixtures("_https")
def test_who_has_the_token_is_told(settings: Settings) -> None:
    settings.METRICS_TOKEN = TOKEN
    response = ask("/metrics", Authorization=f"Bearer {TOKEN}")
    assert response.status_code == 200
    assert response["Content-Type"].startswith("text/plain; version=")
    assert response["Cache-Control"] == "no-store"
    assert b"classkey_database_answers 1.0" in response.content
    assert not response.cookies
