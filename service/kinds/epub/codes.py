"""Every reason why a book is not counted, and what its owner can do about it (docs/kinds/epub.md has the same)."""

from collections.abc import Mapping

from service.model.errors import JobError

REMEDIATION: Mapping[str, str] = {
    "epub_empty": "The file has no bytes: export or download the book again.",
    "epub_not_a_zip": "Submit an EPUB: a PDF, MOBI or web page by another name is none.",
    "epub_truncated": "The end of the file is missing: download or copy it again.",
    "epub_corrupt": "The file is damaged: download or copy it again.",
    "epub_bomb": "The file is built to exhaust whoever opens it. Rebuild the book from a source you trust.",
    "epub_duplicate_entry": "The archive has two contents under one name: rebuild the book, for instance in Calibre.",
    "epub_encrypted": "Use a copy without DRM or password: a locked text can be neither read nor counted.",
    "epub_too_large": "Submit it again with a larger max_mb; the text itself may have 256 MiB, one document 16 MiB.",
    "epub_invalid": "Check the book with epubcheck: it has no readable container, package or reading order.",
    "epub_unreadable": "This is a fault of the counter. The job's log has the details: please report them.",
    "all_books_failed": "The results have the reason for each book.",
}


def book_error(code: str, message: str) -> JobError:
    """Return the error of a job whose only book failed, or of one without a single good book."""
    return JobError(code, message, remediation=REMEDIATION.get(code))
