"""Following a stream over connections that break in every way, against a real socket."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

import aiohttp
import pytest
from aiohttp import web

from service.client import Client, ClientError, Patience, StreamEvent
from service.client_stream import EventFollower
from tests.http.scripted_server import ScriptedServer, Stream, problem, scripted_server

QUICK = Patience(stall_seconds=60.0, first_wait_seconds=0.01, longest_wait_seconds=0.05, give_up_seconds=60.0)


@pytest.fixture
async def server() -> AsyncIterator[ScriptedServer]:
    async with scripted_server() as running:
        yield running


async def collected(url: str, after: str | None = None, patience: Patience = QUICK) -> list[StreamEvent]:
    async with Client(url, patience=patience) as client:
        return [event async for event in client.events("j", after)]


def told(events: list[StreamEvent]) -> list[tuple[str, str | None]]:
    return [(event.name, event.cursor) for event in events]


async def test_a_stream_ends_with_the_terminal_event_of_its_job(server: ScriptedServer) -> None:
    async def play(stream: Stream) -> None:
        await stream.send("queued", "e-1", position=1)
        await stream.send("progress", percent=50.0)
        await stream.send("completed", "e-2", output=None)
        await stream.send("progress", percent=1.0)

    server.scenes = [play]
    events = await collected(server.url)
    assert told(events) == [("queued", "e-1"), ("progress", "e-1"), ("completed", "e-2")]
    assert events[1].data == {"percent": 50.0}


async def test_a_connection_that_breaks_is_resumed_after_the_last_event(server: ScriptedServer) -> None:
    async def breaks(stream: Stream) -> None:
        await stream.send("started", "e-1", attempt=1)
        await stream.send("item_completed", "e-2", key="a")
        await stream.raw(b"id: e-3\nevent: item_comp")  # half a frame must not count
        stream.cut()

    async def closes(stream: Stream) -> None:
        await stream.send("item_completed", "e-3", key="b")

    async def ends(stream: Stream) -> None:
        await stream.send("failed", "e-4", error={})

    server.scenes = [breaks, closes, ends]
    events = await collected(server.url)
    assert [event.cursor for event in events] == ["e-1", "e-2", "e-3", "e-4"]
    assert server.cursors == [None, "e-2", "e-3"]


async def test_a_cursor_can_be_handed_in(server: ScriptedServer) -> None:
    assert await collected(server.url, after="e-9") == []
    assert server.cursors == ["e-9"]


async def test_bye_and_ping_are_obeyed_and_not_told(server: ScriptedServer) -> None:
    async def says_bye(stream: Stream) -> None:
        await stream.send("started", "e-1")
        await stream.send("ping", time="now")
        await stream.send("bye")
        await stream.send("completed", "e-7")  # nothing counts after bye

    async def ends(stream: Stream) -> None:
        await stream.send("cancelled", "e-2")

    server.scenes = [says_bye, ends]
    assert told(await collected(server.url)) == [("started", "e-1"), ("cancelled", "e-2")]
    assert server.cursors == [None, "e-1"]


async def test_a_resync_is_told_and_its_id_is_the_new_cursor(server: ScriptedServer) -> None:
    async def resyncs(stream: Stream) -> None:
        await stream.send("resync", "f-5", job={"status": "running"})
        stream.cut()

    async def ends(stream: Stream) -> None:
        await stream.send("resync", "f-6", job={"status": "completed"})

    server.scenes = [resyncs, ends]
    assert told(await collected(server.url, after="e-1")) == [("resync", "f-5"), ("resync", "f-6")]
    assert server.cursors == ["e-1", "f-5"]


async def test_a_stream_that_has_gone_silent_is_taken_up_again(server: ScriptedServer) -> None:
    is_left = asyncio.Event()

    async def falls_silent(stream: Stream) -> None:
        await stream.send("started", "e-1")
        await is_left.wait()

    async def ends(stream: Stream) -> None:
        is_left.set()
        await stream.send("completed", "e-2")

    server.scenes = [falls_silent, ends]
    reasons = []
    async with Client(server.url, patience=Patience(stall_seconds=2.0, first_wait_seconds=0.01)) as client:
        stream = client.events("j", on_disconnect=lambda reason, wait: reasons.append((reason, wait)))
        assert [event.name async for event in stream] == ["started", "completed"]
    assert [reason for reason, _ in reasons] == ["the stream has gone silent"]
    assert 0.005 <= reasons[0][1] <= 0.015  # `retry: 10` of the server, spread by half


async def test_a_server_that_is_overloaded_or_restarting_is_asked_again(server: ScriptedServer) -> None:
    async def refuses(_: Stream) -> web.Response:
        return problem(503, "not_ready", "Starting.")

    async def is_behind_a_proxy(_: Stream) -> web.Response:
        return web.Response(status=502, text="<html>Bad gateway</html>", content_type="text/html")

    async def ends(stream: Stream) -> None:
        await stream.send("completed", "e-1")

    server.scenes = [refuses, is_behind_a_proxy, ends]  # type: ignore[list-item]  # a scene may answer at once
    assert told(await collected(server.url)) == [("completed", "e-1")]


async def test_a_refusal_is_told_at_once(server: ScriptedServer) -> None:
    async def refuses(_: Stream) -> web.Response:
        return problem(404, "job_not_found", "Job not found: j", remediation="Look elsewhere.")

    server.scenes = [refuses]  # type: ignore[list-item]  # a scene may answer at once
    with pytest.raises(ClientError, match="Job not found: j") as caught:
        await collected(server.url)
    assert (caught.value.code, caught.value.status, caught.value.remediation) == (
        "job_not_found",
        404,
        "Look elsewhere.",
    )


@pytest.mark.parametrize("frame", [b"event: queued\ndata: [1]\n\n", b"event: queued\ndata: {oops\n\n"])
async def test_an_event_without_an_object_is_an_error(server: ScriptedServer, frame: bytes) -> None:
    async def talks_nonsense(stream: Stream) -> None:
        await stream.raw(frame)

    server.scenes = [talks_nonsense]
    with pytest.raises(ClientError, match="without a JSON object") as caught:
        await collected(server.url)
    assert caught.value.code == "protocol"


@pytest.mark.parametrize(("status", "kind"), [(200, "text/html"), (302, "text/event-stream")])
async def test_what_is_no_event_stream_is_an_error(server: ScriptedServer, status: int, kind: str) -> None:
    async def answers(_: Stream) -> web.Response:
        return web.Response(status=status, text="hello", content_type=kind, headers={"Location": "/x"})

    server.scenes = [answers]  # type: ignore[list-item]  # a scene may answer at once
    with pytest.raises(ClientError) as caught:
        await collected(server.url)
    assert caught.value.code == "protocol"


async def test_a_server_that_stays_away_is_given_up(unused_tcp_port: int) -> None:
    patience = Patience(first_wait_seconds=0.01, longest_wait_seconds=0.02, give_up_seconds=0.1)
    with pytest.raises(ClientError, match="No answer") as caught:
        await collected(f"http://127.0.0.1:{unused_tcp_port}", patience=patience)
    assert caught.value.code == "unreachable"


async def test_waits_double_up_to_the_longest_and_are_spread(unused_tcp_port: int) -> None:
    waits: list[float] = []
    enough = asyncio.Event()

    def note(_: str, wait: float) -> None:
        waits.append(wait)
        if len(waits) == 6:
            enough.set()

    patience = Patience(first_wait_seconds=0.01, longest_wait_seconds=0.08, give_up_seconds=None)
    async with aiohttp.ClientSession() as session:
        follower = EventFollower(
            session,
            f"http://127.0.0.1:{unused_tcp_port}/events",
            patience=patience,
            on_disconnect=note,
            spread=lambda: 0.25,
        )

        async def follow() -> None:
            async for _ in follower.events():
                pytest.fail("nobody is there")

        following = asyncio.create_task(follow())
        await enough.wait()
        following.cancel()
        with pytest.raises(asyncio.CancelledError):
            await following
    assert waits == pytest.approx([0.0075, 0.015, 0.03, 0.06, 0.06, 0.06])


async def test_leaving_early_closes_the_connection(server: ScriptedServer) -> None:
    has_left = asyncio.Event()

    async def goes_on(stream: Stream) -> None:
        await stream.send("started", "e-1")
        try:
            while True:
                await stream.send("progress")
                await asyncio.sleep(0.01)
        except (ConnectionError, asyncio.CancelledError):
            has_left.set()

    server.scenes = [goes_on]
    async with Client(server.url, patience=QUICK) as client:
        async with aclosing(client.events()) as events:
            async for event in events:
                assert event.name == "started"
                break
        async with asyncio.timeout(60):
            await has_left.wait()


async def test_waiting_ends_with_the_job_or_with_the_time_out(server: ScriptedServer) -> None:
    async def ends(stream: Stream) -> None:
        await stream.send("completed", "e-2")

    async def never_ends(stream: Stream) -> None:
        await stream.send("started", "e-1")
        await asyncio.Event().wait()

    server.answer("GET", "/api/v1/jobs/j", {"id": "j", "status": "completed"})
    server.scenes = [ends, never_ends]
    async with Client(server.url, patience=QUICK) as client:
        assert await client.wait("j") == {"id": "j", "status": "completed"}
        with pytest.raises(ClientError, match="goes on") as caught:
            await client.wait("j", timeout_seconds=0.2)
    assert caught.value.code == "timed_out"
