"""The parent-code sheet as a family gets it (F3): rendered, scanned, read back, checked."""

import re
from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path

import pdfua
import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classkey.school.sheets.typeset import (
    Paper,
    PrintSize,
    SheetContent,
    Support,
    languages,
    typeset,
)
from tests.school.sheets.reading import (
    CODE,
    EMMA,
    LINK,
    LONG_SUPPORT,
    NAMES,
    SIZES,
    SUPPORT,
    Box,
    assert_apart,
    assert_inside,
    boxes_of,
    printed,
    scanned,
    tags_of,
    texts,
    where,
)

SIZE = pytest.mark.parametrize("size", PrintSize)
PAPER = pytest.mark.parametrize("paper", Paper)
LANGUAGE = pytest.mark.parametrize("language", sorted(languages()))
MILLIMETRE = 72 / 25.4


def open_pdf(
    sheets: list[SheetContent],
    paper: Paper = Paper.A4,
    support: Support = SUPPORT,
    size: PrintSize = PrintSize.REGULAR,
) -> pypdfium2.PdfDocument:
    return pypdfium2.PdfDocument(typeset(sheets, paper, support, size))


def text_of(sheet: SheetContent, support: Support = SUPPORT) -> str:
    (text,) = texts(open_pdf([sheet], support=support))
    return text


# -- What a sheet says -----------------------------------------------------------------------------


@PAPER
@SIZE
def test_every_sheet_is_one_page_of_the_paper_in_the_order_given(
    paper: Paper, size: PrintSize
) -> None:
    names = [f"Student Number{index}" for index in range(5)]
    sheets = [replace(EMMA, student_name=name) for name in names]
    pdf = open_pdf(sheets, paper, size=size)
    for name, text, page in zip(names, texts(pdf), pdf, strict=True):
        assert name in text
        assert page.get_size() == pytest.approx(SIZES[paper], abs=1)
        assert_inside(page)


def test_no_sheets_are_refused() -> None:
    with pytest.raises(ValueError, match="no sheets"):
        typeset([], Paper.A4, SUPPORT)


@PAPER
@SIZE
def test_a_sheet_says_all_that_a_family_needs(paper: Paper, size: PrintSize) -> None:
    """F3, F11: name, school, code, address, steps, date, what is seen and not, support."""
    (text,) = texts(open_pdf([EMMA], paper, size=size))
    for said in (
        "Emma Larsson", "Riverside Elementary School", CODE, "classkey.example.org/join",
        "Tuesday 8 December 2026", "Up to 2 adults", "Scan the square", "sign up as a parent",
        "press “Use this code”", "What you will see", "What you will not see",
        "+1 555 010 0199", "help@example.org", "12 Elm Street Springfield", "Mon–Fri 8:00–16:00",
    ):  # fmt: skip
        assert said in text


def test_a_code_for_one_adult_says_one() -> None:
    assert "One adult can link" in text_of(replace(EMMA, adults=1))


def test_a_school_without_support_addresses_still_says_where_to_ask() -> None:
    """F11."""
    text = text_of(EMMA, Support(phone=" "))
    assert "Please ask at the school’s office." in text
    assert "Phone" not in text


def test_a_code_can_be_read_aloud() -> None:
    """Letter by letter, the figures as words: an 8 is not taken for a B, nor a 5 for an S."""
    text = text_of(replace(EMMA, code="B8DF-GH2K-MN5Q"))
    assert "To read it aloud: B, eight, D, F – G, H, two, K – M, N, five, Q" in text


@LANGUAGE
@pytest.mark.parametrize("code", ["8888-8888-8888", "WWWW-WWWW-WWWW"])
def test_any_code_fits_into_its_frame(language: str, code: str) -> None:
    for paper in Paper:
        for size in PrintSize:
            sheet = replace(EMMA, code=code, language=language)
            (page,) = open_pdf([sheet], paper, size=size)
            assert_inside(page)
            assert_apart(page, language)


def test_an_error_report_on_a_sheet_shows_no_code() -> None:
    """K6."""
    assert "BCDF" not in repr(EMMA)


# -- Folded, printed, scanned ----------------------------------------------------------------------


def qr_box(page: pypdfium2.PdfPage) -> Box:
    """Where the picture is: a white square, under the black of it."""
    boxes: list[Box] = [thing.get_bounds() for thing in page.get_objects()]
    return next(
        (left, bottom, right, top)
        for left, bottom, right, top in boxes
        if right - left == pytest.approx(top - bottom, abs=0.1) and right - left > 100
    )


@PAPER
@SIZE
@LANGUAGE
def test_folded_in_three_the_name_is_outside_and_the_code_inside(
    paper: Paper, size: PrintSize, language: str
) -> None:
    """The name is where both a DIN long and a #10 envelope have their window."""
    sheet = replace(EMMA, student_name="Ωmega", language=language)
    (page,) = open_pdf([sheet], paper, size=size)
    _, height = page.get_size()
    left, bottom, right, top = where(page, "Ωmega")
    assert left >= 16 * MILLIMETRE
    assert right <= 104 * MILLIMETRE
    assert height - top >= 62 * MILLIMETRE
    assert height - bottom <= 85 * MILLIMETRE
    code = where(page, "BCDF" if "BCDF" in page.get_textpage().get_text_range() else "FDCB")
    for _, its_bottom, _, its_top in (code, qr_box(page)):
        assert its_top < height * 2 / 3
        assert its_bottom > height / 3  # and no fold goes through it


@PAPER
def test_marks_at_both_edges_show_where_to_fold(paper: Paper) -> None:
    (page,) = open_pdf([EMMA], paper)
    picture = printed(page, 72)
    for column in (10, picture.width - 10):
        dark = [row for row in range(picture.height) if not picture.getpixel((column, row))]
        thirds = [picture.height / 3, picture.height * 2 / 3]
        assert [min(dark), max(dark)] == pytest.approx(thirds, abs=1.5)
        assert len(dark) <= 4


@PAPER
@SIZE
@LANGUAGE
def test_the_qr_code_scans_from_a_poor_black_and_white_print_even_askew(
    paper: Paper, size: PrintSize, language: str
) -> None:
    """F3: at 100 dots an inch, without greys; K3: it opens the link with the code in it."""
    other = replace(EMMA, join_link=LINK.replace("BCDF", "ZXWV"), language=language)
    here = replace(EMMA, language=language)
    for sheet, page in zip((here, other), open_pdf([here, other], paper, size=size), strict=True):
        picture = printed(page)
        assert scanned(picture) == [sheet.join_link]
        assert scanned(picture.rotate(3, fillcolor=1)) == [sheet.join_link]


@SIZE
def test_nothing_is_told_by_colour(size: PrintSize) -> None:
    """F3: black and white safe."""
    (page,) = open_pdf([EMMA], size=size)
    colours = page.render().to_pil().convert("RGB").getcolors(1000)
    assert all(red == green == blue for _, (red, green, blue) in colours)


def running_text_size(page: pypdfium2.PdfPage) -> float:
    """The size of most of the letters, in points."""
    sizes: Counter[float] = Counter()
    for thing in page.get_objects(textpage=page.get_textpage()):
        if isinstance(thing, pypdfium2.PdfTextObj):
            sizes[round(thing.get_font_size() * abs(thing.get_matrix().d), 1)] += len(
                thing.extract()
            )
    return sizes.most_common(1)[0][0]


@PAPER
@LANGUAGE
def test_large_print_is_a_fifth_larger_and_still_one_page(paper: Paper, language: str) -> None:
    sheet = replace(EMMA, language=language)
    (regular,), (large,) = (open_pdf([sheet], paper, size=size) for size in PrintSize)
    assert running_text_size(regular) >= 10
    assert running_text_size(large) >= 12.5
    assert running_text_size(large) >= 1.1 * running_text_size(regular)
    assert_inside(large)
    assert_apart(large, language)


# -- Tags ------------------------------------------------------------------------------------------


@PAPER
@SIZE
def test_a_sheet_is_tagged_and_accessible(paper: Paper, size: PrintSize, tmp_path: Path) -> None:
    """F3: PDF/UA-1, as far as a machine can tell."""
    file = tmp_path / "sheets.pdf"
    people = [replace(EMMA, student_name=name) for name in NAMES.values()]
    file.write_bytes(typeset(people, paper, SUPPORT, size))
    report = pdfua.validate(str(file))
    assert (report.exit_code, list(report.findings)) == (0, [])


def test_a_screen_reader_finds_headings_lists_and_the_picture_in_reading_order() -> None:
    tags = tags_of(typeset([EMMA], Paper.A4, SUPPORT))
    headings = [(tag.kind, tag.title) for tag in tags if re.fullmatch(r"H\d", tag.kind)]
    assert headings == [
        ("H1", "Emma Larsson"),
        ("H2", "Keep this sheet in the family"),
        ("H2", "Your code"),
        ("H2", "Three steps"),
        ("H2", "What you will see"),
        ("H2", "What you will not see"),
        ("H2", "Questions? We are glad to help"),
    ]
    (figure,) = (tag for tag in tags if tag.kind == "Figure")
    assert figure.alt == "QR code that opens classkey.example.org/join with the code filled in"
    kinds = Counter(tag.kind for tag in tags)
    assert (kinds["L"], kinds["LI"], kinds["LBody"], kinds["Link"]) == (5, 13, 13, 1)


def test_each_sheet_says_its_own_language() -> None:
    """A screen reader picks its voice by it; a run may mix languages."""
    sheets = [replace(EMMA, language=tag) for tag in ("fr", "ar", "zh-Hans", "fr")]
    tags = tags_of(typeset(sheets, Paper.A4, SUPPORT))
    assert tags[0].language == "fr"  # the document
    assert [tag.language for tag in tags if tag.kind == "H1"] == ["fr", "ar", "zh", "fr"]
    assert {tag.language for tag in tags if tag.alt.startswith("رمز")} == {"ar"}


def test_a_run_that_begins_in_arabic_reads_from_left_to_right_as_a_whole() -> None:
    """Else a browser copies the code of every sheet in it back to front; each says what it is."""
    sheets = [replace(EMMA, language=tag) for tag in ("ar", "en")]
    pdf = typeset(sheets, Paper.A4, SUPPORT)
    assert [tag.language for tag in tags_of(pdf) if tag.kind == "H1"] == ["ar", "en"]
    for read in texts(pypdfium2.PdfDocument(pdf)):
        assert CODE in read
        assert "classkey.example.org/join" in read


def test_the_title_and_the_metadata_name_no_student() -> None:
    pdf = typeset([EMMA], Paper.A4, SUPPORT)
    document = pypdfium2.PdfDocument(pdf)
    (xmp,) = re.findall(rb"<x:xmpmeta.*</x:xmpmeta>", pdf, re.DOTALL)
    assert document.get_metadata_dict()["Title"] == "Parent codes"
    assert b"<pdfuaid:part>1<" in xmp
    for told in (str(document.get_metadata_dict()), xmp.decode()):
        assert "Emma" not in told
        assert "BCDF" not in told


def test_the_same_sheets_are_the_same_bytes() -> None:
    """F2: a part in doubt goes out again under the same Message-ID, so as the same file."""
    assert typeset([EMMA], Paper.A4, SUPPORT) == typeset([EMMA], Paper.A4, SUPPORT)


# -- Names -----------------------------------------------------------------------------------------


@PAPER
@SIZE
def test_a_name_in_any_script_or_of_any_malice_makes_a_whole_sheet(
    paper: Paper, size: PrintSize
) -> None:
    """F3: one page each, with the code and the school as on any other."""
    people = [replace(EMMA, student_name=name) for name in NAMES.values()]
    pdf = open_pdf(people, paper, size=size)
    assert len(pdf) == len(people)
    for text, page in zip(texts(pdf), pdf, strict=True):
        assert CODE in text
        assert EMMA.school_name in text
        assert_inside(page)


READ_BACK = ["Latin", "Vietnamese", "Cyrillic", "Greek", "Arabic", "Chinese", "Japanese", "Korean"]


@LANGUAGE
@pytest.mark.parametrize("script", [*READ_BACK, "Chinese and Thai"])
def test_a_name_can_be_copied_and_read_aloud_as_it_was_typed(script: str, language: str) -> None:
    """On a sheet in any language; but pdfium turns the Latin words of an Arabic page round."""
    name = NAMES[script]
    read = text_of(replace(EMMA, student_name=name, language=language))
    if language == "ar":
        assert set(name.split()) <= set(read.split())
    else:
        assert "".join(name.split()) in "".join(read.split())


@pytest.mark.parametrize("script", ["typst code", "typst markup", "JSON"])
def test_what_looks_like_markup_is_there_as_it_was_typed(script: str) -> None:
    read = text_of(replace(EMMA, student_name=NAMES[script])).replace("\u200b", "")
    assert "".join(NAMES[script].split()) in "".join(read.split())


def test_a_letter_that_no_font_has_shows_as_a_box() -> None:
    assert "Emma � Larsson" in text_of(replace(EMMA, student_name="Emma 𐀀 Larsson"))
    assert "王□" in text_of(replace(EMMA, student_name="王𐀀"))


def test_what_reorders_text_is_dropped() -> None:
    """An override would show a name, or all that follows it, back to front."""
    assert "Emma nosrraL" in text_of(replace(EMMA, student_name=NAMES["RTL override"]))


def test_an_arabic_name_on_an_english_sheet_starts_where_the_sheet_does() -> None:
    (page,) = open_pdf([replace(EMMA, student_name=NAMES["Arabic"])])
    in_name = [box for box in boxes_of(page) if 610 < (box[1] + box[3]) / 2 < 660 and box[2] < 300]
    assert min(left for left, *_ in in_name) == pytest.approx(57, abs=3)


@PAPER
@SIZE
@pytest.mark.parametrize("length", [120, 1000])
def test_long_texts_shrink_and_stay_on_one_page(paper: Paper, size: PrintSize, length: int) -> None:
    """F3: one page, with everything on it readable, whatever the school configured."""
    words = "Featherstonehaugh Cholmondeley-Marjoribanks " * 30
    sheet = replace(
        EMMA,
        student_name=words[:length],
        school_name=words[:length],
        join_address="classkey." + "district." * 8 + "example.org/join",
        adults=4,
    )
    (page,) = pdf = open_pdf([sheet], paper, LONG_SUPPORT, size)
    assert_inside(page)
    assert_apart(page)
    assert CODE in texts(pdf)[0]
    assert texts(pdf)[0].count("A very long way to reach us") >= 4
    assert scanned(printed(page)) == [LINK]


def test_a_long_name_is_told_whole_up_to_160_letters() -> None:
    name = ("Maria Josefa " * 13)[:160].strip()
    assert name in text_of(replace(EMMA, student_name=name))
    assert "…" in text_of(replace(EMMA, student_name=name * 2))


@settings(max_examples=20, deadline=None)
@given(
    names=st.lists(st.text(st.characters(), max_size=250), min_size=1, max_size=5),
    school=st.text(st.characters(), max_size=250),
    postal=st.text(st.characters(), max_size=250),
    paper=st.sampled_from(Paper),
    size=st.sampled_from(PrintSize),
)
def test_whatever_people_are_called_each_has_one_page(
    names: list[str], school: str, postal: str, paper: Paper, size: PrintSize
) -> None:
    """F3, as a property: any characters at all, half ones too, anywhere."""
    sheets = [replace(EMMA, student_name=name, school_name=school) for name in names]
    pdf = open_pdf(sheets, paper, replace(SUPPORT, postal=postal), size)
    assert len(pdf) == len(names)
    assert all(CODE in text for text in texts(pdf))


def test_a_date_of_any_length_keeps_its_sheet_on_one_page() -> None:
    """Sheets of one run may be valid until different days."""
    days = [date(2026, 5, 1), date(2026, 9, 23)]
    for page in open_pdf([replace(EMMA, valid_until=day) for day in days]):
        assert_inside(page)
        assert_apart(page)
