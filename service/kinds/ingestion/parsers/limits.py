"""How much one document may ask of us, and the error for one that asks for more."""

from dataclasses import dataclass
from typing import Final

from service.model.errors import JobError

MIB: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class ReadLimits:
    """Far above any document that people read, far below what would hurt."""

    text_characters: int = 64 * MIB
    pages: int = 20_000
    objects_a_page: int = 100_000
    characters_a_page: int = 4_000_000
    entries: int = 20_000
    entry_bytes: int = 128 * MIB
    total_bytes: int = 1024 * MIB
    ratio: int = 200
    ratio_free_bytes: int = 4 * MIB
    """Below this size the ratio says nothing: a page of blanks is no attack."""
    depth: int = 2000


DEFAULT_LIMITS: Final = ReadLimits()

REMEDIES: Final = {
    "pdf_encrypted": "Save a copy without a password and submit that.",
    "pdf_corrupt": "Download or export the file again.",
    "needs_ocr": "Run it through OCR first: it is a scan without text.",
    "document_empty": "Submit a file with something in it.",
    "document_too_large": "Split the document and submit the parts.",
    "archive_bomb": "Save the document again from a program you trust.",
    "archive_corrupt": "Download or export the file again.",
    "docx_encrypted": "Save a copy without a password and submit that.",
    "docx_invalid": "Open it in a word processor and save it as DOCX again.",
    "epub_encrypted": "Use a copy without DRM.",
    "epub_invalid": "Check the book with epubcheck.",
    "format_unknown": "Submit PDF, DOCX, HTML, Markdown, text, EPUB or CSV.",
    "no_text": "There is nothing to find in it.",
}


def read_error(code: str, message: str) -> JobError:
    """Return the error for a document that cannot be read, with what helps."""
    return JobError(code, message, remediation=REMEDIES.get(code))
