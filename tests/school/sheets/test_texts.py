"""The sheets' texts, one file a language (F3): whoever adds one sees here what is missing."""

import re
import tomllib
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pdfua
import pypdfium2
import pytest

from classkey.school.code_text import ALPHABET
from classkey.school.sheets import texts as module
from classkey.school.sheets.texts import languages, nearest_language, words_in, written
from classkey.school.sheets.typeset import Paper, PrintSize, typeset, typeset_cards
from tests.school.sheets.reading import (
    EMMA,
    LONG_SUPPORT,
    SUPPORT,
    assert_apart,
    assert_inside,
    boxes_of,
    printed,
    scanned,
    texts,
    where,
)
from tests.school.sheets.test_cards import CARD

HERE = Path(module.__file__).parent / "texts"
LANGUAGE = pytest.mark.parametrize("tag", sorted(languages()))
DECEMBER = date(2026, 12, 8)


def own(tag: str) -> dict[str, Any]:
    return tomllib.loads((HERE / f"{tag}.toml").read_text(encoding="utf-8"))


def phrases(of: object) -> Iterator[str]:
    """Every text in a file, however deep."""
    if isinstance(of, str):
        yield of
    elif isinstance(of, dict):
        for value in of.values():
            yield from phrases(value)
    elif isinstance(of, list):
        for value in of:
            yield from phrases(value)


def test_a_form_offers_the_languages_by_their_own_names() -> None:
    assert dict(languages()) == {
        "ar": "العربية",
        "en": "English",
        "es": "Español",
        "fr": "Français",
        "uk": "Українська",
        "vi": "Tiếng Việt",
        "zh-Hans": "简体中文",
    }


@LANGUAGE
def test_every_language_has_all_the_texts(tag: str) -> None:
    theirs, english = own(tag), own("en")
    assert theirs.keys() == english.keys()
    assert theirs["card"].keys() == english["card"].keys()
    assert theirs["figures"].keys() == {sign for sign in ALPHABET if sign.isdigit()}
    assert "other" in theirs["adults"]
    assert theirs["direction"] in ("ltr", "rtl")
    assert (len(theirs["weekdays"]), len(theirs["months"])) == (7, 12)
    for key in ("valid_until", "private_more", "aloud", "qr_alt", "date"):
        assert set(re.findall(r"{\w+}", theirs[key])) >= set(re.findall(r"{\w+}", english[key])) - {
            "{weekday}"
        }


@LANGUAGE
@pytest.mark.parametrize("size", PrintSize)
def test_every_language_makes_an_accessible_sheet(
    tag: str, size: PrintSize, tmp_path: Path
) -> None:
    file = tmp_path / "sheet.pdf"
    for paper in Paper:
        for support in (SUPPORT, LONG_SUPPORT):
            sheet = replace(EMMA, language=tag)
            file.write_bytes(typeset([sheet], paper, support, size))
            report = pdfua.validate(str(file))
            assert (report.exit_code, list(report.findings)) == (0, [])
            (page,) = pypdfium2.PdfDocument(file)
            assert_inside(page)
            assert_apart(page, tag)


@LANGUAGE
def test_every_language_is_read_back_as_it_was_written(tag: str) -> None:
    """What is copied, or read aloud: each word of the file, in order but on an Arabic page."""
    pdf = pypdfium2.PdfDocument(typeset([replace(EMMA, language=tag)], Paper.A4, SUPPORT))
    read = texts(pdf)[0]
    assert "�" not in read
    theirs = own(tag)
    said = [
        *(text for key, text in theirs.items() if re.search("(_title|_[123]|more|for)$", key)),
        *theirs["seen"], *theirs["unseen"], theirs["phone"], theirs["hours"],
        theirs["fold"], theirs["intro"],
        written(DECEMBER, words_in(tag)),
    ]  # fmt: skip
    for phrase in said:
        if theirs["direction"] == "rtl":
            assert set(re.findall(r"[\u0600-\u06ff]+", phrase)) <= set(
                re.findall(r"[\u0600-\u06ff]+", read)
            )
        else:
            tail = phrase.removeprefix("{adults}")
            assert "".join(tail.split()) in "".join(read.split())


def test_arabic_has_no_vowel_marks() -> None:
    """Readers of PDF put them after the wrong letter."""
    marks = [
        sign for phrase in phrases(own("ar")) for sign in phrase if unicodedata.combining(sign)
    ]
    assert marks == []


def test_french_has_narrow_spaces_before_its_tall_signs() -> None:
    """And inside its quotation marks; none of them ends a line."""
    for phrase in phrases(own("fr")):
        assert not re.search(r"(?<!\u202f)[;:!?»]|«(?!\u202f)", phrase), phrase


@pytest.mark.parametrize(
    ("tag", "day", "said"),
    [
        ("en", DECEMBER, "Tuesday 8 December 2026"),
        ("fr", DECEMBER, "mardi 8 décembre 2026"),
        ("fr", date(2027, 1, 1), "vendredi 1er janvier 2027"),
        ("es", DECEMBER, "martes 8 de diciembre de 2026"),
        ("uk", DECEMBER, "вівторка, 8 грудня 2026 року"),
        ("vi", DECEMBER, "Thứ Ba, ngày 8 tháng 12 năm 2026"),
        ("zh-Hans", DECEMBER, "2026年12月8日（星期二）"),
        ("ar", DECEMBER, "الثلاثاء 8 ديسمبر 2026"),
    ],
)
def test_a_date_is_written_as_the_language_writes_it(tag: str, day: date, said: str) -> None:
    assert written(day, words_in(tag)) == said


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("fr", "fr"),
        ("fr-CA", "fr"),
        ("zh-Hans", "zh-Hans"),
        ("zh-CN", "zh-Hans"),
        ("zh", "zh-Hans"),
        ("en-GB", "en"),
        ("tlh", "en"),
        ("", "en"),
        ("../../../etc/passwd", "en"),
        ("en.toml", "en"),
    ],
)
def test_a_language_without_texts_is_said_in_the_nearest_or_in_english(
    wanted: str, found: str
) -> None:
    """One child's entry must not stop a class's run."""
    assert nearest_language(wanted) == found


def test_a_run_may_mix_languages() -> None:
    sheets = [replace(EMMA, language=tag) for tag in ("en", "uk", "tlh", "zh-Hans")]
    english, ukrainian, other, chinese = texts(
        pypdfium2.PdfDocument(typeset(sheets, Paper.A4, SUPPORT))
    )
    assert "Three steps" in english
    assert "Три кроки" in ukrainian
    assert "Three steps" in other
    assert "三个步骤" in chinese


def test_an_arabic_sheet_is_mirrored_and_its_code_is_not() -> None:
    code = "2345-6789-MNPQ"  # figures are what bidirectional text would move
    sheets = [replace(EMMA, language=tag, code=code) for tag in ("ar", "en")]
    pdf = pypdfium2.PdfDocument(typeset(sheets, Paper.A4, SUPPORT))
    for page in pdf:
        start, middle, end = (where(page, part) for part in ("2345", "6789", "MNPQ"))
        assert start[2] < middle[0] < middle[2] < end[0]
        assert start[1] == pytest.approx(end[1], abs=6)  # on one line
    arabic, english = (max(boxes_of(page), key=lambda box: box[3]) for page in pdf)
    assert arabic[2] == pytest.approx(595 - 57, abs=2)  # its school ends at the right margin
    assert english[0] == pytest.approx(57, abs=2)  # the other begins at the left one


def test_arabic_words_for_figures_stand_in_the_order_of_the_code() -> None:
    """From right to left, as the sentence before them; each is read before the one to its left."""
    sheet = replace(EMMA, language="ar", code="2345-6BCD-789F")
    (page,) = pypdfium2.PdfDocument(typeset([sheet], Paper.A4, SUPPORT))
    figures = own("ar")["figures"]
    rights = [where(page, figures[figure])[2] for figure in "2345"]
    assert rights == sorted(rights, reverse=True)


@pytest.fixture
def a_school_adds_portuguese_and_persian(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """A school's own texts: two languages begun, and in one a letter that no font has."""
    (tmp_path / "en.toml").write_text((HERE / "en.toml").read_text())
    (tmp_path / "README").write_text("not a language")
    (tmp_path / "pt-BR.toml").write_text(
        'language = "Português"\nsteps_title = "Três passos"\n[figures]\n2 = "dois"\n'
    )
    (tmp_path / "fa.toml").write_text(
        'direction = "rtl"\ncode_for = "کد والدین"\nintro = "این کد \U00010000"\n'
        'date = "{day}/{month}/{year}"\n'
    )
    monkeypatch.setattr(module, "_TEXTS", tmp_path)
    for function in (languages, words_in):
        function.cache_clear()
    yield
    for function in (languages, words_in):
        function.cache_clear()


@pytest.mark.usefixtures("a_school_adds_portuguese_and_persian")
def test_a_school_adds_a_language_by_adding_a_file() -> None:
    """F3: what the file leaves out is in English, in its tables too."""
    assert dict(languages()) == {"en": "English", "fa": "fa", "pt-BR": "Português"}
    sheets = [replace(EMMA, language=tag, code="23DF-GHJK-MNPQ") for tag in ("fa-IR", "pt", "en")]
    pdf = pypdfium2.PdfDocument(typeset(sheets, Paper.A4, SUPPORT))
    persian, portuguese, english = texts(pdf)
    assert "والدین" in persian
    assert "December" in persian
    assert "Tuesday" not in persian
    assert "Três passos" in portuguese
    assert "dois, three, D, F" in portuguese
    assert "Three steps" in english
    assert [scanned(printed(page)) for page in pdf] == [[EMMA.join_link]] * 3
    assert words_in("pt-BR")["region"] == "BR"  # a screen reader's Brazilian voice


@pytest.mark.usefixtures("a_school_adds_portuguese_and_persian")
def test_a_school_s_language_is_that_of_its_cards_too() -> None:
    (read,) = texts(pypdfium2.PdfDocument(typeset_cards([CARD], Paper.A4, "pt-BR")))
    assert "User name" in read
