"""Parent-code sheets: asking for them, how far they are, and what became of them (F2)."""

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from classkey.accounts.addresses import proved_address
from classkey.accounts.models import User
from classkey.school import access, linking, tasks
from classkey.school.access import Action
from classkey.school.errors import Refused, Unseen
from classkey.school.models import Place, SheetRun
from classkey.school.models.sheet_runs import PaperSize
from classkey.school.sheets import printing, runs, voiding
from classkey.school.sheets.runs import Whom
from classkey.web.forms.sheets import SheetsForm
from classkey.web.requests import Request, viewer_of

REMEMBERED = 10
"""Earlier runs that are listed where new sheets are asked for."""


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Ask for the sheets of a course or a group in it; the worker makes and mails them.

    A button of the form that only ticks boxes asks for nothing yet, and loses nothing typed.
    """
    viewer = viewer_of(request)
    place = access.get(viewer, Place, pk, Action.MAKE_SHEETS)
    students = list(runs.students_in(place))
    linked = set(linking.linked_adults(place))
    asked = request.method == "POST" and "tick" not in request.POST
    initial = {
        "language": get_language(),
        **request.POST.dict(),
        "students": _ticked(request, students, linked),
    }
    form = SheetsForm(students, linked, request.POST if asked else None, initial=initial)
    if form.is_valid():
        try:
            run = tasks.ask_for_sheets(
                viewer,
                place,
                form.cleaned_data["students"],
                form.wishes(),
                home_languages=form.home_languages(),
            )
        except Refused as refusal:
            form.add_error(None, str(refusal.message))
        else:
            return redirect("sheet_run", run.pk)
    context = {
        "form": form,
        "place": place,
        "chain": place.chain(),
        "students": students,
        "not_linked": len(students) - len(linked.intersection(each.pk for each in students)),
        "without_sheets": runs.without_sheets(place),
        "nothing_is_green": runs.nothing_is_green(place),
        "address": proved_address(request.user),
        "earlier": runs.runs_of(viewer, place)[:REMEMBERED],
    }
    return render(request, "web/sheets/new.html", context)


def _ticked(request: Request, students: list[User], linked: set[uuid.UUID]) -> list[str]:
    """Return whose boxes are ticked to begin with: as a link or a button says, or everybody's."""
    one_by_one = request.GET.getlist("student")
    whom = request.POST.get("tick", request.GET.get("whom"))
    if whom == Whom.NOT_YET_LINKED:
        return [str(each.pk) for each in students if each.pk not in linked]
    if whom == "nobody":
        return []
    return one_by_one if one_by_one and not whom else [str(each.pk) for each in students]


@require_safe
def show(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Show how far a run is, and each sheet of it; the page asks again until it is over."""
    run = access.get(viewer_of(request), SheetRun, pk)
    progress = runs.progress(run)
    context: dict[str, Any] = {"run": run, "progress": progress}
    if not request.htmx:
        context |= {"address": proved_address(request.user), "chain": run.place.chain()}
    if progress.is_over or not request.htmx:
        context |= {"families": voiding.families(run), "any_alive": voiding.voidable(run).exists()}
    template = "web/sheets/run.html"
    return render(request, f"{template}#news" if request.htmx else template, context)


@require_POST
def again(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Try the failed parts of a run again."""
    viewer = viewer_of(request)
    run = access.get(viewer, SheetRun, pk)
    tasks.try_sheets_again(viewer, run)
    return redirect("sheet_run", run.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def void(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Ask, then void one sheet (`?sheet=`), one student's (`?student=`) or all of a run (K2)."""
    viewer = viewer_of(request)
    run = access.get(viewer, SheetRun, pk)
    doomed = voiding.voidable(run)
    try:
        if "sheet" in request.GET:
            doomed = doomed.filter(pk=int(request.GET["sheet"]))
        if "student" in request.GET:
            doomed = doomed.filter(student=uuid.UUID(request.GET["student"]))
    except ValueError as error:
        raise BadRequest from error
    if request.method == "POST":
        gone = voiding.void(viewer, run, doomed)
        told = ngettext("%(count)s sheet is void.", "%(count)s sheets are void.", gone)
        messages.success(request, told % {"count": gone})
        return redirect("sheet_run", run.pk)
    context = {"run": run, "chain": run.place.chain(), "sheets": doomed}
    return render(request, "web/sheets/void.html", context)


@require_safe
def of_code(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Send one sheet of a parent code to its maker, made anew (F1, F2)."""
    try:
        paper = PaperSize(request.GET.get("paper", PaperSize.A4))
    except ValueError as error:
        raise Unseen from error
    pdf = printing.print_code(viewer_of(request), pk, paper=paper, language=get_language() or "en")
    headers = {"Content-Disposition": "attachment; filename=parent-code-sheet.pdf"}
    return HttpResponse(pdf, content_type="application/pdf", headers=headers)
