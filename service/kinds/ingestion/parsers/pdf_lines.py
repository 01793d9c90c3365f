"""A page's lines as pdfium sees them, each with its place, its size and whether it is bold."""

import ctypes
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from service.kinds.ingestion.parsers.limits import read_error

_BREAK: Final = re.compile(r"\r\n|\r|\n")
_BOLD: Final = re.compile(r"bold|black|heavy|semibd|demi", re.IGNORECASE)
_HYPHEN: Final = "\ufffe"  # pdfium puts it where a word was cut at the end of a line
_GAP_SIZES: Final = 1.6  # a gap this many times the type size parts two columns or cells
_NAME_BYTES: Final = 128
_FINE_LINES: Final = 2000  # a page with more lines is no page of text: its gaps are not looked at
_SAMPLED_LINES: Final = 6  # of each page, whose gaps are looked at in any case
_LOOSE: Final = 1.2  # a line this much wider a character than the page's others may have a gap in it


@dataclass(frozen=True, slots=True)
class Line:
    """A run of text from `x0` to `x1`, in points from the bottom left; `y` is its bottom, `size` its height.

    pdfium makes one line of two when a word was cut between them: `end_y` is the bottom of the last.
    """

    text: str
    x0: float
    x1: float
    y: float
    end_y: float
    size: float
    is_bold: bool
    row: int
    """Number of the line of pdfium's that it was cut from."""


def read_lines(page: Any, max_characters: int) -> list[Line]:
    """Return a page's lines in the order in which they were painted, cut at wide gaps."""
    textpage = page.get_textpage()
    try:
        count = textpage.count_chars()
        if count > max_characters:
            raise read_error(
                "document_too_large", f"it has {count} characters; the limit is {max_characters}"
            )
        if count <= 0:
            return []
        text = textpage.get_text_range()
        return [line for line in _lines(textpage, text) if line.text]
    finally:
        textpage.close()


def _lines(textpage: Any, text: str) -> Iterator[Line]:
    boxes = _Boxes(textpage)
    index = 0  # of pdfium, which counts UTF-16 units
    begin = 0
    row = 0
    for match in [*_BREAK.finditer(text), None]:
        end = match.start() if match else len(text)
        line = text[begin:end]
        if line.strip():
            row += 1
            yield from boxes.cut(line, index, row, is_fine=row <= _FINE_LINES)
        if match:
            index += _units(line) + len(match.group())
            begin = match.end()


def _units(text: str) -> int:
    """Return how many UTF-16 units a text has."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


class _Boxes:
    """Asks pdfium where characters are."""

    def __init__(self, textpage: Any) -> None:
        import pypdfium2.raw as pdfium

        self._pdfium = pdfium
        self._page = textpage.raw
        self._rect = pdfium.FS_RECTF()
        self._name = ctypes.create_string_buffer(_NAME_BYTES)
        self._flags = ctypes.c_int()
        self._seen = 0
        self._has_gaps = False
        self._widths = 0.0

    def cut(self, line: str, index: int, row: int, *, is_fine: bool) -> Iterator[Line]:
        """Yield a line whole, or in pieces when there are wide gaps in it; `index` is that of its first character."""
        first = index + len(line) - len(line.lstrip())
        last = index + _units(line.rstrip()) - 1
        start = self._box(first)
        size = max(start[3] - start[1], 1.0)
        is_bold = self._is_bold(first)
        end = self._box(last)
        width = abs(end[2] - start[0]) / (size * max(1, len(line)))
        cuts = list(self._gaps(line, index, size)) if is_fine and self._may_have_gaps(line, width) else []
        self._has_gaps = self._has_gaps or bool(cuts)
        begin = 0
        for at in [*cuts, len(line)]:
            piece = line[begin:at]
            if piece.strip():
                x0 = self._box(index + begin + len(piece) - len(piece.lstrip()))[0]
                end = self._box(min(last, index + begin + _units(piece.rstrip()) - 1))
                left, right = (
                    min(x0, end[0]),
                    max(x0, end[2]),
                )  # from right to left the first is the rightmost
                yield Line(_clean(piece), left, right, start[1], end[1], size, is_bold, row)
            begin = at

    def _may_have_gaps(self, line: str, width: float) -> bool:
        """Whether to look at a line's gaps: asking where each character is takes longer than all the rest.

        `width` is that of a character in type sizes. Where a page has a gap in one of its lines, all are looked at.
        """
        if not line.isprintable():
            return False
        is_loose = width * self._seen > _LOOSE * self._widths
        self._seen += 1
        self._widths += width
        return self._has_gaps or self._seen <= _SAMPLED_LINES or is_loose

    def _gaps(self, line: str, index: int, size: float) -> Iterator[int]:
        if _HYPHEN in line or _units(line) != len(line):
            return  # two lines in one, or indices that do not match
        at = line.find(" ")
        while at > 0:
            end = at
            while end < len(line) and line[end] == " ":
                end += 1
            # A space that pdfium has put there itself, or several: only there can be more than a space.
            is_made = end > at + 1 or self._pdfium.FPDFText_IsGenerated(self._page, index + at) == 1
            if is_made and end < len(line):
                gap = self._box(index + end)[0] - self._box(index + at - 1)[2]
                if gap > _GAP_SIZES * size:
                    yield end
            at = line.find(" ", end)

    def _box(self, index: int) -> tuple[float, float, float, float]:
        rect = self._rect
        if not self._pdfium.FPDFText_GetLooseCharBox(self._page, index, rect):
            return (0.0, 0.0, 0.0, 0.0)
        return (rect.left, rect.bottom, rect.right, rect.top)

    def _is_bold(self, index: int) -> bool:
        if self._pdfium.FPDFText_GetFontWeight(self._page, index) >= 600:
            return True
        self._pdfium.FPDFText_GetFontInfo(self._page, index, self._name, _NAME_BYTES, self._flags)
        return bool(_BOLD.search(self._name.value.decode("latin-1")))


def _clean(text: str) -> str:
    text = text.replace(_HYPHEN, "").replace("\u00ad", "").replace("\x00", "")
    return " ".join(text.split())
