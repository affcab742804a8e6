"""From a request to a viewer: the one place where the two meet."""

import datetime
import uuid
from dataclasses import replace

from allauth.account.adapter import get_adapter
from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.middleware import HtmxDetails

from classkey.accounts.models import User
from classkey.school import access, linking
from classkey.school.access import Action
from classkey.school.models import Place
from classkey.school.viewer import Eyes, Preview, Viewer


class Request(HttpRequest):
    """A request of somebody who is signed in, past the LoginRequiredMiddleware."""

    user: User
    htmx: HtmxDetails


def viewer_of(request: Request) -> Viewer:
    """Return the person as themself, at the address that allauth's limits go by as well."""
    return Viewer(request.user, origin=get_adapter().get_client_ip(request))


def parent_viewer_of(request: Request, student_pk: uuid.UUID) -> Viewer:
    """Return the person as a parent of this student (P5). Raises Unseen if they are none."""
    return linking.as_parent_of(viewer_of(request), student_pk)


def preview_of(request: Request, place_pk: uuid.UUID, eyes: Eyes) -> tuple[Viewer, Preview]:
    """Return the person with others' eyes, and the place at which they look so. Raises Unseen, or
    PermissionDenied for who is not an admin of it.
    """
    own = viewer_of(request)
    preview = Preview(access.get(own, Place, place_pk, Action.PREVIEW), eyes)
    return replace(own, preview=preview), preview


def page_before(request: Request, otherwise: str) -> str:
    """Return the page of ours that a form stood on (its field `back`, or the referrer), to go
    back to; `otherwise` if that is unknown or not ours.
    """
    for address in (request.POST.get("back"), request.headers.get("Referer")):
        # Not "a b", which would lead nowhere, nor a name that `redirect` would look up.
        if not address or not address.startswith(("/", "http://", "https://")):
            continue
        if url_has_allowed_host_and_scheme(
            address, allowed_hosts={request.get_host()}, require_https=request.is_secure()
        ):
            return address
    return otherwise


def moment(text: str) -> datetime.datetime | None:
    """Return the moment (UTC) that a page wrote down in ISO 8601; None if it is none."""
    try:
        return datetime.datetime.fromisoformat(text).astimezone(datetime.UTC)
    except (ValueError, OverflowError):
        return None


def asks_for(request: Request, part: str) -> bool:
    """Does a script of the page ask for this part of it (an id) alone?"""
    return bool(request.htmx) and request.htmx.target == part
