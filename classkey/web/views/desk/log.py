"""The audit log at the support desk: filtered, and exported (A1)."""

import json
from collections.abc import Iterator
from typing import Any

from defusedcsv import csv
from django.core.exceptions import BadRequest
from django.core.paginator import Page, Paginator
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from classkey.school import audit_log, directory
from classkey.school.audit_log import Filter
from classkey.school.models import AuditEvent
from classkey.school.viewer import Viewer
from classkey.web.forms.support import LogForm
from classkey.web.requests import Request, viewer_of
from classkey.web.views.desk.door import at_the_desk

LINES = 50
"""Lines on a page."""


@at_the_desk
@require_safe
def show(request: Request) -> HttpResponse:
    """Show the lines of the log, the newest first; with names, where the people still exist."""
    viewer = viewer_of(request)
    form = LogForm(request.GET or None)
    wanted = _wanted(viewer, form) if form.is_valid() else Filter()
    lines: Any = audit_log.lines(viewer, wanted)  # counted and cut is all that they can be
    page: Page[AuditEvent] = Paginator(lines, LINES).get_page(request.GET.get("page"))
    query = request.GET.copy()
    query.pop("page", None)
    context = {
        "form": form,
        "page": page,
        "names": audit_log.names(page.object_list),
        "query": query.urlencode(),
    }
    return render(request, "web/desk/log.html", context)


def _wanted(viewer: Viewer, form: LogForm) -> Filter:
    who = form.cleaned_data["who"]
    return form.wanted(directory.ids_of(viewer, who) if who else None)


@at_the_desk
@require_safe
def export(request: Request, form: str) -> StreamingHttpResponse:
    """The lines as CSV or JSON Lines: all that the filter leaves, with ids alone."""
    viewer, asked = viewer_of(request), LogForm(request.GET)
    if not asked.is_valid():
        raise BadRequest
    lines = audit_log.export(viewer, _wanted(viewer, asked))
    rows, kind = (_csv(lines), "text/csv") if form == "csv" else (_json(lines), "application/jsonl")
    response = StreamingHttpResponse(rows, content_type=f"{kind}; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="audit-log.{form}"'
    return response


class _Echo:
    """A file that hands on what is written to it."""

    def write(self, text: str) -> str:
        """Return the text."""
        return text


def _csv(lines: Iterator[dict[str, str | int]]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield "\ufeff" + writer.writerow(audit_log.FIELDS)
    for line in lines:
        yield writer.writerow(line.values())


def _json(lines: Iterator[dict[str, str | int]]) -> Iterator[str]:
    for line in lines:
        yield json.dumps(line, ensure_ascii=False) + "\n"
