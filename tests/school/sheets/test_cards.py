"""Sign-in cards for a class of seven-year-olds (P6): printed, cut apart, read."""

import re
from dataclasses import replace
from pathlib import Path

import pdfua
import pypdfium2
import pytest

from classkey.school.sheets.typeset import CardContent, Paper, languages, typeset_cards
from tests.school.sheets.reading import (
    NAMES,
    SIZES,
    assert_apart,
    assert_inside,
    boxes_of,
    printed,
    tags_of,
    texts,
)

CARD = CardContent(
    student_name="Emma Larsson",
    school_name="Riverside Elementary School",
    user_name="emma.larsson",
    password="river-maple-42",
    address="classkey.example.org",
)
PAPER = pytest.mark.parametrize("paper", Paper)
LANGUAGE = pytest.mark.parametrize("language", sorted(languages()))


def open_pdf(
    cards: list[CardContent], paper: Paper = Paper.A4, language: str = "en"
) -> pypdfium2.PdfDocument:
    return pypdfium2.PdfDocument(typeset_cards(cards, paper, language))


@PAPER
def test_a_card_says_how_to_sign_in(paper: Paper) -> None:
    """P6: name, user name, first password, web address, school, and what comes next."""
    (read,) = texts(open_pdf([CARD], paper))
    for said in (
        "Riverside Elementary School", "Emma Larsson", "Web address classkey.example.org",
        "User name emma.larsson", "First password river-maple-42", "choose your own password",
    ):  # fmt: skip
        assert said in read


@PAPER
def test_eight_cards_are_a_page_in_the_order_given(paper: Paper) -> None:
    pdf = open_pdf([replace(CARD, student_name=f"Student No{index}") for index in range(11)], paper)
    assert [page.get_size() for page in pdf] == [pytest.approx(SIZES[paper], abs=1)] * 2
    read = " ".join(texts(pdf))
    assert re.findall(r"No(\d+)", read) == [str(index) for index in range(11)]


def test_no_cards_are_refused() -> None:
    with pytest.raises(ValueError, match="no cards"):
        typeset_cards([], Paper.A4)


@PAPER
@LANGUAGE
def test_no_card_s_text_is_cut_off_with_another_card(paper: Paper, language: str) -> None:
    """Whatever the names are, and however long what stands on a card is."""
    long = "Featherstonehaugh Cholmondeley-Marjoribanks " * 5
    people = [replace(CARD, student_name=name) for name in NAMES.values()]
    people += [
        CardContent(
            long, long, user_name=name, password="correct horse battery staple", address=host
        )
        for name, host in (("m" * 40, "district." * 8), ("emma." * 30, "classkey.example.org"))
    ]
    for page in open_pdf(people, paper, language):
        width, height = page.get_size()
        assert_inside(page, margin=28)
        assert_apart(page, language)
        card_height = (height - 2 * 28.35) / 4
        for left, bottom, right, top in boxes_of(page):
            assert (left < width / 2) == (right < width / 2)
            assert int((bottom - 28.35) / card_height) == int((top - 28.35) / card_height)


@PAPER
def test_dashes_show_where_to_cut(paper: Paper) -> None:
    (page,) = open_pdf([CARD], paper)
    picture = printed(page, 144)
    below = range(picture.height - 20, picture.height)  # the last card; dashes have gaps
    dark = [
        column
        for column in range(picture.width)
        if not all(picture.getpixel((column, row)) for row in below)
    ]
    margin = 2 * 28.35
    lines = [margin, picture.width / 2, picture.width - margin]
    assert {min(lines, key=lambda line: abs(column - line)) for column in dark} == set(lines)
    assert all(min(abs(column - line) for line in lines) <= 2 for column in dark)


@PAPER
@LANGUAGE
def test_cards_are_tagged_and_accessible(paper: Paper, language: str, tmp_path: Path) -> None:
    """PDF/UA-1, as far as a machine can tell."""
    file = tmp_path / "cards.pdf"
    people = [replace(CARD, student_name=name) for name in NAMES.values()]
    file.write_bytes(typeset_cards(people, paper, language))
    report = pdfua.validate(str(file))
    assert (report.exit_code, list(report.findings)) == (0, [])


def test_a_screen_reader_goes_from_card_to_card() -> None:
    tags = tags_of(typeset_cards([CARD, replace(CARD, student_name="Ben Ode")], Paper.A4, "fr"))
    assert [tag.title for tag in tags if tag.kind == "H1"] == ["Emma Larsson", "Ben Ode"]
    assert [tag.kind for tag in tags].count("LI") == 6
    assert {tag.language for tag in tags} == {"fr"}


@LANGUAGE
def test_what_a_child_types_is_read_back_as_it_is(language: str) -> None:
    (read,) = texts(open_pdf([CARD], Paper.A4, language))
    for typed in (CARD.user_name, CARD.password, CARD.address):
        if language == "ar":  # on whose page pdfium moves figures and hyphens
            assert set(re.findall("[a-z]+", typed)) <= set(re.findall("[a-z]+", read))
        else:
            assert typed in read


def test_a_card_in_no_known_language_is_in_english() -> None:
    assert "User name" in texts(open_pdf([CARD], Paper.A4, "tlh"))[0]


def test_cards_name_nobody_in_their_title_and_no_password_in_error_reports() -> None:
    assert open_pdf([CARD]).get_metadata_dict()["Title"] == "Sign-in cards"
    assert "maple" not in repr(CARD)


def test_the_same_cards_are_the_same_bytes() -> None:
    assert typeset_cards([CARD], Paper.A4) == typeset_cards([CARD], Paper.A4)
