"""Asking support to end somebody's access (F9), and a parent ending their own (F10)."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from classkey.accounts.models import User
from classkey.school import access, linking
from classkey.school.access import Action, can
from classkey.school.errors import Refused, Unseen
from classkey.school.models import ParentLink, RevocationRequest
from classkey.school.revoking import requests
from classkey.school.viewer import Viewer
from classkey.web.forms.support import RequestForm
from classkey.web.requests import Request, parent_viewer_of, viewer_of


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: Request, pk: uuid.UUID, link: uuid.UUID) -> HttpResponse:
    """A student, a teacher or an administrator asks that a parent's access end."""
    viewer = viewer_of(request)
    student = access.get(viewer, User, pk, Action.SEE_FAMILY)
    return ask(request, viewer, student, link, back=reverse("student", args=[pk]))


@require_http_methods(["GET", "HEAD", "POST"])
def new_by_parent(request: Request, child: uuid.UUID, link: uuid.UUID) -> HttpResponse:
    """A parent asks that another adult's access to their child end."""
    viewer = parent_viewer_of(request, child)
    student = access.get(viewer, User, child)
    return ask(request, viewer, student, link, back=reverse("child", args=[child]))


def ask(
    request: Request,
    viewer: Viewer,
    student: User,
    link_pk: uuid.UUID,
    *,
    back: str,
    for_caller: bool = False,
) -> HttpResponse:
    """Show the form of a request, or file it and go `back`."""
    link = access.get(viewer, ParentLink, link_pk, Action.ASK_TO_END)
    if link.student_id != student.pk:
        raise Unseen
    form = RequestForm(
        request.POST or None,
        for_caller=for_caller,
        may_be_urgent=can(viewer, Action.CALL_URGENT, link),
    )
    if form.is_valid():
        try:
            filed = requests.file(viewer, link, form.plea())
        except Refused as refusal:
            form.add_error(None, str(refusal.message))
        else:
            messages.success(request, _said(filed))
            return redirect(back)
    context = {
        "form": form,
        "link": link,
        "student": student,
        "knows_who": not viewer.is_parent,
        "back": back,
    }
    return render(request, "web/requests/new.html", context)


def _said(filed: RevocationRequest) -> str:
    if filed.urgent:
        return _("The access is paused. Support decides within the working day, and tells you.")
    return _("Support has your request. It decides within the working day, and tells you.")


@require_http_methods(["GET", "HEAD", "POST"])
def leave(request: Request, child: uuid.UUID) -> HttpResponse:
    """Ask, then end one's own link to a child (F10)."""
    viewer = parent_viewer_of(request, child)
    student = access.get(viewer, User, child)
    if request.method == "POST":
        linking.end_own_link(viewer)
        said = _("You are no longer linked to %(name)s.") % {"name": student.full_name}
        messages.success(request, said)
        return redirect("children")
    return render(request, "web/children/leave.html", {"child": student})
