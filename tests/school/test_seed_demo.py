"""A6: the demo school, made once, in a demo only."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from classkey.accounts.models import User
from classkey.school import access
from classkey.school.management.commands.seed_demo import PASSWORD
from classkey.school.viewer import Viewer


def seeded() -> str:
    said = StringIO()
    call_command("seed_demo", stdout=said)
    return said.getvalue()


@pytest.mark.django_db
def test_a6_the_demo_school_is_made_once_and_says_its_logins_once(settings: Settings) -> None:
    settings.DEMO = True
    said = seeded()
    logins = [line.split()[-1] for line in said.splitlines()[1:]]
    assert "maya@classkey.example" in logins
    assert "ada.okafor" in logins, "a student without an address"
    assert all(User.objects.get(username=name).check_password(PASSWORD) for name in logins[3:])

    people = User.objects.count()
    assert seeded() == ""
    assert User.objects.count() == people


@pytest.mark.django_db
def test_a6_its_parent_finds_a_green_page_and_not_the_others(settings: Settings) -> None:
    settings.DEMO = True
    seeded()
    parent, child = (User.objects.get(given_name=name) for name in ("Ngozi", "Ada"))
    green = access.visible_items(Viewer(parent, child))
    assert [item.title for item in green] == ["Welcome"]


@pytest.mark.django_db
def test_a6_there_is_no_demo_school_in_production() -> None:
    with pytest.raises(CommandError, match="demo mode only"):
        seeded()
    assert not User.objects.exists()
