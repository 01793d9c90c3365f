"""The `ingestion` kind as the service sees it: its name, its args, its words; the work is imported in the child."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from marshmallow import Schema

from service.kinds.base import Dialect, JobContext, Kind
from service.kinds.ingestion.args import IngestionArgs


class IngestionKind(Kind):
    """Reads documents, cuts them into chunks, and keeps them so that they can be asked."""

    name: ClassVar[str] = "ingestion"
    title: ClassVar[str] = "Ask documents"
    description: ClassVar[str] = "Put documents in, ask them later."
    version: ClassVar[int] = 1
    accepts: ClassVar[Sequence[str]] = (
        ".pdf", ".docx", ".html", ".htm", ".xhtml", ".md", ".markdown", ".txt", ".text", ".log", ".rst", ".epub",
        ".csv", ".tsv",
    )  # fmt: skip
    min_files: ClassVar[int] = 1
    max_files: ClassVar[int] = 10_000
    Args: ClassVar[type[Schema] | None] = IngestionArgs
    typical_seconds: ClassVar[float] = 5.0
    stream_gap_seconds: ClassVar[float] = 0.55
    requires: ClassVar[Sequence[str]] = ("numpy", "pypdfium2", "semantic_text_splitter", "charset_normalizer")
    extra: ClassVar[str | None] = "ingestion"

    def run(self, job: JobContext) -> Mapping[str, Any]:
        """Ingest every document that was handed in; returns the output of docs/kinds/ingestion.md."""
        from service.kinds.ingestion.pipeline.walk import ingest

        return ingest(job)

    def dialect(self) -> Dialect:
        """Return the words of the pipeline's stream."""
        from service.kinds.ingestion.dialect import ingestion_dialect

        return ingestion_dialect

    def routes(self) -> Sequence[Any]:
        """Return the paths of the older service and of the library."""
        from service.kinds.ingestion.routes import routes

        return routes()
