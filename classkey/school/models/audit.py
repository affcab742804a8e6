"""The append-only audit log (A1)."""

from typing import Any, NoReturn

from django.db import models
from django.utils import timezone


class AuditAction(models.TextChoices):
    """What changed somebody's access."""

    CODE_MADE = "code.made"
    CODE_REDEEMED = "code.redeemed"
    CODE_REFUSED = "code.refused"
    CODE_DELETED = "code.deleted"
    PLACE_MADE = "place.made"
    ACCOUNT_MADE = "account.made"
    SIGN_IN_ISSUED = "sign-in.issued"
    MEMBER_IN = "member.in"
    MEMBER_OUT = "member.out"
    MEMBER_CHANGED = "member.changed"
    LINK_MADE = "link.made"
    LINK_PAUSED = "link.paused"
    LINK_RESUMED = "link.resumed"
    LINK_ENDED = "link.ended"
    GRANT_MADE = "grant.made"
    TOGGLE_FLIPPED = "toggle.flipped"
    ITEM_MOVED = "item.moved"
    ITEM_DELETED = "item.deleted"
    ITEM_RESTORED = "item.restored"
    COURSE_ARCHIVED = "course.archived"
    COURSE_REOPENED = "course.reopened"
    COURSE_COPIED = "course.copied"
    RESULTS_RELEASED = "results.released"
    ATTEMPT_UNLOCKED = "attempt.unlocked"
    SHEETS_ASKED = "sheets.asked"
    ADMINISTRATOR_CHANGED = "administrator.changed"
    REQUEST_FILED = "request.filed"
    REQUEST_DECIDED = "request.decided"
    BAR_MADE = "bar.made"
    BAR_LIFTED = "bar.lifted"
    HOLD_PUT = "hold.put"
    HOLD_RELEASED = "hold.released"
    PERSON_LOOKED_AT = "person.looked-at"
    LOG_EXPORTED = "log.exported"


class AuditQuerySet(models.QuerySet["AuditEvent"]):
    """Lines of the log: read them, add to them."""

    def update(self, **_fields: Any) -> NoReturn:
        """Refuse: raises TypeError."""
        raise TypeError("The audit log is append-only.")

    def delete(self) -> NoReturn:
        """Refuse: raises TypeError."""
        raise TypeError("The audit log is append-only.")


class AuditEvent(models.Model):
    """Who did what to whom, when and from where. Ids only, never names; no foreign keys (A8)."""

    at = models.DateTimeField(default=timezone.now, db_index=True)
    action = models.CharField(max_length=30, choices=AuditAction)
    actor = models.UUIDField(null=True)
    subject = models.UUIDField(null=True)
    place = models.UUIDField(null=True)
    thing = models.UUIDField(null=True)
    code_last_four = models.CharField(max_length=4, blank=True)
    detail = models.CharField(max_length=200, blank=True)
    origin = models.CharField(max_length=45, blank=True)

    objects = AuditQuerySet.as_manager()

    def __str__(self) -> str:
        return str(self.pk)

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Add the line; raises TypeError if it is there already."""
        if not self._state.adding:
            raise TypeError("The audit log is append-only.")
        super().save(*args, **kwargs)

    def delete(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        """Refuse: raises TypeError."""
        raise TypeError("The audit log is append-only.")
