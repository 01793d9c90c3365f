"""Open a ZIP that somebody sent: refuse what could hurt from its directory, before a byte is inflated.

Nothing is ever written out of an archive, and a name in it is only a key: an entry named `../../evil`
cannot be reached from a book, since hrefs that climb out of it resolve to nothing.
"""

import posixpath
import struct
import unicodedata
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import unquote

from service.model.errors import JobError

MIB = 1024 * 1024
_IS_ENCRYPTED = 0x1  # general purpose flag, APPNOTE 4.4.4
_END_RECORD = b"PK\x05\x06"
_END_RECORD_SIZE = 22
_MAX_COMMENT = 0xFFFF
_READABLE = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}  # the two that OCF 3.3 allows


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """How much an archive may claim to hold. Text shrinks 3 to 10 times, a bomb 1,000 times."""

    entries: int = 20_000
    directory_bytes: int = 16 * MIB
    total_bytes: int = 2048 * MIB
    ratio: int = 200
    ratio_free_bytes: int = 4 * MIB
    """Below this size the ratio says nothing: a page of blanks is no attack."""


DEFAULT_LIMITS = ArchiveLimits()


class Archive:
    """An opened EPUB container: names, and bounded reads."""

    def __init__(self, path: Path, limits: ArchiveLimits = DEFAULT_LIMITS) -> None:
        """Open and judge the archive; raises JobError (epub_empty, epub_not_a_zip, epub_truncated, epub_bomb …)."""
        _judge_end_record(path, limits)
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, ValueError, struct.error, NotImplementedError, EOFError) as error:
            raise JobError("epub_corrupt", f"The directory of the archive is damaged: {error}") from error
        try:
            self._entries = _judge_entries(self._zip.infolist(), path.stat().st_size, limits)
        except BaseException:
            self._zip.close()
            raise
        self._by_folded_name = {_fold(name): name for name in self._entries}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._zip.close()

    def find(self, name: str) -> str | None:
        """Return the entry that `name` means: exact, else but for Unicode form and case; None if there is none."""
        return name if name in self._entries else self._by_folded_name.get(_fold(name))

    def resolve(self, base: str, href: str) -> str | None:
        """Return the entry that `href`, written in the entry `base`, leads to; None if it leads out or nowhere."""
        path = unquote(href.split("#", 1)[0].split("?", 1)[0])
        if not path:
            return None
        joined = posixpath.normpath(posixpath.join(posixpath.dirname(base), path))
        if joined.startswith(("../", "/")) or joined == "..":
            return None
        return self.find(joined)

    def size(self, name: str) -> int:
        """Return how many bytes the entry `name` declares; reading never gives more."""
        return self._entries[name].file_size

    def read(self, name: str, max_bytes: int) -> bytes:
        """Return the bytes of the entry `name`; raises JobError when they are damaged, locked or too many."""
        entry = self._entries[name]
        if entry.flag_bits & _IS_ENCRYPTED:
            raise JobError("epub_encrypted", f"{name} is locked with a password.")
        if entry.compress_type not in _READABLE:
            raise JobError("epub_invalid", f"{name} is packed with a method that EPUB does not allow.")
        if entry.file_size > max_bytes:
            raise JobError(
                "epub_too_large", f"{name} holds {entry.file_size} bytes of text; the limit is {max_bytes}."
            )
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
            raise JobError("epub_corrupt", f"{name} is damaged: {error}") from error


def _fold(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def _judge_end_record(path: Path, limits: ArchiveLimits) -> None:
    """Refuse a directory of absurd size before zipfile makes an object of every entry (APPNOTE 4.3.16)."""
    size = path.stat().st_size
    if size == 0:
        raise JobError("epub_empty", "The file is empty (0 bytes).")
    with path.open("rb") as file:
        is_zip_like = file.read(2) == b"PK"
        file.seek(max(0, size - _END_RECORD_SIZE - _MAX_COMMENT))
        tail = file.read()
    at = tail.rfind(_END_RECORD)
    if at < 0 or len(tail) - at < _END_RECORD_SIZE:
        if is_zip_like:
            raise JobError("epub_truncated", "The end of the archive is missing: the file was cut short.")
        raise JobError("epub_not_a_zip", "This is no EPUB: the file is not a ZIP archive.")
    entries, directory_bytes = struct.unpack_from("<HI", tail, at + 10)
    has_zip64 = at >= 20 and tail[at - 20 : at - 16] == b"PK\x06\x07"
    if has_zip64:  # only an archive beyond 4 GiB or 65,535 entries needs one, and no such book is read here
        entries, directory_bytes = _zip64_sizes(tail, at) or (limits.entries + 1, 0)
    if entries > limits.entries or directory_bytes > limits.directory_bytes:
        raise JobError("epub_bomb", f"The archive claims {entries} entries; the limit is {limits.entries}.")


def _zip64_sizes(tail: bytes, end_record_at: int) -> tuple[int, int] | None:
    """Return entries and directory size of the ZIP64 end record right before its locator (APPNOTE 4.3.14)."""
    at = end_record_at - 20 - 56
    if at < 0 or tail[at : at + 4] != b"PK\x06\x06":
        return None
    entries, directory_bytes = struct.unpack_from("<QQ", tail, at + 32)
    return entries, directory_bytes


def _judge_entries(
    infos: list[zipfile.ZipInfo], archive_bytes: int, limits: ArchiveLimits
) -> dict[str, zipfile.ZipInfo]:
    if len(infos) > limits.entries:
        raise JobError("epub_bomb", f"The archive has {len(infos)} entries; the limit is {limits.entries}.")
    total = sum(info.file_size for info in infos)
    _judge_size("The archive", total, archive_bytes, limits)
    entries: dict[str, zipfile.ZipInfo] = {}
    for info in infos:
        if info.is_dir():
            continue
        _judge_size(info.filename, info.file_size, info.compress_size, limits)
        twin = entries.get(info.filename)
        if twin is not None and (twin.CRC, twin.file_size) != (info.CRC, info.file_size):
            raise JobError(
                "epub_duplicate_entry", f"{info.filename} is in the archive twice, with different content."
            )
        entries[info.filename] = info
    return entries


def _judge_size(what: str, size: int, packed: int, limits: ArchiveLimits) -> None:
    is_over_ratio = size > limits.ratio_free_bytes and size > limits.ratio * max(1, packed)
    if size > limits.total_bytes or is_over_ratio:
        raise JobError("epub_bomb", f"{what} would unpack to {size} bytes from {packed}: a zip bomb.")
