"""Which format a file is, by its content first and its name second, and who reads it."""

import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from service.kinds.ingestion.documents import Portion
from service.kinds.ingestion.parsers.csv import read_csv
from service.kinds.ingestion.parsers.docx import read_docx
from service.kinds.ingestion.parsers.epub import read_epub
from service.kinds.ingestion.parsers.html import read_html
from service.kinds.ingestion.parsers.limits import DEFAULT_LIMITS, ReadLimits, read_error
from service.kinds.ingestion.parsers.markdown import read_markdown
from service.kinds.ingestion.parsers.pdf import read_pdf
from service.kinds.ingestion.parsers.text import read_text

Parser = Callable[[Path, ReadLimits], Iterator[Portion]]

PARSERS: Final[dict[str, Parser]] = {
    "pdf": read_pdf,
    "docx": read_docx,
    "html": read_html,
    "markdown": read_markdown,
    "text": read_text,
    "epub": read_epub,
    "csv": read_csv,
}
_BY_SUFFIX: Final = {
    ".pdf": "pdf", ".docx": "docx", ".html": "html", ".htm": "html", ".xhtml": "html", ".md": "markdown",
    ".markdown": "markdown", ".txt": "text", ".text": "text", ".log": "text", ".rst": "text", ".epub": "epub",
    ".csv": "csv", ".tsv": "csv",
}  # fmt: skip
_PDF_WINDOW: Final = 1024  # ISO 32000-1, Annex H.3.4.1: readers accept %PDF within the first 1,024 bytes
_COMPOUND_FILE: Final = b"\xd0\xcf\x11\xe0"


def format_of(path: Path, name: str) -> str:
    """Return the format of a file that a person calls `name`; raises JobError document_empty or format_unknown."""
    with path.open("rb") as file:
        head = file.read(_PDF_WINDOW)
    by_name = _BY_SUFFIX.get(Path(name).suffix.lower())
    if not head.strip(b"\x00 \t\r\n"):
        raise read_error("document_empty", f"The file is empty ({path.stat().st_size} bytes).")
    if b"%PDF-" in head:
        return "pdf"
    if head[:4] == _COMPOUND_FILE:
        return "docx"
    if head[:2] == b"PK":
        return _zip_format(path, by_name)
    if by_name in {"pdf", "docx", "epub"}:
        what = {"pdf": "pdf_corrupt", "docx": "docx_invalid", "epub": "epub_invalid"}[by_name]
        raise read_error(what, f"The file is called {Path(name).suffix} but is none.")
    if by_name is None or by_name == "text":
        start = head.lstrip()[:64].lower()
        return "html" if start.startswith((b"<!doctype html", b"<html")) else by_name or _unnamed(head)
    return by_name


def read_document(path: Path, name: str, limits: ReadLimits = DEFAULT_LIMITS) -> Iterator[Portion]:
    """Yield the portions of a document of any format."""
    return PARSERS[format_of(path, name)](path, limits)


def _unnamed(head: bytes) -> str:
    if b"\x00" in head:
        raise read_error("format_unknown", "It is no text, and nothing else that is known here.")
    return "text"


def _zip_format(path: Path, by_name: str | None) -> str:
    if by_name in {"docx", "epub"}:
        return by_name
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist()[:20_000])
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        names = set()
    if "word/document.xml" in names:
        return "docx"
    if "META-INF/container.xml" in names:
        return "epub"
    raise read_error("format_unknown", "It is an archive; take the documents out and submit them.")
