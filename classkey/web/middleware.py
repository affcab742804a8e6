"""What every answer carries, and what becomes of those that nobody should get as they are."""

from collections.abc import Callable
from http import HTTPStatus
from ipaddress import ip_address
from typing import Any

from django.core.exceptions import BadRequest
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseForbidden,
)
from django.shortcuts import render
from django.urls import reverse
from django.views.defaults import page_not_found

from classkey.accounts.models import User
from classkey.school import second_lock
from classkey.school.errors import Unseen

_NOT_USED = ", ".join(
    f"{feature}=()"
    for feature in (
        *("accelerometer", "browsing-topics", "camera", "display-capture"),
        *("geolocation", "gyroscope", "hid", "idle-detection", "local-fonts", "magnetometer"),
        *("microphone", "midi", "payment", "publickey-credentials-get", "screen-wake-lock"),
        *("serial", "usb", "window-management", "xr-spatial-tracking"),
    )
)
"""Of what a browser can do, what no page of ours has a use for, in a Permissions-Policy."""


def closed_to_others(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """No page may use camera, place and the like; no other site may load anything from here."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        response["Permissions-Policy"] = _NOT_USED
        response["Cross-Origin-Resource-Policy"] = "same-origin"
        return response

    return middleware


def utf_8_only(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """What is sent in another encoding is not understood: some can spell what no text may hold."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if (request.encoding or "utf-8").lower() not in {"utf-8", "utf8"}:
            raise BadRequest
        return get_response(request)

    return middleware


def private_pages(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Signed-in pages are stored nowhere; signing out clears what the site left (A7)."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        came_signed_in = request.user.is_authenticated
        response = get_response(request)
        leaves_signed_in = request.user.is_authenticated
        if came_signed_in or leaves_signed_in:
            response["Cache-Control"] = "no-store"
        if came_signed_in and not leaves_signed_in:
            # Not "cookies": signing out has dealt with them, and the language stays.
            left = '"cache"' if _keeps_the_code(request) else '"cache", "storage"'
            response["Clear-Site-Data"] = left
        return response

    return middleware


def _keeps_the_code(request: HttpRequest) -> bool:
    """Is this "Not you?" beside the code box? The tab keeps the code for who is next (K3)."""
    signs_out = request.path == reverse("account_logout")
    return signs_out and request.POST.get("next") == reverse("join")


def this_machine_only(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """A demo, whose accounts everybody knows, answers nobody but its own machine (A6)."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if _is_this_machine(request.META.get("REMOTE_ADDR", "")):
            return get_response(request)
        return HttpResponseForbidden("This demo answers its own machine only.")

    return middleware


def _is_this_machine(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False


def no_blank_pages(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Whoever opens an address that only takes a form reads what to do next (A4)."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if response.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            page = render(request, "400.html", status=response.status_code)
            page["Allow"] = response["Allow"]
            return page
        return response

    return middleware


class UnseenIsNotFound:
    """What a viewer may not see is answered like what does not exist: 404 (F6)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass the request on."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Turn Unseen into the page for what is not there."""
        return _not_there(request) if isinstance(error, Unseen) else None


class BehindTheSecondLock:
    """What is read for a parent is read behind the second lock (F6): all under /children/<child>/,
    whatever role they have (P5), and other pages for who is nothing but a parent.

    Not what writes, and not one's own account. The last of the middleware: it runs the view.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass the request on."""
        return self.get_response(request)

    def process_view(
        self,
        request: HttpRequest,
        view: Callable[..., HttpResponseBase],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> HttpResponseBase | None:
        """Run the view behind the lock, if it is for a parent to read."""
        parent = _parent_who_reads(request)
        if parent is None:
            return None
        try:
            with second_lock.on(parent, kwargs.get("child")):
                return view(request, *args, **kwargs)
        except Unseen:
            # No `process_exception` hears of what is raised here.
            return _not_there(request)


def _parent_who_reads(request: HttpRequest) -> User | None:
    """Return the person who only reads here, with nothing but a parent's rights."""
    user, page = request.user, request.resolver_match
    if not isinstance(user, User) or page is None or request.method not in {"GET", "HEAD"}:
        return None
    is_own_account = (page.url_name or "").startswith(("account_", "mfa_"))
    return user if "child" in page.kwargs or (user.is_parent and not is_own_account) else None


def _not_there(request: HttpRequest) -> HttpResponse:
    return page_not_found(request, Http404())
