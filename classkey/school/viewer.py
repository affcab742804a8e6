"""Who looks, and in which capacity. The rules themselves are in `access`."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.db.models import Q, QuerySet

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
        mine = Membership.objects.live().filter(user=self.user, permission__gte=at_least)
        if self.is_parent or not self.user.is_active:
            mine = mine.none()
        elif self.preview is not None:
            # A reader here and, as every member, in the places above; an admin is too (S3).
            above = [place.pk for place in self.preview.place.chain()]
            only_reads = at_least == Permission.READ
            mine = mine.filter(place__in=above) if only_reads else mine.none()
        return mine.values("place")

    def childs_places(self) -> QuerySet[Any, Any]:
        """Return the ids of the places of their child that a parent may look into at all: those
        in courses, and those in workspaces that were opened to them (F5, F7).
        """
        if self.preview is not None:
            above = [place.pk for place in self.preview.place.chain()]
            return Place.objects.filter(pk__in=above if self.is_parent else []).values("pk")
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
