"""Ids as ranges: written short, read back strictly, and taken from one another."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classkey.school.id_ranges import END, gather, read, without, write

IDS = st.sets(st.integers(1, 60)).map(sorted)


@pytest.mark.parametrize(
    ("ids", "text"),
    [
        ([7], "7"),
        ([1, 2, 3], "1-3"),
        ([1, 2, 3, 5, 7, 8], "1-3,5,7-8"),
        ([END - 1], str(END - 1)),
    ],
)
def test_ids_are_written_short_and_read_back(ids: list[int], text: str) -> None:
    assert write(gather(ids)) == text
    assert [each for part in read(text) for each in part] == ids


@pytest.mark.parametrize(
    "text",
    [
        *("", ",", "x", "1,", "-3", "1-", "3-1", "2-2", "1,2", "1-3,3", "5,1", "01"),
        *("1 ", "1\n", "٣", str(END), f"1-{END}", "9" * 30),
    ],
)
def test_what_was_not_written_so_is_not_read(text: str) -> None:
    with pytest.raises(ValueError, match="ranges"):
        read(text)


@given(IDS, IDS)
def test_ids_without_others(ids: list[int], others: list[int]) -> None:
    left = without(gather(ids), gather(others))
    assert left == gather(sorted(set(ids) - set(others)))
