"""What answers look like, for the OpenAPI document; a test holds the real answers to it."""

from typing import Any

from marshmallow import fields, validate

from service.http.schemas import ITEM_STATUSES, STATUSES, Anything, Strict

BATCH_STATUSES = ("pending", "processing", "completed", "partial", "failed", "cancelled")


def maybe(kind: type[fields.Field[Any]], description: str | None = None, **more: Any) -> fields.Field[Any]:
    """Return a field that is always there and may be null."""
    metadata = {"description": description} if description else {}
    return kind(required=True, allow_none=True, metadata=metadata, **more)


def some(kind: type[fields.Field[Any]], description: str | None = None, **more: Any) -> fields.Field[Any]:
    """Return a field that is always there and never null."""
    metadata = {"description": description} if description else {}
    return kind(required=True, metadata=metadata, **more)


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
    details = maybe(fields.Dict, "what only this kind can say, such as its workers")


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
    duplicate_of = fields.Integer(
        allow_none=True,
        metadata={"description": "In a batch: the sequence of an earlier job with the same content"},
    )
    attempt = some(fields.Integer)
    args = some(fields.Dict)
    inputs = fields.List(fields.Nested(InputFile), required=True)
    progress = fields.Nested(ProgressOut, required=True)
    items = fields.Nested(ItemCountsOut, required=True)
    estimate = fields.Nested(EstimateOut, required=True, allow_none=True)
    output = maybe(fields.Dict)
    output_omitted = fields.Boolean(
        metadata={"description": "True in lists where a large output was left out"}
    )
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
    is_busy = some(fields.Boolean, "A job runs here, though perhaps none that the caller may see")
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
    source = some(fields.String, "The distribution that brings it")
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
