"""Tests: their questions, and what students answer (C5)."""

import uuid
from decimal import Decimal

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from classkey.school.models.items import Item


class Assessment(models.Model):
    """The settings of a test; its title, place and toggles are its item's."""

    item = models.OneToOneField(
        Item, models.CASCADE, primary_key=True, related_name="assessment", editable=False
    )
    passing_grade = models.PositiveSmallIntegerField(
        _("passing grade, in percent"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(100)],
        help_text=_("Empty: nobody passes or fails."),
    )
    show_points = models.BooleanField(_("show the points of each question"), default=True)
    show_grade_to_students = models.BooleanField(_("show the grade to students"), default=True)
    show_answers_to_students = models.BooleanField(
        _("show the right answers to students"), default=False
    )
    show_grade_to_parents = models.BooleanField(_("show the grade to parents"), default=False)
    show_answers_to_parents = models.BooleanField(
        _("show the right answers to parents"), default=False
    )
    locked = models.BooleanField(
        _("locked"), default=False, help_text=_("Nobody can answer or submit.")
    )

    def __str__(self) -> str:
        return str(self.pk)


class QuestionKind(models.TextChoices):
    """How a question is answered (C5)."""

    ONE_CHOICE = "one-choice", _("One choice")
    SEVERAL_CHOICES = "several-choices", _("Several choices")
    TRUE_FALSE = "true-false", _("True or false")
    NUMBER = "number", _("Number")
    SHORT_TEXT = "short-text", _("Short text")
    LONG_TEXT = "long-text", _("Long text")


class Question(models.Model):
    """A question and its key: `choices`, `is_true`, `number` within `tolerance`, or the lines of
    `accepted`. A short text without accepted lines, and every long text, is marked by hand.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    assessment = models.ForeignKey(Assessment, models.CASCADE, related_name="questions")
    position = models.PositiveIntegerField()
    kind = models.CharField(max_length=20, choices=QuestionKind, editable=False)
    text = models.TextField(_("question"), max_length=5_000)
    points = models.DecimalField(
        _("points"),
        max_digits=5,
        decimal_places=2,
        default=Decimal(1),
        validators=[MinValueValidator(Decimal(0))],
    )
    is_true = models.BooleanField(_("right answer"), null=True)
    number = models.DecimalField(_("right number"), max_digits=18, decimal_places=6, null=True)
    tolerance = models.DecimalField(
        _("tolerance"),
        max_digits=18,
        decimal_places=6,
        default=Decimal(0),
        validators=[MinValueValidator(Decimal(0))],
        help_text=_("How far an answer may be off and still be right."),
    )
    accepted = models.TextField(
        _("accepted answers"),
        blank=True,
        max_length=2_000,
        help_text=_("One a line. Capitals and spaces do not matter. Empty: you mark it by hand."),
    )

    class Meta:
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def has_choices(self) -> bool:
        """Is it answered by ticking choices?"""
        return self.kind in {QuestionKind.ONE_CHOICE, QuestionKind.SEVERAL_CHOICES}


class Choice(models.Model):
    """One of the answers to choose from."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    question = models.ForeignKey(Question, models.CASCADE, related_name="choices")
    position = models.PositiveIntegerField()
    text = models.CharField(max_length=500)
    is_right = models.BooleanField(default=False)

    class Meta:
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return str(self.pk)


class Attempt(models.Model):
    """One student's go at a test; there is one each. Unlocking takes `submitted_at` away."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    assessment = models.ForeignKey(
        Assessment, models.CASCADE, related_name="attempts", db_index=False
    )
    student = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="attempts")
    begun_at = models.DateTimeField(default=timezone.now)
    submitted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["assessment", "student"], name="one_attempt_each"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class Answer(models.Model):
    """What a student gave to one question: ids of choices, "true" or "false", or one text.

    `version` counts the savings and the markings, so that a second tab, or a second teacher, does
    not overwrite the first unseen.
    `points` is empty until it is marked; `marked_by` is empty where it was marked by itself.
    """

    attempt = models.ForeignKey(Attempt, models.CASCADE, related_name="answers", db_index=False)
    question = models.ForeignKey(Question, models.PROTECT, related_name="answers")
    given = models.JSONField(default=list)
    version = models.PositiveIntegerField(default=1)
    saved_at = models.DateTimeField(default=timezone.now)
    points = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    marked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="answers_marked"
    )
    remark = models.TextField(_("remark"), blank=True, max_length=2_000)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["attempt", "question"], name="one_answer_each"),
            models.CheckConstraint(
                condition=Q(points__isnull=True) | Q(points__gte=0), name="points_are_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)
