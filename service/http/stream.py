"""One handler for every event stream: replay after a cursor, then the present state, then live.

aiohttp-sse gives the response, its headers and the watch over dead connections; the hub gives frames
that are encoded already, so a delivery costs a write and nothing else.
"""

import asyncio
import contextlib
import socket
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from aiohttp_sse import EventSourceResponse

from service.engine.desk import Desk
from service.engine.hub import Subscription
from service.engine.words import batch_words, canonical, chained, encode, frame
from service.http import render
from service.http.keys import CONFIG, DESK
from service.kinds.base import Dialect
from service.model import events as names
from service.model.errors import DeskError
from service.model.events import Cursor, rfc3339
from service.model.jobs import Job, JobStatus, JobView
from service.storage.port import EventScope

RETRY_MILLISECONDS = 2000
PAGE = 500
SEND_BUFFER_BYTES = 64 << 10  # what the kernel may hold for a stream that never reads
NO_COMMENT_PINGS = 10**9  # our ping is an event, which a script can see; a comment is not

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class EventStream(EventSourceResponse):
    """An open stream of ours, aborted when the client takes nothing for `stall_seconds`."""

    def __init__(self, stall_seconds: float) -> None:
        super().__init__(ping_interval=NO_COMMENT_PINGS, send_timeout=stall_seconds, sep="\n")
        self.headers["Content-Type"] = "text/event-stream; charset=utf-8"
        self.headers["Cache-Control"] = "no-store, no-transform"

    async def open(self, request: web.Request) -> None:
        """Send the headers and the first bytes, with a small kernel buffer behind them."""
        transport = request.transport
        sock = transport.get_extra_info("socket") if transport is not None else None
        if sock is not None:
            with contextlib.suppress(OSError):
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
        await self.prepare(request)
        await self.push(f"retry: {RETRY_MILLISECONDS}\n\n".encode())

    async def push(self, frames: bytes) -> None:
        """Write frames that are encoded already. Raises ConnectionError when the client is gone or stalls."""
        try:
            async with asyncio.timeout(self._send_timeout):
                await self.write(frames)
        except TimeoutError as error:
            self.abort()
            raise ConnectionResetError("the client takes nothing") from error

    def abort(self) -> None:
        """Cut the connection; the client resumes by its cursor."""
        if self._req is not None and self._req.transport is not None:
            self._req.transport.abort()


@dataclass(frozen=True, slots=True)
class _Opening:
    """Where a stream begins: frames to send at once, and the cursor to go on from."""

    first: bytes
    cursor: int
    has_ended: bool = False
    shows_state: bool = False
    """Whether the present state still has to be shown, after the replay."""
    ends_above: int = 0
    """Up to this event number an end does not count: the batch was opened again by a retry."""


async def job_events(request: web.Request) -> web.StreamResponse:
    """Stream one job in canonical words."""
    return await _job_stream(request, request.match_info["job_id"], canonical)


async def job_dialect_events(request: web.Request) -> web.StreamResponse:
    """Stream one job in the words of its kind."""
    desk = request.app[DESK]
    job = await desk.store.job(request.match_info["job_id"])
    return await _job_stream(request, job.id, _dialect_of(desk, job.kind), _gap_of(desk, job.kind))


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
    """Stream everything."""
    desk = request.app[DESK]
    require_event_stream(request)
    cursor = await _cursor(request, desk)
    if isinstance(cursor, int):
        return await _run(request, EventScope(), canonical, _Opening(b"", cursor))
    head = desk.hub.head
    data = {
        "at": rfc3339(time.time()),
        "jobs": [render.listed_job(view) for view in await desk.active_views()],
        "queue": {"lanes": [render.lane(lane) for lane in await desk.queue_state()]},
        "batches": [render.batch(batch) for batch in await desk.store.batches(limit=20)],
    }
    first = frame(names.RESYNC, data, str(Cursor(desk.hub.epoch, head)))
    return await _run(request, EventScope(), canonical, _Opening(first, head))


def require_event_stream(request: web.Request) -> None:
    """Raise `not_acceptable` when the client's Accept excludes event streams (RFC 9110, 12.5.1)."""
    accept = request.headers.get("Accept")
    if not accept:
        return
    wanted = {}
    for part in accept.lower().split(","):
        media, *parameters = (word.strip() for word in part.split(";"))
        weights = [p[2:] for p in parameters if p.startswith("q=")]
        try:
            wanted[media] = float(weights[0]) if weights else 1.0
        except ValueError:
            wanted[media] = 1.0
    for media in ("text/event-stream", "text/*", "*/*"):
        if media in wanted:
            if wanted[media] > 0:
                return
            break
    raise DeskError(
        "not_acceptable",
        "This address answers with text/event-stream only.",
        remediation="Send Accept: text/event-stream, or poll …/progress instead.",
    )


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


async def _cursor(request: web.Request, desk: Desk) -> int | str | None:
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


async def _job_stream(
    request: web.Request, job_id: str, dialect: Dialect, gap_seconds: float = 0.0
) -> web.StreamResponse:
    desk = request.app[DESK]
    view = await desk.view(job_id)
    require_event_stream(request)
    cursor = await _cursor(request, desk)
    scope = EventScope(job_id=job_id)
    if isinstance(cursor, int):
        if view.job.is_terminal and cursor >= await _end_of(desk, view.job):
            return web.Response(status=204)
        return await _run(request, scope, dialect, _Opening(b"", cursor, shows_state=True), gap_seconds)
    at = str(Cursor(desk.hub.epoch, view.job.event_number))
    first = _state(dialect, view, at)
    if cursor == names.RESYNC:
        data = {"job_id": job_id, "at": rfc3339(time.time()), "job": render.job(view)}
        first = frame(names.RESYNC, data, at) + first
    opening = _Opening(first, view.job.event_number, view.job.is_terminal)
    return await _run(request, scope, dialect, opening, gap_seconds)


async def _end_of(desk: Desk, job: Job) -> int:
    """Return the number of a terminal job's terminal event (items may have been decided after it)."""
    number = 0
    while page := await desk.store.events_after(number, EventScope(job_id=job.id), PAGE):
        for event in page:
            if event.name in names.TERMINAL_EVENTS:
                return event.number
        number = page[-1].number
    return job.event_number


def _state(dialect: Dialect, view: JobView, cursor: str | None) -> bytes:
    """Return the present state of a job under its own name."""
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


async def _batch_stream(request: web.Request, batch_id: str, dialect: Dialect) -> web.StreamResponse:
    desk = request.app[DESK]
    ends = await desk.store.events_after(0, EventScope(batch_id=batch_id, name=names.BATCH_COMPLETED), PAGE)
    batch = await desk.store.batch(
        batch_id
    )  # after the look at its ends: one that comes between still counts
    undone = ends if batch.finished_at is None else ends[:-1]
    ends_above = undone[-1].number if undone else 0
    require_event_stream(request)
    cursor = await _cursor(request, desk)
    scope = EventScope(batch_id=batch_id)
    if isinstance(cursor, int):
        if batch.finished_at is not None and cursor >= batch.event_number:
            return web.Response(status=204)
        return await _run(
            request, scope, dialect, _Opening(b"", cursor, shows_state=True, ends_above=ends_above)
        )
    first = b""
    if cursor == names.RESYNC:
        jobs = await desk.views(await desk.store.batch_jobs(batch_id))
        data = {"batch_id": batch_id, "at": rfc3339(time.time()), "batch": render.batch(batch, jobs)}
        first = frame(names.RESYNC, data, str(Cursor(desk.hub.epoch, batch.event_number)))
    # Without a cursor a batch is told from its beginning: short, and the client has every job's outcome.
    opening = _Opening(first, 0, shows_state=True, ends_above=ends_above)
    return await _run(request, scope, dialect, opening)


async def _present_state(desk: Desk, scope: EventScope, dialect: Dialect) -> bytes:
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
    return b"".join(_state(dialect, view, None) for view in views if view.job.status in active)


async def _run(
    request: web.Request, scope: EventScope, dialect: Dialect, opening: _Opening, gap_seconds: float = 0.0
) -> web.StreamResponse:
    desk, config = request.app[DESK], request.app[CONFIG]
    stream = desk.hub.subscribe(scope, dialect, opening.cursor)
    stream.live_gap_seconds = gap_seconds
    response = EventStream(config.stream_stall_seconds)
    stream.abort = response.abort
    stream.ends_above = opening.ends_above
    watch = _Watch(stream, response, config.stream_ping_seconds, config.stream_stall_seconds)
    try:
        await response.open(request)
        async with response:
            stream.live_at = asyncio.get_running_loop().time()  # the state below is a live frame too
            await watch.write(opening.first)
            if not opening.has_ended:
                await _follow(desk, stream, watch, shows_state=opening.shows_state)
    except ConnectionError:
        pass  # the client left, or was cut off: it ends its stream, never a job
    finally:
        watch.close()
        desk.hub.unsubscribe(stream)
    return response


class _Watch:
    """One timer for each stream, not one for each wait: it asks for a ping after a silence, and cuts a client
    that takes nothing. A time-out around every write and wait would cost more than the write itself.
    """

    def __init__(
        self, stream: Subscription, response: EventStream, ping_seconds: float, stall_seconds: float
    ) -> None:
        self.is_ping_due = False
        self._stream = stream
        self._response = response
        self._ping_seconds = ping_seconds
        self._stall_seconds = stall_seconds
        self._loop = asyncio.get_running_loop()
        self._since = self._loop.time()  # of the last write's end, or of the write that goes on
        self._timer = self._loop.call_later(min(ping_seconds, stall_seconds), self._look)

    async def write(self, frames: bytes) -> None:
        """Write frames. Raises ConnectionError when the client is gone or was cut."""
        if not frames:
            return
        self.is_ping_due = False
        self._stream.is_writing = True
        self._since = self._loop.time()
        try:
            await self._response.write(frames)
        finally:
            self._stream.is_writing = False
            self._since = self._loop.time()

    def close(self) -> None:
        """Stop looking."""
        self._timer.cancel()

    def _look(self) -> None:
        limit = self._stall_seconds if self._stream.is_writing else self._ping_seconds
        left = self._since + limit - self._loop.time()
        if left <= 0 and self._stream.is_writing:
            self._response.abort()
            return
        if left <= 0:
            self.is_ping_due = True
            self._stream.bell.set()
            left = limit
        self._timer = self._loop.call_later(min(left, self._ping_seconds, self._stall_seconds), self._look)


async def _follow(desk: Desk, stream: Subscription, watch: _Watch, *, shows_state: bool) -> None:
    """Send what comes until the end of what is streamed, of the client, or of the service."""
    hub = desk.hub
    while not stream.has_ended:
        stream.bell.clear()
        if hub.is_behind(stream):
            await watch.write(await _stored(desk, stream))
            continue
        chunk = hub.collect(stream)
        if shows_state and not stream.bell.is_set() and not stream.has_ended:
            shows_state = False
            chunk += await _present_state(desk, stream.scope, stream.dialect)
            stream.live_at = asyncio.get_running_loop().time()
        if chunk:
            await watch.write(chunk)
        elif hub.is_closing:
            await watch.write(encode(stream.dialect, names.BYE, {"at": rfc3339(time.time())}))
            return
        elif watch.is_ping_due:
            await watch.write(frame(names.PING, {"time": rfc3339(time.time())}))
        else:
            await stream.bell.wait()


async def _stored(desk: Desk, stream: Subscription) -> bytes:
    head = desk.hub.head
    page = await desk.store.events_after(stream.cursor, stream.scope, PAGE)
    frames = desk.hub.encode_stored(stream, page)
    if len(page) < PAGE and not stream.has_ended:
        stream.cursor = max(stream.cursor, head)
    return frames
