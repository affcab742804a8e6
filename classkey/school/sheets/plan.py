"""Which sheets go into which mail (F2). Pure."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")

SHEETS_PER_PART = 200
"""A part is one mail: 200 sheets are well under a megabyte, and mail servers take ten."""


def parts(students: Sequence[T], size: int = SHEETS_PER_PART) -> Iterator[Sequence[T]]:
    """Yield the students of each part, in order, at most `size` to a part."""
    for start in range(0, len(students), size):
        yield students[start : start + size]
