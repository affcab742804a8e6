"""Signing in goes on while Redis is away (A5, K8)."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from classkey.config.shared_cache import SharedCache
from tests.production import PRODUCTION, shown
from tests.world import School

NOBODY = "redis://127.0.0.1:1/0"  # nothing listens there


def at(url: str) -> dict[str, Any]:
    return {"default": {"BACKEND": f"{SharedCache.__module__}.SharedCache", "LOCATION": url}}


@pytest.fixture(autouse=True)
def own_memory_is_empty() -> Iterator[None]:
    yield
    SharedCache(NOBODY, {})._own.clear()  # noqa: SLF001 # of this process, for the next test


def test_a5_with_redis_it_is_what_is_used() -> None:
    ask = "[s.CACHES['default']['BACKEND'], s.CACHES['default']['LOCATION']]"
    assert shown(ask, **PRODUCTION | {"CLASSKEY_REDIS_URL": NOBODY}) == [
        "classkey.config.shared_cache.SharedCache",
        NOBODY,
    ]


def test_a5_processes_remember_together(settings: Settings, redis_url: str) -> None:
    settings.CACHES = at(redis_url)
    assert cache.add("who", 1)
    assert not cache.add("who", 2)
    cache.set("what", [1.5])
    other = SharedCache(redis_url, {})
    assert (other.get("who"), other.get("what")) == (1, [1.5])
    assert other.delete("who")
    assert cache.get("who", "nobody") == "nobody"


def test_a5_without_redis_each_remembers_by_itself(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.CACHES = at(NOBODY)
    assert cache.add("who", 1)
    assert not cache.add("who", 2)
    cache.set("what", [1.5])
    assert (cache.get("who"), cache.get("what")) == (1, [1.5])
    assert cache.delete("who")
    assert cache.get("who", "nobody") == "nobody"
    assert "Redis is out of reach" in caplog.text


def test_a5_people_sign_in_while_redis_is_away_and_its_limits_hold(
    north: School, settings: Settings
) -> None:
    settings.CACHES = at(NOBODY)
    login = reverse("account_login")
    for _wrong in range(8):
        typed = {"login": north.dan.username, "password": "wrong"}
        assert Client().post(login, typed).status_code == 200
    refused = Client().post(login, {"login": north.dan.username, "password": "wrong"})
    assert "wrong too many times" in refused.content.decode()
