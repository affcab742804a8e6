"""Courses, workspaces and groups."""

import uuid

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from classkey.school import access, membership, publishing
from classkey.school.access import Action
from classkey.school.models import Place, PlaceKind
from classkey.school.publishing import Toggle
from classkey.web.content import place_page
from classkey.web.forms.places import PlaceForm
from classkey.web.requests import Request, asks_for, viewer_of
from classkey.web.toggles import flip


@require_safe
def show(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Show a place: what is in it, and its groups; to a script the part with the rows alone."""
    viewer = viewer_of(request)
    context = place_page(viewer, access.get(viewer, Place, pk))
    part = "#content" if asks_for(request, "content") else ""
    return render(request, f"web/places/place.html{part}", context)


@require_http_methods(["GET", "HEAD", "POST"])
def new_course(request: Request) -> HttpResponse:
    """Make a course (S1)."""
    return _new_top(request, PlaceKind.COURSE)


@require_http_methods(["GET", "HEAD", "POST"])
def new_workspace(request: Request) -> HttpResponse:
    """Make a workspace (S1)."""
    return _new_top(request, PlaceKind.WORKSPACE)


def _new_top(request: Request, kind: PlaceKind) -> HttpResponse:
    if not membership.may_make_top_place(request.user, kind):
        raise PermissionDenied
    form = PlaceForm(request.POST or None)
    if form.is_valid():
        place = membership.make_top_place(viewer_of(request), kind, **form.cleaned_data)
        return redirect("place", place.pk)
    return render(request, "web/places/new.html", {"form": form, "kind": kind})


@require_http_methods(["GET", "HEAD", "POST"])
def new_group(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Make a group in a place (S1, S2)."""
    viewer = viewer_of(request)
    parent = access.get(viewer, Place, pk, Action.MANAGE)
    form = PlaceForm(request.POST or None)
    if form.is_valid():
        group = membership.make_group(viewer, parent, **form.cleaned_data)
        return redirect("place", group.pk)
    context = {"form": form, "kind": PlaceKind.GROUP, "parent": parent, "chain": parent.chain()}
    return render(request, "web/places/new.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Rename a place."""
    viewer = viewer_of(request)
    place = access.get(viewer, Place, pk, Action.MANAGE)
    form = PlaceForm(request.POST or None, instance=place)
    if form.is_valid():
        publishing.edit_place(viewer, place, **form.cleaned_data)
        return redirect("place", place.pk)
    return render(
        request, "web/places/edit.html", {"form": form, "place": place, "chain": place.chain()}
    )


@require_POST
def flip_blue(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Let members see a place, or not (C2)."""
    viewer = viewer_of(request)
    return flip(request, viewer, access.get(viewer, Place, pk, Action.FLIP), Toggle.BLUE)


@require_POST
def flip_green(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Let parents see a place, or not (C2, C3)."""
    viewer = viewer_of(request)
    return flip(request, viewer, access.get(viewer, Place, pk, Action.FLIP), Toggle.GREEN)
