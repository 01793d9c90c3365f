"""What the desk learns from its jobs: durations for estimates, and how right its promises were."""

from collections.abc import Iterable

from service.engine.estimate import Estimator
from service.engine.lanes import LaneView
from service.engine.metrics import Metrics
from service.model.errors import DeskError
from service.model.jobs import JobStatus, JobView, Range
from service.storage.port import Store

MAX_PROMISES = 10_000


class Learning:
    """Keeps the estimator and the metrics up to date as jobs come and end."""

    def __init__(self, store: Store, estimator: Estimator) -> None:
        self.metrics = Metrics()
        self._store = store
        self._estimator = estimator
        self._promised: dict[str, Range] = {}

    async def load(self, kinds: Iterable[str]) -> None:
        """Learn from the history in the store."""
        for kind in kinds:
            self._estimator.learn(reversed(await self._store.runs(kind)))

    def submitted(self, view: JobView) -> None:
        """Count a job that was accepted, and remember when it was promised to be done."""
        self.metrics.submitted.labels(view.job.kind, str(view.job.is_cached).lower()).inc()
        done = view.estimate.finishes_in if view.estimate is not None else None
        if done is not None and len(self._promised) < MAX_PROMISES:
            self._promised[view.job.id] = done

    async def ended(self, job_id: str) -> None:
        """Learn from a job that has ended."""
        promised = self._promised.pop(job_id, None)
        try:
            job = await self._store.job(job_id)
        except DeskError:  # deleted in the same moment
            return
        self.metrics.finished.labels(job.kind, job.status.value).inc()
        if job.started_at is None or job.finished_at is None or job.is_cached:
            return
        self.metrics.waited.labels(job.kind).observe(max(0.0, job.started_at - job.created_at))
        self.metrics.ran.labels(job.kind).observe(job.finished_at - job.started_at)
        self._estimator.learn(await self._store.runs(job.kind, 1))
        if promised is not None and job.status is JobStatus.COMPLETED:
            took = job.finished_at - job.created_at
            self.metrics.estimate_error.observe(took / max(promised.p50, 0.001))
            self.metrics.estimate_within.labels(str(took <= promised.p90).lower()).inc()

    def render(
        self, lanes: Iterable[LaneView], *, streams: int, frames: int, event_number: int, disk: int
    ) -> bytes:
        """Return the Prometheus text, with the gauges brought up to now."""
        metrics = self.metrics
        for lane in lanes:
            metrics.waiting.labels(lane.name).set(lane.waiting)
            metrics.running.labels(lane.name).set(int(lane.running is not None))
            metrics.paused.labels(lane.name).set(int(lane.is_paused))
        metrics.streams.set(streams)
        metrics.frames.set(frames)
        metrics.events.set(event_number)
        metrics.disk.set(disk)
        return metrics.render()
