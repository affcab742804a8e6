"""What a parent sees: their own children, and what is green (F5, F6, F7, P5)."""

import uuid

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from classkey.accounts.models import User
from classkey.school import access, linking
from classkey.school.access import PreparedForViewer
from classkey.school.models import Item, ItemKind, Place, PlaceKind
from classkey.school.viewer import Viewer
from classkey.web import profiles
from classkey.web.content import green_item_page, green_place_page
from classkey.web.paths import as_parent_of
from classkey.web.requests import Request, parent_viewer_of, viewer_of
from classkey.web.views.notices import news


@require_safe
def index(request: Request) -> HttpResponse:
    """List one's children. A teacher's news are of other students too, so they stand on their own
    first page and not here, where they have a parent's eyes only (P5).
    """
    told = news(viewer_of(request)) if request.user.is_parent else {}
    context = told | {"children": linking.children_of(request.user)}
    return render(request, "web/children/index.html", context)


@require_safe
def profile(request: Request, child: uuid.UUID) -> HttpResponse:
    """Show a child's courses, this year's and past ones, their tests (F5), workspaces opened to us
    (F7), and since when we and other adults see this (F8).

    What is new is of this year: what is archived changes no more (S4).
    """
    viewer = parent_viewer_of(request, child)
    student = access.get(viewer, User, child)
    paths = as_parent_of(child)
    courses = _courses(viewer)
    mine, others = linking.links_as_parent(viewer)
    context = {
        "child": student,
        "paths": paths,
        "courses": courses,
        "opened": {course.pk for course in courses},
        "results": profiles.results_of(viewer, student, paths),
        "workspaces": _workspaces(viewer),
        "newest": _newest(viewer),
        "mine": mine,
        "others": others,
    }
    return render(request, "web/children/profile.html", context)


@PreparedForViewer
def _courses(viewer: Viewer) -> QuerySet[Place]:
    courses = access.visible_places(viewer).filter(kind=PlaceKind.COURSE)
    return courses.order_by("-school_year", "name")


@PreparedForViewer
def _workspaces(viewer: Viewer) -> QuerySet[Place]:
    return access.visible_places(viewer).filter(kind=PlaceKind.WORKSPACE).order_by("name")


@PreparedForViewer
def _newest(viewer: Viewer) -> QuerySet[Item]:
    running = access.visible_items(viewer).filter(place__root__archived_at=None)
    items = running.exclude(kind=ItemKind.FOLDER).select_related("place")
    return items.order_by("-changed_at", "pk")[:10]


@require_safe
def place(request: Request, child: uuid.UUID, pk: uuid.UUID) -> HttpResponse:
    """Show what is green in a place of a child."""
    viewer = parent_viewer_of(request, child)
    context = green_place_page(viewer, access.get(viewer, Place, pk))
    context |= {"child": viewer.child, "paths": as_parent_of(child)}
    return render(request, "web/children/place.html", context)


@require_safe
def item(request: Request, child: uuid.UUID, pk: uuid.UUID) -> HttpResponse:
    """Show a green page, or what is green in a green folder."""
    viewer = parent_viewer_of(request, child)
    context = green_item_page(viewer, access.get(viewer, Item, pk))
    context |= {"child": viewer.child, "paths": as_parent_of(child)}
    return render(request, "web/children/item.html", context)
