"""The desk: everything the engine can do, behind one door. HTTP speaks to this and to nothing below it."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import structlog

from service.engine.accepted import DeskSettings, Submitted, SubmittedBatch
from service.engine.child_pool import ChildPool
from service.engine.estimate import Estimator
from service.engine.hub import Hub
from service.engine.joblog import JobLog
from service.engine.lanes import Lanes, LaneView
from service.engine.learning import Learning
from service.engine.line import Line
from service.engine.metrics import CONTENT_TYPE
from service.engine.positions import Clockwork, PositionTeller
from service.engine.retention import Retention
from service.engine.runner import LaneRunner
from service.engine.submission import BatchSubmission, Submission, Submitter
from service.kinds.registry import Registry
from service.model import events as names
from service.model.accounts import Viewer
from service.model.batches import Batch
from service.model.errors import DeskError, conflict
from service.model.events import Event
from service.model.jobs import Job, JobStatus, JobView
from service.storage.port import Files, JobQuery, Store

__all__ = ["Desk", "DeskSettings", "Submitted", "SubmittedBatch"]

logger = structlog.get_logger(__name__)
T = TypeVar("T")


class Desk:
    """Made by `Desk.open`, moving after `start`, at rest after `close`."""

    def __init__(
        self,
        store: Store,
        files: Files,
        kinds: Registry,
        pool: ChildPool,
        line: Line,
        hub: Hub,
        settings: DeskSettings,
    ) -> None:
        self.store = store
        self.files = files
        self.kinds = kinds
        self.hub = hub
        self.settings = settings
        self.log = JobLog(files)
        self.recovered_jobs = 0
        self._line = line
        self._pool = pool
        typical = {info.name: info.kind.typical_seconds for info in kinds.all() if info.kind is not None}
        estimator = Estimator(typical)
        self.clockwork = self._clockwork = Clockwork(line, estimator, time.time)
        self._learning = Learning(store, estimator)
        self._submitter = Submitter(
            store=store,
            files=files,
            kinds=kinds,
            line=line,
            lanes=settings.lanes or {},
            max_waiting_jobs=settings.max_waiting_jobs,
            on_left=self._left,
        )
        self._lanes = Lanes(store, line, self._clockwork, self._make_runner)
        self._teller = PositionTeller(line, hub, self._clockwork, self._later, self._lanes.to_json)
        self._retention = Retention(
            store, files, retention_days=settings.retention_days, event_days=settings.event_retention_days
        )
        self._background: set[asyncio.Task[Any]] = set()
        self._resting: asyncio.Task[None] | None = None
        self._is_ready = False

    @classmethod
    async def open(
        cls, store: Store, files: Files, kinds: Registry, pool: ChildPool, settings: DeskSettings
    ) -> "Desk":
        """Recover what a crash left, load the line, and return a desk that does not move yet."""
        await _remove_orphans(store, files)
        policies = {info.name: info.kind.crash_policy for info in kinds.all() if info.kind is not None}
        recovered = await store.recover(policies, settings.crash_limit)
        line = Line(await store.waiting())
        head = await store.head()
        hub = Hub(
            store.epoch, head, max_entries=settings.event_log_entries, max_bytes=settings.event_log_bytes
        )
        desk = cls(store, files, kinds, pool, line, hub, settings)
        job_ids = _job_ids(recovered)
        desk.recovered_jobs = sum(map(len, job_ids.values()))
        if desk.recovered_jobs:
            logger.warning("recovered_after_crash", **job_ids)
        await desk._learning.load(info.name for info in kinds.all())
        store.on_commit(desk._committed)
        return desk

    async def start(self) -> None:
        """Begin to run jobs, as the startup mode says."""
        await self._pool.start()
        own = [self._submitter.lane_of(info.kind) for info in self.kinds.all() if info.kind is not None]
        await self._lanes.start([*own, *(self.settings.lanes or {}).values()], self.settings.startup_mode)
        self._retention.start()
        self._is_ready = True

    def begin_rest(self) -> asyncio.Task[None]:
        """End the streams and begin to interrupt what runs; until `close`, work is still put in line."""
        self._is_ready = False
        self.hub.close()
        self._resting = self._resting or asyncio.ensure_future(self._rest())
        return self._resting

    async def close(self) -> None:
        """Interrupt what runs (it goes back to the head of the line) and stop."""
        await self.begin_rest()
        await self._pool.close()
        for task in list(self._background):
            task.cancel()
        await asyncio.gather(*self._background, return_exceptions=True)
        await self.log.close()

    # --- putting work in ---
    async def submit(self, wanted: Submission) -> Submitted:
        """Put one job in line; it is durable when this returns."""
        created = await self._unbroken(self._submitter.submit(wanted))
        view = self._as_accepted(created.jobs[0])
        if not created.is_replay:
            self._learning.submitted(view)
        return Submitted(view, created.is_replay)

    async def submit_batch(self, wanted: BatchSubmission) -> SubmittedBatch:
        """Put a batch in line."""
        created = await self._unbroken(self._submitter.submit_batch(wanted))
        if created.batch_id is None:
            raise DeskError("idempotency_mismatch", "That idempotency key belongs to a single job.")
        views = [self._as_accepted(job) for job in created.jobs]
        for view in views if not created.is_replay else ():
            self._learning.submitted(view)
        return SubmittedBatch(await self.store.batch(created.batch_id), views, created.is_replay)

    async def retry(self, job_id: str) -> JobView:
        """Put a linked job in line that does only what did not succeed."""
        job = await self.store.job(job_id)
        created = await self._unbroken(self._submitter.retry(job))
        return self._as_accepted(created.jobs[0])

    async def confirm(self, job_id: str, body: dict[str, Any]) -> JobView:
        """Put a held job back in line."""
        job = await self.store.job(job_id)
        await self._unbroken(self._submitter.confirm(job, body))
        return await self.view(job_id)

    async def retry_batch(self, batch_id: str) -> Batch:
        """Retry the jobs of a batch that did not succeed. Raises `conflict` when there is none."""
        jobs = [job for job in await self.store.batch_jobs(batch_id) if job.is_retryable]
        if not jobs:
            raise conflict(
                f"Batch {batch_id} has nothing to retry.", "Only what failed or was cancelled can be."
            )
        for job in jobs:
            await self._unbroken(self._submitter.retry(job))
        return await self.store.batch(batch_id)

    # --- taking work out ---
    async def cancel(self, job_id: str) -> JobView:
        """Cancel a job: at once when it waits or is held; by the ladder when it runs."""
        job = await self.store.request_cancel(job_id)
        if job.status is JobStatus.RUNNING:
            self._lanes.runner(job.lane).cancel(job_id)
        return await self.view(job_id)

    async def cancel_batch(self, batch_id: str) -> Batch:
        """Cancel every job of a batch that is not over."""
        jobs = [job for job in await self.store.batch_jobs(batch_id) if not job.is_terminal]
        if not jobs:
            raise conflict(f"Batch {batch_id} is over.", "Nothing is left to cancel.")
        for job in sorted(
            jobs, key=lambda job: job.status is JobStatus.RUNNING
        ):  # the waiting first: none starts
            with contextlib.suppress(DeskError):
                await self.cancel(job.id)
        return await self.store.batch(batch_id)

    async def clear(self, lane: str | None) -> int:
        """Cancel every waiting job (of a lane) and return how many."""
        return len(await self.store.cancel_waiting(lane))

    async def delete(self, job_id: str) -> None:
        """Remove a terminal job and its files."""
        job = await self.store.job(job_id)
        await self.store.delete_job(job_id)
        await self.files.remove_job(job_id)
        if job.inputs:
            await self.sweep_contents([file.sha256 for file in job.inputs])

    async def sweep_contents(self, sha256: Sequence[str]) -> None:
        """Remove those of these contents that no job refers to any more and no submission is about to."""
        await self.files.sweep_contents(sha256, self.store.jobs_with_inputs)

    # --- the line ---
    async def move(self, job_id: str, to: str | int) -> JobView:
        """Give a waiting job another place: `front`, `back` or a position from 1."""
        job = await self.store.job(job_id)
        place = {"front": 1, "back": len(self._line) + 1}.get(to, 0) if isinstance(to, str) else to
        move = self._line.move(job_id, place)
        if move is None:
            raise conflict(
                f"Job {job_id} is {job.status.value}, not waiting.", "Only a waiting job can be moved."
            )
        await self.store.set_ranks(move.lane, move.ranks)
        self._teller.moved([move.lane])
        self._lanes.runner(move.lane).ring()
        return await self.view(job_id)

    async def pause(self, lane: str | None, reason: str | None) -> None:
        """Take no further job (in a lane) after the running one."""
        self._teller.moved(await self._lanes.set_paused(lane, is_paused=True, reason=reason))

    async def resume(self, lane: str | None) -> None:
        """Take jobs again."""
        self._teller.moved(await self._lanes.set_paused(lane, is_paused=False, reason=None))

    async def queue_state(self) -> list[LaneView]:
        """Return every lane."""
        return self._lanes.views()

    # --- looking ---
    async def view(self, job_id: str) -> JobView:
        """Return a job with its place and estimate."""
        return self._view(await self.store.job(job_id))

    async def views(self, jobs: Sequence[Job]) -> list[JobView]:
        """Return the same for jobs that were read already."""
        return [self._view(job) for job in jobs]

    async def waiting_views(self, limit: int, viewer: Viewer | None = None) -> list[JobView]:
        """Return the first waiting jobs of every lane, in order; with a `viewer` of those that this one may see."""
        ids = [
            job.job_id
            for lane in self._line.lanes()
            for job in (
                self._line.first(lane, limit) if viewer is None else self._line.seen(lane, viewer, limit)
            )
        ]
        return await self.views(await self.store.jobs_by_id(ids))

    async def active_views(self, limit: int = 100, viewer: Viewer | None = None) -> list[JobView]:
        """Return what runs, what is held, and the first waiting jobs, as a viewer may see them."""
        query = JobQuery(status=("running", "held"), limit=limit, viewer=viewer)
        return await self.views(await self.store.jobs(query)) + await self.waiting_views(limit, viewer)

    async def resolve_item(
        self, job_id: str, key: str, status: str, output: Any, message: str | None
    ) -> None:
        """Write a person's decision on an item that needs review."""
        if status not in ("completed", "failed"):
            raise DeskError("invalid_args", "An item is decided as completed or failed.")
        await self.store.resolve_item(job_id, key, status, output, message)

    async def stats(self, days: int, viewer: Viewer | None = None) -> dict[str, Any]:
        """Return counts, waiting and running seconds by day and kind, and what there is now.

        With a viewer they are of what this one may see, and of the desk as a whole nothing is told.
        """
        rows = await self.store.stats(time.time() - days * 86400, viewer)
        return {
            "days": days,
            "jobs": dict(await self.store.counts_by_status(viewer)),
            "runs": [dict(row) for row in rows],
            "disk_used_bytes": self.files.used_bytes if viewer is None else None,
            "streams_open": self.hub.stream_count() if viewer is None else None,
        }

    def health(self) -> dict[str, Any]:
        """Return whether the desk takes and runs work."""
        return {
            "ok": self._is_ready and not self.hub.is_closing,
            "lanes": {lane.name: "paused" if lane.is_paused else "open" for lane in self._lanes.views()},
            "waiting_jobs": len(self._line),
            "event_number": self.hub.head,
        }

    def render_metrics(self) -> tuple[bytes, str]:
        """Return the Prometheus text and its content type."""
        text = self._learning.render(
            self._lanes.views(),
            streams=self.hub.stream_count(),
            frames=self.hub.delivered,
            event_number=self.hub.head,
            disk=self.files.used_bytes,
        )
        return text, CONTENT_TYPE

    # --- inside ---
    async def _rest(self) -> None:
        await self._retention.stop()
        await self._lanes.stop()

    def _as_accepted(self, job: Job) -> JobView:
        """Show a job as it was accepted; one that was taken in the same moment was the next in line."""
        view = self._view(job)
        if job.status is JobStatus.QUEUED and view.position is None:
            return JobView(job, 1, self._clockwork.estimate_next(job))
        return view

    def _view(self, job: Job) -> JobView:
        running = self._clockwork.running.get(job.lane)
        if job.status is JobStatus.RUNNING and running is not None and running.id == job.id:
            job = replace(job, progress=running.progress)
        return JobView(job, self._line.position(job.id), self._clockwork.estimate(job))

    def _make_runner(self, lane: str) -> LaneRunner:
        return LaneRunner(
            lane,
            store=self.store,
            files=self.files,
            kinds=self.kinds,
            line=self._line,
            hub=self.hub,
            clockwork=self._clockwork,
            pool=self._pool,
            write_log=self.log.write,
            allow_url_hosts=self.settings.allow_url_hosts,
            kind_settings=self.settings.kind_settings,
        )

    def _committed(self, events: Sequence[Event]) -> None:
        """Bring the line up to the database, then tell everybody. Runs on the loop, in order, after each commit."""
        moved: set[str] = set()
        for event in events:
            if event.job_id is None:
                continue
            waiting = self._line.get(event.job_id)
            if event.name == names.QUEUED and waiting is not None:
                self._line.settle(event.job_id)
                self._lanes.runner(waiting.lane).ring()
                moved.add(waiting.lane)
            elif event.name == names.STARTED or event.name in names.TERMINAL_EVENTS:
                lane = self._line.remove(event.job_id)
                if lane is not None:
                    moved.add(lane)
            if event.name in names.TERMINAL_EVENTS:
                self._spawn(self._learning.ended(event.job_id))
            elif event.name == names.INTERRUPTED:
                self._learning.metrics.interrupted.inc()
        self.hub.publish(events)
        self._teller.moved(moved)

    def _left(self, lane: str) -> None:
        """A reserved place was given up: the next may be taken, and everybody behind has moved up."""
        self._lanes.runner(lane).ring()
        self._teller.moved([lane])

    def _later(self, seconds: float, call: Callable[[], None]) -> object:
        return asyncio.get_running_loop().call_later(seconds, call)

    def _spawn(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        task = asyncio.ensure_future(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)
        return task

    async def _unbroken(self, work: Coroutine[Any, Any, T]) -> T:
        """Finish what has begun even when the client goes away in the middle."""
        return await asyncio.shield(self._spawn(work))


async def _remove_orphans(store: Store, files: Files) -> None:
    """Remove the folders of jobs that are no more: the service died between the row and the files."""
    folders = await files.job_folders()
    for job_id in set(folders) - await store.existing_jobs(folders):
        await files.remove_job(job_id)


def _job_ids(recovered: Any) -> dict[str, list[str]]:
    return {name: list(getattr(recovered, name)) for name in ("requeued", "failed", "held", "cancelled")}
