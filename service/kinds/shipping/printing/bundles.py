"""All labels of a job together: a ZIP of single PDFs, and one merged PDF for the printer."""

import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import IO


def write_zip(out: IO[bytes], labels: Iterable[tuple[str, Path]]) -> None:
    """Write a ZIP of (name, file); PDFs are stored, since they are compressed already."""
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, path in labels:
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))  # the same labels give the same bytes
            archive.writestr(info, path.read_bytes())


def write_merged(out: IO[bytes], labels: Iterable[Path]) -> int:
    """Write one PDF with the pages of all labels in order; returns the number of pages."""
    import pypdfium2

    merged = pypdfium2.PdfDocument.new()
    try:
        for path in labels:
            one = pypdfium2.PdfDocument(path)
            try:
                merged.import_pages(one)
            finally:
                one.close()
        merged.save(out)
        return len(merged)
    finally:
        merged.close()
