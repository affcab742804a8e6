"""Pages for what went wrong, where Django's own would not say how to reach support (F11)."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from classkey.school import log_context


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    """Show that a request was not understood, as a whole page."""
    return render(request, "400.html", status=400)


def server_error(_request: HttpRequest) -> HttpResponse:
    """Show that something went wrong; asks nothing of the database, which may be what is wrong."""
    told = {"support": settings.SUPPORT, "request_id": log_context.current().get("request_id")}
    return HttpResponse(render_to_string("500.html", told), status=500)
