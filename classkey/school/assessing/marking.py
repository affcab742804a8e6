"""Marking (C5): by hand what a teacher has to mark, and by itself what a new key changes."""

import uuid
from decimal import Decimal

from django.db import transaction
from django.db.models import Count, Min, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _

from classkey.school import access, audit
from classkey.school.access import Action, require
from classkey.school.assessing import scoring
from classkey.school.errors import Refused, Unseen
from classkey.school.models import Answer, Attempt, AuditAction, Item, Question
from classkey.school.viewer import Viewer

_WAITS = Q(attempt__submitted_at__isnull=False, attempt__student__is_active=True, points=None)
"""Answers that wait to be marked; those of a student who has left the school do not."""


def waiting_tests(viewer: Viewer) -> QuerySet[Item]:
    """Return the tests with answers that wait for the viewer, each with their number `waiting`,
    those that have waited longest first.
    """
    waiting = (
        Answer.objects.filter(_WAITS, attempt__assessment=OuterRef("pk"))
        .order_by()
        .values("attempt__assessment")
    )
    tests = access.allowed(viewer, Action.MARK, Item).annotate(
        waiting=Subquery(waiting.annotate(number=Count("pk")).values("number")),
        since=Subquery(waiting.annotate(at=Min("attempt__submitted_at")).values("at")),
    )
    return tests.filter(waiting__gt=0).select_related("place__root").order_by("since", "pk")


def waiting_count(viewer: Viewer) -> int:
    """Return how many answers wait for the viewer, in all their tests. One query."""
    tests = access.allowed(viewer, Action.MARK, Item)
    return Answer.objects.filter(_WAITS, attempt__assessment__in=tests.values("pk")).count()


def answers(viewer: Viewer, item: Item) -> QuerySet[Answer]:
    """Return the answers to a test that the viewer may look at, submitted or not, question by
    question, those that were submitted first before the others.
    """
    attempts = access.visible_attempts(viewer).filter(assessment=item.pk)
    return (
        Answer.objects.filter(attempt__in=attempts.values("pk"))
        .select_related("question", "attempt__student", "marked_by")
        .prefetch_related("question__choices")
        .order_by("question__position", "question", "attempt__submitted_at", "pk")
    )


def waiting_answers(viewer: Viewer, item: Item) -> QuerySet[Answer]:
    """Return those of them that wait to be marked."""
    return answers(viewer, item).filter(_WAITS)


class ChangedMeanwhile(Refused):
    """The answer is not any more as the teacher has read it."""


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

    `seen` is the version of the answer that was read; marking makes the next one. Raises
    PermissionDenied, Unseen, ChangedMeanwhile where the student or another teacher has changed
    it since, and Refused where it is not submitted or the points are too many.
    """
    attempt = _held(viewer, item, attempt_pk)
    found = attempt.answers.select_related("question", "marked_by").filter(question=question_pk)
    if (answer := found.first()) is None:
        raise Unseen
    if attempt.submitted_at is None:
        raise Refused(
            _("The student is working on this test. It can be marked when they have submitted it.")
        )
    if (answer.points, answer.remark, answer.marked_by) == (points, remark, viewer.user):
        return answer  # the same, sent twice: by a field that was left, and by its form
    if answer.version != seen:
        raise ChangedMeanwhile(_how_it_changed(answer))
    if not 0 <= points <= answer.question.points:
        most = scoring.as_text(answer.question.points)
        raise Refused(_("Give between 0 and %(most)s points.") % {"most": most})
    answer.points, answer.remark, answer.marked_by = points, remark, viewer.user
    answer.version += 1
    answer.save(update_fields=["points", "remark", "marked_by", "version"])
    return answer


def _how_it_changed(answer: Answer) -> str:
    if answer.marked_by is None or answer.points is None:
        return _("The student has changed this answer meanwhile. Read it again, then save again.")
    said = _("%(name)s has given %(points)s of %(most)s meanwhile. Save again to change that.")
    return said % {
        "name": answer.marked_by.full_name,
        "points": scoring.as_text(answer.points),
        "most": scoring.as_text(answer.question.points),
    }


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
        if answer.marked_by_id is not None and answer.points is not None:
            answer.points = min(answer.points, fresh.points)
        else:
            answer.points = scoring.score(fresh, answer.given)
    Answer.objects.bulk_update(changed, ["points"], batch_size=500)
