"""What web processes count together, in a Redis; and each by itself, while that is away."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from limits.errors import StorageError
from redis.exceptions import RedisError

from classkey.school.reach import Reach

PATIENCE = 0.3
"""Seconds for a connection, and for an answer."""

OPTIONS: dict[str, Any] = {"socket_connect_timeout": PATIENCE, "socket_timeout": PATIENCE}
"""How redis connects."""


def _new() -> Reach:
    return Reach(
        "shared store of counts", "each process counts by itself", (StorageError, RedisError)
    )


_known: defaultdict[str, Reach] = defaultdict(_new)


def reach(url: str) -> Reach:
    """Return what this process knows of the store at an address."""
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
