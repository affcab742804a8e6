"""What several web processes remember together: how often somebody signed in or up."""

import logging
from collections.abc import Callable
from typing import Any

from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import ConnectionError as NoConnection
from redis.exceptions import TimeoutError as NoAnswer

logger = logging.getLogger(__name__)


class SharedCache(RedisCache):
    """Django's cache in Redis; while that is out of reach, each process remembers by itself, as
    with wrong codes (K8), and signing in goes on.
    """

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._own = LocMemCache("while Redis is away", params)

    def add(self, *args: Any, **kwargs: Any) -> bool:
        """As Django's."""
        return bool(_ask(super().add, self._own.add, *args, **kwargs))

    def get(self, *args: Any, **kwargs: Any) -> Any:
        """As Django's."""
        return _ask(super().get, self._own.get, *args, **kwargs)

    def set(self, *args: Any, **kwargs: Any) -> None:
        """As Django's."""
        _ask(super().set, self._own.set, *args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> bool:
        """As Django's."""
        return bool(_ask(super().delete, self._own.delete, *args, **kwargs))


def _ask(shared: Callable[..., Any], own: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    try:
        return shared(*args, **kwargs)
    except (NoConnection, NoAnswer):
        logger.warning("Redis is out of reach; each process remembers by itself.")
        return own(*args, **kwargs)
