"""Run with the cluster's settings: who comes while it is put to the test, and with which codes.

Writes JSON of requests to be sent: each its address, the cookies of somebody who is signed in, and
the form. Nothing else is prepared: what happens then is Classkey's doing.
"""

import json
import sys
from collections.abc import Iterator
from itertools import cycle, islice
from typing import TYPE_CHECKING, Any

import django
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.test import Client
from django.urls import reverse
from django.utils.crypto import get_random_string

from cluster.timetable import SHEETS_AT

if TYPE_CHECKING:
    from classkey.accounts.models import User
    from classkey.school.models import Code, Place

REDEEMERS = 200
"""Students who redeem, each one of the codes without a limit."""
CODES = 20
CROWD = 40
"""Students who all try one code that lets in fewer."""
CROWD_LIMIT = 15
VISITORS = 60
GUESSES = 400
COPIES = 4
COURSES_A_TIME = 2
"""Courses whose teachers ask for sheets in one phase."""


def main() -> None:
    """Make them all, and write them."""
    courses = _courses()
    *codes, few = [_code(course) for course in islice(courses, CODES)] + [
        _code(next(courses), CROWD_LIMIT)
    ]
    students = _students(REDEEMERS + CROWD + 1)
    guesser, *others = students
    json.dump(
        {
            "redeemers": [
                _redemption(*pair) for pair in zip(others[:REDEEMERS], cycle(codes), strict=False)
            ],
            "crowd": [_redemption(student, few) for student in others[REDEEMERS:]],
            "crowd_limit": CROWD_LIMIT,
            "guesser": {"student": str(guesser.pk), **_signed_in(guesser)},
            "guesses": [_unknown_code() for _guess in range(GUESSES)],
            "visits": list(_visits()),
            "sheets": [
                [_sheets(course) for course in islice(courses, COURSES_A_TIME)]
                for _time in SHEETS_AT
            ],
        },
        sys.stdout,
    )


def _courses() -> "Iterator[Place]":
    from classkey.school.models import Place

    courses = Place.objects.filter(kind="course", archived_at=None).select_related("created_by")
    return iter(list(courses.order_by("pk")))


def _code(course: "Place", max_uses: int | None = None) -> "Code":
    from classkey.school import issuing
    from classkey.school.viewer import Viewer

    terms = issuing.Terms(max_uses=max_uses)
    return issuing.make_registration_code(Viewer(course.created_by), course, terms)


def _unknown_code() -> str:
    from classkey.school import code_text

    return code_text.mint(code_text.CodeKind.REGISTRATION)


def _students(number: int) -> "list[User]":
    """Make students who are nowhere yet."""
    from classkey.accounts.models import User

    nobodys = make_password(None)
    return User.objects.bulk_create(
        User(
            username=f"newcomer-{each}",
            given_name=f"Student {each}",
            family_name="Newcomer",
            role="student",
            password=nobodys,
        )
        for each in range(number)
    )


def _redemption(student: "User", code: "Code") -> dict[str, Any]:
    return {
        "student": str(student.pk),
        "code": str(code.pk),
        "place": str(code.place_id),
        **_signed_in(student),
        "form": {"code": code.text},
    }


def _visits() -> Iterator[dict[str, Any]]:
    """Yield members of courses, each with the course's page."""
    from classkey.school.models import Membership

    members = Membership.objects.filter(
        place__kind="course", place__archived_at=None, place__shown_to_members=True
    ).select_related("user")
    for member in members.order_by("pk")[:VISITORS]:
        visit = _signed_in(member.user)
        yield visit | {"address": reverse("place", args=[member.place_id])}


def _sheets(course: "Place") -> dict[str, Any]:
    """Return what a teacher sends who asks for sheets for the whole course."""
    from classkey.school.sheets import runs

    asking = _signed_in(course.created_by)
    return asking | {
        "address": reverse("sheets_new", args=[course.pk]),
        "form": {
            "students": [str(student.pk) for student in runs.students_in(course)],
            "copies": str(COPIES),
            "language": "en",
            "paper": "a4",
        },
    }


def _signed_in(user: "User") -> dict[str, Any]:
    """Return the address of the box, the cookies of a browser that is signed in, and the token
    that its forms have.
    """
    client = Client(SERVER_NAME=settings.HOST)
    client.force_login(user)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    token = get_random_string(32)
    cookies = f"{settings.SESSION_COOKIE_NAME}={session}; {settings.CSRF_COOKIE_NAME}={token}"
    return {"address": reverse("join"), "cookies": cookies, "token": token}


if __name__ == "__main__":
    django.setup()
    main()
