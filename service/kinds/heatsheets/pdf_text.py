"""Take the text out of a PDF as pieces with an exact place, and refuse what would hurt before it is opened.

MEET MANAGER prints each field as a text object of its own (cut where kerning changes), so the object's
matrix gives an exact baseline and start: better than words guessed from single characters. pdfium
crashes when used from threads: one document, one process.
"""

import ctypes
import re
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from service.kinds.heatsheets.codes import sheet_error

MIB = 1024 * 1024
_STREAM = re.compile(rb"stream\r?\n")
_HEADER_WINDOW = 1024  # ISO 32000-1, Annex H.3.4.1: readers accept %PDF within the first 1,024 bytes
_DICT_WINDOW = 4096
_SLANT = 0.05  # rise over run from which text is no line of a table but a stamp across it
_LETTERS = {0x00: "", 0xA0: " ", 0xAD: "-", 0x02: "-", 0xFB01: "fi", 0xFB02: "fl"}
"""What stands for what: hard blanks, hyphens as pdfium reports them, ligatures."""
MAX_PICTURE_PIXELS = 5000  # a wall chart must not take 10 GB


@dataclass(frozen=True, slots=True)
class PdfLimits:
    """What a document may ask of us. A meet of 8,000 swims has about 150 pages and 5 MB of page text."""

    pages: int = 1000
    letters_a_page: int = 500_000
    stream_bytes: int = 64 * MIB
    image_bytes: int = 512 * MIB
    total_bytes: int = 256 * MIB


DEFAULT_LIMITS = PdfLimits()


@dataclass(frozen=True, slots=True)
class Fragment:
    """A piece of text in points from the bottom left of the upright page: start, end of ink, baseline, size."""

    x0: float
    x1: float
    y: float
    size: float
    text: str


@dataclass(frozen=True, slots=True)
class PageText:
    """One page: its number from 1, its upright size in points, its pieces of text in drawing order."""

    number: int
    width: float
    height: float
    fragments: tuple[Fragment, ...]
    has_images: bool = False


class PdfFile:
    """An opened PDF: how many pages, and the text of each."""

    def __init__(self, document: Any, limits: PdfLimits) -> None:
        self._document = document
        self._limits = limits
        self.page_count = len(document)
        self.created = str(document.get_metadata_value("CreationDate") or "")

    def pages(self) -> Iterator[PageText]:
        """Yield the pages one at a time; raises JobError pdf_corrupt or pdf_too_complex."""
        for index in range(self.page_count):
            yield self.page(index)

    def page(self, index: int) -> PageText:
        """Return the text of page `index` (from 0)."""
        import pypdfium2

        try:
            page = self._document[index]
            try:
                return _page_text(page, index + 1, self._limits)
            finally:
                page.close()
        except pypdfium2.PdfiumError as error:
            raise sheet_error("pdf_corrupt", f"Page {index + 1} cannot be read: {error}") from error

    def render_pgm(self, index: int, dots_per_inch: int = 200) -> bytes:
        """Return page `index` (from 0) as a grey picture (Netpbm P5, which OCR programs read), at most 5,000 wide."""
        page = self._document[index]
        try:
            scale = min(dots_per_inch / 72, MAX_PICTURE_PIXELS / max(*page.get_size(), 1))
            bitmap = page.render(scale=scale, grayscale=True)
            width, height, stride = bitmap.width, bitmap.height, bitmap.stride
            raw = bytes(bitmap.buffer)
            rows = b"".join(raw[row * stride : row * stride + width] for row in range(height))
            return b"P5 %d %d 255\n" % (width, height) + rows
        finally:
            page.close()


@contextmanager
def open_pdf(path: Path, limits: PdfLimits = DEFAULT_LIMITS) -> Iterator[PdfFile]:
    """Open a PDF after judging it; raises JobError (not_a_pdf, pdf_bomb, pdf_encrypted, pdf_corrupt …)."""
    import pypdfium2

    _judge(path, limits)
    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower() or "security" in str(error).lower():
            raise sheet_error("pdf_encrypted", "The PDF asks for a password.") from error
        raise sheet_error("pdf_corrupt", f"The PDF cannot be opened: {error}") from error
    try:
        if len(document) > limits.pages:
            message = f"The PDF has {len(document)} pages; {limits.pages} are the most."
            raise sheet_error("pdf_too_many_pages", message)
        if len(document) == 0:
            raise sheet_error("pdf_corrupt", "The PDF has no pages.")
        yield PdfFile(document, limits)
    finally:
        document.close()


def _judge(path: Path, limits: PdfLimits) -> None:
    """Refuse what is no PDF, and one whose streams inflate beyond all reason (object streams too)."""
    raw = path.read_bytes()
    if not raw:
        raise sheet_error("pdf_empty", "The file is empty.")
    if b"%PDF-" not in raw[:_HEADER_WINDOW]:
        raise sheet_error("not_a_pdf", "The file does not begin like a PDF.")
    total = 0
    for match in _STREAM.finditer(raw):
        about = raw[max(0, match.start() - _DICT_WINDOW) : match.start()]
        about = about[about.rfind(b"obj") + 3 :] if b"obj" in about else about
        if b"/Fl" not in about:  # FlateDecode, or Fl as inline images write it
            continue
        is_image = b"/Image" in about and b"/ObjStm" not in about and b"/XRef" not in about
        limit = limits.image_bytes if is_image else limits.stream_bytes
        size = _inflated_size(memoryview(raw)[match.end() :], limit, about.count(b"/Fl"))
        total += 0 if is_image else size
        if size > limit or total > limits.total_bytes:
            raise sheet_error("pdf_bomb", "The PDF unpacks to far more than any sheet of a meet has.")


def _inflated_size(packed: memoryview, limit: int, layers: int) -> int:
    """Return how far a deflate stream grows, counting at most to just above `limit`; damage ends the count."""
    decoders = [zlib.decompressobj() for _ in range(max(1, min(layers, 4)))]
    size = 0
    chunk = 1 << 16
    for start in range(0, len(packed), chunk):
        try:
            for piece in _through(decoders, bytes(packed[start : start + chunk])):
                size += piece
                if size > limit:
                    return size
        except zlib.error:
            return size
        if decoders[0].eof:
            return size
    return size


def _through(decoders: list[Any], piece: bytes) -> Iterator[int]:
    """Yield the sizes that all layers of filters make of one piece, never holding more than 1 MiB a layer."""
    head, rest = decoders[0], decoders[1:]
    while piece and not head.eof:
        out = head.decompress(piece, MIB)
        yield len(out)
        if rest and out:
            yield from _through(rest, out)
        piece = head.unconsumed_tail


def _page_text(page: Any, number: int, limits: PdfLimits) -> PageText:
    turn = page.get_rotation()
    left, bottom, right, top = page.get_bbox()
    frame = _Frame((left, bottom), (right - left, top - bottom), turn)
    text_page = page.get_textpage()
    try:
        if text_page.count_chars() > limits.letters_a_page:
            raise sheet_error(
                "pdf_too_complex", f"Page {number} has more than {limits.letters_a_page} letters."
            )
        fragments = tuple(_fragments(text_page, frame))
    finally:
        text_page.close()
    width, height = frame.size if turn in (0, 180) else frame.size[::-1]
    return PageText(number, width, height, fragments, has_images=not fragments and _has_images(page))


def _has_images(page: Any) -> bool:
    import pypdfium2.raw as pdfium

    return next(page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE]), None) is not None


def _fragments(text_page: Any, frame: "_Frame") -> Iterator[Fragment]:
    """Yield each text object once, by walking the letters: asking an object for its text would scan the whole page.

    What pdfium made up itself (blanks and line ends between objects) belongs to no object and is left out.
    """
    import pypdfium2.raw as pdfium

    object_of = _returning_address(pdfium.FPDFText_GetTextObject)
    unicode_of = pdfium.FPDFText_GetUnicode
    letters: list[str] = []
    first = last = 0
    current: int | None = None
    raw = text_page.raw
    for index in range(text_page.count_chars()):
        holder = object_of(raw, index)
        if not holder:
            continue
        if holder != current:
            if letters and (piece := _fragment(raw, first, last, "".join(letters), frame)):
                yield piece
            letters, current, first = [], holder, index
        letter = _LETTERS.get(code := unicode_of(raw, index))
        letter = chr(code) if letter is None else letter
        if not letter.isspace():
            last = index
        letters.append(letter)
    if letters and (piece := _fragment(raw, first, last, "".join(letters), frame)):
        yield piece


def _returning_address(function: Any) -> Callable[[Any, int], int | None]:
    """Return a pdfium function that gives a plain address, which compares and hashes without wrapping."""
    address = ctypes.cast(function, ctypes.c_void_p).value
    prototype = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int)
    return prototype(address)  # type: ignore[arg-type]  # ctypes types an address as if it were a Python function


def _fragment(raw: Any, first: int, last: int, text: str, frame: "_Frame") -> Fragment | None:
    """Return one text object as a piece, upright; None for blanks and for slanted or vertical text."""
    import pypdfium2.raw as pdfium

    if not text.strip():
        return None
    matrix = pdfium.FS_MATRIX()
    x, y = ctypes.c_double(), ctypes.c_double()
    box = [ctypes.c_double() for _ in range(4)]  # left, right, bottom, top
    if not (
        pdfium.FPDFText_GetMatrix(raw, first, matrix)
        and pdfium.FPDFText_GetCharOrigin(raw, first, x, y)
        and pdfium.FPDFText_GetCharBox(raw, last, *box)
    ):
        return None
    direction = frame.vector(matrix.a, matrix.b)
    if direction[0] <= 0 or abs(direction[1]) > _SLANT * direction[0]:
        return None
    start = frame.point(x.value, y.value)
    ends = frame.point(box[0].value, box[2].value), frame.point(box[1].value, box[3].value)
    size = pdfium.FPDFText_GetFontSize(raw, first) * direction[0]
    return Fragment(start[0], max(end[0] for end in ends), start[1], max(size, 1.0), text)


@dataclass(frozen=True, slots=True)
class _Frame:
    """A page's box and turn: from the page's own coordinates to those in which the reader sees it."""

    origin: tuple[float, float]
    size: tuple[float, float]
    turn: int

    def point(self, x: float, y: float) -> tuple[float, float]:
        """Return a point as the reader of a page that is turned clockwise sees it."""
        x, y = x - self.origin[0], y - self.origin[1]
        width, height = self.size
        return {0: (x, y), 90: (y, width - x), 180: (width - x, height - y), 270: (height - y, x)}[self.turn]

    def vector(self, x: float, y: float) -> tuple[float, float]:
        """Return a direction as the reader sees it."""
        return {0: (x, y), 90: (y, -x), 180: (-x, -y), 270: (-y, x)}[self.turn]
