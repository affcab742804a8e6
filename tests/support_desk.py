"""What the addresses of the support desk, and of requests to it, are about."""

from typing import Any

from django.test import Client

from classkey.accounts.models import User
from classkey.school.directory import Purpose
from tests.web.browsing import at
from tests.world import School


def things_of_support(school: School) -> dict[str, list[Any]]:
    """Return, by the name of each address that is about something, what there is of it here."""
    link = school.link(school.quentin, school.anna)
    of_a_person = ("person", "administrator", "deactivate", "erase", "export", "bar", "hold")
    return {
        **{f"desk_{name}": [school.anna] for name in of_a_person},
        "desk_export_file": [school.export],
        "desk_lift": [school.barred],
        "desk_release": [school.held],
        "desk_request": [school.about_quentin],
        "desk_request_new": [link],
        "desk_revoke": [link],
        "request_new": [school.anna, link],
        "child_request_new": [school.anna, link],
    }


def look_at(client: Client, person: User) -> Any:
    """Say why, and return a person's page at the desk (A1)."""
    client.post(at("desk_person", person), {"purpose": Purpose.CALLER})
    return client.get(at("desk_person", person))
