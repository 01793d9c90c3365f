"""What goes in and out where a person looks along the line, before and after handing something in."""

from marshmallow import fields, validate

from service.http.answer_schemas import JobOut, SecondsRange, some
from service.http.schemas import Strict

MAX_INPUT_BYTES = 2**53
_NAME = validate.Regexp(r"^[A-Za-z0-9_.-]{1,64}\Z", error="Not a name.")


class EstimateBody(Strict):
    """What somebody thinks of handing in: so many jobs of a kind with so many bytes together."""

    kind = fields.String(required=True, validate=_NAME)
    input_bytes = fields.Integer(
        strict=True,
        load_default=0,
        validate=validate.Range(0, MAX_INPUT_BYTES),
        metadata={"description": "All together"},
    )
    jobs = fields.Integer(strict=True, load_default=1, validate=validate.Range(1, 1_000_000))


class EstimatedOut(Strict):
    """When it would begin and be done at the end of its lane, from now."""

    kind = some(fields.String)
    lane = some(fields.String)
    position = some(fields.Integer, "The place in line of the first of them")
    is_paused = some(fields.Boolean, "The lane takes no job at present: the times count from when it does")
    starts_in = fields.Nested(SecondsRange, required=True)
    finishes_in = fields.Nested(SecondsRange, required=True)


class LinePageQuery(Strict):
    """A page of a lane."""

    lane = fields.String(load_default="main", validate=_NAME)
    after = fields.Integer(
        load_default=0,
        validate=validate.Range(0, 10**9),
        metadata={"description": "The place in line before the first"},
    )
    limit = fields.Integer(load_default=100, validate=validate.Range(1, 200))


class LinePageOut(Strict):
    """Jobs in the order in which they will run."""

    lane = some(fields.String)
    waiting = some(fields.Integer, "How many wait in the lane")
    after = some(fields.Integer)
    jobs = fields.List(fields.Nested(JobOut), required=True)
