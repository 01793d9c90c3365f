"""The `shipping` kind as the service sees it: its name, its args, its routes; the work is imported in the child."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from marshmallow import Schema, fields, validate

from service.kinds.base import JobContext, Kind
from service.model.artifacts import Input

SERVICES = ("ground", "express", "overnight")
CARRIERS = ("sandbox", "easypost")
MAX_COMMAND_CHARACTERS = 2_000
_CENTS = validate.Range(min=0, max=10**12)


class SenderArgs(Schema):
    """Where the parcels come from."""

    name = fields.String(required=True, validate=validate.Length(1, 200))
    company = fields.String(load_default="", validate=validate.Length(max=200))
    street1 = fields.String(required=True, validate=validate.Length(1, 200))
    street2 = fields.String(load_default="", validate=validate.Length(max=200))
    city = fields.String(required=True, validate=validate.Length(1, 200))
    state = fields.String(required=True, validate=validate.Length(1, 200))
    postal = fields.String(required=True, validate=validate.Length(1, 20))
    country = fields.String(required=True, validate=validate.Length(2, 2))
    phone = fields.String(load_default="", validate=validate.Length(max=40))
    email = fields.String(load_default="", validate=validate.Length(max=200))


class CapsArgs(Schema):
    """Up to where labels are bought without a person's look."""

    max_rows = fields.Integer(strict=True, load_default=None, allow_none=True, validate=_CENTS)
    max_total_cents = fields.Integer(strict=True, load_default=None, allow_none=True, validate=_CENTS)
    max_each_cents = fields.Integer(strict=True, load_default=None, allow_none=True, validate=_CENTS)


class ShippingArgs(Schema):
    """What a person says."""

    command = fields.String(
        required=True,
        validate=validate.Length(1, MAX_COMMAND_CHARACTERS),
        metadata={
            "title": "Which orders, and how?",
            "description": "As in: ship all orders to California by ground",
        },
    )
    mapping = fields.Dict(
        keys=fields.String(),
        values=fields.String(validate=validate.Length(max=500)),
        load_default=dict,
        metadata={
            "title": "Columns",
            "description": "Field -> header, where the names of the columns do not say it",
        },
    )
    default_service = fields.String(
        load_default="ground",
        validate=validate.OneOf(SERVICES),
        metadata={"title": "Service", "description": "For rows without one, when the sentence names none"},
    )
    default_country = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.Length(2, 2),
        metadata={
            "title": "Country",
            "description": "For rows whose country is blank (two letters); none: a problem",
        },
    )
    carrier = fields.String(
        load_default="sandbox", validate=validate.OneOf(CARRIERS), metadata={"title": "Carrier"}
    )
    ship_from = fields.Nested(SenderArgs, load_default=None, allow_none=True, metadata={"title": "Sender"})
    auto_confirm = fields.Nested(
        CapsArgs,
        load_default=None,
        allow_none=True,
        metadata={"title": "Buy without a look, up to", "description": "Off unless a cap is given"},
    )
    filter = fields.Dict(
        load_default=None,
        allow_none=True,
        metadata={"description": "A filter that a person has chosen; goes before the sentence"},
    )
    service = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(SERVICES))


class ShippingKind(Kind):
    """Ships the orders that a sentence names: a priced preview first, then one label for each row."""

    name: ClassVar[str] = "shipping"
    title: ClassVar[str] = "Ship orders"
    description: ClassVar[str] = "Say which orders to ship; look at the price; get the labels"
    version: ClassVar[int] = 1
    accepts: ClassVar[Sequence[str]] = (
        ".csv",
        ".tsv",
        ".txt",
        ".xlsx",
        ".xlsm",
        ".json",
        ".jsonl",
        ".ndjson",
    )
    min_files: ClassVar[int] = 1
    max_files: ClassVar[int] = 1
    Args: ClassVar[type[Schema] | None] = ShippingArgs
    typical_seconds: ClassVar[float] = 3.0
    requires: ClassVar[Sequence[str]] = ("python_calamine", "reportlab", "zxingcpp", "pypdfium2", "openpyxl")
    extra: ClassVar[str | None] = "shipping"

    def run(self, job: JobContext) -> Mapping[str, Any]:
        """Plan and hold, or after confirmation buy; returns the output of docs/kinds/shipping.md."""
        from service.kinds.shipping.work import ship

        return ship(job, self.at_point)

    def at_point(self, point: str, row_number: int) -> None:
        """Do nothing; tests of crashes end the process where the buying of a row has come to."""

    def title_for(self, args: Mapping[str, Any], inputs: Sequence[Input]) -> str:
        """Return the sentence: it says more than the name of the file."""
        return str(args.get("command") or self.title)[:120]
