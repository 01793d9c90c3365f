"""What every store must do, whatever database is behind it: a driver's test subclasses `StoreConformance`.

The subclass gives a fixture `store` (open, empty, on a `Clock`) and a fixture `reopen`, which closes the
store as a crash would leave it and returns it opened anew.
"""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from service.model.artifacts import Artifact
from service.model.batches import BatchStatus
from service.model.errors import DeskError
from service.model.events import TERMINAL_EVENTS, Event
from service.model.jobs import JobFailure, JobStatus
from service.model.progress import Progress
from service.storage.port import EventScope, Idempotency, JobQuery, Store
from tests.storage.makers import new_batch, new_job, queued, running

Reopen = Callable[[], Awaitable[Store]]
FAILURE = JobFailure("broken", "It broke.")


async def told(store: Store, job_id: str) -> list[str]:
    """Return the names of a job's events."""
    return [event.name for event in await store.events_after(0, EventScope(job_id=job_id), 1000)]


class SubmissionConformance:
    """Submission, as StoreConformance asks for it."""

    async def test_a_job_comes_back_as_it_was_written(self, store: Store) -> None:
        new = new_job(title="Zażółć 漢字", args={"deep": {"list": [1, None, "ü"]}}, owner="ann")
        await store.create([new])
        job = await store.job(new.id)
        assert (job.title, job.args, job.owner, job.inputs) == (new.title, new.args, "ann", new.inputs)
        assert (job.status, job.rank, job.attempt, job.input_bytes) == (
            "queued",
            new.rank,
            0,
            new.inputs[0].size_bytes,
        )
        assert await told(store, new.id) == ["queued"]

    async def test_the_same_key_and_body_give_the_same_job(self, store: Store) -> None:
        key = Idempotency("k", "same")
        first = await store.create([new_job()], idempotency=key)
        again = await store.create([new_job()], idempotency=key)
        assert again.job_ids == first.job_ids
        assert (first.is_replay, again.is_replay) == (False, True)
        assert len(await store.jobs(JobQuery())) == 1

    async def test_the_same_key_with_another_body_is_refused(self, store: Store) -> None:
        await store.create([new_job()], idempotency=Idempotency("k", "one"))
        with pytest.raises(DeskError) as caught:
            await store.create([new_job()], idempotency=Idempotency("k", "two"))
        assert caught.value.code == "idempotency_mismatch"
        assert len(await store.jobs(JobQuery())) == 1

    async def test_of_many_submissions_at_once_with_one_key_one_is_written(self, store: Store) -> None:
        key = Idempotency("k", "same")
        created = await asyncio.gather(*(store.create([new_job()], idempotency=key) for _ in range(20)))
        assert len({c.job_ids for c in created}) == 1
        assert sum(not c.is_replay for c in created) == 1

    async def test_a_write_that_fails_leaves_its_neighbours_alone(self, store: Store) -> None:
        clash = new_job()
        results = await asyncio.gather(
            store.create([clash]), store.create([clash]), store.create([new_job()]), return_exceptions=True
        )
        assert sum(isinstance(result, Exception) for result in results) == 1
        assert len(await store.jobs(JobQuery())) == 2

    async def test_a_cached_result_is_born_completed(self, store: Store) -> None:
        source = await running(store, cache_key="c")
        artifact = Artifact("r.json", "application/json", 3, "ab")
        await store.save_artifact(source.id, 1, artifact)
        await store.finish_item(source.id, 1, key="a", unit="row", status="completed")
        await store.complete(source.id, 1, {"answer": 42})
        found = await store.cached_job("c")
        assert found is not None
        copy = new_job(cache_key="c", cached_from=found.id, artifacts=found.artifacts)
        await store.create([copy])
        job = await store.job(copy.id)
        assert (job.status, job.is_cached, job.output, job.artifacts) == (
            "completed",
            True,
            {"answer": 42},
            (artifact,),
        )
        assert job.items.completed == 1
        assert await told(store, copy.id) == ["queued", "completed"]

    async def test_a_result_with_a_failed_item_is_no_cached_result(self, store: Store) -> None:
        job = await running(store, cache_key="c")
        await store.finish_item(job.id, 1, key="a", unit="row", status="failed", code="x", message="y")
        await store.complete(job.id, 1, None)
        assert await store.cached_job("c") is None


class LifeConformance:
    """Life, as StoreConformance asks for it."""

    async def test_a_job_runs_and_completes(self, store: Store) -> None:
        job = await running(store)
        assert (job.status, job.attempt, job.rank) == ("running", 1, None)
        await store.report(job.id, 1, Progress(percent=40.0, current=2, total=5))
        done = await store.complete(job.id, 1, {"ok": True})
        assert (done.status, done.output, done.progress.percent) == ("completed", {"ok": True}, 100.0)
        assert done.finished_at is not None
        assert await told(store, job.id) == ["queued", "started", "completed"]

    async def test_a_stale_attempt_is_refused_everywhere(self, store: Store) -> None:
        job = await running(store)
        calls = [
            store.report(job.id, 2, Progress()),
            store.set_items_total(job.id, 2, 3),
            store.start_item(job.id, 2, "a", "row"),
            store.finish_item(job.id, 2, key="a", unit="row", status="completed"),
            store.save_artifact(job.id, 2, Artifact("a", "b", 1, "c")),
            store.complete(job.id, 2, None),
            store.fail(job.id, 2, FAILURE),
            store.hold(job.id, 2, {}),
            store.finish_cancel(job.id, 2),
            store.interrupt(job.id, 2, "shutdown", 0),
        ]
        for result in await asyncio.gather(*calls, return_exceptions=True):
            assert isinstance(result, DeskError)
            assert result.code == "stale_attempt"
        assert await told(store, job.id) == ["queued", "started"]

    async def test_nothing_leads_out_of_a_terminal_status(self, store: Store) -> None:
        job = await running(store)
        await store.fail(job.id, 1, FAILURE)
        for call in (store.complete(job.id, 1, None), store.finish_cancel(job.id, 1)):
            with pytest.raises(DeskError):
                await call
        for call in (store.take(job.id), store.request_cancel(job.id), store.confirm(job.id, {}, 1, 1)):
            with pytest.raises(DeskError) as caught:
                await call
            assert caught.value.code == "conflict"
        assert sum(name in TERMINAL_EVENTS for name in await told(store, job.id)) == 1

    async def test_a_job_is_taken_once(self, store: Store) -> None:
        job = await queued(store)
        results = await asyncio.gather(*(store.take(job.id) for _ in range(5)), return_exceptions=True)
        assert sum(not isinstance(result, Exception) for result in results) == 1

    async def test_cancel_ends_a_waiting_job_and_marks_a_running_one(self, store: Store) -> None:
        waiting, active = await queued(store), await running(store)
        assert (await store.request_cancel(waiting.id)).status is JobStatus.CANCELLED
        marked = await store.request_cancel(active.id)
        assert (marked.status, marked.cancel_requested_at is not None) == ("running", True)
        assert (await store.finish_cancel(active.id, 1)).status is JobStatus.CANCELLED

    async def test_a_held_job_goes_on_with_the_preview_that_was_seen(self, store: Store) -> None:
        job = await running(store)
        await store.hold(job.id, 1, {"hash": "h1", "rows": 3})
        with pytest.raises(DeskError) as caught:
            await store.confirm(job.id, {"hash": "old"}, 5, 1)
        assert caught.value.code == "stale_preview"
        again = await store.confirm(job.id, {"hash": "h1"}, 5, 1)
        assert (again.status, again.confirmed, again.rank) == ("queued", {"hash": "h1"}, 5)
        assert (await store.take(job.id)).attempt == 2

    async def test_an_interrupted_job_goes_back_in_line(self, store: Store) -> None:
        job = await running(store)
        back = await store.interrupt(job.id, 1, "shutdown", -7)
        assert (back.status, back.rank, back.attempt, back.crashes) == ("queued", -7, 1, 0)
        assert await told(store, job.id) == ["queued", "started", "interrupted", "queued"]

    async def test_what_is_unknown_is_said_so(self, store: Store) -> None:
        for call in (store.job("no"), store.request_cancel("no"), store.items("no"), store.delete_job("no")):
            with pytest.raises(DeskError) as caught:
                await call
            assert caught.value.code == "job_not_found"
        with pytest.raises(DeskError) as caught:
            await store.batch("no")
        assert caught.value.code == "batch_not_found"


class ItemsConformance:
    """Items, as StoreConformance asks for it."""

    async def test_an_item_is_finished_once(self, store: Store) -> None:
        job = await running(store)
        await store.finish_item(job.id, 1, key="a", unit="row", status="completed", output={"n": 1})
        with pytest.raises(DeskError) as caught:
            await store.finish_item(job.id, 1, key="a", unit="row", status="failed", code="x", message="y")
        assert caught.value.code == "conflict"
        (item,) = await store.items(job.id)
        assert (item.key, item.status, item.output) == ("a", "completed", {"n": 1})
        assert (await store.job(job.id)).items.completed == 1

    async def test_an_intent_without_an_outcome_needs_review_and_is_decided_by_a_person(
        self, store: Store
    ) -> None:
        job = await running(store)
        await store.start_item(job.id, 1, "a", "row")
        await store.start_item(job.id, 1, "b", "row")
        await store.finish_item(job.id, 1, key="b", unit="row", status="completed", output={"label": "L"})
        await store.fail(job.id, 1, FAILURE)
        counts = (await store.job(job.id)).items
        assert (counts.completed, counts.needs_review) == (1, 1)
        await store.resolve_item(job.id, "a", "completed", {"label": "M"}, None)
        with pytest.raises(DeskError) as caught:
            await store.resolve_item(job.id, "a", "failed", None, None)
        assert caught.value.code == "conflict"
        counts = (await store.job(job.id)).items
        assert (counts.completed, counts.needs_review) == (2, 0)

    async def test_a_retry_takes_over_what_succeeded_and_happens_once(self, store: Store) -> None:
        old = await running(store)
        await store.set_items_total(old.id, 1, 3)
        await store.finish_item(old.id, 1, key="a", unit="row", status="completed", output=1)
        await store.finish_item(old.id, 1, key="b", unit="row", status="failed", code="x", message="y")
        await store.complete(old.id, 1, None)
        retry = new_job(retry_of=old.id, takes_over=old.id)
        await store.create([retry])
        assert [(item.key, item.status) for item in await store.items(retry.id)] == [("a", "completed")]
        assert (await store.job(retry.id)).items.completed == 1
        assert (await store.job(old.id)).superseded_by == retry.id
        with pytest.raises(DeskError):
            await store.create([new_job(retry_of=old.id, takes_over=old.id)])

    async def test_items_are_paged_in_the_order_they_began(self, store: Store) -> None:
        job = await running(store)
        for number in range(5):
            status = "failed" if number % 2 else "completed"
            await store.finish_item(
                job.id, 1, key=f"k{number}", unit="row", status=status, code="c", message="m"
            )
        first = await store.items(job.id, limit=2)
        rest = await store.items(job.id, after=first[-1].number, limit=10)
        assert [item.key for item in (*first, *rest)] == [f"k{number}" for number in range(5)]
        assert [item.key for item in await store.items(job.id, status="failed")] == ["k1", "k3"]


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

    async def test_runs_and_statistics_outlive_their_jobs(self, store: Store) -> None:
        job = await running(store)
        await store.complete(job.id, 1, None)
        await store.delete_job(job.id)
        (run,) = await store.runs("demo")
        assert (run.kind, run.status, run.ran_seconds > 0) == ("demo", "completed", True)
        (day,) = await store.stats(0.0)
        assert (day["kind"], day["jobs"]) == ("demo", 1)

    async def test_lanes_remember_that_they_are_paused(self, store: Store, reopen: Reopen) -> None:
        await store.set_lane_paused("main", is_paused=True, reason="lunch")
        (lane,) = await (await reopen()).lanes()
        assert (lane.name, lane.is_paused, lane.pause_reason) == ("main", True, "lunch")


class StoreConformance(
    SubmissionConformance,
    LifeConformance,
    ItemsConformance,
    RecoveryConformance,
    EventsConformance,
    BatchesConformance,
    ReadingConformance,
):
    """Everything above."""
