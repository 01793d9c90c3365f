"""A job's log as an event stream: whole lines from an offset, then what is written next."""

import asyncio
import contextlib
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from aiohttp import web

from service.engine.desk import Desk
from service.engine.hub import Hub, Subscription
from service.engine.words import frame
from service.http.event_stream import EventStream, require_event_stream
from service.http.keys import CONFIG, DESK
from service.model import events as names
from service.model.events import rfc3339
from service.storage.port import EventScope

LOG_CHUNK_BYTES = 64 << 10
LOG_LOOK_SECONDS = 0.25


async def job_log_events(request: web.Request) -> web.StreamResponse:
    """Stream a job's log as `log {text, offset}`; the id is the offset in bytes, so a reconnect misses nothing."""
    desk, config = request.app[DESK], request.app[CONFIG]
    job_id = request.match_info["job_id"]
    await desk.store.job(job_id)
    require_event_stream(request)
    text = request.headers.get("Last-Event-ID") or request.query.get("after") or "0"
    offset = int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0
    response = EventStream(config.stream_stall_seconds)
    try:
        await response.open(request)
        async with response:
            await _follow_log(desk, job_id, offset, response, config.stream_ping_seconds)
    except ConnectionError:
        pass
    return response


async def _follow_log(
    desk: Desk, job_id: str, offset: int, response: EventStream, ping_seconds: float
) -> None:
    path = desk.files.log_path(job_id)
    stream = desk.hub.subscribe(EventScope(job_id=job_id), _only_the_end)
    quiet_since = time.monotonic()
    try:
        is_over = (await desk.store.job(job_id)).is_terminal
        while True:
            await desk.log.flush()
            chunk = await asyncio.to_thread(_read_lines, path, offset)
            if chunk:
                offset += len(chunk)
                data = {"job_id": job_id, "text": chunk.decode("utf-8", "replace"), "offset": offset}
                await response.push(frame(names.LOG, data, str(offset)))
                quiet_since = time.monotonic()
                continue
            if is_over or desk.hub.is_closing:
                await response.push(frame(names.BYE, {"at": rfc3339(time.time())}))
                return
            if time.monotonic() - quiet_since >= ping_seconds:
                await response.push(frame(names.PING, {"time": rfc3339(time.time())}))
                quiet_since = time.monotonic()
            is_over = await _next_news(desk.hub, stream)
    finally:
        desk.hub.unsubscribe(stream)


async def _next_news(hub: Hub, stream: Subscription) -> bool:
    """Wait for news of the job (its log lines ring too) or a moment; return whether it has ended."""
    stream.bell.clear()
    if hub.is_behind(stream):
        stream.cursor = hub.head
    hub.collect(stream)
    if not stream.has_ended:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LOG_LOOK_SECONDS):
                await stream.bell.wait()
        hub.collect(stream)
    return stream.has_ended


def _only_the_end(name: str, data: Mapping[str, Any]) -> Iterable[tuple[str, dict[str, Any]]]:  # noqa: ARG001
    return ()


def _read_lines(path: Path, offset: int) -> bytes:
    """Return whole lines from an offset, about LOG_CHUNK_BYTES at most (half a line only if it is that long)."""
    try:
        with path.open("rb") as log:
            log.seek(offset)
            chunk = log.read(LOG_CHUNK_BYTES)
    except FileNotFoundError:
        return b""
    end = chunk.rfind(b"\n") + 1
    return chunk[:end] if end else (chunk if len(chunk) == LOG_CHUNK_BYTES else b"")
