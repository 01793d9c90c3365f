"""Count what the pipeline really does, from any of its threads, and say it in the words of API.md."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from service.model.events import rfc3339
from service.model.progress import Stage

STAGES: Final = ("parsing", "images", "chunking", "embedding", "extraction", "writing")
SHARES: Final = {
    "parsing": 0.35, "images": 0.02, "chunking": 0.03, "embedding": 0.25, "extraction": 0.25, "writing": 0.1,
}  # fmt: skip
"""How much of a document's work a stage is, measured on PDFs; they sum to 1."""
_ALMOST: Final = 99.9
_WHOLE: Final = 1.0 - 1e-9  # shares are added up in floats


@dataclass(slots=True)
class _StageMeter:
    processed: int = 0
    total: int = 0
    in_flight: int = 0
    first_at: float | None = None
    last_at: float | None = None
    finished_weight: float = 0.0


@dataclass(slots=True)
class Tracked:
    """A document on its way; `done` holds how much of each stage is behind it, 0.0-1.0, and never falls."""

    name: str
    weight: float
    portions: int = 1
    portions_done: int = 0
    chunks: int = 0
    done: dict[str, float] = field(default_factory=lambda: dict.fromkeys(STAGES, 0.0))


@dataclass(slots=True)
class Worker:
    """One worker as people see it; `current_chunk` is the number of a chunk within its document."""

    id: int
    status: str = "idle"
    current_chunk: int | None = None
    done: int = 0
    size: int = 0

    def to_json(self) -> dict[str, Any]:
        """Return the wire form."""
        percent = 100.0 * self.done / self.size if self.size else 0.0
        return {
            "id": self.id,
            "status": self.status,
            "current_chunk": self.current_chunk,
            "progress_percent": round(percent, 1),
        }


class Meter:
    """Counters of one job. `weights` are the sizes of all its documents; what is already finished is in `finished`."""

    def __init__(
        self,
        weights: Sequence[float],
        workers: int,
        queue_depth: Callable[[], int],
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.workers = [Worker(number) for number in range(1, workers + 1)]
        self.total_chunks = 0
        self.total_images = 0
        self.metrics = {"entities_total": 0, "relations_total": 0, "neo4j_writes": 0, "qdrant_writes": 0}
        self.current: tuple[str | None, str | None] = (None, None)
        self.documents_done = 0
        self.documents_total = len(weights)
        self._clock = clock
        self._queue_depth = queue_depth
        self._started_at = clock()
        self._lock = threading.Lock()
        self._weight = sum(weights) or 1.0
        self._stages = {name: _StageMeter() for name in STAGES}
        self._active: dict[int, Tracked] = {}
        self._highest = 0.0
        for name in ("parsing", "chunking", "writing"):
            self._stages[name].total = len(weights)  # one portion each until it is known better

    def begin(self, tracked: Tracked) -> None:
        """Take up a document."""
        with self._lock:
            self._active[id(tracked)] = tracked

    def portion(self, tracked: Tracked, done: int, total: int, pictures: int) -> None:
        """Count a page, chapter or whole document that was read."""
        with self._lock:
            stage = self._stages["parsing"]
            if total > tracked.portions:
                stage.total += total - tracked.portions
                tracked.portions = total
            stage.processed += max(0, done - tracked.portions_done)
            tracked.portions_done = max(done, tracked.portions_done)
            tracked.done["parsing"] = tracked.portions_done / tracked.portions
            self._touch("parsing")
            if pictures:
                self.total_images += pictures
                self._stages["images"].total += pictures
                self._stages["images"].processed += pictures
                self._touch("images")

    def chunked(self, tracked: Tracked, chunks: int) -> None:
        """Count a document that was cut; from here on the totals of what follows are known."""
        with self._lock:
            self.total_chunks += chunks
            tracked.chunks = chunks
            for name in ("embedding", "extraction"):
                self._stages[name].total += chunks
            self._stages["chunking"].processed += 1
            tracked.done.update(parsing=1.0, images=1.0, chunking=1.0)
            for name in ("images", "chunking"):
                self._touch(name)

    @contextmanager
    def in_stage(self, name: str, tracked: Tracked, count: int) -> Iterator[None]:
        """Count `count` units into a stage while the block runs, and out of it when it ends well or badly."""
        with self._lock:
            self._stages[name].in_flight += count
            self._touch(name)
        try:
            yield
        finally:
            with self._lock:
                stage = self._stages[name]
                stage.in_flight -= count
                stage.processed += count
                if tracked.chunks and name in ("embedding", "extraction"):
                    tracked.done[name] = min(1.0, tracked.done[name] + count / tracked.chunks)
                self._touch(name)

    @contextmanager
    def writing(self, count: int) -> Iterator[None]:
        """Count documents that are being written."""
        with self._lock:
            self._stages["writing"].in_flight += count
            self._touch("writing")
        try:
            yield
        finally:
            with self._lock:
                self._stages["writing"].in_flight -= count
                self._touch("writing")

    def opened(self, delta: int) -> None:
        """Count documents that are being read now."""
        with self._lock:
            self._stages["parsing"].in_flight += delta
            self._touch("parsing")

    def finish(self, tracked: Tracked) -> None:
        """Count a document that needs nothing more, whatever became of it."""
        with self._lock:
            self._active.pop(id(tracked), None)
            self._stages["parsing"].total -= tracked.portions - tracked.portions_done
            if not tracked.portions_done:
                self._stages["parsing"].total += 1
                self._stages["parsing"].processed += 1
            for name in ("chunking", "writing"):
                stage = self._stages[name]
                stage.processed = min(stage.total, stage.processed + (1 if tracked.done[name] < 1.0 else 0))
            for stage in self._stages.values():
                stage.finished_weight += tracked.weight
            self.documents_done += 1

    def written(self, tracked: Tracked, *, entities: int, relations: int, graph: int, vectors: int) -> None:
        """Count what went into the store."""
        with self._lock:
            self._stages["writing"].processed += 1
            tracked.done["writing"] = 1.0
            self._touch("writing")
            for name, count in (
                ("entities_total", entities), ("relations_total", relations), ("neo4j_writes", graph),
                ("qdrant_writes", vectors),
            ):  # fmt: skip
                self.metrics[name] += count

    def percent(self) -> float:
        """Return how much of the whole job is done, 0-100; it never falls, and is 100 only when all is done."""
        with self._lock:
            return self._percent()

    def _percent(self) -> float:
        share = sum(SHARES[name] * self._stage_share(name) for name in STAGES)
        is_over = self.documents_done >= self.documents_total
        value = 100.0 if is_over else min(_ALMOST, round(100.0 * share, 2))
        self._highest = max(self._highest, value)
        return self._highest

    def _stage_share(self, name: str) -> float:
        active = sum(each.weight * each.done[name] for each in self._active.values())
        return min(1.0, (self._stages[name].finished_weight + active) / self._weight)

    def _touch(self, name: str) -> None:
        stage, now = self._stages[name], self._clock()
        stage.first_at = stage.first_at or now
        stage.last_at = now

    def stages(self) -> tuple[Stage, ...]:
        """Return the stages for the canonical progress."""
        with self._lock:
            return tuple(
                Stage(name, self._status(name), stage.processed, stage.total or None)
                for name, stage in self._stages.items()
            )

    def _status(self, name: str) -> str:
        is_idle = not self._stages[name].in_flight
        if self.documents_done >= self.documents_total or (is_idle and self._stage_share(name) >= _WHOLE):
            return "completed"
        return "pending" if self._stages[name].first_at is None else "running"

    def details(self) -> dict[str, Any]:
        """Return the whole `pipeline_progress` of API.md."""
        with self._lock:
            percent = self._percent()
            elapsed = self._clock() - self._started_at
            remaining = elapsed * (100.0 - percent) / percent if percent > 0 else None
            document_id, document_name = self.current
            return {
                "document_id": document_id,
                "document_name": document_name,
                "total_chunks": self.total_chunks,
                "total_images": self.total_images,
                "total_documents": self.documents_total,
                "documents_done": self.documents_done,
                "stages": {name: self._stage_json(name, stage) for name, stage in self._stages.items()},
                "worker_pool": {
                    "active": sum(worker.status != "idle" for worker in self.workers),
                    "max": len(self.workers),
                    "queue_depth": self._queue_depth(),
                    "workers": [worker.to_json() for worker in self.workers],
                },
                "metrics": dict(self.metrics),
                "timing": {
                    "started_at": rfc3339(self._started_at),
                    "elapsed_ms": round(1000 * elapsed),
                    "estimated_remaining_ms": None if remaining is None else round(1000 * remaining),
                },
                "overall_progress_percent": percent,
            }

    def _stage_json(self, name: str, stage: _StageMeter) -> dict[str, Any]:
        status = self._status(name)
        share = 100.0 * self._stage_share(name)
        is_complete = status == "completed"
        duration = (stage.last_at - stage.first_at) if stage.first_at and stage.last_at else 0.0
        return {
            "name": name,
            "status": status,
            "processed": stage.processed,
            "total": stage.total,
            "in_flight": stage.in_flight,
            "progress_percent": 100.0 if is_complete else min(_ALMOST, round(share, 1)),
            "duration_ms": round(1000 * duration),
            "is_complete": is_complete,
        }
