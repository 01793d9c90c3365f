"""One lane's worker: takes the next job, runs it in a child, writes down how it ended."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import structlog

from service.engine import endings
from service.engine.child import Child
from service.engine.child_pool import ChildPool
from service.engine.endings import Ending, RunSpec
from service.engine.hub import Hub
from service.engine.line import Line
from service.engine.positions import Clockwork
from service.kinds.base import ItemResult, Kind
from service.kinds.registry import Registry
from service.model.artifacts import Artifact
from service.model.errors import DeskError
from service.model.events import LOG, PROGRESS, rfc3339
from service.model.jobs import Job, JobFailure
from service.model.progress import Progress
from service.storage.port import Files, Store

logger = structlog.get_logger(__name__)

REPORT_SECONDS = 1.0  # how often the newest progress goes into the job's row
RETRY_SECONDS = 1.0  # pause before a lane goes on after the store or a child could not be had


class LaneRunner:
    """Runs the jobs of one lane, one at a time, until it is stopped."""

    def __init__(
        self,
        lane: str,
        *,
        store: Store,
        files: Files,
        kinds: Registry,
        line: Line,
        hub: Hub,
        clockwork: Clockwork,
        pool: ChildPool,
        write_log: Callable[[str, str], None],
        allow_url_hosts: tuple[str, ...] = (),
        kind_settings: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> None:
        self.lane = lane
        self.is_paused = False
        self.pause_reason: str | None = None
        self._store = store
        self._files = files
        self._kinds = kinds
        self._line = line
        self._hub = hub
        self._clockwork = clockwork
        self._pool = pool
        self._write_log = write_log
        self._allow_url_hosts = allow_url_hosts
        self._kind_settings = kind_settings or {}
        self._bell = asyncio.Event()
        self._child: Child | None = None
        self._job: Job | None = None
        self._is_stopping = False
        self._task: asyncio.Task[None] | None = None

    @property
    def job(self) -> Job | None:
        """The job that runs now, with its newest progress."""
        return self._clockwork.running.get(self.lane)

    def start(self) -> None:
        """Begin to take jobs."""
        self._task = asyncio.create_task(self._run_forever(), name=f"lane-{self.lane}")
        self._bell.set()

    def ring(self) -> None:
        """Look at the line again: something was added, or the lane was resumed."""
        self._bell.set()

    def cancel(self, job_id: str) -> bool:
        """Start the cancel ladder if this very job is running here."""
        if self._job is None or self._job.id != job_id:
            return False
        self._job = replace(self._job, cancel_requested_at=time.time())
        if self._child is not None:
            self._child.cancel()
        return True

    def why_ending(self) -> str:
        """Return, in a word for people, why the running job is being ended."""
        if self._was_cancel_asked():
            return "Cancel"
        return "The desk is stopping" if self._is_stopping else "Over its time"

    async def stop(self) -> None:
        """Interrupt the running job, which goes back to the head of the line, and stop."""
        self._is_stopping = True
        self._bell.set()
        if self._child is not None:
            self._child.interrupt()
        if self._task is not None:
            await self._task

    async def _run_forever(self) -> None:
        while not self._is_stopping:
            job_id = None if self.is_paused else self._line.head(self.lane)
            if job_id is None:
                self._bell.clear()
                if not self._is_stopping and (self.is_paused or self._line.head(self.lane) is None):
                    await self._bell.wait()
                continue
            try:
                await self._run_next(job_id)
            except Exception as error:
                logger.exception("lane_stumbled", lane=self.lane, job_id=job_id, error=str(error))
                with contextlib.suppress(TimeoutError):
                    self._bell.clear()
                    await asyncio.wait_for(self._bell.wait(), RETRY_SECONDS)
            finally:
                self._job = self._child = None
                self._clockwork.running.pop(self.lane, None)

    async def _run_next(self, job_id: str) -> None:
        child = await self._pool.take()
        try:
            if self._is_stopping or self.is_paused or self._line.head(self.lane) != job_id:
                return
            job = await self._take(job_id)
            if job is None:
                return
            self._job, self._child = job, child
            self._clockwork.running[self.lane] = job
            run = _Run(self, job)
            ending = await self._run(child, job, run)
            self._child = None
            await run.flush()
            await self._settle_surely(job, ending)
        finally:
            self._child = None
            await self._pool.give_back(child)

    async def _take(self, job_id: str) -> Job | None:
        try:
            return await self._store.take(job_id)
        except DeskError as error:
            if error.code not in ("conflict", "job_not_found"):
                raise
            self._line.remove(job_id)  # cancelled in the same moment
            return None

    async def _run(self, child: Child, job: Job, run: "_Run") -> Ending:
        try:
            kind = self._kinds.get(job.kind)
            spec = await asyncio.to_thread(self._spec, job, kind)  # it makes a folder
        except DeskError as error:
            return endings.Failed(error.code, error.message, error.remediation, retriable=True)
        running = asyncio.ensure_future(child.run(spec, run))
        await asyncio.sleep(0)  # let the run begin, so that a cancel or stop that came meanwhile finds it
        if self._was_cancel_asked():
            child.cancel()
        elif self._is_stopping:
            child.interrupt()
        return await running

    def _was_cancel_asked(self) -> bool:
        return self._job is not None and self._job.cancel_requested_at is not None

    def _spec(self, job: Job, kind: Kind) -> RunSpec:
        inputs = [
            {
                "name": file.name,
                "path": str(self._files.blob_path(file.sha256)),
                "media_type": file.media_type,
                "size_bytes": file.size_bytes,
                "sha256": file.sha256,
            }
            for file in job.inputs
        ]
        return RunSpec(
            job_id=job.id,
            kind=job.kind,
            import_path=self._kinds.import_path(job.kind),
            args=dict(job.args),
            inputs=inputs,
            attempt=job.attempt,
            work_dir=self._files.work_dir(job.id),
            artifacts_dir=self._files.artifacts_dir(job.id),
            confirmed=job.confirmed,
            shared_dir=self._files.kind_dir(job.kind),
            allow_url_hosts=self._allow_url_hosts,
            settings=self._kind_settings.get(job.kind, {}),
            limits=kind.limits,
            owner=job.owner,
        )

    async def _settle_surely(self, job: Job, ending: Ending) -> None:
        """Write the ending down, however long the store refuses: a full disk must not leave a job running for ever.

        A service that is stopping does not wait; its next start finds the job running and recovers it.
        """
        while True:
            try:
                return await self._settle(job, ending)
            except DeskError as error:
                if self._is_stopping or not error.retriable:
                    raise
                logger.warning("ending_not_written", job_id=job.id, error=error.message)
            with contextlib.suppress(TimeoutError):
                self._bell.clear()
                await asyncio.wait_for(self._bell.wait(), RETRY_SECONDS)

    async def _settle(self, job: Job, ending: Ending) -> None:
        store, attempt = self._store, job.attempt
        if isinstance(ending, endings.Cancelled) or self._was_cancel_asked():
            await store.finish_cancel(job.id, attempt)
        elif isinstance(ending, endings.Interrupted):
            waiting = self._line.reserve_front(
                job.id, job.lane, job.kind, job.input_bytes, job.owner, job.subject
            )
            await store.interrupt(job.id, attempt, "shutdown", waiting.rank)
        elif isinstance(ending, endings.Finished):
            await store.complete(job.id, attempt, ending.output)
            if ending.output is not None and ending.output.get("drop_inputs") is True:
                handed_in = [file.sha256 for file in job.inputs]
                await self._files.sweep_contents(handed_in, store.jobs_with_inputs)
        elif isinstance(ending, endings.HeldFor):
            await store.hold(job.id, attempt, ending.preview)
        else:
            await store.fail(job.id, attempt, _failure(ending))


class _Run:
    """What the child's messages lead to. Writes carry the attempt, so a late one is refused."""

    def __init__(self, runner: LaneRunner, job: Job) -> None:
        self._runner = runner
        self._job = job
        self._reported_at = 0.0
        self._unwritten: Progress | None = None

    async def on_progress(self, progress: Progress) -> None:
        """Show the newest progress; write it into the row now and then."""
        await self._show(progress)
        self._unwritten = progress
        if time.monotonic() - self._reported_at >= REPORT_SECONDS:
            await self.flush()

    async def flush(self) -> None:
        """Write the newest progress into the row."""
        progress, self._unwritten = self._unwritten, None
        self._reported_at = time.monotonic()
        if progress is not None:
            with contextlib.suppress(DeskError):
                await self._runner._store.report(self._job.id, self._job.attempt, progress)

    async def on_log(self, line: str) -> None:
        """Keep a line of the job's log."""
        self._runner._write_log(self._job.id, line)
        data = {"job_id": self._job.id, "at": rfc3339(time.time()), "line": line}
        job = self._job
        self._runner._hub.tell_live(LOG, job.id, data, job.batch_id, owner=job.owner, subject=job.subject)

    async def on_ladder(self, step: str) -> None:
        """Show a rung of the cancel ladder."""
        words = {"asked": "asked to stop", "sigterm": "told to stop (SIGTERM)", "sigkill": "killed (SIGKILL)"}
        said = f"{self._runner.why_ending()}: {words.get(step, step)}"
        await self.on_log(said)
        job = self._runner.job or self._job
        await self._show(replace(job.progress, message=said))

    async def item_results(self) -> list[ItemResult]:
        """Return what earlier attempts have finished."""
        found: list[ItemResult] = []
        after = 0
        while True:
            page = await self._runner._store.items(self._job.id, after=after, limit=1000)
            if not page:
                return found
            after = page[-1].number
            found += [ItemResult(row.key, row.status, row.output, row.code, row.message) for row in page]

    async def items_total(self, total: int) -> None:
        """Keep how many items there are."""
        await self._runner._store.set_items_total(self._job.id, self._job.attempt, total)

    async def item_started(self, key: str, unit: str) -> None:
        """Commit an intent."""
        await self._runner._store.start_item(self._job.id, self._job.attempt, key, unit)

    async def item_finished(self, result: ItemResult, unit: str, is_effect: bool) -> None:
        """Commit an outcome."""
        await self._runner._store.finish_item(
            self._job.id,
            self._job.attempt,
            key=result.key,
            unit=unit,
            status=result.status,
            output=result.output,
            code=result.code,
            message=result.message,
        )

    async def artifact_saved(self, name: str, media_type: str) -> None:
        """Hash and record a file that is in its place."""
        size_bytes, sha256 = await self._runner._files.add_artifact(self._job.id, name)
        artifact = Artifact(name, media_type, size_bytes, sha256)
        await self._runner._store.save_artifact(self._job.id, self._job.attempt, artifact)

    async def _show(self, progress: Progress) -> None:
        runner = self._runner
        job = replace(runner.job or self._job, progress=progress)
        runner._clockwork.running[runner.lane] = job
        estimate = runner._clockwork.estimate(job)
        data: dict[str, Any] = {
            "job_id": job.id,
            "at": rfc3339(time.time()),
            "kind": job.kind,
            "status": "running",
            "attempt": job.attempt,
            **progress.to_json(),
            "estimate": estimate.to_json() if estimate else None,
        }
        if job.batch_id is not None:
            data |= {"batch_id": job.batch_id, "sequence": job.sequence}
        runner._hub.tell_live(PROGRESS, job.id, data, job.batch_id, owner=job.owner, subject=job.subject)


def _failure(ending: Ending) -> JobFailure:
    if isinstance(ending, endings.Failed):
        return JobFailure(ending.code, ending.message, ending.remediation, ending.retriable)
    if isinstance(ending, endings.TimedOut):
        return JobFailure(
            "timed_out",
            f"The job ran longer than {ending.seconds:g} seconds, the limit of its kind.",
            "Give it less at once, or raise the limit of the kind.",
        )
    if isinstance(ending, endings.Died):
        how = f"by {ending.signal_name}" if ending.signal_name else f"with exit code {ending.return_code}"
        last = "\n".join(ending.last_lines)
        return JobFailure(
            "worker_crashed",
            f"The job's process ended {how}." + (f" Its last lines:\n{last}" if last else ""),
            "Look at the job's log. The desk goes on; retry the job when the cause is mended.",
        )
    raise TypeError(f"not an ending that fails a job: {ending!r}")
