"""How the domain says no. Fronts turn these into pages; nothing here knows of HTTP."""

from enum import StrEnum

from django.utils.functional import Promise


class Unseen(Exception):
    """What was asked for does not exist, or not for this viewer; the two look the same."""


class Reason(StrEnum):
    """Why something was refused (K7 for codes)."""

    MISTYPED = "mistyped"
    UNKNOWN = "unknown"
    EXPIRED = "expired"
    USED_UP = "used-up"
    NOT_FOR_YOU = "not-for-you"
    CLOSED = "closed"
    TOO_MANY = "too-many"
    RULE = "rule"


class Refused(Exception):
    """A rule says no. `message` tells the person why, and what to do next."""

    def __init__(self, message: str | Promise, reason: Reason = Reason.RULE) -> None:
        super().__init__(str(reason))
        self.message = message
        self.reason = reason
