"""Count one book: open, read chapter by chapter, and hand each one on before the next is read."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from service.kinds.epub.archive import MIB, Archive
from service.kinds.epub.counting import count_words
from service.kinds.epub.package import MAX_TEXT_CHARACTERS, Metadata, Package, SpineDocument, read_package
from service.kinds.epub.text import DocumentText, read_document
from service.kinds.epub.tokenizers import TokenCount, TokenizerSet, add_counts
from service.model.errors import JobError

MEGABYTE = 1_000_000
MAX_DOCUMENT_BYTES = 16 * MIB
"""One document of a book; the longest single files of real books have 5 to 8 MB."""
MAX_BOOK_TEXT_BYTES = 256 * MIB
"""All documents of a book together, unpacked: fifty times the longest novel there is."""


@dataclass(frozen=True, slots=True)
class ChapterCount:
    """What one document of the reading order holds. `index` counts from 1."""

    index: int
    title: str
    path: str
    word_count: int
    token_counts: tuple[TokenCount, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the wire form."""
        return {
            "index": self.index,
            "title": self.title,
            "path": self.path,
            "wordCount": self.word_count,
            "tokenCounts": [count.to_json() for count in self.token_counts],
        }


@dataclass(frozen=True, slots=True)
class BookCount:
    """What a whole book holds; the totals are sums over its chapters."""

    metadata: Metadata
    chapters: tuple[ChapterCount, ...]
    token_counts: tuple[TokenCount, ...]
    warnings: tuple[str, ...]

    @property
    def word_count(self) -> int:
        """Words of all chapters."""
        return sum(chapter.word_count for chapter in self.chapters)


class Book:
    """An opened book; its chapters are read one at a time, so memory is bounded by the longest."""

    def __init__(self, archive: Archive, package: Package) -> None:
        self.package = package
        self._archive = archive

    def count_chapters(self, tokenizers: TokenizerSet) -> Iterator[tuple[ChapterCount, str]]:
        """Yield the counts and the Markdown of each chapter in reading order; raises JobError `epub_…`."""
        for index, (document, content) in enumerate(self._read_documents(), 1):
            yield (
                ChapterCount(
                    index,
                    _chapter_title(document.title, content, index),
                    document.name[:MAX_TEXT_CHARACTERS],
                    count_words(content.text),
                    tuple(tokenizers.count(content.text)),
                ),
                content.markdown,
            )

    def read_texts(self) -> Iterator[str]:
        """Yield the Markdown of each chapter without counting anything."""
        return (content.markdown for _, content in self._read_documents())

    def _read_documents(self) -> Iterator[tuple[SpineDocument, DocumentText]]:
        for document in self.package.documents:
            yield document, read_document(self._archive.read(document.name, MAX_DOCUMENT_BYTES))


@contextmanager
def open_book(path: Path, max_mb: float) -> Iterator[Book]:
    """Open the book at `path` for a `with` block; raises JobError with an `epub_…` code."""
    size = path.stat().st_size
    if size > max_mb * MEGABYTE:
        raise JobError(
            "epub_too_large",
            f"The book has {size / MEGABYTE:.1f} MB; the limit of this job is {max_mb:g} MB.",
        )
    with Archive(path) as archive:
        package = read_package(archive)
        text_bytes = sum(archive.size(document.name) for document in package.documents)
        if text_bytes > MAX_BOOK_TEXT_BYTES:
            raise JobError(
                "epub_too_large",
                f"The book has {text_bytes} bytes of text; the limit is {MAX_BOOK_TEXT_BYTES}.",
            )
        yield Book(archive, package)


def sum_up(package: Package, chapters: Sequence[ChapterCount], tokenizer_names: Sequence[str]) -> BookCount:
    """Return the totals of a book: the sums over its chapters."""
    totals = add_counts([chapter.token_counts for chapter in chapters], tokenizer_names)
    return BookCount(package.metadata, tuple(chapters), tuple(totals), package.warnings)


def _chapter_title(from_contents: str | None, content: DocumentText, index: int) -> str:
    return (from_contents or content.heading or f"Section {index}")[:MAX_TEXT_CHARACTERS]
