"""What machines ask: load balancers whether to send anybody here, Prometheus for its counts.

They come by address and not by name, without a cookie, and often without https. So they are
answered before anything else looks at a request, and no session is opened for them.
"""

from collections.abc import Callable
from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.crypto import constant_time_compare
from prometheus_client import CONTENT_TYPE_LATEST

from classkey.school import health, metrics

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


def counts(request: HttpRequest) -> HttpResponse:
    """Tell Prometheus what was counted, if it says the token that the school has set."""
    if not settings.METRICS_TOKEN:
        return HttpResponse("not found\n", status=HTTPStatus.NOT_FOUND)
    said = request.headers.get("Authorization", "")
    if not constant_time_compare(said, f"Bearer {settings.METRICS_TOKEN}"):
        asks = {"WWW-Authenticate": "Bearer"}
        return HttpResponse("token needed\n", status=HTTPStatus.UNAUTHORIZED, headers=asks)
    return HttpResponse(metrics.scrape(), content_type=CONTENT_TYPE_LATEST)


def _not_allowed() -> HttpResponse:
    return HttpResponse(status=HTTPStatus.METHOD_NOT_ALLOWED, headers={"Allow": "GET, HEAD"})


def _plain(response: HttpResponse) -> HttpResponse:
    """It is of this moment, and text."""
    response.headers.setdefault("Cache-Control", "no-store")
    response["X-Content-Type-Options"] = "nosniff"
    if response["Content-Type"].startswith("text/html"):
        response["Content-Type"] = "text/plain; charset=utf-8"
    return response


ADDRESSES: dict[str, Answering] = {"/healthz": alive, "/readyz": ready, "/metrics": counts}
