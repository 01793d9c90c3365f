"""The streams of a job, of a batch and of everything: replay after a cursor, the present state, then live."""

import time

from aiohttp import web

from service.engine.desk import Desk
from service.engine.words import batch_words, canonical, chained, frame
from service.http import render
from service.http.event_stream import EventStream, require_event_stream, send_events
from service.http.identity import viewer
from service.http.keys import DESK
from service.http.openings import PAGE, Opening, cursor_of, job_opening
from service.kinds.base import Dialect
from service.model import events as names
from service.model.errors import DeskError
from service.model.events import Cursor, rfc3339
from service.storage.port import EventScope

__all__ = [
    "EventStream",
    "all_events",
    "batch_dialect_events",
    "batch_events",
    "job_dialect_events",
    "job_events",
    "job_stream",
    "require_event_stream",
]


async def job_events(request: web.Request) -> web.StreamResponse:
    """Stream one job in canonical words."""
    return await job_stream(request, request.match_info["job_id"], canonical)


async def job_dialect_events(request: web.Request) -> web.StreamResponse:
    """Stream one job in the words of its kind."""
    desk = request.app[DESK]
    job = await desk.store.job(request.match_info["job_id"])
    return await job_stream(request, job.id, _dialect_of(desk, job.kind), _gap_of(desk, job.kind))


async def batch_events(request: web.Request) -> web.StreamResponse:
    """Stream one batch in canonical words."""
    return await _batch_stream(request, request.match_info["batch_id"], batch_words)


async def batch_dialect_events(request: web.Request) -> web.StreamResponse:
    """Stream one batch in the words of its kind."""
    batch = await request.app[DESK].store.batch(request.match_info["batch_id"])
    dialect = _dialect_of(request.app[DESK], batch.kind)
    return await _batch_stream(
        request, batch.id, chained(dialect) if dialect is not canonical else batch_words
    )


async def all_events(request: web.Request) -> web.StreamResponse:
    """Stream everything that the caller may see."""
    desk, eyes = request.app[DESK], viewer(request)
    require_event_stream(request)
    cursor = await cursor_of(request, desk)
    scope = EventScope(viewer=eyes)
    if isinstance(cursor, int):
        return await send_events(request, scope, canonical, Opening(b"", cursor))
    head = desk.hub.head
    data = {
        "at": rfc3339(time.time()),
        "jobs": [render.listed_job(view) for view in await desk.active_views(viewer=eyes)],
        "queue": {"lanes": [render.lane(lane, eyes) for lane in await desk.queue_state()]},
        "batches": [render.batch(batch) for batch in await desk.store.batches(limit=20, viewer=eyes)],
    }
    first = frame(names.RESYNC, data, str(Cursor(desk.hub.epoch, head)))
    return await send_events(request, scope, canonical, Opening(first, head))


def _dialect_of(desk: Desk, kind: str) -> Dialect:
    try:
        return desk.kinds.get(kind).dialect() or canonical
    except DeskError:  # the plug-in was removed since
        return canonical


def _gap_of(desk: Desk, kind: str) -> float:
    try:
        return desk.kinds.get(kind).stream_gap_seconds
    except DeskError:
        return 0.0


async def job_stream(
    request: web.Request, job_id: str, dialect: Dialect, gap_seconds: float = 0.0
) -> web.StreamResponse:
    """Stream one job in the words of a dialect. Raises `job_not_found` and `not_acceptable` before it opens."""
    desk = request.app[DESK]
    view = await desk.view(job_id)
    require_event_stream(request)
    opening = await job_opening(desk, view, dialect, await cursor_of(request, desk))
    if opening is None:
        return web.Response(status=204)
    scope = EventScope(job_id=job_id, viewer=viewer(request))
    return await send_events(request, scope, dialect, opening, gap_seconds)


async def _batch_stream(request: web.Request, batch_id: str, dialect: Dialect) -> web.StreamResponse:
    desk = request.app[DESK]
    ends = await desk.store.events_after(0, EventScope(batch_id=batch_id, name=names.BATCH_COMPLETED), PAGE)
    batch = await desk.store.batch(
        batch_id
    )  # after the look at its ends: one that comes between still counts
    undone = ends if batch.finished_at is None else ends[:-1]
    ends_above = undone[-1].number if undone else 0
    require_event_stream(request)
    cursor = await cursor_of(request, desk)
    scope = EventScope(batch_id=batch_id, viewer=viewer(request))
    if isinstance(cursor, int):
        if batch.finished_at is not None and cursor >= batch.event_number:
            return web.Response(status=204)
        return await send_events(
            request, scope, dialect, Opening(b"", cursor, shows_state=True, ends_above=ends_above)
        )
    first = b""
    if cursor == names.RESYNC:
        jobs = await desk.views(await desk.store.batch_jobs(batch_id))
        data = {"batch_id": batch_id, "at": rfc3339(time.time()), "batch": render.batch(batch, jobs)}
        first = frame(names.RESYNC, data, str(Cursor(desk.hub.epoch, batch.event_number)))
    # Without a cursor a batch is told from its beginning: short, and the client has every job's outcome.
    opening = Opening(first, 0, shows_state=True, ends_above=ends_above)
    return await send_events(request, scope, dialect, opening)
