"""Code 128 as bars and PDF417 as a one-bit mask: modules by zxing-cpp, sizes in whole dots of a 203 dpi printer.

Bars stay sharp where a module is a single dot. A PDF417 would be hundreds of rectangles; as a mask inside the page
(PDF 32000-1, 8.9.7) it is one bit a module. Both go into the page as they are: reportlab's own rectangles format each
number, which takes ten times as long.
"""

from collections.abc import Iterator, Sequence
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
    left = _on_grid(x + (max_width - len(row) * dots * DOT) / 2)
    bars = " ".join(f"{start} 0 {length} 1 re" for start, length in _bars(row))
    canvas.addLiteral(f"q {dots * DOT:.6f} 0 0 {height:.4f} {left:.5f} {_on_grid(y):.5f} cm {bars} f Q")


def draw_pdf417(canvas: Any, text: str, x: float, y: float, max_width: float, max_height: float) -> None:
    """Draw a PDF417 whose upper left corner is at `x`, `y`."""
    import zxingcpp

    symbol = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.PDF417)
    width, height, content = _modules(symbol)
    dots = max(1, min(int(max_width / DOT / width), int(max_height / DOT / height)))
    rows = [content[at : at + width] for at in range(0, len(content), width)]
    _draw_mask(canvas, rows, x, y - height * dots * DOT, width * dots * DOT, height * dots * DOT)


def _bars(row: bytes) -> Iterator[tuple[int, int]]:
    """Yield start and length of each run of dark modules."""
    at = row.find(0)
    while at >= 0:
        end = row.find(255, at)
        end = len(row) if end < 0 else end
        yield at, end - at
        at = row.find(0, end)


def _on_grid(place: float) -> float:
    """Return the nearest place on the printer's grid of dots, so that no bar is a shade wider than it is."""
    return round(place / DOT) * DOT


def _modules(symbol: Any) -> tuple[int, int, bytes]:
    """Return width, height and rows of a symbol, one byte a module: 0 is dark, 255 light."""
    image = memoryview(symbol.to_image(scale=1, add_quiet_zones=False))
    height, width = image.shape or (0, 0)
    return width, height, image.tobytes()


def _draw_mask(canvas: Any, rows: Sequence[bytes], x: float, y: float, width: float, height: float) -> None:
    """Fill the dark modules of some rows into a box, given by its lower left corner."""
    x, y = _on_grid(x), _on_grid(y)
    size = (len(rows[0]) + 7) // 8
    bits = "".join(_packed(row, size) for row in rows)
    canvas.addLiteral(
        f"q {width:.5f} 0 0 {height:.5f} {x:.5f} {y:.5f} cm"
        f" BI /W {len(rows[0])} /H {len(rows)} /BPC 1 /IM true /F /AHx ID {bits}> EI Q"
    )


@lru_cache(maxsize=256)  # the rows of a PDF417 are three modules high, and its frame is in each of them
def _packed(row: bytes, size: int) -> str:
    """Return a row as hexadecimal digits, one bit a module and 0 for dark, filled up with light."""
    digits = row.translate(_DIGITS).ljust(size * 8, b"1")
    return int(digits, 2).to_bytes(size, "big").hex()


_DIGITS: Final = bytes.maketrans(b"\x00\xff", b"01")
