"""Tell the jobs that somebody watches where they stand, coalesced: never a message for every waiting job."""

import time
from collections.abc import Callable, Iterable

from service.engine.estimate import NOTHING, Estimator, Expected
from service.engine.hub import EVERYTHING, Hub
from service.engine.line import Line
from service.model.accounts import Viewer
from service.model.events import POSITION, QUEUE, rfc3339
from service.model.jobs import Estimate, Job, JobStatus, Range
from service.storage.port import Waiting

EXACT_AHEAD = 500  # up to so many jobs before one are added up one by one; beyond, by their mixture


class Clockwork:
    """Reads the line and the history together: positions and estimates."""

    def __init__(self, line: Line, estimator: Estimator, clock: Callable[[], float]) -> None:
        self._line = line
        self._estimator = estimator
        self._clock = clock
        self.running: dict[str, Job] = {}
        """The running job of each lane, with its newest progress."""

    def estimate(self, job: Job) -> Estimate | None:
        """Return when a job's turn comes and when it is done; None for a job that is over or held."""
        if job.status is JobStatus.RUNNING:
            return Estimate(None, self.remaining(job).to_range())
        waiting = self._line.get(job.id)
        return self.estimate_waiting(waiting) if waiting is not None else None

    def estimate_waiting(self, waiting: Waiting) -> Estimate:
        """Return the estimate of a job in the line."""
        wait = self._until_turn(waiting)
        done = wait + self._estimator.expect(waiting.kind, waiting.input_bytes)
        return Estimate(wait.to_range(), done.to_range())

    def first(self, lane: str, limit: int) -> list[tuple[Waiting, Estimate]]:
        """Return the first waiting jobs of a lane with their estimates, in one pass over them."""
        wait = self._until_free(lane)
        told = []
        for waiting in self._line.first(lane, limit):
            done = wait + self._estimator.expect(waiting.kind, waiting.input_bytes)
            told.append((waiting, Estimate(wait.to_range(), done.to_range())))
            wait = done
        return told

    def seen(self, lane: str, viewer: Viewer, limit: int) -> list[tuple[int, Waiting, Estimate]]:
        """Return the first waiting jobs of a lane that a viewer may see: place, job, estimate."""
        seen = [(self._line.position(job.job_id) or 1, job) for job in self._line.seen(lane, viewer, limit)]
        exact = max((place for place, _ in seen if place <= EXACT_AHEAD), default=0)
        waits = [self._until_free(lane)] if exact else []
        for job in self._line.first(lane, exact):  # one pass for all of them
            waits.append(waits[-1] + self._estimator.expect(job.kind, job.input_bytes))
        told = []
        for place, job in seen:
            if place <= exact:
                estimate = Estimate(waits[place - 1].to_range(), waits[place].to_range())
            else:
                estimate = self.estimate_waiting(job)
            told.append((place, job, estimate))
        return told

    def estimate_next(self, job: Job) -> Estimate:
        """Return the estimate of a job whose turn it is."""
        return Estimate(NOTHING.to_range(), self._estimator.expect(job.kind, job.input_bytes).to_range())

    def estimate_last(self, lane: str, kind: str, input_bytes: int, jobs: int = 1) -> Estimate:
        """Return when jobs that would be put at the end of a lane now would start and be done.

        `input_bytes` is what they have together; they are taken for alike.
        """
        wait = self._until_free(lane) + self._mixture(lane, self._line.count(lane))
        done = wait + self._estimator.expect(kind, input_bytes // jobs).times(jobs)
        return Estimate(wait.to_range(), done.to_range())

    def places(
        self, lane: str, after: int, limit: int, viewer: Viewer | None = None
    ) -> tuple[int, list[str]]:
        """Return how many wait in a lane, and the ids of those behind the place `after`, in order.

        At most `limit` places are looked at; with a viewer, jobs that this one may not see are left out.
        """
        ids = [
            job.job_id
            for job in self._line.places(lane, after, limit)
            if viewer is None or viewer.may_see(job.owner, job.subject)
        ]
        return self._line.count(lane), ids

    def remaining(self, job: Job) -> Expected:
        """Return what a running job has left."""
        elapsed = self._clock() - (job.started_at or self._clock())
        return self._estimator.remaining(job.kind, job.input_bytes, elapsed, job.progress.percent)

    def drains_in(self, lane: str) -> Range | None:
        """Return when a lane would be empty if nothing came; None when it is."""
        total = self._mixture(lane, self._line.count(lane)) + self._until_free(lane)
        return total.to_range() if total.mean else None

    def _until_free(self, lane: str) -> Expected:
        job = self.running.get(lane)
        return self.remaining(job) if job is not None else NOTHING

    def _until_turn(self, waiting: Waiting) -> Expected:
        total = self._until_free(waiting.lane)
        ahead = self._line.ahead(waiting.job_id, EXACT_AHEAD)
        if ahead is None:
            return total + self._mixture(waiting.lane, (self._line.position(waiting.job_id) or 1) - 1)
        for job in ahead:
            total += self._estimator.expect(job.kind, job.input_bytes)
        return total

    def _mixture(self, lane: str, count: int) -> Expected:
        buckets = self._line.buckets(lane)
        everybody = sum(buckets.values())
        total = NOTHING
        for bucket, number in buckets.items():
            total += self._estimator.expect_bucket(bucket).times(number * count / everybody)
        return total


class PositionTeller:
    """Told that a lane has moved, it tells the watchers, at most four times a second."""

    def __init__(
        self,
        line: Line,
        hub: Hub,
        clockwork: Clockwork,
        later: Callable[[float, Callable[[], None]], object],
        lane_data: Callable[[Viewer | None], dict[str, object]],
    ) -> None:
        self._line = line
        self._hub = hub
        self._clockwork = clockwork
        self._later = later
        self._lane_data = lane_data
        self._dirty: set[str] = set()

    def moved(self, lanes: Iterable[str]) -> None:
        """Note that lanes have moved."""
        was_clean = not self._dirty
        self._dirty.update(lanes)
        if was_clean and self._dirty:
            self._later(0.1, self._tell)

    def _tell(self) -> None:
        dirty, self._dirty = self._dirty, set()
        for topic in self._hub.watched():
            waiting = self._line.get(topic)
            if waiting is not None and waiting.lane in dirty:
                self._tell_job(waiting)
        if self._hub.is_watched(EVERYTHING):
            self._hub.tell_live(QUEUE, None, self._told_to(None), redacted=self._told_to)

    def _told_to(self, viewer: Viewer | None) -> dict[str, object]:
        return {"at": rfc3339(time.time()), **self._lane_data(viewer)}

    def _tell_job(self, waiting: Waiting) -> None:
        data = {
            "job_id": waiting.job_id,
            "at": rfc3339(time.time()),
            "status": "queued",
            "position": self._line.position(waiting.job_id),
            "estimate": self._clockwork.estimate_waiting(waiting).to_json(),
        }
        self._hub.tell_live(POSITION, waiting.job_id, data, owner=waiting.owner, subject=waiting.subject)
