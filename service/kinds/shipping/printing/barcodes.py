"""Code 128 and PDF417 as rectangles: modules come from zxing-cpp, sizes are whole dots of a 203 dpi label printer."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final

PRINTER_DPI: Final = 203
DOT: Final = 72 / PRINTER_DPI
"""One dot of a thermal label printer, in points: bars of whole dots are printed sharp."""


@lru_cache(maxsize=8)
def _code128_row(text: str) -> bytes:
    import zxingcpp

    symbol = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.Code128)
    width, _, content = _modules(symbol)
    return content[:width]


def code128_modules(text: str) -> int:
    """Return how many modules wide a Code 128 of `text` is, without its quiet zones."""
    return len(_code128_row(text))


def draw_code128(canvas: Any, text: str, x: float, y: float, height: float, max_width: float) -> None:
    """Draw a Code 128 from `x`, `y` up, as wide as whole dots allow (quiet zones are the caller's)."""
    row = _code128_row(text)
    dots = max(1, int(max_width / DOT / len(row)))
    left = x + (max_width - len(row) * dots * DOT) / 2
    boxes = [f"{start} 0 {length} 1 re" for start, length in _bars(row)]
    _fill(canvas, boxes, left, y, dots * DOT, height)


def draw_pdf417(canvas: Any, text: str, x: float, y: float, max_width: float, max_height: float) -> None:
    """Draw a PDF417 whose upper left corner is at `x`, `y`."""
    import zxingcpp

    symbol = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.PDF417)
    width, height, content = _modules(symbol)
    dots = max(1, min(int(max_width / DOT / width), int(max_height / DOT / height)))
    boxes: list[str] = []
    at = 0
    while at < height:
        row = content[at * width : (at + 1) * width]
        alike = at + 1
        while alike < height and content[alike * width : (alike + 1) * width] == row:
            alike += 1
        boxes += [f"{start} {height - alike} {length} {alike - at} re" for start, length in _bars(row)]
        at = alike
    _fill(canvas, boxes, x, y - height * dots * DOT, dots * DOT, dots * DOT)


def _modules(symbol: Any) -> tuple[int, int, bytes]:
    """Return width, height and rows of a symbol, one byte a module."""
    image = memoryview(symbol.to_image(scale=1, add_quiet_zones=False))
    height, width = image.shape or (0, 0)
    return width, height, image.tobytes()


def _fill(canvas: Any, boxes: list[str], x: float, y: float, x_scale: float, y_scale: float) -> None:
    """Fill boxes given in whole modules; reportlab's own rectangles format each number, ten times slower."""
    x, y = (
        round(x / DOT) * DOT,
        round(y / DOT) * DOT,
    )  # on the printer's grid: no bar is a shade wider than it is
    matrix = f"q {x_scale:.6f} 0 0 {y_scale:.6f} {x:.4f} {y:.4f} cm"
    canvas.addLiteral(f"{matrix} {' '.join(boxes)} f Q")


def _bars(row: bytes) -> Iterator[tuple[int, int]]:
    """Yield (start, length) of the dark runs of a row; dark is 0."""
    at = row.find(0)
    while at >= 0:
        end = row.find(255, at)
        end = len(row) if end < 0 else end
        yield at, end - at
        at = row.find(0, end)
