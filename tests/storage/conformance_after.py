"""The second half of the conformance suite (see conformance.py): recovery, events, batches, reading."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from service.model.artifacts import DROPPED_SHA256
from service.model.batches import BatchStatus
from service.model.errors import DeskError
from service.model.events import Event
from service.model.jobs import JobFailure, JobStatus
from service.storage.port import EventScope, JobQuery, Store
from tests.storage.makers import new_batch, new_job, queued, running

Reopen = Callable[[], Awaitable[Store]]
FAILURE = JobFailure("broken", "It broke.")


async def told(store: Store, job_id: str) -> list[str]:
    """Return the names of a job's events."""
    return [event.name for event in await store.events_after(0, EventScope(job_id=job_id), 1000)]


class RecoveryConformance:
    """Recovery, as StoreConformance asks for it."""

    async def test_everything_accepted_is_there_after_a_crash(self, store: Store, reopen: Reopen) -> None:
        jobs = [await queued(store) for _ in range(5)]
        epoch, head = store.epoch, await store.head()
        again = await reopen()
        assert (again.epoch, await again.head()) == (epoch, head)
        assert [job.job_id for job in await again.waiting()] == [job.id for job in jobs]

    @pytest.mark.parametrize(
        ("policy", "status", "names"),
        [
            ("resume", "queued", ["interrupted", "queued"]),
            ("requeue", "queued", ["interrupted", "queued"]),
            ("fail", "failed", ["interrupted", "failed"]),
            ("hold", "held", ["interrupted", "held"]),
        ],
    )
    async def test_a_running_job_goes_where_its_crash_policy_says(
        self, store: Store, policy: str, status: str, names: list[str]
    ) -> None:
        waiting = await queued(store)
        job = await running(store, kind="k")
        await store.finish_item(job.id, 1, key="done", unit="row", status="completed")
        await store.start_item(job.id, 1, "paid", "row")
        await store.recover({"k": policy}, 3)
        assert (await store.job(job.id)).status == status
        assert [
            name for name in await told(store, job.id) if name not in ("item_completed", "item_failed")
        ] == [
            "queued",
            "started",
            *names,
        ]
        items = {item.key: item.status for item in await store.items(job.id)}
        assert items == (
            {"paid": "needs_review"} if policy == "requeue" else {"done": "completed", "paid": "needs_review"}
        )
        if status == "queued":
            first, last = [w.job_id for w in await store.waiting()]
            assert (first, last) == ((job.id, waiting.id) if policy == "resume" else (waiting.id, job.id))

    async def test_recovery_twice_changes_nothing(self, store: Store) -> None:
        await running(store)
        await store.recover({}, 3)
        head = await store.head()
        again = await store.recover({}, 3)
        assert (await store.head(), again.requeued) == (head, ())

    async def test_three_crashes_in_a_row_end_a_job(self, store: Store) -> None:
        job = await queued(store)
        for _ in range(3):
            await store.take(job.id)
            await store.recover({}, 3)
        failed = await store.job(job.id)
        assert failed.error is not None
        assert (failed.status, failed.error.code, failed.attempt) == ("failed", "crash_loop", 3)

    async def test_a_finished_item_breaks_the_row_of_crashes(self, store: Store) -> None:
        job = await queued(store)
        for number in range(6):
            taken = await store.take(job.id)
            await store.finish_item(job.id, taken.attempt, key=str(number), unit="row", status="completed")
            await store.recover({}, 3)
        assert (await store.job(job.id)).status is JobStatus.QUEUED

    async def test_a_crash_after_a_person_asked_to_cancel_ends_cancelled(self, store: Store) -> None:
        job = await running(store)
        await store.request_cancel(job.id)
        await store.recover({}, 3)
        assert (await store.job(job.id)).status is JobStatus.CANCELLED


class EventsConformance:
    """Events, as StoreConformance asks for it."""

    async def test_listeners_hear_in_order_after_the_commit(self, store: Store) -> None:
        heard: list[Event] = []
        store.on_commit(heard.extend)
        await asyncio.gather(*(store.create([new_job()]) for _ in range(50)))
        numbers = [event.number for event in heard]
        assert numbers == sorted(set(numbers))
        assert len(numbers) == 50
        stored = await store.events_after(0, EventScope(), 100)
        assert [(e.number, e.name, e.data) for e in stored] == [(e.number, e.name, e.data) for e in heard]

    async def test_events_are_read_by_scope(self, store: Store) -> None:
        batch = new_batch()
        jobs = [new_job(batch_id=batch.id, sequence=number) for number in (1, 2)]
        await store.create(jobs, batch)
        other = await queued(store)
        in_batch = await store.events_after(0, EventScope(batch_id=batch.id), 100)
        assert [event.name for event in in_batch] == ["batch_started", "queued", "queued"]
        assert {event.job_id for event in in_batch[1:]} == {job.id for job in jobs}
        assert [e.job_id for e in await store.events_after(0, EventScope(job_id=other.id), 100)] == [other.id]
        assert len(await store.events_after(in_batch[0].number, EventScope(), 2)) == 2

    async def test_a_deleted_job_leaves_one_event_and_a_gap_that_is_known(self, store: Store) -> None:
        job = await running(store)
        await store.complete(job.id, 1, None)
        head = await store.head()
        await store.delete_job(job.id)
        assert await told(store, job.id) == ["deleted"]
        assert await store.trimmed_to() == head
        assert await store.head() == head + 1

    async def test_a_job_that_is_not_over_cannot_be_deleted(self, store: Store) -> None:
        for job in (await queued(store), await running(store)):
            with pytest.raises(DeskError) as caught:
                await store.delete_job(job.id)
            assert caught.value.code == "conflict"

    async def test_trimming_keeps_the_end_of_a_job(self, store: Store) -> None:
        job = await running(store)
        await store.complete(job.id, 1, None)
        active = await running(store)
        assert await store.trim_events(4e9) == 2
        assert await told(store, job.id) == ["completed"]
        assert await told(store, active.id) == ["queued", "started"]


class BatchesConformance:
    """Batches, as StoreConformance asks for it."""

    async def test_a_batch_ends_with_its_last_job_and_opens_again_with_a_retry(self, store: Store) -> None:
        batch = new_batch()
        jobs = [new_job(batch_id=batch.id, sequence=number) for number in (1, 2)]
        await store.create(jobs, batch)
        assert (await store.batch(batch.id)).counts.status is BatchStatus.PENDING
        await store.take(jobs[0].id)
        assert (await store.batch(batch.id)).counts.status is BatchStatus.PROCESSING
        await store.complete(jobs[0].id, 1, None)
        await store.take(jobs[1].id)
        await store.fail(jobs[1].id, 1, FAILURE)
        ended = await store.batch(batch.id)
        assert (ended.counts.status, ended.finished_at is not None) == (BatchStatus.PARTIAL, True)
        retry = new_job(batch_id=batch.id, sequence=2, retry_of=jobs[1].id, takes_over=jobs[1].id)
        await store.create([retry])
        reopened = await store.batch(batch.id)
        assert (reopened.counts.total, reopened.finished_at) == (2, None)
        await store.take(retry.id)
        await store.complete(retry.id, 1, None)
        assert (await store.batch(batch.id)).counts.status is BatchStatus.COMPLETED
        names = [event.name for event in await store.events_after(0, EventScope(batch_id=batch.id), 100)]
        assert names.count("batch_completed") == 2
        ends = await store.events_after(0, EventScope(batch_id=batch.id, name="batch_completed"), 100)
        assert [event.data["status"] for event in ends] == ["partial", "completed"]

    async def test_the_end_of_a_batch_tells_what_its_jobs_left_as_far_as_it_fits(self, store: Store) -> None:
        batch = new_batch()
        jobs = [new_job(batch_id=batch.id, sequence=number) for number in range(1, 13)]
        await store.create(jobs, batch)
        outputs = {
            1: {"n": 1},
            2: {"text": "x" * 70_000},
            **{n: {"text": "y" * 60_000} for n in range(3, 12)},
        }
        for number, job in enumerate(jobs, 1):
            await store.take(job.id)
            if number == 12:
                await store.fail(job.id, 1, FAILURE)
            else:
                await store.complete(job.id, 1, outputs[number])
        events = await store.events_after(0, EventScope(batch_id=batch.id), 100)
        ended = events[-1]
        assert (ended.name, ended.data["args"]) == ("batch_completed", dict(batch.args))
        told = ended.data["jobs"]
        assert [(one["job_id"], one["sequence"]) for one in told] == [(job.id, job.sequence) for job in jobs]
        assert [one["status"] for one in told] == ["completed"] * 11 + ["failed"]
        left_out = [one["sequence"] for one in told if one.get("output_omitted")]
        assert left_out == [2, 11]  # too large by itself; too much in all
        assert all((one["output"] is None) == (one["sequence"] in (2, 11, 12)) for one in told)
        assert told[0]["output"] == {"n": 1}
        assert told[11]["error"]["code"] == FAILURE.code

    async def test_batches_are_listed_newest_first(self, store: Store) -> None:
        batches = [new_batch() for _ in range(3)]
        for batch in batches:
            await store.create([new_job(batch_id=batch.id, sequence=1)], batch)
        listed = await store.batches(limit=2)
        assert [b.id for b in listed] == [batches[2].id, batches[1].id]
        rest = await store.batches(before=(listed[-1].created_at, listed[-1].id))
        assert [b.id for b in rest] == [batches[0].id]


class ReadingConformance:
    """Reading, as StoreConformance asks for it."""

    async def test_a_result_is_found_by_its_code_and_the_newest_of_several(self, store: Store) -> None:
        for kind, output in (
            ("x", {"resultCode": "abcd1234"}),
            ("x", {"resultCode": "abcd1234"}),
            ("y", {"resultCode": "abcd1234"}),
            ("x", {"resultCode": None}),
            ("x", None),
        ):
            job = await queued(store, kind=kind)
            await store.take(job.id)
            await store.complete(job.id, 1, output)
        waiting = await queued(store, kind="x")
        jobs = {one.id: one for one in await store.jobs(JobQuery(kind="x"))}
        found = await store.job_with_result_code("x", "abcd1234")
        assert found is not None
        with_code = [job for job in jobs.values() if job.output == {"resultCode": "abcd1234"}]
        assert found.finished_at == max(job.finished_at or 0 for job in with_code)
        assert found.id in {job.id for job in with_code}
        assert waiting.id != found.id
        for kind, code in (("z", "abcd1234"), ("x", "ABCD1234"), ("x", "")):
            assert await store.job_with_result_code(kind, code) is None

    async def test_lists_are_newest_first_filtered_and_paged_without_a_gap(self, store: Store) -> None:
        jobs = [await queued(store, kind="x" if number % 2 else "y") for number in range(6)]
        await store.request_cancel(jobs[0].id)
        assert [job.id for job in await store.jobs(JobQuery(kind="x"))] == [
            jobs[5].id,
            jobs[3].id,
            jobs[1].id,
        ]
        assert [job.id for job in await store.jobs(JobQuery(status=("cancelled",)))] == [jobs[0].id]
        assert [job.id for job in await store.jobs(JobQuery(text=jobs[2].title))] == [jobs[2].id]
        assert await store.jobs(JobQuery(text="100%_")) == []
        seen: list[str] = []
        before = None
        while page := await store.jobs(JobQuery(before=before, limit=2)):
            seen += [job.id for job in page]
            before = (page[-1].created_at, page[-1].id)
        assert seen == [job.id for job in reversed(jobs)]

    async def test_ranks_order_the_line(self, store: Store) -> None:
        jobs = [await queued(store) for _ in range(3)]
        await store.set_ranks("main", {jobs[2].id: -5, jobs[0].id: 10**9})
        assert [w.job_id for w in await store.waiting()] == [jobs[2].id, jobs[1].id, jobs[0].id]

    async def test_retention_never_takes_what_could_be_retried_or_decided(self, store: Store) -> None:
        clean = await running(store)
        await store.complete(clean.id, 1, None)
        failed = await running(store)
        await store.fail(failed.id, 1, FAILURE)
        partly = await running(store)
        await store.finish_item(partly.id, 1, key="a", unit="row", status="failed", code="x", message="y")
        await store.complete(partly.id, 1, None)
        undecided = await running(store)
        await store.start_item(undecided.id, 1, "a", "row")
        await store.complete(undecided.id, 1, None)
        await store.request_cancel((await queued(store)).id)
        await queued(store)
        assert await store.expired(4e9, 100) == [clean.id]
        await store.create([new_job(retry_of=failed.id, takes_over=failed.id)])
        assert set(await store.expired(4e9, 100)) == {clean.id, failed.id}

    async def test_contents_are_held_while_a_job_refers_to_them(self, store: Store) -> None:
        one, two = await running(store), await queued(store)
        assert await store.held_files() == {one.inputs[0].sha256, two.inputs[0].sha256}
        await store.complete(one.id, 1, None)
        await store.delete_job(one.id)
        assert await store.held_files() == {two.inputs[0].sha256}
        assert await store.jobs_with_inputs([one.inputs[0].sha256, two.inputs[0].sha256]) == {
            two.inputs[0].sha256: two.id
        }

    async def test_a_job_that_drops_its_inputs_refers_to_no_content_any_more(self, store: Store) -> None:
        one, two = await running(store), await running(store)
        await store.complete(one.id, 1, {"drop_inputs": True})
        await store.complete(two.id, 1, {"drop_inputs": "no"})
        dropped = (await store.job(one.id)).inputs[0]
        assert dropped == replace(one.inputs[0], sha256=DROPPED_SHA256)
        assert await store.held_files() == {DROPPED_SHA256, two.inputs[0].sha256}

    async def test_runs_and_statistics_outlive_their_jobs(self, store: Store) -> None:
        job = await running(store)
        await store.complete(job.id, 1, None)
        await store.delete_job(job.id)
        (run,) = await store.runs("demo")
        assert (run.kind, run.status, run.ran_seconds > 0) == ("demo", "completed", True)
        (day,) = await store.stats(0.0)
        assert (day["kind"], day["jobs"]) == ("demo", 1)

    async def test_quantiles_are_those_of_completed_runs_by_kind_and_day(self, store: Store) -> None:
        for kind, count in (("a", 10), ("b", 1)):
            jobs = [await running(store, kind=kind) for _ in range(count)]
            for job in jobs:
                await store.complete(job.id, 1, None)
        await store.fail((await running(store, kind="a")).id, 1, FAILURE)
        told = {(one.day, one.kind): one for one in await store.run_quantiles(0.0)}
        runs = sorted(run.ran_seconds for run in await store.runs("a") if run.status == "completed")
        waits = sorted(run.waited_seconds for run in await store.runs("a") if run.status == "completed")
        day = next(day for day, kind in told if day and kind is None)
        assert set(told) == {(None, None), (None, "a"), (None, "b"), (day, None), (day, "a"), (day, "b")}
        of_a = told[None, "a"]
        assert of_a.jobs == 10
        assert (of_a.ran.p50, of_a.ran.p90) == (runs[4], runs[8])  # nearest rank: the 5th and the 9th of 10
        assert (of_a.waited.p50, of_a.waited.p90) == (waits[4], waits[8])
        assert told[day, "a"] == replace(of_a, day=day)
        assert told[None, "b"].ran.p50 == told[None, "b"].ran.p90
        assert told[day, None].jobs == told[None, None].jobs == 11
        assert await store.run_quantiles(4e9) == []

    async def test_lanes_remember_that_they_are_paused(self, store: Store, reopen: Reopen) -> None:
        await store.set_lane_paused("main", is_paused=True, reason="lunch")
        (lane,) = await (await reopen()).lanes()
        assert (lane.name, lane.is_paused, lane.pause_reason) == ("main", True, "lunch")
