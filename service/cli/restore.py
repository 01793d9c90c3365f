"""`restore`: bring back a data folder from an archive, checked to the last byte before anything is replaced."""

import contextlib
import datetime
import hashlib
import json
import os
import secrets
import shutil
import sqlite3
import tarfile
from pathlib import Path
from typing import IO

from service.cli.backup_format import (
    CHUNK_BYTES,
    DATABASE,
    LOCK,
    MANIFEST,
    MAX_MANIFEST_BYTES,
    PUT_AWAY,
    UNPACKING,
    Manifest,
    checked_name,
    not_a_backup,
)
from service.cli.exits import Exit, conflict
from service.cli.invocation import Invocation
from service.model.errors import DeskError


def run(invocation: Invocation) -> int:
    """Restore an archive into the data folder; refused while a server uses it, or over files without --force."""
    args, data_dir = invocation.args, invocation.config.data_dir
    known = len(list(invocation.lent.migrations.glob("*.sql")))
    archive = _open(args.file)
    with archive:
        lock = invocation.lent.lock(data_dir)
        try:
            present = sorted(path for path in data_dir.iterdir() if path.name != LOCK)
            if present and not args.force:
                raise conflict(
                    f"{data_dir} is not empty.",
                    "Name another --data-dir, or put what is in it away with --force.",
                )
            manifest, put_away = restore(archive, data_dir, present, known)
        finally:
            lock.release()
    if invocation.terminal.is_json:
        told = {"data_dir": str(data_dir), "files": len(manifest.files), "made_at": manifest.made_at}
        invocation.terminal.json(told | {"put_away": str(put_away) if put_away else None})
        return Exit.OK
    invocation.terminal.line(data_dir)
    invocation.terminal.say(f"{len(manifest.files)} files as of {manifest.made_at}")
    if put_away:
        invocation.terminal.say(f"What was there is in {put_away}; remove it when you no longer need it.")
    return Exit.OK


def _open(path: Path) -> tarfile.TarFile:
    if not path.exists():
        raise DeskError("nothing_there", f"There is no file {path}.")
    try:
        return tarfile.open(path, "r:*")
    except (tarfile.TarError, EOFError, OSError) as error:
        raise not_a_backup(str(error)) from error


def restore(
    archive: tarfile.TarFile, data_dir: Path, present: list[Path], known_schema: int
) -> tuple[Manifest, Path | None]:
    """Unpack beside, check, put away what is `present`, move in; return the manifest and where the old files are.

    Until everything is unpacked and right, nothing of what is there is touched.
    """
    unpacked = data_dir / f"{UNPACKING}{secrets.token_hex(4)}"
    unpacked.mkdir()
    try:
        manifest = unpack(archive, unpacked)
        if manifest.schema > known_schema:
            raise not_a_backup(f"its schema is {manifest.schema}, this release knows {known_schema}")
        _renew(unpacked / DATABASE)
        put_away = _put_away(data_dir, present)
        # The database goes last: a restore that is cut off leaves no desk rather than half of one.
        for path in sorted(unpacked.iterdir(), key=lambda path: path.name == DATABASE):
            path.replace(data_dir / path.name)
    finally:
        shutil.rmtree(unpacked, ignore_errors=True)
    return manifest, put_away


def unpack(archive: tarfile.TarFile, folder: Path) -> Manifest:
    """Unpack an archive into an empty folder and check all of it. Raises DeskError `not_a_backup`."""
    found: dict[str, tuple[int, str]] = {}
    manifest = None
    try:
        for member in archive:
            name = checked_name(member.name)
            source = archive.extractfile(member) if member.isreg() else None
            if source is None or name in found or manifest is not None:
                raise not_a_backup(f"{name!r} has no business in it")
            if name == MANIFEST:
                if member.size > MAX_MANIFEST_BYTES:
                    raise not_a_backup("its manifest is too large")
                manifest = Manifest.from_json(json.loads(source.read()))
                continue
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            found[name] = _write(source, path)
    except (tarfile.TarError, EOFError, ValueError, OSError) as error:
        raise not_a_backup(f"it cannot be read to its end ({error})") from error
    if manifest is None:
        raise not_a_backup("it is cut off: its manifest is missing")
    wrong = sorted(
        name for name in found.keys() | manifest.files if found.get(name) != manifest.files.get(name)
    )
    if wrong:
        raise not_a_backup(f"{len(wrong)} files are missing or damaged, such as {wrong[0]}")
    return manifest


def _write(source: IO[bytes], path: Path) -> tuple[int, str]:
    digest, size_bytes = hashlib.sha256(), 0
    with path.open("xb") as out:
        while chunk := source.read(CHUNK_BYTES):
            digest.update(chunk)
            size_bytes += len(chunk)
            out.write(chunk)
        out.flush()
        os.fsync(out.fileno())
    return size_bytes, digest.hexdigest()


def _renew(database: Path) -> None:
    """Check the database and take its epoch away: the events after the backup are gone.

    With the old epoch, a stream that had seen them would take new events of the same numbers for known.
    """
    try:
        with contextlib.closing(sqlite3.connect(database)) as connection:
            problems = [row[0] for row in connection.execute("PRAGMA integrity_check(3)")]
            if problems == ["ok"]:
                connection.execute("DELETE FROM meta WHERE key = 'epoch'")
                connection.commit()
    except sqlite3.Error as error:
        raise not_a_backup(f"its database is damaged ({error})") from error
    if problems != ["ok"]:
        raise not_a_backup(f"its database is damaged ({'; '.join(problems)})")


def _put_away(data_dir: Path, present: list[Path]) -> Path | None:
    if not present:
        return None
    stamp = datetime.datetime.now(datetime.UTC).strftime("%Y%m%dT%H%M%S")
    folder = data_dir / f"{PUT_AWAY}{stamp}-{secrets.token_hex(2)}"
    folder.mkdir()
    # The database goes first here, for the same reason as it comes last.
    for path in sorted(present, key=lambda path: (not path.name.startswith(DATABASE), path.name)):
        path.replace(folder / path.name)
    return folder
