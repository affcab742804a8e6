"""Content: showing, making, changing and deleting it. Files have more in `files`."""

import uuid
from urllib.parse import urlsplit

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from classkey.school import access, publishing
from classkey.school.access import Action
from classkey.school.errors import Refused, Unseen
from classkey.school.models import Item, ItemKind, Place
from classkey.school.publishing import ChangedMeanwhile, Toggle
from classkey.school.viewer import Viewer
from classkey.web.content import item_page
from classkey.web.forms.items import FileForm, FolderForm, ItemForm, LinkForm, PageForm
from classkey.web.requests import Request, asks_for, page_before, viewer_of
from classkey.web.toggles import flip
from classkey.web.uploads import over_limit

FORMS: dict[str, type[ItemForm]] = {
    ItemKind.FOLDER: FolderForm,
    ItemKind.PAGE: PageForm,
    ItemKind.LINK: LinkForm,
    ItemKind.FILE: FileForm,
    ItemKind.TEST: PageForm,
}

NEW = {
    ItemKind.FOLDER: gettext_lazy("New folder"),
    ItemKind.PAGE: gettext_lazy("New page"),
    ItemKind.LINK: gettext_lazy("New link"),
}


@require_safe
def show(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Show an item, or what is in a folder; to a script the part with toggles and rows alone."""
    viewer = viewer_of(request)
    context = item_page(viewer, access.get(viewer, Item, pk))
    part = "#content" if asks_for(request, "content") else ""
    return render(request, f"web/items/item.html{part}", context)


# --- Making -----------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
def new_folder(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Make a folder."""
    return _new(request, pk, ItemKind.FOLDER)


@require_http_methods(["GET", "HEAD", "POST"])
def new_page(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Make a page."""
    return _new(request, pk, ItemKind.PAGE)


@require_http_methods(["GET", "HEAD", "POST"])
def new_link(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Make a link."""
    return _new(request, pk, ItemKind.LINK)


def _new(request: Request, pk: uuid.UUID, kind: ItemKind) -> HttpResponse:
    viewer = viewer_of(request)
    place = access.get(viewer, Place, pk, Action.ADD_CONTENT)
    form = FORMS[kind](request.POST or None)
    folder, is_gone = _folder(request, viewer)
    if is_gone:
        told = _("The folder is not here any more. Save once more to put this in “%(place)s”.")
        form.add_error(None, told % {"place": place.name})
    if form.is_valid() and "preview" not in request.POST:
        try:
            item = publishing.make_item(viewer, place, folder, kind=kind, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal.message))
        else:
            return redirect("item", item.pk) if item.is_page else redirect(container_of(item))
    context = {"form": form, "kind": kind, "here": NEW[kind], "folder": folder}
    context |= {"place": place, "chain": place.chain(), "is_gone": is_gone}
    return render(request, "web/items/new.html", context)


def _folder(request: Request, viewer: Viewer) -> tuple[Item | None, bool]:
    """Return the folder that is asked for, and whether it went away while something was written
    that is to be in it: that is not to be lost (A4).
    """
    try:
        return folder_asked_for(request, viewer), False
    except Unseen:
        if request.method != "POST":
            raise
        return None, True


def folder_asked_for(request: Request, viewer: Viewer) -> Item | None:
    """Return the folder into which something is to be made, by the address. Raises Unseen."""
    pk = request.GET.get("folder")
    return access.get(viewer, Item, pk) if pk else None


def container_of(item: Item) -> str:
    """Return the address of the folder, or else the place, that an item lies in."""
    if item.folder_id:
        return reverse("item", args=[item.folder_id])
    return reverse("place", args=[item.place_id])


# --- Changing ---------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Change an item; whoever comes second reads what the other wrote, and keeps what they did."""
    viewer = viewer_of(request)
    item = access.get(viewer, Item, pk, Action.EDIT)
    data = (request.POST, request.FILES) if request.method == "POST" else ()
    more = {"dropped": over_limit(request)} if item.is_file else {}
    form = FORMS[item.kind](*data, instance=item, **more)
    context = {"form": form, "item": item, "place": item.place, "chain": item.place.chain()}
    if form.is_valid() and "preview" not in request.POST:
        try:
            publishing.edit_item(viewer, item, **form.values())
        except ChangedMeanwhile as conflict:
            form.knows(conflict.current.version)
            who = publishing.last_editor(viewer, conflict.current)
            context |= {"theirs": conflict.current, "who": who, "is_me": who == request.user}
        else:
            return redirect("item", item.pk)
    return render(request, "web/items/edit.html", context)


@require_POST
def preview(request: Request) -> HttpResponse:
    """Show what a text looks like."""
    body = request.POST.get("body", "")[:30_000]
    return render(request, "web/items/preview.html", {"body": body})


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


# --- Deleting, and back -----------------------------------------------------------------
@require_POST
def delete(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Delete an item and all inside it; the message offers to undo it."""
    viewer = viewer_of(request)
    item = access.get(viewer, Item, pk, Action.DELETE)
    try:
        publishing.delete_item(viewer, item)
    except Refused as refusal:
        messages.error(request, str(refusal.message))
        return redirect(page_before(request, reverse("item", args=[item.pk])))
    undo = reverse("item_restore", args=[item.pk])
    messages.success(request, _("“%(title)s” is deleted.") % {"title": item.title}, undo)
    back = page_before(request, container_of(item))
    is_gone = urlsplit(back).path == reverse("item", args=[item.pk])
    return redirect(container_of(item) if is_gone else back)


@require_POST
def restore(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Bring a deleted item back."""
    try:
        item = publishing.restore_item(viewer_of(request), pk)
    except Refused as refusal:
        messages.error(request, str(refusal.message))
        return redirect(page_before(request, reverse("dashboard")))
    messages.success(request, _("“%(title)s” is back.") % {"title": item.title})
    return redirect(container_of(item))


@require_safe
def deleted(request: Request, pk: uuid.UUID) -> HttpResponse:
    """List what was deleted in a place and may be brought back."""
    viewer = viewer_of(request)
    place = access.get(viewer, Place, pk, Action.ADD_CONTENT)
    gone = access.deleted_items(viewer).filter(place=place).select_related("file", "folder")
    # What went with its folder comes back with it.
    by_itself = [
        item
        for item in gone.order_by("-deleted_at", "position")
        if item.folder is None or item.folder.deleted_at != item.deleted_at
    ]
    context = {"place": place, "chain": place.chain(), "items": by_itself}
    return render(request, "web/items/deleted.html", context)
