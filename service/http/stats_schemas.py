"""What the statistics look like, for the OpenAPI document."""

from marshmallow import fields

from service.http.answer_schemas import SecondsRange, maybe, some
from service.http.schemas import Strict


class RunsOut(Strict):
    """Runs of one day (UTC), kind and outcome; seconds and bytes are sums."""

    day = some(fields.String)
    kind = some(fields.String)
    status = some(fields.String)
    error_code = maybe(fields.String)
    jobs = some(fields.Integer)
    waited_seconds = some(fields.Float)
    ran_seconds = some(fields.Float)
    input_bytes = some(fields.Integer)


class QuantilesOut(Strict):
    """How long completed runs waited and ran: of all, of one kind, of one day (UTC), or of one kind on one day."""

    day = maybe(fields.String, "null: of the whole time")
    kind = maybe(fields.String, "null: of all kinds together")
    jobs = some(fields.Integer)
    waited = fields.Nested(SecondsRange, required=True)
    ran = fields.Nested(SecondsRange, required=True)


class StatsOut(Strict):
    """What was done in the last days, and what there is now."""

    days = some(fields.Integer)
    jobs = some(fields.Dict, "How many jobs there are now, by status")
    runs = fields.List(fields.Nested(RunsOut), required=True)
    quantiles = fields.List(fields.Nested(QuantilesOut), required=True)
    disk_used_bytes = maybe(fields.Integer, "null: who asks does not see the whole desk")
    streams_open = maybe(fields.Integer, "null: who asks does not see the whole desk")
