"""Run with a school's settings: who opens which page of it, and how much each page asks for.

Writes JSON: by the name of the page its `visits` (an address and the cookie of somebody
who is signed in), and the most `queries` that any of some visits took.
"""

import json
import sys
from collections.abc import Iterable
from typing import Any

import django
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

VISITS = 100
"""Of each page, all different."""
COUNTED = 20


def main() -> None:
    """Write the visits."""
    pages = {name: _page(list(visitors)) for name, visitors in _visitors().items()}
    json.dump(pages, sys.stdout)


def _visitors() -> dict[str, Iterable[tuple[Any, str]]]:
    """Return for each page who opens it, and where. Ids are random, so their order is as well."""
    from classkey.school.models import Membership, ParentLink, Permission, Place

    courses = Place.objects.filter(kind="course", archived_at=None, shown_to_members=True)
    some = list(courses.select_related("created_by").order_by("pk")[:VISITS])
    readers = Membership.objects.filter(permission=Permission.READ).select_related("user")
    links = ParentLink.objects.live().select_related("parent").order_by("pk")[:VISITS]
    return {
        "course page, student": [
            (readers.filter(place=course).order_by("user")[0].user, _at("place", course.pk))
            for course in some
        ],
        "course page, teacher": [(course.created_by, _at("place", course.pk)) for course in some],
        "parent's home": [(link.parent, _at("child", link.student_id)) for link in links],
    }


def _at(name: str, pk: object) -> str:
    return reverse(name, args=[pk])


def _page(visitors: list[tuple[Any, str]]) -> dict[str, Any]:
    visits: list[dict[str, str]] = []
    counts: list[int] = []
    for user, address in visitors:
        client = Client(SERVER_NAME=settings.HOST)
        client.force_login(user)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME].output(attrs=[], header="")
        visits.append({"address": address, "cookie": cookie.strip()})
        if len(counts) < COUNTED:
            with CaptureQueriesContext(connection) as queries:
                client.get(address)
            counts.append(len(queries))
    return {"visits": visits, "queries": max(counts)}


if __name__ == "__main__":
    django.setup()
    main()
