"""The `epub` kind as the service sees it: its name, its args, its routes; the work is imported in the child."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from marshmallow import Schema

from service.kinds.base import Dialect, JobContext, Kind
from service.kinds.epub.args import EpubArgs


class EpubKind(Kind):
    """Counts words and tokens of EPUB books, chapter by chapter."""

    name: ClassVar[str] = "epub"
    title: ClassVar[str] = "Count books"
    description: ClassVar[str] = "How long is this book, in words and in tokens?"
    version: ClassVar[int] = 1
    accepts: ClassVar[Sequence[str]] = (".epub",)
    min_files: ClassVar[int] = 1
    Args: ClassVar[type[Schema] | None] = EpubArgs
    is_cacheable: ClassVar[bool] = True
    typical_seconds: ClassVar[float] = 2.0

    def run(self, job: JobContext) -> Mapping[str, Any]:
        """Count every book that was handed in; returns the results object of docs/kinds/epub.md."""
        from service.kinds.epub.pipeline import count_books

        return count_books(job)

    def dialect(self) -> Dialect:
        """Return the words of the `epub` stream: queued, progress, completed, failed, cancelled."""
        from service.kinds.epub.dialect import epub_dialect

        return epub_dialect

    def routes(self) -> Sequence[Any]:
        """Return the paths of the older book counter."""
        from service.kinds.epub.routes import routes

        return routes()
