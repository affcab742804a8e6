"""QR codes for pages and sheets: the text in, a small picture out. Pure: no Django, no I/O."""

import re
from functools import cache

import zxingcpp

_LEVEL = "M"  # a fold or a coffee stain over 15 % of the picture still scans
_DARK_RUN = re.compile(rb"\x00+")
_STRETCH = 10  # modules drawn at a time: so few that soon all drawings of them are known


def qr_svg(text: str) -> str:
    """Return `text` as a QR code: an SVG element for a page (K9) or a sheet (F3).

    Black on white with the quiet zone of four modules. It has a `viewBox` of one unit a module
    and no width or height: give it a size from outside, and give it a name there too (`alt`,
    `aria-label`). It holds nothing but the drawing: no script, no style, and not the text, which
    may be a code (K6).

    Raises ValueError if `text` is empty or longer than a QR code holds (about 2,300 bytes).
    """
    barcode = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level=_LEVEL)
    # Drawn here, because the SVG of zxing-cpp brings a DOCTYPE (not for inside a page), a <desc>
    # that screen readers speak, and a size in pixels.
    image = zxingcpp.write_barcode_to_image(barcode)
    size: int = image.shape[0]
    modules = memoryview(image).tobytes()  # type: ignore[arg-type] # a buffer; its stub omits that
    # One path for all modules: separate shapes would show hairlines where they touch.
    path = "".join(
        "".join(
            _drawing(x, modules[y * size + x : y * size + min(x + _STRETCH, size)])
            for x in range(0, size, _STRETCH)
        ).replace("y", str(y))
        for y in range(size)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}"'
        f' shape-rendering="crispEdges"><path fill="#fff" d="M0 0h{size}v{size}H0z"/>'
        f'<path d="{path}"/></svg>'
    )


@cache
def _drawing(x: int, stretch: bytes) -> str:
    """The dark modules of a stretch of a row that begins at `x`, the row's number left as a y."""
    return "".join(
        f"M{x + run.start()} yh{run.end() - run.start()}v1H{x + run.start()}z"
        for run in _DARK_RUN.finditer(stretch)
    )
