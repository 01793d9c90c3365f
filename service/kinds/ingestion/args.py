"""What a person may choose for an ingestion job."""

from marshmallow import Schema, fields, validate

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
