"""`manage.py seed_school --size 1|10|100`: a made-up school of that size, to measure with."""

import argparse
import sys
import time
from typing import Any

import click
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from classkey.accounts.models import User
from classkey.school import seeding
from classkey.school.errors import Refused
from classkey.school.management.commands.seed_demo import PASSWORD

LARGEST = 1_000


class Command(BaseCommand):
    help = (
        "Fill an empty database with a made-up school. "
        "All of it or, if it is stopped or fails, nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--size",
            type=_size,
            default=1.0,
            help="how many times 1,000 students, 10,000 memberships and 20,000 pieces of content; "
            "1 if not said, 0.1 to look around",
        )

    def handle(self, *_args: Any, size: float, **_options: Any) -> None:
        students = round(size * seeding.STUDENTS)
        began = time.monotonic()
        try:
            # Where it is no terminal that is written to, only the label is.
            with click.progressbar(
                length=students, label=f"Making {students:,} students", file=sys.stderr
            ) as bar:
                seeding.seed(students, bar.update)
        except Refused as refusal:
            raise CommandError(refusal.message) from None
        took = time.monotonic() - began
        self.stdout.write(f"A school of {students:,} students, made in {took:.0f} s.")
        if settings.DEMO:
            self._say_logins()

    def _say_logins(self) -> None:
        """Let three people sign in, and say how."""
        self.stdout.write("Three of them can sign in. Their password: " + PASSWORD)
        for name in ("teacher1", "student1", "parent1"):
            person = User.objects.get(username=name)
            person.set_password(PASSWORD)
            person.save(update_fields=["password"])
            self.stdout.write(f"  {name:10} {person.full_name}")


def _size(text: str) -> float:
    """Read a size. Raises ArgumentTypeError unless a school can be that large."""
    try:
        size = float(text)
    except ValueError:
        size = 0
    if not 1 / seeding.STUDENTS <= size <= LARGEST:
        raise argparse.ArgumentTypeError(
            f"say how many times 1,000 students, for example 1, 10 or 100; at most {LARGEST}"
        )
    return size
