"""What a person may say to a job of this kind: the UI's form, the CLI and the docs are made of these schemas."""

from marshmallow import Schema, fields, validate

NAME = "shipping"
EXTENSIONS = (".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".json", ".jsonl", ".ndjson")
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
        load_default="sandbox",
        validate=validate.OneOf(CARRIERS),
        metadata={"title": "Carrier", "description": "sandbox sells sample labels; easypost needs its key"},
    )
    ship_from = fields.Nested(
        SenderArgs,
        load_default=None,
        allow_none=True,
        metadata={
            "title": "Sender",
            "description": "Where the parcels come from; else the setting ship_from",
        },
    )
    auto_confirm = fields.Nested(
        CapsArgs,
        load_default=None,
        allow_none=True,
        metadata={"title": "Buy without a look, up to", "description": "Off unless a cap is given"},
    )
    filter = fields.Dict(
        load_default=None,
        allow_none=True,
        metadata={"title": "Filter", "description": "One that a person has chosen; goes before the sentence"},
    )
    service = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.OneOf(SERVICES),
        metadata={
            "title": "Service of the filter",
            "description": "Goes with `filter`; none: as each row says",
        },
    )


class ConfirmIn(Schema):
    """What a person confirms. Strict: a wish that is not understood here would be paid for."""

    hash = fields.String(validate=validate.Length(max=200))
    skip_rows = fields.List(fields.Integer(strict=True, validate=validate.Range(min=1)))
