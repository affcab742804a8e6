"""Items as they are shown: each folder with what is in it, and what lies above."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from classkey.school.models import Item, Place
from classkey.school.publishing import Thing, Toggle


@dataclass
class Branch:
    """An item, and the items in it, in their order."""

    item: Item
    inside: list["Branch"] = field(default_factory=list)


def branches(items: Iterable[Item]) -> list[Branch]:
    """Return the topmost of these items with all the others inside them.

    An item whose folder is not among them (hidden from this viewer) stands at the top.
    """
    return _planted(items)[0]


def branches_in(folder: Item, items: Iterable[Item]) -> list[Branch]:
    """Return, of these items, those in this folder, with all the others inside them."""
    found = _planted(items)[1].get(folder.pk)
    return found.inside if found else []


def _planted(items: Iterable[Item]) -> tuple[list[Branch], dict[object, Branch]]:
    found: dict[object, Branch] = {item.pk: Branch(item) for item in items}
    top: list[Branch] = []
    for branch in found.values():
        folder = found.get(branch.item.folder_id)
        (folder.inside if folder else top).append(branch)
    return top, found


class Above:
    """What lies above things, as far as the viewer may see it: the places from the top down, and
    the items that are shown to them. Nothing more is asked of the database.
    """

    def __init__(self, chain: Iterable[Place], items: Iterable[Item] = ()) -> None:
        self._places = {place.pk: place for place in chain}
        self._items = {item.pk: item for item in items}

    def nearest_off(self, thing: Thing, toggle: Toggle) -> Thing | None:
        """Return the nearest thing above in which the toggle is off; None if that is not for the
        viewer to see.
        """
        step = self._container(thing)
        while step is not None and getattr(step, toggle):
            step = self._container(step)
        return step

    def folders(self, item: Item) -> list[Item]:
        """Return the folders that an item is in, from the top down."""
        step = self._container(item)
        return [*self.folders(step), step] if isinstance(step, Item) else []

    def _container(self, thing: Thing) -> Thing | None:
        if isinstance(thing, Place):
            return self._places.get(thing.parent_id) if thing.parent_id else None
        return self._items.get(thing.folder_id) if thing.folder_id else self._places[thing.place_id]
