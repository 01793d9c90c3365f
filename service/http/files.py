"""Sending one file: whole or a range of it, read in threads, never a `.gz` sibling, gone files told as such."""

import asyncio
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal
from urllib.parse import quote

from aiohttp import web

from service.http import problems
from service.http.conditional import allows_range, http_date, is_not_modified
from service.http.ranges import UNSATISFIABLE, ByteRange, Unsatisfiable, parse_range
from service.model.errors import DeskError

CHUNK_BYTES = 256 * 1024
ATTACHMENT_POLICY = "sandbox; default-src 'none'; frame-ancestors 'none'"


@dataclass(frozen=True, slots=True)
class Sendable:
    """A file that a job left or was given: `sha256` makes its entity tag, `name` is what the client saves it as."""

    path: Path
    name: str
    media_type: str
    sha256: str


async def send_attachment(
    request: web.Request, file: Sendable, *, is_inline: bool = False
) -> web.StreamResponse:
    """Answer GET or HEAD with the file: 200, 206, 304 or 416. Raises `artifact_gone`.

    It is an attachment unless `is_inline`, which is for what a player in a page of ours plays: never for markup.
    """
    source, size_bytes, modified_at = await asyncio.to_thread(_open, file.path)
    try:
        etag = f'"{file.sha256}"'
        headers = {
            "ETag": etag,
            "Last-Modified": http_date(modified_at),
            "Accept-Ranges": "bytes",
            "Cache-Control": "private, no-cache",
            "Content-Disposition": content_disposition(file.name, is_inline=is_inline),
            "Content-Security-Policy": ATTACHMENT_POLICY,
        }
        if is_not_modified(request.headers, etag, modified_at):
            return web.Response(status=304, headers=headers)
        part = _asked_part(request, size_bytes, etag, modified_at)
        if part is UNSATISFIABLE:
            return _refused(request, size_bytes, etag)
        headers["Content-Type"] = _with_charset(file.media_type)
        if part is None:
            answer = web.StreamResponse(status=200, headers=headers)
            return await _stream(request, answer, source, ByteRange(0, size_bytes))
        headers["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{size_bytes}"
        return await _stream(request, web.StreamResponse(status=206, headers=headers), source, part)
    finally:
        await asyncio.to_thread(source.close)


def content_disposition(name: str, *, is_inline: bool = False) -> str:
    """Return the header for any name (RFC 6266): ASCII for old clients, UTF-8 percent-encoded beside it."""
    plain = "".join(c if c.isascii() and c.isprintable() and c not in '"\\%' else "_" for c in name)
    kind = "inline" if is_inline else "attachment"
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name.encode('utf-8', 'replace'), safe='')}"


def _open(path: Path) -> tuple[IO[bytes], int, float]:
    try:
        source = path.open("rb")
    except OSError:
        raise gone(path.name) from None
    status = os.fstat(source.fileno())
    return source, status.st_size, status.st_mtime


def gone(name: str) -> DeskError:
    """Return the error for a file that the database knows and the disk does not have."""
    return DeskError(
        "artifact_gone",
        f"The file {name} is no longer on the disk.",
        remediation="Retry the job to make it again.",
    )


def _asked_part(
    request: web.Request, size_bytes: int, etag: str, modified_at: float
) -> ByteRange | Literal[Unsatisfiable.UNSATISFIABLE] | None:
    """Return the part that is asked for, None for the whole. Range has a meaning for GET only (RFC 9110, 14.2)."""
    if request.method != "GET" or not allows_range(request.headers.get("If-Range"), etag, modified_at):
        return None
    return parse_range(request.headers.get("Range"), size_bytes)


def _refused(request: web.Request, size_bytes: int, etag: str) -> web.Response:
    error = DeskError("range_not_satisfiable", f"The file has {size_bytes} bytes.")
    answer = problems.response(error, request)
    answer.headers.update({"Content-Range": f"bytes */{size_bytes}", "ETag": etag, "Accept-Ranges": "bytes"})
    return answer


async def _stream(
    request: web.Request, answer: web.StreamResponse, source: IO[bytes], part: ByteRange
) -> web.StreamResponse:
    answer.content_length = part.size_bytes
    await answer.prepare(request)
    if request.method != "HEAD":
        async for chunk in _read(source, part):
            await answer.write(chunk)
    await answer.write_eof()
    return answer


async def _read(source: IO[bytes], part: ByteRange) -> AsyncIterator[bytes]:
    def at(position: int) -> bytes:
        source.seek(position)
        return source.read(min(CHUNK_BYTES, part.stop - position))

    position = part.start
    while position < part.stop:
        chunk = await asyncio.to_thread(at, position)
        if not chunk:
            raise gone(Path(source.name).name)  # cut short while being sent: the answer breaks off
        yield chunk
        position += len(chunk)


def _with_charset(media_type: str) -> str:
    is_text = media_type.startswith("text/") and "charset" not in media_type
    return f"{media_type}; charset=utf-8" if is_text else media_type
