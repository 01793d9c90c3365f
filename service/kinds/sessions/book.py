"""What people changed in a session: words, speakers, names. A small SQLite file in the folder of its job.

There it goes where the job goes: a retry takes it over, and deleting the job leaves nothing of it. Nothing is ever
overwritten: each change is a row with what stood there before, and the newest row counts.
"""

import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from service.model.errors import DeskError
from service.model.events import rfc3339

FILE_NAME: Final = "changes.db"
BUSY_SECONDS: Final = 10.0
MAX_CHANGES: Final = 100_000
What = Literal["text", "speaker", "name"]
_SCHEMA: Final = """
CREATE TABLE changes (
  number   INTEGER PRIMARY KEY,
  revision INTEGER NOT NULL,
  what     TEXT NOT NULL CHECK (what IN ('text', 'speaker', 'name')),
  target   TEXT NOT NULL,  -- a segment's id, or for a name a speaker's key
  before   TEXT,
  after    TEXT,           -- null: as it was before anybody changed it
  original TEXT,           -- what the job had written there
  editor   TEXT,
  at       REAL NOT NULL
) STRICT
"""


@dataclass(frozen=True, slots=True)
class Change:
    """One change. `target` is a segment's id, or a speaker's key for a name; `after` None takes changes back."""

    what: What
    target: str
    before: str | None
    after: str | None
    original: str | None


@dataclass(frozen=True, slots=True)
class Pages:
    """What the book says now: the newest change of each target by (what, target)."""

    revision: int = 0
    latest: Mapping[tuple[str, str], Change] = field(default_factory=dict)


class Book:
    """The changes of one session; every method blocks."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE_NAME

    def read(self) -> Pages:
        """Return what the book says now."""
        if not self._path.exists():
            return Pages()
        with self._open() as connection:
            return _pages(connection)

    def write(
        self,
        expected: int | None,
        make: Callable[[Pages], Sequence[Change]],
        editor: str | None,
        clock: Callable[[], float] = time.time,
    ) -> Pages:
        """Write the changes that `make` makes of the present pages, all or none of them.

        Raises DeskError `stale_revision` when `expected` is not the present revision (None takes any).
        """
        with self._open() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                pages = _pages(connection)
                _check(expected, pages.revision)
                changes = make(pages)
                if changes:
                    _add(connection, pages.revision + 1, changes, editor, clock())
                connection.execute("COMMIT")
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            return _pages(connection)

    def history(self, limit: int) -> list[dict[str, Any]]:
        """Return the last changes, the newest first."""
        if not self._path.exists():
            return []
        with self._open() as connection:
            rows = connection.execute(
                "SELECT revision, what, target, before, after, editor, at FROM changes ORDER BY number DESC LIMIT ?",
                (limit,),
            ).fetchall()
        return [
            {
                "revision": revision,
                "what": what,
                "segment_id": None if what == "name" else target,
                "speaker": target if what == "name" else None,
                "before": before,
                "after": after,
                "editor": editor,
                "at": rfc3339(at),
            }
            for revision, what, target, before, after, editor, at in rows
        ]

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(self._path, timeout=BUSY_SECONDS, isolation_level=None)) as connection:
            # No WAL: a retry copies the folder, and one file is the whole truth only without a second one beside it.
            connection.execute("PRAGMA journal_mode = DELETE")
            connection.execute("PRAGMA synchronous = FULL")
            # Words that were taken back are no one's business any more once the row is gone.
            connection.execute("PRAGMA secure_delete = ON")
            if not connection.execute("PRAGMA user_version").fetchone()[0]:
                _make(connection)
            yield connection


def stale(revision: int) -> DeskError:
    """Return the error for changes that were made to an older revision than the present one."""
    return DeskError(
        "stale_revision",
        f"Somebody was quicker: the transcript is at revision {revision}.",
        remediation="Read the session again and make the changes anew.",
        extra={"revision": revision},
    )


def _check(expected: int | None, revision: int) -> None:
    if expected is not None and expected != revision:
        raise stale(revision)


def _make(connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN IMMEDIATE")
    if not connection.execute("PRAGMA user_version").fetchone()[0]:  # else another request was faster
        connection.execute(_SCHEMA)
        connection.execute("PRAGMA user_version = 1")
    connection.execute("COMMIT")


def _pages(connection: sqlite3.Connection) -> Pages:
    rows = connection.execute(
        "SELECT what, target, before, after, original FROM changes ORDER BY number"
    ).fetchall()
    revision = connection.execute("SELECT coalesce(max(revision), 0) FROM changes").fetchone()[0]
    return Pages(revision, {(row[0], row[1]): Change(*row) for row in rows})


def _add(
    connection: sqlite3.Connection, revision: int, changes: Sequence[Change], editor: str | None, at: float
) -> None:
    there = connection.execute("SELECT count(*) FROM changes").fetchone()[0]
    if there + len(changes) > MAX_CHANGES:
        raise DeskError("conflict", f"A session may be changed {MAX_CHANGES} times.")
    connection.executemany(
        "INSERT INTO changes (revision, what, target, before, after, original, editor, at) VALUES (?,?,?,?,?,?,?,?)",
        [
            (revision, one.what, one.target, one.before, one.after, one.original, editor, at)
            for one in changes
        ],
    )
