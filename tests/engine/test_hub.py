"""The hub: every stream hears every durable event once, in order, and nobody's slowness costs memory."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from service.engine.hub import Hub, Subscription
from service.engine.words import batch_words, canonical, frame
from service.model.events import Cursor, Event
from service.storage.port import EventScope


def event(number: int, job: str = "j", name: str = "item_completed", batch: str | None = None) -> Event:
    return Event(number, name, {"job_id": job, "n": number}, job, batch)


def numbers(frames: bytes) -> list[int]:
    return [Cursor.parse(line[4:]).number for line in frames.decode().splitlines() if line.startswith("id: ")]  # type: ignore[union-attr]


def heard(frames: bytes) -> list[tuple[str, Any]]:
    blocks = [
        dict(line.split(": ", 1) for line in block.split("\n"))
        for block in frames.decode().split("\n\n")
        if block
    ]
    return [(block["event"], json.loads(block["data"])) for block in blocks]


async def test_a_stream_hears_only_what_it_asked_for() -> None:
    hub = Hub("e", 0)
    job, batch, everything = (
        hub.subscribe(scope) for scope in (EventScope(job_id="a"), EventScope(batch_id="b"), EventScope())
    )
    hub.publish([event(1, "a"), event(2, "x", batch="b"), event(3, "y")])
    assert [numbers(hub.collect(stream)) for stream in (job, batch, everything)] == [[1], [2], [1, 2, 3]]
    assert hub.collect(everything) == b""


async def test_a_terminal_event_ends_the_stream_of_its_job_and_drops_what_was_live() -> None:
    hub = Hub("e", 0)
    stream = hub.subscribe(EventScope(job_id="a"))
    everything = hub.subscribe(EventScope())
    hub.tell_live("progress", "a", {"percent": 50})
    hub.publish([event(1, "a", "completed"), event(2, "a", "item_failed")])
    assert [name for name, _ in heard(hub.collect(stream))] == ["completed"]
    assert stream.has_ended
    assert [name for name, _ in heard(hub.collect(everything))] == ["completed", "item_failed"]


async def test_a_stream_that_wants_time_between_live_frames_is_rung_when_it_has_passed() -> None:
    hub = Hub("e", 0)
    stream = hub.subscribe(EventScope(job_id="a"))
    stream.live_gap_seconds = 0.02
    hub.tell_live("progress", "a", {"percent": 1})
    assert len(heard(hub.collect(stream))) == 1
    hub.tell_live("position", "a", {"position": 1})
    assert hub.collect(stream) == b"", "too soon"
    hub.publish([event(1, "a")])
    assert numbers(hub.collect(stream)) == [1], "durable events never wait"
    frames = b""
    while not frames:
        stream.bell.clear()
        frames = hub.collect(stream)
        if not frames:
            await stream.bell.wait()
    assert [name for name, _ in heard(frames)] == ["position"]


async def test_of_many_live_frames_only_the_newest_goes_out_and_without_an_id() -> None:
    hub = Hub("e", 0)
    stream = hub.subscribe(EventScope(job_id="a"))
    for percent in range(100):
        hub.tell_live("progress", "a", {"percent": percent})
    first = hub.collect(stream)
    stream.bell.clear()
    await asyncio.wait_for(stream.bell.wait(), 60)
    second = hub.collect(stream)
    assert [data["percent"] for _, data in heard(first + second)] == [0, 99]
    assert b"id:" not in first + second


async def test_the_log_is_bounded_and_says_who_is_behind() -> None:
    hub = Hub("e", 0, max_entries=10)
    stream = hub.subscribe(EventScope())
    writing = hub.subscribe(EventScope())
    cut: list[bool] = []
    writing.is_writing, writing.abort = True, lambda: cut.append(True)
    hub.publish([event(number) for number in range(1, 12)])
    assert (hub.floor, hub.is_behind(stream), cut) == (1, True, [True])
    small = Hub("e", 0, max_bytes=500)
    small.publish([event(number) for number in range(1, 100)])
    assert small.floor > 80


async def test_each_event_is_encoded_once_for_each_dialect() -> None:
    calls: list[str] = []

    def dialect(name: str, data: Mapping[str, Any]) -> list[tuple[str, dict[str, Any]]]:
        calls.append(name)
        return [("one", {}), ("two", dict(data))]

    hub = Hub("e", 0)
    streams = [hub.subscribe(EventScope(), dialect) for _ in range(5)]
    hub.publish([event(7)])
    frames = {hub.collect(stream) for stream in streams}
    assert len(frames) == 1
    assert calls == ["item_completed"]
    (both,) = frames
    assert both == b'event: one\ndata: {}\n\nid: e-7\nevent: two\ndata: {"job_id":"j","n":7}\n\n'


async def test_a_batch_hears_its_jobs_under_its_own_words() -> None:
    said = [
        (name, list(batch_words(name, {"x": 1})))
        for name in ("completed", "item_completed", "batch_completed")
    ]
    assert said == [
        ("completed", [("job_completed", {"x": 1})]),
        ("item_completed", []),
        ("batch_completed", [("batch_completed", {"x": 1})]),
    ]
    assert list(canonical("failed", {"x": 1})) == [("failed", {"x": 1})]


def test_a_frame_is_one_line_of_json_whatever_the_text() -> None:
    told = frame("log", {"line": "a\nb\r\u2028data: x\n\n"}, "e-1")
    assert told.count(b"\n") == 4
    assert heard(told) == [("log", {"line": "a\nb\r\u2028data: x\n\n"})]


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_streams_that_come_go_and_stall_all_end_with_the_same_history(data: st.DataObject) -> None:
    """Drives a hub with a tiny log: a stream that is behind reads the 'database', like the handler does."""

    async def run() -> None:
        hub = Hub("e", 0, max_entries=data.draw(st.integers(1, 6)))
        stored: list[Event] = []
        count = data.draw(st.integers(1, 5))
        histories: list[list[int]] = [[] for _ in range(count)]
        streams: list[Subscription | None] = [None] * count

        def read(index: int) -> None:
            stream = streams[index]
            if stream is None:  # comes (back) with the cursor of what it has
                cursor = histories[index][-1] if histories[index] else 0
                stream = streams[index] = hub.subscribe(EventScope(), canonical, cursor)
            if hub.is_behind(stream):
                head = hub.head
                page = [e for e in stored if e.number > stream.cursor][:3]
                histories[index] += numbers(hub.encode_stored(stream, page))
                if len(page) < 3:
                    stream.cursor = max(stream.cursor, head)
                return
            histories[index] += numbers(
                hub.collect(stream, limit_bytes=data.draw(st.sampled_from([1, 200, 10**6])))
            )

        number = 0
        for _ in range(data.draw(st.integers(1, 40))):
            action = data.draw(st.sampled_from(["publish", "publish", "read", "leave"]))
            index = data.draw(st.integers(0, count - 1))
            if action == "publish":
                new = [event(number + k) for k in range(1, data.draw(st.integers(1, 4)) + 1)]
                number += len(new)
                stored += new
                hub.publish(new)
            elif action == "read":
                read(index)
            elif (leaving := streams[index]) is not None:
                hub.unsubscribe(leaving)
                streams[index] = None
        for index in range(count):
            for _ in range(3 * number + 3):
                read(index)
        assert histories == [list(range(1, number + 1))] * count

    asyncio.run(run())
