"""What goes in and out over the HTTP paths of this room, as marshmallow schemas."""

from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate

FORMATS = ("pdf", "docx", "html", "markdown", "text", "epub", "csv")
SORTS = tuple(sign + name for name in ("updated", "title", "kind", "pages", "chunks") for sign in ("", "-"))
MAX_QUESTION = 2000
MAX_HITS = 100


class Strict(Schema):
    """A schema that refuses unknown fields."""

    class Meta:
        """Unknown fields are mistakes that should be heard of."""

        unknown = RAISE


class Several(fields.List[Any]):
    """A list of texts; a single text stands for a list of one."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[Any]:
        return super()._deserialize([value] if isinstance(value, str) else value, attr, data, **kwargs)


def _several(description: str, **more: Any) -> Several:
    return Several(
        fields.String(validate=[validate.Length(1, 300), *more.pop("each", ())]),
        load_default=list,
        validate=validate.Length(max=1000),
        metadata={"description": description},
    )


class Day(fields.String):
    """An RFC 3339 time or a date (its first second, UTC), read as Unix seconds."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        from datetime import UTC, datetime

        said = super()._deserialize(value, attr, data, **kwargs)
        try:
            at = datetime.fromisoformat(str(said))
            return (at if at.tzinfo is not None else at.replace(tzinfo=UTC)).timestamp()
        except (ValueError, OverflowError):
            raise ValidationError("Not a date or an RFC 3339 time.") from None


class FiltersIn(Strict):
    """Which documents may be found; everything that is given must hold, lists are alternatives."""

    document_id = _several("Ids of documents")
    document_ids = _several("The same")
    kind = _several("Formats", each=(validate.OneOf(FORMATS),))
    kinds = _several("The same", each=(validate.OneOf(FORMATS),))
    tag = _several("Tags")
    tags = _several("The same")
    since = Day(load_default=None, allow_none=True, metadata={"description": "Came in at or after"})
    until = Day(load_default=None, allow_none=True, metadata={"description": "Came in before"})


class SearchIn(Strict):
    """A question."""

    query = fields.String(required=True, validate=validate.Length(1, MAX_QUESTION))
    top_k = fields.Integer(load_default=10, strict=True, validate=validate.Range(1, MAX_HITS))
    search_type = fields.String(load_default="hybrid", validate=validate.OneOf(("vector", "bm25", "hybrid")))
    filters = fields.Nested(FiltersIn, load_default=None, allow_none=True)


class ScoresOut(Strict):
    """What each way thought of a hit; null when it did not find it."""

    bm25 = fields.Float(required=True, allow_none=True)
    vector = fields.Float(required=True, allow_none=True, metadata={"description": "Cosine"})
    fused = fields.Float(required=True, allow_none=True)


class OffsetOut(Strict):
    """Characters of the document's text."""

    start = fields.Integer(required=True)
    end = fields.Integer(required=True)


class HitOut(Strict):
    """A chunk that was found; `page`, `heading` and `match` are those of the place that matched."""

    document_id = fields.String(required=True)
    file_name = fields.String(required=True)
    title = fields.String(required=True)
    kind = fields.String(required=True)
    version = fields.Integer(required=True)
    chunk_id = fields.Integer(required=True)
    chunk = fields.Integer(required=True, metadata={"description": "Number within the document, from 0"})
    page = fields.Integer(required=True, allow_none=True)
    heading = fields.String(required=True, allow_none=True)
    heading_path = fields.List(fields.String(), required=True)
    offset = fields.Nested(OffsetOut, required=True)
    match = fields.Integer(required=True, metadata={"description": "Character of the document's text"})
    score = fields.Float(required=True)
    scores = fields.Nested(ScoresOut, required=True)
    text = fields.String(required=True)
    snippet = fields.String(required=True)
    highlights = fields.List(
        fields.List(fields.Integer()), required=True, metadata={"description": "[begin, end) in the snippet"}
    )


class SearchOut(Strict):
    """An answer; `search_type` is what was done, `notes` say why it is not what was asked for."""

    query = fields.String(required=True)
    search_type = fields.String(required=True)
    hits = fields.List(fields.Nested(HitOut), required=True)
    total = fields.Integer(required=True)
    model = fields.String(required=True, allow_none=True)
    notes = fields.List(fields.String(), required=True)
    took_ms = fields.Float(required=True)


class DocumentsQuery(Strict):
    """Which documents are listed."""

    q = fields.String(load_default="", validate=validate.Length(max=200))
    kind = fields.String(load_default=None, validate=validate.OneOf(FORMATS))
    tag = fields.String(load_default=None, validate=validate.Length(1, 100))
    since = Day(load_default=None, metadata={"description": "Came in at or after"})
    until = Day(load_default=None, metadata={"description": "Came in before"})
    sort = fields.String(
        load_default="-updated",
        validate=validate.OneOf(SORTS),
        metadata={"description": "A minus sign: the largest, the newest or Z first"},
    )
    limit = fields.Integer(load_default=50, validate=validate.Range(1, 500))
    cursor = fields.String(load_default=None, validate=validate.Length(max=300))


class DocumentQuery(Strict):
    """Which of a document's chunks are shown."""

    first = fields.Integer(load_default=0, validate=validate.Range(0, 10**9))
    limit = fields.Integer(load_default=50, validate=validate.Range(0, 500))


class NamesQuery(Strict):
    """Which names are listed."""

    q = fields.String(load_default="", validate=validate.Length(max=200))
    document_id = fields.String(load_default=None, validate=validate.Length(1, 100))
    limit = fields.Integer(load_default=50, validate=validate.Range(1, 1000))


class GraphQuery(Strict):
    """Which relations are shown."""

    entity = fields.String(load_default=None, validate=validate.Length(1, 200))
    document_id = fields.String(load_default=None, validate=validate.Length(1, 100))
    limit = fields.Integer(load_default=60, validate=validate.Range(1, 500))


class Open(Schema):
    """A JSON object whose members docs/kinds/ingestion.md lists; they may grow."""

    class Meta:
        """Open on purpose."""

        unknown = "include"


class DocumentsOut(Strict):
    """Documents, the newest first unless asked otherwise."""

    documents = fields.List(fields.Nested(Open), required=True)
    totals = fields.Nested(Open, required=True)
    model = fields.String(
        required=True, allow_none=True, metadata={"description": "By which questions are understood"}
    )
    next_cursor = fields.String(required=True, allow_none=True)


class EntitiesOut(Strict):
    """Names."""

    entities = fields.List(fields.Nested(Open), required=True)


class GraphOut(Strict):
    """Names and what connects them."""

    nodes = fields.List(fields.Nested(Open), required=True)
    edges = fields.List(fields.Nested(Open), required=True)


class IngestForm(Schema):
    """Documents to put in."""

    files = fields.List(fields.Raw(metadata={"type": "string", "format": "binary"}), required=True)
    args = fields.String(metadata={"contentMediaType": "application/json", "description": "JSON object"})
    tags = fields.String(metadata={"description": "JSON list, or words separated by commas"})
    workers = fields.Integer()
    entities = fields.Boolean()
