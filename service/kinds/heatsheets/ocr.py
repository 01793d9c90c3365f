"""Read scanned pages with tesseract, when it is installed: words with their places, as if a PDF had told them."""

import csv
import io
import shutil
import subprocess
from collections.abc import Iterator

from service.kinds.heatsheets.codes import sheet_error
from service.kinds.heatsheets.pdf_text import Fragment, PageText, PdfFile

DOTS_PER_INCH = 200
PAGE_SECONDS = 120
MIN_CONFIDENCE = 30.0
_LINE, _WORD = "4", "5"  # levels in tesseract's TSV
_SIDE_BEARING = 0.12  # of the type's size: ink ends before its letter does


def find_tesseract() -> str | None:
    """Return the path of the program, or None when it is not installed."""
    return shutil.which("tesseract")


def read_scans(pdf: PdfFile, program: str) -> Iterator[PageText]:
    """Yield each page as OCR reads it; raises JobError ocr_failed."""
    for index in range(pdf.page_count):
        blank = pdf.page(index)
        yield _page(blank, _run(program, pdf.render_pgm(index, DOTS_PER_INCH)), index)


def _run(program: str, picture: bytes) -> tuple[str, tuple[int, int]]:
    """Return tesseract's TSV and the picture's size in pixels.

    One thread: with more, tesseract's OpenMP loops wait for each other (23.6 s a page became 6.4 s).
    """
    size = picture.split(b"\n", 1)[0].split()
    command = [
        "env",
        "OMP_THREAD_LIMIT=1",
        program,
        "stdin",
        "stdout",
        "--psm",
        "3",
        "--dpi",
        str(DOTS_PER_INCH),
        "tsv",
    ]
    try:
        done = subprocess.run(command, input=picture, capture_output=True, timeout=PAGE_SECONDS, check=True)
    except (OSError, subprocess.SubprocessError) as error:
        said = (getattr(error, "stderr", None) or b"").decode("utf-8", "replace").strip()
        raise sheet_error("ocr_failed", f"Tesseract failed: {said[-300:] or error}") from error
    return done.stdout.decode("utf-8", "replace"), (int(size[1]), int(size[2]))


def _page(blank: PageText, read: tuple[str, tuple[int, int]], index: int) -> PageText:
    text, (width, height) = read
    scale_x, scale_y = blank.width / width, blank.height / height
    fragments: list[Fragment] = []
    baseline, size = 0.0, 10.0
    for row in csv.DictReader(io.StringIO(text), delimiter="\t", quoting=csv.QUOTE_NONE):
        try:
            left, top, wide, high = (float(row[key]) for key in ("left", "top", "width", "height"))
            confidence = float(row["conf"])
        except (KeyError, TypeError, ValueError):
            continue
        if row["level"] == _LINE:
            baseline, size = blank.height - (top + high) * scale_y, max(high * scale_y, 4.0)
        elif row["level"] == _WORD and confidence >= MIN_CONFIDENCE and (word := (row["text"] or "").strip()):
            end = (left + wide) * scale_x + _SIDE_BEARING * size
            fragments.append(Fragment(left * scale_x, end, baseline, size, f"{word} "))
    return PageText(index + 1, blank.width, blank.height, tuple(fragments), has_images=True)
