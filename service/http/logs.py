"""A job's log: its tail as text, or followed as a stream."""

import asyncio
from pathlib import Path

from aiohttp import web

from service.http.body import query
from service.http.keys import DESK
from service.http.log_stream import job_log_events
from service.http.schemas import LogQuery


async def show(request: web.Request) -> web.StreamResponse:
    """Send the last lines as text; with `follow=1` go on as SSE."""
    wanted = query(request, LogQuery)
    if wanted["follow"]:
        return await job_log_events(request)
    desk = request.app[DESK]
    job = await desk.store.job(request.match_info["job_id"])
    await desk.log.flush()
    text = await asyncio.to_thread(tail, desk.files.log_path(job.id), wanted["tail"])
    return web.Response(body=text, content_type="text/plain", charset="utf-8")


def tail(path: Path, size_bytes: int) -> bytes:
    """Return at most the last `size_bytes` of a file, from the beginning of a line; nothing when there is no file."""
    try:
        with path.open("rb") as source:
            end = source.seek(0, 2)
            start = max(0, end - size_bytes)
            if start == 0:
                source.seek(0)
                return source.read(size_bytes)
            source.seek(start - 1)
            text = source.read(size_bytes + 1)
    except OSError:
        return b""
    if text.startswith(b"\n"):
        return text[1:]
    _, line_break, rest = text.partition(b"\n")
    return rest if line_break else text[1:]
