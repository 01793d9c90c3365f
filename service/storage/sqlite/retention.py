"""Forgetting: what a person deletes, and what grows too old. Never what is queued or could be retried."""

import json
import sqlite3
from collections.abc import Sequence

from service.model.errors import conflict
from service.storage.sqlite.database import Transaction
from service.storage.sqlite.events import forget, tell_deleted
from service.storage.sqlite.life import require


def delete_job(tx: Transaction, job_id: str, now: float) -> None:
    """Remove a terminal job with its rows and events, and its batch when it was the last of it."""
    job = require(tx, job_id)
    if not job.is_terminal:
        raise conflict(f"Job {job_id} is {job.status.value}.", "Cancel it first; then it can be deleted.")
    numbers = [row[0] for row in tx.execute("SELECT number FROM events WHERE job_id = ?", (job_id,))]
    forget(tx, numbers)
    tell_deleted(tx, job, now)
    tx.execute("UPDATE jobs SET superseded_by = NULL WHERE superseded_by = ?", (job_id,))
    tx.execute("DELETE FROM jobs WHERE id = ?", (job_id,))
    tx.execute(
        "DELETE FROM batches WHERE id = ? AND NOT EXISTS (SELECT 1 FROM jobs WHERE batch_id = ?)",
        (job.batch_id, job.batch_id),
    )
    tx.execute(
        "DELETE FROM idempotency WHERE EXISTS (SELECT 1 FROM json_each(job_ids) WHERE value = ?)", (job_id,)
    )


def expired(connection: sqlite3.Connection, before: float, limit: int) -> list[str]:
    """Return finished jobs with nothing left to retry or decide, of batches that are over, oldest first."""
    rows = connection.execute(
        "SELECT id FROM jobs WHERE finished_at < ?"
        " AND (superseded_by IS NOT NULL"
        "      OR (status = 'completed' AND items_failed = 0 AND items_needs_review = 0))"
        " AND (batch_id IS NULL OR EXISTS"
        "      (SELECT 1 FROM batches b WHERE b.id = jobs.batch_id AND b.finished_at IS NOT NULL))"
        " ORDER BY finished_at LIMIT ?",
        (before, limit),
    )
    return [row[0] for row in rows]


def held_files(connection: sqlite3.Connection) -> set[str]:
    """Return the content hashes that some job still refers to."""
    return {row[0] for row in connection.execute("SELECT DISTINCT sha256 FROM inputs")}


def existing_jobs(connection: sqlite3.Connection, job_ids: Sequence[str]) -> set[str]:
    """Return those of these ids that are jobs."""
    rows = connection.execute(
        "SELECT id FROM jobs WHERE id IN (SELECT value FROM json_each(?))", (json.dumps(list(job_ids)),)
    )
    return {row[0] for row in rows}
