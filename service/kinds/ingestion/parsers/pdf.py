"""Read a PDF page by page: lines in reading order, paragraphs, headings, pictures with their captions.

pdfium crashes when used from threads: one document, one process, one thread.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from service.kinds.ingestion.documents import Fault, Picture, Portion
from service.kinds.ingestion.parsers.limits import DEFAULT_LIMITS, ReadLimits, read_error
from service.kinds.ingestion.parsers.pdf_layout import Layout
from service.kinds.ingestion.parsers.pdf_lines import Line, read_lines
from service.model.errors import JobError

_CAPTION: Final = re.compile(
    r"^(figure|fig\.?|abb(?:ildung|\.)|image|photo|plate|exhibit)\s*\d", re.IGNORECASE
)
_MIN_PICTURE_POINTS: Final = 24.0  # smaller ones are bullets, logos and rules
_MAX_PICTURES_A_PAGE: Final = 200


def read_pdf(path: Path, limits: ReadLimits = DEFAULT_LIMITS) -> Iterator[Portion]:
    """Yield one portion a page. Raises JobError pdf_encrypted, pdf_corrupt, document_too_large or needs_ocr.

    A page that cannot be read, or is a scan among pages of text, is a fault; the others are read.
    """
    with _opened(path) as document:
        total = len(document)
        if total > limits.pages:
            raise read_error("document_too_large", f"It has {total} pages; the limit is {limits.pages}.")
        layout = Layout()
        has_text = has_scan = False
        for index in range(total):
            portion, is_scan = _page(document, index, layout, limits)
            has_scan = has_scan or is_scan
            has_text = has_text or bool(portion.blocks)
            if is_scan and not has_text and index + 1 == total:
                break
            yield portion
        if has_scan and not has_text:
            raise read_error("needs_ocr", f"It is a scan: none of its {total} pages has text.")


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    import pypdfium2
    import pypdfium2.raw as pdfium

    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        if getattr(error, "err_code", None) in (pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY):
            raise read_error("pdf_encrypted", "The PDF asks for a password.") from error
        raise read_error("pdf_corrupt", f"The PDF cannot be opened: {error}") from error
    try:
        if len(document) == 0:
            raise read_error("pdf_corrupt", "The PDF has no pages.")
        yield document
    finally:
        document.close()


def _page(document: Any, index: int, layout: Layout, limits: ReadLimits) -> tuple[Portion, bool]:
    """Return what is on a page, and whether it is a picture of text."""
    import pypdfium2

    number, total = index + 1, len(document)
    title = _title(document) if index == 0 else None
    try:
        page = document[index]
        try:
            width, _ = page.get_size()
            lines = read_lines(page, limits.characters_a_page)
            pictures = _pictures(page, number, lines, limits.objects_a_page)
        finally:
            page.close()
    except (pypdfium2.PdfiumError, JobError) as error:
        code = error.code if isinstance(error, JobError) else "page_unreadable"
        fault = Fault(f"page {number}", code, f"Page {number} cannot be read: {error}")
        return Portion((), (), (fault,), number, total, title), False
    is_scan = not lines and bool(pictures)
    scan = Fault(f"page {number}", "needs_ocr", f"Page {number} is a scan without text.")
    faults = (scan,) if is_scan else ()
    return Portion(layout.blocks(lines, number, width), pictures, faults, number, total, title), is_scan


def _title(document: Any) -> str | None:
    title = " ".join(str(document.get_metadata_value("Title") or "").split())[:300]
    # What word processors put there by themselves says nothing.
    is_telling = title and not re.search(
        r"\.(docx?|odt|tex|dvi|indd|pdf)$|^untitled|^microsoft", title, re.IGNORECASE
    )
    return title if is_telling else None


def _pictures(page: Any, number: int, lines: list[Line], max_objects: int) -> tuple[Picture, ...]:
    """Return the page's pictures, each with the caption line that is nearest to it."""
    import pypdfium2.raw as pdfium

    captions = [line for line in lines if _CAPTION.match(line.text)]
    found: list[Picture] = []
    for seen, each in enumerate(page.get_objects(filter=(pdfium.FPDF_PAGEOBJ_IMAGE,), max_depth=3)):
        if seen >= max_objects or len(found) >= _MAX_PICTURES_A_PAGE:
            break
        left, bottom, right, top = each.get_bounds()
        if min(right - left, top - bottom) < _MIN_PICTURE_POINTS:
            continue
        pixels = each.get_px_size()
        caption = min(captions, key=lambda line: _distance(line, bottom, top), default=None)
        if caption is not None:
            captions.remove(caption)
        found.append(Picture(number, caption.text[:500] if caption else None, int(pixels[0]), int(pixels[1])))
    return tuple(found)


def _distance(line: Line, bottom: float, top: float) -> float:
    return min(abs(line.y - bottom), abs(line.y - top))
