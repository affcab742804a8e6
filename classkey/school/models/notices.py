"""What people are told when they come next (F8, K9, P6)."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from classkey.school.models.codes import Code


class NoticeKind(models.TextChoices):
    """What a notice tells; the words are the fronts'."""

    PARENT_LINKED = "parent-linked"
    SIGN_IN_ISSUED = "sign-in-issued"
    CODE_DIES_SOON = "code-dies-soon"
    ACCESS_ENDED = "access-ended"
    ACCESS_LEFT = "access-left"
    LINK_TRIED = "link-tried"


class NoticeQuerySet(models.QuerySet["Notice"]):
    """Notices."""

    def unread(self) -> "NoticeQuerySet":
        """Those that their recipient has not put away."""
        return self.filter(read_at__isnull=True)


class Notice(models.Model):
    """A line for one person: about `student`, and by whose doing (`person`) where the recipient
    may know that; or about a `code`.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="notices", db_index=False
    )
    kind = models.CharField(max_length=20, choices=NoticeKind)
    student = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="+"
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="+"
    )
    code = models.ForeignKey(Code, models.CASCADE, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["recipient", "-at"], condition=Q(read_at=None), name="notice_unread"
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["recipient", "code"],
                condition=Q(code__isnull=False),
                name="one_notice_of_a_code_each",
            )
        ]

    def __str__(self) -> str:
        return str(self.pk)
