"""Fetch an artifact into a file: resumed when the connection breaks, checked by SHA-256, then put in place."""

import asyncio
import hashlib
import os
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import aiohttp
from yarl import URL

from service.client_errors import CONNECTION_ERRORS, ClientError, raise_for_problem, unreachable

ATTEMPTS = 6
FIRST_WAIT_SECONDS = 0.25
READ_BYTES = 256 * 1024


class _Part:
    """The file beside its final place that grows with the download, and its running hash."""

    def __init__(self, target: Path) -> None:
        self.path = target.with_name(f".{target.name[:100]}.{secrets.token_hex(4)}.part")
        self.size_bytes = 0
        self.etag: str | None = None
        self._hash = hashlib.sha256()
        self._file = self.path.open("xb")

    def write(self, chunk: bytes) -> None:
        self._file.write(chunk)
        self._hash.update(chunk)
        self.size_bytes += len(chunk)

    def restart(self) -> None:
        self._file.seek(0)
        self._file.truncate()
        self._hash = hashlib.sha256()
        self.size_bytes = 0

    def finish(self, target: Path, sha256: str) -> None:
        if self._hash.hexdigest() != sha256:
            raise ClientError(
                "checksum_mismatch",
                f"{target.name} arrived with another SHA-256 than the job tells; nothing was kept.",
                remediation="Try again; if it stays so, the file on the server is damaged.",
            )
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self.path.replace(target)

    def discard(self) -> None:
        self._file.close()
        self.path.unlink(missing_ok=True)


async def download(
    session: aiohttp.ClientSession,
    url: str,
    artifact: Mapping[str, Any],
    target: Path,
    on_bytes: Callable[[int], None] | None = None,
) -> None:
    """Write the artifact (an entry of a job's `artifacts`) to `target`, replacing it, or leave nothing.

    `on_bytes` is told how many bytes there are so far. Raises ClientError: `checksum_mismatch`,
    `unreachable`, or what the server answers; OSError when the disk refuses.
    """
    part = await asyncio.to_thread(_Part, target)
    try:
        for attempt in range(ATTEMPTS):
            try:
                await _receive(session, url, part, int(artifact["size_bytes"]), on_bytes)
                break
            except CONNECTION_ERRORS as error:
                if attempt == ATTEMPTS - 1:
                    raise unreachable(url, error) from error
                await asyncio.sleep(FIRST_WAIT_SECONDS * 2**attempt)
        await asyncio.to_thread(part.finish, target, str(artifact["sha256"]))
    except BaseException:
        await asyncio.to_thread(part.discard)
        raise


async def _receive(
    session: aiohttp.ClientSession,
    url: str,
    part: _Part,
    size_bytes: int,
    on_bytes: Callable[[int], None] | None,
) -> None:
    headers = {"Accept-Encoding": "identity"}
    if part.size_bytes and part.etag:
        headers |= {"Range": f"bytes={part.size_bytes}-", "If-Range": part.etag}
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=10, sock_read=60)
    address = URL(url, encoded=True)
    async with session.get(address, headers=headers, timeout=timeout, allow_redirects=False) as response:
        if response.status == 416 and part.size_bytes == size_bytes:
            return  # the connection broke after the last byte
        if response.status >= 400:
            await raise_for_problem(response)
        if response.status != 206:
            await asyncio.to_thread(part.restart)  # the file is another one now, or ranges are not spoken
        part.etag = response.headers.get("ETag")
        async for chunk in response.content.iter_chunked(READ_BYTES):
            if part.size_bytes + len(chunk) > size_bytes:
                raise ClientError("checksum_mismatch", f"{url} sends more than the {size_bytes} bytes told.")
            await asyncio.to_thread(part.write, chunk)
            if on_bytes is not None:
                on_bytes(part.size_bytes)
