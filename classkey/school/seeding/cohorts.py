"""A cohort: students who share their courses and their teachers; and their parents."""

import datetime
import random
from collections.abc import Sequence

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.utils import timezone

from classkey.accounts.models import Role, User
from classkey.school.models import ParentLink, StoredFile
from classkey.school.seeding.places import SUBJECTS, Places
from classkey.school.seeding.rows import Rows

_CALLED = {Role.STUDENT: "student", Role.INSTRUCTOR: "teacher", Role.PARENT: "parent"}

_STEP = {Role.STUDENT: 1, Role.INSTRUCTOR: 5, Role.PARENT: 7}
"""How many names further the next one's is."""

_TEACHES = 5
"""Cohorts that the same teachers teach, each their subject."""

_PARENTS = [2, 1, 2, 2, 0, 2, 1, 2, 1, 2]
"""Parents linked to each of ten students: one and a half, and for one in ten not yet."""

_SIBLINGS = 5
"""Students whose parents are also those of five students of the cohort before."""

_GIVEN = [
    *("Ada", "Ben", "Chloé", "Dmytro", "Elif", "Farid", "Grace", "Hugo", "Inés", "Jun"),
    *("Kofi", "Lena", "Minh", "Noor", "Oskar", "Priya", "Quinn", "Rosa", "Samir", "Tuva"),
    *("Uma", "Vera", "Wang", "Ximena", "Yara", "Zoe"),
]
_FAMILY = [
    *("Okafor", "Nguyễn", "Martin", "Kovalenko", "Yılmaz", "Haddad", "Smith", "Silva", "García"),
    *("Tanaka", "Mensah", "Schmidt", "Trần", "Rahman", "Lindholm", "Sharma", "Reyes", "Rossi"),
    *("Cohen", "Berg", "Novak", "Dubois", "Chen"),
]


class Seeder:
    """Makes one cohort after the other, the same ones each time."""

    def __init__(self, handout: StoredFile) -> None:
        self._handout = handout
        self._now = timezone.now()
        self._number = 0
        self._people = dict.fromkeys(Role, 0)
        self._teachers: list[User] = []
        self._families: list[list[User]] = []

    def add_cohort(self, rows: Rows, size: int) -> None:
        """Add a cohort of this many students, and all that comes with them."""
        if self._number % _TEACHES == 0:
            self._teachers = [self._adult(rows, Role.INSTRUCTOR) for _subject in SUBJECTS]
        self._number += 1
        students = [self._person(rows, Role.STUDENT) for _n in range(size)]
        self._add_families(rows, students)
        # Nothing secret: the same school each time.
        chance = random.Random(self._number)  # noqa: S311
        Places(rows, chance, self._handout, self._now).add(self._number, students, self._teachers)

    def _add_families(self, rows: Rows, students: Sequence[User]) -> None:
        families = self._families[-_SIBLINGS:]
        for nth in range(len(families), len(students)):
            wanted = _PARENTS[nth % len(_PARENTS)]
            families.append([self._adult(rows, Role.PARENT) for _n in range(wanted)])
        self._families = families
        for nth, (student, parents) in enumerate(zip(students, families, strict=False)):
            since = self._now - datetime.timedelta(days=20 * nth)
            for parent in parents:
                rows.add(ParentLink(parent=parent, student=student, linked_at=since))

    def _adult(self, rows: Rows, role: Role) -> User:
        """Return a person with a proved address (P2)."""
        person = self._person(rows, role)
        person.email = f"{person.username}@classkey.example"
        rows.add(EmailAddress(user=person, email=person.email, verified=True, primary=True))
        return person

    def _person(self, rows: Rows, role: Role) -> User:
        number = self._people[role] = self._people[role] + 1
        nth = number * _STEP[role]
        return rows.add(
            User(
                username=f"{_CALLED[role]}{number}",
                given_name=_GIVEN[nth % len(_GIVEN)],
                family_name=_FAMILY[nth % len(_FAMILY)],
                role=role,
                password=make_password(None),
                date_joined=self._now,
            )
        )
