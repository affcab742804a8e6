"""Parent-code sheets on their way to a teacher (F2)."""

import datetime
import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from classkey.accounts.models import LONGEST_TAG
from classkey.school.models.codes import Code
from classkey.school.models.places import Place


class PaperSize(models.TextChoices):
    """What the sheets are printed on."""

    A4 = "a4", "A4"
    LETTER = "us-letter", _("US Letter")


class SheetRun(models.Model):
    """A teacher's request for the sheets of a course or a group in it.

    `language` is for the students of whom nobody has said what is read at home.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    place = models.ForeignKey(Place, models.PROTECT, related_name="sheet_runs", editable=False)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="sheet_runs", editable=False
    )
    requested_at = models.DateTimeField(default=timezone.now, editable=False)
    paper = models.CharField(_("paper"), max_length=10, choices=PaperSize, default=PaperSize.A4)
    large_print = models.BooleanField(default=False)
    language = models.CharField(max_length=LONGEST_TAG, default="en")

    def __str__(self) -> str:
        return str(self.pk)


class PartState(models.TextChoices):
    """How far a part is. `MAILING` found later is *in doubt*: out again, with its Message-ID."""

    WAITING = "waiting", _("Waiting")
    MAKING = "making", _("Being made")
    MAILING = "mailing", _("Being mailed")
    MAILED = "mailed", _("Mailed")
    FAILED = "failed", _("Failed")
    VOIDED = "voided", _("Void")


OVER = frozenset({PartState.MAILED, PartState.FAILED, PartState.VOIDED})
"""Nobody works on a part that is one of these."""


class Failure(models.TextChoices):
    """Why a part was given up, as its teacher reads it."""

    NO_ADDRESS = (
        "no-address",
        _("Your e-mail address is not proved any more. Prove it, then try again."),
    )
    NOT_THEIR_TEACHER = "not-teacher", _("You are not a teacher of these students any more.")
    NOBODY = "nobody", _("There is no student here any more to make a sheet for.")
    NO_MAIL = "no-mail", _("The mail server did not take the mail. Please try again later.")
    BROKEN = "broken", _("The sheets could not be made. Please try again, or ask support.")


class SheetPart(models.Model):
    """One mail's worth of sheets, worked on by whoever holds its lease.

    While it waits after a refused mail, `lease_until` is when its rest is over. `attempts` counts
    how often it was taken up since that last ended in order, `refusals` how often its mail was
    refused. `in_doubt`: a mail may have come before the one that is known to be sent. Each time
    that its teacher tries again there are new codes, and so another mail: `series` counts them.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    run = models.ForeignKey(SheetRun, models.CASCADE, related_name="parts")
    number = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=10, choices=PartState, default=PartState.WAITING)
    worker = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    refusals = models.PositiveSmallIntegerField(default=0)
    series = models.PositiveSmallIntegerField(default=0)
    in_doubt = models.BooleanField(default=False)
    mailed_at = models.DateTimeField(null=True)
    failure = models.CharField(max_length=15, choices=Failure, blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["run", "number"], name="one_part_each"),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def is_over(self) -> bool:
        """Does nobody work on it any more?"""
        return self.state in OVER

    @property
    def is_failed(self) -> bool:
        """Was it given up?"""
        return self.state == PartState.FAILED

    @property
    def next_try(self) -> datetime.datetime | None:
        """When its mail goes out again after a refusal; None if it is not resting."""
        return self.lease_until if self.state == PartState.WAITING else None


class Sheet(models.Model):
    """One page for one family of one student; its code is made when the part is."""

    part = models.ForeignKey(SheetPart, models.CASCADE, related_name="sheets")
    student = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="parent_code_sheets"
    )
    position = models.PositiveSmallIntegerField()
    code = models.OneToOneField(Code, models.SET_NULL, null=True, related_name="sheet")
    voided_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["position"]

    def __str__(self) -> str:
        return str(self.pk)
