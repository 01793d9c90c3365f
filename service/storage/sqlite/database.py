"""Connections to one SQLite file: a single writer with group commit, and readers that never wait for it."""

import asyncio
import contextlib
import sqlite3
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar, cast

import aiosqlite

from service.model.errors import DeskError
from service.model.events import Event

T = TypeVar("T")
Write = Callable[["Transaction"], T]
Read = Callable[[sqlite3.Connection], T]

PRAGMAS = (
    "PRAGMA journal_mode = WAL",  # readers go on while the writer commits
    "PRAGMA synchronous = FULL",  # a commit that was answered survives a power cut, not only a crash
    "PRAGMA busy_timeout = 10000",  # a backup or a diagnosis by another process may hold the lock for a moment
    "PRAGMA foreign_keys = ON",  # off by default for history's sake; rows of a deleted job go with it
    "PRAGMA cache_size = -16000",  # 16 MB; the default 2 MB thrashes at a million waiting jobs
    "PRAGMA temp_store = MEMORY",  # sorting never leaves a file outside the data folder
    "PRAGMA wal_autocheckpoint = 1000",  # about 4 MB of WAL before it is folded back
    "PRAGMA journal_size_limit = 67108864",  # and the file shrinks again after a burst
)
GROUP_LIMIT = 500  # writes in one commit: bounds how long the first of them waits for the last


@dataclass(slots=True)
class Transaction:
    """What a write sees: the connection, and the events it makes (told after the commit)."""

    connection: sqlite3.Connection
    events: list[Event] = field(default_factory=list)

    def execute(self, sql: str, parameters: Any = ()) -> sqlite3.Cursor:
        """Run one statement."""
        return self.connection.execute(sql, parameters)


@dataclass(slots=True)
class _Pending:
    write: Write[Any]
    future: "asyncio.Future[Any]"


class Database:
    """One file, one writer task, a few readers.

    All the writes that wait go into one `BEGIN IMMEDIATE` transaction, each in a savepoint of its own,
    so that one that fails does not spoil its neighbours; the commit answers them all.
    """

    def __init__(
        self,
        writer: aiosqlite.Connection,
        readers: list[aiosqlite.Connection],
        on_events: Callable[[list[Event]], None],
    ) -> None:
        self._writer = writer
        self._readers = readers
        self._free: asyncio.LifoQueue[aiosqlite.Connection] = asyncio.LifoQueue()
        for reader in readers:
            self._free.put_nowait(reader)
        self._on_events = on_events
        self._pending: deque[_Pending] = deque()
        self._wake = asyncio.Event()
        self._is_closing = False
        self._task = asyncio.create_task(self._write_forever(), name="sqlite-writer")

    @classmethod
    async def open(cls, path: Path, on_events: Callable[[list[Event]], None], readers: int = 3) -> "Database":
        """Open the file (which must be migrated) with its writer and `readers` readers."""
        connections: list[aiosqlite.Connection] = []
        try:
            for number in range(readers + 1):
                connection = await aiosqlite.connect(path, isolation_level=None)
                connections.append(connection)
                for pragma in PRAGMAS:
                    await connection.execute(pragma)
                if number > 0:
                    await connection.execute("PRAGMA query_only = ON")
        except BaseException:
            for connection in connections:
                await connection.close()  # an unclosed aiosqlite connection keeps the process from exiting
            raise
        return cls(connections[0], connections[1:], on_events)

    async def write(self, write: Write[T]) -> T:
        """Run `write` in the next group commit and return what it returned, once that is on the disk.

        Cancelling the caller does not take the write back. Raises what `write` raised (its own changes
        are rolled back), or DeskError `storage_full` / `storage_unavailable` when the commit failed.
        """
        if self._is_closing:
            raise DeskError(
                "shutting_down", "The service is stopping.", retriable=True, retry_after_seconds=5
            )
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._pending.append(_Pending(write, future))
        self._wake.set()
        return await asyncio.shield(future)

    async def read(self, read: Read[T]) -> T:
        """Run `read` on a reader and return what it returned; it sees everything that was answered before."""
        reader = await self._free.get()
        job = asyncio.ensure_future(_in_thread(reader, read, _connection(reader)))
        # The reader goes back when its thread is done with it, also when the caller was cancelled meanwhile.
        job.add_done_callback(lambda _: self._free.put_nowait(reader))
        return await asyncio.shield(job)

    async def close(self) -> None:
        """Write what waits, then close every connection."""
        self._is_closing = True
        self._wake.set()
        await self._task
        for reader in self._readers:
            await reader.close()
        with contextlib.suppress(sqlite3.Error):
            await self._writer.execute("PRAGMA optimize")
        await self._writer.close()

    async def _write_forever(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._pending:
                group = [self._pending.popleft() for _ in range(min(GROUP_LIMIT, len(self._pending)))]
                await self._write_group(group)
            if self._is_closing:
                return

    async def _write_group(self, group: list[_Pending]) -> None:
        try:
            outcomes, events = await _in_thread(self._writer, _run_group, _connection(self._writer), group)
        except Exception as error:
            for pending in group:
                _refuse(pending.future, _storage_error(error))
            return
        self._on_events(events)
        for pending, (result, failure) in zip(group, outcomes, strict=True):
            if failure is not None:
                _refuse(pending.future, failure)
            elif not pending.future.done():
                pending.future.set_result(result)


def _run_group(connection: sqlite3.Connection, group: list[_Pending]) -> tuple[list[Any], list[Event]]:
    """Run a group in one transaction, in the connection's thread; raises only when nothing was committed."""
    outcomes: list[tuple[Any, Exception | None]] = []
    events: list[Event] = []
    connection.execute("BEGIN IMMEDIATE")
    try:
        for pending in group:
            transaction = Transaction(connection)
            connection.execute("SAVEPOINT one")
            try:
                result = pending.write(transaction)
            except Exception as error:
                if (
                    not connection.in_transaction
                ):  # SQLite itself rolled everything back (disk full, I/O error)
                    raise
                connection.execute("ROLLBACK TO one")
                outcomes.append((None, error))
            else:
                events += transaction.events
                outcomes.append((result, None))
            connection.execute("RELEASE one")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return outcomes, events


def _connection(connection: aiosqlite.Connection) -> sqlite3.Connection:
    # aiosqlite offers single statements only; a group of closures has to run as one call in its thread.
    return connection._conn


async def _in_thread(connection: aiosqlite.Connection, call: Callable[..., T], *args: Any) -> T:
    return cast("T", await connection._execute(call, *args))  # type: ignore[no-untyped-call]  # the one private door


def _refuse(future: "asyncio.Future[Any]", error: Exception) -> None:
    if not future.done():
        future.set_exception(error)
        future.exception()  # a caller that has gone must not make the loop complain


def _storage_error(error: Exception) -> Exception:
    if isinstance(error, sqlite3.OperationalError):
        full = "full" in str(error)
        return DeskError(
            "storage_full" if full else "storage_unavailable",
            f"The database could not be written: {error}.",
            remediation="Free some disk space and try again." if full else "Look at `nowserving doctor`.",
            retriable=True,
            retry_after_seconds=30,
        )
    return error
