"""What waits at the support desk, and how it is decided (F9)."""

import uuid

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from classkey.school import access
from classkey.school.access import Action, allowed
from classkey.school.audit_log import attempts, names
from classkey.school.errors import Refused
from classkey.school.models import ParentLink, RevocationRequest
from classkey.school.revoking import requests
from classkey.school.viewer import Viewer
from classkey.web.forms.support import DecisionForm
from classkey.web.requests import Request, viewer_of
from classkey.web.views.desk.door import at_the_desk
from classkey.web.views.requests import ask

DECIDED = 20
"""How many of the requests decided last are listed."""


@at_the_desk
@require_safe
def index(request: Request) -> HttpResponse:
    """List what waits, the latest first; what was decided; and what was tried against a bar."""
    viewer = viewer_of(request)
    tried = attempts(viewer)
    context = {
        "waiting": _rows(viewer).filter(decided_at=None).order_by("due_at", "filed_at"),
        "decided": _rows(viewer).exclude(decided_at=None).order_by("-decided_at")[:DECIDED],
        "tried": tried,
        "names": names(tried),
    }
    return render(request, "web/desk/index.html", context)


def _rows(viewer: Viewer) -> QuerySet[RevocationRequest]:
    found = allowed(viewer, Action.SEE, RevocationRequest)
    return found.select_related("link__student", "link__parent", "filed_by", "decided_by")


@at_the_desk
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Show a request with all that the desk knows of it, and leave the access as it is."""
    viewer = viewer_of(request)
    asked = access.get(viewer, RevocationRequest, pk)
    form = DecisionForm(request.POST or None)
    if form.is_valid():
        try:
            requests.decline(viewer, asked, form.cleaned_data["decision"])
        except Refused as refusal:
            form.add_error(None, str(refusal.message))
            asked.refresh_from_db()
        else:
            messages.success(request, _("Decided: the access stays as it is."))
            return redirect("desk")
    context = {"asked": asked, "link": asked.link, "form": form}
    return render(request, "web/desk/request.html", context)


@at_the_desk
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: Request, link: uuid.UUID) -> HttpResponse:
    """File a request for somebody who called or wrote."""
    viewer = viewer_of(request)
    found = access.get(viewer, ParentLink, link, Action.REVOKE)
    back = reverse("desk")
    return ask(request, viewer, found.student, link, back=back, for_caller=True)
