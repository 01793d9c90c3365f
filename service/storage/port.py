"""What the engine and the HTTP wing need from a store. SQLite passes the conformance suite; others will have to.

Every method that changes something is one transaction; the events it makes are handed to the listener
after the commit, in the order of their numbers, before the method returns. Methods about a running job
carry its attempt and raise `stale_attempt` when the job has moved on; methods that the present status
forbids raise `conflict`; an unknown id raises `job_not_found` or `batch_not_found` (all DeskError).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from service.model.accounts import Viewer
from service.model.artifacts import Artifact, Input
from service.model.batches import Batch
from service.model.events import Event
from service.model.jobs import ItemRow, Job, JobFailure
from service.model.progress import Progress
from service.storage.file_port import Files, Upload
from service.storage.statistics_port import Statistics

__all__ = [
    "CommitListener",
    "Created",
    "EventScope",
    "Files",
    "Idempotency",
    "JobQuery",
    "LaneState",
    "NewBatch",
    "NewJob",
    "Recovered",
    "Run",
    "Store",
    "Upload",
    "Waiting",
]

CommitListener = Callable[[Sequence[Event]], None]


@dataclass(frozen=True, slots=True)
class NewJob:
    """A job to be written. `position` is the place in the line that its `queued` event tells.

    With `output` set it is a cached result: the job is born completed, with `artifacts`.
    With `takes_over` set, the completed items of that job are copied, and it is marked superseded.
    """

    id: str
    kind: str
    kind_version: int
    title: str
    lane: str
    rank: int | None
    position: int | None
    created_at: float
    args: Mapping[str, Any] = field(default_factory=dict)
    inputs: tuple[Input, ...] = ()
    batch_id: str | None = None
    sequence: int | None = None
    cache_key: str | None = None
    retry_of: str | None = None
    owner: str | None = None
    subject: str | None = None
    cached_from: str | None = None
    takes_over: str | None = None
    artifacts: tuple[Artifact, ...] = ()


@dataclass(frozen=True, slots=True)
class NewBatch:
    """A batch to be written together with its jobs."""

    id: str
    kind: str
    title: str
    created_at: float
    args: Mapping[str, Any] = field(default_factory=dict)
    owner: str | None = None
    subject: str | None = None


@dataclass(frozen=True, slots=True)
class Idempotency:
    """A client's key and the SHA-256 of what it came with; unique for each owner."""

    key: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Created:
    """What a submission led to; `is_replay` when an earlier one with the same key had made it.

    `jobs` are as they were when they were written (or, of a replay, as they are): a job may be taken before
    its submitter has had the answer, and the answer still says what was accepted.
    """

    job_ids: tuple[str, ...]
    batch_id: str | None
    is_replay: bool
    jobs: tuple[Job, ...] = ()


@dataclass(frozen=True, slots=True)
class JobQuery:
    """Filters of a list of jobs, newest first. `before` is the (created_at, id) to go on after.

    With a `viewer` only what that one may see is found; None finds everything.
    """

    status: tuple[str, ...] = ()
    kind: str | None = None
    batch_id: str | None = None
    text: str | None = None
    created_after: float | None = None
    before: tuple[float, str] | None = None
    limit: int = 50
    viewer: Viewer | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A queued job as the line sees it."""

    job_id: str
    lane: str
    rank: int
    kind: str
    input_bytes: int
    owner: str | None = None
    subject: str | None = None


@dataclass(frozen=True, slots=True)
class LaneState:
    """Whether a lane takes jobs, and if not, why."""

    name: str
    is_paused: bool
    pause_reason: str | None


@dataclass(frozen=True, slots=True)
class Run:
    """One finished run, kept after its job is gone: what estimates and statistics are made of."""

    kind: str
    status: str
    input_bytes: int
    waited_seconds: float
    ran_seconds: float
    finished_at: float
    error_code: str | None = None


@dataclass(frozen=True, slots=True)
class Recovered:
    """What recovery did with the jobs that were running when the service died."""

    requeued: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    held: tuple[str, ...] = ()
    cancelled: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EventScope:
    """Which events are wanted: of one job, of one batch (its jobs included), or all when both are None.

    `name` narrows what the store reads to one sort of event, `viewer` to what that one may see.
    """

    job_id: str | None = None
    batch_id: str | None = None
    name: str | None = None
    viewer: Viewer | None = None


class Store(Statistics, Protocol):
    """The database behind the desk."""

    @property
    def epoch(self) -> str:
        """A random word for this database, part of every event id."""
        ...

    def on_commit(self, listener: CommitListener) -> None:
        """Name the one listener that hears of committed events, on the event loop, in order."""
        ...

    async def close(self) -> None:
        """Finish the writes that wait and close every connection."""
        ...

    # --- submission ---
    async def create(
        self, jobs: Sequence[NewJob], batch: NewBatch | None = None, idempotency: Idempotency | None = None
    ) -> Created:
        """Write jobs (and their batch) with their `queued` events, or return what the same key made before.

        Raises `idempotency_mismatch` when the key came with another body.
        """
        ...

    async def cached_job(self, cache_key: str) -> Job | None:
        """Return the newest completed job with this key that has no failed item."""
        ...

    async def job_with_result_code(self, kind: str, code: str, viewer: Viewer | None = None) -> Job | None:
        """Return the newest completed job of a kind whose output has this `resultCode`, of those a viewer may see."""
        ...

    async def jobs_with_inputs(self, sha256: Sequence[str]) -> Mapping[str, str]:
        """Return, of these content hashes, those that some job holds, with that job's id."""
        ...

    # --- reading ---
    async def job(self, job_id: str) -> Job:
        """Return a job."""
        ...

    async def jobs(self, query: JobQuery) -> Sequence[Job]:
        """Return jobs, newest first, at most `query.limit`."""
        ...

    async def jobs_by_id(self, job_ids: Sequence[str]) -> Sequence[Job]:
        """Return those of these jobs that exist, in the order asked for."""
        ...

    async def items(
        self, job_id: str, *, status: str | None = None, after: int = 0, limit: int = 100
    ) -> Sequence[ItemRow]:
        """Return items in the order they began, those with a number above `after`."""
        ...

    async def batch(self, batch_id: str) -> Batch:
        """Return a batch with its counts."""
        ...

    async def batches(
        self,
        *,
        before: tuple[float, str] | None = None,
        limit: int = 50,
        viewer: Viewer | None = None,
    ) -> Sequence[Batch]:
        """Return batches, newest first; with a `viewer` those that this one may see."""
        ...

    async def batch_jobs(self, batch_id: str, *, with_superseded: bool = False) -> Sequence[Job]:
        """Return the jobs of a batch by sequence."""
        ...

    # --- the life of a job ---
    async def take(self, job_id: str) -> Job:
        """queued -> running: the attempt goes up, `started` is told. Returns the job as it now is."""
        ...

    async def report(self, job_id: str, attempt: int, progress: Progress) -> None:
        """Keep the newest progress (no event)."""
        ...

    async def set_items_total(self, job_id: str, attempt: int, total: int) -> None:
        """Keep how many items there are."""
        ...

    async def start_item(self, job_id: str, attempt: int, key: str, unit: str) -> None:
        """Write the intent of an effect. Raises `conflict` when the item is there already."""
        ...

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
        """Write an outcome with `item_completed` or `item_failed`. An item that is finished is never written again."""
        ...

    async def save_artifact(self, job_id: str, attempt: int, artifact: Artifact) -> None:
        """Record a file that is in its place; the same name replaces."""
        ...

    async def complete(self, job_id: str, attempt: int, output: dict[str, Any] | None) -> Job:
        """running -> completed."""
        ...

    async def fail(self, job_id: str, attempt: int, failure: JobFailure) -> Job:
        """running -> failed."""
        ...

    async def hold(self, job_id: str, attempt: int, preview: dict[str, Any]) -> Job:
        """running -> held."""
        ...

    async def finish_cancel(self, job_id: str, attempt: int) -> Job:
        """running -> cancelled, once its child is gone."""
        ...

    async def interrupt(self, job_id: str, attempt: int, reason: str, rank: int) -> Job:
        """running -> queued at `rank` because the service is stopping; started effects become needs_review."""
        ...

    async def request_cancel(self, job_id: str) -> Job:
        """queued or held -> cancelled at once; running: remember that a person asked. Terminal: `conflict`."""
        ...

    async def cancel_waiting(self, lane: str | None = None) -> Sequence[str]:
        """Cancel every queued job (of a lane) and return their ids."""
        ...

    async def confirm(self, job_id: str, body: dict[str, Any], rank: int, position: int) -> Job:
        """held -> queued. Raises `conflict` when the preview has a hash and the body has another."""
        ...

    async def set_ranks(self, lane: str, ranks: Mapping[str, int]) -> None:
        """Give queued jobs new ranks; jobs that are no longer queued are left alone."""
        ...

    async def resolve_item(
        self, job_id: str, key: str, status: str, output: Any, message: str | None
    ) -> None:
        """Write a person's decision on an item that needs review: completed or failed."""
        ...

    async def delete_job(self, job_id: str) -> None:
        """Remove a terminal job with its rows and events; `deleted` is told."""
        ...

    # --- the line ---
    async def waiting(self) -> Sequence[Waiting]:
        """Return every queued job, by lane and rank."""
        ...

    async def lanes(self) -> Sequence[LaneState]:
        """Return the lanes that have a stored state."""
        ...

    async def set_lane_paused(self, lane: str, *, is_paused: bool, reason: str | None) -> None:
        """Remember whether a lane takes jobs."""
        ...

    async def recover(self, policies: Mapping[str, str], crash_limit: int) -> Recovered:
        """Put right what a crash left, by the crash policy of each kind (`resume` for one not named).

        A job that was running when the service died `crash_limit` times in a row fails with `crash_loop`.
        """
        ...

    # --- events ---
    async def head(self) -> int:
        """Return the number of the newest event (0 when there is none)."""
        ...

    async def trimmed_to(self) -> int:
        """Return the number up to which events may be missing."""
        ...

    async def events_after(self, number: int, scope: EventScope, limit: int) -> Sequence[Event]:
        """Return events with a higher number, in order."""
        ...

    # --- history and retention ---
    async def runs(self, kind: str | None = None, limit: int = 200) -> Sequence[Run]:
        """Return finished runs, newest first."""
        ...

    async def trim_events(self, before: float) -> int:
        """Forget item and start events of jobs that finished before a time; return how many went."""
        ...

    async def expired(self, before: float, limit: int) -> Sequence[str]:
        """Return jobs that finished before a time, with nothing left to retry: those that retention may take."""
        ...

    async def existing_jobs(self, job_ids: Sequence[str]) -> set[str]:
        """Return those of these ids that are jobs."""
        ...

    async def held_files(self) -> set[str]:
        """Return the content hashes that some job still refers to."""
        ...

    async def read(self, query: Callable[[Any], Any]) -> Any:
        """Run a driver's own read (a diagnosis, a backup); only for code that knows the driver."""
        ...
