"""What people are told when they come (F8, K9, P6)."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from classkey.school import noticing
from classkey.school.viewer import Viewer
from classkey.web.requests import Request, moment, page_before, viewer_of

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
    until = moment(request.POST.get("until", ""))
    if until is not None:
        noticing.put_away(viewer_of(request), until)
    return redirect(page_before(request, "/"))
