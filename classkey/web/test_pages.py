"""What the page of a test shows (C5): to its students, to their parents, and to who runs it."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from classkey.school import access
from classkey.school.access import Action, can
from classkey.school.assessing import marking, results, scoring, taking
from classkey.school.assessing.results import Released
from classkey.school.models import Answer, Attempt, Item, Question
from classkey.school.viewer import Viewer


@dataclass(frozen=True)
class Line:
    """One question with the answer to it; None stands for what its reader is not told."""

    text: str
    answer: Sequence[str]
    worth: Decimal | None
    earned: Decimal | None
    remark: str
    right: Sequence[str] | None


def context(viewer: Viewer, item: Item) -> dict[str, Any]:
    """Return what `web/tests/summary.html` needs.

    A parent is told nothing of a test before their child has submitted it, not even its length
    (C5, F6); who makes or runs it may go to its pages; students take it. Others read what it is.
    """
    if viewer.is_parent:
        return {"stage": "awaited"} | _submitted(viewer, item)
    if running := _running(viewer, item):
        return running
    return _own_part(viewer, item) if taking.is_for(viewer) else {}


def _running(viewer: Viewer, item: Item) -> dict[str, Any]:
    may_edit, may_see_results = (
        can(viewer, action, item) for action in (Action.EDIT, Action.SEE_RESULTS)
    )
    if not (may_edit or may_see_results):
        return {}
    may_mark = can(viewer, Action.MARK, item)
    return {
        "stage": "run",
        "outline": taking.outline(item),
        "may_edit_test": may_edit,
        "may_see_results": may_see_results,
        "may_mark": may_mark,
        "waiting": marking.waiting_answers(viewer, item).count() if may_mark else 0,
    }


def _own_part(viewer: Viewer, item: Item) -> dict[str, Any]:
    if submitted := _submitted(viewer, item):
        return submitted
    return {
        "stage": "fresh" if taking.own_attempt(viewer, item) is None else "begun",
        "outline": taking.outline(item),
        "show_points": item.assessment.show_points,
        "may_take": can(viewer, Action.TAKE, item),
        "is_locked": item.assessment.locked,
        "is_archived": item.place.root.archived_at is not None,
    }


def _submitted(viewer: Viewer, item: Item) -> dict[str, Any]:
    """Return the submitted attempt that a viewer may read as their own or their child's."""
    attempts = access.visible_attempts(viewer).filter(
        assessment=item.pk, submitted_at__isnull=False
    )
    if not viewer.is_parent:
        attempts = attempts.filter(student=viewer.author)
    if (attempt := attempts.select_related("assessment", "student").first()) is None:
        return {}
    return _sheet(attempt, results.released(viewer, attempt))


def _sheet(attempt: Attempt, released: Released) -> dict[str, Any]:
    sheet = results.sheet(attempt)
    return {
        "stage": "submitted",
        "attempt": attempt,
        "lines": [_line(question, answer, released) for question, answer in sheet.lines],
        "grade": sheet.grade if released.grade else None,
        "show_points": released.points,
        "show_marks": released.marks,
    }


def _line(question: Question, answer: Answer | None, released: Released) -> Line:
    marked = answer if answer and answer.points is not None else None
    return Line(
        text=question.text,
        answer=scoring.in_words(question, answer.given) if answer else [],
        worth=question.points if released.points else None,
        earned=marked.points if marked and released.marks else None,
        remark=marked.remark if marked and released.grade else "",
        right=scoring.key_in_words(question) if released.right_answers else None,
    )
