"""Marking (C5): by hand what a teacher has to mark, and by itself what a new key changes."""

import uuid
from decimal import Decimal

from django.db import transaction
from django.db.models import Count, Min, Q, QuerySet
from django.utils.translation import gettext as _

from classkey.school import access, audit
from classkey.school.access import Action, require
from classkey.school.assessing import scoring
from classkey.school.errors import Refused, Unseen
from classkey.school.models import Answer, Attempt, AuditAction, Item, Question
from classkey.school.viewer import Viewer


def waiting_tests(viewer: Viewer) -> QuerySet[Item]:
    """Return the tests with answers that wait for the viewer, each with their number `waiting`,
    those that have waited longest first.
    """
    submitted = Q(
        assessment__attempts__submitted_at__isnull=False,
        assessment__attempts__student__is_active=True,
        assessment__attempts__answers__points__isnull=True,
        assessment__attempts__answers__isnull=False,
    )
    tests = access.allowed(viewer, Action.MARK, Item).filter(submitted)
    counted = tests.annotate(
        waiting=Count("assessment__attempts__answers", filter=submitted),
        since=Min("assessment__attempts__submitted_at", filter=submitted),
    )
    return counted.select_related("place__root").order_by("since", "pk")


def waiting_count(viewer: Viewer) -> int:
    """Return how many answers wait for the viewer, in all their tests. One query."""
    tests = access.allowed(viewer, Action.MARK, Item)
    return _submitted().filter(points=None, attempt__assessment__in=tests.values("pk")).count()


def submitted_answers(viewer: Viewer, item: Item) -> QuerySet[Answer]:
    """Return the submitted answers of a test that the viewer may look at, question by question,
    those that have waited longest first.
    """
    attempts = access.visible_attempts(viewer).filter(assessment=item.pk)
    answers = _submitted().filter(attempt__in=attempts.values("pk"))
    return (
        answers.select_related("question", "attempt__student")
        .prefetch_related("question__choices")
        .order_by("question__position", "question", "attempt__submitted_at", "pk")
    )


def waiting_answers(viewer: Viewer, item: Item) -> QuerySet[Answer]:
    """Return those of them that wait to be marked."""
    return submitted_answers(viewer, item).filter(points=None)


def _submitted() -> QuerySet[Answer]:
    return Answer.objects.filter(
        attempt__submitted_at__isnull=False, attempt__student__is_active=True
    )


@transaction.atomic
def mark(
    viewer: Viewer,
    item: Item,
    attempt_pk: uuid.UUID,
    question_pk: uuid.UUID,
    points: Decimal,
    remark: str = "",
    *,
    seen: int,
) -> Answer:
    """Give an answer its points, from 0 to the question's, and a remark.

    `seen` is the version of the answer that was read. Raises PermissionDenied, Unseen, and
    Refused where it is not submitted, has changed since, or the points are too many.
    """
    attempt = _held(viewer, item, attempt_pk)
    answer = attempt.answers.select_related("question").filter(question=question_pk).first()
    if answer is None or attempt.submitted_at is None:
        raise Refused(_("This test is not submitted, so it cannot be marked yet."))
    if answer.version != seen:
        raise Refused(_("The student has changed this answer. Load this page again to read it."))
    if not 0 <= points <= answer.question.points:
        most = scoring.as_text(answer.question.points)
        raise Refused(_("Give between 0 and %(most)s points.") % {"most": most})
    answer.points, answer.remark, answer.marked_by = points, remark, viewer.user
    answer.save(update_fields=["points", "remark", "marked_by"])
    return answer


@transaction.atomic
def unlock(viewer: Viewer, item: Item, attempt_pk: uuid.UUID) -> Attempt:
    """Let a student go on with a test that they have submitted (C5). Their answers stay, and so
    do the marks of those that they do not change.

    Raises PermissionDenied, Unseen.
    """
    attempt = _held(viewer, item, attempt_pk)
    if attempt.submitted_at is not None:
        attempt.submitted_at = None
        attempt.save(update_fields=["submitted_at"])
        audit.record(
            viewer,
            AuditAction.ATTEMPT_UNLOCKED,
            subject=attempt.student,
            place=item.place,
            thing=item.pk,
        )
    return attempt


def _held(viewer: Viewer, item: Item, attempt_pk: uuid.UUID) -> Attempt:
    require(viewer, Action.MARK, item)
    theirs = access.visible_attempts(viewer).filter(assessment=item.pk, pk=attempt_pk)
    held = Attempt.objects.select_for_update(of=("self",)).filter(pk__in=theirs.values("pk"))
    if (attempt := held.first()) is None:
        raise Unseen
    return attempt


def mark_anew(question: Question) -> None:
    """Mark by its new key what was marked by itself; by hand no more than it is worth now, also
    in a test that was unlocked.

    The caller holds the test and its attempts.
    """
    marked = question.answers.filter(
        Q(attempt__submitted_at__isnull=False) | Q(marked_by__isnull=False)
    )
    fresh = Question.objects.prefetch_related("choices").get(pk=question.pk)
    changed = list(marked.select_for_update(of=("self",)))
    for answer in changed:
        if answer.marked_by_id is None:
            answer.points = scoring.score(fresh, answer.given)
        elif answer.points is not None:
            answer.points = min(answer.points, fresh.points)
    Answer.objects.bulk_update(changed, ["points"], batch_size=500)
