"""Whatever a teacher pastes is a list of names, or the line that is none is shown (P6)."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classkey.school.rostering import names
from classkey.school.rostering.names import Name, Unreadable

ADA = Name("Ada", "Okafor")


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("Ada Okafor", ADA),
        ("  Ada   Okafor  ", ADA),
        ("Okafor, Ada", ADA),
        ("Okafor; Ada", ADA),
        ("Ada\tOkafor", ADA),
        ("1. Ada Okafor", ADA),
        ("12) Okafor, Ada", ADA),
        ("- Ada Okafor", ADA),
        ("• Ada Okafor", ADA),
        ("7\tAda\tOkafor", ADA),
        ("Ada Maria Okafor", Name("Ada Maria", "Okafor")),
        ("van der Berg, Jan", Name("Jan", "van der Berg")),
        ("Ngozi", Name("Ngozi", "")),
        ("王小明", Name("王小明", "")),
        ("王，小明", Name("小明", "王")),
        ("Nguyễn Thị Hoa", Name("Nguyễn Thị", "Hoa")),
        ("Анна Коваленко", Name("Анна", "Коваленко")),
        ("Jean-Luc O’Brien", Name("Jean-Luc", "O’Brien")),
        ("Ada\u200b Okafor\u202e", ADA),
    ],
)
def test_p6_a_line_is_a_name(line: str, name: Name) -> None:
    assert names.read(line) == [name]


def test_p6_lines_without_a_letter_are_left_out_and_the_same_name_comes_once() -> None:
    assert names.read("Ada Okafor\n\n---\r\n3\nBen Li\nOkafor, Ada\n") == [ADA, Name("Ben", "Li")]


@pytest.mark.parametrize(
    "line", ["Okafor,", "ada@example.org", "A" * 101, f"Ada {'b' * 101}", "x,"]
)
def test_p6_a_line_that_is_no_name_is_shown(line: str) -> None:
    with pytest.raises(Unreadable) as unreadable:
        names.read(f"Ben Li\n{line}\nCy Mo")
    assert unreadable.value.line == line.strip()


def test_p6_a_list_has_an_end() -> None:
    letters = "abcdefghijklmnopqrst"
    some = [f"{one}{two} X" for one in letters for two in letters][: names.MOST]
    assert len(names.read("\n".join(some))) == names.MOST
    with pytest.raises(ValueError, match="201"):
        names.read("\n".join([*some, "One More"]))


@given(text=st.text(max_size=200))
def test_p6_whatever_is_pasted_has_an_answer(text: str) -> None:
    with suppress(Unreadable):
        found = names.read(text)
        assert all(name.given and len(name.whole) <= 2 * names.LONGEST + 1 for name in found)
