"""Many ids as few ranges, ascending and apart: "1-500,503,507-600". Pure."""

import re
from collections.abc import Iterable
from itertools import pairwise

END = 2**63
"""No id is so high."""

_TEXT = re.compile(r"[0-9]{1,19}(-[0-9]{1,19})?(,[0-9]{1,19}(-[0-9]{1,19})?)*")


def gather(ids: Iterable[int]) -> list[range]:
    """Return ascending ids as ranges."""
    ranges: list[range] = []
    for each in ids:
        if ranges and ranges[-1].stop == each:
            ranges[-1] = range(ranges[-1].start, each + 1)
        else:
            ranges.append(range(each, each + 1))
    return ranges


def write(ranges: Iterable[range]) -> str:
    """Return ranges as text."""
    return ",".join(
        f"{each.start}-{each.stop - 1}" if each.stop - each.start > 1 else str(each.start)
        for each in ranges
    )


def read(text: str) -> list[range]:
    """Return the ranges of a text. Raises ValueError if `write` would not have written it."""
    if not _TEXT.fullmatch(text):
        raise ValueError("Not ranges of ids.")
    ranges = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        ranges.append(range(int(first), int(last or first) + 1))
    apart = all(one.stop < other.start for one, other in pairwise(ranges))
    if not apart or not all(ranges) or ranges[-1].stop > END or write(ranges) != text:
        raise ValueError("Not ranges of ids in order.")
    return ranges


def without(ranges: Iterable[range], others: list[range]) -> list[range]:
    """Return what is in the ranges and not in the others."""
    if not others:
        return list(ranges)
    left = []
    passed = 0
    for each in ranges:
        start = each.start
        while passed < len(others) and others[passed].stop <= start:
            passed += 1
        following = passed
        while following < len(others) and others[following].start < each.stop:
            if start < others[following].start:
                left.append(range(start, others[following].start))
            start = others[following].stop
            following += 1
        if start < each.stop:
            left.append(range(start, each.stop))
    return left
