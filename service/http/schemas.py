"""Marshmallow schemas: what requests must look like (strictly), and what answers look like (for the document)."""

from datetime import datetime
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate

STATUSES = ("queued", "running", "held", "completed", "failed", "cancelled")
BATCH_STATUSES = ("pending", "processing", "completed", "partial", "failed", "cancelled")
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


def text(required: bool = False, **more: Any) -> fields.String:
    """Return a plain string field of an answer."""
    return fields.String(required=required, **more)


def maybe(kind: type[fields.Field[Any]], description: str | None = None, **more: Any) -> fields.Field[Any]:
    """Return a field that is always there and may be null."""
    metadata = {"description": description} if description else {}
    return kind(required=True, allow_none=True, metadata=metadata, **more)


def some(kind: type[fields.Field[Any]], description: str | None = None, **more: Any) -> fields.Field[Any]:
    """Return a field that is always there and never null."""
    metadata = {"description": description} if description else {}
    return kind(required=True, metadata=metadata, **more)


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


# --- what requests carry ---


class Empty(Strict):
    """An empty object; the body may be left out."""


class SubmitJob(Strict):
    """A job without files."""

    kind = fields.String(required=True, validate=_NAME)
    args = fields.Dict(
        keys=fields.String(), load_default=dict, metadata={"description": "Checked by the kind's own schema."}
    )
    title = fields.String(load_default=None, allow_none=True, validate=validate.Length(1, MAX_TITLE_LENGTH))


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


class ResolveItem(Strict):
    """A person's decision on an item that needs review."""

    outcome = fields.String(required=True, validate=validate.OneOf(("completed", "failed")))
    output = fields.Raw(load_default=None, allow_none=True)
    message = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=1000))


class Lane(Strict):
    """Which lane is meant; all of them when it is left out."""

    lane = fields.String(load_default=None, allow_none=True, validate=_NAME)


class Pause(Lane):
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


# --- what answers carry ---


class InputFile(Strict):
    """A file that was handed in."""

    name = some(fields.String)
    media_type = some(fields.String)
    size_bytes = some(fields.Integer)
    sha256 = some(fields.String)


class ArtifactFile(InputFile):
    """A file that a job left."""

    url = some(fields.String)


class StageOut(Strict):
    """One named part of a job."""

    name = some(fields.String)
    status = some(fields.String)
    current = some(fields.Integer)
    total = maybe(fields.Integer)


class ProgressOut(Strict):
    """How far a job is."""

    percent = some(fields.Float, "0 to 100")
    current = some(fields.Integer)
    total = maybe(fields.Integer)
    unit = maybe(fields.String)
    message = maybe(fields.String)
    file_name = maybe(fields.String)
    stage = maybe(fields.String)
    stages = fields.List(fields.Nested(StageOut), required=True)


class ItemCountsOut(Strict):
    """What became of a job's items."""

    total = some(fields.Integer)
    completed = some(fields.Integer)
    failed = some(fields.Integer)
    needs_review = some(fields.Integer)


class SecondsRange(Strict):
    """Seconds: the median and the 90th percentile of what is expected."""

    p50 = some(fields.Float)
    p90 = some(fields.Float)


class EstimateOut(Strict):
    """When it will be a job's turn and when it will be done, from now."""

    starts_in = fields.Nested(SecondsRange, required=True, allow_none=True)
    finishes_in = fields.Nested(SecondsRange, required=True, allow_none=True)


class JobErrorOut(Strict):
    """Why a job failed."""

    code = some(fields.String)
    message = some(fields.String)
    remediation = maybe(fields.String)
    retriable = some(fields.Boolean)


class JobLinks(Strict):
    """Addresses that belong to a job."""

    self = some(fields.String)
    events = some(fields.String)
    dialect = some(fields.String)
    progress = some(fields.String)
    items = some(fields.String)
    log = some(fields.String)
    cancel = some(fields.String)
    artifacts = some(fields.String)


class JobOut(Strict):
    """A job."""

    id = some(fields.String)
    kind = some(fields.String)
    title = some(fields.String)
    status = some(fields.String, validate=validate.OneOf(STATUSES))
    position = maybe(fields.Integer, "1 for the next to run, null when not queued")
    lane = some(fields.String)
    batch_id = maybe(fields.String)
    sequence = maybe(fields.Integer)
    attempt = some(fields.Integer)
    args = some(fields.Dict)
    inputs = fields.List(fields.Nested(InputFile), required=True)
    progress = fields.Nested(ProgressOut, required=True)
    items = fields.Nested(ItemCountsOut, required=True)
    estimate = fields.Nested(EstimateOut, required=True, allow_none=True)
    output = maybe(fields.Dict)
    error = fields.Nested(JobErrorOut, required=True, allow_none=True)
    preview = maybe(fields.Dict, "What a person should look at before confirming")
    cached = some(fields.Boolean)
    retry_of = maybe(fields.String)
    superseded_by = maybe(fields.String)
    owner = maybe(fields.String)
    artifacts = fields.List(fields.Nested(ArtifactFile), required=True)
    created_at = some(fields.DateTime)
    started_at = maybe(fields.DateTime)
    finished_at = maybe(fields.DateTime)
    cancel_requested_at = maybe(fields.DateTime)
    ran_seconds = maybe(fields.Float, "How long the last attempt of a finished job ran")
    links = fields.Nested(JobLinks, required=True)


class JobsOut(Strict):
    """A page of jobs, newest first."""

    jobs = fields.List(fields.Nested(JobOut), required=True)
    next_cursor = maybe(fields.String)


class JobProgressOut(Strict):
    """The polling twin of a job's stream."""

    id = some(fields.String)
    job_id = some(fields.String)
    status = some(fields.String, validate=validate.OneOf(STATUSES))
    position = maybe(fields.Integer)
    attempt = some(fields.Integer)
    progress = fields.Nested(ProgressOut, required=True)
    items = fields.Nested(ItemCountsOut, required=True)
    estimate = fields.Nested(EstimateOut, required=True, allow_none=True)
    error = fields.Nested(JobErrorOut, required=True, allow_none=True)


class ItemOut(Strict):
    """One unit of a job."""

    key = some(fields.String)
    number = some(fields.Integer)
    unit = some(fields.String)
    status = some(fields.String, validate=validate.OneOf(ITEM_STATUSES))
    output = maybe(fields.Raw)
    code = maybe(fields.String)
    message = maybe(fields.String)
    attempt = some(fields.Integer)
    started_at = maybe(fields.DateTime)
    finished_at = maybe(fields.DateTime)


class ItemsOut(Strict):
    """A page of items, in the order they began."""

    items = fields.List(fields.Nested(ItemOut), required=True)
    next_cursor = maybe(fields.String)


class BatchLinks(Strict):
    """Addresses that belong to a batch."""

    self = some(fields.String)
    events = some(fields.String)
    cancel = some(fields.String)
    retry = some(fields.String)
    artifacts = some(fields.String)


class BatchSummary(Strict):
    """A batch without its jobs."""

    id = some(fields.String)
    kind = some(fields.String)
    title = some(fields.String)
    status = some(fields.String, validate=validate.OneOf(BATCH_STATUSES))
    total_jobs = some(fields.Integer)
    running_jobs = some(fields.Integer)
    completed_jobs = some(fields.Integer)
    failed_jobs = some(fields.Integer)
    cancelled_jobs = some(fields.Integer)
    args = some(fields.Dict)
    owner = maybe(fields.String)
    created_at = some(fields.DateTime)
    finished_at = maybe(fields.DateTime)
    links = fields.Nested(BatchLinks, required=True)


class BatchOut(BatchSummary):
    """A batch with its jobs (those that a retry replaced are left out)."""

    jobs = fields.List(fields.Nested(JobOut), required=True)


class BatchesOut(Strict):
    """A page of batches, newest first."""

    batches = fields.List(fields.Nested(BatchSummary), required=True)
    next_cursor = maybe(fields.String)


class LaneOut(Strict):
    """One sequential line."""

    name = some(fields.String)
    is_paused = some(fields.Boolean)
    pause_reason = maybe(fields.String)
    running = fields.Nested(JobOut, required=True, allow_none=True)
    waiting = some(fields.Integer)
    estimate = fields.Nested(
        SecondsRange, required=True, allow_none=True, metadata={"description": "When the lane will be empty"}
    )


class QueueOut(Strict):
    """The lanes."""

    lanes = fields.List(fields.Nested(LaneOut), required=True)


class ClearedOut(Strict):
    """How many waiting jobs were cancelled."""

    cancelled = some(fields.Integer)


class KindLimits(Strict):
    """What one job of a kind may use."""

    wall_seconds = some(fields.Float)
    memory_bytes = maybe(fields.Integer)


class KindOut(Strict):
    """What can be done. A kind that is not installed has only a name, the reason and the remedy."""

    name = some(fields.String)
    available = some(fields.Boolean)
    reason = maybe(fields.String)
    remediation = maybe(fields.String)
    title = some(fields.String)
    description = some(fields.String)
    version = some(fields.Integer)
    accepts = fields.List(fields.String(), required=True)
    min_files = some(fields.Integer)
    max_files = some(fields.Integer)
    lane = some(fields.String)
    crash_policy = some(fields.String)
    is_cacheable = some(fields.Boolean)
    limits = fields.Nested(KindLimits, required=True, allow_none=True)
    args = some(fields.Dict, "JSON Schema of the args")


class KindsOut(Strict):
    """Every kind."""

    kinds = fields.List(fields.Nested(KindOut), required=True)


class ExampleOut(Strict):
    """A small real input to try a kind with."""

    kind = some(fields.String)
    name = some(fields.String)
    title = some(fields.String)
    size_bytes = some(fields.Integer)
    media_type = some(fields.String)
    url = some(fields.String)


class ExamplesOut(Strict):
    """Everything to try."""

    examples = fields.List(fields.Nested(ExampleOut), required=True)


class Anything(Schema):
    """A JSON object whose members may grow."""

    class Meta:
        """Open on purpose."""

        unknown = "include"


class ConfirmBody(Anything):
    """What the person saw: `hash` when the preview has one."""

    hash = fields.String(validate=validate.Length(max=200))


class ProblemError(Strict):
    """One wrong place."""

    pointer = some(fields.String, "JSON pointer; /query/… for the query string")
    detail = some(fields.String)


class ProblemOut(Anything):
    """RFC 9457, with the members that older clients read."""

    type = some(fields.String)
    title = some(fields.String)
    status = some(fields.Integer)
    detail = some(fields.String)
    code = some(fields.String)
    success = some(fields.Boolean)
    error = some(fields.String)
    remediation = maybe(fields.String)
    retriable = some(fields.Boolean)
    request_id = some(fields.String)
    instance = maybe(fields.String)
    errors = fields.List(fields.Nested(ProblemError), required=True)
