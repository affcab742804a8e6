"""Where the links of a page lead: the same page stands under several addresses, one for each
capacity in which it is looked at (P5), and a link stays in that capacity.
"""

import uuid
from dataclasses import dataclass

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
        name = self.place if isinstance(thing, Place) else self.item
        return reverse(name, args=[*self.before, thing.pk])

    def to_file(self, item: Item) -> str:
        """Return the address of the file that an item is."""
        return reverse(self.file, args=[*self.before, item.pk])


def as_parent_of(child: uuid.UUID) -> Paths:
    """Return the pages that a parent has of this child."""
    return Paths("child_place", "child_item", "child_file", (child,))


def as_others(place: uuid.UUID, eyes: Eyes) -> Paths:
    """Return the pages of a place as others see it."""
    return Paths("view_as_place", "view_as_item", "view_as_file", (place, eyes))
