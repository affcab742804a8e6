"""Marking tests, and their results (C5)."""

import uuid
from http import HTTPStatus

from defusedcsv import csv
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from classkey.school import access
from classkey.school.access import Action, can
from classkey.school.assessing import marking, results
from classkey.school.errors import Refused, Unseen
from classkey.school.models import Answer, Attempt, Item
from classkey.school.viewer import Viewer
from classkey.web.forms.assessments import MarkForm, answers_named, mark_forms
from classkey.web.histogram import histogram
from classkey.web.requests import Request, viewer_of
from classkey.web.results import Sorting, csv_rows

MOST = 60
"""How many answers stand on a page to mark."""


@require_safe
def to_mark(request: Request) -> HttpResponse:
    """List the tests with answers that wait to be marked by a teacher."""
    if not request.user.is_instructor:
        raise PermissionDenied
    context = {"tests": marking.waiting_tests(viewer_of(request))}
    return render(request, "web/tests/to_mark.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def mark(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Mark the answers that wait, question by question: one in place, or all that were filled."""
    viewer = viewer_of(request)
    item = access.get(viewer, Item, pk, Action.MARK)
    waiting = marking.waiting_answers(viewer, item)
    wrong: list[MarkForm] = []
    if request.method == "POST":
        answers = marking.submitted_answers(viewer, item)
        if request.htmx:
            return _mark_one(request, viewer, item, answers)
        wrong = _mark_all(request, viewer, item, answers)
        if not wrong:
            return redirect("test_mark", item.pk)
    kept = {form.answer.pk: form for form in wrong}
    shown = list(waiting.exclude(pk__in=kept)[:MOST])
    forms = sorted([*wrong, *mark_forms(shown)], key=_in_order)
    context = _context(item) | {
        "forms": forms,
        "waiting": waiting.count(),
        "may_see_results": can(viewer, Action.SEE_RESULTS, item),
    }
    return render(request, "web/tests/mark.html", context)


def _in_order(form: MarkForm) -> tuple[object, ...]:
    answer = form.answer
    return answer.question.position, answer.question_id, answer.attempt.submitted_at, answer.pk


def _mark_one(
    request: Request, viewer: Viewer, item: Item, answers: QuerySet[Answer]
) -> HttpResponse:
    """Answer a script with how the one answer stands now."""
    [form, *_others] = _sent(request, answers) or [None]
    if form is None:
        raise Unseen
    _mark(viewer, item, form)
    return render(request, "web/tests/mark_row.html#state", {"form": form})


def _mark_all(
    request: Request, viewer: Viewer, item: Item, answers: QuerySet[Answer]
) -> list[MarkForm]:
    """Mark what was filled, say how many, and return what is wrong."""
    forms = [form for form in _sent(request, answers) if not form.is_untouched]
    wrong = [form for form in forms if not _mark(viewer, item, form)]
    if done := len(forms) - len(wrong):
        said = ngettext("%(count)s answer is marked.", "%(count)s answers are marked.", done)
        messages.success(request, said % {"count": done})
    if wrong:
        said = _("Some answers are not marked yet. See below what is wrong.")
        messages.error(request, said)
    return wrong


def _sent(request: Request, answers: QuerySet[Answer]) -> list[MarkForm]:
    return mark_forms(list(answers.filter(pk__in=answers_named(request.POST))), request.POST)


def _mark(viewer: Viewer, item: Item, form: MarkForm) -> bool:
    """Mark one answer as its form says; tell whether that was possible."""
    if not form.is_valid():
        return False
    answer, given = form.answer, form.cleaned_data
    try:
        marked = marking.mark(viewer, item, answer.attempt_id, answer.question_id, **given)
    except Refused as refusal:
        form.knows(answer.version)
        form.add_error("points", str(refusal.message))
        return False
    answer.points = marked.points
    return True


# --- Results ----------------------------------------------------------------------------
@require_safe
def table(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Show the results of a test: students down, questions across."""
    viewer = viewer_of(request)
    item = access.get(viewer, Item, pk, Action.SEE_RESULTS)
    found = results.table(viewer, item)
    sorting = Sorting(request.GET.get("sort", ""))
    context = _context(item) | {
        "questions": found.questions,
        "rows": sorting.sort(found.rows),
        "sorting": sorting,
        "histogram": histogram([row.grade for row in found.rows if row.grade]),
        "waiting": sum(row.grade.waiting for row in found.rows if row.grade),
        "possible": sum(question.points for question in found.questions),
        "may_mark": can(viewer, Action.MARK, item),
        "may_edit": can(viewer, Action.EDIT, item),
    }
    return render(request, "web/tests/results.html", context)


@require_safe
def export(request: Request, pk: uuid.UUID) -> HttpResponse:
    """The results as CSV, for a spreadsheet; what a student or teacher typed runs as no formula."""
    viewer = viewer_of(request)
    item = access.get(viewer, Item, pk, Action.SEE_RESULTS)
    # The byte order mark tells spreadsheets that this is UTF-8.
    response = HttpResponse("\ufeff", content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="results.csv"'
    csv.writer(response).writerows(csv_rows(results.table(viewer, item)))
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def attempt(request: Request, pk: uuid.UUID, attempt: uuid.UUID) -> HttpResponse:
    """Show all that one student answered, and change its points and remarks."""
    viewer = viewer_of(request)
    item = access.get(viewer, Item, pk, Action.SEE_RESULTS)
    found = _attempt(viewer, item, attempt)
    wrong: list[MarkForm] = []
    if request.method == "POST":
        access.require(viewer, Action.MARK, item)
        answers = marking.submitted_answers(viewer, item).filter(attempt=found)
        if request.htmx:
            return _mark_one(request, viewer, item, answers)
        wrong = _mark_all(request, viewer, item, answers)
        if not wrong:
            return redirect("attempt", item.pk, found.pk)
    kept = {form.answer.pk: form for form in wrong}
    sheet = results.sheet(found)
    context = _context(item) | {
        "attempt": found,
        "student": found.student,
        "lines": [
            (question, answer, kept.get(answer.pk) or MarkForm(answer) if answer else None)
            for question, answer in sheet.lines
        ],
        "grade": sheet.grade,
        "may_mark": can(viewer, Action.MARK, item),
    }
    return render(request, "web/tests/attempt.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def unlock(request: Request, pk: uuid.UUID, attempt: uuid.UUID) -> HttpResponse:
    """Ask, then let a student go on with a test that they have submitted."""
    viewer = viewer_of(request)
    item = access.get(viewer, Item, pk, Action.MARK)
    found = _attempt(viewer, item, attempt)
    if request.method == "POST":
        marking.unlock(viewer, item, found.pk)
        said = _("%(name)s can go on with this test.") % {"name": found.student.full_name}
        messages.success(request, said)
        return redirect("attempt", item.pk, found.pk)
    context = _context(item) | {"attempt": found, "student": found.student}
    return render(request, "web/tests/unlock.html", context)


def _attempt(viewer: Viewer, item: Item, pk: uuid.UUID) -> Attempt:
    theirs = access.visible_attempts(viewer).filter(assessment=item.pk, pk=pk)
    if (found := theirs.select_related("student", "assessment").first()) is None:
        raise Unseen
    return found


def _context(item: Item) -> dict[str, object]:
    return {
        "item": item,
        "place": item.place,
        "chain": item.place.chain(),
        "test": item.assessment,
    }
