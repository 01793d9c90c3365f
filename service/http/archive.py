"""ZIP archives made while they are sent: nothing is written to disk, and a manifest tells what is inside."""

import hashlib
import json
import zipfile
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from service.model.events import rfc3339

READ_BYTES = 256 * 1024
FLUSH_BYTES = 256 * 1024
ZIP64_FROM_BYTES = 1 << 31
_PACKED = (
    "image/",
    "audio/",
    "video/",
    "application/zip",
    "application/pdf",
    "application/epub+zip",
    "application/gzip",
)
_EARLIEST = datetime(1980, 1, 1, tzinfo=UTC)  # the format knows no earlier day


@dataclass(frozen=True, slots=True)
class Entry:
    """A file to be put in: `name` is its name in its folder."""

    name: str
    path: Path
    size_bytes: int
    media_type: str


@dataclass(frozen=True, slots=True)
class Folder:
    """What one job left; `prefix` is empty or ends with a slash."""

    prefix: str
    job_id: str
    status: str
    at: float
    entries: Sequence[Entry]


class _Sink:
    """A file that can only be written to, and gives back what was written."""

    def __init__(self) -> None:
        self._parts = bytearray()

    def write(self, data: bytes) -> int:
        self._parts += data
        return len(data)

    def flush(self) -> None:
        """Nothing to do: what was written waits to be taken."""

    def is_full(self) -> bool:
        return len(self._parts) >= FLUSH_BYTES

    def take(self) -> bytes:
        taken = bytes(self._parts)
        self._parts.clear()
        return taken


def zip_chunks(folders: Sequence[Folder]) -> Generator[bytes, None, None]:
    """Yield a ZIP in chunks of about 256 KiB.

    It ends with `manifest.json` and `SHA256SUMS` (the form of coreutils), made from the bytes that were
    really read. Raises OSError when a file cannot be read.
    """
    sink = _Sink()
    manifest = []
    used = {"manifest.json", "sha256sums"}
    # zipfile asks of a file that cannot be sought only `write` and `flush` (its `_Tellable`)
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:  # type: ignore[call-overload]
        for folder in folders:
            for entry in folder.entries:
                name = _unused(folder.prefix + entry.name, used)
                digest = hashlib.sha256()
                size = 0
                for chunk in _write(archive, name, entry, folder.at):
                    digest.update(chunk)
                    size += len(chunk)
                    if sink.is_full():
                        yield sink.take()
                manifest.append(
                    {
                        "path": name,
                        "job_id": folder.job_id,
                        "artifact": entry.name,
                        "media_type": entry.media_type,
                        "size_bytes": size,
                        "sha256": digest.hexdigest(),
                    }
                )
        newest = max((folder.at for folder in folders), default=0.0)
        for name, text in (("manifest.json", _manifest(folders, manifest)), ("SHA256SUMS", _sums(manifest))):
            archive.writestr(_entry_info(name, newest, zipfile.ZIP_DEFLATED), text)
    yield sink.take()


def _write(archive: zipfile.ZipFile, name: str, entry: Entry, at: float) -> Iterator[bytes]:
    is_packed = entry.media_type.startswith(_PACKED)
    info = _entry_info(name, at, zipfile.ZIP_STORED if is_packed else zipfile.ZIP_DEFLATED)
    is_large = entry.size_bytes >= ZIP64_FROM_BYTES
    with entry.path.open("rb") as source, archive.open(info, "w", force_zip64=is_large) as out:
        while chunk := source.read(READ_BYTES):
            out.write(chunk)
            yield chunk


def _entry_info(name: str, at: float, method: int) -> zipfile.ZipInfo:
    day = max(datetime.fromtimestamp(at, UTC), _EARLIEST)
    info = zipfile.ZipInfo(name, (day.year, day.month, day.day, day.hour, day.minute, day.second))
    info.compress_type = method
    info.external_attr = 0o644 << 16
    return info


def _unused(name: str, used: set[str]) -> str:
    """Return the name, or one with a number: names that differ only in case meet on some file systems."""
    stem, dot, extension = name.rpartition(".")
    if not stem or "/" in extension:
        stem, dot, extension = name, "", ""
    candidate, number = name, 1
    while candidate.casefold() in used:
        candidate, number = f"{stem}-{number}{dot}{extension}", number + 1
    used.add(candidate.casefold())
    return candidate


def _manifest(folders: Sequence[Folder], files: Sequence[dict[str, object]]) -> str:
    jobs = [
        {"job_id": folder.job_id, "folder": folder.prefix, "status": folder.status, "at": rfc3339(folder.at)}
        for folder in folders
    ]
    return json.dumps({"version": 1, "jobs": jobs, "files": list(files)}, ensure_ascii=False, indent=2)


def _sums(files: Sequence[dict[str, object]]) -> str:
    return "".join(f"{file['sha256']}  {file['path']}\n" for file in files)
