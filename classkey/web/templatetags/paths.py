"""Links that stay in the capacity in which a page is looked at."""

from django import template

from classkey.school.models import Item, Place
from classkey.web.paths import Paths

register = template.Library()


@register.filter
def to(paths: Paths, thing: Place | Item) -> str:
    """Return the address of a place's or an item's page among these."""
    return paths.to(thing)


@register.filter
def to_file(paths: Paths, item: Item) -> str:
    """Return the address of the file that an item is."""
    return paths.to_file(item)
