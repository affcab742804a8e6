"""The support desk looks people up (F8): by name, e-mail address, user name, or the last four
characters of a code. Whoever opens somebody's page says why, and that is logged (A1).
"""

import uuid
from dataclasses import dataclass

from django.db import models
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from classkey.accounts.models import User
from classkey.school import audit
from classkey.school.access import Action, allowed, require
from classkey.school.models import AuditAction, Code, ParentLink
from classkey.school.viewer import Viewer

MOST = 50
"""How many people, and how many codes, a search shows."""

LAST = 4
"""Characters by which a code is known to those who may not read it (A1)."""


class Purpose(models.TextChoices):
    """Why somebody at the desk looks at a person."""

    CALLER = "caller", _("Somebody called or wrote about it")
    REQUEST = "request", _("To decide a request")
    ORDER = "order", _("A court or an authority asks")
    DATA = "data", _("The person asks for their data")
    SAFETY = "safety", _("A child’s safety")
    HELP = "help", _("To help with a technical problem")


@dataclass(frozen=True)
class Found:
    """What a search found: people, and codes that end so; at most `MOST` of each."""

    people: list[User]
    codes: list[Code]

    def __bool__(self) -> bool:
        return bool(self.people or self.codes)


def search(viewer: Viewer, text: str) -> Found:
    """Return the people of whom every word of `text` is in a name, the user name or an address, and
    the codes that end with it. For the desk; finds nothing for anybody else.
    """
    if not text.split():
        return Found([], [])
    everybody = allowed(viewer, Action.SUPPORT, User)
    people = _called(everybody, text)
    ending = text.strip().replace("-", "").upper()[-LAST:]
    theirs = Q(student__in=everybody) | Q(student=None, created_by__in=everybody)
    codes = Code.objects.filter(theirs, last_four=ending)
    known = codes.select_related("student", "created_by", "place").order_by("-created_at", "pk")
    return Found(
        list(people.order_by("family_name", "given_name", "pk")[:MOST]),
        list(known[:MOST]) if len(ending) == LAST else [],
    )


def ids_of(viewer: Viewer, text: str) -> frozenset[uuid.UUID]:
    """Return the ids of everybody called so, for an administrator who reads the log; the viewer's
    own as well.
    """
    people = User.objects.all() if viewer.is_administrator else User.objects.none()
    return frozenset(_called(people, text).values_list("pk", flat=True))


def _called(people: QuerySet[User], text: str) -> QuerySet[User]:
    for word in text.split():
        people = people.filter(
            Q(given_name__icontains=word)
            | Q(family_name__icontains=word)
            | Q(username__icontains=word)
            | Q(email__icontains=word)
        )
    return people


def look_at(viewer: Viewer, person: User, purpose: Purpose) -> None:
    """Note why the viewer opens a person's page (A1). Raises PermissionDenied."""
    require(viewer, Action.SUPPORT, person)
    audit.record(viewer, AuditAction.PERSON_LOOKED_AT, subject=person, detail=purpose)


def links_with(viewer: Viewer, person: User) -> QuerySet[ParentLink]:
    """Return the links, ended ones too, of a student to their parents, or of a parent to their
    children, that the desk may deal with: the newest first.
    """
    theirs = allowed(viewer, Action.REVOKE, ParentLink).filter(Q(student=person) | Q(parent=person))
    return theirs.select_related("student", "parent").order_by("ended_at", "-linked_at", "pk")
