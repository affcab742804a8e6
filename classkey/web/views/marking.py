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
from django_htmx.http import reswap, retarget

from classkey.school import access
from classkey.school.access import Action, can
from classkey.school.assessing import marking, results
from classkey.school.assessing.marking import ChangedMeanwhile
from classkey.school.errors import Refused, Unseen
from classkey.school.models import Answer, Attempt, Item
from classkey.school.viewer import Viewer
from classkey.web.forms.marking import MarkForm, answers_named, mark_forms
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
    answers = marking.answers(viewer, item)
    wrong: dict[int, MarkForm] = {}
    if request.method == "POST":
        if request.htmx:
            return _mark_one(request, viewer, item, answers)
        wrong = _mark_all(request, viewer, item, answers)
        if not wrong:
            return redirect("test_mark", item.pk)
    waiting = marking.waiting_answers(viewer, item)
    shown = [*waiting.values_list("pk", flat=True)[:MOST], *wrong]
    context = _context(item) | {
        "forms": [wrong.get(each.pk) or MarkForm(each) for each in answers.filter(pk__in=shown)],
        "waiting": waiting.count(),
    }
    return render(request, "web/tests/mark.html", context)


def _mark_one(
    request: Request, viewer: Viewer, item: Item, answers: QuerySet[Answer]
) -> HttpResponse:
    """Answer a script with how the one answer stands now; with all of it where it has changed, so
    that the teacher reads what they mark.
    """
    form = next(iter(_sent(request, answers)), None)
    if form is None:
        raise Unseen
    done = _mark(viewer, item, form)
    part = "" if form.has_changed_meanwhile else "#state"
    status = HTTPStatus.OK if done else HTTPStatus.UNPROCESSABLE_ENTITY
    template = f"web/tests/mark_row.html{part}"
    response = render(request, template, {"form": form, "may_mark": True}, status=status)
    if form.has_changed_meanwhile:
        return reswap(retarget(response, f"#answer-{form.answer.pk}"), "outerHTML")
    return response


def _mark_all(
    request: Request, viewer: Viewer, item: Item, answers: QuerySet[Answer]
) -> dict[int, MarkForm]:
    """Mark what was filled, say how many, and return what is wrong, by the answers' keys."""
    forms = [form for form in _sent(request, answers) if not form.is_untouched]
    wrong = {form.answer.pk: form for form in forms if not _mark(viewer, item, form)}
    if done := len(forms) - len(wrong):
        said = ngettext("%(count)s answer is marked.", "%(count)s answers are marked.", done)
        messages.success(request, said % {"count": done})
    if wrong:
        said = _("Some answers are not marked yet. See below what is wrong.")
        messages.error(request, said)
    return wrong


def _sent(request: Request, answers: QuerySet[Answer]) -> list[MarkForm]:
    return mark_forms(answers.filter(pk__in=answers_named(request.POST)), request.POST)


def _mark(viewer: Viewer, item: Item, form: MarkForm) -> bool:
    """Mark one answer as its form says; tell whether that was possible."""
    if not form.is_valid():
        return False
    answer, given = form.answer, form.cleaned_data
    try:
        marked = marking.mark(viewer, item, answer.attempt_id, answer.question_id, **given)
    except Refused as refusal:
        form.add_error("points", str(refusal.message))
        form.has_changed_meanwhile = isinstance(refusal, ChangedMeanwhile)
        form.knows(answer)
        return False
    form.knows(marked)
    return True


# --- Results ----------------------------------------------------------------------------
@require_safe
def table(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Show the results of a test: students down, questions across."""
    viewer = viewer_of(request)
    item = access.get(viewer, Item, pk, Action.SEE_RESULTS)
    found = results.table(viewer, item)
    sorting = Sorting(request.GET.get("sort", ""), found.questions)
    context = _context(item) | {
        "questions": found.questions,
        "rows": sorting.sort(found.rows),
        "headings": sorting.headings(),
        "by_question": sorting.questions(),
        "histogram": histogram(row.grade for row in found.rows if row.grade),
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
    wrong: dict[int, MarkForm] = {}
    if request.method == "POST":
        access.require(viewer, Action.MARK, item)
        answers = marking.answers(viewer, item).filter(attempt=found)
        if request.htmx:
            return _mark_one(request, viewer, item, answers)
        wrong = _mark_all(request, viewer, item, answers)
        if not wrong:
            return redirect("attempt", item.pk, found.pk)
    sheet = results.sheet(found)
    may_mark = can(viewer, Action.MARK, item)
    context = _context(item) | {
        "attempt": found,
        "student": found.student,
        "lines": [
            (question, answer and (wrong.get(answer.pk) or MarkForm(answer)))
            for question, answer in sheet.lines
        ],
        "grade": sheet.grade,
        # What was typed stays, also where the student was let in again meanwhile.
        "may_mark": may_mark and (sheet.grade is not None or bool(wrong)),
        "may_unlock": may_mark and sheet.grade is not None,
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
        "folders": [item],
        "test": item.assessment,
    }
