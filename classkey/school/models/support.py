"""What the support desk deals with: requests, bars and holds (F9), exports of data (A8)."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from classkey.school.models.families import ParentLink


class Outcome(models.TextChoices):
    """How a request was decided."""

    REVOKED = "revoked", _("Access ended")
    DECLINED = "declined", _("Left as it is")


class RevocationRequestQuerySet(models.QuerySet["RevocationRequest"]):
    """Requests."""

    def open(self) -> "RevocationRequestQuerySet":
        """Those that wait to be decided."""
        return self.filter(decided_at__isnull=True)


class RevocationRequest(models.Model):
    """Somebody concerned, or support for a `caller`, asks that a parent's access end (F9).

    What they wrote, who they are and how it was decided is for the desk alone.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    link = models.ForeignKey(ParentLink, models.CASCADE, related_name="requests")
    filed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="requests_filed"
    )
    caller = models.CharField(max_length=200, blank=True)
    reason = models.TextField(max_length=2000)
    urgent = models.BooleanField(default=False)
    filed_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField()
    reminded_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="requests_decided"
    )
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True)
    decision = models.TextField(max_length=2000, blank=True)

    objects = RevocationRequestQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["link", "filed_by"],
                condition=Q(decided_at=None),
                name="one_open_request_each",
            ),
            models.CheckConstraint(
                condition=Q(decided_at=None, outcome="")
                | Q(decided_at__isnull=False) & ~Q(outcome=""),
                name="a_decision_has_an_outcome",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(decided_at=None), name="request_open")
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def is_open(self) -> bool:
        """Does it wait to be decided?"""
        return self.decided_at is None

    @property
    def is_late(self) -> bool:
        """Should it have been decided by now?"""
        return self.is_open and self.due_at <= timezone.now()


class BarQuerySet(models.QuerySet["Bar"]):
    """Bars."""

    def standing(self) -> "BarQuerySet":
        """Those that were not lifted."""
        return self.filter(lifted_at__isnull=True)


class Bar(models.Model):
    """A person may not link to a student, nor use the student's codes (F9): by account, and by the
    `address` they had proved, with whichever account it comes back.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    student = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="bars")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="bars_against"
    )
    address = models.EmailField(blank=True)
    made_at = models.DateTimeField(default=timezone.now)
    lifted_at = models.DateTimeField(null=True)

    objects = BarQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["student", "person"],
                condition=Q(lifted_at=None, person__isnull=False),
                name="one_standing_bar_each",
            )
        ]

    def __str__(self) -> str:
        return str(self.pk)


class HoldQuerySet(models.QuerySet["Hold"]):
    """Holds."""

    def standing(self) -> "HoldQuerySet":
        """Those that were not released."""
        return self.filter(released_at__isnull=True)


class Hold(models.Model):
    """While it stands, parent codes for a student are for the adults whom support named (F9)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    student = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="holds")
    put_at = models.DateTimeField(default=timezone.now)
    released_at = models.DateTimeField(null=True)

    objects = HoldQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["student"], condition=Q(released_at=None), name="one_standing_hold"
            )
        ]

    def __str__(self) -> str:
        return str(self.pk)


class DataExport(models.Model):
    """An archive of what is held about a person (A8): asked for at the desk, made by a worker."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="exports")
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    asked_at = models.DateTimeField(default=timezone.now)
    ready_at = models.DateTimeField(null=True)
    content = models.FileField(blank=True)

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def is_ready(self) -> bool:
        """Can it be downloaded?"""
        return self.ready_at is not None


class NamedAdult(models.Model):
    """An adult whom support named, by address, while a hold stands (F9)."""

    hold = models.ForeignKey(Hold, models.CASCADE, related_name="named", db_index=False)
    address = models.EmailField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["hold", "address"], name="one_naming_each"),
        ]

    def __str__(self) -> str:
        return str(self.pk)
