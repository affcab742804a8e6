"""The browser's code rules (web/code-text.js) are the server's (K5)."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from stdnum.iso7064 import mod_37_36

import classkey.web
from classkey.school.code_text import normalise, read

ALPHABET = "23456789BCDFGHJKMNPQRSTVWXYZ"
LENGTHS = {"registration": 9, "parent": 12}
GROUPS = {"registration": 3, "parent": 4}
SCRIPT = Path(classkey.web.__file__).parent / "static" / "web" / "code-text.js"

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def tab(chromium: Browser) -> Iterator[Page]:
    """Yield an empty page of a real Chromium with the script in it."""
    page = chromium.new_page()
    page.add_script_tag(path=SCRIPT)
    yield page
    page.close()


def in_js(tab: Page, function: str, texts: list[str]) -> list[object]:
    """Return what codeText's `function` answers to each of `texts`."""
    results: list[object] = tab.evaluate(
        f"texts => texts.map(text => codeText.{function}(text))", texts
    )
    assert len(results) == len(texts)
    return results


def characters(count: int) -> str:
    """Return random characters of the alphabet."""
    return "".join(random.choices(ALPHABET, k=count))  # noqa: S311 - for tests, and repeatable


def codes(kind: str, count: int) -> list[str]:
    """Return `count` random well-formed codes of a kind, by python-stdnum."""
    bodies = [characters(LENGTHS[kind] - 1) for _ in range(count)]
    return [body + mod_37_36.calc_check_digit(body, ALPHABET) for body in bodies]


def grouped(code: str, kind: str, by: str = "-") -> str:
    """Return `code` as it is written."""
    size = GROUPS[kind]
    return by.join(code[i : i + size] for i in range(0, len(code), size))


def test_the_alphabet_is_the_servers(tab: Page) -> None:
    assert tab.evaluate("codeText.ALPHABET") == ALPHABET


@pytest.mark.parametrize("kind", LENGTHS)
def test_codes_are_valid_of_their_kind_and_written_in_groups(tab: Page, kind: str) -> None:
    minted = codes(kind, 1000)
    assert in_js(tab, "isValid", minted) == [True] * 1000
    assert in_js(tab, "kindOf", minted) == [kind] * 1000
    assert in_js(tab, "display", minted) == [grouped(code, kind) for code in minted]


@pytest.mark.parametrize("kind", LENGTHS)
def test_random_characters_are_judged_as_by_stdnum(tab: Page, kind: str) -> None:
    texts = [characters(LENGTHS[kind]) for _ in range(3000)]
    expected = [mod_37_36.is_valid(text, ALPHABET) for text in texts]
    assert True in expected, "1 in 28 is valid by chance"
    assert in_js(tab, "isValid", texts) == expected


@pytest.mark.parametrize("kind", LENGTHS)
def test_every_slip_of_one_character_is_told(tab: Page, kind: str) -> None:
    (code,) = codes(kind, 1)
    slips = [
        code[:i] + other + code[i + 1 :]
        for i in range(len(code))
        for other in ALPHABET
        if other != code[i]
    ]
    assert in_js(tab, "isValid", slips) == [False] * (27 * len(code))


@pytest.mark.parametrize(
    "by", ["-", " ", " - ", "\u2010", "\u2011", "\u2013", "\u2014", "_", "\u00a0", "\u200b"]
)
@pytest.mark.parametrize("kind", LENGTHS)
def test_spaces_dashes_and_case_do_not_matter(tab: Page, kind: str, by: str) -> None:
    minted = codes(kind, 20)
    typed = [f"\t{grouped(code, kind, by).lower()}\n" for code in minted]
    assert in_js(tab, "normalise", typed) == minted == [normalise(text) for text in typed]
    assert in_js(tab, "isValid", typed) == [True] * 20


def test_k4_a_code_is_found_in_the_message_around_it_as_by_the_server(tab: Page) -> None:
    minted = [grouped(code, kind) for kind in LENGTHS for code in codes(kind, 20)]
    messages = [
        "Your code is {}, valid until Friday.",
        "https://school.example/join/#{}",
        "le code\u00a0: {}\u00a0!",
        "BCD {} 234",
        "x{}",
        "{0} {0}2",
        "请使用 {} 。",
        "{}",
    ]
    pasted = [message.format(code) for code in minted for message in messages]
    assert in_js(tab, "read", pasted) == [read(text) for text in pasted]


def test_wide_letters_are_letters(tab: Page) -> None:
    wide = "".join(chr(ord(sign) + 0xFEE0) for sign in "bcd-2F")
    assert in_js(tab, "normalise", [wide]) == ["BCD2F"] == [normalise(wide)]


def test_the_first_impossible_character_is_named(tab: Page) -> None:
    texts = ["bcd-fgo-23l", "BCD 1", "ABC", "B!D", "bcd-fgh", "", "B\U0001f511C"]
    expected = ["O", "1", "A", "!", "", "", "\U0001f511"]
    assert in_js(tab, "firstImpossible", texts) == expected


def test_other_lengths_are_no_code(tab: Page) -> None:
    texts = ["2" * count for count in range(15) if count not in LENGTHS.values()]
    assert in_js(tab, "kindOf", texts) == [""] * 13
    assert in_js(tab, "isValid", texts) == [False] * 13


def test_unfinished_codes_are_grouped_as_far_as_they_go(tab: Page) -> None:
    assert in_js(tab, "display", ["bcdf", "bcd-", "2" * 10]) == ["BCD-F", "BCD", "2222-2222-22"]
    assert tab.evaluate("codeText.display('bcdfg', 4)") == "BCDF-G"
