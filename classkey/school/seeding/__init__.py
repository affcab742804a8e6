"""A made-up school of any size: to look at Classkey in, and to measure it with.

Rows are written as the rules would have left them, without asking the rules: that
takes minutes where they would take days. Tests hold the rows to the rules.
"""

from collections.abc import Callable, Iterator

from django.core.files.base import ContentFile
from django.db import transaction

from classkey.accounts.models import Role, User
from classkey.school import filing
from classkey.school.errors import Refused
from classkey.school.seeding.cohorts import Seeder
from classkey.school.seeding.rows import Rows, analyze
from classkey.school.viewer import Viewer

STUDENTS = 1_000
"""Students of a school of size 1; with them come 10,000 memberships and 20,000 items."""

_COHORT = 30
_AT_ONCE = 10
"""Cohorts held in memory: some 6,000 items."""

HANDOUT = b"Bring a pencil, a ruler and something to read.\n"


@transaction.atomic
def seed(students: int, progress: Callable[[int], object]) -> None:
    """Fill an empty database with a school of this many students: all of it, or nothing.

    `progress` is told how many students have come since it was told last. Nobody has a
    password. Raises Refused if there is anybody already.
    """
    if User.objects.exists():
        raise Refused(
            "There are people in this database already, and a made-up school goes into an empty "
            "one. Name another in CLASSKEY_DATABASE_URL, run migrate on it, and try again."
        )
    keeper = User.objects.create_user(
        role=Role.INSTRUCTOR, given_name="Office", family_name="of the School", username="office"
    )
    # One file for everybody's handouts: rows may share what never changes.
    with filing.storing(Viewer(keeper), ContentFile(HANDOUT, name="Handout.txt")) as handout:
        handout.save()
        seeder = Seeder(handout)
        for chunk in _chunks(list(_sizes(students))):
            rows = Rows()
            for size in chunk:
                seeder.add_cohort(rows, size)
            rows.write()
            progress(sum(chunk))
    analyze()


def _sizes(students: int) -> Iterator[int]:
    """Yield the sizes of the cohorts, as even as can be."""
    number = max(round(students / _COHORT), 1)
    for place in range(number):
        yield students * (place + 1) // number - students * place // number


def _chunks(sizes: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(sizes), _AT_ONCE):
        yield sizes[start : start + _AT_ONCE]
