"""What every page needs to know about the school."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from classkey.accounts.models import User
from classkey.school import linking


def school(request: HttpRequest) -> dict[str, Any]:
    """The school's name, how to reach its support (F11), whether this is the demo (A6),
    and whether the person has children here (P5; asked only if the page wants to know).
    """
    return {
        "school_name": settings.SCHOOL_NAME,
        "support": settings.SUPPORT,
        "demo": settings.DEMO,
        "has_children": lambda: _has_children(request),
    }


def _has_children(request: HttpRequest) -> bool:
    user = getattr(request, "user", None)
    return isinstance(user, User) and linking.children_of(user).exists()
