"""A job: one persisted request for work, and the words for what happens to it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from service.model.artifacts import Artifact, Input
from service.model.progress import Progress


class JobStatus(StrEnum):
    """Where a job is in its life.

    Into queued: submit, confirm, interrupt, recover. Into running: take. Into held: the job itself or the
    crash policy. Into a terminal status: finish or cancel, once, and nothing leads out of it.
    """

    QUEUED = "queued"
    RUNNING = "running"
    HELD = "held"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


TERMINAL = frozenset({JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELLED})


@dataclass(frozen=True, slots=True)
class JobFailure:
    """Why a job failed, for its owner to read and for programs to switch on."""

    code: str
    message: str
    remediation: str | None = None
    retriable: bool = True

    def to_json(self) -> dict[str, Any]:
        """Return the wire form."""
        return {
            "code": self.code,
            "message": self.message,
            "remediation": self.remediation,
            "retriable": self.retriable,
        }


@dataclass(frozen=True, slots=True)
class ItemCounts:
    """How many items a job has and what became of them; `total` is 0 until the job has told."""

    total: int = 0
    completed: int = 0
    failed: int = 0
    needs_review: int = 0

    def to_json(self) -> dict[str, int]:
        """Return the wire form."""
        return {
            "total": self.total,
            "completed": self.completed,
            "failed": self.failed,
            "needs_review": self.needs_review,
        }


@dataclass(frozen=True, slots=True)
class ItemRow:
    """One unit of a job. `status` is started (an effect's intent), completed, failed or needs_review."""

    key: str
    number: int
    unit: str
    status: str
    output: Any
    code: str | None
    message: str | None
    attempt: int
    started_at: float | None
    finished_at: float | None


@dataclass(frozen=True, slots=True)
class Job:
    """One persisted request for work, as read from the database. Times are Unix seconds (UTC).

    `rank` orders the queued jobs of a lane (smaller runs sooner); `event_number` is the newest durable
    event of this job; `input_bytes` is the sum of its inputs; `crashes` counts crashes in a row.
    """

    id: str
    kind: str
    kind_version: int
    title: str
    status: JobStatus
    lane: str
    created_at: float
    rank: int | None = None
    batch_id: str | None = None
    sequence: int | None = None
    attempt: int = 0
    crashes: int = 0
    args: Mapping[str, Any] = field(default_factory=dict)
    inputs: tuple[Input, ...] = ()
    artifacts: tuple[Artifact, ...] = ()
    progress: Progress = field(default_factory=Progress)
    items: ItemCounts = field(default_factory=ItemCounts)
    preview: dict[str, Any] | None = None
    confirmed: dict[str, Any] | None = None
    output: dict[str, Any] | None = None
    error: JobFailure | None = None
    is_cached: bool = False
    cache_key: str | None = None
    retry_of: str | None = None
    superseded_by: str | None = None
    owner: str | None = None
    subject: str | None = None
    """The person whom the job is about (a session's patient), who decides who may see it; see model/accounts.py."""
    input_bytes: int = 0
    cancel_requested_at: float | None = None
    started_at: float | None = None
    finished_at: float | None = None
    event_number: int = 0

    @property
    def is_terminal(self) -> bool:
        """Whether nothing more will happen to this job."""
        return self.status in TERMINAL

    @property
    def is_retryable(self) -> bool:
        """Whether a retry has something to do: the job, or some of its items, did not succeed."""
        if self.status in (JobStatus.FAILED, JobStatus.CANCELLED):
            return True
        return self.status is JobStatus.COMPLETED and self.items.failed > 0


@dataclass(frozen=True, slots=True)
class Range:
    """Seconds, as the median and the 90th percentile of what is expected."""

    p50: float
    p90: float

    def to_json(self) -> dict[str, float]:
        """Return the wire form."""
        return {"p50": round(self.p50, 1), "p90": round(self.p90, 1)}


@dataclass(frozen=True, slots=True)
class Estimate:
    """When it will be a job's turn and when it will be done, from now. `starts_in` is None once it has started."""

    starts_in: Range | None
    finishes_in: Range | None

    def to_json(self) -> dict[str, Any]:
        """Return the wire form."""
        return {
            "starts_in": self.starts_in.to_json() if self.starts_in else None,
            "finishes_in": self.finishes_in.to_json() if self.finishes_in else None,
        }


@dataclass(frozen=True, slots=True)
class JobView:
    """A job together with what only the running service knows: its place in the line and its estimate."""

    job: Job
    position: int | None
    estimate: Estimate | None
