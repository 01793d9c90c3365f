"""Work as a multipart form: files streamed from the disk, and word of how much of them has been read."""

import asyncio
import io
import json
import mimetypes
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

Sent = Callable[[int], None]
"""Told, from another thread, how many bytes of files were read since it was last called."""


@asynccontextmanager
async def form(
    work: Mapping[str, Any], paths: Sequence[Path], on_sent: Sent | None
) -> AsyncIterator[aiohttp.FormData]:
    """Give the form for a piece of work and its files, which are open until the block ends. Raises OSError."""
    data = aiohttp.FormData(quote_fields=False)  # its quoting would reach the server as part of the name
    for name, value in work.items():
        if value is not None:
            data.add_field(name, value if isinstance(value, str) else json.dumps(value))
    opened: list[_SentFile] = []
    try:
        for path in paths:
            opened.append(await asyncio.to_thread(_SentFile, path, on_sent))
            media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
            data.add_field("files", opened[-1], filename=_form_name(path.name), content_type=media_type)
        yield data
    finally:
        for file in opened:
            file.close()


class _SentFile(io.FileIO):
    """A file that tells how much of it has been read."""

    def __init__(self, path: Path, on_sent: Sent | None) -> None:
        super().__init__(path, "rb")
        self._on_sent = on_sent

    def read(self, size: int | None = -1, /) -> bytes:
        chunk = super().read(-1 if size is None else size) or b""
        if self._on_sent is not None and chunk:
            self._on_sent(len(chunk))
        return chunk


def _form_name(name: str) -> str:
    """Return a file name as forms carry it (WHATWG HTML, 4.10.22.8): UTF-8, with three characters escaped."""
    readable = name.encode("utf-8", "replace").decode("utf-8")  # a name need not be text on every platform
    return readable.replace("\r", "%0D").replace("\n", "%0A").replace('"', "%22")
