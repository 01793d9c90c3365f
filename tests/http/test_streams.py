"""Streams over real sockets: what a window sees that comes, goes, stalls, and comes back."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator

import aiohttp
import pytest

from tests.desk_process import frames
from tests.http.conftest import Place, Start

SSE = {"Accept": "text/event-stream"}


async def demo(place: Place, **args: object) -> str:
    """Submit a demo job to a paused line."""
    return (await place.post("/api/v1/jobs", {"kind": "demo", "args": {"items": 2, "seconds": 0, **args}}))[
        "id"
    ]


async def whole(place: Place, path: str, cursor: str | None = None) -> list[tuple[str, str | None, dict]]:
    """Read a stream that ends by itself."""
    headers = SSE | ({"Last-Event-ID": cursor} if cursor else {})
    async with place.http.get(path, headers=headers) as stream:
        return [frame async for frame in frames(stream)]


async def until(stream: AsyncIterator, name: str) -> list[tuple[str, str | None, dict]]:
    """Read on to an event of this name."""
    seen = []
    async for frame in stream:
        seen.append(frame)
        if frame[0] == name:
            return seen
    raise AssertionError(f"ended without {name}: {seen}")


async def test_the_first_frame_is_the_present_state_with_the_newest_id(place: Place) -> None:
    await demo(place)
    job_id = await demo(place)
    async with place.http.get(f"/api/v1/jobs/{job_id}/events", headers=SSE) as stream:
        assert stream.headers["Content-Type"].startswith("text/event-stream")
        assert stream.headers["Cache-Control"] == "no-store, no-transform"
        assert stream.headers["X-Accel-Buffering"] == "no"
        assert "Content-Encoding" not in stream.headers
        name, cursor, data = await anext(frames(stream))
    assert (name, data["status"], data["position"]) == ("queued", "queued", 2)
    assert cursor is not None


async def test_a_whole_life_is_told_in_order_and_the_stream_ends(place: Place) -> None:
    job_id = await demo(place, fail_items=[1])
    async with place.http.get(f"/api/v1/jobs/{job_id}/events", headers=SSE) as stream:
        reading = frames(stream)
        first = await anext(reading)
        await place.post("/api/v1/queue/resume", status=200)
        rest = [frame async for frame in reading]
    durable = [(name, cursor) for name, cursor, _ in [first, *rest] if cursor]
    assert [name for name, _ in durable] == [
        "queued",
        "started",
        "item_completed",
        "item_failed",
        "completed",
    ]
    numbers = [int(cursor.rsplit("-", 1)[1]) for _, cursor in durable]
    assert numbers == sorted(set(numbers))
    assert all(data["job_id"] == job_id and data["at"].endswith("Z") for _, _, data in rest)
    assert rest[-1][0] == "completed"
    assert rest[-1][2]["items"] == {"total": 2, "completed": 1, "failed": 1, "needs_review": 0}


async def test_what_is_replayed_after_a_cursor_is_exactly_what_was_missed(place: Place) -> None:
    job_id = await demo(place)
    await place.finished(job_id)
    epoch = place.desk.hub.epoch
    history = await whole(place, f"/api/v1/jobs/{job_id}/events", f"{epoch}-0")
    assert [name for name, _, _ in history] == [
        "queued",
        "started",
        "item_completed",
        "item_completed",
        "completed",
    ]
    for index, (_, cursor, _) in enumerate(history[:-1]):
        by_header = await whole(place, f"/api/v1/jobs/{job_id}/events", cursor)
        by_query = await whole(place, f"/api/v1/jobs/{job_id}/events?after={cursor}")
        assert by_header == by_query == history[index + 1 :]


async def test_at_the_terminal_cursor_the_answer_is_204(place: Place) -> None:
    job_id = await demo(place)
    await place.finished(job_id)
    ((name, cursor, _),) = await whole(place, f"/api/v1/jobs/{job_id}/events")
    assert name == "completed"
    for path in (f"/api/v1/jobs/{job_id}/events", f"/api/v1/jobs/{job_id}/progress/stream"):
        async with place.http.get(path, headers=SSE | {"Last-Event-ID": str(cursor)}) as answer:
            assert (answer.status, await answer.read()) == (204, b"")


@pytest.mark.parametrize("cursor", ["00000000-1", "{epoch}-999999", "rubbish", "{epoch}-x", "-1"])
async def test_a_cursor_that_cannot_be_honoured_gets_a_snapshot_never_silence(
    place: Place, cursor: str
) -> None:
    job_id = await demo(place)
    headers = SSE | {"Last-Event-ID": cursor.format(epoch=place.desk.hub.epoch)}
    async with place.http.get(f"/api/v1/jobs/{job_id}/events", headers=headers) as stream:
        reading = frames(stream)
        name, new, data = await anext(reading)
        assert (name, data["job"]["id"], data["job"]["status"]) == ("resync", job_id, "queued")
        assert new is not None
        assert new.startswith(place.desk.hub.epoch)
        assert (await anext(reading))[0] == "queued"
    async with place.http.get("/api/v1/events", headers=headers) as stream:
        name, _, data = await anext(frames(stream))
        assert (name, [job["id"] for job in data["jobs"]]) == ("resync", [job_id])


async def test_a_trimmed_cursor_gets_a_snapshot(place: Place) -> None:
    job_id = await demo(place)
    await place.finished(job_id)
    await place.desk.store.trim_events(4e9)
    headers = SSE | {"Last-Event-ID": f"{place.desk.hub.epoch}-1"}
    async with place.http.get(f"/api/v1/jobs/{job_id}/events", headers=headers) as stream:
        assert [name async for name, _, _ in frames(stream)] == ["resync", "completed"]


async def test_two_hundred_waiting_jobs_move_and_only_the_watched_one_is_told(place: Place) -> None:
    ids = [await demo(place, items=0) for _ in range(20)]
    async with place.http.get(f"/api/v1/jobs/{ids[-1]}/events", headers=SSE) as stream:
        reading = frames(stream)
        assert (await anext(reading))[2]["position"] == 20
        await place.post(f"/api/v1/jobs/{ids[-1]}/move", {"to": "front"}, status=200)
        name, cursor, data = (await until(reading, "position"))[-1]
        while data["position"] == 20:  # of the submissions, told late
            name, cursor, data = (await until(reading, "position"))[-1]
        assert (name, cursor, data["position"]) == ("position", None, 1)
        assert data["estimate"]["finishes_in"]["p90"] >= data["estimate"]["finishes_in"]["p50"] >= 0


async def test_an_idle_stream_pings_and_a_stopping_service_says_bye(start: Start) -> None:
    place = await start(stream_ping_seconds=0.2)
    job_id = await demo(place)
    async with place.http.get(f"/api/v1/jobs/{job_id}/events", headers=SSE) as stream:
        reading = frames(stream)
        seen = await until(reading, "ping")
        assert seen[-1][2]["time"].endswith("Z")
        place.desk.hub.close()
        bye = (await until(reading, "bye"))[-1]
        assert bye[1] is None
        for told in (seen[-1][2], bye[2]):  # as every data object does
            assert (told["job_id"], told["at"][-1]) == (job_id, "Z")
        assert [frame async for frame in reading] == []


async def test_only_get_and_only_who_accepts_event_streams(place: Place) -> None:
    job_id = await demo(place)
    for path in (f"/api/v1/jobs/{job_id}/events", "/api/v1/events", f"/api/sse/{job_id}"):
        async with place.http.head(path) as answer:
            assert answer.status == 405
        async with place.http.get(path, headers={"Accept": "application/json"}) as answer:
            assert (answer.status, (await answer.json())["code"]) == (406, "not_acceptable")
        async with place.http.get(path, headers={"Accept": "text/event-stream;q=0, */*"}) as answer:
            assert answer.status == 406


@pytest.mark.parametrize("path", ["/api/v1/jobs/{id}/events", "/api/v1/batches/{id}/events", "/api/sse/{id}"])
async def test_an_unknown_job_is_404_before_the_stream_opens(place: Place, path: str) -> None:
    async with place.http.get(path.format(id="01a1fe74-422b-74a2-9c37-eb6f3ddc36d4"), headers=SSE) as answer:
        problem = await answer.json()
    assert (answer.status, problem["success"]) == (404, False)
    assert answer.headers["Content-Type"].startswith("application/problem+json")


async def test_a_batch_is_told_from_its_beginning_and_again_after_a_cursor(place: Place) -> None:
    batch = await place.post("/api/v1/queue/pause", {}, status=200) and None
    form = place.form(b"no book", "a.epub")
    form.add_field("files", b"no book either", filename="b.epub")
    async with place.http.post("/api/v1/batches", data=form) as answer:
        assert answer.status == 202, await answer.text()
        batch = await answer.json()
    await place.post("/api/v1/queue/resume", status=200)
    told = await whole(place, f"/api/v1/batches/{batch['id']}/events")
    names = [name for name, cursor, _ in told if cursor]
    assert names[0] == "batch_started"
    assert names[-1] == "batch_completed"
    assert names.count("job_failed") == 2
    assert [data["sequence"] for name, _, data in told if name == "job_failed"] == [1, 2]
    again = await whole(place, f"/api/v1/batches/{batch['id']}/events", told[0][1])
    assert [frame[:2] for frame in again] == [frame[:2] for frame in told[1:] if frame[1]]


async def test_the_dialect_of_a_kind_says_the_same_in_its_own_words(place: Place) -> None:
    job = await place.submit()
    async with place.http.get(f"/api/sse/{job['id']}", headers=SSE) as stream:
        reading = frames(stream)
        assert (await anext(reading))[::2] == ("queued", {"status": "queued", "position": 1})
        await place.post("/api/v1/queue/resume", status=200)
        rest = [frame async for frame in reading]
    assert {name for name, _, _ in rest} <= {"queued", "progress", "completed"}
    assert rest[-1][0] == "completed"
    assert rest[-1][2]["summary"] == {"total": 1, "success": 1, "failed": 0}
    percents = [data["percent"] for name, _, data in rest if name == "progress"]
    assert percents == sorted(percents)


async def test_the_log_is_followed_line_by_line_and_from_an_offset(place: Place) -> None:
    job_id = await demo(place, items=3)
    async with place.http.get(f"/api/v1/jobs/{job_id}/log?follow=1", headers=SSE) as stream:
        await place.post("/api/v1/queue/resume", status=200)
        told = [frame async for frame in frames(stream)]
    text = "".join(data["text"] for name, _, data in told if name == "log")
    assert all(data["job_id"] == job_id and data["at"] for _, _, data in told)
    async with place.http.get(f"/api/v1/jobs/{job_id}/log") as answer:
        assert await answer.text() == text
    assert told[-1][0] == "bye"


async def test_a_stream_that_never_reads_is_cut_and_costs_bounded_memory(start: Start) -> None:
    place = await start(stream_stall_seconds=1.0, event_log_entries=50)
    reader = socket.create_connection(("127.0.0.1", place.port))
    reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    reader.sendall(b"GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n")
    async with place.http.get("/api/v1/events", headers=SSE) as good:
        reading = frames(good)
        await anext(reading)
        async with asyncio.timeout(60):
            while place.desk.hub.stream_count() < 2:  # the other one is not there before its request is read
                await demo(place, items=0)
            while place.desk.hub.stream_count() == 2:
                await demo(place, items=0, fail="x" * 900)
        assert place.desk.hub.stream_count() == 1
    reader.close()


async def test_a_client_that_leaves_ends_its_stream_and_never_the_job(place: Place) -> None:
    job_id = await demo(place, items=3, seconds=0.05)
    async with place.http.get(f"/api/v1/jobs/{job_id}/events", headers=SSE) as stream:
        await anext(frames(stream))
    assert (await place.finished(job_id))["status"] == "completed"


async def test_a_hundred_streams_that_come_and_go_end_with_the_same_history(place: Place) -> None:
    ids = [await demo(place, items=5) for _ in range(6)]
    last = ids[-1]
    epoch = place.desk.hub.epoch
    begin = place.desk.hub.head

    async def watch(number: int) -> list[str]:
        cursor, heard = f"{epoch}-{begin}", []
        stop_after = 1 + number % 7
        while True:
            seen = 0
            async with place.http.get("/api/v1/events", headers=SSE | {"Last-Event-ID": cursor}) as stream:
                async for name, new, data in frames(stream):
                    if new is None:
                        continue
                    cursor, seen = new, seen + 1
                    heard.append(f"{new} {name} {json.dumps(data, sort_keys=True)}")
                    if name == "completed" and data["job_id"] == last:
                        return heard
                    if seen >= stop_after:
                        break  # goes away and comes back with its cursor

    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(f"http://127.0.0.1:{place.port}", connector=connector) as session:
        place.http, kept = session, place.http
        watching = [asyncio.create_task(watch(number)) for number in range(100)]
        await place.post("/api/v1/queue/resume", status=200)
        histories = await asyncio.gather(*watching)
        place.http = kept
    assert len({tuple(history) for history in histories}) == 1
    assert len(histories[0]) == 6 * (1 + 5 + 1)
