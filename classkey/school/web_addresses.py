"""The addresses that the domain itself writes down: in QR codes, on sheets and in mail.

A test holds them equal to the front's own addresses.
"""

import uuid

from django.conf import settings

from classkey.school import code_text


def join_address() -> str:
    """Return where a code is typed, in full."""
    return f"{settings.ADDRESS}/join/"


def join_address_to_type() -> str:
    """Return where a code is typed, as people write it down: without the scheme."""
    return join_address().partition("://")[2].rstrip("/")


def sign_in_address_to_type() -> str:
    """Return where people sign in, as they write it down: the front page leads there."""
    return str(settings.ADDRESS).partition("://")[2]


def join_link(code: str) -> str:
    """Return the address behind a link or QR code: the code is in the fragment, which no server,
    log, scanner or referrer ever sees (K3).
    """
    return f"{join_address()}#{code_text.normalise(code)}"


def sheet_run_address(pk: uuid.UUID) -> str:
    """Return the page on which a teacher sees how far a run of sheets is."""
    return f"{settings.ADDRESS}/sheets/{pk}/"
