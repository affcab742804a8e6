"""A course's end, and its copy in a new year (S4)."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from classkey.school import access, years
from classkey.school.access import Action
from classkey.school.assessing import marking
from classkey.school.models import Place
from classkey.web.forms.places import CopyForm
from classkey.web.requests import Request, viewer_of


@require_http_methods(["GET", "HEAD", "POST"])
def archive(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Say what will happen, then archive a course; the message offers to undo it."""
    viewer = viewer_of(request)
    course = access.get(viewer, Place, pk, Action.ARCHIVE)
    if request.method == "POST":
        years.archive(viewer, course)
        undo = reverse("course_reopen", args=[course.pk])
        messages.success(request, _("“%(name)s” is archived.") % {"name": course.name}, undo)
        return redirect("place", course.pk)
    context = {
        "place": course,
        "chain": [course],
        "waiting": marking.waiting_tests(viewer).filter(root=course),
    }
    return render(request, "web/years/archive.html", context)


@require_POST
def reopen(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Let an archived course go on."""
    viewer = viewer_of(request)
    course = access.get(viewer, Place, pk, Action.ARCHIVE)
    years.reopen(viewer, course)
    messages.success(request, _("“%(name)s” is open again.") % {"name": course.name})
    return redirect("place", course.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def copy(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Ask for a name and a school year, saying what comes along; then copy a course into it."""
    viewer = viewer_of(request)
    course = access.get(viewer, Place, pk, Action.COPY)
    suggested = {"name": course.name, "school_year": years.year_after(course)}
    form = CopyForm(request.POST or None, initial=suggested)
    if form.is_valid():
        made = years.copy(viewer, course, **form.cleaned_data)
        told = {"name": made.name, "year": made.school_year_name}
        messages.success(request, _("Here is “%(name)s” for %(year)s.") % told)
        return redirect("place", made.pk)
    context = {"form": form, "place": course, "chain": [course]}
    return render(request, "web/years/copy.html", context)
