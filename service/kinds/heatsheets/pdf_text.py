"""Take the text out of a PDF as pieces with an exact place, and refuse what would hurt before it is opened.

MEET MANAGER prints each field as a text object of its own (cut where kerning changes), so the object's
matrix gives an exact baseline and start: better than words guessed from single characters. pdfium
crashes when used from threads: one document, one process.
"""

import ctypes
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from service.kinds.heatsheets.codes import sheet_error

MIB = 1024 * 1024
_STREAM = re.compile(rb"stream\r?\n")
_HEADER_WINDOW = 1024  # ISO 32000-1, Annex H.3.4.1: readers accept %PDF within the first 1,024 bytes
_DICT_WINDOW = 4096
MAX_PICTURE_PIXELS = 5000  # a wall chart must not take 10 GB


@dataclass(frozen=True, slots=True)
class PdfLimits:
    """What a document may ask of us. A meet of 8,000 swims has about 150 pages and 5 MB of page text."""

    pages: int = 1000
    objects_a_page: int = 100_000
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
    import pypdfium2.raw as pdfium

    turn = page.get_rotation()
    left, bottom, right, top = page.get_bbox()
    size = (right - left, top - bottom)
    text_page = page.get_textpage()
    try:
        wanted = [pdfium.FPDF_PAGEOBJ_TEXT, pdfium.FPDF_PAGEOBJ_IMAGE]
        fragments: list[Fragment] = []
        has_images = False
        for count, found in enumerate(page.get_objects(filter=wanted), 1):
            if count > limits.objects_a_page:
                raise sheet_error("pdf_too_complex", f"Page {number} has more than {count - 1} objects.")
            if found.type == pdfium.FPDF_PAGEOBJ_IMAGE:
                has_images = True
            elif fragment := _fragment(found, text_page, (left, bottom), size, turn):
                fragments.append(fragment)
    finally:
        text_page.close()
    width, height = size if turn in (0, 180) else size[::-1]
    return PageText(number, width, height, tuple(fragments), has_images)


def _fragment(
    found: Any, text_page: Any, origin: tuple[float, float], size: tuple[float, float], turn: int
) -> Fragment | None:
    """Return one text object as a piece, upright; None for blanks and for slanted or vertical text."""
    import pypdfium2.raw as pdfium

    text = _text_of(found, text_page)
    if not text.strip():
        return None
    matrix = found.get_matrix()
    box = found.get_bounds()
    corners = [(box[0], box[1]), (box[2], box[3])]
    start, direction = (matrix.e, matrix.f), (matrix.a, matrix.b)
    holder = found.container
    while holder is not None:  # bounds and matrix are those of the form, not of the page
        outer = holder.get_matrix()
        corners = [outer.on_point(*corner) for corner in corners]
        start = outer.on_point(*start)
        direction = (
            outer.a * direction[0] + outer.c * direction[1],
            outer.b * direction[0] + outer.d * direction[1],
        )
        holder = holder.container
    if turn:
        start, *corners = [_turned(point, origin, size, turn) for point in (start, *corners)]
        direction = _turned_vector(direction, turn)
    else:
        start, *corners = [(x - origin[0], y - origin[1]) for x, y in (start, *corners)]
    if direction[0] <= 0 or abs(direction[1]) > 0.05 * direction[0]:
        return None
    points = ctypes.c_float()
    pdfium.FPDFTextObj_GetFontSize(found, points)
    height = points.value * direction[0]
    return Fragment(start[0], max(corner[0] for corner in corners), start[1], max(height, 1.0), text)


def _text_of(found: Any, text_page: Any) -> str:
    import pypdfium2.raw as pdfium

    room = 512
    while True:
        buffer = ctypes.create_string_buffer(room)
        size = pdfium.FPDFTextObj_GetText(
            found, text_page, ctypes.cast(buffer, ctypes.POINTER(ctypes.c_ushort)), room
        )
        if size <= room:
            text = buffer.raw[: max(0, size - 2)].decode("utf-16-le", "replace")
            return text.replace("\x00", "").replace("\u00a0", " ").replace("\u00ad", "-")
        room = size


def _turned(
    point: tuple[float, float], origin: tuple[float, float], size: tuple[float, float], turn: int
) -> tuple[float, float]:
    """Return a point of a page that is shown turned clockwise by `turn` degrees, as the reader sees it."""
    x, y = point[0] - origin[0], point[1] - origin[1]
    width, height = size
    return {90: (y, width - x), 180: (width - x, height - y), 270: (height - y, x)}[turn]


def _turned_vector(vector: tuple[float, float], turn: int) -> tuple[float, float]:
    x, y = vector
    return {90: (y, -x), 180: (-x, -y), 270: (-y, x)}[turn]
