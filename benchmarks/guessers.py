"""Run with a school's settings: what somebody sends who guesses user names, and codes.

Writes JSON: for each of `sign-in` and `code` the requests of both kinds that must look alike.

    python -m benchmarks.guessers 40  # that many sign-ins of nobody only, and nothing is made
"""

import json
import sys
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import django
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.test import Client
from django.urls import reverse
from django.utils.crypto import get_random_string

from benchmarks.timing import CODES, SIGN_INS

if TYPE_CHECKING:
    from classkey.accounts.models import User

RIGHT, WRONG = "purple horse 92", "purple horse 93"


def main() -> None:
    """Make who and what is known, and write the requests."""
    if asked := sys.argv[1:]:
        json.dump(_of_nobody(int(asked[0])), sys.stdout)
        return
    sign_in, join = reverse("account_login"), reverse("join")
    known = [user.username for user in _students("guessed", SIGN_INS)]
    unknown = [f"nobody-{number:04}" for number in range(SIGN_INS)]
    guessers = iter(_students("guesser", 2 * CODES))
    names = {"known": known, "unknown": unknown}
    codes = {"deleted": _deleted_codes(CODES), "unknown": _unknown_codes(CODES)}
    written = {
        "sign-in": {
            kind: [_request(sign_in, login=name, password=WRONG) for name in some]
            for kind, some in names.items()
        },
        "code": {
            kind: [_request(join, next(guessers), code=code) for code in some]
            for kind, some in codes.items()
        },
    }
    json.dump(written, sys.stdout)


def _of_nobody(number: int) -> list[dict[str, str]]:
    """Return sign-ins with names that nobody has, each another."""
    sign_in = reverse("account_login")
    return [
        _request(sign_in, login=f"stranger-{each:04}", password=WRONG) for each in range(number)
    ]


def _students(name: str, number: int) -> "list[User]":
    """Make students who have a password."""
    from classkey.accounts.models import User

    encoded = make_password(RIGHT)
    made = [
        User(
            username=f"{name}-{each:04}", given_name=f"Student {each}", family_name="Guessed",
            role="student", password=encoded,
        )
        for each in range(number)
    ]  # fmt: skip
    return User.objects.bulk_create(made)


def _deleted_codes(number: int) -> list[str]:
    from classkey.school import issuing
    from classkey.school.models import Place
    from classkey.school.viewer import Viewer

    course = Place.objects.filter(kind="course", archived_at=None).select_related("created_by")[0]
    teacher = Viewer(course.created_by)
    made = [
        issuing.make_registration_code(teacher, course, issuing.Terms()) for _each in range(number)
    ]
    issuing.delete_codes(teacher, [code.pk for code in made])
    return [code.text for code in made]


def _unknown_codes(number: int) -> list[str]:
    from classkey.school import code_text
    from classkey.school.code_text import CodeKind

    return [code_text.mint(CodeKind.REGISTRATION) for _each in range(number)]


def _request(address: str, user: "User | None" = None, **fields: str) -> dict[str, str]:
    """Return what a browser sends, signed in or not, with the CSRF token of the form."""
    secret = get_random_string(32)
    cookies = {settings.CSRF_COOKIE_NAME: secret}
    if user:
        client = Client(SERVER_NAME=settings.HOST)
        client.force_login(user)
        cookies[settings.SESSION_COOKIE_NAME] = client.cookies[settings.SESSION_COOKIE_NAME].value
    return {
        "address": address,
        "cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
        "body": urlencode(fields | {"csrfmiddlewaretoken": secret}),
    }


if __name__ == "__main__":
    django.setup()
    main()
