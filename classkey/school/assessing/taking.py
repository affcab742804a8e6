"""Answering a test (C5): answers are kept as they are given, and submitted once."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from classkey.school import access
from classkey.school.access import Action, require
from classkey.school.assessing import scoring
from classkey.school.errors import Refused, Unseen
from classkey.school.models import Answer, Assessment, Attempt, Item, Question
from classkey.school.viewer import Viewer


@dataclass(frozen=True)
class Given:
    """An answer as a page sends it; `seen` is the version that the page knew, 0 if none."""

    texts: Sequence[str]
    seen: int = 0


class ChangedElsewhere(Refused):
    """Another tab has saved another answer since: `kept` is what it saved."""

    def __init__(self, kept: Mapping[uuid.UUID, Answer]) -> None:
        super().__init__(
            _("You have answered this in another tab or on another device. Choose what stays.")
        )
        self.kept = kept


def own_attempt(viewer: Viewer, item: Item) -> Attempt | None:
    """Return the viewer's own attempt at a test, if they have begun."""
    return Attempt.objects.filter(assessment=item.pk, student=viewer.author).first()


@transaction.atomic
def begin(viewer: Viewer, item: Item) -> Attempt:
    """Begin a test, or go on with it. Raises PermissionDenied for who may not take it.

    Holds the test, so that its questions are the same before and after.
    """
    require(viewer, Action.TAKE, item)
    if (attempt := own_attempt(viewer, item)) is not None:
        return attempt
    test = Assessment.objects.select_for_update(no_key=True).get(item=item)
    attempt, _made = Attempt.objects.get_or_create(assessment=test, student=viewer.user)
    return attempt


@transaction.atomic
def save_answers(viewer: Viewer, item: Item, answers: Mapping[uuid.UUID, Given]) -> Attempt:
    """Keep answers, by question. All of them or, if one is refused, none.

    Raises PermissionDenied, Unseen for another test's question, Refused after submission
    and for an answer that the question does not take, ChangedElsewhere.
    """
    attempt = _held(viewer, item)
    _keep(attempt, answers)
    return attempt


@transaction.atomic
def submit(viewer: Viewer, item: Item, answers: Mapping[uuid.UUID, Given]) -> Attempt:
    """Keep the last answers and submit, once; mark what can be marked by itself.

    Raises as `save_answers`; nothing is kept then.
    """
    attempt = _held(viewer, item)
    _keep(attempt, answers)
    attempt.submitted_at = timezone.now()
    attempt.save(update_fields=["submitted_at"])
    _score(attempt)
    return attempt


def _held(viewer: Viewer, item: Item) -> Attempt:
    """Hold the viewer's attempt: a submission and a late answer take turns."""
    require(viewer, Action.TAKE, item)
    begin(viewer, item)
    attempt = Attempt.objects.select_for_update(of=("self",)).get(
        assessment=item.pk, student=viewer.user
    )
    if attempt.submitted_at is not None:
        raise Refused(_("You have submitted this test. Ask your teacher to unlock it for you."))
    return attempt


def _keep(attempt: Attempt, answers: Mapping[uuid.UUID, Given]) -> None:
    questions = {
        question.pk: question
        for question in Question.objects.filter(
            assessment=attempt.assessment_id, pk__in=answers
        ).prefetch_related("choices")
    }
    if set(answers) - set(questions):
        raise Unseen
    before = {answer.question_id: answer for answer in attempt.answers.all()}
    elsewhere = {}
    for pk, given in answers.items():
        texts = _tidy(questions[pk], given.texts)
        answer = before.get(pk)
        if answer is None:
            if texts:
                Answer.objects.create(attempt=attempt, question=questions[pk], given=texts)
        elif answer.given == texts:
            continue
        elif answer.version != given.seen:
            elsewhere[pk] = answer
        else:
            answer.given, answer.saved_at = texts, timezone.now()
            answer.points = answer.marked_by = None
            answer.version += 1
            answer.save()
    if elsewhere:
        raise ChangedElsewhere(elsewhere)


def _tidy(question: Question, texts: Sequence[str]) -> list[str]:
    try:
        return scoring.tidy(question, texts)
    except ValueError as error:
        raise Refused(
            _("This answer cannot be kept: it is too long, or not one of the choices.")
        ) from error


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


def takes(viewer: Viewer, item: Item) -> bool:
    """Tell whether the viewer may answer this test now."""
    attempt = own_attempt(viewer, item)
    is_open = attempt is None or attempt.submitted_at is None
    return is_open and access.can(viewer, Action.TAKE, item)
