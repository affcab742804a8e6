"""Items as they are shown: each folder with what is in it."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from classkey.school.models import Item


@dataclass
class Branch:
    """An item, and the items in it, in their order."""

    item: Item
    inside: list["Branch"] = field(default_factory=list)


def branches(items: Iterable[Item]) -> list[Branch]:
    """Return the topmost of these items with all the others inside them.

    An item whose folder is not among them (hidden from this viewer) stands at the top.
    """
    found = {item.pk: Branch(item) for item in items}
    top: list[Branch] = []
    for branch in found.values():
        folder = found.get(branch.item.folder_id) if branch.item.folder_id else None
        (folder.inside if folder else top).append(branch)
    return top
