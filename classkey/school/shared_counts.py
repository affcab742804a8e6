"""What web processes count together, in a Redis or Valkey, and each by itself while that is away.

Nobody waits for it (A4): an answer takes it a moment or none. Who found it away says so for all
requests of their process; after a while one of them looks again.
"""

import logging
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any, TypeVar

from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from limits.errors import StorageError
from redis.exceptions import RedisError

T = TypeVar("T")
logger = logging.getLogger(__name__)

PATIENCE = 0.3
"""Seconds for a connection, and for an answer."""

REST = 10.0
"""Seconds until it is asked again. As long as allauth's locks live, which would otherwise be found
locked there by a request that could not open them any more.
"""

OPTIONS: dict[str, Any] = {"socket_connect_timeout": PATIENCE, "socket_timeout": PATIENCE}
"""How redis connects."""


class Reach:
    """Whether the shared counts are in reach, as far as this process knows."""

    def __init__(self) -> None:
        self.is_away = False
        self.rests_until = 0.0

    def ask(self, shared: Callable[[], T], own: Callable[[], T]) -> T:
        """Return what the `shared` counts answer; while they are away, this process's `own`."""
        now = time.monotonic()
        if now < self.rests_until:
            return own()
        if self.is_away:
            self.rests_until = now + REST  # one looks again, and the others go on meanwhile
        try:
            answer = shared()
        except (StorageError, RedisError):
            self.is_away, self.rests_until = True, time.monotonic() + REST
            logger.warning("The shared counts are out of reach; each process counts by itself.")
            return own()
        if self.is_away:
            self.is_away, self.rests_until = False, 0.0
            logger.warning("The shared counts are back.")
        return answer


_known: defaultdict[str, Reach] = defaultdict(Reach)


def reach(url: str) -> Reach:
    """Return what this process knows of the shared counts at an address."""
    return _known[url]


class SharedCache(RedisCache):
    """Django's cache in Redis, where allauth counts sign-ins and mailed codes."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, {**params, "OPTIONS": OPTIONS})
        self.reach = reach(server)
        self.own = LocMemCache(server, params)

    def delete(self, *args: Any, **kwargs: Any) -> bool:
        """Delete a key, also where it was kept while the shared counts were away."""
        kept = self.own.delete(*args, **kwargs)
        shared = super().delete
        return self.reach.ask(lambda: shared(*args, **kwargs), lambda: kept)


def _asking(name: str) -> Callable[..., Any]:
    def method(self: SharedCache, *args: Any, **kwargs: Any) -> Any:
        shared, own = getattr(super(SharedCache, self), name), getattr(self.own, name)
        return self.reach.ask(lambda: shared(*args, **kwargs), lambda: own(*args, **kwargs))

    return method


_ONE = ("add", "get", "set", "touch", "incr", "has_key")
_MANY = ("clear", "get_many", "set_many", "delete_many")
for _name in (*_ONE, *_MANY):
    setattr(SharedCache, _name, _asking(_name))
