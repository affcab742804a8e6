"""What the sheets say, in every language there is a file for in texts/ (F3)."""

import json
import tomllib
from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from classkey.school.sheets import fonts

ENGLISH = "en"
_TEXTS = files(__package__) / "texts"
_SUFFIX = ".toml"
_COUNTRY = 2  # letters, in a tag like pt-BR; zh-Hans names a script

Words = Mapping[str, Any]
"""The texts of one language, by their keys; see texts/en.toml."""


@cache
def languages() -> Mapping[str, str]:
    """The languages a sheet can be in, for a form: tag ('en', 'zh-Hans') to its own name.

    One file in texts/ each. Raises tomllib.TOMLDecodeError if a school's own file is not TOML.
    """
    names = sorted(entry.name for entry in _TEXTS.iterdir())
    tags = [name.removesuffix(_SUFFIX) for name in names if name.endswith(_SUFFIX)]
    return MappingProxyType({tag: _read(tag).get("language", tag) for tag in tags})


def nearest_language(wanted: str) -> str:
    """The language there is for the one wanted: itself, another kind of it, or English."""
    primary = wanted.split("-")[0]
    kinds = (tag for tag in languages() if tag.split("-")[0] == primary)
    return wanted if wanted in languages() else next(kinds, ENGLISH)


@cache
def words_in(tag: str) -> Words:
    """The texts of a language, completed from English, in the one font that suits them best."""
    own = _read(tag)
    words = own if tag == ENGLISH else _completed(own, words_in(ENGLISH))
    # As one text, so that a letter that the font lacks is replaced wherever it stands.
    text = json.dumps(words, ensure_ascii=False)
    run = fonts.installed().best(text).run(text)
    printable: dict[str, Any] = json.loads(run["text"])
    longest = max(printable["figures"].values(), key=len)
    before, _, after = printable["aloud"].partition("{code}")
    lang, *more = tag.split("-")
    return printable | {
        "tag": tag,
        "lang": lang,
        "region": next((part for part in more if len(part) == _COUNTRY), None),
        "rtl": printable["direction"] == "rtl",
        "font": run["font"],
        **fonts.measures(run["font"]),
        "before-aloud": before,
        "after-aloud": after,
        "longest-aloud": [[longest] * 4] * 3,
    }


def _completed(own: Words, english: Words) -> dict[str, Any]:
    """A language's texts, and the English ones that it leaves out, in its tables too."""
    tables = {key: english[key] | own.get(key, {}) for key in ("adults", "days", "figures", "card")}
    return {**english, **own, **tables}


def _read(tag: str) -> dict[str, Any]:
    return tomllib.loads((_TEXTS / f"{tag}{_SUFFIX}").read_text(encoding="utf-8"))


def written(day: date, words: Words) -> str:
    """A date in words, as the language writes it: Tuesday 8 December 2026, mardi 1er décembre."""
    number = str(day.day)
    return filled(
        words["date"],
        weekday=words["weekdays"][day.weekday()],
        day=words["days"].get(number, number),
        month=words["months"][day.month - 1],
        year=str(day.year),
    )


def aloud(code: str, words: Words) -> list[list[str]]:
    """The groups of a code, each as its letters and the names of its figures: B, two, C.

    On paper an 8 may be taken for a B; and a screen reader would say a group as a word.
    """
    return [[words["figures"].get(sign, sign) for sign in group] for group in code.split("-")]


def filled(text: str, **values: str) -> str:
    """The text with each {key} replaced. Other braces are a school's own and stay as they are."""
    for key, value in values.items():
        text = text.replace(f"{{{key}}}", value)
    return text
