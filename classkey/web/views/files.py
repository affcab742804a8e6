"""Files (C6): taking them in, and giving them to who may have them."""

import uuid
from http import HTTPStatus

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from classkey.school import access, publishing
from classkey.school.access import Action
from classkey.school.errors import Refused, Unseen
from classkey.school.models import Item, Place
from classkey.school.viewer import Viewer
from classkey.web.downloads import send
from classkey.web.forms.items import UploadForm
from classkey.web.requests import Request, parent_viewer_of, viewer_of
from classkey.web.uploads import over_limit
from classkey.web.views.items import folder_asked_for


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Take in files, each as an item of its own; a script sends one at a time."""
    viewer = viewer_of(request)
    place = access.get(viewer, Place, pk, Action.ADD_CONTENT)
    folder = folder_asked_for(request, viewer)
    data = (request.POST, request.FILES) if request.method == "POST" else ()
    form = UploadForm(*data, dropped=over_limit(request))
    if form.is_valid():
        try:
            made = publishing.make_files(viewer, place, folder, form.cleaned_data["files"])
        except Refused as refusal:
            form.add_error("files", str(refusal.message))
        else:
            return _taken(request, place, folder, made)
    if request.htmx:
        told = {"told": form.errors.get("files", ())}
        refused = HTTPStatus.UNPROCESSABLE_ENTITY
        return render(request, "web/items/uploaded.html", told, status=refused)
    context = {"form": form, "place": place, "chain": place.chain(), "folder": folder}
    return render(request, "web/items/new_file.html", context)


def _taken(request: Request, place: Place, folder: Item | None, made: list[Item]) -> HttpResponse:
    if request.htmx:
        context = {"item": made[0]}
        return render(request, "web/items/uploaded.html", context, status=HTTPStatus.CREATED)
    told = ngettext("%(count)d file is here.", "%(count)d files are here.", len(made))
    messages.success(request, told % {"count": len(made)})
    return redirect("item", folder.pk) if folder else redirect("place", place.pk)


@require_safe
def download(request: Request, pk: uuid.UUID) -> HttpResponseBase:
    """Send a file to a member who sees it."""
    return send_item(request, viewer_of(request), pk)


@require_safe
def child_download(request: Request, child: uuid.UUID, pk: uuid.UUID) -> HttpResponseBase:
    """Send a file to a parent who sees it (F5)."""
    return send_item(request, parent_viewer_of(request, child), pk)


def send_item(request: Request, viewer: Viewer, pk: uuid.UUID) -> HttpResponseBase:
    """Send the file that an item is. Raises Unseen where the viewer sees none."""
    item = access.get(viewer, Item, pk)
    if item.file is None:
        raise Unseen
    return send(request, item.file)
