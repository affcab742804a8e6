"""Codes and their redemptions (section 4 of the rules)."""

import datetime
import uuid
from functools import partial
from typing import cast

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from classkey.prepared import Prepared
from classkey.school import clock, code_text, code_vault
from classkey.school.code_text import CodeKind
from classkey.school.models.places import Place

LIFETIME = datetime.timedelta(days=14)
"""How long a code lives, to the second (K2)."""


class Audience(models.TextChoices):
    """Whom a registration code is for (K10)."""

    STUDENTS = "students", _("Students")
    INSTRUCTORS = "instructors", _("Teachers")
    BOTH = "both", _("Students and teachers")
    MY_PARENTS = "my-parents", _("My parents")


class CodeQuerySet(models.QuerySet["Code"]):
    """Codes."""

    def live(self) -> "CodeQuerySet":
        """Those neither expired, deleted nor used up."""
        has_uses_left = Q(max_uses__isnull=True) | Q(uses__lt=models.F("max_uses"))
        return self.usable(timezone.now()).filter(has_uses_left)

    def usable(self, now: datetime.datetime) -> "CodeQuerySet":
        """Those that live, or would but for their limit of uses."""
        return self.filter(
            Q(last_day__isnull=True) | Q(last_day__gte=clock.today()),
            deleted_at__isnull=True,
            expires_at__gt=now,
        )


class Code(models.Model):
    """A registration code of `place`, or a parent code for `student` (made in `place`, if any).

    `uses` counts only where `max_uses` limits it; else count the redemptions. `ciphertext` is empty
    once the code has been dead for so long that nobody is shown it any more (`purging`).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=12, choices=[(kind.value, kind.value) for kind in CodeKind])
    digest = models.BinaryField(max_length=32, unique=True)
    ciphertext = models.BinaryField()
    last_four = models.CharField(max_length=4)
    place = models.ForeignKey(Place, models.CASCADE, null=True, related_name="codes")
    student = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="parent_codes"
    )
    audience = models.CharField(max_length=12, choices=Audience, blank=True)
    permission = models.PositiveSmallIntegerField(default=1)
    max_uses = models.PositiveIntegerField(null=True)
    uses = models.PositiveIntegerField(default=0)
    last_day = models.DateField(null=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="codes_made"
    )
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True)

    objects = CodeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="registration", place__isnull=False, student__isnull=True)
                & ~Q(audience="")
                | Q(kind="parent", student__isnull=False, audience=""),
                name="a_code_opens_one_thing",
            ),
            models.CheckConstraint(
                condition=Q(max_uses__isnull=True) | Q(uses__lte=models.F("max_uses")),
                name="a_limit_of_uses_holds",
            ),
        ]

    def __str__(self) -> str:
        return f"…{self.last_four}"

    @property
    def text(self) -> str:
        """The code as it is written, for those who may see it (K6)."""
        return code_text.display(code_vault.unseal(bytes(self.ciphertext)))

    @property
    def can_be_opened(self) -> bool:
        """Is its text kept, and the key there that opens it? Else nobody sees or redeems it."""
        return code_vault.can_unseal(bytes(self.ciphertext))

    @property
    def is_parent_code(self) -> bool:
        """Does it link a parent to a student?"""
        return self.kind == CodeKind.PARENT

    @property
    def opens_place(self) -> Place:
        """The place of a registration code; it has one (`a_code_opens_one_thing`)."""
        return cast("Place", self.place)

    @property
    def is_for_my_parents(self) -> bool:
        """Does it let its maker's parents read a workspace (F7)?"""
        return self.audience == Audience.MY_PARENTS

    @property
    def is_for_a_class(self) -> bool:
        """Is it one to be shown to a whole class (K9)?"""
        return self.audience in {Audience.STUDENTS, Audience.BOTH}

    @property
    def dies_at(self) -> datetime.datetime:
        """When it dies by itself: after its fourteen days (K2), or with the last day that it lets
        people in for (K10).
        """
        if self.last_day is None or self.last_day >= timezone.localdate(self.expires_at):
            return self.expires_at
        return clock.end_of(self.last_day)

    def hold(self) -> bool:
        """Keep the code from being deleted until the transaction ends; False if it has died.

        Its limit of uses does not matter here: who used it may come back with it (K12).
        Any number may hold a code at once: nobody queues. Where rows are not locked (SQLite),
        writers take turns anyway. Raises TransactionManagementError outside a transaction.
        """
        return bool(_held(self.pk, timezone.now()))

    @property
    def is_expired(self) -> bool:
        """Has it died by itself?"""
        return self.dies_at <= timezone.now()

    @property
    def is_used_up(self) -> bool:
        """Has it reached its limit of uses?"""
        return self.max_uses is not None and self.uses >= self.max_uses

    @property
    def is_live(self) -> bool:
        """Is it neither expired, deleted nor used up?"""
        return self.deleted_at is None and not self.is_expired and not self.is_used_up


@partial(Prepared, lock="FOR KEY SHARE")
def _held(pk: uuid.UUID, now: datetime.datetime) -> models.QuerySet[Code, uuid.UUID]:
    return Code.objects.usable(now).filter(pk=pk).order_by().values_list("pk", flat=True)


class Redemption(models.Model):
    """One person's use of one code."""

    code = models.ForeignKey(Code, models.CASCADE, related_name="redemptions", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="redemptions")
    redeemed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code", "user"], name="one_redemption_each"),
        ]

    def __str__(self) -> str:
        return str(self.pk)
