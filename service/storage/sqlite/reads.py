"""Lists and lookups for people: jobs, batches, statistics. Nothing here writes."""

import json
import sqlite3
from collections.abc import Sequence
from typing import Any

from service.model.accounts import Viewer
from service.model.batches import Batch
from service.model.errors import batch_not_found, job_not_found
from service.model.jobs import Job
from service.storage.port import JobQuery, Run
from service.storage.sqlite.rows import BATCH_SELECT, JOB_COLUMNS, batch_from, find_job, jobs_from, seen_by


def job(connection: sqlite3.Connection, job_id: str) -> Job:
    """Return a job; raises job_not_found."""
    found = find_job(connection, job_id)
    if found is None:
        raise job_not_found(job_id)
    return found


def jobs(connection: sqlite3.Connection, query: JobQuery) -> list[Job]:
    """Return jobs, newest first."""
    where: list[str] = []
    values: list[Any] = []
    if query.status:
        where.append("status IN (SELECT value FROM json_each(?))")
        values.append(json.dumps(query.status))
    for column, value in (("kind", query.kind), ("batch_id", query.batch_id)):
        if value is not None:
            where.append(f"{column} = ?")
            values.append(value)
    if query.created_after is not None:
        where.append("created_at > ?")
        values.append(query.created_after)
    if query.text:
        where.append("(title LIKE ? ESCAPE '\\' OR id = ?)")
        escaped = query.text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        values += [f"%{escaped}%", query.text]
    if query.viewer is not None:
        condition, seen = seen_by(query.viewer)
        where.append(condition)
        values += seen
    if query.before is not None:
        where.append("(created_at, id) < (?, ?)")
        values += query.before
    condition = f"WHERE {' AND '.join(where)}" if where else ""
    rows = connection.execute(
        f"SELECT {JOB_COLUMNS} FROM jobs {condition} ORDER BY created_at DESC, id DESC LIMIT ?",  # noqa: S608
        (*values, query.limit),
    )
    return jobs_from(connection, rows)


def jobs_by_id(connection: sqlite3.Connection, job_ids: Sequence[str]) -> list[Job]:
    """Return those of these jobs that exist, in the order asked for."""
    rows = connection.execute(
        f"SELECT {JOB_COLUMNS} FROM jobs WHERE id IN (SELECT value FROM json_each(?))",  # noqa: S608
        (json.dumps(list(job_ids)),),
    )
    found = {job.id: job for job in jobs_from(connection, rows)}
    return [found[job_id] for job_id in job_ids if job_id in found]


def cached_job(connection: sqlite3.Connection, cache_key: str) -> Job | None:
    """Return the newest completed job with this key that has no failed item."""
    rows = connection.execute(
        f"SELECT {JOB_COLUMNS} FROM jobs WHERE cache_key = ? AND status = 'completed'"  # noqa: S608
        " AND items_failed = 0 AND items_needs_review = 0 ORDER BY finished_at DESC LIMIT 1",
        (cache_key,),
    )
    found = jobs_from(connection, rows)
    return found[0] if found else None


def job_with_result_code(
    connection: sqlite3.Connection, kind: str, code: str, viewer: Viewer | None = None
) -> Job | None:
    """Return the newest completed job of a kind whose output has this `resultCode`, of those a viewer may see."""
    seen, values = seen_by(viewer)
    rows = connection.execute(
        f"SELECT {JOB_COLUMNS} FROM jobs WHERE kind = ? AND json_extract(output, '$.resultCode') = ?"  # noqa: S608
        f" AND output IS NOT NULL AND status = 'completed' AND {seen} ORDER BY finished_at DESC LIMIT 1",
        (kind, code, *values),
    )
    found = jobs_from(connection, rows)
    return found[0] if found else None


def jobs_with_inputs(connection: sqlite3.Connection, sha256: Sequence[str]) -> dict[str, str]:
    """Return, of these content hashes, those that some job holds, with that job's id."""
    rows = connection.execute(
        "SELECT sha256, max(job_id) FROM inputs WHERE sha256 IN (SELECT value FROM json_each(?)) GROUP BY sha256",
        (json.dumps(list(sha256)),),
    )
    return dict(rows.fetchall())


def batch(connection: sqlite3.Connection, batch_id: str) -> Batch:
    """Return a batch with its counts; raises batch_not_found."""
    row = connection.execute(f"{BATCH_SELECT} WHERE b.id = ? GROUP BY b.id", (batch_id,)).fetchone()
    if row is None:
        raise batch_not_found(batch_id)
    return batch_from(row)


def batches(
    connection: sqlite3.Connection, before: tuple[float, str] | None, limit: int, viewer: Viewer | None = None
) -> list[Batch]:
    """Return batches, newest first."""
    seen, values = seen_by(viewer, "b.")
    created_at, batch_id = before or (float("inf"), "")
    rows = connection.execute(
        f"{BATCH_SELECT} WHERE (b.created_at, b.id) < (?, ?) AND {seen}"
        " GROUP BY b.id ORDER BY b.created_at DESC, b.id DESC LIMIT ?",
        (created_at, batch_id, *values, limit),
    )
    return [batch_from(row) for row in rows]


def batch_jobs(connection: sqlite3.Connection, batch_id: str, *, with_superseded: bool) -> list[Job]:
    """Return the jobs of a batch by sequence."""
    batch(connection, batch_id)
    rows = connection.execute(
        f"SELECT {JOB_COLUMNS} FROM jobs WHERE batch_id = ? AND (? OR superseded_by IS NULL)"  # noqa: S608
        " ORDER BY sequence, created_at, id",
        (batch_id, with_superseded),
    )
    return jobs_from(connection, rows)


def runs(connection: sqlite3.Connection, kind: str | None, limit: int) -> list[Run]:
    """Return finished runs, newest first."""
    rows = connection.execute(
        "SELECT kind, status, input_bytes, waited_seconds, ran_seconds, finished_at, error_code FROM runs"
        " WHERE ? IS NULL OR kind = ? ORDER BY id DESC LIMIT ?",
        (kind, kind, limit),
    )
    return [Run(*row) for row in rows]
