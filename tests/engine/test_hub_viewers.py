"""The hub for limited eyes: a stream hears exactly what its viewer may see, in order, whichever way it comes."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.engine.hub import Hub, Subscription
from service.engine.words import canonical
from service.model.accounts import Viewer
from service.model.events import Event
from service.storage.port import EventScope
from tests.engine.test_hub import heard, numbers

OWNERS = (None, "ann", "bob", "paula")
SUBJECTS = (None, None, "paula", "peter")
VIEWERS = (
    None,
    Viewer("ann"),
    Viewer("bob", frozenset({"paula"})),
    Viewer("paula", frozenset({"paula"})),
    Viewer("nobody"),
    Viewer("carl", frozenset({"paula", "peter"})),
)
WHOSE = st.tuples(st.sampled_from(OWNERS), st.sampled_from(SUBJECTS))


def event(number: int, owner: str | None, subject: str | None, name: str = "item_completed") -> Event:
    job = f"job-{owner}-{subject}"
    return Event(number, name, {"job_id": job, "n": number}, job, f"batch-{owner}", owner, subject)


def is_seen(viewer: Viewer | None, told: Event) -> bool:
    return viewer is None or viewer.may_see(told.owner, told.subject)


class Reader:
    """One client: it reads the log, the database when it is behind, and comes back with its last cursor."""

    def __init__(self, viewer: Viewer | None, hub: Hub, stored: list[Event]) -> None:
        self.viewer = viewer
        self.scope = EventScope(viewer=viewer)
        self.durable: list[int] = []
        self.live: list[Mapping[str, Any]] = []
        self._hub = hub
        self._stored = stored
        self._stream: Subscription | None = None

    def leave(self) -> None:
        if self._stream is not None:
            self._hub.unsubscribe(self._stream)
            self._stream = None

    def read(self, limit_bytes: int, page_size: int, *, does_sql_filter: bool) -> None:
        stream = self._stream
        if stream is None:
            cursor = self.durable[-1] if self.durable else 0
            stream = self._stream = self._hub.subscribe(self.scope, canonical, cursor)
        if self._hub.is_behind(stream):
            self._keep(self._stored_page(stream, page_size, does_sql_filter=does_sql_filter))
        else:
            self._keep(self._hub.collect(stream, limit_bytes))

    @property
    def has_all(self) -> bool:
        """Whether it has read up to the head."""
        return self._stream is not None and self._stream.cursor >= self._hub.head

    def _stored_page(self, stream: Subscription, size: int, *, does_sql_filter: bool) -> bytes:
        head = self._hub.head
        found = [e for e in self._stored if e.number > stream.cursor]
        if does_sql_filter:  # as the store does by EventScope.viewer; without it the hub is the second lock
            found = [e for e in found if is_seen(self.viewer, e)]
        page = found[:size]
        frames = self._hub.encode_stored(stream, page)
        if len(page) < size:
            stream.cursor = max(stream.cursor, head)
        return frames

    def _keep(self, frames: bytes) -> None:
        self.durable += numbers(frames)
        self.live += [data for _, data in heard(frames) if "live" in data]


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_a_limited_stream_hears_exactly_the_visible_events_in_order(data: st.DataObject) -> None:
    async def run() -> None:
        hub = Hub("e", 0, max_entries=data.draw(st.integers(1, 8)))
        stored: list[Event] = []
        readers = [Reader(viewer, hub, stored) for viewer in VIEWERS]
        for _ in range(data.draw(st.integers(1, 40))):
            action = data.draw(st.sampled_from(["publish", "publish", "live", "read", "leave"]))
            reader = data.draw(st.sampled_from(readers))
            if action == "publish":
                whose = data.draw(st.lists(WHOSE, min_size=1, max_size=4))
                new = [event(len(stored) + k, *one) for k, one in enumerate(whose, 1)]
                stored += new
                hub.publish(new)
            elif action == "live":
                owner, subject = data.draw(WHOSE)
                job = f"job-{owner}-{subject}"
                told = {"live": True, "owner": owner, "subject": subject}
                hub.tell_live("progress", job, told, owner=owner, subject=subject)
            elif action == "read":
                limit = data.draw(st.sampled_from([1, 200, 10**6]))
                reader.read(limit, 3, does_sql_filter=data.draw(st.booleans()))
            else:
                reader.leave()
        for reader in readers:
            reader.read(10**6, 3, does_sql_filter=True)
            while not reader.has_all:
                reader.read(10**6, 3, does_sql_filter=True)
            assert reader.durable == [e.number for e in stored if is_seen(reader.viewer, e)]
            if reader.viewer is not None:
                assert all(reader.viewer.may_see(told["owner"], told["subject"]) for told in reader.live)

    asyncio.run(run())


async def test_progress_of_others_is_never_heard_and_ones_own_is() -> None:
    hub = Hub("e", 0)
    ann, bob, admin = (
        hub.subscribe(EventScope(viewer=viewer)) for viewer in (Viewer("ann"), Viewer("bob"), None)
    )
    hub.tell_live("progress", "a", {"percent": 1}, owner="ann")
    hub.tell_live("log", "b", {"line": "secret"}, owner="bob")
    assert [name for name, _ in heard(hub.collect(ann))] == ["progress"]
    assert [name for name, _ in heard(hub.collect(bob))] == ["log"]
    assert [name for name, _ in heard(hub.collect(admin))] == ["progress", "log"]


async def test_a_live_frame_of_nobody_is_for_unlimited_streams_only() -> None:
    hub = Hub("e", 0)
    limited, admin = hub.subscribe(EventScope(viewer=Viewer("ann"))), hub.subscribe(EventScope())
    hub.tell_live("progress", "a", {"percent": 1})
    assert hub.collect(limited) == b""
    assert hub.collect(admin) != b""


async def test_what_everybody_hears_of_is_told_to_each_as_they_may_and_made_once_for_the_same_eyes() -> None:
    hub = Hub("e", 0)
    asked: list[Viewer] = []

    def redacted(viewer: Viewer) -> Mapping[str, Any]:
        asked.append(viewer)
        return {"for": viewer.owner}

    streams = [
        hub.subscribe(EventScope(viewer=viewer))
        for viewer in (Viewer("ann"), Viewer("ann"), Viewer("bob"), None)
    ]
    hub.tell_live("queue", None, {"for": "all"}, redacted=redacted)
    told = [heard(hub.collect(stream))[0][1]["for"] for stream in streams]
    assert told == ["ann", "ann", "bob", "all"]
    assert asked == [Viewer("ann"), Viewer("bob")]


async def test_of_many_live_frames_of_others_none_is_late_either() -> None:
    hub = Hub("e", 0)
    limited = hub.subscribe(EventScope(viewer=Viewer("ann")))
    for percent in range(20):
        hub.tell_live("progress", "b", {"percent": percent}, owner="bob")
        hub.tell_live("progress", "a", {"percent": percent}, owner="ann")
    first = hub.collect(limited)
    limited.bell.clear()
    async with asyncio.timeout(60):
        while (late := hub.collect(limited)) == b"":
            await limited.bell.wait()
            limited.bell.clear()
    assert [json.dumps(data) for _, data in heard(first + late)] == ['{"percent": 0}', '{"percent": 19}']


async def test_a_stream_that_was_told_to_end_keeps_the_first_reason_and_rings() -> None:
    hub = Hub("e", 0)
    stream = hub.subscribe(EventScope())
    stream.end("signed_out")
    stream.end("token_expired")
    assert stream.farewell == "signed_out"
    assert stream.bell.is_set()


@pytest.mark.parametrize("is_writing", [True, False])
async def test_a_stream_that_stands_in_a_write_when_it_has_to_end_is_cut(is_writing: bool) -> None:
    stream = Hub("e", 0).subscribe(EventScope())
    cut = asyncio.Event()
    stream.abort = cut.set
    stream.is_writing = is_writing
    stream.end("signed_out")
    if is_writing:
        await asyncio.wait_for(cut.wait(), 60)
    else:
        other = Hub("e", 0).subscribe(EventScope())
        other.is_writing, passed = True, asyncio.Event()
        other.abort = passed.set
        other.end("later")  # its cut comes after the one that must not come
        await asyncio.wait_for(passed.wait(), 60)
        assert not cut.is_set()
