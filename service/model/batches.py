"""A batch: jobs that were submitted together and are followed as one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class BatchStatus(StrEnum):
    """Derived from the jobs of a batch, never stored."""

    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    PARTIAL = "partial"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class BatchCounts:
    """How many jobs of a batch are where; superseded jobs (those that were retried) do not count."""

    total: int = 0
    running: int = 0
    completed: int = 0
    failed: int = 0
    cancelled: int = 0

    @property
    def is_finished(self) -> bool:
        """Whether every job is terminal."""
        return self.completed + self.failed + self.cancelled >= self.total

    @property
    def status(self) -> BatchStatus:
        """Say the batch's status by the rule: all of one sort, or partial; pending until the first job starts."""
        if not self.is_finished:
            started = self.running + self.completed + self.failed + self.cancelled
            return BatchStatus.PROCESSING if started else BatchStatus.PENDING
        if self.completed == self.total:
            return BatchStatus.COMPLETED
        if self.completed:
            return BatchStatus.PARTIAL
        return BatchStatus.FAILED if self.failed else BatchStatus.CANCELLED


@dataclass(frozen=True, slots=True)
class Batch:
    """Jobs followed as one. `finished_at` is set while every job is terminal."""

    id: str
    kind: str
    title: str
    created_at: float
    args: Mapping[str, Any] = field(default_factory=dict)
    counts: BatchCounts = field(default_factory=BatchCounts)
    finished_at: float | None = None
    owner: str | None = None
    subject: str | None = None
    event_number: int = 0
