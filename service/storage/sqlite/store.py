"""The SQLite driver: the port's methods, each one closure for the writer or a reader."""

import asyncio
import secrets
import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from service.model.accounts import Viewer
from service.model.artifacts import Artifact
from service.model.batches import Batch
from service.model.events import Event
from service.model.jobs import ItemRow, Job, JobFailure
from service.model.progress import Progress
from service.model.statistics import RunQuantiles
from service.storage.port import (
    CommitListener,
    Created,
    EventScope,
    Idempotency,
    JobQuery,
    LaneState,
    NewBatch,
    NewJob,
    Recovered,
    Run,
    Waiting,
)
from service.storage.sqlite import (
    events,
    items,
    life,
    line,
    reads,
    recovery,
    retention,
    statistics,
    submission,
)
from service.storage.sqlite.accounts import SqliteAccounts
from service.storage.sqlite.database import Database, Read
from service.storage.sqlite.migrate import migrate

Clock = Callable[[], float]


class SqliteStore:
    """A `Store` on one SQLite file. `clock` returns Unix seconds."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._listener: CommitListener = lambda _: None
        self._database: Database
        self._epoch = ""

    @classmethod
    async def open(cls, path: Path, migrations: Path, clock: Clock = time.time) -> "SqliteStore":
        """Open (and make or migrate) the database at `path`; raises DeskError `database_newer`."""
        await asyncio.to_thread(migrate, path, migrations)
        store = cls(clock)
        store._database = await Database.open(path, store._committed)
        store._epoch = await store._database.write(_epoch)
        return store

    @property
    def epoch(self) -> str:
        """A random word for this database, part of every event id."""
        return self._epoch

    @property
    def accounts(self) -> SqliteAccounts:
        """The accounts in the same database, behind the same writer."""
        return SqliteAccounts(self._database, self._clock)

    def on_commit(self, listener: CommitListener) -> None:
        """Name the one listener that hears of committed events."""
        self._listener = listener

    def _committed(self, told: list[Event]) -> None:
        if told:
            self._listener(told)

    async def close(self) -> None:
        """Finish the writes that wait and close every connection."""
        await self._database.close()

    async def read(self, query: Read[Any]) -> Any:
        """Run a read of one's own."""
        return await self._database.read(query)

    # --- submission ---
    async def create(
        self, jobs: Sequence[NewJob], batch: NewBatch | None = None, idempotency: Idempotency | None = None
    ) -> Created:
        """Write jobs with their `queued` events."""
        return await self._database.write(lambda tx: submission.create(tx, jobs, batch, idempotency))

    async def cached_job(self, cache_key: str) -> Job | None:
        """Return the newest clean result with this key."""
        return await self._database.read(lambda db: reads.cached_job(db, cache_key))

    async def job_with_result_code(self, kind: str, code: str, viewer: Viewer | None = None) -> Job | None:
        """Return the newest completed job with this code; with a `viewer` of those that this one may see."""
        return await self._database.read(lambda db: reads.job_with_result_code(db, kind, code, viewer))

    async def jobs_with_inputs(self, sha256: Sequence[str]) -> Mapping[str, str]:
        """Return which of these contents are known."""
        return await self._database.read(lambda db: reads.jobs_with_inputs(db, sha256))

    # --- reading ---
    async def job(self, job_id: str) -> Job:
        """Return a job."""
        return await self._database.read(lambda db: reads.job(db, job_id))

    async def jobs(self, query: JobQuery) -> Sequence[Job]:
        """Return jobs, newest first."""
        return await self._database.read(lambda db: reads.jobs(db, query))

    async def jobs_by_id(self, job_ids: Sequence[str]) -> Sequence[Job]:
        """Return those that exist, in the order asked for."""
        return await self._database.read(lambda db: reads.jobs_by_id(db, job_ids))

    async def items(
        self, job_id: str, *, status: str | None = None, after: int = 0, limit: int = 100
    ) -> Sequence[ItemRow]:
        """Return items in the order they began."""
        return await self._database.read(lambda db: items.items(db, job_id, status, after, limit))

    async def batch(self, batch_id: str) -> Batch:
        """Return a batch."""
        return await self._database.read(lambda db: reads.batch(db, batch_id))

    async def batches(
        self,
        *,
        before: tuple[float, str] | None = None,
        limit: int = 50,
        viewer: Viewer | None = None,
    ) -> Sequence[Batch]:
        """Return batches, newest first; with a `viewer` those that this one may see."""
        return await self._database.read(lambda db: reads.batches(db, before, limit, viewer))

    async def batch_jobs(self, batch_id: str, *, with_superseded: bool = False) -> Sequence[Job]:
        """Return the jobs of a batch."""
        return await self._database.read(
            lambda db: reads.batch_jobs(db, batch_id, with_superseded=with_superseded)
        )

    # --- the life of a job ---
    async def take(self, job_id: str) -> Job:
        """queued -> running."""
        return await self._database.write(lambda tx: life.take(tx, job_id, self._clock()))

    async def report(self, job_id: str, attempt: int, progress: Progress) -> None:
        """Keep the newest progress."""
        await self._database.write(lambda tx: life.report(tx, job_id, attempt, progress))

    async def set_items_total(self, job_id: str, attempt: int, total: int) -> None:
        """Keep how many items there are."""
        await self._database.write(lambda tx: life.set_items_total(tx, job_id, attempt, total))

    async def start_item(self, job_id: str, attempt: int, key: str, unit: str) -> None:
        """Write the intent of an effect."""
        await self._database.write(lambda tx: items.start_item(tx, job_id, attempt, key, unit, self._clock()))

    async def finish_item(
        self,
        job_id: str,
        attempt: int,
        *,
        key: str,
        unit: str,
        status: str,
        output: Any = None,
        code: str | None = None,
        message: str | None = None,
    ) -> None:
        """Write an outcome."""
        write = partial(
            items.finish_item,
            job_id=job_id,
            attempt=attempt,
            key=key,
            unit=unit,
            status=status,
            output=output,
            code=code,
            message=message,
        )
        await self._database.write(lambda tx: write(tx, now=self._clock()))

    async def save_artifact(self, job_id: str, attempt: int, artifact: Artifact) -> None:
        """Record a file."""
        await self._database.write(lambda tx: life.save_artifact(tx, job_id, attempt, artifact))

    async def complete(self, job_id: str, attempt: int, output: dict[str, Any] | None) -> Job:
        """running -> completed."""
        return await self._database.write(
            lambda tx: life.complete(tx, job_id, attempt, output, self._clock())
        )

    async def fail(self, job_id: str, attempt: int, failure: JobFailure) -> Job:
        """running -> failed."""
        return await self._database.write(lambda tx: life.fail(tx, job_id, attempt, failure, self._clock()))

    async def hold(self, job_id: str, attempt: int, preview: dict[str, Any]) -> Job:
        """running -> held."""
        return await self._database.write(lambda tx: life.hold(tx, job_id, attempt, preview, self._clock()))

    async def finish_cancel(self, job_id: str, attempt: int) -> Job:
        """running -> cancelled."""
        return await self._database.write(lambda tx: life.finish_cancel(tx, job_id, attempt, self._clock()))

    async def interrupt(self, job_id: str, attempt: int, reason: str, rank: int) -> Job:
        """running -> queued."""
        return await self._database.write(
            lambda tx: life.interrupt(tx, job_id, attempt, reason, rank, self._clock())
        )

    async def request_cancel(self, job_id: str) -> Job:
        """Cancel, or remember that a person asked."""
        return await self._database.write(lambda tx: life.request_cancel(tx, job_id, self._clock()))

    async def cancel_waiting(self, lane: str | None = None) -> Sequence[str]:
        """Cancel every queued job (of a lane)."""
        return await self._database.write(lambda tx: life.cancel_waiting(tx, lane, self._clock()))

    async def confirm(self, job_id: str, body: dict[str, Any], rank: int, position: int) -> Job:
        """held -> queued."""
        return await self._database.write(
            lambda tx: life.confirm(tx, job_id, body, rank, position, self._clock())
        )

    async def set_ranks(self, lane: str, ranks: Mapping[str, int]) -> None:
        """Give queued jobs new ranks."""
        await self._database.write(lambda tx: line.set_ranks(tx, lane, ranks))

    async def resolve_item(
        self, job_id: str, key: str, status: str, output: Any, message: str | None
    ) -> None:
        """Write a person's decision."""
        await self._database.write(
            lambda tx: items.resolve_item(tx, job_id, key, status, output, message, self._clock())
        )

    async def delete_job(self, job_id: str) -> None:
        """Remove a terminal job."""
        await self._database.write(lambda tx: retention.delete_job(tx, job_id, self._clock()))

    # --- the line ---
    async def waiting(self) -> Sequence[Waiting]:
        """Return every queued job."""
        return await self._database.read(line.waiting)

    async def lanes(self) -> Sequence[LaneState]:
        """Return the lanes that have a stored state."""
        return await self._database.read(line.lanes)

    async def set_lane_paused(self, lane: str, *, is_paused: bool, reason: str | None) -> None:
        """Remember whether a lane takes jobs."""
        await self._database.write(lambda tx: line.set_lane_paused(tx, lane, is_paused, reason))

    async def recover(self, policies: Mapping[str, str], crash_limit: int) -> Recovered:
        """Put right what a crash left."""
        return await self._database.write(
            lambda tx: recovery.recover(tx, policies, crash_limit, self._clock())
        )

    # --- events ---
    async def head(self) -> int:
        """Return the newest event number."""
        return await self._database.read(events.head)

    async def trimmed_to(self) -> int:
        """Return the number up to which events may be missing."""
        return await self._database.read(events.trimmed_to)

    async def events_after(self, number: int, scope: EventScope, limit: int) -> Sequence[Event]:
        """Return events with a higher number."""
        return await self._database.read(lambda db: events.events_after(db, number, scope, limit))

    # --- history and retention ---
    async def runs(self, kind: str | None = None, limit: int = 200) -> Sequence[Run]:
        """Return finished runs, newest first."""
        return await self._database.read(lambda db: reads.runs(db, kind, limit))

    async def stats(self, since: float, viewer: Viewer | None = None) -> Sequence[Mapping[str, Any]]:
        """Return counts by day, kind and status."""
        return await self._database.read(lambda db: statistics.stats(db, since, viewer))

    async def run_quantiles(self, since: float, viewer: Viewer | None = None) -> Sequence[RunQuantiles]:
        """Return the quantiles of completed runs."""
        return await self._database.read(lambda db: statistics.run_quantiles(db, since, viewer))

    async def counts_by_status(self, viewer: Viewer | None = None) -> Mapping[str, int]:
        """Return how many jobs are in each status."""
        return await self._database.read(lambda db: statistics.counts_by_status(db, viewer))

    async def trim_events(self, before: float) -> int:
        """Forget the course of jobs that finished long ago."""
        return await self._database.write(lambda tx: events.trim(tx, before))

    async def expired(self, before: float, limit: int) -> Sequence[str]:
        """Return the jobs that retention may take."""
        return await self._database.read(lambda db: retention.expired(db, before, limit))

    async def existing_jobs(self, job_ids: Sequence[str]) -> set[str]:
        """Return those of these ids that are jobs."""
        return await self._database.read(lambda db: retention.existing_jobs(db, job_ids))

    async def held_files(self) -> set[str]:
        """Return the contents that some job refers to."""
        return await self._database.read(retention.held_files)


def _epoch(tx: Any) -> str:
    connection: sqlite3.Connection = tx.connection
    connection.execute(
        "INSERT INTO meta (key, value) VALUES ('epoch', ?) ON CONFLICT (key) DO NOTHING",
        (secrets.token_hex(4),),
    )
    (epoch,) = connection.execute("SELECT value FROM meta WHERE key = 'epoch'").fetchone()
    return str(epoch)
