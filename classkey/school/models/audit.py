"""The append-only audit log and its seals (A1)."""

from typing import Any, NoReturn, TypeVar

from django.db import models
from django.utils import timezone

Row = TypeVar("Row", bound=models.Model)


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
    ACCOUNT_DEACTIVATED = "account.deactivated"
    ACCOUNT_ERASED = "account.erased"
    DATA_EXPORTED = "data.exported"
    REQUEST_FILED = "request.filed"
    REQUEST_DECIDED = "request.decided"
    BAR_MADE = "bar.made"
    BAR_LIFTED = "bar.lifted"
    HOLD_PUT = "hold.put"
    HOLD_RELEASED = "hold.released"
    PERSON_LOOKED_AT = "person.looked-at"
    LOG_EXPORTED = "log.exported"


class AppendOnlyQuerySet(models.QuerySet[Row]):
    """Rows that stay as they are: read them, add to them."""

    def update(self, **_fields: Any) -> NoReturn:
        """Refuse: raises TypeError."""
        raise TypeError("The audit log is append-only.")

    def delete(self) -> NoReturn:
        """Refuse: raises TypeError."""
        raise TypeError("The audit log is append-only.")


class AppendOnly(models.Model):
    """A row that is added and never changed; the database refuses it too."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Add the row; raises TypeError if it is there already."""
        if not self._state.adding:
            raise TypeError("The audit log is append-only.")
        super().save(*args, **kwargs)

    def delete(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        """Refuse: raises TypeError."""
        raise TypeError("The audit log is append-only.")


class AuditEvent(AppendOnly):
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

    objects = AppendOnlyQuerySet["AuditEvent"].as_manager()

    def __str__(self) -> str:
        return str(self.pk)


class AuditSeal(AppendOnly):
    """A batch of lines, sealed: a link of the chain that `sealing` makes and checks.

    `lines` are their ids, as `id_ranges` writes them, and `count` how many. `up_to` is the highest
    id that this or an earlier seal covers. `previous` is the digest of the seal before, empty in
    the first; being unique, it lets one seal alone follow another. Digests are hex SHA-256.
    """

    previous = models.CharField(max_length=64, blank=True, unique=True)
    sealed_at = models.DateTimeField(default=timezone.now)
    lines = models.TextField()
    count = models.PositiveIntegerField()
    up_to = models.BigIntegerField()
    digest = models.CharField(max_length=64)

    objects = AppendOnlyQuerySet["AuditSeal"].as_manager()

    def __str__(self) -> str:
        return str(self.pk)
