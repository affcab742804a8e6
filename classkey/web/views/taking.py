"""Taking a test (C5): the student's own attempt, and nobody else's."""

import uuid
from collections.abc import Mapping
from http import HTTPStatus

from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from classkey.school import access
from classkey.school.access import Action
from classkey.school.assessing import results, taking
from classkey.school.assessing.taking import ChangedElsewhere, Given, Unfit
from classkey.school.errors import Refused, Unseen
from classkey.school.models import Answer, Attempt, Item
from classkey.school.viewer import Viewer
from classkey.web.forms.answers import AnswerBox, answers_sent, boxes, boxes_as_sent
from classkey.web.requests import Request, viewer_of


@require_POST
def begin(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Begin a test, or go on with it."""
    viewer = viewer_of(request)
    item = access.get(viewer, Item, pk, Action.TAKE)
    try:
        taking.begin(viewer, item)
    except Refused as refusal:
        messages.error(request, str(refusal.message))
        return redirect("item", item.pk)
    return redirect("test_take", item.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def take(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Show the questions with the answers so far; without scripts, save all of them."""
    viewer = viewer_of(request)
    item = access.get(viewer, Item, pk)
    attempt = _attempt(request, viewer, item)
    if attempt is not None and request.method == "POST":
        return _save_all(request, viewer, item, attempt)
    access.require(viewer, Action.TAKE, item)
    if attempt is None or attempt.submitted_at is not None:
        return redirect("item", item.pk)
    return _page(request, item, attempt, boxes(results.sheet(attempt)))


def _save_all(request: Request, viewer: Viewer, item: Item, attempt: Attempt) -> HttpResponse:
    """Save the whole page and go on, or show it again with all that was typed."""
    sent = answers_sent(request.POST)
    _kept, refusal = _save(viewer, item, sent)
    if refusal is None:
        if request.POST.get("then") == "submit":
            return redirect("test_submit", item.pk)
        messages.success(request, _("Your answers are saved."))
        return redirect("test_take", item.pk)
    shown = boxes_as_sent(results.sheet(attempt), sent, _elsewhere(refusal))
    if isinstance(refusal, Unfit):
        for box in shown:
            box.error = str(refusal.message) if box.question == refusal.question else ""
    return _page(request, item, attempt, shown, refusal)


@require_POST
def save(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Save one answer, and answer a script with what there is to say of it."""
    viewer = viewer_of(request)
    item = access.get(viewer, Item, pk)
    attempt = _attempt(request, viewer, item)
    if attempt is None:
        access.require(viewer, Action.TAKE, item)
        raise Unseen
    sent = answers_sent(request.POST)
    if len(sent) != 1:
        raise BadRequest
    kept, refusal = _save(viewer, item, sent)
    shown = boxes_as_sent(results.sheet(attempt), sent, _elsewhere(refusal))
    [box] = [box for box in shown if box.question.pk in sent]
    if refusal is None:
        answer = kept.get(box.question.pk)
        box.seen = answer.version if answer else 0
    elif not box.elsewhere:
        box.error = str(refusal.message)
    return render(request, "web/tests/take.html#state", {"box": box}, status=_status(refusal))


@require_http_methods(["GET", "HEAD", "POST"])
def submit(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Say what is not answered yet and ask; then submit, once."""
    viewer = viewer_of(request)
    item = access.get(viewer, Item, pk, Action.TAKE)
    attempt = _attempt(request, viewer, item)
    if attempt is None:
        return redirect("item", item.pk)
    if request.method == "POST":
        try:
            taking.submit(viewer, item, {})
        except Refused as refusal:
            messages.error(request, str(refusal.message))
        else:
            messages.success(request, _("Your test is submitted."))
        return redirect("item", item.pk)
    if attempt.submitted_at is not None:
        return redirect("item", item.pk)
    found = boxes(results.sheet(attempt))
    context = _context(item, attempt) | {
        "unanswered": [box for box in found if not box.is_answered],
        "no_numbers": [box for box in found if box.is_no_number],
    }
    return render(request, "web/tests/submit.html", context)


class _Closed(Refused):
    """The test was locked, or its course archived, while the student was answering."""

    def __init__(self) -> None:
        super().__init__(
            _("This test is closed now, so nothing more is saved. What was saved before stays.")
        )


def _save(
    viewer: Viewer, item: Item, sent: Mapping[uuid.UUID, Given]
) -> tuple[Mapping[uuid.UUID, Answer], Refused | None]:
    """Save answers; return what the student has given so far, or why that was refused."""
    try:
        return taking.save_answers(viewer, item, sent), None
    except PermissionDenied:
        return {}, _Closed()
    except Refused as refusal:
        return {}, refusal


def _elsewhere(refusal: Refused | None) -> Mapping[uuid.UUID, Answer]:
    return refusal.kept if isinstance(refusal, ChangedElsewhere) else {}


def _status(refusal: Refused | None) -> int:
    if refusal is None:
        return HTTPStatus.OK
    if isinstance(refusal, ChangedElsewhere):
        return HTTPStatus.CONFLICT
    return HTTPStatus.FORBIDDEN if isinstance(refusal, _Closed) else HTTPStatus.UNPROCESSABLE_ENTITY


def _attempt(request: Request, viewer: Viewer, item: Item) -> Attempt | None:
    """Return the viewer's own attempt.

    Raises Unseen where the page that is sent was somebody else's: another student has signed
    in at this machine since.
    """
    attempt = taking.own_attempt(viewer, item)
    if request.method == "POST" and attempt and request.POST.get("attempt") != str(attempt.pk):
        raise Unseen
    return attempt


def _page(
    request: Request,
    item: Item,
    attempt: Attempt,
    shown: list[AnswerBox],
    refusal: Refused | None = None,
) -> HttpResponse:
    context = _context(item, attempt) | {
        "boxes": shown,
        "refusal": refusal and refusal.message,
        "show_points": item.assessment.show_points,
    }
    return render(request, "web/tests/take.html", context)


def _context(item: Item, attempt: Attempt) -> dict[str, object]:
    return {
        "item": item,
        "attempt": attempt,
        "place": item.place,
        "chain": item.place.chain(),
        "folders": [item],
    }
