"""What requests must look like: strict marshmallow schemas, so that a misspelt field is heard of."""

from datetime import datetime
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate

STATUSES = ("queued", "running", "held", "completed", "failed", "cancelled")
ITEM_STATUSES = ("started", "completed", "failed", "needs_review")
MAX_TITLE_LENGTH = 300
MAX_REASON_LENGTH = 300
MAX_URLS = 1000
_NAME = validate.Regexp(r"^[A-Za-z0-9_.-]{1,64}\Z", error="Not a name.")


class Strict(Schema):
    """A schema that refuses unknown fields."""

    class Meta:
        """Unknown fields are mistakes that should be heard of."""

        unknown = RAISE


class Anything(Schema):
    """A JSON object whose members may grow."""

    class Meta:
        """Open on purpose."""

        unknown = "include"


class FrontBackOrPlace(fields.Field[Any]):
    """ "front", "back" or a place in the line from 1."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str | int:
        if value in ("front", "back"):
            return str(value)
        if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 10**9:
            return value
        raise ValidationError('Must be "front", "back" or a place from 1.')


class Moment(fields.String):
    """An RFC 3339 time, read as Unix seconds; a time without a zone is refused."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        said = super()._deserialize(value, attr, data, **kwargs)
        try:
            at = datetime.fromisoformat(str(said))
            if at.tzinfo is None:
                raise ValidationError("Give a zone, as in 2026-01-31T08:00:00Z.")
            return at.timestamp()
        except (ValueError, OverflowError):
            raise ValidationError("Not an RFC 3339 time.") from None


class Empty(Strict):
    """An empty object; the body may be left out."""


class ArgsOnly(Strict):
    """The args alone, checked while the files are still on their way."""

    args = fields.Dict(keys=fields.String(), load_default=dict)


class SubmitJob(Strict):
    """A job without files."""

    kind = fields.String(required=True, validate=_NAME)
    args = fields.Dict(
        keys=fields.String(), load_default=dict, metadata={"description": "Checked by the kind's own schema."}
    )
    title = fields.String(load_default=None, allow_none=True, validate=validate.Length(1, MAX_TITLE_LENGTH))
    inputs_of = fields.String(
        load_default=None,
        allow_none=True,
        validate=_NAME,
        metadata={"description": "The id of a job whose files are to be used again."},
    )


class SubmitBatch(SubmitJob):
    """A batch of jobs, one for each URL."""

    urls = fields.List(
        fields.URL(schemes={"http", "https"}, require_tld=False, validate=validate.Length(max=2048)),
        load_default=list,
        validate=validate.Length(max=MAX_URLS),
    )


class SubmitForm(Strict):
    """A job with files."""

    kind = fields.String(required=True)
    args = fields.String(metadata={"contentMediaType": "application/json", "description": "JSON object"})
    title = fields.String()
    files = fields.List(fields.Raw(metadata={"type": "string", "format": "binary"}))


class BatchForm(SubmitForm):
    """A batch: one job for each file and each URL."""

    urls = fields.String(
        metadata={"contentMediaType": "application/json", "description": "JSON list of URLs"}
    )


class Move(Strict):
    """Where in the line a waiting job goes."""

    to = FrontBackOrPlace(
        required=True,
        metadata={
            "oneOf": [
                {"type": "string", "enum": ["front", "back"]},
                {"type": "integer", "minimum": 1, "maximum": 10**9},
            ]
        },
    )


class ConfirmBody(Anything):
    """What the person saw: `hash` when the preview has one."""

    hash = fields.String(validate=validate.Length(max=200))


class ResolveItem(Strict):
    """A person's decision on an item that needs review."""

    outcome = fields.String(required=True, validate=validate.OneOf(("completed", "failed")))
    output = fields.Raw(load_default=None, allow_none=True)
    message = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=1000))


class WhichLane(Strict):
    """Which lane is meant; all of them when it is left out."""

    lane = fields.String(load_default=None, allow_none=True, validate=_NAME)


class Pause(WhichLane):
    """Why the line stands still, for those who look at it."""

    reason = fields.String(
        load_default=None, allow_none=True, validate=validate.Length(max=MAX_REASON_LENGTH)
    )


def _limit(default: int = 50, most: int = 500) -> fields.Integer:
    return fields.Integer(load_default=default, validate=validate.Range(1, most))


def _cursor() -> fields.String:
    return fields.String(load_default=None, validate=validate.Length(1, 300))


class JobsQuery(Strict):
    """Filters of the list of jobs."""

    status = fields.List(
        fields.String(validate=validate.OneOf(STATUSES)),
        load_default=list,
        metadata={"description": "Repeat it or separate by commas."},
    )
    kind = fields.String(load_default=None, validate=validate.Length(1, 64))
    batch_id = fields.String(load_default=None, validate=validate.Length(1, 64))
    q = fields.String(
        load_default=None, validate=validate.Length(1, 200), metadata={"description": "Part of the title."}
    )
    created_after = Moment(load_default=None, metadata={"format": "date-time"})
    limit = _limit()
    cursor = _cursor()


class ItemsQuery(Strict):
    """Filters of a job's items."""

    status = fields.String(load_default=None, validate=validate.OneOf(ITEM_STATUSES))
    limit = _limit(100)
    cursor = _cursor()


class PageQuery(Strict):
    """A page of a list."""

    limit = _limit()
    cursor = _cursor()


class LogQuery(Strict):
    """How much of a log, and whether to stay on."""

    tail = fields.Integer(
        load_default=64 * 1024,
        validate=validate.Range(0, 16 * 1024 * 1024),
        metadata={"description": "How many bytes from the end."},
    )
    follow = fields.Boolean(load_default=False, metadata={"description": "Go on as an SSE stream."})


class StatsQuery(Strict):
    """How far back statistics go."""

    days = fields.Integer(load_default=30, validate=validate.Range(1, 366))


class StreamQuery(Schema):
    """Where a stream goes on."""

    after = fields.String(
        metadata={"description": "The id of the last durable event seen (`Last-Event-ID` wins)."}
    )
