"""Servers that Classkey can do without for a while, and nobody waits for (A4).

Who finds one away says so for all requests of their process; after a while one of them looks again.
"""

import logging
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
logger = logging.getLogger(__name__)

REST = 10.0
"""Seconds until a server that was away is asked again. As long as allauth's locks live, which would
otherwise be found locked by a request that could not open them any more.
"""


class Reach:
    """Whether a server is in reach, as far as this process knows.

    `name` is what the log calls it, `meanwhile` what happens while it is away, and `errors` are
    how it is found away.
    """

    def __init__(self, name: str, meanwhile: str, errors: tuple[type[Exception], ...]) -> None:
        self.name, self.meanwhile, self.errors = name, meanwhile, errors
        self.is_away = False
        self.rests_until = 0.0

    def ask(self, server: Callable[[], T], instead: Callable[[], T]) -> T:
        """Return what the `server` answers, and while it is away what is done `instead`."""
        now = time.monotonic()
        if now < self.rests_until:
            return instead()
        if self.is_away:
            self.rests_until = now + REST  # one looks again, and the others go on meanwhile
        try:
            answer = server()
        except self.errors as error:
            self.is_away, self.rests_until = True, time.monotonic() + REST
            # Not the error's text, which may quote an address.
            kind = type(error).__name__
            logger.warning("The %s is out of reach (%s); %s.", self.name, kind, self.meanwhile)
            return instead()
        if self.is_away:
            self.is_away, self.rests_until = False, 0.0
            logger.warning("The %s is back.", self.name)
        return answer
