"""The `ingestion` kind as the service sees it: its name, its args, its words; the work is imported in the child."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from marshmallow import Schema, fields, validate

from service.kinds.base import JobContext, Kind

MAX_WORKERS = 8
MAX_TAGS = 32


class IngestionArgs(Schema):
    """What a person may choose."""

    tags = fields.List(
        fields.String(validate=validate.Length(1, 100)),
        load_default=list,
        validate=validate.Length(max=MAX_TAGS),
        metadata={
            "title": "Tags",
            "description": "Words to filter a search by, given to all of these documents",
        },
    )
    entities = fields.Boolean(
        load_default=True,
        metadata={"title": "Find names", "description": "Names in the documents and what connects them"},
    )
    workers = fields.Integer(
        load_default=2,
        validate=validate.Range(1, MAX_WORKERS),
        metadata={"title": "Workers", "description": "How many chunks are worked on at once"},
    )


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
    requires: ClassVar[Sequence[str]] = ("numpy", "pypdfium2", "semantic_text_splitter", "charset_normalizer")
    extra: ClassVar[str | None] = "ingestion"

    def run(self, job: JobContext) -> Mapping[str, Any]:
        """Ingest every document that was handed in; returns the output of docs/kinds/ingestion.md."""
        from service.kinds.ingestion.pipeline.walk import ingest

        return ingest(job)
