"""The parent-code sheet as a family gets it (F3): rendered, scanned, read back, checked."""

import ctypes
import itertools
import re
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pdfua
import pypdfium2
import pypdfium2.raw as pdfium_c
import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st

from classkey.school.sheets import typeset as module
from classkey.school.sheets.typeset import Paper, SheetContent, Support, languages, typeset

CODE = "BCDF-GHJK-MNPQ"
LINK = "https://classkey.example.org/join/#BCDFGHJKMNPQ"
SUPPORT = Support(
    phone="+1 555 010 0199",
    email="help@example.org",
    postal="12 Elm Street\nSpringfield",
    hours="Mon–Fri 8:00–16:00",
)
EMMA = SheetContent(
    student_name="Emma Larsson",
    school_name="Riverside Elementary School",
    code=CODE,
    join_link=LINK,
    join_address="classkey.example.org/join",
    valid_until=date(2026, 12, 8),
    adults=2,
)
LONG_SUPPORT = Support(*["A very long way to reach us, in many words. " * 20] * 4)
SIZES = {Paper.A4: (595, 842), Paper.LETTER: (612, 792)}  # points
NAMES = {
    "Latin": "Emma Larsson",
    "Vietnamese": "Nguyễn Thị Ánh",
    "decomposed": "Zoe\u0308 Nguye\u0302\u0303n",
    "Cyrillic": "Олена Шевченко",
    "Greek": "Ελένη Παπαδοπούλου",
    "Devanagari": "प्रिया शर्मा",
    "Arabic": "محمد عبد الله",
    "Persian": "علی\u200cرضا رضایی",
    "Thai": "กิ่งกาญจน์ สมชาย",
    "Chinese": "王小明",
    "Japanese": "さくら",
    "Korean": "김민준",
    "Hebrew": "שרה כהן",
    "Arabic and Latin": "محمد (Mo) Ali",
    "Chinese and Thai": "王小明 สมชาย",
    "emoji": "Emma 👩🏽\u200d🚀 Larsson",
    "a script nobody has": "𐀀𐀁 𐀂",
    "nothing": "",
    "only what is dropped": "\u202e\u2066\ufeff \n",
    "half a character": "Emma \ud83d",
    "towers of marks": "E" + "\u0301\u0316" * 80,
    "no place to break": "W" * 300,
    "RTL override": "Emma \u202enosrraL",
    "typst code": '#import "@preview/x:1.0.0": * #panic("x") #sys.inputs.data',
    "typst markup": "= *b* _i_ $x^2$ `raw` <label> @ref // \\ ] } [",
    "JSON": 'Robert"}]} \\u0000 \\',
    "control characters": "Emma\x00\x07\x1b[31m\tLarsson\u2028x",
}


def open_pdf(
    sheets: list[SheetContent], paper: Paper = Paper.A4, support: Support = SUPPORT
) -> pypdfium2.PdfDocument:
    return pypdfium2.PdfDocument(typeset(sheets, paper, support))


def texts(pdf: pypdfium2.PdfDocument) -> list[str]:
    """Each page's text layer, its lines joined."""
    return [" ".join(page.get_textpage().get_text_bounded().split()) for page in pdf]


def text_of(sheet: SheetContent, support: Support = SUPPORT) -> str:
    (text,) = texts(open_pdf([sheet], support=support))
    return text


def scanned(page: pypdfium2.PdfPage, dots_an_inch: int) -> list[str]:
    """What a phone reads from the page printed without greys."""
    picture = page.render(scale=dots_an_inch / 72).to_pil().convert("1", dither=0)
    return [barcode.text for barcode in zxingcpp.read_barcodes(picture)]


def boxes_of(page: pypdfium2.PdfPage) -> list[tuple[float, float, float, float]]:
    """Left, bottom, right, top of every stretch of text, in points."""
    text = page.get_textpage()
    return [text.get_rect(index) for index in range(text.count_rects())]


def assert_inside(page: pypdfium2.PdfPage) -> None:
    """All text stands within the margins."""
    width, height = page.get_size()
    for left, bottom, right, top in boxes_of(page):
        assert left >= 50
        assert bottom >= 30
        assert right <= width - 50
        assert top <= height - 30


def assert_apart(page: pypdfium2.PdfPage) -> None:
    """No text stands on another."""
    for one, other in itertools.combinations(boxes_of(page), 2):
        across = min(one[2], other[2]) - max(one[0], other[0])
        down = min(one[3], other[3]) - max(one[1], other[1])
        assert across < 1 or down < 1, (one, other)


@pytest.mark.parametrize("paper", Paper)
def test_every_sheet_is_one_page_of_the_paper_in_the_order_given(paper: Paper) -> None:
    names = [f"Student Number{index}" for index in range(5)]
    pdf = open_pdf([replace(EMMA, student_name=name) for name in names], paper)
    for name, text, page in zip(names, texts(pdf), pdf, strict=True):
        assert name in text
        assert page.get_size() == pytest.approx(SIZES[paper], abs=1)
        assert_inside(page)


def test_no_sheets_are_refused() -> None:
    with pytest.raises(ValueError, match="no sheets"):
        typeset([], Paper.A4, SUPPORT)


@pytest.mark.parametrize("paper", Paper)
def test_a_sheet_says_all_that_a_family_needs(paper: Paper) -> None:
    """F3, F11: name, school, code, address, steps, date, what is seen and not, support."""
    (text,) = texts(open_pdf([EMMA], paper))
    for said in (
        "Emma Larsson", "Riverside Elementary School", CODE, "classkey.example.org/join",
        "Tuesday 8 December 2026", "Up to 2 adults", "press “Use this code”", "What you will see",
        "What you will not see", "+1 555 010 0199", "help@example.org",
        "12 Elm Street Springfield", "Mon–Fri 8:00–16:00",
    ):  # fmt: skip
        assert said in text


def test_a_code_for_one_adult_says_one() -> None:
    assert "One adult can link" in text_of(replace(EMMA, adults=1))


def test_a_school_without_support_addresses_still_says_where_to_ask() -> None:
    """F11."""
    text = text_of(EMMA, Support(phone=" "))
    assert "Please ask at the school’s office." in text
    assert "Phone" not in text


@pytest.mark.parametrize("paper", Paper)
def test_the_qr_code_scans_from_a_poor_black_and_white_print(paper: Paper) -> None:
    """F3: at 100 dots an inch, without greys; K3: it opens the link with the code in it."""
    other = replace(EMMA, join_link=LINK.replace("BCDF", "ZXWV"))
    pages = [scanned(page, 100) for page in open_pdf([EMMA, other], paper)]
    assert pages == [[EMMA.join_link], [other.join_link]]


@pytest.mark.parametrize("paper", Paper)
def test_a_sheet_is_tagged_and_accessible(paper: Paper, tmp_path: Path) -> None:
    """F3: PDF/UA-1, as far as a machine can tell."""
    file = tmp_path / "sheets.pdf"
    people = [replace(EMMA, student_name=name) for name in NAMES.values()]
    file.write_bytes(typeset(people, paper, SUPPORT))
    report = pdfua.validate(str(file))
    assert (report.exit_code, list(report.findings)) == (0, [])


def test_the_title_and_the_metadata_name_no_student() -> None:
    pdf = typeset([EMMA], Paper.A4, SUPPORT)
    document = pypdfium2.PdfDocument(pdf)
    (xmp,) = re.findall(rb"<x:xmpmeta.*</x:xmpmeta>", pdf, re.DOTALL)
    assert document.get_metadata_dict()["Title"] == "Parent codes"
    assert b"<pdfuaid:part>1<" in xmp
    for told in (str(document.get_metadata_dict()), xmp.decode()):
        assert "Emma" not in told
        assert "BCDF" not in told


def test_the_document_says_its_language() -> None:
    """A screen reader picks its voice by it."""
    document = open_pdf([EMMA])
    tag = (ctypes.c_ushort * 8)()
    assert pdfium_c.FPDFCatalog_GetLanguage(document.raw, tag, 16) == 6
    assert bytes(tag)[:4].decode("utf-16-le") == "en"


def test_the_same_sheets_are_the_same_bytes() -> None:
    """F2: a part in doubt goes out again under the same Message-ID, so as the same file."""
    assert typeset([EMMA], Paper.A4, SUPPORT) == typeset([EMMA], Paper.A4, SUPPORT)


def test_an_error_report_on_a_sheet_shows_no_code() -> None:
    """K6."""
    assert "BCDF" not in repr(EMMA)


def test_a_name_in_any_script_or_of_any_malice_makes_a_whole_sheet() -> None:
    """F3: one page each, with the code and the school as on any other."""
    people = [replace(EMMA, student_name=name) for name in NAMES.values()]
    pdf = open_pdf(people)
    assert len(pdf) == len(people)
    for text, page in zip(texts(pdf), pdf, strict=True):
        assert CODE in text
        assert EMMA.school_name in text
        assert_inside(page)


@pytest.mark.parametrize(
    "script",
    ["Latin", "Vietnamese", "Cyrillic", "Greek", "Chinese", "Japanese", "Chinese and Thai",
     "typst code", "typst markup", "JSON"],
)  # fmt: skip
def test_a_name_can_be_copied_and_read_aloud_as_it_was_typed(script: str) -> None:
    """What looks like markup is there as it was typed, too."""
    text = text_of(replace(EMMA, student_name=NAMES[script])).replace("\u200b", "")
    assert "".join(NAMES[script].split()) in "".join(text.split())


def test_a_letter_that_no_font_has_shows_as_a_box() -> None:
    assert "Emma � Larsson" in text_of(replace(EMMA, student_name="Emma 𐀀 Larsson"))
    assert "王□" in text_of(replace(EMMA, student_name="王𐀀"))


def test_what_reorders_text_is_dropped() -> None:
    """An override would show a name, or all that follows it, back to front."""
    assert "Emma nosrraL" in text_of(replace(EMMA, student_name=NAMES["RTL override"]))


def test_an_arabic_name_on_an_english_sheet_starts_where_the_sheet_does() -> None:
    page = open_pdf([replace(EMMA, student_name=NAMES["Arabic"])])[0]
    in_name = [box for box in boxes_of(page) if 705 < (box[1] + box[3]) / 2 < 745]
    assert min(left for left, *_ in in_name) == pytest.approx(57, abs=3)


@pytest.mark.parametrize("paper", Paper)
@pytest.mark.parametrize("length", [120, 1000])
def test_long_texts_shrink_and_stay_on_one_page(paper: Paper, length: int) -> None:
    """F3: one page, with everything on it readable, whatever the school configured."""
    words = "Featherstonehaugh Cholmondeley-Marjoribanks " * 30
    sheet = replace(
        EMMA,
        student_name=words[:length],
        school_name=words[:length],
        join_address="classkey." + "district." * 8 + "example.org/join",
        adults=4,
    )
    (page,) = pdf = open_pdf([sheet], paper, LONG_SUPPORT)
    assert_inside(page)
    assert_apart(page)
    assert CODE in texts(pdf)[0]
    assert texts(pdf)[0].count("A very long way to reach us") >= 4
    assert scanned(page, 100) == [LINK]


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
)
def test_whatever_people_are_called_each_has_one_page(
    names: list[str], school: str, postal: str, paper: Paper
) -> None:
    """F3, as a property: any characters at all, half ones too, anywhere."""
    sheets = [replace(EMMA, student_name=name, school_name=school) for name in names]
    pdf = open_pdf(sheets, paper, replace(SUPPORT, postal=postal))
    assert len(pdf) == len(names)
    assert all(CODE in text for text in texts(pdf))


@pytest.mark.parametrize("tag", sorted(languages()))
def test_every_language_has_all_the_texts_and_makes_an_accessible_sheet(
    tag: str, tmp_path: Path
) -> None:
    """F3: whoever adds a language sees here what is missing."""
    here = Path(module.__file__).parent / "texts"
    own, english = (tomllib.loads((here / f"{t}.toml").read_text()) for t in (tag, "en"))
    assert own.keys() == english.keys()
    assert own["direction"] in ("ltr", "rtl")
    assert (len(own["weekdays"]), len(own["months"])) == (7, 12)
    file = tmp_path / "sheet.pdf"
    file.write_bytes(typeset([replace(EMMA, language=tag)], Paper.LETTER, LONG_SUPPORT))
    assert pdfua.validate(str(file)).exit_code == 0
    assert "�" not in texts(pypdfium2.PdfDocument(file))[0]


@pytest.mark.parametrize("tag", ["en-GB", "tlh", "", "../../../etc/passwd", "en.toml"])
def test_a_language_without_texts_falls_back_to_english(tag: str) -> None:
    """One child's entry must not stop a class's run."""
    assert "Three steps" in text_of(replace(EMMA, language=tag))


@pytest.fixture
def a_school_adds_arabic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A school's own texts: Arabic begun, and a letter in it that no font has."""
    english = (Path(module.__file__).parent / "texts" / "en.toml").read_text()
    (tmp_path / "en.toml").write_text(english)
    (tmp_path / "README").write_text("not a language")
    (tmp_path / "ar.toml").write_text(
        'direction = "rtl"\n'
        'code_for = "رمز ولي الأمر للطالب"\n'
        'intro = "يربطك هذا الرمز بطفلك \U00010000"\n'
        'date = "{day}/{month}/{year}"\n'
    )
    cached = (module.languages, module._words)  # noqa: SLF001 # they last as long as a process
    monkeypatch.setattr(module, "_TEXTS", tmp_path)
    for function in cached:
        function.cache_clear()
    yield
    for function in cached:
        function.cache_clear()


@pytest.mark.usefixtures("a_school_adds_arabic")
def test_a_school_adds_a_language_by_adding_a_file() -> None:
    """F3: right to left; what the file leaves out is in English; the code stays left to right."""
    assert languages() == {"en", "ar"}
    digits_first = replace(EMMA, language="ar-EG", code="2345-6789-MNPQ")
    pdf = open_pdf([digits_first, EMMA])
    arabic, english = texts(pdf)
    assert "رمز" in arabic
    assert "December" in arabic
    read = pdf[0].get_textpage()  # pdfium reads such a page back to front, so look where it stands
    start, end = (
        read.get_charbox(read.get_text_range().index(part))[0] for part in ("2345", "MNPQ")
    )
    assert start < end
    assert "Tuesday" not in arabic
    assert "رمز" not in english
    schools = [max(boxes_of(page), key=lambda box: box[3]) for page in pdf]
    assert schools[0][2] == pytest.approx(595 - 57, abs=2)  # its school ends at the right margin
    assert schools[1][0] == pytest.approx(57, abs=2)  # the other begins at the left one
    assert scanned(pdf[0], 100) == [LINK]
