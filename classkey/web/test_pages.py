"""What the page of a test shows."""

from typing import Any

from classkey.school.models import Item
from classkey.school.viewer import Viewer


def context(_viewer: Viewer, _item: Item) -> dict[str, Any]:
    """Return what `web/tests/summary.html` needs."""
    return {}
