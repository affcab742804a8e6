"""A person's data at the support desk: exported, erased; and accounts that end (A8, P7)."""

import uuid

from django.contrib import messages
from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from classkey.accounts.models import User
from classkey.school import access
from classkey.school.access import Action
from classkey.school.errors import Refused, Unseen
from classkey.school.models import DataExport
from classkey.school.personal_data import deactivating, erasing, exporting
from classkey.web.forms.support import EraseForm, SuccessorForm
from classkey.web.requests import Request, viewer_of
from classkey.web.views.desk.door import at_the_desk


@at_the_desk
@require_POST
def export(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Ask for an archive of what is held about a person; a worker gathers it."""
    viewer = viewer_of(request)
    exporting.ask(viewer, access.get(viewer, User, pk, Action.SUPPORT))
    messages.success(request, _("The archive is being made. It appears here in a moment."))
    return redirect("desk_person", pk)


@at_the_desk
@require_safe
def download(request: Request, pk: uuid.UUID) -> FileResponse:
    """Send a finished archive."""
    found = access.get(viewer_of(request), DataExport, pk)
    if not found.is_ready:
        raise Unseen
    return FileResponse(found.content.open(), as_attachment=True, filename="personal-data.zip")


@at_the_desk
@require_http_methods(["GET", "HEAD", "POST"])
def deactivate(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Show what ends with an account, and end it."""
    viewer = viewer_of(request)
    person = access.get(viewer, User, pk, Action.SUPPORT)
    orphans = deactivating.left_without_admin(person)
    teachers = deactivating.successors(person)
    form = SuccessorForm(
        teachers, request.POST if request.method == "POST" else None, is_needed=orphans.exists()
    )
    if form.is_valid():
        try:
            deactivating.deactivate(viewer, person, form.successor_chosen())
        except Refused as refusal:
            form.add_error(None, str(refusal.message))
        else:
            messages.success(request, _("The account is deactivated."))
            return redirect("desk_person", pk)
    context = {"form": form, "person": person, "orphans": orphans}
    return render(request, "web/desk/deactivate.html", context)


@at_the_desk
@require_http_methods(["GET", "HEAD", "POST"])
def erase(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Show what goes and what stays, and erase a person."""
    viewer = viewer_of(request)
    person = access.get(viewer, User, pk, Action.SUPPORT)
    emptied = erasing.own_workspaces(person)
    orphans = deactivating.left_without_admin(person).exclude(pk__in=emptied)
    form = EraseForm(
        person,
        deactivating.successors(person),
        request.POST if request.method == "POST" else None,
        is_needed=person.is_active and orphans.exists(),
    )
    if form.is_valid():
        try:
            erasing.erase(viewer, person, form.successor_chosen())
        except Refused as refusal:
            form.add_error(None, str(refusal.message))
        else:
            messages.success(request, _("The person is erased."))
            return redirect("desk_people")
    context = {"form": form, "person": person, "orphans": orphans, "emptied": emptied}
    return render(request, "web/desk/erase.html", context)
