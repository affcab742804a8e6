"""Run with a school's settings: codes, and students who are signed in and will redeem them.

Writes JSON: requests to warm up with, then for each round those with codes `spread` over many
courses and those with one `hot` code, no student twice; and the `queries` of one redemption.
Makes what the floor redeems as well, under numbers that its SQL can count up.
"""

import json
import sys
from collections.abc import Iterable
from itertools import cycle, islice
from typing import TYPE_CHECKING, Any
from uuid import UUID

import django
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.crypto import get_random_string

from benchmarks.load import CONNECTIONS
from benchmarks.redeem import CODES, POSTS, ROUNDS

if TYPE_CHECKING:
    from classkey.accounts.models import User
    from classkey.school.models import Code, Place


def main() -> None:
    """Make them all, and write the requests."""
    *spread, hot = [_code(course) for course in _courses(CODES + 1)]
    _make_floor(spread)
    students = iter(_students((2 * ROUNDS + 1) * POSTS + 1))
    counted = _counted(next(students), spread[0])
    codes = {"spread": spread, "hot": [hot]}
    written: dict[str, Any] = {"queries": counted}
    written["warm"] = _requests(islice(students, POSTS), [*spread, hot])
    for name, some in codes.items():
        written[name] = [_requests(islice(students, POSTS), some) for _round in range(ROUNDS)]
    json.dump(written, sys.stdout)


def _courses(number: int) -> "list[Place]":
    from classkey.school.models import Place

    courses = Place.objects.filter(kind="course", archived_at=None).select_related("created_by")
    return list(courses.order_by("pk")[:number])


def _code(course: "Place") -> "Code":
    from classkey.school import issuing
    from classkey.school.viewer import Viewer

    return issuing.make_registration_code(Viewer(course.created_by), course, issuing.Terms())


def _students(number: int, *, numbered: bool = False) -> "list[User]":
    """Make students who are nowhere yet; `numbered` have ids that count up."""
    from classkey.accounts.models import User

    nobodys = make_password(None)
    made = [
        User(
            username=f"{'floor' if numbered else 'redeemer'}-{each}",
            given_name=f"Student {each}", family_name="Redeemer", role="student",
            password=nobodys, **({"id": UUID(int=each)} if numbered else {}),
        )
        for each in range(number)
    ]  # fmt: skip
    return User.objects.bulk_create(made, batch_size=1_000)


def _make_floor(like: "list[Code]") -> None:
    """Copy these codes under the digests 0, 1, 2 …, and make those who redeem the copies."""
    from classkey.school.models import Code

    for number, code in enumerate(like):
        values = {
            field.attname: getattr(code, field.attname) for field in Code._meta.concrete_fields
        }
        del values["id"]
        Code.objects.create(**values | {"digest": number.to_bytes(32, "big")})
    _students(CONNECTIONS * 1_000, numbered=True)


def _requests(students: Iterable["User"], codes: "list[Code]") -> list[str]:
    return [_request(*pair) for pair in zip(students, cycle(codes), strict=False)]


def _request(student: "User", code: "Code") -> str:
    """Return the request of a signed-in browser that sends the box, with the CSRF token of the
    form that it was sent: the secret that its cookie holds.
    """
    client = Client(SERVER_NAME=settings.HOST)
    client.force_login(student)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    secret = get_random_string(32)
    body = f"csrfmiddlewaretoken={secret}&code={code.text}"
    return "\r\n".join([
        f"POST {reverse('join')} HTTP/1.1",
        f"Host: {settings.HOST}",
        f"Cookie: {settings.SESSION_COOKIE_NAME}={session}; {settings.CSRF_COOKIE_NAME}={secret}",
        "Content-Type: application/x-www-form-urlencoded",
        f"Content-Length: {len(body)}",
        "",
        body,
    ])  # fmt: skip


def _counted(student: "User", code: "Code") -> list[str]:
    """Redeem once; return the statements that it took."""
    client = Client(SERVER_NAME=settings.HOST)
    client.force_login(student)
    with CaptureQueriesContext(connection) as queries:
        client.post(reverse("join"), {"code": code.text})
    return [query["sql"] for query in queries]


if __name__ == "__main__":
    django.setup()
    main()
