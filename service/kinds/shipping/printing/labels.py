"""Draw a 4x6 inch shipping label as PDF: addresses, service, PDF417 with the routing, Code 128 with the number."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from service.kinds.shipping.carriers.port import Address, Purchase, Shipment
from service.kinds.shipping.places import country_names
from service.kinds.shipping.printing.barcodes import draw_code128, draw_pdf417
from service.kinds.shipping.printing.fonts import runs_of, width_of

WIDTH: Final = 288.0
HEIGHT: Final = 432.0
"""4 by 6 inches, in points."""
_MARGIN: Final = 14.0
_QUIET: Final = 22.0
"""Ten modules of white beside a Code 128 (ISO/IEC 15417)."""
_SMALLEST: Final = 6.0
_PNG: Final = b"\x89PNG"
_PDF: Final = b"%PDF"


@dataclass(frozen=True, slots=True)
class Label:
    """What is printed. `is_sample` prints SAMPLE across it, so that nobody puts it on a parcel."""

    shipment: Shipment
    purchase: Purchase
    is_sample: bool = True


def label_pdf(label: Label) -> bytes:
    """Return one label as a PDF of one page."""
    from reportlab import rl_config
    from reportlab.pdfgen.canvas import Canvas

    rl_config.useA85 = (
        0  # binary streams: ASCII-85 makes a label a quarter larger and takes an eighth of the time
    )
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(WIDTH, HEIGHT), pageCompression=1, invariant=1)
    canvas.setTitle(f"Label {label.purchase.tracking_number}")
    draw_label(canvas, label)
    canvas.showPage()
    canvas.save()
    return out.getvalue()


def pdf_of_carrier_label(content: bytes) -> bytes:
    """Return a carrier's own label as PDF: as it is, or a PNG on a 4x6 inch page. Raises ValueError for other files."""
    if content.startswith(_PDF):
        return content
    if not content.startswith(_PNG):
        raise ValueError("the carrier's label is neither PDF nor PNG")
    from reportlab.lib.utils import ImageReader
    from reportlab.pdfgen.canvas import Canvas

    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(WIDTH, HEIGHT), invariant=1)
    canvas.drawImage(ImageReader(io.BytesIO(content)), 0, 0, WIDTH, HEIGHT, preserveAspectRatio=True)
    canvas.save()
    return out.getvalue()


def draw_label(canvas: Any, label: Label) -> None:
    """Draw a label on the present page of a canvas."""
    shipment, purchase = label.shipment, label.purchase
    if label.is_sample:
        _draw_sample(canvas)
    canvas.setLineWidth(1.5)
    y = HEIGHT - _MARGIN
    y = _draw_lines(canvas, address_lines(shipment.ship_from), _MARGIN, y, 8, WIDTH * 0.6)
    _draw_right(canvas, f"{shipment.weight_lb:.2f} lb", HEIGHT - _MARGIN - 8, 10)
    _draw_right(canvas, purchase.carrier.upper(), HEIGHT - _MARGIN - 22, 9)
    y = min(y, HEIGHT - 66) - 4
    canvas.line(_MARGIN, y, WIDTH - _MARGIN, y)
    _draw_run(canvas, purchase.service.upper(), _MARGIN, y - 24, 22, WIDTH - 2 * _MARGIN, bold=True)
    y -= 32
    canvas.line(_MARGIN, y, WIDTH - _MARGIN, y)
    _draw_run(canvas, "SHIP TO", _MARGIN, y - 11, 7, 60)
    _draw_lines(
        canvas, address_lines(shipment.ship_to), _MARGIN + 8, y - 14, 12, WIDTH - 2 * _MARGIN - 8, bold=True
    )
    canvas.line(_MARGIN, 208, WIDTH - _MARGIN, 208)
    draw_pdf417(canvas, routing_text(label), _MARGIN + 6, 200, WIDTH - 2 * _MARGIN - 12, 56)
    canvas.line(_MARGIN, 138, WIDTH - _MARGIN, 138)
    _draw_centred(canvas, f"TRACKING # {purchase.tracking_number}", 124, 9)
    draw_code128(canvas, purchase.tracking_number, _QUIET, 50, 66, WIDTH - 2 * _QUIET)
    canvas.line(_MARGIN, 42, WIDTH - _MARGIN, 42)
    if shipment.reference:
        _draw_run(canvas, f"REF {shipment.reference}", _MARGIN, 28, 8, WIDTH - 2 * _MARGIN)
    if shipment.contents:
        _draw_run(canvas, shipment.contents, _MARGIN, 16, 7, WIDTH - 2 * _MARGIN)


def address_lines(address: Address) -> list[str]:
    """Return an address as it is printed: country last, in the order of the country's own post."""
    is_us_like = address.country in {"US", "CA", "AU", "GB"}
    town = (
        [address.city, address.state, address.postal]
        if is_us_like
        else [address.postal, address.city, address.state]
    )
    lines = [
        address.name,
        address.company,
        address.street1,
        address.street2,
        " ".join(part for part in town if part),
    ]
    if address.country:
        lines.append(country_names().get(address.country, address.country))
    return [" ".join(line.split()) for line in lines if line.strip()]


def routing_text(label: Label) -> str:
    """Return what the PDF417 says: number, service, where to, reference; in ASCII, fields parted by `|`."""
    to = label.shipment.ship_to
    parts = [
        label.purchase.tracking_number,
        label.shipment.service,
        to.country,
        to.postal,
        label.shipment.reference,
    ]
    return "|".join("".join(one for one in part if " " <= one <= "~" and one != "|")[:40] for part in parts)


def _draw_lines(
    canvas: Any, lines: Sequence[str], x: float, top: float, size: float, width: float, *, bold: bool = False
) -> float:
    """Draw lines one below the other; returns the y below the last."""
    y = top
    for line in lines:
        y -= size * 1.2
        _draw_run(canvas, line, x, y, size, width, bold=bold)
    return y


def _draw_run(
    canvas: Any, text: str, x: float, y: float, size: float, width: float, *, bold: bool = False
) -> None:
    """Draw one line, smaller if it would be too wide, cut with an ellipsis if it still is."""
    runs = runs_of(text, bold=bold)
    wide = width_of(runs, size)
    if wide > width:
        size = max(_SMALLEST, size * width / wide)
        while width_of(runs, size) > width and len(text) > 2:
            text = text.removesuffix("…")[:-1].rstrip() + "…"
            runs = runs_of(text, bold=bold)
    out = canvas.beginText(x, y)
    for font, part in runs:
        out.setFont(font, size)
        out.textOut(part)
    canvas.drawText(out)


def _draw_right(canvas: Any, text: str, y: float, size: float) -> None:
    _draw_run(canvas, text, WIDTH - _MARGIN - width_of(runs_of(text), size), y, size, WIDTH)


def _draw_centred(canvas: Any, text: str, y: float, size: float) -> None:
    _draw_run(canvas, text, (WIDTH - width_of(runs_of(text), size)) / 2, y, size, WIDTH)


def _draw_sample(canvas: Any) -> None:
    canvas.saveState()
    canvas.setFillGray(0.88)
    canvas.setFont("Helvetica-Bold", 54)
    canvas.translate(WIDTH / 2, 268)
    canvas.rotate(24)
    canvas.drawCentredString(0, -18, "SAMPLE")
    canvas.restoreState()
