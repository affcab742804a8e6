"""The one box that takes every code (K3, K4, K7)."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from classkey.school import redeeming
from classkey.school.errors import Reason, Refused
from classkey.web.requests import Request, viewer_of

MOST_SHOWN_AGAIN = 1_000  # characters of what was typed: a whole message with a code in it


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: Request) -> HttpResponse:
    """Show the box; on POST redeem what was typed in it. Signed out, ask to sign in first."""
    typed = request.POST.get("code", "")
    context: dict[str, object] = {"typed": typed[:MOST_SHOWN_AGAIN]}
    if request.method == "GET" or not request.user.is_authenticated:
        context["asked_too_early"] = request.method == "POST"
        return render(request, "web/join/join.html", context)
    try:
        door = redeeming.redeem(viewer_of(request), typed)
    except Refused as refusal:
        return render(request, "web/join/join.html", context | _told(refusal, typed))
    return render(request, "web/join/arrived.html", {"door": door})


@require_POST
def look(request: Request) -> HttpResponse:
    """Say what a code is for, under the box, and change nothing (K3)."""
    typed = request.POST.get("code", "")
    try:
        door = redeeming.look(viewer_of(request), typed)
    except Refused as refusal:
        return render(request, "web/join/look.html", _told(refusal, typed))
    return render(request, "web/join/look.html", {"door": door})


def _told(refusal: Refused, typed: str) -> dict[str, object]:
    if not typed.strip():
        return {
            "title": _("Type your code first"),
            "refusal": _("The box was empty. Type the code that you were given."),
            "keep_code": True,
        }
    titles = {
        Reason.MISTYPED: _("This code is mistyped"),
        Reason.UNKNOWN: _("This code does not open anything"),
        Reason.EXPIRED: _("This code has expired"),
        Reason.USED_UP: _("This code is used up"),
        Reason.NOT_FOR_YOU: _("This code is not for this account"),
        Reason.TOO_MANY: _("Please wait before you try more codes"),
    }
    return {
        "title": titles.get(refusal.reason, _("This cannot be done")),
        "refusal": refusal.message,
        "keep_code": refusal.reason in {Reason.MISTYPED, Reason.NOT_FOR_YOU, Reason.TOO_MANY},
    }
