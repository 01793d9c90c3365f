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
from service.http.event_stream import Watch, bye, opened, ping, require_event_stream
from service.http.identity import viewer
from service.http.keys import DESK
from service.model import events as names
from service.model.events import rfc3339
from service.storage.port import EventScope

LOG_CHUNK_BYTES = 64 << 10
LOG_LOOK_SECONDS = 0.25


async def job_log_events(request: web.Request) -> web.StreamResponse:
    """Stream a job's log as `log {text, offset}`; the id is the offset in bytes, so a reconnect misses nothing."""
    desk = request.app[DESK]
    job_id = request.match_info["job_id"]
    await desk.store.job(job_id)
    require_event_stream(request)
    text = request.headers.get("Last-Event-ID") or request.query.get("after") or "0"
    offset = int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0
    stream = desk.hub.subscribe(EventScope(job_id=job_id, viewer=viewer(request)), _only_the_end)
    async with opened(request, stream) as watch:
        await _follow_log(desk, stream, offset, watch)
    return watch.response


async def _follow_log(desk: Desk, stream: Subscription, offset: int, watch: Watch) -> None:
    job_id = str(stream.scope.job_id)
    path = desk.files.log_path(job_id)
    is_over = (await desk.store.job(job_id)).is_terminal
    while stream.farewell is None:
        await desk.log.flush()
        chunk = await asyncio.to_thread(_read_lines, path, offset)
        if chunk:
            offset += len(chunk)
            told = {"text": chunk.decode("utf-8", "replace"), "offset": offset}
            data = {"job_id": job_id, "at": rfc3339(time.time()), **told}
            await watch.write(frame(names.LOG, data, str(offset)))
            continue
        if is_over or desk.hub.is_closing:
            break
        if watch.is_ping_due:
            await watch.write(frame(names.PING, ping(stream, is_canonical=True)))
        is_over = await _next_news(desk.hub, stream)
    said = bye(stream)
    if is_over and stream.farewell is None:
        del said["reason"]  # nothing ended it before its time
    await watch.write(frame(names.BYE, said))


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
