"""Open the library's own SQLite file: to write from a job, to read from the service."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import Final

from service.model.errors import JobError

SCHEMA_VERSION: Final = 1
BUSY_SECONDS: Final = 30.0  # a delete waits for a job's transaction, which takes milliseconds
FILE_NAME: Final = "ingestion.db"


def open_to_write(path: Path) -> sqlite3.Connection:
    """Open, and make if need be, a library; raises JobError `library_newer` or `library_damaged`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = _open(f"{path.as_uri()}?mode=rwc")
    try:
        # Readers go on while a job writes.
        connection.execute("PRAGMA journal_mode = WAL")
        # An item is told to be done after its document is written: it must survive a power cut.
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        # What was deleted is overwritten with zeros: "delete leaves no trace".
        connection.execute("PRAGMA secure_delete = ON")
        # A WAL that a burst made large is cut again, so that it does not keep old contents either.
        connection.execute("PRAGMA journal_size_limit = 4194304")
        _make(connection)
    except sqlite3.DatabaseError as error:
        connection.close()
        raise _damaged(path, error) from error
    except BaseException:
        connection.close()
        raise
    return connection


def open_to_read(path: Path) -> sqlite3.Connection | None:
    """Open a library for reading; None when there is none yet."""
    if not path.exists():
        return None
    connection = _open(f"{path.as_uri()}?mode=rw")  # a WAL reader has to write the shared-memory file
    try:
        connection.execute("PRAGMA query_only = ON")
        # Pages of the file straight from the system's cache: a search touches many.
        connection.execute("PRAGMA mmap_size = 1073741824")
        if _version(connection) == 0:
            connection.close()
            return None
    except sqlite3.DatabaseError as error:
        connection.close()
        raise _damaged(path, error) from error
    return connection


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """Do everything within, or nothing."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _open(uri: str) -> sqlite3.Connection:
    # Used by one thread at a time, but not always by the same one (asyncio.to_thread).
    return sqlite3.connect(uri, uri=True, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)


def _version(connection: sqlite3.Connection) -> int:
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > SCHEMA_VERSION:
        raise JobError(
            "library_newer",
            f"The library was written by a newer version (schema {version}, this program knows {SCHEMA_VERSION}).",
            remediation="Update the program, or move the library away.",
        )
    return version


def _make(connection: sqlite3.Connection) -> None:
    if _version(connection) == SCHEMA_VERSION:
        return
    with transaction(connection):
        if _version(connection) == SCHEMA_VERSION:
            return  # another process was faster
        for statement in _statements(resources.files(__package__).joinpath("schema.sql").read_text("utf-8")):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


def _statements(script: str) -> Iterator[str]:
    """Yield the statements of a script; `executescript` would end our transaction."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _damaged(path: Path, error: sqlite3.DatabaseError) -> JobError:
    return JobError(
        "library_damaged",
        f"The library {path.name} cannot be used: {error}",
        remediation="Restore it from a backup, or move it away and ingest the documents again.",
        retriable=isinstance(error, sqlite3.OperationalError),
    )
