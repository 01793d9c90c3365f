"""The part of the conformance suite that says who finds what (see conformance.py and model/accounts.py)."""

import pytest

from service.model.accounts import Viewer
from service.storage.port import EventScope, JobQuery, Store
from tests.storage.makers import new_batch, new_job

WHOSE = [
    (None, None),
    ("ann", None),
    ("bob", None),
    ("ann", "paula"),
    ("paula", "paula"),
    ("bob", "peter"),
    (None, "paula"),
]
VIEWERS = [
    Viewer("ann"),
    Viewer("bob", frozenset({"paula"})),
    Viewer("paula", frozenset({"paula"})),
    Viewer("nobody"),
    Viewer("carl", frozenset({"paula", "peter"})),
]


class ViewersConformance:
    """Lists and events as different people find them, as StoreConformance asks for it."""

    @pytest.mark.parametrize("viewer", VIEWERS, ids=lambda viewer: viewer.owner)
    async def test_a_viewer_finds_what_may_be_seen_and_nothing_else(
        self, store: Store, viewer: Viewer
    ) -> None:
        for owner, subject in WHOSE:
            batch = new_batch(owner=owner, subject=subject)
            await store.create([new_job(owner=owner, subject=subject, batch_id=batch.id, sequence=1)], batch)
        expected = sorted(map(str, (whose for whose in WHOSE if viewer.may_see(*whose))))

        jobs = await store.jobs(JobQuery(viewer=viewer))
        assert sorted(str((job.owner, job.subject)) for job in jobs) == expected
        batches = await store.batches(viewer=viewer)
        assert sorted(str((batch.owner, batch.subject)) for batch in batches) == expected
        events = await store.events_after(0, EventScope(viewer=viewer), 1000)
        assert {event.job_id for event in events if event.job_id} == {job.id for job in jobs}
        assert all(viewer.may_see(event.owner, event.subject) for event in events)

    async def test_without_a_viewer_everything_is_found(self, store: Store) -> None:
        for owner, subject in WHOSE:
            await store.create([new_job(owner=owner, subject=subject)])
        assert len(await store.jobs(JobQuery())) == len(WHOSE)
        assert len(await store.events_after(0, EventScope(), 1000)) == len(WHOSE)

    async def test_the_event_of_a_deleted_job_is_still_told_to_its_owner_alone(self, store: Store) -> None:
        job = new_job(owner="ann")
        await store.create([job])
        await store.request_cancel(job.id)
        await store.delete_job(job.id)

        async def names(owner: str) -> list[str]:
            events = await store.events_after(0, EventScope(viewer=Viewer(owner)), 10)
            return [event.name for event in events]

        assert (await names("ann"), await names("bob")) == (["deleted"], [])

    async def test_statistics_for_a_viewer_are_of_what_is_seen(self, store: Store) -> None:
        for owner, subject in (*WHOSE, ("ann", None)):
            job = new_job(owner=owner, subject=subject)
            await store.create([job])
            await store.take(job.id)
            await store.complete(job.id, 1, None)
        await store.create([new_job(owner="ann")])
        for viewer in (*VIEWERS, None):
            whose = [*WHOSE, ("ann", None)]
            seen = sum(viewer is None or viewer.may_see(*each) for each in whose)
            waiting = int(viewer is None or viewer.owner == "ann")
            counts = await store.counts_by_status(viewer)
            assert counts == {name: n for name, n in (("completed", seen), ("queued", waiting)) if n}
            assert sum(row["jobs"] for row in await store.stats(0.0, viewer)) == seen
            quantiles = await store.run_quantiles(0.0, viewer)
            assert [one.jobs for one in quantiles] == [seen] * 4 if seen else quantiles == []
