"""`manage.py seed_school`: a made-up school in an empty database, or a reason why not."""

import io
import re
import sys
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command
from pytest_django import Settings

from classkey.accounts.models import Role, User
from classkey.school import seeding
from classkey.school.management.commands.seed_demo import PASSWORD
from classkey.school.models import Item
from tests.world import make_user

pytestmark = pytest.mark.django_db


class Terminal(io.StringIO):
    """Something that is written to and looked at."""

    def isatty(self) -> bool:
        return True


def seeded(size: str = "0.03") -> str:
    said = io.StringIO()
    call_command("seed_school", f"--size={size}", stdout=said)
    return said.getvalue()


def files() -> set[Path]:
    return set(Path(django_settings.VAR_DIR).rglob("files/*"))


def test_it_says_what_it_made_and_how_long_it_took() -> None:
    assert re.fullmatch(r"A school of 30 students, made in \d+ s\.\n", seeded())
    assert User.objects.filter(role=Role.STUDENT).count() == 30


def test_a_size_is_told_in_thousands_of_students() -> None:
    assert "A school of 1 students" in seeded("0.001")
    assert seeding.STUDENTS == 1_000


def test_a4_a_terminal_sees_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    seeded()
    assert re.search(r"Making 30 students.*\[-+\].*0%", terminal.getvalue())
    assert re.search(r"\[#+\].*100%", terminal.getvalue())


def test_a6_a_demo_can_be_signed_in_to(settings: Settings) -> None:
    settings.DEMO = True
    said = seeded()
    assert PASSWORD in said
    names = re.findall(r"^  (\w+)", said, re.MULTILINE)
    people = [User.objects.get(username=name) for name in names]
    assert {person.role for person in people} == set(Role)
    assert all(person.check_password(PASSWORD) for person in people)


def test_a_school_that_has_people_is_left_alone() -> None:
    make_user(Role.PARENT, "Paula")
    with pytest.raises(CommandError, match=r"empty\s+one. Name another .* and try again"):
        seeded()
    assert not Item.objects.exists()
    assert User.objects.count() == 1


@pytest.mark.parametrize("size", ["0", "-1", "0.0001", "1001", "nan", "inf", "large", ""])
def test_a_size_that_no_school_has_is_refused(size: str) -> None:
    with pytest.raises(CommandError, match="for example 1, 10 or 100"):
        seeded(size)
    assert not User.objects.exists()


def test_stopped_on_its_way_it_leaves_nothing() -> None:
    before = files()

    def stop(_students: int) -> None:
        assert Item.objects.exists()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        seeding.seed(30, stop)
    assert not User.objects.exists()
    assert not Item.objects.exists()
    assert files() == before
