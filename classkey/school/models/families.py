"""Parents and children (section 5 of the rules)."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from classkey.school.models.codes import Code
from classkey.school.models.places import Place


class ParentLinkQuerySet(models.QuerySet["ParentLink"]):
    """Parent links."""

    def live(self) -> "ParentLinkQuerySet":
        """Those neither ended nor paused."""
        return self.filter(ended_at__isnull=True, paused_at__isnull=True)


class ParentLink(models.Model):
    """A parent follows a student; it lasts until somebody ends it, whatever its code does (F4)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    parent = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="links_to_children"
    )
    student = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="links_to_parents"
    )
    code = models.ForeignKey(Code, models.SET_NULL, null=True, related_name="links")
    linked_at = models.DateTimeField(default=timezone.now)
    paused_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    objects = ParentLinkQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["parent", "student"],
                condition=Q(ended_at__isnull=True),
                name="one_lasting_link_each",
            ),
            models.CheckConstraint(
                condition=~Q(parent=models.F("student")), name="nobody_is_their_own_parent"
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class WorkspaceGrant(models.Model):
    """A linked parent may read what is green in a child's workspace; ends with the link (F7)."""

    link = models.ForeignKey(ParentLink, models.CASCADE, related_name="grants", db_index=False)
    place = models.ForeignKey(Place, models.CASCADE, related_name="parent_grants")
    granted_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["link", "place"], name="one_grant_each"),
        ]

    def __str__(self) -> str:
        return str(self.pk)
