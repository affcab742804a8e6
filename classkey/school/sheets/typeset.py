"""From the content of sheets and cards to one PDF, in memory (F3, P6).

Names may be in any script and hold anything: they reach typst as JSON, never as source; each is
set in one font that has all its letters; what no font has shows as a box, and the run goes on.
The same content gives the same bytes. Nothing is written to disk, and nothing but the pages and
their bookmarks names a student.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

from classkey.school.qr import qr_svg
from classkey.school.sheets import fonts, texts
from classkey.school.sheets.fonts import CODE_FONT, lettered
from classkey.school.sheets.texts import Words, filled, languages, nearest_language

__all__ = [
    "CardContent",
    "Paper",
    "PrintSize",
    "SheetContent",
    "Support",
    "languages",
    "typeset",
    "typeset_cards",
]

_TEMPLATES = files(__package__)


class Paper(StrEnum):
    """What a sheet is printed on; the values are typst's names."""

    A4 = "a4"
    LETTER = "us-letter"


class PrintSize(StrEnum):
    """How large the letters of a sheet are."""

    REGULAR = "regular"
    LARGE = "large"


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
    language: str = texts.ENGLISH


@dataclass(frozen=True, slots=True)
class CardContent:
    """What one student's sign-in card says (P6). Its repr has no password."""

    student_name: str
    school_name: str
    user_name: str
    password: str = field(repr=False)
    address: str  # for typing: host


def typeset(
    sheets: Sequence[SheetContent],
    paper: Paper,
    support: Support,
    size: PrintSize = PrintSize.REGULAR,
) -> bytes:
    """Make one tagged PDF (PDF/UA-1) of one page for each sheet, in the order given (F3).

    Each sheet is in its own language. One whose language has no texts is in English:
    `languages()` says what to offer, and one child's entry must not stop a class's run.
    Large print leaves out what a step says in small letters, and is one page too.

    Raises ValueError if there are no sheets, or as `qr_svg` does for a link.
    """
    if not sheets:
        raise ValueError("no sheets to typeset")
    wanted = {sheet.language: nearest_language(sheet.language) for sheet in sheets}
    words = {tag: texts.words_in(tag) for tag in wanted.values()}
    data = {
        "size": size,
        "support": {
            way: lettered(value)
            for way in ("phone", "email", "postal", "hours")
            if (value := getattr(support, way).strip())
        },
        "sheets": [_sheet(sheet, words[wanted[sheet.language]]) for sheet in sheets],
    }
    own = _of_document(words[wanted[sheets[0].language]])
    return _pdf("sheet.typ", own["title"], paper, own, data | {"words": words})


def _sheet(sheet: SheetContent, words: Words) -> dict[str, Any]:
    """One sheet as the template wants it: the words that depend on it filled in."""
    number = str(sheet.adults)
    adults = filled(words["adults"].get(number, words["adults"]["other"]), adults=number)
    return {
        "language": words["tag"],
        "name": lettered(sheet.student_name),
        "school": lettered(sheet.school_name),
        "code": sheet.code,
        "aloud": texts.aloud(sheet.code, words),
        "link": sheet.join_link,
        "address": lettered(sheet.join_address, first_choice=CODE_FONT),
        "qr": qr_svg(sheet.join_link),
        "qr-alt": filled(words["qr_alt"], address=sheet.join_address),
        "valid": filled(words["valid_until"], date=texts.written(sheet.valid_until, words)),
        "private": filled(words["private_more"], adults=adults),
    }


def typeset_cards(
    cards: Sequence[CardContent], paper: Paper, language: str = texts.ENGLISH
) -> bytes:
    """Make one tagged PDF (PDF/UA-1) of sign-in cards, eight to a page, to cut apart (P6).

    The order is the one given, row by row. A language without texts is English.

    Raises ValueError if there are no cards.
    """
    if not cards:
        raise ValueError("no cards to typeset")
    words = texts.words_in(nearest_language(language))
    filled_in = [
        {
            "name": lettered(card.student_name),
            "school": lettered(card.school_name),
            "user-name": lettered(card.user_name, first_choice=CODE_FONT),
            "password": lettered(card.password, first_choice=CODE_FONT),
            "address": lettered(card.address, first_choice=CODE_FONT),
        }
        for card in cards
    ]
    own = _of_document(words)
    data = {"words": words, "cards": filled_in}
    return _pdf("cards.typ", own["card"]["title"], paper, own, data)


def _of_document(words: Words) -> Words:
    """The language of the whole, which a sheet's own overrides: one from left to right.

    In a document in Arabic, browsers turn round all that is not: a copied code would be wrong.
    """
    return texts.words_in(texts.ENGLISH) if words["rtl"] else words


def _pdf(template: str, title: str, paper: Paper, words: Words, data: Mapping[str, Any]) -> bytes:
    import typst  # only now: a web process seldom prints, and need not hold it

    shared = {
        "paper": paper,
        "title": title,
        "lang": words["lang"],
        "region": words["region"],
        "code-font": CODE_FONT,
        "regular-only": fonts.installed().regular_only,
    }
    pdf: bytes = typst.compile(  # type: ignore[call-overload] # files by name: not in its stub
        {
            "main.typ": _template(template),
            "common.typ": _template("common.typ"),
            "data.json": json.dumps({**shared, **data}).encode(),
        },
        font_paths=fonts.installed().engine,
        pdf_standards=["ua-1"],
    )
    return pdf


@cache
def _template(name: str) -> bytes:
    return (_TEMPLATES / name).read_bytes()
