"""Model to JSON: the wire forms of API.md, in one place for handlers, streams and tests."""

from collections.abc import Sequence
from typing import Any

from service.engine.lanes import LaneView
from service.kinds.base import Kind
from service.model.accounts import Viewer
from service.model.artifacts import Input
from service.model.batches import Batch
from service.model.events import rfc3339, to_json
from service.model.jobs import ItemRow, Job, JobView

BASE = "/api/v1"
LISTED_OUTPUT_BYTES = 16 << 10


def moment(at: float | None) -> str | None:
    """Return Unix seconds as RFC 3339, None as None."""
    return None if at is None else rfc3339(at)


def job(view: JobView) -> dict[str, Any]:
    """Return the job object of API.md."""
    of = view.job
    return {
        "id": of.id,
        "kind": of.kind,
        "title": of.title,
        "status": str(of.status),
        "position": view.position,
        "lane": of.lane,
        "batch_id": of.batch_id,
        "sequence": of.sequence,
        "attempt": of.attempt,
        "args": dict(of.args),
        "inputs": [input_file(file) for file in of.inputs],
        "progress": of.progress.to_json(),
        "items": of.items.to_json(),
        "estimate": view.estimate.to_json() if view.estimate else None,
        "output": of.output,
        "error": of.error.to_json() if of.error else None,
        "preview": of.preview,
        "cached": of.is_cached,
        "retry_of": of.retry_of,
        "superseded_by": of.superseded_by,
        "owner": of.owner,
        "artifacts": [file.to_json(of.id) for file in of.artifacts],
        "created_at": rfc3339(of.created_at),
        "started_at": moment(of.started_at),
        "finished_at": moment(of.finished_at),
        "cancel_requested_at": moment(of.cancel_requested_at),
        "ran_seconds": ran_seconds(of),
        "links": job_links(of.id),
    }


def listed_job(view: JobView) -> dict[str, Any]:
    """Return the job object as lists and snapshots show it: a large output is left to the job's own address."""
    wire = job(view)
    if wire["output"] is not None and len(to_json(wire["output"])) > LISTED_OUTPUT_BYTES:
        wire["output"] = None
        wire["output_omitted"] = True
    return wire


def _duplicate_of(view: JobView, jobs: Sequence[JobView]) -> int | None:
    """Return the sequence of an earlier job of the batch with the same content, if there is one."""
    contents = [file.sha256 for file in view.job.inputs]
    for other in jobs:
        if other.job.id == view.job.id or not contents:
            return None
        if [file.sha256 for file in other.job.inputs] == contents:
            return other.job.sequence
    return None


def ran_seconds(of: Job) -> float | None:
    """Return how long a finished job ran (its last attempt); None for one that never started or still runs."""
    if of.started_at is None or of.finished_at is None:
        return None
    return round(max(0.0, of.finished_at - of.started_at), 3)


def job_links(job_id: str) -> dict[str, str]:
    """Return the addresses that belong to a job."""
    here = f"{BASE}/jobs/{job_id}"
    return {
        "self": here,
        "events": f"{here}/events",
        "dialect": f"{here}/progress/stream",
        "progress": f"{here}/progress",
        "items": f"{here}/items",
        "log": f"{here}/log",
        "cancel": f"{here}/cancel",
        "artifacts": f"{here}/artifacts.zip",
    }


def job_progress(view: JobView) -> dict[str, Any]:
    """Return the polling twin of the stream."""
    of = view.job
    return {
        "id": of.id,
        "job_id": of.id,
        "status": str(of.status),
        "position": view.position,
        "attempt": of.attempt,
        "progress": of.progress.to_json(),
        "items": of.items.to_json(),
        "estimate": view.estimate.to_json() if view.estimate else None,
        "error": of.error.to_json() if of.error else None,
    }


def input_file(file: Input) -> dict[str, Any]:
    """Return an input."""
    return {
        "name": file.name,
        "media_type": file.media_type,
        "size_bytes": file.size_bytes,
        "sha256": file.sha256,
    }


def item(row: ItemRow) -> dict[str, Any]:
    """Return one item of a job."""
    return {
        "key": row.key,
        "number": row.number,
        "unit": row.unit,
        "status": row.status,
        "output": row.output,
        "code": row.code,
        "message": row.message,
        "attempt": row.attempt,
        "started_at": moment(row.started_at),
        "finished_at": moment(row.finished_at),
    }


def batch(of: Batch, jobs: Sequence[JobView] | None = None) -> dict[str, Any]:
    """Return a batch, with its jobs when they are given."""
    here = f"{BASE}/batches/{of.id}"
    wire: dict[str, Any] = {
        "id": of.id,
        "kind": of.kind,
        "title": of.title,
        "status": str(of.counts.status),
        "total_jobs": of.counts.total,
        "running_jobs": of.counts.running,
        "completed_jobs": of.counts.completed,
        "failed_jobs": of.counts.failed,
        "cancelled_jobs": of.counts.cancelled,
        "args": dict(of.args),
        "owner": of.owner,
        "created_at": rfc3339(of.created_at),
        "finished_at": moment(of.finished_at),
        "links": {
            "self": here,
            "events": f"{here}/events",
            "cancel": f"{here}/cancel",
            "retry": f"{here}/retry",
            "artifacts": f"{here}/artifacts.zip",
        },
    }
    if jobs is not None:
        wire["jobs"] = [listed_job(view) | {"duplicate_of": _duplicate_of(view, jobs)} for view in jobs]
    return wire


def lane(view: LaneView, viewer: Viewer | None = None) -> dict[str, Any]:
    """Return one lane of the queue; a running job that a viewer may not see is only `is_busy`."""
    running = view.running_for(viewer)
    return {
        "name": view.name,
        "is_paused": view.is_paused,
        "pause_reason": view.pause_reason,
        "is_busy": view.running is not None,
        "running": job(running) if running else None,
        "waiting": view.waiting,
        "estimate": view.drains_in.to_json() if view.drains_in else None,
    }


def kind_details(kind: Kind) -> dict[str, Any]:
    """Return what a kind says of itself."""
    limits = kind.limits
    return {
        "title": kind.title or kind.name,
        "description": kind.description,
        "version": kind.version,
        "accepts": list(kind.accepts),
        "min_files": kind.min_files,
        "max_files": kind.max_files,
        "lane": kind.lane,
        "crash_policy": kind.crash_policy,
        "is_cacheable": kind.is_cacheable,
        "limits": {"wall_seconds": limits.wall_seconds, "memory_bytes": limits.memory_bytes},
    }
