"""Limits on guessing codes (K8).

What counts is what an honest person hardly ever types: a code that is well-formed, whose check
character is right, and that is unknown or deleted; each such code once for each account,
however often it is tried. It counts per account, per network and, for an alarm, for the whole
site; a stranger who signs up with a code counts by their network alone. docs/security.md
derives the numbers in `settings.WRONG_CODES`.
"""

import logging
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from ipaddress import IPv6Address, ip_address
from typing import TypeVar

from django.conf import settings
from django.dispatch import Signal
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from limits import RateLimitItem, RateLimitItemPerDay, RateLimitItemPerHour, parse_many
from limits.storage import storage_from_string
from limits.strategies import MovingWindowRateLimiter

from classkey.school import code_vault
from classkey.school.errors import Reason, Refused
from classkey.school.shared_counts import OPTIONS, reach

T = TypeVar("T")
logger = logging.getLogger(__name__)

ceiling_reached = Signal()
"""More wrong codes than the site's ceiling came in: somebody guesses. Sent once an hour."""

_ONCE = RateLimitItemPerDay(1, 14)  # as long as a code lives
_ALARM = RateLimitItemPerHour(1)


@dataclass(frozen=True)
class Guesser:
    """Who types a code: an account, or without one a stranger; and from which address."""

    account: uuid.UUID | None
    origin: str

    @property
    def key(self) -> str:
        """By whom codes are told apart that were tried before."""
        return str(self.account or self.network)

    @property
    def network(self) -> str:
        """The address or, of IPv6, the network of 64 bits that one household has for itself."""
        address = ip_address(self.origin) if self.origin else ""
        if isinstance(address, IPv6Address):
            return str(IPv6Address(int(address) >> 64 << 64))
        return str(address)

    def counters(self) -> list[tuple[RateLimitItem, str]]:
        """Return the limits that hold for them, each with the name that it counts under."""
        whose = "account" if self.account else "stranger"
        return [
            *((limit, f"{whose} {self.key}") for limit in limits_of(whose)),
            *((limit, f"network {self.network}") for limit in limits_of("network")),
        ]


def limits_of(whose: str) -> list[RateLimitItem]:
    """Return the limits that the settings have for an "account", a "stranger", a "network" or
    the whole "site".
    """
    return parse_many(settings.WRONG_CODES[whose])


@contextmanager
def guarded(guesser: Guesser, text: str) -> Iterator[None]:
    """Let somebody find the code `text` (normalised), and count it if it is unknown or deleted.

    Raises Refused at once, with the time to come back, while they are over a limit. Not to be
    used inside a transaction: what is rolled back takes the alarm with it.
    """
    for limit, key in guesser.counters():
        if not _ask(MovingWindowRateLimiter.test, limit, key):
            raise _too_many(limit, key)
    try:
        yield
    except Refused as refusal:
        if refusal.reason is Reason.UNKNOWN:
            _count(guesser, text)
        raise


def _too_many(limit: RateLimitItem, key: str) -> Refused:
    stats = _ask(MovingWindowRateLimiter.get_window_stats, limit, key)
    again = localtime(datetime.fromtimestamp(stats.reset_time, UTC))
    return Refused(
        _(
            "Too many codes that we do not know were typed. You can try again from %(time)s on. "
            "If you hold a code that should work, ask the school's support."
        )
        % {"time": date_format(again, "DATETIME_FORMAT")},
        Reason.TOO_MANY,
    )


def _count(guesser: Guesser, text: str) -> None:
    tried = code_vault.digest(text).hex()
    if not _ask(MovingWindowRateLimiter.hit, _ONCE, guesser.key, tried):
        return
    for limit, key in guesser.counters():
        _ask(MovingWindowRateLimiter.hit, limit, key)
    within = [_ask(MovingWindowRateLimiter.hit, limit) for limit in limits_of("site")]
    if not all(within) and _ask(MovingWindowRateLimiter.hit, _ALARM, "alarm"):
        logger.critical("Somebody guesses codes: the site's ceiling of wrong codes is reached.")
        ceiling_reached.send(sender=None)


def _ask(question: Callable[..., T], *about: object) -> T:
    """Ask the counts that all processes share; while they are out of reach, this process's own."""
    shared, own = limiter(settings.LIMITS_URL), limiter("memory://")
    return reach(settings.LIMITS_URL).ask(
        lambda: question(shared, *about), lambda: question(own, *about)
    )


@cache
def limiter(url: str) -> MovingWindowRateLimiter:
    """Return what counts at an address: memory://, or redis:// for several processes."""
    options = {} if url == "memory://" else OPTIONS
    return MovingWindowRateLimiter(storage_from_string(url, wrap_exceptions=True, **options))
