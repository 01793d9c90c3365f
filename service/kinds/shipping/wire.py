"""What the paths of this kind take and give, as schemas for checking and for the OpenAPI document."""

from typing import Any

from marshmallow import Schema, fields, validate

from service.kinds.shipping.args import CARRIERS, MAX_COMMAND_CHARACTERS, SERVICES, CapsArgs, SenderArgs
from service.kinds.shipping.plan_pages import MAX_ROWS


class _Strict(Schema):
    """Unknown members are refused."""


class ShippingOptions(_Strict):
    """What both ways of sending a command have in common."""

    command = fields.String(required=True, validate=validate.Length(1, MAX_COMMAND_CHARACTERS))
    mapping = fields.Dict(
        keys=fields.String(), values=fields.String(validate=validate.Length(max=500)), load_default=dict
    )
    carrier = fields.String(load_default="sandbox", validate=validate.OneOf(CARRIERS))
    default_service = fields.String(load_default="ground", validate=validate.OneOf(SERVICES))
    default_country = fields.String(load_default=None, allow_none=True, validate=validate.Length(2, 2))
    ship_from = fields.Nested(SenderArgs, load_default=None, allow_none=True)
    auto_confirm = fields.Nested(CapsArgs, load_default=None, allow_none=True)
    filter = fields.Dict(
        load_default=None, allow_none=True, metadata={"description": "A choice of a question"}
    )
    service = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(SERVICES))


class ShippingCommand(ShippingOptions):
    """A command about the orders of an earlier job."""

    source_id = fields.String(
        required=True,
        validate=validate.Length(1, 64),
        metadata={"description": "The id of an earlier job of this kind, whose file is meant"},
    )


class ShippingCommandForm(_Strict):
    """A command with its orders."""

    command = fields.String(required=True, validate=validate.Length(1, MAX_COMMAND_CHARACTERS))
    source = fields.Raw(required=True, metadata={"type": "string", "format": "binary"})
    mapping = fields.String(metadata={"contentMediaType": "application/json"})
    carrier = fields.String()
    default_service = fields.String()
    default_country = fields.String()
    ship_from = fields.String(metadata={"contentMediaType": "application/json"})
    auto_confirm = fields.String(metadata={"contentMediaType": "application/json"})
    filter = fields.String(metadata={"contentMediaType": "application/json"})
    service = fields.String()


class ShippingDraftOptions(ShippingOptions):
    """A command that is being written: there may be no sentence yet."""

    command = fields.String(load_default="", validate=validate.Length(max=MAX_COMMAND_CHARACTERS))


class ShippingDraft(ShippingCommand):
    """A command that is being written about the orders of an earlier job."""

    command = fields.String(load_default="", validate=validate.Length(max=MAX_COMMAND_CHARACTERS))


class ShippingDraftForm(ShippingCommandForm):
    """A command that is being written, with its orders."""

    command = fields.String(validate=validate.Length(max=MAX_COMMAND_CHARACTERS))


class ShippingHistoryQuery(_Strict):
    """How many commands, and part of what they say."""

    limit = fields.Integer(load_default=10, validate=validate.Range(1, 50))
    q = fields.String(load_default=None, validate=validate.Length(1, 200))


class ShippingRowsQuery(_Strict):
    """A page of a preview's rows."""

    after = fields.Integer(load_default=0, validate=validate.Range(0, 2**53))
    limit = fields.Integer(load_default=100, validate=validate.Range(1, MAX_ROWS))
    show = fields.String(load_default="all", validate=validate.OneOf(("all", "warned", "problem")))
    q = fields.String(load_default="", validate=validate.Length(max=200))


def told(
    kind: type[fields.Field[Any]], description: str | None = None, *, null: bool = False
) -> fields.Field[Any]:
    """Return a field that is always there."""
    return kind(required=True, allow_none=null, metadata={"description": description} if description else {})


class ShippingAccepted(_Strict):
    """A command that was understood: its job."""

    job_id = told(fields.String)
    status = told(fields.String)
    explanation = told(fields.String)
    service = told(fields.String, null=True)
    selected_rows = told(fields.Integer)
    links = told(fields.Dict)


class ShippingChecked(_Strict):
    """A command as it was understood; no job was made."""

    filter = told(fields.Dict)
    service = told(fields.String, null=True)
    explanation = told(fields.String)
    words = fields.List(fields.Dict(), required=True)
    selected_rows = told(fields.Integer)
    source_rows = told(fields.Integer)
    mapping = fields.List(fields.Dict(), required=True)
    headers = fields.List(fields.String(), required=True)
    notes = fields.List(fields.String(), required=True)


class ShippingSheet(_Strict):
    """The columns of a sheet: `samples` has some values of each header, in the headers' order."""

    headers = fields.List(fields.String(), required=True)
    fields_ = fields.List(fields.Dict(), required=True, data_key="fields")
    samples = fields.List(fields.List(fields.String()), required=True)
    missing = fields.List(fields.String(), required=True)
    notes = fields.List(fields.String(), required=True)


class ShippingExplained(Schema):
    """How a command is understood by now: understood, asked, refused or idle, with what belongs to each."""

    status = told(fields.String)
    sheet = fields.Nested(ShippingSheet, required=True, allow_none=True)


class ShippingRows(_Strict):
    """A page of a preview's rows; `summary` comes with the first."""

    hash = told(fields.String)
    rows = fields.List(fields.Dict(), required=True)
    next_after = told(fields.Integer, null=True)
    matching_rows = told(fields.Integer)
    summary = told(fields.Dict, null=True)


class ShippingPastCommand(_Strict):
    """One command of the history."""

    job_id = told(fields.String)
    command = told(fields.String)
    status = told(fields.String)
    file_name = told(fields.String, null=True)
    file_sha256 = told(fields.String, "The same for the same file", null=True)
    explanation = told(fields.String, null=True)
    total_rows = told(fields.Integer, null=True)
    successful = told(fields.Integer, null=True)
    total_cost_cents = told(fields.Integer, null=True)
    created_at = told(fields.DateTime)


class ShippingHistory(_Strict):
    """Commands, newest first."""

    commands = fields.List(fields.Nested(ShippingPastCommand), required=True)


class ShippingPreview(Schema):
    """What a person looks at before anything is bought."""

    rows = fields.List(fields.Dict(), required=True)
    total_rows = told(fields.Integer)
    shippable_rows = told(fields.Integer)
    total_cost_cents = told(fields.Integer)
    hash = told(fields.String)
    explanation = told(fields.String)


class ShippingLookedUp(_Strict):
    """What the carrier says of a row."""

    is_bought = told(fields.Boolean)
    job = told(fields.Dict)
