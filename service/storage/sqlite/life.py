"""The life of a job: each change of status with the event that tells it, refused when the job has moved on."""

from typing import Any

from service.model import events as names
from service.model.artifacts import DROPPED_SHA256, Artifact
from service.model.errors import DeskError, conflict, job_not_found, stale_preview
from service.model.events import to_json
from service.model.jobs import Job, JobFailure, JobStatus
from service.model.progress import Progress
from service.storage.sqlite.database import Transaction
from service.storage.sqlite.events import close_batch_if_finished, tell
from service.storage.sqlite.rows import find_job


def require(tx: Transaction, job_id: str) -> Job:
    """Return a job; raises job_not_found."""
    job = find_job(tx.connection, job_id)
    if job is None:
        raise job_not_found(job_id)
    return job


def stale(job_id: str, attempt: int) -> DeskError:
    """Return the error for a write of an attempt that is over."""
    return DeskError("stale_attempt", f"Attempt {attempt} of job {job_id} is over.")


def fence(tx: Transaction, job_id: str, attempt: int) -> None:
    """Raise stale_attempt unless this very attempt is running."""
    row = tx.execute(
        "SELECT 1 FROM jobs WHERE id = ? AND status = 'running' AND attempt = ?", (job_id, attempt)
    ).fetchone()
    if row is None:
        raise stale(job_id, attempt)


def _update_running(
    tx: Transaction, job_id: str, attempt: int, assignments: str, values: tuple[Any, ...]
) -> None:
    cursor = tx.execute(
        f"UPDATE jobs SET {assignments} WHERE id = ? AND status = 'running' AND attempt = ?",  # noqa: S608 - ours
        (*values, job_id, attempt),
    )
    if cursor.rowcount != 1:
        raise stale(job_id, attempt)


def _is_cancel_accepted(tx: Transaction, job_id: str, attempt: int) -> bool:
    """Whether a cancel was answered with yes before this ending came: then the cancel wins, whatever the child says."""
    row = tx.execute(
        "SELECT 1 FROM jobs WHERE id = ? AND status = 'running' AND attempt = ? AND cancel_requested_at IS NOT NULL",
        (job_id, attempt),
    ).fetchone()
    return row is not None


def take(tx: Transaction, job_id: str, now: float) -> Job:
    """queued -> running."""
    cursor = tx.execute(
        "UPDATE jobs SET status = 'running', rank = NULL, attempt = attempt + 1, started_at = ?"
        " WHERE id = ? AND status = 'queued'",
        (now, job_id),
    )
    if cursor.rowcount != 1:
        raise conflict(f"Job {job_id} is not waiting.")
    job = require(tx, job_id)
    tell(tx, names.STARTED, job_id, now, {"status": "running", "attempt": job.attempt, **_agreed(job)})
    return job


def _agreed(job: Job) -> dict[str, Any]:
    """Return what a person said yes to, for the event of the start: the preview's plain members, and the yes."""
    if job.preview is None or job.confirmed is None:
        return {}
    plain = {name: value for name, value in job.preview.items() if not isinstance(value, dict | list)}
    return {"preview": plain, "confirmed": job.confirmed}


def report(tx: Transaction, job_id: str, attempt: int, progress: Progress) -> None:
    """Keep the newest progress."""
    _update_running(tx, job_id, attempt, "progress = ?", (to_json(progress.to_json()),))


def set_items_total(tx: Transaction, job_id: str, attempt: int, total: int) -> None:
    """Keep how many items there are."""
    _update_running(tx, job_id, attempt, "items_total = ?", (total,))


def save_artifact(tx: Transaction, job_id: str, attempt: int, artifact: Artifact) -> None:
    """Record a file; the same name replaces."""
    fence(tx, job_id, attempt)
    tx.execute(
        "INSERT INTO artifacts (job_id, name, media_type, size_bytes, sha256) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (job_id, name) DO UPDATE SET media_type = excluded.media_type,"
        " size_bytes = excluded.size_bytes, sha256 = excluded.sha256",
        (job_id, artifact.name, artifact.media_type, artifact.size_bytes, artifact.sha256),
    )


def complete(tx: Transaction, job_id: str, attempt: int, output: dict[str, Any] | None, now: float) -> Job:
    """running -> completed. The progress says 100 percent from here on."""
    if _is_cancel_accepted(tx, job_id, attempt):
        return finish_cancel(tx, job_id, attempt, now)
    settle_effects(tx, job_id, now)
    job = require(tx, job_id)
    shown = job.progress.to_json() | {"percent": 100.0}
    _update_running(
        tx,
        job_id,
        attempt,
        "status = 'completed', output = ?, progress = ?, finished_at = ?, crashes = 0",
        (to_json(output) if output is not None else None, to_json(shown), now),
    )
    if output is not None and output.get("drop_inputs") is True:
        # The job refers to what it was handed no more; whatever else refers to that keeps it.
        tx.execute("UPDATE inputs SET sha256 = ? WHERE job_id = ?", (DROPPED_SHA256, job_id))
    data = {
        "status": "completed",
        "output": output,
        "artifacts": [artifact.to_json(job_id) for artifact in job.artifacts],
        "items": job.items.to_json(),
    }
    return _finished(tx, job_id, names.COMPLETED, data, now)


def fail(tx: Transaction, job_id: str, attempt: int, failure: JobFailure, now: float) -> Job:
    """running -> failed."""
    if _is_cancel_accepted(tx, job_id, attempt):
        return finish_cancel(tx, job_id, attempt, now)
    settle_effects(tx, job_id, now)
    _update_running(
        tx,
        job_id,
        attempt,
        "status = 'failed', error = ?, finished_at = ?",
        (to_json(failure.to_json()), now),
    )
    return _finished(tx, job_id, names.FAILED, _failed_data(tx, job_id, failure), now)


def finish_cancel(tx: Transaction, job_id: str, attempt: int, now: float) -> Job:
    """running -> cancelled."""
    settle_effects(tx, job_id, now)
    _update_running(tx, job_id, attempt, "status = 'cancelled', finished_at = ?", (now,))
    return _finished(tx, job_id, names.CANCELLED, {"status": "cancelled"}, now)


def hold(tx: Transaction, job_id: str, attempt: int, preview: dict[str, Any], now: float) -> Job:
    """running -> held."""
    if _is_cancel_accepted(tx, job_id, attempt):
        return finish_cancel(tx, job_id, attempt, now)
    settle_effects(tx, job_id, now)
    _update_running(tx, job_id, attempt, "status = 'held', preview = ?, crashes = 0", (to_json(preview),))
    tell(tx, names.HELD, job_id, now, {"status": "held", "preview": preview})
    return require(tx, job_id)


def interrupt(tx: Transaction, job_id: str, attempt: int, reason: str, rank: int, now: float) -> Job:
    """running -> queued, because the service is stopping: not a crash, so the count of crashes starts anew."""
    if _is_cancel_accepted(tx, job_id, attempt):
        return finish_cancel(tx, job_id, attempt, now)
    settle_effects(tx, job_id, now)
    _update_running(tx, job_id, attempt, "status = 'queued', rank = ?, crashes = 0", (rank,))
    tell(tx, names.INTERRUPTED, job_id, now, {"status": "queued", "reason": reason})
    tell(tx, names.QUEUED, job_id, now, {"status": "queued", "position": 1})
    return require(tx, job_id)


def request_cancel(tx: Transaction, job_id: str, now: float) -> Job:
    """queued or held -> cancelled at once; running: remember that a person asked."""
    job = require(tx, job_id)
    if job.is_terminal:
        raise conflict(f"Job {job_id} is {job.status.value} already.", "Nothing is left to cancel.")
    if job.status is JobStatus.RUNNING:
        if job.cancel_requested_at is None:
            tx.execute("UPDATE jobs SET cancel_requested_at = ? WHERE id = ?", (now, job_id))
        return require(tx, job_id)
    tx.execute(
        "UPDATE jobs SET status = 'cancelled', rank = NULL, cancel_requested_at = ?, finished_at = ? WHERE id = ?",
        (now, now, job_id),
    )
    return _finished(tx, job_id, names.CANCELLED, {"status": "cancelled"}, now)


def cancel_waiting(tx: Transaction, lane: str | None, now: float) -> list[str]:
    """Cancel every queued job (of a lane)."""
    rows = tx.execute(
        "SELECT id FROM jobs WHERE status = 'queued' AND (? IS NULL OR lane = ?) ORDER BY lane, rank",
        (lane, lane),
    ).fetchall()
    for (job_id,) in rows:
        request_cancel(tx, job_id, now)
    return [row[0] for row in rows]


def confirm(tx: Transaction, job_id: str, body: dict[str, Any], rank: int, position: int, now: float) -> Job:
    """held -> queued, when the person has seen the preview that is there now."""
    job = require(tx, job_id)
    if job.status is not JobStatus.HELD:
        raise conflict(f"Job {job_id} is {job.status.value}, not held.", "Only a held job can be confirmed.")
    wanted = (job.preview or {}).get("hash")
    if wanted is not None and body.get("hash") != wanted:
        raise stale_preview()
    tx.execute(
        "UPDATE jobs SET status = 'queued', rank = ?, confirmed = ? WHERE id = ?",
        (rank, to_json(body), job_id),
    )
    tell(tx, names.QUEUED, job_id, now, {"status": "queued", "position": position})
    return require(tx, job_id)


def settle_effects(tx: Transaction, job_id: str, now: float) -> None:
    """Turn intents without an outcome into `needs_review`: nobody knows, so a person has to say."""
    rows = tx.execute("SELECT key FROM items WHERE job_id = ? AND status = 'started'", (job_id,)).fetchall()
    message = "The job ended between the intent and the outcome; nobody knows whether it took place."
    for (key,) in rows:
        tx.execute(
            "UPDATE items SET status = 'needs_review', code = 'outcome_unknown', message = ?, finished_at = ?"
            " WHERE job_id = ? AND key = ?",
            (message, now, job_id, key),
        )
        tx.execute("UPDATE jobs SET items_needs_review = items_needs_review + 1 WHERE id = ?", (job_id,))
        data = {"key": key, "item_status": "needs_review", "code": "outcome_unknown", "message": message}
        tell(tx, names.ITEM_FAILED, job_id, now, data)


def fail_waiting(tx: Transaction, job_id: str, failure: JobFailure, now: float) -> Job:
    """queued or running -> failed, whatever the attempt: for recovery alone."""
    settle_effects(tx, job_id, now)
    tx.execute(
        "UPDATE jobs SET status = 'failed', rank = NULL, error = ?, finished_at = ? WHERE id = ?",
        (to_json(failure.to_json()), now, job_id),
    )
    return _finished(tx, job_id, names.FAILED, _failed_data(tx, job_id, failure), now)


def _failed_data(tx: Transaction, job_id: str, failure: JobFailure) -> dict[str, Any]:
    return {"status": "failed", "error": failure.to_json(), "items": require(tx, job_id).items.to_json()}


def _finished(tx: Transaction, job_id: str, name: str, data: dict[str, Any], now: float) -> Job:
    tell(tx, name, job_id, now, data)
    job = require(tx, job_id)
    if job.started_at is not None:
        tx.execute(
            "INSERT INTO runs (kind, status, error_code, input_bytes, waited_seconds, ran_seconds, finished_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                job.kind,
                job.status.value,
                job.error.code if job.error else None,
                job.input_bytes,
                max(0.0, job.started_at - job.created_at),
                max(0.0, now - job.started_at),
                now,
            ),
        )
    close_batch_if_finished(tx, job.batch_id, now)
    return job
