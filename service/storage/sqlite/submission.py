"""Writing new jobs: rows, inputs, taken-over items and the `queued` event, in one transaction."""

import json
from collections.abc import Sequence
from dataclasses import replace

from service.model import events as names
from service.model.errors import DeskError, job_not_found
from service.model.events import to_json
from service.model.jobs import Job
from service.storage.port import Created, Idempotency, NewBatch, NewJob
from service.storage.sqlite.database import Transaction
from service.storage.sqlite.events import close_batch_if_finished, tell, tell_batch
from service.storage.sqlite.rows import JOB_COLUMNS, find_job, jobs_from


def create(
    tx: Transaction, jobs: Sequence[NewJob], batch: NewBatch | None, key: Idempotency | None
) -> Created:
    """Write jobs and their batch, or return what the same key made before."""
    owner = (jobs[0].owner if jobs else None) or ""
    if key is not None and (earlier := _replayed(tx, owner, key)) is not None:
        return replace(earlier, jobs=_as_written(tx, earlier.job_ids))
    if batch is not None:
        _insert_batch(tx, batch, len(jobs))
    for job in jobs:
        _insert_job(tx, job)
    for batch_id in {job.batch_id for job in jobs if job.batch_id}:
        close_batch_if_finished(tx, batch_id, jobs[0].created_at)
    ids = tuple(job.id for job in jobs)
    created = Created(ids, batch.id if batch else None, is_replay=False, jobs=_as_written(tx, ids))
    if key is not None:
        tx.execute(
            "INSERT INTO idempotency (owner, key, fingerprint, job_ids, batch_id, created_at)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (owner, key.key, key.fingerprint, to_json(created.job_ids), created.batch_id, jobs[0].created_at),
        )
    return created


def _as_written(tx: Transaction, job_ids: Sequence[str]) -> tuple[Job, ...]:
    rows = tx.execute(
        f"SELECT {JOB_COLUMNS} FROM jobs WHERE id IN (SELECT value FROM json_each(?))",  # noqa: S608 - our columns
        (to_json(job_ids),),
    )
    found = {job.id: job for job in jobs_from(tx.connection, rows)}
    return tuple(found[job_id] for job_id in job_ids)


def _replayed(tx: Transaction, owner: str, key: Idempotency) -> Created | None:
    row = tx.execute(
        "SELECT fingerprint, job_ids, batch_id FROM idempotency WHERE owner = ? AND key = ?", (owner, key.key)
    ).fetchone()
    if row is None:
        return None
    job_ids = tuple(json.loads(row[1]))
    (alive,) = tx.execute(
        "SELECT count(*) FROM jobs WHERE id IN (SELECT value FROM json_each(?))", (row[1],)
    ).fetchone()
    if alive < len(job_ids):  # what it made was deleted since: the key is free again
        tx.execute("DELETE FROM idempotency WHERE owner = ? AND key = ?", (owner, key.key))
        return None
    if row[0] != key.fingerprint:
        raise DeskError(
            "idempotency_mismatch",
            f"The idempotency key {key.key!r} was used before with another request.",
            remediation="Use a new key for a new request; send the very same request to repeat one.",
        )
    return Created(job_ids, row[2], is_replay=True)


def _insert_batch(tx: Transaction, batch: NewBatch, total: int) -> None:
    tx.execute(
        "INSERT INTO batches (id, kind, title, args, owner, subject, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            batch.id,
            batch.kind,
            batch.title,
            to_json(batch.args),
            batch.owner,
            batch.subject,
            batch.created_at,
        ),
    )
    tell_batch(
        tx,
        names.BATCH_STARTED,
        batch.id,
        batch.created_at,
        {"kind": batch.kind, "title": batch.title, "total_jobs": total, "args": dict(batch.args)},
    )


def _insert_job(tx: Transaction, job: NewJob) -> None:
    tx.execute(
        "INSERT INTO jobs (id, kind, kind_version, title, status, lane, rank, batch_id, sequence, args,"
        " cache_key, retry_of, owner, subject, input_bytes, created_at)"
        " VALUES (?, ?, ?, ?, 'queued', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            job.id,
            job.kind,
            job.kind_version,
            job.title,
            job.lane,
            job.rank if job.rank is not None else 0,
            job.batch_id,
            job.sequence,
            to_json(job.args),
            job.cache_key,
            job.retry_of,
            job.owner,
            job.subject,
            sum(file.size_bytes for file in job.inputs),
            job.created_at,
        ),
    )
    for number, file in enumerate(job.inputs):
        tx.execute(
            "INSERT INTO inputs (job_id, number, name, media_type, size_bytes, sha256) VALUES (?, ?, ?, ?, ?, ?)",
            (job.id, number, file.name, file.media_type, file.size_bytes, file.sha256),
        )
    for artifact in job.artifacts:
        tx.execute(
            "INSERT INTO artifacts (job_id, name, media_type, size_bytes, sha256) VALUES (?, ?, ?, ?, ?)",
            (job.id, artifact.name, artifact.media_type, artifact.size_bytes, artifact.sha256),
        )
    if job.takes_over is not None:
        _take_over(tx, job.takes_over, job.id, job.batch_id)
    tell(
        tx,
        names.QUEUED,
        job.id,
        job.created_at,
        {"status": "queued", "position": job.position, "title": job.title, "retry_of": job.retry_of},
    )
    if job.cached_from is not None:
        _complete_from(tx, job, job.cached_from)


def _take_over(tx: Transaction, old_id: str, new_id: str, batch_id: str | None) -> None:
    old = find_job(tx.connection, old_id)
    if old is None:
        raise job_not_found(old_id)
    if not old.is_retryable or old.superseded_by is not None:
        raise DeskError(
            "conflict",
            f"Job {old_id} has nothing to retry."
            if not old.is_retryable
            else f"Retried already: {old.superseded_by}",
            remediation="Only a failed or cancelled job, or one with failed items, can be retried, and once.",
        )
    # Failed items are left behind, so that they run again; an undecided effect comes along and is not repeated.
    tx.execute(
        "INSERT INTO items (job_id, key, number, unit, status, is_effect, output, code, message, attempt,"
        " started_at, finished_at)"
        " SELECT ?, key, row_number() OVER (ORDER BY number), unit, status, is_effect, output, code, message, 0,"
        " started_at, finished_at FROM items WHERE job_id = ? AND status IN ('completed', 'needs_review')",
        (new_id, old_id),
    )
    tx.execute(
        "UPDATE jobs SET items_total = ?, items_completed = ?, items_needs_review = ? WHERE id = ?",
        (old.items.total, old.items.completed, old.items.needs_review, new_id),
    )
    tx.execute("UPDATE jobs SET superseded_by = ? WHERE id = ?", (new_id, old_id))
    if batch_id is not None:
        tx.execute("UPDATE batches SET finished_at = NULL WHERE id = ?", (batch_id,))


def _complete_from(tx: Transaction, job: NewJob, source_id: str) -> None:
    source = find_job(tx.connection, source_id)
    if source is None:
        raise job_not_found(source_id)
    tx.execute(
        "UPDATE jobs SET (output, progress, items_total, items_completed) ="
        " (SELECT output, progress, items_total, items_completed FROM jobs WHERE id = ?),"
        " status = 'completed', rank = NULL, is_cached = 1, finished_at = ? WHERE id = ?",
        (source_id, job.created_at, job.id),
    )
    tell(
        tx,
        names.COMPLETED,
        job.id,
        job.created_at,
        {
            "status": "completed",
            "cached": True,
            "output": source.output,
            "artifacts": [artifact.to_json(job.id) for artifact in job.artifacts],
            "items": source.items.to_json(),
        },
    )
