"""Who sees what, over real sockets with accounts switched on: members, a therapist with a patient, an administrator."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from service.accounts.doorkeeper import Terms
from service.engine.submission import Submission
from service.http.keys import DOORKEEPER
from service.model.events import Cursor
from tests.desk_process import frames
from tests.http.conftest import Place, Start
from tests.http.people import Person, Town

Frame = tuple[str, str | None, dict[str, Any]]
SLOW = {"items": 1000, "seconds": 0.2, "reports": 2}  # longer than any test takes: cancelled, never awaited


@pytest.fixture
async def town(start: Start) -> Town:
    return await Town(await start(accounts=True)).settle()


class Ears:
    """What somebody hears of a stream."""

    def __init__(self, source: AsyncIterator[Frame]) -> None:
        self.heard: list[Frame] = []
        self._source = source

    async def until(self, name: str, **fields: Any) -> dict[str, Any]:
        """Listen until an event of this name with these fields, and return its data."""
        async for frame in self._source:
            self.heard.append(frame)
            if frame[0] == name and all(frame[2].get(key) == value for key, value in fields.items()):
                return frame[2]
        raise AssertionError(f"the stream ended before {name} {fields}: {[one[0] for one in self.heard]}")

    async def rest(self) -> list[Frame]:
        """Listen to the end."""
        self.heard += [frame async for frame in self._source]
        return self.heard

    @property
    def text(self) -> str:
        """All that was heard, to look for what must not be in it."""
        return json.dumps(self.heard)

    def durable(self) -> list[tuple[str, str | None]]:
        """Return the names and jobs of the events that have an id."""
        return [
            (name, data.get("job_id")) for name, cursor, data in self.heard if cursor and name != "resync"
        ]


@asynccontextmanager
async def listening(
    person: Person, path: str = "/api/v1/events", after: str | None = None
) -> AsyncIterator[Ears]:
    """Open a stream as somebody; it is registered when this yields."""
    params = {} if after is None else {"after": after}
    async with person.place.http.get(path, headers=person.header, params=params) as response:
        assert response.status == 200, await response.text()
        yield Ears(frames(response))


async def resume(town: Town) -> None:
    admin = await town.as_("Ada")
    await admin.call("POST", "/api/v1/queue/resume", 200, {})


async def about(town: Town, owner: str, subject: str) -> str:
    """Put a job in line that is about somebody, as the kind for sessions does, and return its id."""
    wanted = Submission(
        "demo", owner=town.users[owner].id, subject=town.users[subject].id, title=f"of {subject}"
    )
    return (await town.place.desk.submit(wanted)).job.job.id


async def test_lists_have_what_is_ones_own_and_an_administrators_have_all(town: Town) -> None:
    max_, mia, ada = [await town.as_(name) for name in ("Max", "Mia", "Ada")]
    his = await max_.submit(items=1)
    hers = await mia.submit(items=1)
    batch = await town.place.desk.submit_batch(_batch_of(town, "Mia"))
    batch_jobs = {view.job.id for view in batch.jobs}
    for person, expected in (
        (max_, {his["id"]}),
        (mia, {hers["id"], *batch_jobs}),
        (ada, {his["id"], hers["id"], *batch_jobs}),
    ):
        listed = await person.call("GET", "/api/v1/jobs", 200)
        assert {job["id"] for job in listed["jobs"]} == expected
        batches = await person.call("GET", "/api/v1/batches", 200)
        assert len(batches["batches"]) == (0 if person is max_ else 1)
        in_line = await person.call("GET", "/api/v1/queue/jobs", 200)
        assert in_line["waiting"] == 2 + len(batch_jobs), "how many wait is a number for everybody"
        assert {job["id"] for job in in_line["jobs"]} == expected
        stats = await person.call("GET", "/api/v1/stats", 200)
        assert stats["jobs"]["queued"] == len(expected)
        assert (stats["disk_used_bytes"] is None) == (person is not ada)


async def test_positions_count_everybody_and_name_nobody(town: Town) -> None:
    max_, mia = await town.as_("Max"), await town.as_("Mia")
    secret = await max_.submit(items=1)
    async with listening(mia) as ears:
        snapshot = await ears.until("resync")
        assert snapshot["jobs"] == []
        hers = await mia.submit(items=1)
        assert hers["position"] == 2
        told = await ears.until("queue")
        (lane,) = told["lanes"]
        while not lane["first"]:
            (lane,) = (await ears.until("queue"))["lanes"]
        assert lane["waiting"] == 2
        assert [(one["job_id"], one["position"]) for one in lane["first"]] == [(hers["id"], 2)]
        assert secret["id"] not in ears.text


async def test_nothing_of_another_is_ever_heard_live_or_replayed(town: Town) -> None:
    max_, mia, ada = [await town.as_(name) for name in ("Max", "Mia", "Ada")]
    async with listening(mia) as hers, listening(ada) as all_, listening(max_) as his:
        start = (await hers.until("resync"), hers.heard[0][1])[1]
        secret = await max_.submit(**SLOW)
        own = await mia.submit(items=1, seconds=0.0)
        await resume(town)
        await his.until("progress", job_id=secret["id"])  # it runs, and tells how far it is
        await all_.until("progress", job_id=secret["id"])
        lane: dict[str, Any] = {}
        while not lane.get("is_busy"):  # that somebody's job runs is told, and no more
            (lane,) = (await hers.until("queue"))["lanes"]
        assert lane["running"] is None
        shown = await mia.call("GET", "/api/v1/queue", 200)
        assert (shown["lanes"][0]["is_busy"], shown["lanes"][0]["running"]) == (True, None)
        assert (await max_.call("GET", "/api/v1/queue", 200))["lanes"][0]["running"]["id"] == secret["id"]
        await max_.call("POST", f"/api/v1/jobs/{secret['id']}/cancel", 202, {})
        await all_.until("cancelled", job_id=secret["id"])
        await hers.until("completed", job_id=own["id"])
        await all_.until("completed", job_id=own["id"])
        assert secret["id"] not in hers.text
    assert start is not None
    async with listening(mia, after=start) as again:
        await again.until("completed", job_id=own["id"])
        assert again.durable() == hers.durable()
        assert secret["id"] not in again.text
    epoch = Cursor.parse(start).epoch  # type: ignore[union-attr]
    async with listening(mia, after=f"{epoch}-0") as from_the_start:
        await from_the_start.until("completed", job_id=own["id"])
        assert from_the_start.durable() == hers.durable()
    async with listening(ada, after=f"{epoch}-0") as everything:
        await everything.until("completed", job_id=own["id"])
        assert {job for _, job in everything.durable()} >= {secret["id"], own["id"]}


async def test_a_session_is_heard_by_its_patient_and_therapist_and_by_nobody_else(town: Town) -> None:
    persons = {name: await town.as_(name) for name in ("Theo", "Pia", "Pete", "Max", "Ada")}
    job_id = await about(town, "Theo", "Pia")
    for name, person in persons.items():
        sees = name in ("Theo", "Pia", "Ada")
        await person.call("GET", f"/api/v1/jobs/{job_id}", 200 if sees else 404)
        async with listening(person) as ears:
            snapshot = await ears.until("resync")
            assert [job["id"] for job in snapshot["jobs"]] == ([job_id] if sees else [])
            end = Cursor.parse(ears.heard[0][1] or "")
            assert end is not None
        if sees:
            async with listening(person, after=f"{end.epoch}-0") as ears:
                await ears.until("queued", job_id=job_id)


async def test_who_loses_a_patient_loses_the_streams_and_the_sessions_with_them(town: Town) -> None:
    theo, ada = await town.as_("Theo"), await town.as_("Ada")
    job_id = await about(town, "Theo", "Pia")
    theos, pias = town.users["Theo"].id, town.users["Pia"].id
    async with listening(theo) as ears:
        assert [job["id"] for job in (await ears.until("resync"))["jobs"]] == [job_id]
        await ada.call("DELETE", f"/api/v1/users/{theos}/patients/{pias}", 200)
        assert (await ears.rest())[-1][0] == "bye"
    async with listening(theo) as again:
        assert (await again.until("resync"))["jobs"] == []
    await theo.call("GET", f"/api/v1/jobs/{job_id}", 404)
    await theo.call("GET", f"/api/v1/jobs/{job_id}/events", 404)


STREAMS = ("/api/v1/events", "{job}/events", "{job}/progress/stream", "{job}/log?follow=1", "{batch}/events")


async def _paths(town: Town, person: Person) -> list[str]:
    job = await person.submit(items=1)
    batch = await town.place.desk.submit_batch(_batch_of(town, person.user.name))
    places = {"job": f"/api/v1/jobs/{job['id']}", "batch": f"/api/v1/batches/{batch.batch.id}"}
    return [path.format(**places) for path in STREAMS]


async def _said_last(person: Person, path: str, opened: asyncio.Semaphore) -> dict[str, Any]:
    async with person.place.http.get(path, headers=person.header) as response:
        assert response.status == 200, await response.text()
        opened.release()
        told = [frame async for frame in frames(response)]
    assert told[-1][0] == "bye", [name for name, _, _ in told]
    return told[-1][2]


async def test_every_stream_ends_when_its_token_does_and_says_so(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths, opened = await _paths(town, await town.as_("Max")), asyncio.Semaphore(0)
    began = time.monotonic()
    trying = await town.as_("Max")
    for path in paths:
        async with trying.place.http.get(path, headers=trying.header) as tried:
            assert tried.status == 200
    # Many times as long as it took just now, on this machine, to sign in and open them.
    terms = Terms(access_token_seconds=4 + 5 * (time.monotonic() - began))
    monkeypatch.setattr(town.place.app[DOORKEEPER], "_terms", terms)
    mayfly = await town.as_("Max")
    said = await asyncio.gather(*(_said_last(mayfly, path, opened) for path in paths))
    assert [one["reason"] for one in said] == ["token_expired"] * len(paths)
    for path in paths:
        await mayfly.call("GET", path, 401)


async def test_every_stream_ends_at_logout_and_others_go_on(town: Town) -> None:
    max_, mia = await town.as_("Max"), await town.as_("Mia")
    paths, opened = await _paths(town, max_), asyncio.Semaphore(0)
    async with listening(mia) as ears:
        await ears.until("resync")
        ends = [asyncio.ensure_future(_said_last(max_, path, opened)) for path in paths]
        for _ in paths:
            await opened.acquire()
        await max_.call("POST", "/api/v1/auth/logout", 204, {})
        assert [one["reason"] for one in await asyncio.gather(*ends)] == ["signed_out"] * len(paths)
        own = await mia.submit(items=1)
        await ears.until("queued", job_id=own["id"])
    await max_.call("GET", "/api/v1/events", 401)


async def test_the_same_idempotency_key_of_two_people_makes_two_jobs(town: Town) -> None:
    async def submit(name: str) -> str:
        person = await town.as_(name)
        headers = person.header | {"Idempotency-Key": "monday"}
        body = {"kind": "demo", "args": {"items": 1}}
        async with town.place.http.post("/api/v1/jobs", json=body, headers=headers) as answer:
            assert answer.status == 202, await answer.text()
            return str((await answer.json())["id"])

    first, second, other = await submit("Max"), await submit("Max"), await submit("Mia")
    assert first == second != other


async def test_a_result_is_taken_from_ones_own_earlier_work_only(town: Town) -> None:
    async def count(person: Person) -> dict[str, Any]:
        form = Place.form(_book(), "book.epub")
        async with town.place.http.post("/api/v1/jobs", data=form, headers=person.header) as answer:
            job = await answer.json()
        async with town.place.http.get(f"/api/v1/jobs/{job['id']}/events", headers=person.header) as stream:
            await stream.read()
        return await person.call("GET", f"/api/v1/jobs/{job['id']}", 200)

    max_, mia = await town.as_("Max"), await town.as_("Mia")
    await resume(town)
    told = [await count(person) for person in (max_, mia, max_, mia)]
    assert [(job["status"], job["cached"]) for job in told] == [
        ("completed", False), ("completed", False), ("completed", True), ("completed", True),
    ]  # fmt: skip
    assert {job["owner"] for job in told} == {max_.user.id, mia.user.id}


def _book() -> bytes:
    from tests.http.conftest import BOOK

    return BOOK.read_bytes()


def _batch_of(town: Town, name: str) -> Any:
    from service.engine.submission import BatchSubmission

    urls = ("https://example.org/a.pdf", "https://example.org/b.pdf")
    return BatchSubmission("heatsheets", {"swimmer": "Ann Li"}, urls=urls, owner=town.users[name].id)
