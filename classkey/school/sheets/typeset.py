"""From the content of sheets to one PDF, in memory (F3). The only importer of typst.

Names may be in any script and hold anything: they reach typst as JSON, never as source; each is
set in one font that has all its letters; what no font has shows as a box, and the run goes on.
"""

import json
import re
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cache, cached_property
from importlib.metadata import entry_points
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import typst
from fontTools.ttLib import TTFont

from classkey.school.qr import qr_svg

_HERE = files(__package__)
_TEXTS = _HERE / "texts"
_ENGLISH = "en"

# Where fonts come from, and in which order they are asked whether they have a text's letters.
# A school adds a script by installing one more fontpkg-… package: those are asked last.
_FONT_PACKAGES = {
    "Noto Sans": "fontpkg_noto_sans",  # Latin with Vietnamese, Cyrillic, Greek, Devanagari
    "Amiri": "fontpkg_amiri",  # Arabic, Persian, Urdu
    "Noto Sans Thai": "fontpkg_noto_sans_thai",
    "Noto Sans SC": "pylopdf_fonts_zh_cn",  # Chinese; kana
    "Noto Sans KR": "pylopdf_fonts_ko",
    "Noto Sans Hebrew": "pylopdf_fonts_he",
}
_CODE_FONT = "Atkinson Hyperlegible"
_CODE_FONT_PACKAGE = "fontpkg_atkinson_hyperlegible"

_LONGEST = 160  # characters of a name, an address or one way to reach support; then "…"
_LONGEST_WORD = 40  # characters; a longer one may be broken anywhere
_MOST_MARKS = 4  # on one letter; Vietnamese needs 2, "zalgo" would paint over the code
_JOINERS = "\u200c\u200d"  # the only format characters that spelling needs (Persian, Devanagari)
_BREAK = "\u200b"
_STAND_INS = "\ufffd□?"  # for a letter that no font has: the first that the chosen font has


class Paper(StrEnum):
    """What a sheet is printed on; the values are typst's names."""

    A4 = "a4"
    LETTER = "us-letter"


@dataclass(frozen=True, slots=True)
class Support:
    """How to reach the school's support (F11). What is '' is left out."""

    phone: str = ""
    email: str = ""
    postal: str = ""
    hours: str = ""


@dataclass(frozen=True, slots=True)
class SheetContent:
    """What one family's sheet says (F3). Its repr, which error reports show, has no code (K6)."""

    student_name: str
    school_name: str
    code: str = field(repr=False)  # as written: XXXX-XXXX-XXXX
    join_link: str = field(repr=False)  # for the QR code: https://host/join/#XXXXXXXXXXXX
    join_address: str  # for typing: host/join
    valid_until: date
    adults: int  # that the code admits (F1)
    language: str = _ENGLISH


def typeset(sheets: Sequence[SheetContent], paper: Paper, support: Support) -> bytes:
    """Make one tagged PDF (PDF/UA-1) of one page for each sheet, in the order given (F3).

    A sheet whose language has no texts is in English: `languages()` says what to offer, and one
    child's entry must not stop a class's run. The same sheets give the same bytes, so that a part
    sent again (F2) is the same file. Nothing is written to disk, and nothing but the pages and
    their bookmarks names a student.

    Raises ValueError if there are no sheets, or as `qr_svg` does for a link.
    """
    if not sheets:
        raise ValueError("no sheets to typeset")
    words = {tag: _words(tag) for tag in {_language(sheet.language) for sheet in sheets}}
    first = words[_language(sheets[0].language)]
    data = {
        "paper": paper,
        "title": first["title"],
        "lang": first["lang"],
        "code-font": _CODE_FONT,
        "words": words,
        "support": {
            way: _lettered(value)
            for way in ("phone", "email", "postal", "hours")
            if (value := getattr(support, way).strip())
        },
        "sheets": [_filled(sheet, words[_language(sheet.language)]) for sheet in sheets],
    }
    return typst.compile(
        _template(),
        font_paths=_fonts().engine,
        sys_inputs={"data": json.dumps(data)},
        pdf_standards=["ua-1"],
    )


def _filled(sheet: SheetContent, words: Mapping[str, Any]) -> dict[str, Any]:
    """One sheet as the template wants it: the words that depend on it filled in."""
    adults = words["adults"]
    return {
        "language": words["tag"],
        "name": _lettered(sheet.student_name),
        "school": _lettered(sheet.school_name),
        "code": sheet.code,
        "link": sheet.join_link,
        "address": _lettered(sheet.join_address, first_choice=_CODE_FONT),
        "qr": qr_svg(sheet.join_link),
        "qr-alt": words["qr_alt"].replace("{address}", sheet.join_address),
        "valid": words["valid_until"].replace("{date}", _written(sheet.valid_until, words)),
        "adults": adults.get(str(sheet.adults), adults["other"]).replace(
            "{adults}", str(sheet.adults)
        ),
    }


def _written(day: date, words: Mapping[str, Any]) -> str:
    """A date in words, as the language writes it: Tuesday 8 December 2026."""
    parts = {
        "{weekday}": words["weekdays"][day.weekday()],
        "{day}": str(day.day),
        "{month}": words["months"][day.month - 1],
        "{year}": str(day.year),
    }
    text: str = words["date"]
    for name, value in parts.items():
        text = text.replace(name, value)
    return text


# -- Languages -------------------------------------------------------------------------------------


@cache
def languages() -> frozenset[str]:
    """The languages a sheet can be in, as tags ('en', 'pt-BR'): one file in texts/ each."""
    names = (entry.name for entry in _TEXTS.iterdir())
    return frozenset(name.removesuffix(".toml") for name in names if name.endswith(".toml"))


def _language(wanted: str) -> str:
    """The language there is for the one wanted: itself, without its region, or English."""
    return next((tag for tag in (wanted, wanted.split("-")[0]) if tag in languages()), _ENGLISH)


@cache
def _words(tag: str) -> dict[str, Any]:
    """The texts of a language, completed from English, in the one font that suits them best.

    Raises tomllib.TOMLDecodeError if a school's own file is not TOML.
    """
    own = tomllib.loads((_TEXTS / f"{tag}.toml").read_text(encoding="utf-8"))
    words = own if tag == _ENGLISH else _words(_ENGLISH) | own
    # As one text, so that a letter that the font lacks is replaced wherever it stands.
    text = json.dumps(words, ensure_ascii=False)
    run = _fonts().best(text).run(text)
    printable: dict[str, Any] = json.loads(run["text"])
    return printable | {"tag": tag, "lang": tag.split("-")[0], "font": run["font"]}


# -- Letters ---------------------------------------------------------------------------------------


def _lettered(text: str, first_choice: str = "") -> dict[str, Any]:
    """Somebody's text as the template wants it: its direction, and runs of one font each.

    One font for all of it; only where none has all its letters, a font for each word, and a
    box for a letter that no font has.
    """
    text = _tame(text)
    fonts = _fonts()
    whole = fonts.having(text, first_choice)
    pieces = [text] if whole else re.findall(r"\S+\s*", text)
    runs = [(whole or fonts.best(piece)).run(piece) for piece in pieces]
    strong = (unicodedata.bidirectional(letter) for letter in text)
    return {"rtl": next((s != "L" for s in strong if s in ("L", "R", "AL")), False), "runs": runs}


def _tame(text: str) -> str:
    """One line of limited length, without what would break, reorder or overpaint the page."""
    kept: list[str] = []
    marks = 0
    for letter in unicodedata.normalize("NFC", text):
        kind = unicodedata.category(letter)
        marks = marks + 1 if kind[0] == "M" else 0
        if kind[0] == "Z" or kind == "Cc":
            kept.append(" ")
        elif letter in _JOINERS or (kind != "Cf" and marks <= _MOST_MARKS):
            kept.append(letter)
    line = " ".join("".join(kept).split())
    if len(line) > _LONGEST:
        line = line[: _LONGEST - 1] + "…"
    return " ".join(map(_breakable, line.split())) or "–"


def _breakable(word: str) -> str:
    """The word, with places to break it (never before a mark) if it is longer than words are."""
    if len(word) <= _LONGEST_WORD:
        return word
    return "".join(
        letter if unicodedata.category(letter)[0] == "M" else _BREAK + letter for letter in word
    ).lstrip(_BREAK)


def _letters(face: Path) -> frozenset[str]:
    with TTFont(face, lazy=True) as font:
        return frozenset(map(chr, font.getBestCmap()))


@dataclass(frozen=True)
class _Font:
    """A family, and the letters that every upright face of it has."""

    name: str
    faces: tuple[Path, ...]

    @cached_property
    def letters(self) -> frozenset[str]:
        return frozenset.intersection(*map(_letters, self.faces))

    def missing(self, text: str) -> set[str]:
        return set(text) - self.letters - {*_JOINERS, _BREAK, " "}

    def run(self, text: str) -> dict[str, str]:
        """The text in this font, with a stand-in for each letter that it lacks."""
        stand_in = next(letter for letter in _STAND_INS if letter in self.letters)
        lacking = dict.fromkeys(map(ord, self.missing(text)), stand_in)
        return {"font": self.name, "text": text.translate(lacking)}


@dataclass(frozen=True)
class _Fonts:
    """The installed fonts, and nothing of the system's: every server prints the same sheet."""

    engine: typst.Fonts
    ladder: tuple[_Font, ...]  # in the order of asking

    def having(self, text: str, first_choice: str) -> _Font | None:
        """The first font that has every letter of the text; `first_choice`, if it has, is it."""
        ladder = sorted(self.ladder, key=lambda font: font.name != first_choice)
        return next((font for font in ladder if not font.missing(text)), None)

    def best(self, text: str) -> _Font:
        """The font that lacks the fewest letters of the text."""
        return min(self.ladder, key=lambda font: len(font.missing(text)))


@cache
def _fonts() -> _Fonts:
    """Look up the installed fonts, once in a process; their letters are read when first needed."""
    added = sorted(entry.module for entry in entry_points(group="fontpkg.family"))
    packages = [*_FONT_PACKAGES.values(), _CODE_FONT_PACKAGE, *added]
    specs = [spec for name in dict.fromkeys(packages) if (spec := find_spec(name))]
    places = [place for spec in specs for place in spec.submodule_search_locations or ()]
    engine = typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=places
    )
    faces: dict[str, list[Path]] = {}
    for face in engine.fonts():
        if face.style == "normal" and face.path:
            faces.setdefault(face.family, []).append(Path(face.path))
    order = dict.fromkeys([*_FONT_PACKAGES, *sorted(faces)])
    return _Fonts(engine, tuple(_Font(name, tuple(faces[name])) for name in order if name in faces))


@cache
def _template() -> bytes:
    return (_HERE / "sheet.typ").read_bytes()
