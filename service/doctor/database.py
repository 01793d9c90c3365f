"""What `doctor` looks at in the database file: read-only, also while a server is at work on it."""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from service.doctor.findings import Finding, fail, ok, warn
from service.doctor.sizes import size

DATABASE = "nowserving.db"
RESTORE = "Restore a backup: nowserving restore FILE --force"
QUICK_FROM_BYTES = 1 << 30  # above this a whole check takes minutes; quick_check leaves out the indexes
WAIT_SECONDS = 5.0


def open_read_only(path: Path) -> sqlite3.Connection:
    """Open a database file for reading; raises sqlite3.Error when it is absent or cannot be read."""
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=WAIT_SECONDS)


def look(data_dir: Path, migrations: Path, *, is_quick: bool = False) -> Iterator[Finding]:
    """Look at the database of a data folder, if there is one; `is_quick` leaves the indexes out."""
    path = data_dir / DATABASE
    if not path.exists():
        yield ok("database", "none yet; `serve` makes it")
        return
    try:
        with contextlib.closing(open_read_only(path)) as connection:
            yield _schema(connection, len(list(migrations.glob("*.sql"))))
            yield _integrity(connection, path, is_quick)
            yield _journal(connection)
    except sqlite3.Error as error:
        yield fail("database", f"{path} cannot be read: {error}", RESTORE)


def _schema(connection: sqlite3.Connection, known: int) -> Finding:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > known:
        return fail(
            "schema",
            f"{version}, but this release knows {known}",
            "Use the newer release again, or restore a backup made with this one.",
        )
    if version < known:
        return warn(
            "schema",
            f"{version}; {known - version} migrations are pending",
            "`serve` applies them and keeps a copy of the file as it was.",
        )
    return ok("schema", str(version))


def _integrity(connection: sqlite3.Connection, path: Path, is_quick: bool) -> Finding:
    size_bytes = path.stat().st_size
    check = "quick_check" if is_quick or size_bytes > QUICK_FROM_BYTES else "integrity_check"
    problems = [row[0] for row in connection.execute(f"PRAGMA {check}(5)")]
    if problems != ["ok"]:
        return fail("database", f"{check}: {'; '.join(problems)}", RESTORE)
    if connection.execute("PRAGMA foreign_key_check").fetchone() is not None:
        return fail("database", "rows refer to rows that are not there", RESTORE)
    return ok("database", f"{path}, {size(size_bytes)}, {check} ok")


def _journal(connection: sqlite3.Connection) -> Finding:
    (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
    (page_size,) = connection.execute("PRAGMA page_size").fetchone()
    detail = f"journal_mode {mode}, page_size {page_size}"
    if mode != "wal":
        return warn("pragmas", detail, "`serve` sets WAL at its start; some file systems refuse it.")
    return ok("pragmas", detail)


def newest_time(data_dir: Path) -> float | None:
    """Return when the newest job was created (Unix seconds), None where that cannot be told."""
    path = data_dir / DATABASE
    if not path.exists():
        return None
    try:
        with contextlib.closing(open_read_only(path)) as connection:
            (newest,) = connection.execute("SELECT max(created_at) FROM jobs").fetchone()
    except sqlite3.Error:  # told by `look` already
        return None
    return None if newest is None else float(newest)
