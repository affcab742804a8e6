"""Parent-code sheets: asking for them, and how far they are (F2)."""

import uuid

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from classkey.accounts.addresses import proved_address
from classkey.school import access, tasks
from classkey.school.access import Action
from classkey.school.errors import Refused
from classkey.school.models import Place, SheetRun
from classkey.school.sheets import runs
from classkey.web.forms.sheets import SheetsForm
from classkey.web.requests import Request, viewer_of


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Ask for the sheets of a course or a group in it; the worker makes and mails them."""
    viewer = viewer_of(request)
    place = access.get(viewer, Place, pk, Action.MAKE_SHEETS)
    form = SheetsForm(request.POST or None)
    if form.is_valid():
        try:
            run = tasks.ask_for_sheets(viewer, place, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal.message))
        else:
            return redirect("sheet_run", run.pk)
    context = {
        "form": form,
        "place": place,
        "chain": place.chain(),
        "students": runs.students_in(place).count(),
        "nothing_is_green": runs.nothing_is_green(place),
        "address": proved_address(request.user),
    }
    return render(request, "web/sheets/new.html", context)


@require_safe
def show(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Show how far a run is; the page asks again until it is over."""
    run = access.get(viewer_of(request), SheetRun, pk)
    context = {
        "run": run,
        "progress": runs.progress(run),
        "address": proved_address(request.user),
        "chain": run.place.chain(),
    }
    template = "web/sheets/run.html"
    return render(request, f"{template}#progress" if request.htmx else template, context)


@require_POST
def again(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Try the failed parts of a run again."""
    viewer = viewer_of(request)
    run = access.get(viewer, SheetRun, pk)
    tasks.try_sheets_again(viewer, run)
    return redirect("sheet_run", run.pk)
