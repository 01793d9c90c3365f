"""What routes have in common, for the table in routes.py: parts of their documentation under one name each."""

from typing import Final

from service.http import answer_schemas as a
from service.http import schemas as s
from service.http.route import Preset
from service.model.policy import Action

_UNCHANGED = ((304, "Not modified"),)
_IF_CHANGED = (("If-None-Match", "Answers 304 when nothing has changed."),)
_BODY = ("unsupported_media_type", "malformed", "invalid", "too_large", "upload_timed_out")

OF_JOB: Final[Preset] = {"problems": ("job_not_found",)}
OF_BATCH: Final[Preset] = {"tag": "batches", "problems": ("batch_not_found",)}
SEARCH: Final[Preset] = {"problems": ("invalid",)}
TAGGED: Final[Preset] = {"headers": _IF_CHANGED, "more_statuses": _UNCHANGED}
PAGE: Final[Preset] = {
    "tag": "pages",
    "access": Action.VISIT,
    "media_type": "text/html",
    "headers": _IF_CHANGED,
    "more_statuses": _UNCHANGED,
    "problems": ("not_found",),
}
STREAM: Final[Preset] = {
    "tag": "streams",
    "media_type": "text/event-stream",
    "query": s.StreamQuery,
    "headers": (("Last-Event-ID", "The last durable event seen; what came after it is replayed."),),
    "more_statuses": ((204, "The stream has ended at this cursor: do not reconnect"),),
    "problems": ("not_acceptable",),
    "is_get_only": True,
}
ATTACHMENT: Final[Preset] = {
    "tag": "artifacts",
    "media_type": "application/octet-stream",
    "headers": (
        *_IF_CHANGED,
        ("Range", "One range of bytes."),
        ("If-Range", "Send the whole file unless it is still this one."),
    ),
    "more_statuses": ((206, "The range that was asked for"), *_UNCHANGED),
    "problems": ("artifact_gone", "range_not_satisfiable"),
}
ZIPPED: Final[Preset] = {
    "tag": "artifacts",
    "media_type": "application/zip",
    "problems": ("artifact_gone",),
}
SUBMITS: Final[Preset] = {
    "access": Action.SUBMIT,
    "status": 202,
    "headers": (
        ("Idempotency-Key", "The same key and body give the same job again; another body is refused."),
    ),
    "problems": (
        *_BODY,
        "invalid_args",
        "kind_not_found",
        "kind_unavailable",
        "user_not_found",
        "too_few_files",
        "too_many_files",
        "file_type_not_accepted",
        "file_name_missing",
        "inputs_not_found",
        "unknown_field",
        "idempotency_mismatch",
        "queue_full",
        "disk_budget",
        "storage_full",
    ),
}
CHANGES_JOB: Final[Preset] = {
    "status": 202,
    "answer": a.JobOut,
    "body": s.Empty,
    "is_body_required": False,
    "problems": ("job_not_found", "conflict", *_BODY),
}
CHANGES_BATCH: Final[Preset] = {
    "tag": "batches",
    "status": 202,
    "answer": a.BatchOut,
    "body": s.Empty,
    "is_body_required": False,
    "problems": ("batch_not_found", "conflict", *_BODY),
}
ESTIMATES: Final[Preset] = {
    "tag": "queue",
    "problems": (*_BODY, "kind_not_found", "kind_unavailable"),
}
CHANGES_QUEUE: Final[Preset] = {
    "access": Action.OPERATE,
    "tag": "queue",
    "answer": a.QueueOut,
    "body": s.WhichLane,
    "is_body_required": False,
    "problems": ("lane_not_found", *_BODY),
}
ACCOUNTS: Final[Preset] = {"tag": "accounts", "access": Action.LOOK, "problems": ("accounts_off", *_BODY)}
LOGIN: Final[Preset] = {**ACCOUNTS, "access": Action.VISIT}
OPERATES: Final[Preset] = {**ACCOUNTS, "access": Action.OPERATE}
