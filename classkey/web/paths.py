"""Where the links of a page lead: the same page stands under several addresses, one for each
capacity in which it is looked at (P5), and a link stays in that capacity.
"""

import uuid
from dataclasses import dataclass
from functools import cached_property

from django.urls import register_converter, reverse

from classkey.school.models import Item, Place
from classkey.school.viewer import Eyes


class EyesConverter:
    """With whose eyes a place is looked at, as part of an address."""

    regex = "|".join(Eyes)
    to_python = Eyes
    to_url = str


# Here and not beside the addresses, which the tests read twice.
register_converter(EyesConverter, "eyes")


@dataclass(frozen=True)
class Paths:
    """The pages of places and items, by the names of their addresses and what comes before."""

    place: str = "place"
    item: str = "item"
    file: str = "item_file"
    before: tuple[uuid.UUID | str, ...] = ()

    def to(self, thing: Place | Item) -> str:
        """Return the address of a place's or an item's page."""
        before, after = self._places if isinstance(thing, Place) else self._items
        return f"{before}{thing.pk}{after}"

    def to_file(self, item: Item) -> str:
        """Return the address of the file that an item is."""
        return reverse(self.file, args=[*self.before, item.pk])

    @cached_property
    def _places(self) -> tuple[str, str]:
        return around(self.place, *self.before)

    @cached_property
    def _items(self) -> tuple[str, str]:
        return around(self.item, *self.before)


def around(name: str, *before: uuid.UUID | str) -> tuple[str, str]:
    """Return what stands before and after the last id in the addresses of this name: a page has a
    hundred of them, and looking one up takes longer than the rest of its row.
    """
    nobody = str(uuid.UUID(int=0))
    start, _nobody, end = reverse(name, args=[*before, nobody]).rpartition(nobody)
    return start, end


def as_parent_of(child: uuid.UUID) -> Paths:
    """Return the pages that a parent has of this child."""
    return Paths("child_place", "child_item", "child_file", (child,))


def as_others(place: uuid.UUID, eyes: Eyes) -> Paths:
    """Return the pages of a place as others see it."""
    return Paths("view_as_place", "view_as_item", "view_as_file", (place, eyes))
