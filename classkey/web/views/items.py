"""Folders and pages."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from classkey.school import access, publishing
from classkey.school.access import Action, can
from classkey.school.errors import Refused
from classkey.school.models import Item, ItemKind, Place
from classkey.school.publishing import Toggle
from classkey.school.viewer import Viewer
from classkey.web.forms.places import FolderForm, PageForm
from classkey.web.requests import Request, viewer_of
from classkey.web.toggles import flip
from classkey.web.trees import branches

FORMS = {ItemKind.FOLDER: FolderForm, ItemKind.PAGE: PageForm}


@require_safe
def show(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Show a page, or what is in a folder."""
    viewer = viewer_of(request)
    item = access.get(viewer, Item, pk)
    inside = access.visible_items(viewer).filter(place=item.place_id)
    context = {
        "item": item,
        "place": item.place,
        "chain": item.place.chain(),
        "branches": branches(inside.filter(folder=item)) if item.is_folder else [],
        "may_add": item.is_folder and can(viewer, Action.ADD_CONTENT, item.place),
        "may_edit": can(viewer, Action.EDIT, item),
        "may_delete": can(viewer, Action.DELETE, item),
        "may_manage": can(viewer, Action.FLIP, item),
    }
    return render(request, "web/items/item.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def new_folder(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Make a folder."""
    return _new(request, pk, ItemKind.FOLDER)


@require_http_methods(["GET", "HEAD", "POST"])
def new_page(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Make a page."""
    return _new(request, pk, ItemKind.PAGE)


def _new(request: Request, pk: uuid.UUID, kind: ItemKind) -> HttpResponse:
    viewer = viewer_of(request)
    place = access.get(viewer, Place, pk, Action.ADD_CONTENT)
    folder = _folder(viewer, request.GET.get("folder"))
    form = FORMS[kind](request.POST or None)
    if form.is_valid():
        try:
            item = publishing.make_item(viewer, place, folder, kind=kind, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal.message))
        else:
            return redirect("item" if kind == ItemKind.PAGE else "place", _next_page(item))
    context = {"form": form, "kind": kind, "place": place, "chain": place.chain(), "folder": folder}
    return render(request, "web/items/new.html", context)


def _folder(viewer: Viewer, pk: str | None) -> Item | None:
    return access.get(viewer, Item, pk) if pk else None


def _next_page(item: Item) -> uuid.UUID:
    return item.place_id if item.is_folder else item.pk


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Change a page's title and text, or a folder's title."""
    viewer = viewer_of(request)
    item = access.get(viewer, Item, pk, Action.EDIT)
    form = FORMS[ItemKind(item.kind)](request.POST or None, instance=item)
    if form.is_valid():
        publishing.edit_item(viewer, item, title=item.title, body=item.body)
        return redirect("item", item.pk)
    context = {"form": form, "item": item, "place": item.place, "chain": item.place.chain()}
    return render(request, "web/items/edit.html", context)


@require_POST
def delete(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Delete an item and all inside it; the message offers to undo it."""
    viewer = viewer_of(request)
    item = access.get(viewer, Item, pk, Action.DELETE)
    try:
        publishing.delete_item(viewer, item)
    except Refused as refusal:
        messages.error(request, str(refusal.message))
        return redirect("item", item.pk)
    undo = reverse("item_restore", args=[item.pk])
    messages.success(request, _("“%(title)s” is deleted.") % {"title": item.title}, undo)
    return redirect("place", item.place_id)


@require_POST
def restore(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Bring a deleted item back."""
    try:
        item = publishing.restore_item(viewer_of(request), pk)
    except Refused as refusal:
        messages.error(request, str(refusal.message))
        return redirect("dashboard")
    messages.success(request, _("“%(title)s” is back.") % {"title": item.title})
    return redirect("place", item.place_id)


@require_POST
def flip_blue(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Let members see an item, or not (C2)."""
    viewer = viewer_of(request)
    return flip(request, viewer, access.get(viewer, Item, pk, Action.FLIP), Toggle.BLUE)


@require_POST
def flip_green(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Let parents see an item, or not (C2, C3)."""
    viewer = viewer_of(request)
    return flip(request, viewer, access.get(viewer, Item, pk, Action.FLIP), Toggle.GREEN)
