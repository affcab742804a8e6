"""Answering a test (C5): answers are kept as they are given, and submitted once."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.db.models import Count, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from classkey.school.access import Action, require
from classkey.school.assessing import scoring
from classkey.school.errors import Refused, Unseen
from classkey.school.models import Answer, Assessment, Attempt, Item, Question
from classkey.school.viewer import Eyes, Viewer


@dataclass(frozen=True)
class Given:
    """An answer as a page sends it; `seen` is the version that the page knew, 0 if none."""

    texts: Sequence[str]
    seen: int = 0


class ChangedElsewhere(Refused):
    """Another tab has saved another answer since: `kept` is what it saved, by question."""

    def __init__(self, kept: Mapping[uuid.UUID, Answer]) -> None:
        super().__init__(
            _("You have answered this in another tab or on another device. Choose what stays.")
        )
        self.kept = kept


class Unfit(Refused):
    """A question does not take such an answer."""

    def __init__(self, question: Question) -> None:
        if question.has_choices:
            message = _("This is not one of the choices. Load this page again.")
        else:
            most = scoring.LONGEST[question.kind]
            message = _("This answer is too long to be saved: at most %(most)s characters.")
            message %= {"most": most}
        super().__init__(message)
        self.question = question


@dataclass(frozen=True)
class Outline:
    """How many questions a test has, and how many points they are worth together."""

    questions: int
    points: Decimal


def outline(item: Item) -> Outline:
    """Return how long a test is. One query."""
    return Outline(
        **Question.objects.filter(assessment=item.pk).aggregate(
            questions=Count("pk"), points=Sum("points", default=Decimal(0))
        )
    )


def is_for(viewer: Viewer) -> bool:
    """Tell whether the viewer looks at tests as those do who take them: a student does, and who
    looks with a student's eyes.
    """
    if viewer.preview is not None:
        return viewer.preview.eyes is Eyes.STUDENT
    return viewer.is_themself and viewer.user.is_student


def own_attempt(viewer: Viewer, item: Item) -> Attempt | None:
    """Return the viewer's own attempt at a test, if they have begun."""
    return Attempt.objects.filter(assessment=item.pk, student=viewer.author).first()


@transaction.atomic
def begin(viewer: Viewer, item: Item) -> Attempt:
    """Begin a test, or go on with it.

    Raises PermissionDenied for who may not take it, and Refused while it has no questions.
    Holds the test, so that its questions are the same before and after.
    """
    require(viewer, Action.TAKE, item)
    if (attempt := own_attempt(viewer, item)) is not None:
        return attempt
    test = _hold_test(item)
    if not test.questions.exists():
        raise Refused(_("This test has no questions yet. Come back later."))
    attempt, _made = Attempt.objects.get_or_create(assessment=test, student=viewer.user)
    return attempt


@transaction.atomic
def save_answers(
    viewer: Viewer, item: Item, answers: Mapping[uuid.UUID, Given]
) -> dict[uuid.UUID, Answer]:
    """Keep answers, by question: all of them or, if one is refused, none. Return all that the
    student has given so far.

    Raises PermissionDenied, Unseen for another test's question, Refused after submission,
    Unfit for an answer that the question does not take, ChangedElsewhere.
    """
    return _keep(_held(viewer, item), answers)


@transaction.atomic
def submit(viewer: Viewer, item: Item, answers: Mapping[uuid.UUID, Given]) -> Attempt:
    """Keep the last answers and submit, once; mark what can be marked by itself.

    Raises as `save_answers`; nothing is kept then. Holds the test: a key that changes meanwhile
    marks this attempt anew.
    """
    require(viewer, Action.TAKE, item)
    _hold_test(item)
    attempt = _held(viewer, item)
    _keep(attempt, answers)
    attempt.submitted_at = timezone.now()
    attempt.save(update_fields=["submitted_at"])
    _score(attempt)
    return attempt


def _hold_test(item: Item) -> Assessment:
    return Assessment.objects.select_for_update(no_key=True).get(item=item)


def _held(viewer: Viewer, item: Item) -> Attempt:
    """Hold the viewer's attempt: a submission and a late answer take turns."""
    begun = begin(viewer, item)
    attempt = Attempt.objects.select_for_update(of=("self",)).get(pk=begun.pk)
    if attempt.submitted_at is not None:
        raise Refused(_("You have submitted this test. Ask your teacher to unlock it for you."))
    return attempt


def _keep(attempt: Attempt, answers: Mapping[uuid.UUID, Given]) -> dict[uuid.UUID, Answer]:
    questions = {
        question.pk: question
        for question in Question.objects.filter(
            assessment=attempt.assessment_id, pk__in=answers
        ).prefetch_related("choices")
    }
    if set(answers) - set(questions):
        raise Unseen
    kept = {answer.question_id: answer for answer in attempt.answers.all()}
    elsewhere = {}
    for pk, given in answers.items():
        texts = _tidy(questions[pk], given.texts)
        answer = kept.get(pk)
        if answer is None:
            if texts:
                made = Answer(attempt=attempt, question=questions[pk], given=texts)
                made.save(force_insert=True)
                kept[pk] = made
        elif answer.given == texts:
            continue
        elif answer.version != given.seen:
            elsewhere[pk] = answer
        else:
            _change(answer, texts)
    if elsewhere:
        raise ChangedElsewhere(elsewhere)
    return kept


def _change(answer: Answer, texts: list[str]) -> None:
    """Give another answer; how the one before was marked says nothing of it."""
    answer.given, answer.saved_at = texts, timezone.now()
    answer.points = answer.marked_by = None
    answer.version += 1
    answer.save(update_fields=["given", "saved_at", "points", "marked_by", "version"])


def _tidy(question: Question, texts: Sequence[str]) -> list[str]:
    """Return an answer as it is kept, whichever way its lines end."""
    lines = [text.replace("\r\n", "\n") for text in texts]
    try:
        return scoring.tidy(question, lines)
    except ValueError as error:
        raise Unfit(question) from error


def _score(attempt: Attempt) -> None:
    """Mark what can be marked by itself; what was not answered is worth nothing. What a teacher
    marked before unlocking, and the student left as it was, stays marked.
    """
    given = {answer.question_id: answer for answer in attempt.answers.all()}
    questions = Question.objects.filter(assessment=attempt.assessment_id)
    for question in questions.prefetch_related("choices"):
        answer = given.get(question.pk) or Answer(attempt=attempt, question=question)
        if answer.marked_by_id is None:
            answer.points = scoring.score(question, answer.given)
            answer.save()
