"""Who looks, and in which capacity. The rules themselves are in `access`."""

from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from typing import Any

from django.db.models import Exists, Q, QuerySet

from classkey.accounts.models import User
from classkey.school.models import (
    Membership,
    ParentLink,
    Permission,
    Place,
    PlaceKind,
    WorkspaceGrant,
)
from classkey.school.models.families import ParentLinkQuerySet


class Eyes(StrEnum):
    """With whose eyes an admin looks at their place."""

    STUDENT = "student"
    PARENT = "parent"


@dataclass(frozen=True)
class Preview:
    """A place as a student who is a reader in it sees it, or a parent of that student.

    The student is nobody: the preview shows what everybody of that kind sees, and lets
    its viewer do nothing.
    """

    place: Place
    eyes: Eyes

    @cached_property
    def chain(self) -> list[Place]:
        """The places that the student is in: from the top down to this one (S3)."""
        return self.place.chain()

    def places(self, user: User, eyes: Eyes) -> QuerySet[Membership, Any]:
        """Return the ids of the places of the chain, if `eyes` are the ones that are looked with
        and `user` is an admin of the place now (A2); else none.
        """
        mine = Membership.objects.live().filter(user=user, user__is_active=True)
        runs_it = Exists(mine.admins().filter(place=self.place))
        above = mine.filter(runs_it, place__in=[place.pk for place in self.chain])
        return (above if eyes is self.eyes else above.none()).values("place")


@dataclass(frozen=True)
class Viewer:
    """A user in a capacity: as themself; with `child`, as a parent of that student (P5); with
    `preview`, with the eyes of others.

    `origin` is the network address that the request came from, for the audit log.
    """

    user: User
    child: User | None = None
    origin: str = ""
    preview: Preview | None = None

    @property
    def is_themself(self) -> bool:
        """Are they here in no other capacity than their own?"""
        return self.child is None and self.preview is None

    @property
    def themself(self) -> "Viewer":
        """The same person as themself."""
        return replace(self, child=None, preview=None)

    @property
    def is_parent(self) -> bool:
        """Do they look with a parent's eyes (P5, F6)?"""
        in_preview = self.preview is not None and self.preview.eyes is Eyes.PARENT
        return self.child is not None or in_preview

    @property
    def is_administrator(self) -> bool:
        """Are they here as an administrator (P1)?"""
        return self.is_themself and self.user.is_administrator

    @property
    def author(self) -> User | None:
        """Whose work counts as their own: theirs, and in other capacities nobody's."""
        return self.user if self.is_themself else None

    def places(self, at_least: Permission = Permission.READ) -> QuerySet[Membership, Any]:
        """Return the ids of the places where they have this permission; none for a parent."""
        if self.preview is not None:
            read = self.preview.places(self.user, Eyes.STUDENT)
            return read if at_least == Permission.READ else read.none()
        mine = Membership.objects.live().filter(user=self.user, permission__gte=at_least)
        if self.child is not None or not self.user.is_active:
            mine = mine.none()
        return mine.values("place")

    def childs_places(self) -> QuerySet[Any, Any]:
        """Return the ids of the places of their child that a parent may look into at all: those
        in courses, and those in workspaces that were opened to them (F5, F7).
        """
        if self.preview is not None:
            return self.preview.places(self.user, Eyes.PARENT)
        theirs = Membership.objects.live().filter(user__in=self.link.values("student"))
        granted = WorkspaceGrant.objects.filter(link__in=self.link).values("place")
        return theirs.filter(
            Q(place__root__kind=PlaceKind.COURSE) | Q(place__root__in=granted)
        ).values("place")

    @property
    def link(self) -> ParentLinkQuerySet:
        """The live link to the child whose parent they are here; none in other capacities."""
        links = ParentLink.objects.live()
        if self.child is None or not self.user.is_active:
            return links.none()
        return links.filter(parent=self.user, student=self.child, student__is_active=True)
