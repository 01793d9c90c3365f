"""Bring a database file to the schema of this code: numbered files, `PRAGMA user_version`, one transaction each."""

import re
import sqlite3
from pathlib import Path

from service.model.errors import DeskError

_NAME = re.compile(r"^(\d{4})_[a-z0-9_]+\.sql$")


def migrations_in(folder: Path) -> list[tuple[int, Path]]:
    """Return the migrations of a folder by number; raises ValueError for a gap or a stray file."""
    found = []
    for path in sorted(folder.glob("*.sql")):
        match = _NAME.match(path.name)
        if not match:
            raise ValueError(f"not the name of a migration: {path.name}")
        found.append((int(match[1]), path))
    if [number for number, _ in found] != list(range(1, len(found) + 1)):
        raise ValueError(f"the migrations in {folder} are not numbered 1, 2, 3 …")
    return found


def version_of(path: Path) -> int:
    """Return the schema of a database file, 0 when there is none."""
    if not path.exists():
        return 0
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    try:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        return int(version)
    finally:
        connection.close()


def migrate(path: Path, folder: Path) -> list[int]:
    """Apply what is missing to the file at `path` (made if absent) and return the numbers applied.

    Before the first change to an existing database a consistent copy is kept beside it as
    `<name>.before-<version>`. Raises DeskError `database_newer` for a file of a later release.
    """
    migrations = migrations_in(folder)
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version > len(migrations):
            raise DeskError(
                "database_newer",
                f"{path} has schema {version}, this release knows {len(migrations)}.",
                remediation="Start the newer release again, or restore a backup made with this one.",
            )
        missing = migrations[version:]
        if missing and version > 0:
            _keep_copy(connection, path.with_name(f"{path.name}.before-{version}"))
        connection.execute("PRAGMA journal_mode = WAL")
        for number, file in missing:
            _apply(connection, number, file)
        return [number for number, _ in missing]
    finally:
        connection.close()


def _apply(connection: sqlite3.Connection, number: int, file: Path) -> None:
    # executescript would commit by itself, so the whole migration travels as one script with its own frame.
    script = f"BEGIN EXCLUSIVE;\n{file.read_text('utf-8')}\nPRAGMA user_version = {number};\nCOMMIT;"
    try:
        connection.executescript(script)
    except sqlite3.Error:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _keep_copy(connection: sqlite3.Connection, target: Path) -> None:
    part = target.with_name(target.name + ".part")
    part.unlink(missing_ok=True)
    copy = sqlite3.connect(part)
    try:
        connection.backup(copy)
    finally:
        copy.close()
    part.replace(target)
