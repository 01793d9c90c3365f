"""Where a stream begins: at a cursor, or with the present state of what it shows."""

import time
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from service.engine.desk import Desk
from service.engine.words import canonical, encode, frame
from service.http import render
from service.kinds.base import Dialect
from service.model import events as names
from service.model.errors import DeskError
from service.model.events import Cursor, rfc3339
from service.model.jobs import Job, JobStatus, JobView
from service.storage.port import EventScope

PAGE = 500  # events read from the database at once


@dataclass(frozen=True, slots=True)
class Opening:
    """Where a stream begins: frames to send at once, and the cursor to go on from."""

    first: bytes
    cursor: int
    has_ended: bool = False
    shows_state: bool = False
    """Whether the present state still has to be shown, after the replay."""
    ends_above: int = 0
    """Up to this event number an end does not count: the batch was opened again by a retry."""


async def cursor_of(request: web.Request, desk: Desk) -> int | str | None:
    """Return the number to go on after, `resync` for a cursor that cannot be honoured, None without one."""
    text = request.headers.get("Last-Event-ID") or request.query.get("after")
    if not text:
        return None
    cursor = Cursor.parse(text)
    if cursor is None or cursor.epoch != desk.hub.epoch or cursor.number > desk.hub.head:
        return names.RESYNC
    if cursor.number < await desk.store.trimmed_to():
        return names.RESYNC
    return cursor.number


async def job_opening(
    desk: Desk, view: JobView, dialect: Dialect, cursor: int | str | None
) -> Opening | None:
    """Return where the stream of one job begins; None when it has ended at this cursor and nothing is to come."""
    if isinstance(cursor, int):
        if view.job.is_terminal and cursor >= await end_of(desk, view.job):
            return None
        return Opening(b"", cursor, shows_state=True)
    at = str(Cursor(desk.hub.epoch, view.job.event_number))
    first = state_of(dialect, view, at, is_opening=True)
    if cursor == names.RESYNC:
        data = {"job_id": view.job.id, "at": rfc3339(time.time()), "job": render.job(view)}
        first = frame(names.RESYNC, data, at) + first
    return Opening(first, view.job.event_number, view.job.is_terminal)


async def end_of(desk: Desk, job: Job) -> int:
    """Return the number of a terminal job's terminal event (items may have been decided after it)."""
    number = 0
    while page := await desk.store.events_after(number, EventScope(job_id=job.id), PAGE):
        for event in page:
            if event.name in names.TERMINAL_EVENTS:
                return event.number
        number = page[-1].number
    return job.event_number


def state_of(dialect: Dialect, view: JobView, cursor: str | None, *, is_opening: bool = False) -> bytes:
    """Return the present state of a job under its own name.

    To a kind's own dialect the `progress` that opens a stream tells too, as `opening`, what was confirmed.
    """
    job = view.job
    data: dict[str, Any] = {
        "job_id": job.id,
        "at": rfc3339(time.time()),
        "kind": job.kind,
        "status": str(job.status),
    }
    if job.batch_id is not None:
        data |= {"batch_id": job.batch_id, "sequence": job.sequence}
    estimate = view.estimate.to_json() if view.estimate else None
    if job.status is JobStatus.QUEUED:
        return encode(
            dialect,
            names.QUEUED,
            data | {"position": view.position, "title": job.title, "estimate": estimate},
            cursor,
        )
    if job.status is JobStatus.RUNNING:
        told = data | {"attempt": job.attempt, **job.progress.to_json(), "estimate": estimate}
        if is_opening and dialect is not canonical:
            told["opening"] = {"preview": job.preview, "confirmed": job.confirmed}
        return encode(dialect, names.PROGRESS, told, cursor)
    if job.status is JobStatus.HELD:
        return encode(dialect, names.HELD, data | {"preview": job.preview}, cursor)
    if job.status is JobStatus.COMPLETED:
        artifacts = [artifact.to_json(job.id) for artifact in job.artifacts]
        told = data | {"output": job.output, "artifacts": artifacts, "items": job.items.to_json()}
        return encode(dialect, names.COMPLETED, told | {"cached": job.is_cached}, cursor)
    if job.status is JobStatus.FAILED:
        told = data | {"error": job.error.to_json() if job.error else None, "items": job.items.to_json()}
        return encode(dialect, names.FAILED, told, cursor)
    return encode(dialect, names.CANCELLED, data, cursor)


async def present_state(desk: Desk, scope: EventScope, dialect: Dialect) -> bytes:
    """Return what a job, or each active job of a batch, is doing now; what is over was told by its event."""
    try:
        if scope.job_id is not None:
            views = [await desk.view(scope.job_id)]
        elif scope.batch_id is not None:
            views = await desk.views(await desk.store.batch_jobs(scope.batch_id))
        else:
            return b""
    except DeskError:  # deleted meanwhile; its event will follow
        return b""
    active = (JobStatus.QUEUED, JobStatus.RUNNING)
    return b"".join(state_of(dialect, view, None) for view in views if view.job.status in active)
