"""Reading a sheet as a family, a phone and a screen reader would."""

import io
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import pikepdf
import pypdfium2
import zxingcpp
from PIL import Image

from classkey.school.sheets.typeset import Paper, SheetContent, Support

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
    "Cyrillic": "Олена Коваленко",
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
    "one long word": "Wolfeschlegelsteinhausenbergerdorff",
    "no place to break": "W" * 300,
    "RTL override": "Emma \u202enosrraL",
    "typst code": '#import "@preview/x:1.0.0": * #panic("x") #sys.inputs.data',
    "typst markup": "= *b* _i_ $x^2$ `raw` <label> @ref // \\ ] } [",
    "JSON": 'Robert"}]} \\u0000 \\',
    "control characters": "Emma\x00\x07\x1b[31m\tLarsson\u2028x",
}

Box = tuple[float, float, float, float]


def texts(pdf: pypdfium2.PdfDocument) -> list[str]:
    """Each page's text layer, its lines joined."""
    return [" ".join(page.get_textpage().get_text_bounded().split()) for page in pdf]


def printed(page: pypdfium2.PdfPage, dots_an_inch: int = 100) -> Image.Image:
    """The page as a poor printer prints it: few dots, no greys."""
    picture: Image.Image = page.render(scale=dots_an_inch / 72).to_pil()
    return picture.convert("1", dither=Image.Dither.NONE)


def scanned(picture: Image.Image) -> list[str]:
    """What a phone reads from a picture."""
    return [barcode.text for barcode in zxingcpp.read_barcodes(picture)]


def boxes_of(page: pypdfium2.PdfPage) -> list[Box]:
    """Left, bottom, right, top of the ink of every stretch of text, in points."""
    return [
        thing.get_bounds()
        for thing in page.get_objects()
        if isinstance(thing, pypdfium2.PdfTextObj)
    ]


def where(page: pypdfium2.PdfPage, words: str) -> Box:
    """The box around words that stand on one line."""
    read = page.get_textpage()
    start = read.get_text_range().index(words)
    boxes = [read.get_charbox(start + index) for index in range(len(words))]
    lefts, bottoms, rights, tops = zip(*boxes, strict=True)
    return min(lefts), min(bottoms), max(rights), max(tops)


def assert_inside(page: pypdfium2.PdfPage, *, margin: float = 48) -> None:
    """All text stands within the margins."""
    width, height = page.get_size()
    for left, bottom, right, top in boxes_of(page):
        assert left >= margin - 1
        assert bottom >= 18
        assert right <= width - margin + 1
        assert top <= height - 18


def assert_apart(page: pypdfium2.PdfPage, language: str = "en") -> None:
    """No text stands on another; but Arabic letters reach under their neighbours and lines."""
    most_across, most_down = (10, 3) if language == "ar" else (1, 1)
    for one, other in itertools.combinations(boxes_of(page), 2):
        across = min(one[2], other[2]) - max(one[0], other[0])
        down = min(one[3], other[3]) - max(one[1], other[1])
        assert across < most_across or down < most_down, (one, other)


@dataclass(frozen=True)
class Tag:
    """One element of the structure that a screen reader follows."""

    kind: str
    language: str  # its own, or that of what it is in
    alt: str
    title: str
    depth: int


def tags_of(pdf: bytes) -> list[Tag]:
    """The structure of a PDF, in reading order."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        root = document.Root
        return list(_tags(root.StructTreeRoot.K, str(root.Lang), 0))


def _tags(element: pikepdf.Object, language: str, depth: int) -> Iterator[Tag]:
    if isinstance(element, pikepdf.Array):
        for child in element:
            yield from _tags(child, language, depth)
    elif isinstance(element, pikepdf.Dictionary) and "/S" in element:
        language = str(element.get("/Lang", language))
        alt, title = str(element.get("/Alt", "")), str(element.get("/T", ""))
        yield Tag(str(element.S).removeprefix("/"), language, alt, title, depth)
        yield from _tags(element.get("/K", pikepdf.Array()), language, depth + 1)
