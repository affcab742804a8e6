"""What people are told when they come (F8, K9, P6)."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_aware
from django.views.decorators.http import require_POST

from classkey.school import noticing
from classkey.school.viewer import Viewer
from classkey.web.requests import Request, page_before, viewer_of

MOST = 10
"""How many are shown at once."""


def news(viewer: Viewer) -> dict[str, Any]:
    """Return what `web/home/notices.html` shows: the newest, and how many more there are."""
    unread = noticing.unread(viewer)
    notices = list(unread[:MOST])
    more = unread.count() - MOST if len(notices) == MOST else 0
    return {"notices": notices, "more": more}


@require_POST
def put_away(request: Request) -> HttpResponse:
    """Put away what was shown; what came since the page was opened stays."""
    try:
        until = parse_datetime(request.POST.get("until", ""))
    except ValueError:
        until = None
    if until is not None and is_aware(until):
        noticing.put_away(viewer_of(request), until)
    return redirect(page_before(request, "/"))
