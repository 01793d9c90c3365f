"""A session's stream as a WebSocket: the frames of the event stream, the same endings, and no strange origins."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import ClientWebSocketResponse, WSMsgType, WSServerHandshakeError

from service.http.socket import messages_of
from tests.http.conftest import Place, Start
from tests.http.people import Town
from tests.http.session_talks import BASE, form, hand_in


@asynccontextmanager
async def opened(place: Place, session: str, **headers: str) -> AsyncIterator[ClientWebSocketResponse]:
    async with place.http.ws_connect(f"{BASE}/{session}/status/ws", headers=headers) as socket:
        yield socket


async def rest_of(socket: ClientWebSocketResponse) -> list[dict[str, Any]]:
    """Everything until the server closes."""
    return [json.loads(message.data) async for message in socket if message.type is WSMsgType.TEXT]


async def refused(place: Place, path: str, status: int, **headers: str) -> None:
    with pytest.raises(WSServerHandshakeError) as error:
        async with place.http.ws_connect(path, headers=headers):
            pass
    assert error.value.status == status


async def test_a_socket_says_what_the_stream_says(place: Place) -> None:
    session = (await hand_in(place))["session_id"]
    async with opened(place, session) as socket, place.http.get(f"{BASE}/{session}/status/stream") as stream:
        first = await socket.receive_json()
        assert first["event"] == "progress"
        assert (first["data"]["status"], first["data"]["position"]) == ("queued", 1)
        await place.finished(session)
        told = [first, *await rest_of(socket)]
        streamed = (await stream.read()).decode()
    assert told[-1]["event"] == "complete"
    assert told[-1]["data"]["session_id"] == session
    percents = [one["data"]["progress"] for one in told if one["event"] == "progress"]
    assert percents == sorted(percents)
    durable = [one["id"] for one in told if "id" in one]
    assert [line[4:] for line in streamed.splitlines() if line.startswith("id: ")] == durable
    assert {one["event"] for one in told} <= {"progress", "complete", "ping"}
    assert socket.close_code == 1000


async def test_a_socket_goes_on_after_a_cursor_and_is_over_at_the_end(place: Place) -> None:
    session = (await hand_in(place))["session_id"]
    await place.finished(session)
    async with opened(place, session) as socket:
        (last,) = await rest_of(socket)
    assert last["event"] == "complete"
    path = f"{BASE}/{session}/status/ws"
    async with place.http.ws_connect(f"{path}?after={last['id']}") as socket:
        assert await rest_of(socket) == []
    async with place.http.ws_connect(f"{path}?after=another-1") as socket:
        assert [one["event"] for one in await rest_of(socket)] == ["resync", "complete"]


async def test_a_page_of_another_site_is_refused_and_our_own_is_not(place: Place, start: Start) -> None:
    session = (await hand_in(place))["session_id"]
    path = f"{BASE}/{session}/status/ws"
    for origin in ("https://evil.example", "null", f"https://127.0.0.1.evil.example:{place.port}"):
        await refused(place, path, 403, Origin=origin)
    await refused(place, path, 403, **{"Sec-Fetch-Site": "cross-site"})
    async with opened(place, session, Origin=f"http://127.0.0.1:{place.port}") as socket:
        assert (await socket.receive_json())["event"] == "progress"
    friendly = await start(allowed_origins=("https://friend.example",))
    other = (await hand_in(friendly))["session_id"]
    async with opened(friendly, other, Origin="https://friend.example") as socket:
        assert (await socket.receive_json())["event"] == "progress"


async def test_what_is_no_socket_is_told_so_and_what_is_unknown_is_404(place: Place) -> None:
    session = (await hand_in(place))["session_id"]
    async with place.http.get(f"{BASE}/{session}/status/ws") as answer:
        assert (answer.status, (await answer.json())["code"]) == (426, "upgrade_required")
        assert answer.headers["Upgrade"] == "websocket"
    await refused(place, f"{BASE}/nope/status/ws", 404)


async def test_a_client_that_leaves_ends_its_socket_and_no_session(place: Place) -> None:
    session = (await hand_in(place))["session_id"]
    async with opened(place, session) as socket:
        await socket.receive_json()
        assert place.desk.hub.stream_count() == 1
        await socket.send_str("words that nobody wants")
        await socket.close()
    async with opened(
        place, session
    ) as socket:  # a second one, after whose first frame the first is long gone
        await socket.receive_json()
        assert place.desk.hub.stream_count() == 1
    assert (await place.finished(session))["status"] == "completed"


async def test_a_client_that_says_too_much_is_cut(place: Place) -> None:
    session = (await hand_in(place))["session_id"]
    async with opened(place, session) as socket:
        await socket.receive_json()
        await socket.send_str("x" * 100_000)
        assert (await socket.receive()).type in (WSMsgType.CLOSE, WSMsgType.CLOSED, WSMsgType.ERROR)


async def test_a_quiet_socket_is_pinged(start: Start) -> None:
    place = await start(stream_ping_seconds=0.05)
    session = (await hand_in(place))["session_id"]
    async with opened(place, session) as socket:
        told = await socket.receive_json()
        while told["event"] != "ping":
            told = await socket.receive_json()
    assert set(told["data"]) == {"time"}


async def test_sockets_end_when_the_service_does(start: Start) -> None:
    place = await start()
    session = (await hand_in(place))["session_id"]
    async with opened(place, session) as socket:
        await socket.receive_json()
        place.desk.begin_rest()
        told = await rest_of(socket)
    assert told[-1]["event"] == "bye"


async def test_a_socket_needs_the_same_rights_as_the_session_and_ends_with_the_login(start: Start) -> None:
    town = await Town(await start(accounts=True)).settle()
    pia, pete = await town.as_("Pia"), await town.as_("Pete")
    async with town.place.http.post(f"{BASE}/upload", data=form(), headers=pia.header) as answer:
        session = (await answer.json())["session_id"]
    path = f"{BASE}/{session}/status/ws"
    await refused(town.place, path, 401)
    await refused(town.place, path, 403, **pete.header)
    async with opened(town.place, session, **pia.header) as socket:
        assert (await socket.receive_json())["event"] == "progress"
        await pia.call("POST", "/api/v1/auth/logout", 204)
        told = await rest_of(socket)
    assert (told[-1]["event"], told[-1]["data"]["reason"]) == ("bye", "signed_out")


async def test_a_ticket_opens_a_socket_once(start: Start) -> None:
    town = await Town(await start(accounts=True)).settle()
    pia = await town.as_("Pia")
    async with town.place.http.post(f"{BASE}/upload", data=form(), headers=pia.header) as answer:
        session = (await answer.json())["session_id"]
    ticket = (await pia.call("POST", "/api/v1/auth/ticket", 201, {}))["ticket"]
    path = f"{BASE}/{session}/status/ws?ticket={ticket}"
    async with town.place.http.ws_connect(path) as socket:
        assert (await socket.receive_json())["event"] == "progress"
    await refused(town.place, path, 401)


def test_frames_become_messages_one_by_one() -> None:
    frames = b'retry: 2000\n\nid: e-1\nevent: progress\ndata: {"a":": \\n"}\n\nevent: ping\ndata: {}\n\n'
    assert [json.loads(message) for message in messages_of(frames)] == [
        {"event": "progress", "data": {"a": ": \n"}, "id": "e-1"},
        {"event": "ping", "data": {}},
    ]
