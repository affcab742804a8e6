"""Which font sets whose letters: one font for a whole name, never mixed within a word (F3).

Fallback inside a word doubles letters in the text layer, so typst is told a font for each text
and falls back to none; what no font has is replaced here, before typst would stop at it.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # and where they are used: a web process seldom prints, and need not hold them
    import typst
    from fontTools.ttLib import TTFont

# Where fonts come from, and in which order they are asked whether they have a text's letters.
# A school adds a script by installing one more fontpkg-… package: those are asked last.
_PACKAGES = {
    "Noto Sans": "fontpkg_noto_sans",  # Latin with Vietnamese, Cyrillic, Greek, Devanagari
    "Amiri": "fontpkg_amiri",  # Arabic, Persian, Urdu
    "Noto Sans Thai": "fontpkg_noto_sans_thai",
    "Noto Sans SC": "pylopdf_fonts_zh_cn",  # Chinese; kana
    "Noto Sans KR": "pylopdf_fonts_ko",
    "Noto Sans Hebrew": "pylopdf_fonts_he",
}
# Letters of Amiri are drawn smaller than others of the same size, and reach further down.
_MEASURES = {"Amiri": {"scale": 1.2, "leading": 1.5}}
CODE_FONT = "Atkinson Hyperlegible"
_CODE_FONT_PACKAGE = "fontpkg_atkinson_hyperlegible"

_LONGEST = 160  # characters of a name, an address or one way to reach support; then "…"
_LONGEST_WORD = 30  # characters; a longer one may be broken anywhere
_MOST_MARKS = 4  # on one letter; Vietnamese needs 2, "zalgo" would paint over the code
_JOINERS = "\u200c\u200d"  # the only format characters that spelling needs (Persian, Devanagari)
_BREAK = "\u200b"
_BOLD = 600  # the weight from which typst finds a face good enough for bold
_STAND_INS = "\ufffd□?"  # for a letter that no font has: the first that the chosen font has


def lettered(text: str, first_choice: str = "") -> dict[str, Any]:
    """Somebody's text as the templates want it: its direction, and runs of one font each.

    One font for all of it, `first_choice` if that will do; only where none has all its letters,
    a font for each word, and a box for a letter that no font has.
    """
    text = _tame(text)
    fonts = installed()
    whole = fonts.having(text, first_choice)
    pieces = [text] if whole else re.findall(r"\S+\s*", text)
    runs = [(whole or fonts.best(piece)).run(piece) for piece in pieces]
    strong = (unicodedata.bidirectional(letter) for letter in text)
    return {"rtl": next((s != "L" for s in strong if s in ("L", "R", "AL")), False), "runs": runs}


def measures(font: str) -> dict[str, float]:
    """How a font's running text is set beside that of others: its `scale` and its `leading`."""
    return _MEASURES.get(font, {"scale": 1.0, "leading": 1.0})


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


def _opened(face: Path) -> "TTFont":
    from fontTools.ttLib import TTFont

    return TTFont(face, lazy=True)


def _letters(face: Path) -> frozenset[str]:
    with _opened(face) as font:
        return frozenset(map(chr, font.getBestCmap()))


def _is_variable(face: Path) -> bool:
    with _opened(face) as font:
        return "fvar" in font


@dataclass(frozen=True)
class Font:
    """A family, and the letters that every upright face of it has."""

    name: str
    faces: tuple[Path, ...]

    @cached_property
    def letters(self) -> frozenset[str]:
        """What it can draw."""
        return frozenset.intersection(*map(_letters, self.faces))

    def missing(self, text: str) -> set[str]:
        """The letters of the text that it cannot draw."""
        return set(text) - self.letters - {*_JOINERS, _BREAK, " "}

    def run(self, text: str) -> dict[str, str]:
        """The text in this font, with a stand-in for each letter that it lacks."""
        stand_in = next(letter for letter in _STAND_INS if letter in self.letters)
        lacking = dict.fromkeys(map(ord, self.missing(text)), stand_in)
        return {"font": self.name, "text": text.translate(lacking)}


@dataclass(frozen=True)
class Fonts:
    """The installed fonts, and nothing of the system's: every server prints the same sheet."""

    engine: "typst.Fonts"
    ladder: tuple[Font, ...]  # in the order of asking
    regular_only: tuple[str, ...]  # families without bold letters

    def having(self, text: str, first_choice: str) -> Font | None:
        """The first font that has every letter of the text; `first_choice`, if it has, is it."""
        ladder = sorted(self.ladder, key=lambda font: font.name != first_choice)
        return next((font for font in ladder if not font.missing(text)), None)

    def best(self, text: str) -> Font:
        """The font that lacks the fewest letters of the text."""
        return min(self.ladder, key=lambda font: len(font.missing(text)))


@cache
def installed() -> Fonts:
    """Look up the installed fonts, once in a process; their letters are read when first needed."""
    import typst

    added = sorted(entry.module for entry in entry_points(group="fontpkg.family"))
    packages = [*_PACKAGES.values(), _CODE_FONT_PACKAGE, *added]
    specs = [spec for name in dict.fromkeys(packages) if (spec := find_spec(name))]
    places = [place for spec in specs for place in spec.submodule_search_locations or ()]
    engine = typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=places
    )
    faces: dict[str, list[Path]] = {}
    bold = set()
    for face in engine.fonts():
        if face.style == "normal" and face.path:
            faces.setdefault(face.family, []).append(Path(face.path))
            if face.weight >= _BOLD or _is_variable(Path(face.path)):
                bold.add(face.family)
    order = dict.fromkeys([*_PACKAGES, *sorted(faces)])
    ladder = tuple(Font(name, tuple(faces[name])) for name in order if name in faces)
    return Fonts(engine, ladder, tuple(font.name for font in ladder if font.name not in bold))
