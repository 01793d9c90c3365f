"""Small makers of jobs for tests of a store."""

import itertools
from dataclasses import replace
from typing import Any

from service.model.artifacts import Input
from service.model.jobs import Job
from service.storage.port import NewBatch, NewJob, Store

_numbers = itertools.count(1)


class Clock:
    """A clock that moves a second at each look, from a round moment."""

    def __init__(self, at: float = 1_800_000_000.0) -> None:
        self.at = at

    def __call__(self) -> float:
        self.at += 1.0
        return self.at


def new_job(**changes: Any) -> NewJob:
    """Return a job to be written, at the end of the main lane."""
    number = next(_numbers)
    job = NewJob(
        id=f"job-{number:06d}",
        kind="demo",
        kind_version=1,
        title=f"Job {number}",
        lane="main",
        rank=number * 1000,
        position=1,
        created_at=1_800_000_000.0 + number,
        args={"number": number},
        inputs=(Input("a.txt", "text/plain", 10 + number, f"{number:064x}"),),
    )
    return replace(job, **changes)


def new_batch(**changes: Any) -> NewBatch:
    """Return a batch to be written."""
    number = next(_numbers)
    return replace(
        NewBatch(f"batch-{number:06d}", "demo", f"Batch {number}", 1_800_000_000.0 + number), **changes
    )


async def queued(store: Store, **changes: Any) -> Job:
    """Write a job and return it."""
    created = await store.create([new_job(**changes)])
    return await store.job(created.job_ids[0])


async def running(store: Store, **changes: Any) -> Job:
    """Write a job and take it."""
    return await store.take((await queued(store, **changes)).id)
