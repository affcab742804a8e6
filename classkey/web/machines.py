"""What machines ask: load balancers whether to send anybody here, Prometheus for its counts.

They come by address and not by name, without a cookie, and often without https. So they are
answered before anything else looks at a request, and no session is opened for them.
"""

from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from classkey.school import health

Answering = Callable[[HttpRequest], HttpResponse]


def for_machines(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Answer machines at their addresses, which no person has a use for."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        answer = ADDRESSES.get(request.path_info)
        if answer is None:
            return get_response(request)
        return _plain(answer(request) if request.method in {"GET", "HEAD"} else _not_allowed())

    return middleware


def alive(_request: HttpRequest) -> HttpResponse:
    """Say that the process lives. Asks nobody: a database that is away is no reason to restart."""
    return HttpResponse("ok\n")


def ready(_request: HttpRequest) -> HttpResponse:
    """Say whether requests can be served, and if not, in a word why. Redis is not asked: without
    it each process counts its limits by itself.
    """
    if wrong := health.what_is_wrong():
        text = f"not ready: {', '.join(wrong)}\n"
        return HttpResponse(text, status=HTTPStatus.SERVICE_UNAVAILABLE)
    return HttpResponse("ok\n")


def _not_allowed() -> HttpResponse:
    return HttpResponse(status=HTTPStatus.METHOD_NOT_ALLOWED, headers={"Allow": "GET, HEAD"})


def _plain(response: HttpResponse) -> HttpResponse:
    """It is of this moment, and text."""
    response.headers.setdefault("Cache-Control", "no-store")
    response["X-Content-Type-Options"] = "nosniff"
    if response["Content-Type"].startswith("text/html"):
        response["Content-Type"] = "text/plain; charset=utf-8"
    return response


ADDRESSES: dict[str, Answering] = {"/healthz": alive, "/readyz": ready}
