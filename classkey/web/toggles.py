"""Flipping a toggle from a page (C2, C3)."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_htmx.http import reswap, retarget

from classkey.school import publishing
from classkey.school.access import Action, can
from classkey.school.errors import Refused
from classkey.school.models import Place
from classkey.school.publishing import Opening, Thing, Toggle
from classkey.school.viewer import Viewer
from classkey.web.requests import Request, page_before


def flip(request: Request, viewer: Viewer, thing: Thing, toggle: Toggle) -> HttpResponse:
    """Set a toggle of a place or an item to what the form says, and go back.

    Before parents see more than the one thing, list what is off above it and what else
    would appear, and ask (C3); but not somebody who may not turn on what is above.
    """
    on = request.POST.get("on") == "1"
    back = page_before(request, _page_of(thing))
    if on and toggle is Toggle.GREEN and not request.POST.get("confirmed"):
        opening = publishing.opening(thing)
        theirs = all(can(viewer, Action.FLIP, above) for above in opening.off_above)
        if theirs and (opening.off_above or opening.would_appear):
            return _ask(request, thing, opening, back)
    try:
        publishing.flip(viewer, thing, toggle, on=on, with_above=toggle is Toggle.GREEN)
    except Refused as refusal:
        messages.error(request, str(refusal.message))
    else:
        if on and toggle is Toggle.BLUE and not thing.shown_to_members:
            messages.warning(request, _STILL_HIDDEN % {"name": _name(thing)})
        else:
            messages.success(request, _said(thing, toggle, on=on))
    return HttpResponseRedirect(back)


def _ask(request: Request, thing: Thing, opening: Opening, back: str) -> HttpResponse:
    """Ask on a page; in the dialog where the button flips in place."""
    context = {"thing": thing, "opening": opening, "back": back}
    if not request.htmx:
        return render(request, "web/places/open_to_parents.html", context)
    asked = render(request, "web/places/open_to_parents.html#dialog", context)
    return reswap(retarget(asked, "#dialog-body"), "innerHTML")


def _page_of(thing: Thing) -> str:
    place = thing if isinstance(thing, Place) else thing.place
    return reverse("place", args=[place.pk])


def _said(thing: Thing, toggle: Toggle, *, on: bool) -> str:
    words = {
        (Toggle.BLUE, True): _("Members can see “%(name)s”."),
        (Toggle.BLUE, False): _("“%(name)s” is hidden from members."),
        (Toggle.GREEN, True): _("Parents can see “%(name)s”."),
        (Toggle.GREEN, False): _("“%(name)s” is hidden from parents."),
    }
    return words[toggle, on] % {"name": _name(thing)}


def _name(thing: Thing) -> str:
    return thing.name if isinstance(thing, Place) else thing.title


_STILL_HIDDEN = gettext_lazy("“%(name)s” stays hidden from members: something above it is hidden.")
