"""A cohort's courses, its groups and a workspace: who is in them."""

import datetime
import random
from collections.abc import Sequence
from typing import Any

from classkey.accounts.models import User
from classkey.school import clock
from classkey.school.models import Membership, Permission, Place, PlaceKind, StoredFile
from classkey.school.seeding.content import Content
from classkey.school.seeding.rows import Rows

RUNNING = ["Mathematics", "Biology", "History", "English", "Geography", "Music"]
PAST = ["Physics", "Art"]
"""Courses of the year before, archived."""
SUBJECTS = [*RUNNING, *PAST]

_WITH_SECOND_ADMIN = {"Mathematics"}
_WITH_EDITOR = {"History"}
_WITH_GROUPS = {"Mathematics", "Biology"}
_WITH_RESULTS = {"Mathematics", "Physics"}


class Places:
    """Makes the places of one cohort."""

    def __init__(
        self, rows: Rows, chance: random.Random, handout: StoredFile, now: datetime.datetime
    ) -> None:
        self._rows = rows
        self._chance = chance
        self._content = Content(rows, chance, handout, now)
        self._year = clock.school_year()
        self._now = now

    def add(self, number: int, students: Sequence[User], teachers: Sequence[User]) -> None:
        """Make the places of cohort `number`; each of the teachers has a subject."""
        for subject, teacher in zip(SUBJECTS, teachers, strict=True):
            colleague = teachers[1] if teacher == teachers[0] else teachers[0]
            admins = [teacher, colleague] if subject in _WITH_SECOND_ADMIN else [teacher]
            course = self._course(f"{subject} {number}", admins, is_past=subject in PAST)
            if subject in _WITH_EDITOR:
                self._let_in(course, [colleague], Permission.EDIT)
            self._let_in(course, students)
            if subject in _WITH_GROUPS:
                group = self._group(course, "Laboratory", admins, students[:13])
                self._group(group, "Evening laboratory", admins, students[:6])
            self._content.fill_course(course, students if subject in _WITH_RESULTS else [])
        self._workspace(f"Project {number}", students[:7])

    def _course(self, name: str, admins: Sequence[User], *, is_past: bool) -> Place:
        course = self._place(
            kind=PlaceKind.COURSE,
            name=name,
            created_by=admins[0],
            members_see=self._chance.random() < 0.9,
            parents_see=self._chance.random() < 0.8,
            created_at=self._now - datetime.timedelta(days=500 if is_past else 150),
            school_year=self._year - is_past,
            archived_at=self._now - datetime.timedelta(days=200) if is_past else None,
        )
        self._let_in(course, admins, Permission.ADMIN)
        return course

    def _group(
        self, above: Place, name: str, admins: Sequence[User], members: Sequence[User]
    ) -> Place:
        """Make a group, whose admins are those of the place above (S3)."""
        group = self._place(
            kind=PlaceKind.GROUP,
            name=name,
            created_by=admins[0],
            created_at=above.created_at,
            parent=above,
            members_see=True,
            parents_see=self._chance.random() < 0.5,
        )
        self._let_in(group, admins[:1], Permission.ADMIN)
        self._let_in(group, admins[1:], Permission.ADMIN, inherited=True)
        self._let_in(group, members)
        self._content.fill_group(group)
        return group

    def _workspace(self, name: str, members: Sequence[User]) -> None:
        """Make a workspace of students, one of whom runs it."""
        workspace = self._place(
            kind=PlaceKind.WORKSPACE,
            name=name,
            created_by=members[0],
            created_at=self._now - datetime.timedelta(days=50),
        )
        self._let_in(workspace, members[:1], Permission.ADMIN)
        self._let_in(workspace, members[1:], Permission.EDIT)
        self._content.fill_group(workspace)

    def _place(self, **fields: Any) -> Place:
        place = Place(**fields)
        place.root = place if place.parent is None else place.parent.root
        above = place.parent
        place.shown_to_members = place.members_see and (above is None or above.shown_to_members)
        place.shown_to_parents = place.parents_see and (above is None or above.shown_to_parents)
        return self._rows.add(place)

    def _let_in(
        self,
        place: Place,
        people: Sequence[User],
        permission: Permission = Permission.READ,
        *,
        inherited: bool = False,
    ) -> None:
        """Let people in; `inherited` if they are here only as admins of the place above (S3)."""
        for person in people:
            self._rows.add(
                Membership(
                    place=place,
                    user=person,
                    permission=permission,
                    given=None if inherited else permission,
                    joined_at=place.created_at,
                )
            )
