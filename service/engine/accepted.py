"""What goes into the desk and what comes back from a submission: its settings and its answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from service.model.batches import Batch
from service.model.jobs import JobView


@dataclass(frozen=True, slots=True)
class DeskSettings:
    """The part of the configuration that the engine needs; see docs/settings.md."""

    startup_mode: str = "run"
    lanes: Mapping[str, str] | None = None
    max_waiting_jobs: int = 1_000_000
    retention_days: float | None = 30.0
    event_retention_days: float | None = 30.0
    crash_limit: int = 3
    event_log_entries: int = 10_000
    event_log_bytes: int = 8 << 20
    allow_url_hosts: tuple[str, ...] = ()
    kind_settings: Mapping[str, Mapping[str, Any]] | None = None


@dataclass(frozen=True, slots=True)
class Submitted:
    """A job that was accepted, or that the same idempotency key had made before."""

    job: JobView
    is_replay: bool


@dataclass(frozen=True, slots=True)
class SubmittedBatch:
    """A batch that was accepted, with its jobs in order."""

    batch: Batch
    jobs: Sequence[JobView]
    is_replay: bool
