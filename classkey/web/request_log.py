"""Each request has an id, and leaves one line in the log: what was asked, how it went, how long it
took. Neither who asked nor of what: no path, no query, no user.
"""

import logging
import re
import time
import uuid
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from classkey.school import log_context, metrics

logger = logging.getLogger(__name__)

HEADER = "X-Request-ID"
_WELL_FORMED = re.compile(r"[0-9A-Fa-f-]{16,64}", re.ASCII)
"""Hexadecimal, as nginx, HAProxy, Envoy and Traefik make them: neither a name nor a code fits."""

METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"}


def observed(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Give a request its id, send the id back, and note and count how the request went."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        began = time.perf_counter()
        request_id = request.META[log_context.KEY] = _id_of(request)
        with log_context.within(request_id=request_id):
            response = get_response(request)
            response[HEADER] = request_id
            _note(request, response, time.perf_counter() - began)
        return response

    return middleware


def _id_of(request: HttpRequest) -> str:
    """Return the id that the proxy gave, if there is a proxy to believe; or a new one."""
    given = request.headers.get(HEADER, "") if settings.PROXIES else ""
    return given if _WELL_FORMED.fullmatch(given) else uuid.uuid4().hex


def _note(request: HttpRequest, response: HttpResponseBase, seconds: float) -> None:
    # Methods are the visitor's to make up; a count for each would have no end.
    method = request.method if request.method in METHODS else "other"
    view, status, ms = view_of(request), response.status_code, round(seconds * 1000, 1)
    metrics.request_answered(method, view, status, seconds)
    told = {"method": method, "view": view, "status": status, "ms": ms}
    logger.info("%s %s %d in %.1f ms", method, view, status, ms, extra=told)


def view_of(request: HttpRequest) -> str:
    """Return the name of the page that was asked for: `static` for static files, `-` for what is no
    page of ours.
    """
    if request.resolver_match is not None:
        return request.resolver_match.view_name
    return "static" if request.path_info.startswith(settings.STATIC_URL) else "-"
