"""What every page needs to know about the school."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from classkey.accounts.models import User
from classkey.school import linking
from classkey.school.access import Action, allowed
from classkey.school.models import RevocationRequest
from classkey.school.viewer import Viewer
from classkey.web.paths import Paths


def school(request: HttpRequest) -> dict[str, Any]:
    """The school's name, how to reach its support (F11), whether this is the demo (A6),
    whether the person has children here (P5) and how many requests wait for them at the support
    desk (F9; both asked only if the page wants to know), and that links lead to pages of one's own.
    """
    return {
        "school_name": settings.SCHOOL_NAME,
        "support": settings.SUPPORT,
        "demo": settings.DEMO,
        "has_children": lambda: _has_children(request),
        "waiting_at_the_desk": lambda: _waiting_at_the_desk(request),
        "paths": Paths(),
    }


def _waiting_at_the_desk(request: HttpRequest) -> int:
    viewer = Viewer(request.user) if isinstance(request.user, User) else None
    return allowed(viewer, Action.DECIDE, RevocationRequest).count() if viewer else 0


def _has_children(request: HttpRequest) -> bool:
    user = getattr(request, "user", None)
    # A student is nobody's parent (P1): one query less on each of their pages.
    if not isinstance(user, User) or user.is_student:
        return False
    return linking.children_of(user).exists()
