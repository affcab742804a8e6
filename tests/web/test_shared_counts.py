"""Nobody waits for a Redis that is away, and limits hold all the same (K8, A4)."""

import logging
import time
from collections.abc import Callable
from typing import Any

import pytest
import redis
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings

from classkey.accounts.models import User
from classkey.school import code_text, reach
from classkey.school.code_text import CodeKind
from tests.accounts.signing_up import PASSWORD, is_in, sign_in
from tests.plugins.redis import RedisServer
from tests.web.browsing import words
from tests.world import School

WAITS_AT_MOST = 1.0
"""Seconds that an answer may take beyond what it takes otherwise."""

OPERATIONS: dict[str, Callable[[], Any]] = {
    "add": lambda: cache.add("a", 1),
    "set": lambda: cache.set("b", 1),
    "get": lambda: cache.get("b"),
    "has_key": lambda: "b" in cache,
    "incr": lambda: cache.incr("b"),
    "touch": lambda: cache.touch("b", 60),
    "set_many": lambda: cache.set_many({"c": 3, "d": 4}),
    "get_many": lambda: cache.get_many(["b", "c", "d"]),
    "delete_many": lambda: cache.delete_many(["c"]),
    "delete": lambda: cache.delete("a"),
    "delete again": lambda: cache.delete("a"),
    "delete the rest": lambda: cache.delete_many(["b", "d"]),
    "gone": lambda: cache.get("b"),
}


@pytest.fixture
def zoe(north: School) -> User:
    """Zoe of Northside, with a password."""
    north.zoe.set_password(PASSWORD)
    north.zoe.save()
    return north.zoe


@pytest.fixture
def count_at(settings: Settings) -> Callable[[str], None]:
    """Count in the Redis at an address from now on, as CLASSKEY_REDIS_URL has it."""

    def count(url: str) -> None:
        backend = "classkey.school.shared_counts.SharedCache"
        settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": url}}
        settings.LIMITS_URL = url

    return count


def come_in(user: User) -> None:
    """Sign in, and type a code that nobody made."""
    client = Client()
    sign_in(client, user.username)
    assert is_in(client)
    answer = client.post("/join/", {"code": code_text.mint(CodeKind.PARENT)})
    assert "We do not know this code" in words(answer)


def seconds(action: Callable[[], None]) -> float:
    begun = time.perf_counter()
    action()
    return time.perf_counter() - begun


def kept(url: str) -> list[bytes]:
    """What is counted in the Redis."""
    return list(redis.Redis.from_url(url).scan_iter())


def test_with_a_redis_everything_is_counted_there(
    zoe: User, redis_url: str, count_at: Callable[[str], None]
) -> None:
    count_at(redis_url)
    come_in(zoe)
    keys = b" ".join(kept(redis_url))
    assert b"allauth" in keys
    assert b"LIMITS" in keys


def test_a_redis_that_refuses_keeps_nobody_waiting(
    zoe: User,
    redis_server: RedisServer,
    count_at: Callable[[str], None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    count_at(redis_server.url)
    usual = seconds(lambda: come_in(zoe))
    redis_server.stop()
    assert seconds(lambda: come_in(zoe)) < usual + WAITS_AT_MOST
    said = [each.levelno for each in caplog.records if "counts by itself" in each.getMessage()]
    assert said == [logging.WARNING], "said once, and not at each request"


def test_nor_does_one_that_never_answers(
    zoe: User, silent_url: str, count_at: Callable[[str], None]
) -> None:
    usual = seconds(lambda: come_in(zoe))
    count_at(silent_url)
    assert seconds(lambda: come_in(zoe)) < usual + WAITS_AT_MOST


def test_k8_limits_hold_in_the_meantime(
    zoe: User, silent_url: str, count_at: Callable[[str], None]
) -> None:
    count_at(silent_url)
    answers = [sign_in(Client(), zoe.username, password="wrong") for _time in range(9)]
    assert "wrong too many times" in words(answers[-1])
    assert "wrong too many times" not in words(answers[0])


def test_once_back_it_is_used_again(
    zoe: User,
    redis_server: RedisServer,
    count_at: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(reach, "REST", 0.1)
    count_at(redis_server.url)
    come_in(zoe)
    redis_server.stop()
    come_in(zoe)
    time.sleep(0.1)
    come_in(zoe)  # looked again, and it was away still
    redis_server.start()
    assert kept(redis_server.url) == []
    time.sleep(0.1)
    come_in(zoe)
    assert kept(redis_server.url)
    assert "The shared store of counts is back." in caplog.text


def test_while_it_rests_nobody_asks(
    redis_server: RedisServer, count_at: Callable[[str], None]
) -> None:
    count_at(redis_server.url)
    redis_server.stop()
    cache.set("a", 1)
    redis_server.start()
    cache.set("b", 2)
    assert (cache.get("a"), cache.get("b")) == (1, 2)
    assert kept(redis_server.url) == []


def test_the_cache_answers_alike_with_and_without(
    redis_server: RedisServer, count_at: Callable[[str], None]
) -> None:
    count_at(redis_server.url)
    there = {name: ask() for name, ask in OPERATIONS.items()}
    redis_server.stop()
    assert {name: ask() for name, ask in OPERATIONS.items()} == there
    cache.clear()
    assert cache.get_many("abcd") == {}
    assert (there["incr"], there["get_many"]) == (2, {"b": 2, "c": 3, "d": 4})


def test_what_is_deleted_is_gone_here_and_there(
    redis_server: RedisServer, count_at: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or a lock that was taken while it was away would stay, once it was away again."""
    monkeypatch.setattr(reach, "REST", 0.0)
    count_at(redis_server.url)
    redis_server.stop()
    cache.add("lock", 1)
    redis_server.start()
    cache.delete("lock")
    redis_server.stop()
    assert cache.add("lock", 1)
