"""Where content lies: its order, and moving it elsewhere."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from classkey.school import access, publishing
from classkey.school.access import Action
from classkey.school.errors import Refused
from classkey.school.models import Item
from classkey.school.publishing import Shift
from classkey.web.forms.items import MoveForm
from classkey.web.requests import Request, page_before, viewer_of
from classkey.web.views.items import container_of

_GREEN_OFF = gettext_lazy(
    "Parents did not see “%(title)s” where it was, so its green is off now. "
    "Turn it on if they are to see it here."
)


@require_POST
def move_up(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Move an item past the one before it."""
    return _shift(request, pk, Shift.UP)


@require_POST
def move_down(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Move an item past the one after it."""
    return _shift(request, pk, Shift.DOWN)


def _shift(request: Request, pk: uuid.UUID, by: Shift) -> HttpResponse:
    viewer = viewer_of(request)
    item = access.get(viewer, Item, pk, Action.EDIT)
    publishing.shift_item(viewer, item, by)
    told = _("“%(title)s” is further up.") if by is Shift.UP else _("“%(title)s” is further down.")
    messages.success(request, told % {"title": item.title})
    return redirect(page_before(request, container_of(item)))


@require_http_methods(["GET", "HEAD", "POST"])
def move(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Move an item into a folder or place of the same tree; on a page or in the dialog."""
    viewer = viewer_of(request)
    item = access.get(viewer, Item, pk, Action.EDIT)
    here = {"to": str(item.folder_id or item.place_id)}
    form = MoveForm(publishing.destinations(viewer, item), request.POST or None, initial=here)
    if form.is_valid():
        to = form.chosen()
        try:
            was_green = publishing.move_item(viewer, item, to.place, to.folder)
        except Refused as refusal:
            form.add_error(None, str(refusal.message))
        else:
            told = {"title": item.title, "into": (*to.places, *to.folders)[-1]}
            messages.success(request, _("“%(title)s” is now in “%(into)s”.") % told)
            if was_green:
                messages.warning(request, _GREEN_OFF % told)
            there = reverse("item" if to.folder else "place", args=[(to.folder or to.place).pk])
            # A script that followed a redirect would read the message, and show it to nobody.
            return HttpResponseClientRedirect(there) if request.htmx else redirect(there)
    context = {"form": form, "item": item, "place": item.place, "chain": item.place.chain()}
    part = "#dialog" if request.htmx else ""
    return render(request, f"web/items/move.html{part}", context | {"back": container_of(item)})
