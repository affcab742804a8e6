"""Looking people up at the support desk, with a reason (F8, A1)."""

import datetime
import uuid

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from classkey.accounts import administrators
from classkey.accounts.models import User
from classkey.school import access, directory, linking
from classkey.school.access import Action, allowed
from classkey.school.models import Bar, DataExport, Hold, RevocationRequest
from classkey.school.viewer import Viewer
from classkey.web import profiles
from classkey.web.forms.support import PurposeForm
from classkey.web.paths import Paths
from classkey.web.requests import Request, moment, viewer_of
from classkey.web.views.desk.door import at_the_desk

LOOKED_AT = "desk_looked_at"
"""Where the session keeps whom the desk looks at, and since when."""

A_LOOK = datetime.timedelta(minutes=30)
"""How long a reason holds."""


@at_the_desk
@require_safe
def search(request: Request) -> HttpResponse:
    """Find people by name, e-mail address, user name or the end of a code."""
    text = request.GET.get("q", "").replace("\x00", "")
    context = {"q": text, "found": directory.search(viewer_of(request), text)}
    return render(request, "web/desk/people.html", context)


@at_the_desk
@require_http_methods(["GET", "HEAD", "POST"])
def person(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Ask why, log it, and show a person's page at the desk."""
    viewer = viewer_of(request)
    found = access.get(viewer, User, pk, Action.SUPPORT)
    form = PurposeForm(request.POST or None)
    if form.is_valid():
        directory.look_at(viewer, found, form.cleaned_data["purpose"])
        _remember(request, pk)
        return redirect("desk_person", pk)
    if not _has_said_why(request, pk):
        return render(request, "web/desk/why.html", {"form": form, "person": found})
    return render(request, "web/desk/person.html", _context(viewer, found))


@at_the_desk
@require_http_methods(["GET", "HEAD", "POST"])
def administrator(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Ask, then make a teacher an administrator, or an administrator a teacher again (P1)."""
    found = access.get(viewer_of(request), User, pk, Action.SUPPORT)
    refusal = ""
    if request.method == "POST":
        change = administrators.dismiss if found.is_administrator else administrators.appoint
        try:
            change(found, by=request.user)
        except ValidationError as error:
            refusal = str(error.message)
        else:
            return redirect("desk_person", pk)
    context = {"person": found, "refusal": refusal}
    return render(request, "web/desk/administrator.html", context)


def _remember(request: Request, pk: uuid.UUID) -> None:
    request.session[LOOKED_AT] = {str(pk): timezone.now().isoformat()}


def _has_said_why(request: Request, pk: uuid.UUID) -> bool:
    since = moment(request.session.get(LOOKED_AT, {}).get(str(pk), ""))
    return since is not None and since > timezone.now() - A_LOOK


def _context(viewer: Viewer, found: User) -> dict[str, object]:
    links = directory.links_with(viewer, found)
    open_ones = allowed(viewer, Action.DECIDE, RevocationRequest)
    context: dict[str, object] = {
        "person": found,
        "links": links,
        "requests": open_ones.filter(link__in=links).select_related("link"),
        "bars": allowed(viewer, Action.LIFT, Bar).filter(student=found).select_related("person"),
        "hold": allowed(viewer, Action.RELEASE, Hold).filter(student=found).first(),
        "exports": allowed(viewer, Action.SEE, DataExport)
        .filter(person=found)
        .order_by("-asked_at"),
        "places": found.memberships.live().select_related("place").order_by("place__name"),
    }
    if found.is_student and found.is_active:
        courses = access.courses_on_profile(viewer, found)
        context |= {
            "courses": courses.order_by("-school_year", "name"),
            "opened": set(access.visible_places(viewer).values_list("pk", flat=True)),
            "results": profiles.results_of(viewer, found, Paths()),
            "teachers": linking.teachers_of(viewer, found),
        }
    return context
