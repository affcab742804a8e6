"""Signing up and in through the pages, as a person does."""

import re
from typing import Any

from django.core import mail
from django.test import Client

PASSWORD = "purple horse 92"


def typed(role: str = "parent", **changes: str) -> dict[str, str]:
    """What somebody types into the sign-up form."""
    return {
        "role": role,
        "given_name": "Ana",
        "family_name": "Lima",
        "email": "ana@home.example",
        "username": "",
        "password1": PASSWORD,
    } | changes


def sign_up(client: Client, role: str = "parent", query: str = "", **changes: str) -> Any:
    """Send the sign-up form."""
    return client.post(f"/accounts/signup/{query}", typed(role, **changes))


def mailed_code() -> str:
    """The code in the newest mail."""
    found = re.search(r"^\d{4}-\d{4}$", str(mail.outbox[-1].body), re.MULTILINE)
    assert found, mail.outbox[-1].body
    return found.group()


def prove(client: Client, code: str | None = None) -> Any:
    """Type the code from the newest mail."""
    return client.post("/accounts/confirm-email/", {"code": code or mailed_code()})


def sign_in(client: Client, login: str, password: str = PASSWORD, query: str = "") -> Any:
    """Send the sign-in form."""
    return client.post(f"/accounts/login/{query}", {"login": login, "password": password})


def is_in(client: Client) -> bool:
    """Does this browser get past the door?"""
    return bool(client.get("/account/").status_code == 200)
