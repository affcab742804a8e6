"""Where people arrive."""

from typing import cast

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from classkey.school import clock, signing_up, years
from classkey.school.access import Action, allowed
from classkey.school.assessing import marking
from classkey.school.errors import Refused
from classkey.school.models import Place, PlaceKind
from classkey.web.forms.places import PlaceForm
from classkey.web.requests import Request, viewer_of
from classkey.web.views.notices import news


@login_not_required
@require_safe
def front(request: HttpRequest) -> HttpResponse:
    """Show a stranger what this is, and others their own."""
    if not request.user.is_authenticated:
        return render(request, "web/home/landing.html")
    return dashboard(cast(Request, request))


def dashboard(request: Request) -> HttpResponse:
    """Show a person their places, and which of their courses are over (S4); a parent their
    children.
    """
    if request.user.is_parent:
        return redirect("children")
    viewer = viewer_of(request)
    tops = allowed(viewer, Action.SEE, Place).exclude(kind=PlaceKind.GROUP)
    courses = tops.filter(kind=PlaceKind.COURSE).order_by("-school_year", "name")
    context = news(viewer) | {
        "courses": years.current(courses),
        "earlier": years.earlier(courses),
        "over": years.over(viewer).order_by("name"),
        "to_mark": marking.waiting_count(viewer) if request.user.is_instructor else 0,
        "this_year": clock.year_name(clock.school_year()),
        "workspaces": tops.filter(kind=PlaceKind.WORKSPACE).order_by("name"),
    }
    return render(request, "web/home/dashboard.html", context)


@require_safe
def welcome(request: Request) -> HttpResponse:
    """Ask at the end of sign-up: do you have a code (P3)?"""
    return _welcome(request, PlaceForm(auto_id="id_course_%s"))


@require_POST
def first_course(request: Request) -> HttpResponse:
    """Make an instructor's first course, and show its first code (P3)."""
    form = PlaceForm(request.POST, auto_id="id_course_%s")
    if not form.is_valid():
        return _welcome(request, form)
    try:
        code = signing_up.start_teaching(viewer_of(request), form.cleaned_data["name"])
    except Refused as refusal:
        form.add_error(None, str(refusal.message))
        return _welcome(request, form)
    return redirect("code", code.pk)


def _welcome(request: HttpRequest, course: PlaceForm) -> HttpResponse:
    del course.fields["description"]
    return render(request, "web/home/welcome.html", {"course": course})
