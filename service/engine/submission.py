"""Use cases that put work in the line: submit, submit a batch, retry, confirm."""

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import structlog
import uuid_utils

from service.engine.line import Line
from service.kinds.base import Kind
from service.kinds.registry import Registry
from service.model.artifacts import Input
from service.model.errors import DeskError, FieldError, conflict, stale_preview
from service.model.events import to_json
from service.model.jobs import Job, JobStatus
from service.storage.port import Created, Files, Idempotency, NewBatch, NewJob, Store

logger = structlog.get_logger(__name__)
Whose = tuple[str | None, str | None]
"""Owner and subject."""


@dataclass(frozen=True, slots=True)
class Submission:
    """What a client hands in for one job. `inputs` have been received and are pinned."""

    kind: str
    args: Mapping[str, Any] = field(default_factory=dict)
    inputs: tuple[Input, ...] = ()
    title: str | None = None
    idempotency_key: str | None = None
    owner: str | None = None
    subject: str | None = None


@dataclass(frozen=True, slots=True)
class BatchSubmission:
    """What a client hands in for a batch: one job for each input and then each URL, in this order."""

    kind: str
    args: Mapping[str, Any] = field(default_factory=dict)
    inputs: tuple[Input, ...] = ()
    urls: tuple[str, ...] = ()
    title: str | None = None
    idempotency_key: str | None = None
    owner: str | None = None
    subject: str | None = None


def new_id() -> str:
    """Return a UUIDv7 (RFC 9562): ids sort by the time they were made."""
    return str(uuid_utils.uuid7())


class Submitter:
    """Puts work in the line: admitted, validated, written, and only then answered."""

    def __init__(
        self,
        *,
        store: Store,
        files: Files,
        kinds: Registry,
        line: Line,
        lanes: Mapping[str, str],
        max_waiting_jobs: int,
        on_left: Callable[[str], None] = lambda _: None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._files = files
        self._kinds = kinds
        self._line = line
        self._lanes = lanes
        self._max_waiting = max_waiting_jobs
        self._on_left = on_left  # hears of a lane that a reserved place has left: others have moved up
        self._clock = clock

    def lane_of(self, kind: Kind) -> str:
        """Return the lane that jobs of a kind stand in: the setting's, else the kind's own."""
        return self._lanes.get(kind.name, kind.lane)

    async def submit(self, wanted: Submission) -> Created:
        """Write one job and return its id; raises DeskError, and then nothing is left behind."""
        try:
            kind, args = self._validated(wanted.kind, wanted.args, len(wanted.inputs))
            self._admit(1)
            whose = (wanted.owner, wanted.subject)
            job = self._new_job(kind, args, wanted.inputs, whose, title=wanted.title)
            key = _idempotency(wanted)
            return await self._write_cached(kind, [job], None, key)
        finally:
            self._files.unpin([file.sha256 for file in wanted.inputs])

    async def submit_batch(self, wanted: BatchSubmission) -> Created:
        """Write a batch with one job for each input."""
        try:
            if not (wanted.inputs or wanted.urls):
                raise DeskError(
                    "no_files", "A batch needs at least one file.", remediation="Send `files` parts."
                )
            kind, args = self._validated(wanted.kind, wanted.args, 1)
            self._admit(len(wanted.inputs) + len(wanted.urls))
            count = len(wanted.inputs) + len(wanted.urls)
            title = wanted.title or f"{kind.title or kind.name}: {count} file{'s' if count > 1 else ''}"
            batch = NewBatch(new_id(), kind.name, title, self._clock(), args, wanted.owner, wanted.subject)
            whose = (wanted.owner, wanted.subject)
            new = [self._new_job(kind, args, (file,), whose) for file in wanted.inputs]
            new += [self._job_of_url(kind, wanted.args, url, whose) for url in wanted.urls]
            jobs = [replace(job, batch_id=batch.id, sequence=number) for number, job in enumerate(new, 1)]
            key = _idempotency(wanted)
            return await self._write_cached(kind, jobs, batch, key)
        finally:
            self._files.unpin([file.sha256 for file in wanted.inputs])

    async def retry(self, job: Job) -> Created:
        """Write a linked job that takes over what succeeded and does the rest."""
        if not job.is_retryable:
            raise conflict(
                f"Job {job.id} is {job.status.value} and has no failed item: nothing to retry.",
                "Only a failed or cancelled job, or one with failed items, can be retried.",
            )
        if job.superseded_by is not None:
            raise conflict(
                f"Job {job.id} was retried already, as {job.superseded_by}.", "Look at that job instead."
            )
        kind = self._kinds.get(job.kind)
        self._admit(1)
        new = self._new_job(kind, job.args, job.inputs, (job.owner, job.subject), title=job.title)
        new = replace(
            new,
            batch_id=job.batch_id,
            sequence=job.sequence,
            retry_of=job.id,
            takes_over=job.id,
            artifacts=job.artifacts if job.items.completed else (),
        )
        if job.items.completed:
            await self._hand_over_files(job.id, new.id)
        return await self._write([new], None, None)

    async def confirm(self, job: Job, body: dict[str, Any]) -> Job:
        """Put a held job back in line with what the person confirmed."""
        if job.status is not JobStatus.HELD:
            raise conflict(
                f"Job {job.id} is {job.status.value}, not held.", "Only a held job can be confirmed."
            )
        wanted = (job.preview or {}).get("hash")
        if wanted is not None and body.get("hash") != wanted:
            raise stale_preview()  # before it takes the place in line of a good yes beside it
        if job.id in self._line:  # somebody else confirms it in this very moment
            raise conflict(f"Job {job.id} is being confirmed.", "Once is enough.")
        place = self._line.reserve_back(job.id, job.lane, job.kind, job.input_bytes, job.owner, job.subject)
        try:
            return await self._store.confirm(job.id, body, place.rank, self._line.position(job.id) or 1)
        except BaseException:
            self._leave(job.id)
            raise

    def _job_of_url(self, kind: Kind, args: Mapping[str, Any], url: str, whose: Whose) -> NewJob:
        if kind.url_arg is None:
            raise DeskError(
                "urls_not_supported",
                f"The kind {kind.name!r} takes files, not addresses.",
                remediation="Download the files and send them.",
            )
        loaded = self._kinds.load_args(kind, {**args, kind.url_arg: url})
        if not _has_url(kind, loaded):  # an empty one: there would be nothing to work on
            raise DeskError(
                "invalid", "An address is empty.", errors=[FieldError("/urls", "Not an http(s) address.")]
            )
        return self._new_job(kind, loaded, (), whose)

    def _validated(self, name: str, args: Mapping[str, Any], files: int) -> tuple[Kind, dict[str, Any]]:
        kind = self._kinds.get(name)
        loaded = self._kinds.load_args(kind, dict(args))
        if _has_url(kind, loaded):
            files += 1  # the address stands for a file
        if not kind.min_files <= files <= kind.max_files:
            code = "too_few_files" if files < kind.min_files else "too_many_files"
            raise DeskError(
                code, f"{kind.name} takes {kind.min_files} to {kind.max_files} files, not {files}."
            )
        return kind, loaded

    def _admit(self, count: int) -> None:
        if len(self._line) + count > self._max_waiting:
            raise DeskError(
                "queue_full",
                f"{len(self._line)} jobs wait already, and {self._max_waiting} is the limit.",
                remediation="Wait until some are done, or cancel some.",
                retriable=True,
                retry_after_seconds=30,
            )

    def _new_job(
        self,
        kind: Kind,
        args: Mapping[str, Any],
        inputs: tuple[Input, ...],
        whose: Whose,
        *,
        title: str | None = None,
    ) -> NewJob:
        return NewJob(
            id=new_id(),
            kind=kind.name,
            kind_version=kind.version,
            title=title or kind.title_for(args, inputs),
            lane=self.lane_of(kind),
            rank=None,
            position=None,
            created_at=self._clock(),
            args=args,
            inputs=inputs,
            owner=whose[0],
            subject=whose[1],
            # What stands at an address today may be another thing tomorrow: no result is taken over by it.
            cache_key=cache_key(kind, args, inputs, whose)
            if kind.is_cacheable and not _has_url(kind, args)
            else None,
        )

    async def _from_cache(self, kind: Kind, job: NewJob) -> NewJob:
        """Make it a cached result if the same work was done before and all its files are still there."""
        if not kind.is_cacheable or job.cache_key is None:
            return job
        source = await self._store.cached_job(job.cache_key)
        if source is None or (source.owner, source.subject) != (job.owner, job.subject):
            return job
        try:
            await self._files.link_artifacts(source.id, job.id)
        except (OSError, DeskError) as error:
            logger.warning("cached_result_unusable", job_id=source.id, error=str(error))
            await self._files.remove_job(job.id)
            return job
        return replace(job, cached_from=source.id, artifacts=source.artifacts)

    async def _write_cached(
        self, kind: Kind, jobs: Sequence[NewJob], batch: NewBatch | None, key: Idempotency | None
    ) -> Created:
        """Write jobs, those whose result is known as cached ones."""
        try:
            cached = [await self._from_cache(kind, job) for job in jobs]
            return await self._write(cached, batch, key)
        except DeskError as error:
            if error.code != "job_not_found":
                raise
            # What was to be copied has been deleted between the look and the write: do the work instead.
            return await self._write(jobs, batch, key)

    async def _hand_over_files(self, from_job: str, to_job: str) -> None:
        try:
            await self._files.link_artifacts(from_job, to_job)
            await self._files.copy_work(from_job, to_job)
        except BaseException:
            await self._files.remove_job(to_job)
            raise

    async def _write(
        self, jobs: Sequence[NewJob], batch: NewBatch | None, key: Idempotency | None
    ) -> Created:
        placed = [self._placed(job) for job in jobs]
        try:
            created = await self._store.create(placed, batch, key)
        except BaseException:
            await self._give_up(placed)
            raise
        if created.is_replay:
            await self._give_up(placed)
        return created

    def _placed(self, job: NewJob) -> NewJob:
        if job.cached_from is not None:
            return job
        place = self._line.reserve_back(
            job.id,
            job.lane,
            job.kind,
            sum(file.size_bytes for file in job.inputs),
            job.owner,
            job.subject,
        )
        return replace(job, rank=place.rank, position=self._line.position(job.id))

    async def _give_up(self, jobs: Sequence[NewJob]) -> None:
        for job in jobs:
            self._leave(job.id)
            await self._files.remove_job(job.id)

    def _leave(self, job_id: str) -> None:
        lane = self._line.remove(job_id)
        if lane is not None:
            self._on_left(lane)


def _has_url(kind: Kind, args: Mapping[str, Any]) -> bool:
    return kind.url_arg is not None and args.get(kind.url_arg) is not None


def cache_key(
    kind: Kind, args: Mapping[str, Any], inputs: Sequence[Input], whose: Whose = (None, None)
) -> str:
    """Return the SHA-256 of what a result depends on: kind, its version, args, and inputs by name and content.

    Whose it is goes in as well: nobody is given what another's work has left.
    """
    parts: list[Any] = [
        kind.name,
        kind.version,
        dict(sorted(args.items())),
        [[file.name, file.sha256] for file in inputs],
        *([whose] if whose != (None, None) else []),
    ]
    return hashlib.sha256(to_json(parts).encode()).hexdigest()


def _idempotency(wanted: Submission | BatchSubmission) -> Idempotency | None:
    if wanted.idempotency_key is None:
        return None
    parts: list[Any] = [
        wanted.kind,
        dict(sorted(wanted.args.items())),
        [[file.name, file.sha256] for file in wanted.inputs],
        list(wanted.urls) if isinstance(wanted, BatchSubmission) else [],
        wanted.title,
        wanted.subject,
    ]
    return Idempotency(wanted.idempotency_key, hashlib.sha256(to_json(parts).encode()).hexdigest())
