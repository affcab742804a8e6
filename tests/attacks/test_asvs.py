"""The page on OWASP ASVS 5.0 has a line for each requirement, and points to what is there."""

import re

from tests.test_house import ROOT

PAGE = (ROOT / "docs" / "asvs.md").read_text()
LINES = re.findall(r"^\| (\d+\.\d+\.\d+) \| ([12]) \| (.+?) \| (.+) \|$", PAGE, re.MULTILINE)

SECTIONS = {
    "1.1": 2, "1.2": 9, "1.3": 11, "1.4": 3, "1.5": 2, "2.1": 3, "2.2": 3, "2.3": 4, "2.4": 1,
    "3.2": 2, "3.3": 4, "3.4": 6, "3.5": 5, "3.7": 2, "4.1": 3, "4.2": 1, "4.3": 2, "4.4": 4,
    "5.1": 1, "5.2": 3, "5.3": 2, "5.4": 3, "6.1": 3, "6.2": 12, "6.3": 4, "6.4": 4, "6.5": 5,
    "6.6": 3, "6.8": 4, "7.1": 3, "7.2": 4, "7.3": 2, "7.4": 5, "7.5": 2, "7.6": 2, "8.1": 2,
    "8.2": 3, "8.3": 1, "8.4": 1, "9.1": 3, "9.2": 4, "10.1": 2, "10.2": 2, "10.3": 4,
    "10.4": 11, "10.5": 5, "10.6": 2, "10.7": 3, "11.1": 2, "11.2": 3, "11.3": 3, "11.4": 4,
    "11.5": 1, "11.6": 1, "12.1": 3, "12.2": 2, "12.3": 4, "13.1": 1, "13.2": 5, "13.3": 2,
    "13.4": 5, "14.1": 2, "14.2": 4, "14.3": 3, "15.1": 3, "15.2": 3, "15.3": 7, "16.1": 1,
    "16.2": 5, "16.3": 4, "16.4": 3, "16.5": 3, "17.1": 1, "17.2": 4, "17.3": 2,
}  # fmt: skip
"""How many requirements of levels 1 and 2 each section has."""


def test_every_requirement_has_its_line_and_its_answer() -> None:
    numbers = [number for number, *_rest in LINES]
    assert len(numbers) == len(set(numbers)) == sum(SECTIONS.values())
    for section, count in SECTIONS.items():
        assert sum(number.startswith(f"{section}.") for number in numbers) == count, section
    assert {answer for _n, _l, answer, _w in LINES} == {"met", "**not met**", "not applicable"}


def test_the_sum_is_right() -> None:
    answers = [answer for _n, _l, answer, _w in LINES]
    for answer, words in (("met", "are met"), ("**not met**", "are **not met**")):
        assert f"{answers.count(answer)} {words}" in PAGE
    assert f"{answers.count('not applicable')} are not applicable" in PAGE


def test_what_is_met_says_where_and_what_it_names_is_there() -> None:
    for page in ("asvs.md", "security.md"):
        text = (ROOT / "docs" / page).read_text()
        named = re.findall(r"`((?:tests|classkey|requirements)/[^` ]+)`", text)
        linked = re.findall(r"\]\(([\w.]+\.md)\)", text)
        assert named
        missing = [name for name in named if not (ROOT / name).exists()]
        assert not missing + [name for name in linked if not (ROOT / "docs" / name).exists()]
