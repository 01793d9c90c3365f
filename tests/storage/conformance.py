"""What every store must do, whatever database is behind it: a driver's test subclasses `StoreConformance`.

The subclass gives a fixture `store` (open, empty, on a `Clock`) and a fixture `reopen`, which closes the
store as a crash would leave it and returns it opened anew.
"""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from service.model.artifacts import Artifact
from service.model.errors import DeskError
from service.model.events import TERMINAL_EVENTS
from service.model.jobs import JobFailure, JobStatus
from service.model.progress import Progress
from service.storage.port import EventScope, Idempotency, JobQuery, Store
from tests.storage.conformance_after import (
    BatchesConformance,
    EventsConformance,
    ReadingConformance,
    RecoveryConformance,
)
from tests.storage.conformance_viewers import ViewersConformance
from tests.storage.makers import new_job, queued, running

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


class StoreConformance(
    SubmissionConformance,
    LifeConformance,
    ItemsConformance,
    RecoveryConformance,
    EventsConformance,
    BatchesConformance,
    ReadingConformance,
    ViewersConformance,
):
    """Everything above."""
