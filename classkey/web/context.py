"""What every page needs to know about the school."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def school(_request: HttpRequest) -> dict[str, Any]:
    """The school's name, how to reach its support (F11), and whether this is the demo (A6)."""
    return {
        "school_name": settings.SCHOOL_NAME,
        "support": settings.SUPPORT,
        "demo": settings.DEMO,
    }
