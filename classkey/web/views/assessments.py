"""Making tests: their settings and questions (C5)."""

import uuid
from decimal import Decimal

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from classkey.school import access
from classkey.school.access import Action, can
from classkey.school.assessing import scoring, writing
from classkey.school.errors import Refused, Unseen
from classkey.school.models import Item, ItemKind, Place, Question, QuestionKind
from classkey.school.viewer import Viewer
from classkey.web.forms.assessments import (
    FORMS,
    KINDS,
    QuestionForm,
    SettingsForm,
    TestForm,
    with_one_more_row,
)
from classkey.web.requests import Request, asks_for, viewer_of
from classkey.web.trees import Above
from classkey.web.views.items import folder_asked_for


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Make a test, then go on to its questions."""
    viewer = viewer_of(request)
    place = access.get(viewer, Place, pk, Action.ADD_CONTENT)
    folder = folder_asked_for(request, viewer)
    form = TestForm(request.POST or None)
    if form.is_valid():
        try:
            item = writing.make_test(viewer, place, folder, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal.message))
        else:
            return redirect("test_edit", item.pk)
    context = {"form": form, "folder": folder, "place": place, "chain": place.chain()}
    return render(request, "web/tests/new.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: Request, pk: uuid.UUID) -> HttpResponse:
    """List the questions of a test, and change its settings."""
    viewer = viewer_of(request)
    item = _test(viewer, pk)
    form = SettingsForm(request.POST or None, instance=item.assessment)
    if form.is_valid():
        writing.change_settings(viewer, item, form.settings())
        messages.success(request, _("The settings are saved."))
        return redirect("test_edit", item.pk)
    questions = list(item.assessment.questions.prefetch_related("choices"))
    folders = access.visible_items(viewer).filter(place=item.place, kind=ItemKind.FOLDER)
    context = _context(item) | {
        "form": form,
        "questions": [(question, scoring.key_in_words(question)) for question in questions],
        "total": sum((question.points for question in questions), Decimal(0)),
        "above": Above(item.place.chain(), folders.defer("body")),
        "may_flip": can(viewer, Action.FLIP, item),
        "may_see_results": can(viewer, Action.SEE_RESULTS, item),
    }
    return render(request, "web/tests/edit.html", context)


# --- Questions --------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
def new_question(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Choose a kind of question, then write one; nothing to fill in once a student has begun."""
    viewer = viewer_of(request)
    item = _test(viewer, pk)
    kind = request.GET.get("kind", "")
    if kind not in QuestionKind or (request.method != "POST" and _has_begun(item)):
        part = "#dialog" if request.htmx else ""
        return render(request, f"web/tests/kinds.html{part}", _context(item) | {"kinds": KINDS})
    question = Question(assessment=item.assessment, kind=kind)
    form = _form(request, question)
    if form.is_valid():
        try:
            made = writing.add_question(viewer, item, QuestionKind(kind), form.draft())
        except Refused as refusal:
            form.add_error(None, str(refusal.message))
        else:
            if "another" in request.POST:
                messages.success(request, _("The question is saved."))
                return redirect(f"{reverse('question_new', args=[item.pk])}?kind={kind}")
            return _back_to(item, made.pk)
    return _question_page(request, item, question, form, is_new=True)


@require_http_methods(["GET", "HEAD", "POST"])
def edit_question(request: Request, pk: uuid.UUID, question: uuid.UUID) -> HttpResponse:
    """Change a question."""
    viewer = viewer_of(request)
    item = _test(viewer, pk)
    found = _question(item, question)
    form = _form(request, found)
    if form.is_valid():
        try:
            writing.change_question(viewer, item, question, form.draft())
        except Refused as refusal:
            form.add_error(None, str(refusal.message))
        else:
            return _back_to(item, question)
    return _question_page(request, item, found, form, is_new=False)


@require_http_methods(["GET", "HEAD", "POST"])
def delete_question(request: Request, pk: uuid.UUID, question: uuid.UUID) -> HttpResponse:
    """Ask once, then delete a question."""
    viewer = viewer_of(request)
    item = _test(viewer, pk)
    found = _question(item, question)
    if request.method != "POST":
        context = _context(item) | {"question": found}
        return render(request, "web/tests/delete_question.html", context)
    try:
        writing.delete_question(viewer, item, question)
    except Refused as refusal:
        messages.error(request, str(refusal.message))
    else:
        messages.success(request, _("The question is deleted."))
    return redirect("test_edit", item.pk)


@require_POST
def move_question(request: Request, pk: uuid.UUID, question: uuid.UUID) -> HttpResponse:
    """Move a question up or down."""
    viewer = viewer_of(request)
    item = _test(viewer, pk)
    up = request.POST.get("by") == "-1"
    writing.move_question(viewer, item, question, -1 if up else 1)
    return _back_to(item, question)


def _test(viewer: Viewer, pk: uuid.UUID) -> Item:
    item = access.get(viewer, Item, pk, Action.EDIT)
    if not item.is_test:
        raise Unseen
    return item


def _question(item: Item, pk: uuid.UUID) -> Question:
    found = item.assessment.questions.prefetch_related("choices").filter(pk=pk).first()
    if found is None:
        raise Unseen
    return found


def _context(item: Item) -> dict[str, object]:
    return {
        "item": item,
        "place": item.place,
        "chain": item.place.chain(),
        "folders": [item],
        "has_begun": _has_begun(item),
    }


def _has_begun(item: Item) -> bool:
    return item.assessment.attempts.exists()


def _form(request: Request, question: Question) -> QuestionForm:
    if "more" in request.POST and question.has_choices:
        return with_one_more_row(request.POST, question)
    return FORMS[question.kind](request.POST or None, instance=question)


def _question_page(
    request: Request, item: Item, question: Question, form: QuestionForm, *, is_new: bool
) -> HttpResponse:
    """Render the form or, where a script asks for one more choice, the choices alone."""
    template = "web/tests/question.html"
    context = _context(item) | {
        "form": form,
        "question": question,
        "is_new": is_new,
        "one_is_right": question.kind == QuestionKind.ONE_CHOICE,
        "has_grown": "more" in request.POST,
    }
    part = "#choices" if asks_for(request, "choices") else ""
    return render(request, f"{template}{part}", context)


def _back_to(item: Item, question: uuid.UUID) -> HttpResponse:
    return redirect(f"{reverse('test_edit', args=[item.pk])}#question-{question}")
