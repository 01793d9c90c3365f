"""Open a ZIP that somebody sent: refuse what could hurt from its directory, before a byte is inflated.

Nothing is ever written out of an archive; a name in it is only a key.
"""

import posixpath
import struct
import zipfile
import zlib
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import unquote

from service.kinds.ingestion.parsers.limits import ReadLimits, read_error

_IS_ENCRYPTED = 0x1  # general purpose flag, APPNOTE 4.4.4
_END_RECORD = b"PK\x05\x06"
_END_RECORD_SIZE = 22
_MAX_COMMENT = 0xFFFF


class Archive:
    """An opened ZIP: names, and bounded reads."""

    def __init__(self, path: Path, limits: ReadLimits) -> None:
        """Open and judge it; raises JobError archive_corrupt or archive_bomb."""
        self._limits = limits
        _judge_end_record(path, limits)
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, ValueError, struct.error, NotImplementedError, EOFError) as error:
            raise read_error(
                "archive_corrupt", f"The directory of the archive is damaged: {error}"
            ) from error
        try:
            self._entries = _judged(self._zip.infolist(), path.stat().st_size, limits)
        except BaseException:
            self._zip.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._zip.close()

    def __contains__(self, name: str) -> bool:
        return name in self._entries

    def resolve(self, base: str, href: str) -> str | None:
        """Return the entry that `href`, written in the entry `base`, leads to; None if it leads out or nowhere."""
        path = unquote(href.split("#", 1)[0].split("?", 1)[0])
        joined = posixpath.normpath(posixpath.join(posixpath.dirname(base), path)).lstrip("/")
        return joined if path and joined in self._entries else None

    def read(self, name: str) -> bytes:
        """Return an entry's bytes; raises JobError when they are damaged, locked or too many."""
        entry = self._entries.get(name)
        if entry is None:
            raise read_error("archive_corrupt", f"{name} is not in the archive.")
        if entry.flag_bits & _IS_ENCRYPTED:
            raise read_error("archive_corrupt", f"{name} is locked with a password.")
        if entry.file_size > self._limits.entry_bytes:
            raise read_error("document_too_large", f"{name} would unpack to {entry.file_size} bytes.")
        try:
            return self._zip.read(entry)  # zipfile stops at the size the directory declares
        except (
            zipfile.BadZipFile,
            zlib.error,
            EOFError,
            struct.error,
            OSError,
            NotImplementedError,
        ) as error:
            raise read_error("archive_corrupt", f"{name} is damaged: {error}") from error


def _judge_end_record(path: Path, limits: ReadLimits) -> None:
    """Refuse a directory of absurd size before zipfile makes an object of every entry (APPNOTE 4.3.16)."""
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, size - _END_RECORD_SIZE - _MAX_COMMENT))
        tail = file.read()
    at = tail.rfind(_END_RECORD)
    if at < 0 or len(tail) - at < _END_RECORD_SIZE:
        raise read_error("archive_corrupt", "The end of the archive is missing: the file was cut short.")
    entries, directory_bytes = struct.unpack_from("<HI", tail, at + 10)
    is_zip64 = at >= 20 and tail[at - 20 : at - 16] == b"PK\x06\x07"
    # ZIP64 is for archives beyond 4 GiB or 65,535 entries; no document is one.
    if is_zip64 or entries > limits.entries or directory_bytes > limits.entries * 1024:
        raise read_error(
            "archive_bomb", f"The archive claims {entries} entries; the limit is {limits.entries}."
        )


def _judged(
    infos: list[zipfile.ZipInfo], archive_bytes: int, limits: ReadLimits
) -> dict[str, zipfile.ZipInfo]:
    if len(infos) > limits.entries:
        raise read_error(
            "archive_bomb", f"The archive has {len(infos)} entries; the limit is {limits.entries}."
        )
    _judge("The archive", sum(info.file_size for info in infos), archive_bytes, limits)
    for info in infos:
        _judge(info.filename, info.file_size, info.compress_size, limits)
    return {info.filename: info for info in infos if not info.is_dir()}


def _judge(what: str, size: int, packed: int, limits: ReadLimits) -> None:
    is_over_ratio = size > limits.ratio_free_bytes and size > limits.ratio * max(1, packed)
    if size > limits.total_bytes or is_over_ratio:
        raise read_error("archive_bomb", f"{what} would unpack to {size} bytes from {packed}: a zip bomb.")
