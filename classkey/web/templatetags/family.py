"""Looking things up by a person, in templates."""

import uuid
from collections.abc import Mapping
from typing import TypeVar

from django import template

register = template.Library()
T = TypeVar("T")


@register.filter
def of(mapping: Mapping[uuid.UUID, T], key: uuid.UUID) -> T | None:
    """Return what a mapping holds for `key`, None if nothing."""
    return mapping.get(key)
