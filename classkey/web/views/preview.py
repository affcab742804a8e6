"""A place with others' eyes: as a student in it and as a parent would see it (C2, C4).

Through the same rules and the same templates as theirs, and without anything to do there.
"""

import uuid
from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from classkey.school import access
from classkey.school.access import Action, can
from classkey.school.errors import Unseen
from classkey.school.models import Item, Place
from classkey.school.publishing import Thing
from classkey.school.viewer import Eyes, Preview
from classkey.web.content import (
    above_item,
    green_item_page,
    green_place_page,
    item_page,
    place_page,
)
from classkey.web.paths import Paths, as_others
from classkey.web.requests import Request, preview_of
from classkey.web.trees import Above
from classkey.web.views.files import send_item


@require_safe
def show(request: Request, pk: uuid.UUID, eyes: Eyes) -> HttpResponse:
    """Show a place as they see it."""
    return place(request, pk, eyes, pk)


@require_safe
def place(request: Request, pk: uuid.UUID, eyes: Eyes, inner: uuid.UUID) -> HttpResponse:
    """Show the previewed place or one above it: who is in a group is in all of them (S3)."""
    viewer, preview = preview_of(request, pk, eyes)
    place = _step(preview, inner)
    if not can(viewer, Action.SEE, place):
        return _unseen(request, preview, place, Above(preview.chain))
    if eyes is Eyes.PARENT:
        context = green_place_page(viewer, place)
        return _page(request, preview, place, "web/children/place.html", context)
    return _page(request, preview, place, "web/places/place.html", place_page(viewer, place))


@require_safe
def item(request: Request, pk: uuid.UUID, eyes: Eyes, item: uuid.UUID) -> HttpResponse:
    """Show an item as they see it or, where they do not, say so."""
    viewer, preview = preview_of(request, pk, eyes)
    found = access.get(viewer.themself, Item, item)
    _step(preview, found.place_id)
    if not can(viewer, Action.SEE, found):
        return _unseen(request, preview, found, above_item(viewer.themself, found))
    if eyes is Eyes.PARENT:
        context = green_item_page(viewer, found)
        return _page(request, preview, found, "web/children/item.html", context)
    return _page(request, preview, found, "web/items/item.html", item_page(viewer, found))


@require_safe
def file(request: Request, pk: uuid.UUID, eyes: Eyes, item: uuid.UUID) -> HttpResponseBase:
    """Send a file that they would be sent."""
    viewer, _preview = preview_of(request, pk, eyes)
    return send_item(request, viewer, item)


def _step(preview: Preview, pk: uuid.UUID) -> Place:
    """Return the previewed place or one above it. Raises Unseen for any other."""
    for step in preview.chain:
        if step.pk == pk:
            return step
    raise Unseen


def _unseen(request: Request, preview: Preview, thing: Thing, above: Above) -> HttpResponse:
    """Say that they see nothing here, and why."""
    colour = "green" if preview.eyes is Eyes.PARENT else "blue"
    context = {"thing": thing, "above": above, "colour": colour}
    return _page(request, preview, thing, "web/previews/unseen.html", context)


def _page(
    request: Request, preview: Preview, thing: Thing, template: str, context: dict[str, Any]
) -> HttpResponse:
    """Render one of their pages, with the bar that says whose eyes these are."""
    ways = {eyes: as_others(preview.place.pk, eyes) for eyes in Eyes}
    bar = {
        "preview": preview,
        "paths": ways[preview.eyes],
        "as_student": ways[Eyes.STUDENT].to(thing),
        "as_parent": ways[Eyes.PARENT].to(thing),
        "own_view": Paths().to(thing),
    }
    return render(request, template, context | bar)
