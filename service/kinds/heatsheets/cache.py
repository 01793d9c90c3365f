"""Keep parsed sheets by their content, so that a second swimmer of the same PDF is answered at once."""

import contextlib
import json
import os
import zlib
from pathlib import Path
from typing import Protocol

from service.kinds.heatsheets.sheet import FORMAT, Sheet

PARSER_VERSION = 1
"""Goes up when the parser reads something better, so that older readings are not served again."""
MAX_STORED_BYTES = 64 * 1024 * 1024
MAX_FOLDER_BYTES = 256 * 1024 * 1024  # a sheet of 8,000 rows is kept in about 150 kB


class ParseCache(Protocol):
    """Where parsed sheets are kept between jobs."""

    def get(self, key: str) -> bytes | None:
        """Return what was put under `key`, or None."""

    def put(self, key: str, content: bytes) -> None:
        """Keep `content` under `key`; a reader never sees half of it."""


class FolderCache:
    """Keeps each sheet as a file of a folder that all jobs of the kind share."""

    def __init__(self, folder: Path, max_bytes: int = MAX_FOLDER_BYTES) -> None:
        self._folder = folder
        self._max_bytes = max_bytes

    def get(self, key: str) -> bytes | None:
        """Return the file's bytes, or None; a file is touched when it is used, so that old ones can be swept."""
        path = self._folder / key
        try:
            content = path.read_bytes()
            os.utime(path)
        except OSError:
            return None
        return content

    def put(self, key: str, content: bytes) -> None:
        """Write the file beside its place and move it there; a full disk costs speed, not the job.

        What was used longest ago goes when the folder has grown beyond its bound.
        """
        part = self._folder / f"{key}.{os.getpid()}.part"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            part.write_bytes(content)
            part.replace(self._folder / key)
            self._sweep()
        except OSError:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)

    def _sweep(self) -> None:
        found = [(path, path.stat()) for path in self._folder.iterdir()]
        size = sum(stat.st_size for _, stat in found)
        for path, stat in sorted(found, key=lambda one: one[1].st_mtime_ns):
            if size <= self._max_bytes:
                return
            path.unlink(missing_ok=True)
            size -= stat.st_size


def cache_key(sha256: str, *choices: str) -> str:
    """Return the name under which the reading of a file is kept."""
    return "-".join((sha256, f"v{PARSER_VERSION}.{FORMAT}", *choices))


def pack(sheet: Sheet) -> bytes:
    """Return a sheet in its stored form."""
    return zlib.compress(json.dumps(sheet.to_json(), ensure_ascii=False).encode(), 3)


def unpack(content: bytes | None) -> Sheet | None:
    """Return a stored sheet; None for anything that is not one, which is then simply read anew."""
    if content is None:
        return None
    try:
        plain = zlib.decompressobj().decompress(content, MAX_STORED_BYTES)
        return Sheet.from_json(json.loads(plain))
    except (zlib.error, ValueError, KeyError, TypeError):
        return None
