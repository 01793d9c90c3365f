"""`backup`: one archive of the whole data folder, consistent also while a server is at work on it.

The databases are copied first, by SQLite's own backup, and everything else after them: whatever a job in the
copy refers to is either in the archive too or was removed meanwhile by a person or by retention.
"""

import contextlib
import datetime
import hashlib
import io
import json
import os
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from service import __version__
from service.cli.backup_format import DATABASE, LOCK, MANIFEST, PUT_AWAY, UNPACKING, Manifest
from service.cli.exits import Exit, conflict
from service.cli.invocation import Invocation
from service.doctor.database import open_read_only
from service.doctor.sizes import size
from service.model.errors import DeskError

SQLITE_HEADER = b"SQLite format 3\0"
BESIDE_A_DATABASE = ("-wal", "-shm", "-journal")
# The key signs access tokens: an archive that somebody else gets must not. A restored desk makes a new one.
NOT_KEPT = frozenset({LOCK, "tmp", "signing.key"})


def run(invocation: Invocation) -> int:
    """Write the archive: whole and synced to the disk, or not at all."""
    args, data_dir, target = invocation.args, invocation.config.data_dir, invocation.args.file
    if not (data_dir / DATABASE).exists():
        raise DeskError(
            "nothing_there", f"There is no desk in {data_dir}.", remediation="Name its --data-dir."
        )
    if target.exists() and not args.force:
        raise conflict(f"{target} exists.", "Name another file, or replace it with --force.")
    part = target.with_name(f".{target.name}.part")
    try:
        manifest = write_archive(data_dir, part, is_compressed=target.name.endswith((".gz", ".tgz")))
        part.replace(target)
        _sync_folder(target.parent)
    finally:
        part.unlink(missing_ok=True)
    return _tell(invocation, manifest, target)


def _tell(invocation: Invocation, manifest: Manifest, target: Path) -> int:
    terminal = invocation.terminal
    if terminal.is_json:
        told = {"file": str(target), "size_bytes": target.stat().st_size, "files": len(manifest.files)}
        terminal.json(told | {"vanished": manifest.vanished, "changed": manifest.changed})
        return Exit.OK
    terminal.line(target)
    terminal.say(f"{len(manifest.files)} files, {size(target.stat().st_size)}, schema {manifest.schema}")
    if manifest.vanished or manifest.changed:
        count = len(manifest.vanished) + len(manifest.changed)
        terminal.say(f"{count} files were removed or cut while they were copied; the manifest names them.")
    return Exit.OK


def write_archive(data_dir: Path, target: Path, *, is_compressed: bool) -> Manifest:
    """Write an archive of a data folder to a new file at `target` and return what it holds."""
    made_at = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    # For its owner alone: recordings are in it, and the hashes of passwords.
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        with (
            tarfile.open(
                fileobj=out, mode="w:gz" if is_compressed else "w", format=tarfile.PAX_FORMAT
            ) as tar,
            tempfile.TemporaryDirectory(dir=target.parent, prefix=".nowserving-backup-") as folder,
        ):
            files = sorted(_files(data_dir))
            databases = {path for path in files if _is_database(path)}
            copies = {path: Path(folder) / str(number) for number, path in enumerate(sorted(databases))}
            for path, copy in copies.items():
                _copy_database(path, copy)
            manifest = Manifest(made_at, __version__, _schema_of(copies[data_dir / DATABASE]))
            beside = {path.with_name(path.name + end) for path in databases for end in BESIDE_A_DATABASE}
            for path in files:
                if path not in beside:
                    _add(tar, manifest, path.relative_to(data_dir).as_posix(), copies.get(path, path))
            text = json.dumps(manifest.to_json()).encode()
            tar.addfile(_header(MANIFEST, len(text)), io.BytesIO(text))
        out.flush()
        os.fsync(out.fileno())
    return manifest


def _files(data_dir: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(data_dir):
        if Path(folder) == data_dir:
            folders[:] = [
                name
                for name in folders
                if name not in NOT_KEPT and not name.startswith((UNPACKING, PUT_AWAY))
            ]
            names = [name for name in names if name not in NOT_KEPT and ".before-" not in name]  # noqa: PLW2901
        for name in names:
            path = Path(folder) / name
            if not name.endswith(".part") and path.is_file() and not path.is_symlink():
                yield path


def _is_database(path: Path) -> bool:
    if path.suffix != ".db":  # an input may be an SQLite file too: then it is somebody's bytes, not ours
        return False
    with contextlib.suppress(OSError), path.open("rb") as file:
        return file.read(len(SQLITE_HEADER)) == SQLITE_HEADER
    return False


def _copy_database(path: Path, copy: Path) -> None:
    """Copy a database in one read transaction (sqlite.org/backup.html); writers go on meanwhile."""
    try:
        with (
            contextlib.closing(open_read_only(path)) as source,
            contextlib.closing(sqlite3.connect(copy)) as to,
        ):
            source.backup(to)
            problems = [row[0] for row in to.execute("PRAGMA quick_check(3)")]
    except sqlite3.Error as error:
        raise DeskError("database_damaged", f"{path} cannot be copied: {error}") from error
    if problems != ["ok"]:
        raise DeskError(
            "database_damaged",
            f"{path} is damaged: {'; '.join(problems)}",
            remediation="Keep the folder as it is and restore an earlier backup.",
        )


def _schema_of(path: Path) -> int:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)


class _Counted:
    """A file read for the archive: hashed on the way, filled up with zeros if it shrinks under the reader."""

    def __init__(self, file: IO[bytes], size_bytes: int) -> None:
        self.hash = hashlib.sha256()
        self.has_shrunk = False
        self._file = file
        self._left = size_bytes

    def read(self, size_bytes: int) -> bytes:
        wanted = min(size_bytes, self._left)
        chunk = self._file.read(wanted)
        if len(chunk) < wanted:
            self.has_shrunk = True  # tar has promised the size already
            chunk += bytes(wanted - len(chunk))
        self._left -= len(chunk)
        self.hash.update(chunk)
        return chunk


def _add(tar: tarfile.TarFile, manifest: Manifest, name: str, path: Path) -> None:
    try:
        file = path.open("rb")
    except FileNotFoundError:
        manifest.vanished.append(name)
        return
    with file:
        size_bytes = os.fstat(file.fileno()).st_size
        counted = _Counted(file, size_bytes)
        tar.addfile(_header(name, size_bytes), counted)  # type: ignore[arg-type]  # tar calls nothing but read
        manifest.files[name] = (size_bytes, counted.hash.hexdigest())
        if counted.has_shrunk:
            manifest.changed.append(name)


def _header(name: str, size_bytes: int) -> tarfile.TarInfo:
    header = tarfile.TarInfo(name)
    header.size = size_bytes
    header.mode = 0o600  # what people handed in is nobody else's business
    return header


def _sync_folder(folder: Path) -> None:
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
