"""The event log: each event is written in the transaction that makes it true."""

import json
import sqlite3
from typing import Any

from service.model import events as names
from service.model.errors import batch_not_found, job_not_found
from service.model.events import Event, rfc3339, to_json
from service.model.jobs import Job
from service.storage.port import EventScope
from service.storage.sqlite.database import Transaction
from service.storage.sqlite.rows import BATCH_SELECT, EVENT_COLUMNS, batch_from, event_from, seen_by

MAX_OUTPUT_BYTES = 64 << 10  # of one job in the event that closes its batch; a larger one is left out
MAX_OUTPUTS_BYTES = 512 << 10  # of all of them


def tell(tx: Transaction, name: str, job_id: str, at: float, data: dict[str, Any]) -> None:
    """Add an event of a job; `job_id`, `at` and, in a batch, `batch_id` and `sequence` are put into its data."""
    row = tx.execute(
        "SELECT batch_id, sequence, kind, owner, subject FROM jobs WHERE id = ?", (job_id,)
    ).fetchone()
    if row is None:
        raise job_not_found(job_id)
    batch_id, sequence, kind, owner, subject = row
    whole = {"job_id": job_id, "at": rfc3339(at), "kind": kind, **data}
    if batch_id is not None:
        whole |= {"batch_id": batch_id, "sequence": sequence}
    number = _insert(tx, name, whole, job_id, batch_id, (owner, subject))
    tx.execute("UPDATE jobs SET event_number = ? WHERE id = ?", (number, job_id))
    if batch_id is not None:
        tx.execute("UPDATE batches SET event_number = ? WHERE id = ?", (number, batch_id))


def tell_batch(tx: Transaction, name: str, batch_id: str, at: float, data: dict[str, Any]) -> None:
    """Add an event of a batch itself."""
    whole = {"batch_id": batch_id, "at": rfc3339(at), **data}
    row = tx.execute("SELECT owner, subject FROM batches WHERE id = ?", (batch_id,)).fetchone()
    number = _insert(tx, name, whole, None, batch_id, row or (None, None))
    tx.execute("UPDATE batches SET event_number = ? WHERE id = ?", (number, batch_id))


def tell_deleted(tx: Transaction, job: Job, at: float) -> None:
    """Add the one event that outlives its job."""
    data = {"job_id": job.id, "at": rfc3339(at)}
    _insert(tx, names.DELETED, data, job.id, job.batch_id, (job.owner, job.subject))


def _insert(
    tx: Transaction,
    name: str,
    data: dict[str, Any],
    job_id: str | None,
    batch_id: str | None,
    whose: tuple[str | None, str | None],
) -> int:
    cursor = tx.execute(
        "INSERT INTO events (name, job_id, batch_id, data, owner, subject) VALUES (?, ?, ?, ?, ?, ?)",
        (name, job_id, batch_id, to_json(data), *whose),
    )
    number = cursor.lastrowid
    assert number is not None  # noqa: S101 - an INSERT into a rowid table always has one
    tx.events.append(Event(number, name, data, job_id, batch_id, *whose))
    return number


def close_batch_if_finished(tx: Transaction, batch_id: str | None, at: float) -> None:
    """Tell `batch_completed` when the last job of a batch has become terminal."""
    if batch_id is None:
        return
    row = tx.execute(f"{BATCH_SELECT} WHERE b.id = ? GROUP BY b.id", (batch_id,)).fetchone()
    if row is None:
        raise batch_not_found(batch_id)
    batch = batch_from(row)
    if not batch.counts.is_finished or batch.finished_at is not None:
        return
    tx.execute("UPDATE batches SET finished_at = ? WHERE id = ?", (at, batch_id))
    counts = batch.counts
    tell_batch(
        tx,
        names.BATCH_COMPLETED,
        batch_id,
        at,
        {
            "status": counts.status.value,
            "total_jobs": counts.total,
            "completed_jobs": counts.completed,
            "failed_jobs": counts.failed,
            "cancelled_jobs": counts.cancelled,
            "args": dict(batch.args),
            "jobs": _outcomes(tx, batch_id),
        },
    )


def _outcomes(tx: Transaction, batch_id: str) -> list[dict[str, Any]]:
    """Return what became of each job of a batch; outputs only as far as they fit, the others are marked."""
    rows = tx.execute(
        "SELECT id, sequence, status, length(CAST(output AS BLOB)),"
        " CASE WHEN length(CAST(output AS BLOB)) <= ? THEN output END, error FROM jobs"
        " WHERE batch_id = ? AND superseded_by IS NULL ORDER BY sequence, created_at, id",
        (MAX_OUTPUT_BYTES, batch_id),
    )
    room = MAX_OUTPUTS_BYTES
    told = []
    for job_id, sequence, status, size, output, error in rows:
        is_told = output is not None and size <= room
        one = {
            "job_id": job_id,
            "sequence": sequence,
            "status": status,
            "output": json.loads(output) if is_told else None,
            "error": json.loads(error) if error is not None else None,
        }
        if size is not None and not is_told:
            one["output_omitted"] = True
        room -= size if is_told else 0
        told.append(one)
    return told


def events_after(connection: sqlite3.Connection, number: int, scope: EventScope, limit: int) -> list[Event]:
    """Return events with a higher number in a scope, in order."""
    where, parameters = "number > ?", [number]
    values: list[Any] = list(parameters)
    if scope.job_id is not None:
        where += " AND job_id = ?"
        values.append(scope.job_id)
    if scope.batch_id is not None:
        where += " AND batch_id = ?"
        values.append(scope.batch_id)
    if scope.name is not None:
        where += " AND name = ?"
        values.append(scope.name)
    if scope.viewer is not None:
        seen, whose = seen_by(scope.viewer)
        where += f" AND {seen}"
        values += whose
    rows = connection.execute(
        f"SELECT {EVENT_COLUMNS} FROM events WHERE {where} ORDER BY number LIMIT ?",  # noqa: S608
        (*values, limit),
    )
    return [event_from(row) for row in rows]


def head(connection: sqlite3.Connection) -> int:
    """Return the highest number ever given (also when its row was trimmed)."""
    row = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'events'").fetchone()
    return int(row[0]) if row else 0


def trimmed_to(connection: sqlite3.Connection) -> int:
    """Return the number up to which events may be missing."""
    row = connection.execute("SELECT value FROM meta WHERE key = 'events_trimmed_to'").fetchone()
    return int(row[0]) if row else 0


def trim(tx: Transaction, before: float) -> int:
    """Forget the events, other than the last, of jobs that finished before a time."""
    doomed = [
        row[0]
        for row in tx.execute(
            "SELECT e.number FROM events e JOIN jobs j ON j.id = e.job_id"
            " WHERE j.finished_at < ? AND e.name NOT IN ('completed', 'failed', 'cancelled') LIMIT 20000",
            (before,),
        )
    ]
    forget(tx, doomed)
    return len(doomed)


def forget(tx: Transaction, numbers: list[int]) -> None:
    """Delete events and remember that a cursor before the newest of them has a gap."""
    if not numbers:
        return
    tx.execute("DELETE FROM events WHERE number IN (SELECT value FROM json_each(?))", (json.dumps(numbers),))
    newest = max(*numbers, trimmed_to(tx.connection), 0)
    tx.execute(
        "INSERT INTO meta (key, value) VALUES ('events_trimmed_to', ?)"
        " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        (str(newest),),
    )
