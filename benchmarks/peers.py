"""The sheet of `sheet.typ` by other libraries; run by the Python of `.venv/bench`.

    python -m benchmarks.peers reportlab < sheets.json

Reads sheets with all their words and their QR codes drawn, and writes how many a second became
one PDF. What Classkey does besides (mint, store, draw the QR code) is not asked of them.
"""

import json
import sys
import time
from collections.abc import Callable
from html import escape
from io import BytesIO
from typing import Any

WARM = 5  # sheets, untimed: fonts are read, code is loaded

Sheet = dict[str, Any]


def main() -> None:
    """Typeset the sheets."""
    typeset = PEERS[sys.argv[1]]
    asked = json.load(sys.stdin)
    typeset(asked["sheets"][:WARM], asked["fonts"])
    sheets = asked["sheets"][WARM:]
    began = time.perf_counter()
    pdf = typeset(sheets, asked["fonts"])
    took = time.perf_counter() - began
    json.dump({"per_second": len(sheets) / took, "bytes": len(pdf)}, sys.stdout)


def by_reportlab(sheets: list[Sheet], fonts: dict[str, str]) -> bytes:
    """Draw each sheet on a canvas; ReportLab knows no tags, so there are none."""
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.lib.units import mm
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont
    from reportlab.pdfgen.canvas import Canvas
    from reportlab.platypus import Paragraph

    for name, path in fonts.items():
        pdfmetrics.registerFont(TTFont(name, path))
    plain = ParagraphStyle("plain", fontName="text", fontSize=10, leading=13)
    strong = ParagraphStyle("strong", plain, fontSize=11, leading=14, spaceBefore=6)
    large = ParagraphStyle("large", plain, fontSize=24, leading=28)
    width, height = A4
    left, inner = 20 * mm, width - 40 * mm
    file = BytesIO()
    canvas = Canvas(file, pagesize=A4)

    def flow(
        paragraphs: list[tuple[str, ParagraphStyle]], x: float, y: float, wide: float
    ) -> float:
        for text, style in paragraphs:
            paragraph = Paragraph(escape(text), style)
            _wide, high = paragraph.wrap(wide, height)
            y -= high + 3
            paragraph.drawOn(canvas, x, y)
        return y

    for sheet in sheets:
        for third in (1, 2):
            canvas.line(0, height * third / 3, 9 * mm, height * third / 3)
            canvas.line(width - 9 * mm, height * third / 3, width, height * third / 3)
        top = flow([(sheet["school"], strong)], left, height - 14 * mm, inner)
        canvas.line(left, top - 3, width - left, top - 3)
        flow([(sheet["code_for"], plain), (sheet["name"], large)], left, height - 55 * mm, 84 * mm)
        flow([(sheet["private_title"], strong), (sheet["private"], plain)],
             left + 90 * mm, height - 48 * mm, inner - 90 * mm)  # fmt: skip
        canvas.setFont("text", 7)
        canvas.drawCentredString(width / 2, height * 2 / 3 - 3 * mm, sheet["fold"])
        y = flow([(sheet["intro"], plain)], left, height * 2 / 3 - 8 * mm, inner)
        canvas.roundRect(left, y - 54 * mm, inner, 52 * mm, 8)
        canvas.saveState()
        canvas.translate(left + 3 * mm, y - 4 * mm)
        side = 48 * mm / sheet["modules"]
        canvas.scale(side, -side)
        dark = canvas.beginPath()
        for x, row, run in sheet["dark"]:
            dark.rect(x, row, run, 1)
        canvas.drawPath(dark, stroke=0, fill=1)
        canvas.restoreState()
        canvas.setFont("code", 29)
        canvas.drawString(left + 56 * mm, y - 24 * mm, sheet["code"])
        flow([(sheet["code_label"], strong)], left + 56 * mm, y - 6 * mm, inner - 58 * mm)
        flow([(sheet["aloud"], plain), (sheet["valid"], strong)],
             left + 56 * mm, y - 28 * mm, inner - 58 * mm)  # fmt: skip
        y = flow([(sheet["steps_title"], strong)], left, y - 58 * mm, inner)
        for number, (step, more) in enumerate(sheet["steps"], start=1):
            canvas.setFont("text", 14)
            canvas.drawString(left, y - 15, str(number))
            y = flow([(step, strong), (more, plain)], left + 8 * mm, y, inner - 8 * mm)
        half = inner / 2
        lists = [(sheet["seen_title"], sheet["seen"]), (sheet["unseen_title"], sheet["unseen"])]
        lowest = min([
            flow([(title, strong), *((f"– {line}", plain) for line in lines)],
                 left + column * half, y - 6, half)
            for column, (title, lines) in enumerate(lists)
        ])  # fmt: skip
        canvas.line(left, lowest - 6, width - left, lowest - 6)
        y = flow([(sheet["support_title"], strong)], left, lowest - 8, inner)
        for column in (0, 1):
            ways = sheet["support"][column::2]
            flow([(f"{way}: {value}", plain) for way, value in ways], left + column * half, y, half)
        canvas.bookmarkPage(sheet["code"])
        canvas.addOutlineEntry(sheet["name"], sheet["code"])
        canvas.showPage()
    canvas.save()
    return file.getvalue()


def by_weasyprint(sheets: list[Sheet], fonts: dict[str, str]) -> bytes:
    """Set each sheet as HTML, tagged (PDF/UA-1), without looking for smaller letters that fit."""
    from weasyprint import HTML

    faces = "".join(
        f"@font-face {{ font-family: {name}; src: url(file://{path}) }}"
        for name, path in fonts.items()
    )
    body = "".join(map(_as_html, sheets))
    page = (
        "<!doctype html><html lang=en><title>Parent codes</title><style>"
        f"{faces}{_STYLE}</style>{body}"
    )
    pdf: bytes = HTML(string=page).write_pdf(pdf_variant="pdf/ua-1")
    return pdf


_STYLE = """
@page { size: A4; margin: 14mm 20mm 10mm }
body { font: 10pt text; margin: 0 }
section { break-after: page; position: relative }
header { border-bottom: 0.6pt solid; font-size: 11pt }
.outside { height: 70mm; position: relative }
.window { position: absolute; top: 40mm; width: 84mm }
.private { position: absolute; top: 35mm; left: 90mm }
h1 { font: 24pt text; margin: 0 } h2 { font-size: 11pt; margin: 2mm 0 1mm }
.fold { font-size: 7pt; text-align: center }
.frame { border: 1.2pt solid; border-radius: 8pt; display: flex; padding: 2mm 3mm }
.frame img { width: 48mm; height: 48mm; margin-right: 4mm }
.code { font: 27pt code; margin: 2mm 0 }
.two { display: flex } .two > * { width: 50% } ul, ol { margin: 0; padding-left: 6mm }
p { margin: 1mm 0 } .support { border-top: 0.6pt solid }
"""


def _as_html(sheet: Sheet) -> str:
    from base64 import b64encode

    said = {key: escape(value) for key, value in sheet.items() if isinstance(value, str)}
    steps = "".join(f"<li><b>{escape(a)}</b><br>{escape(b)}" for a, b in sheet["steps"])
    lists = "".join(
        f"<div><h2>{said[f'{which}_title']}</h2><ul>"
        + "".join(f"<li>{escape(line)}" for line in sheet[which])
        + "</ul></div>"
        for which in ("seen", "unseen")
    )
    ways = "".join(
        f"<div><b>{escape(way)}</b> {escape(value)}</div>" for way, value in sheet["support"]
    )
    drawing = b64encode(sheet["qr"].encode()).decode()
    return (
        f"<section><div class=outside><header>{said['school']}</header>"
        f"<div class=window>{said['code_for']}<h1>{said['name']}</h1></div>"
        f"<div class=private><h2>{said['private_title']}</h2><p>{said['private']}</div></div>"
        f"<p class=fold>{said['fold']}<p>{said['intro']}"
        f'<div class=frame><img alt="{said["qr_alt"]}" src="data:image/svg+xml;base64,{drawing}">'
        f"<div><h2>{said['code_label']}</h2><p class=code>{said['code']}<p>{said['aloud']}"
        f"<p><b>{said['valid']}</b></div></div><h2>{said['steps_title']}</h2><ol>{steps}</ol>"
        f"<div class=two>{lists}</div><div class=support><h2>{said['support_title']}</h2>"
        f"<div class=two>{ways}</div></div></section>"
    )


PEERS: dict[str, Callable[[list[Sheet], dict[str, str]], bytes]] = {
    "reportlab": by_reportlab,
    "weasyprint": by_weasyprint,
}

if __name__ == "__main__":
    main()
