"""Rows to model: one place that knows the columns."""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

from service.model.accounts import Viewer
from service.model.artifacts import Artifact, Input
from service.model.batches import Batch, BatchCounts
from service.model.events import Event
from service.model.jobs import ItemCounts, ItemRow, Job, JobFailure, JobStatus
from service.model.progress import Progress

JOB_COLUMNS = (
    "id, kind, kind_version, title, status, lane, rank, batch_id, sequence, attempt, crashes, args, progress,"
    " items_total, items_completed, items_failed, items_needs_review, preview, confirmed, output, error,"
    " is_cached, cache_key, retry_of, superseded_by, owner, input_bytes, cancel_requested_at,"
    " created_at, started_at, finished_at, event_number, subject"
)


def _loads(text: str | None) -> Any:
    return None if text is None else json.loads(text)


def _job(row: Sequence[Any], inputs: tuple[Input, ...], artifacts: tuple[Artifact, ...]) -> Job:
    failure = _loads(row[20])
    return Job(
        id=row[0],
        kind=row[1],
        kind_version=row[2],
        title=row[3],
        status=JobStatus(row[4]),
        lane=row[5],
        rank=row[6],
        batch_id=row[7],
        sequence=row[8],
        attempt=row[9],
        crashes=row[10],
        args=json.loads(row[11]),
        progress=Progress.from_json(_loads(row[12]) or {}),
        items=ItemCounts(*row[13:17]),
        preview=_loads(row[17]),
        confirmed=_loads(row[18]),
        output=_loads(row[19]),
        error=JobFailure(**failure) if failure else None,
        is_cached=bool(row[21]),
        cache_key=row[22],
        retry_of=row[23],
        superseded_by=row[24],
        owner=row[25],
        input_bytes=row[26],
        cancel_requested_at=row[27],
        created_at=row[28],
        started_at=row[29],
        finished_at=row[30],
        event_number=row[31],
        subject=row[32],
        inputs=inputs,
        artifacts=artifacts,
    )


def jobs_from(connection: sqlite3.Connection, rows: Iterable[Sequence[Any]]) -> list[Job]:
    """Turn rows of JOB_COLUMNS into jobs, with their inputs and artifacts (two more statements in all)."""
    found = list(rows)
    ids = json.dumps([row[0] for row in found])
    inputs = _by_job(connection, "inputs", "number", Input, ids)
    artifacts = _by_job(connection, "artifacts", "name", Artifact, ids)
    return [_job(row, inputs.get(row[0], ()), artifacts.get(row[0], ())) for row in found]


def _by_job(
    connection: sqlite3.Connection, table: str, order: str, shape: Any, ids: str
) -> dict[str, tuple[Any, ...]]:
    rows = connection.execute(
        f"SELECT job_id, name, media_type, size_bytes, sha256 FROM {table}"  # noqa: S608 - names of our own tables
        f" WHERE job_id IN (SELECT value FROM json_each(?)) ORDER BY job_id, {order}",
        (ids,),
    ).fetchall()
    return {
        job_id: tuple(shape(*row[1:]) for row in group) for job_id, group in groupby(rows, lambda r: r[0])
    }


def seen_by(viewer: Viewer | None, alias: str = "") -> tuple[str, list[Any]]:
    """Return the condition, and its values, that leaves what a viewer may see (model/accounts.py has the rule)."""
    if viewer is None:
        return "1", []
    condition = "({0}subject IS NULL AND {0}owner = ? OR {0}subject IN (SELECT value FROM json_each(?)))"
    return condition.format(alias), [viewer.owner, json.dumps(sorted(viewer.subjects))]


def find_job(connection: sqlite3.Connection, job_id: str) -> Job | None:
    """Return one job, or None."""
    rows = connection.execute(f"SELECT {JOB_COLUMNS} FROM jobs WHERE id = ?", (job_id,)).fetchall()  # noqa: S608
    return jobs_from(connection, rows)[0] if rows else None


def item_from(row: Sequence[Any]) -> ItemRow:
    """Turn `key, number, unit, status, output, code, message, attempt, started_at, finished_at` into an item."""
    return ItemRow(row[0], row[1], row[2], row[3], _loads(row[4]), *row[5:10])


EVENT_COLUMNS = "number, name, data, job_id, batch_id, owner, subject"


def event_from(row: Sequence[Any]) -> Event:
    """Turn a row of EVENT_COLUMNS into an event."""
    return Event(row[0], row[1], json.loads(row[2]), *row[3:7])


BATCH_SELECT = """
SELECT b.id, b.kind, b.title, b.created_at, b.args, b.finished_at, b.owner, b.event_number, b.subject,
       count(j.id),
       coalesce(sum(j.status = 'running'), 0),
       coalesce(sum(j.status = 'completed'), 0),
       coalesce(sum(j.status = 'failed'), 0),
       coalesce(sum(j.status = 'cancelled'), 0)
FROM batches b LEFT JOIN jobs j ON j.batch_id = b.id AND j.superseded_by IS NULL
"""


def batch_from(row: Sequence[Any]) -> Batch:
    """Turn a row of BATCH_SELECT into a batch."""
    return Batch(
        id=row[0],
        kind=row[1],
        title=row[2],
        created_at=row[3],
        args=json.loads(row[4]),
        finished_at=row[5],
        owner=row[6],
        event_number=row[7],
        subject=row[8],
        counts=BatchCounts(*row[9:14]),
    )
