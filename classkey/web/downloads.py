"""Sending a file to somebody who may have it (C6)."""

from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.http import content_disposition_header

from classkey.school import filing
from classkey.school.models import StoredFile

SEALED = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; sandbox"
"""Whatever a browser makes of a file: it runs nothing, loads nothing and has no origin."""


def send(request: HttpRequest, stored: StoredFile) -> HttpResponseBase:
    """Answer with a file as a download: whole, or the one range that is asked for (RFC 9110).

    There is no validator to ask again with: each request is decided anew (A2), and none of it
    is kept (A7), hence no answer to If-Range but the whole.
    """
    response: HttpResponseBase
    span = _span(request, stored.size)
    if settings.X_ACCEL:
        response = HttpResponse(
            headers={"X-Accel-Redirect": f"{settings.X_ACCEL}/{stored.content}"}
        )
    elif span is None:
        response = HttpResponse(
            status=HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
            headers={"Content-Range": f"bytes */{stored.size}"},
        )
    else:
        response = _content(request, stored, *span)
    response["Content-Type"] = filing.media_type(stored)
    response["Content-Disposition"] = str(content_disposition_header(True, stored.name))  # noqa: FBT003 # positional only in its name
    response["Content-Security-Policy"] = SEALED
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store"
    return response


def _content(
    request: HttpRequest, stored: StoredFile, start: int, stop: int
) -> HttpResponse | StreamingHttpResponse:
    response: HttpResponse | StreamingHttpResponse
    if request.method == "HEAD":
        response = HttpResponse()
    else:
        response = StreamingHttpResponse(filing.read(stored, start, stop))
    response["Accept-Ranges"] = "bytes"
    response["Content-Length"] = str(stop - start)
    if stop - start < stored.size:
        response.status_code = HTTPStatus.PARTIAL_CONTENT
        response["Content-Range"] = f"bytes {start}-{stop - 1}/{stored.size}"
    return response


def _span(request: HttpRequest, size: int) -> tuple[int, int] | None:
    """Return the bytes to send, from the first up to but not including the second; None if there
    are none such. Several ranges, or a form that is not known, are answered by the whole.
    """
    # Only now: they bring a web server and a browser with them, for those few who ask for files.
    from werkzeug.datastructures import Range
    from werkzeug.http import parse_range_header

    asked = parse_range_header(request.headers.get("Range"))
    if (
        asked is None
        or asked.units != "bytes"
        or len(asked.ranges) != 1
        or request.method == "HEAD"
        or "If-Range" in request.headers
    ):
        return 0, size
    first, stop = asked.ranges[0]
    # The last so many bytes are all of them where there are not as many.
    return Range("bytes", [(max(first, -size), stop)]).range_for_length(size)
