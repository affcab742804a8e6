"""Which sheets go into which mail (F2). Pure."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")

MOST_COPIES = 4
"""Sheets for one student: two homes, and two more to lose."""

SHEETS_PER_PART = 100
"""A part is one mail and one document: far from the ten megabytes that mail servers take; and
typst, which remembers its last ten documents, does not fill a worker's memory with them.
"""


def parts(students: Sequence[T], copies: int = 1) -> Iterator[list[T]]:
    """Yield whom the sheets of each part are for, in order, each student `copies` times; all of
    one student's are in one part.
    """
    size = SHEETS_PER_PART // copies
    for start in range(0, len(students), size):
        yield [each for each in students[start : start + size] for _copy in range(copies)]
