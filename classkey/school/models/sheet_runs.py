"""Parent-code sheets on their way to a teacher (F2)."""

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from classkey.school.models.codes import Code
from classkey.school.models.places import Place


class PaperSize(models.TextChoices):
    """What the sheets are printed on."""

    A4 = "a4", "A4"
    LETTER = "us-letter", _("US Letter")


class SheetRun(models.Model):
    """A teacher's request for the sheets of a course or a group in it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    place = models.ForeignKey(Place, models.PROTECT, related_name="sheet_runs", editable=False)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="sheet_runs", editable=False
    )
    requested_at = models.DateTimeField(default=timezone.now, editable=False)
    paper = models.CharField(_("paper"), max_length=10, choices=PaperSize, default=PaperSize.A4)

    def __str__(self) -> str:
        return str(self.pk)


class PartState(models.TextChoices):
    """How far a part is. `MAILING` found later is *in doubt*: out again, with its Message-ID."""

    WAITING = "waiting", _("Waiting")
    MAKING = "making", _("Being made")
    MAILING = "mailing", _("Being mailed")
    MAILED = "mailed", _("Mailed")
    FAILED = "failed", _("Failed")


class SheetPart(models.Model):
    """One mail's worth of sheets, worked on by whoever holds its lease.

    While it waits after a failed attempt, `lease_until` is when its rest is over.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    run = models.ForeignKey(SheetRun, models.CASCADE, related_name="parts")
    number = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=10, choices=PartState, default=PartState.WAITING)
    worker = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    mailed_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["run", "number"], name="one_part_each"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class Sheet(models.Model):
    """One page for one family of one student; its code is made when the part is."""

    part = models.ForeignKey(SheetPart, models.CASCADE, related_name="sheets")
    student = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="parent_code_sheets"
    )
    position = models.PositiveSmallIntegerField()
    code = models.OneToOneField(Code, models.SET_NULL, null=True, related_name="sheet")

    class Meta:
        ordering = ["position"]

    def __str__(self) -> str:
        return str(self.pk)
