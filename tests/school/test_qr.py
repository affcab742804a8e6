"""QR codes as pages (K9) and sheets (F3) show them."""

import re
import xml.etree.ElementTree as ET

import pytest
import zxingcpp
from PIL import Image, ImageDraw

from classkey.school.qr import qr_svg

LINK = "https://classkey.example.org/join/#BCDFGHJKMNPQ"


def drawn(svg: str, pixels_a_module: int) -> Image.Image:
    """The SVG as a picture: its one path holds a rectangle, one module high, for each run."""
    size = int(re.findall(r'viewBox="0 0 (\d+) \1"', svg)[0])
    picture = Image.new("1", (size * pixels_a_module,) * 2, 1)
    pen = ImageDraw.Draw(picture)
    for x, y, length in re.findall(r"M(\d+) (\d+)h(\d+)v1H\1z", svg):
        left, top = int(x) * pixels_a_module, int(y) * pixels_a_module
        right, bottom = left + int(length) * pixels_a_module, top + pixels_a_module
        pen.rectangle((left, top, right - 1, bottom - 1), fill=0)
    return picture


@pytest.mark.parametrize("text", [LINK, "7", "Zoë, 小明 & <b>", "x" * 2000])
def test_what_goes_in_is_what_a_camera_reads(text: str) -> None:
    scanned = zxingcpp.read_barcode(drawn(qr_svg(text), 3))
    assert scanned is not None
    assert scanned.text == text


def test_the_quiet_zone_is_four_modules_on_every_side() -> None:
    picture = drawn(qr_svg(LINK), 1)
    dark = picture.convert("L").point(lambda light: 255 - light).getbbox()
    assert dark == (4, 4, picture.width - 4, picture.height - 4)


def test_the_picture_holds_only_the_drawing() -> None:
    """K6: not the code in a title or comment; and nothing a strict page would refuse."""
    svg = qr_svg(LINK)
    elements = list(ET.fromstring(svg).iter())  # noqa: S314 # our own output
    assert [element.tag.rpartition("}")[2] for element in elements] == ["svg", "path", "path"]
    assert {key for element in elements for key in element.keys()} == {  # noqa: SIM118
        "viewBox", "shape-rendering", "fill", "d",
    }  # fmt: skip
    assert "BCDF" not in svg
    assert "join" not in svg


@pytest.mark.parametrize("text", ["", "x" * 5000])
def test_what_a_qr_code_cannot_hold_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"empty data|too long"):
        qr_svg(text)
