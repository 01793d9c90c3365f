"""An open event stream: the response, the watch over it, and the loop that sends what comes.

aiohttp-sse gives the response, its headers and the watch over dead connections; the hub gives frames
that are encoded already, so a delivery costs a write and nothing else.
"""

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Protocol, cast

from aiohttp import web
from aiohttp_sse import EventSourceResponse

from service.engine.desk import Desk
from service.engine.hub import Subscription
from service.engine.words import batch_words, canonical, frame
from service.http.keys import CONFIG, DESK
from service.http.lifetime import STOPPING, bound_to_login
from service.http.openings import PAGE, Opening, present_state
from service.kinds.base import Dialect
from service.model import events as names
from service.model.errors import DeskError
from service.model.events import rfc3339
from service.storage.port import EventScope

RETRY_MILLISECONDS = 2000
SEND_BUFFER_BYTES = 64 << 10  # what the kernel may hold for a stream that never reads
GONE = "gone"  # the client closed its end: nobody reads this word
NO_COMMENT_PINGS = 10**9  # our ping is an event, which a script can see; a comment is not


class OpenStream(Protocol):
    """What frames are written to, whatever its protocol. `on_gone` is called when the client has said goodbye."""

    on_gone: Callable[[], None]

    async def open(self, request: web.Request) -> None:
        """Send the head of the answer."""
        ...

    async def write(self, data: Any) -> None:
        """Send whole frames of an event stream. Raises ConnectionError when the client is gone."""
        ...

    def abort(self) -> None:
        """Cut the connection."""
        ...

    async def __aenter__(self) -> Any:
        """Begin."""
        ...

    async def __aexit__(self, *error: Any) -> Any:
        """End the answer."""
        ...


MakeOpenStream = Callable[[float], OpenStream]


def limit_send_buffer(request: web.Request) -> None:
    """Let the kernel hold little for this connection: what is not read is to be noticed here."""
    transport = request.transport
    sock = transport.get_extra_info("socket") if transport is not None else None
    if sock is not None:
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)


class EventStream(EventSourceResponse):
    """An open stream of ours, aborted when the client takes nothing for `stall_seconds`."""

    on_gone: Callable[[], None]  # an event stream only goes one way: a client that leaves is found by writing

    def __init__(self, stall_seconds: float) -> None:
        super().__init__(ping_interval=NO_COMMENT_PINGS, send_timeout=stall_seconds, sep="\n")
        self.headers["Content-Type"] = "text/event-stream; charset=utf-8"
        self.headers["Cache-Control"] = "no-store, no-transform"

    async def open(self, request: web.Request) -> None:
        """Send the headers and the first bytes, with a small kernel buffer behind them."""
        limit_send_buffer(request)
        await self.prepare(request)
        await self.push(f"retry: {RETRY_MILLISECONDS}\n\n".encode())

    async def push(self, frames: bytes) -> None:
        """Write frames that are encoded already. Raises ConnectionError when the client is gone or stalls."""
        try:
            async with asyncio.timeout(self._send_timeout):
                await self.write(frames)
        except TimeoutError as error:
            self.abort()
            raise ConnectionResetError("the client takes nothing") from error

    def abort(self) -> None:
        """Cut the connection; the client resumes by its cursor."""
        if self._req is not None and self._req.transport is not None:
            self._req.transport.abort()


def require_event_stream(request: web.Request) -> None:
    """Raise `not_acceptable` when the client's Accept excludes event streams (RFC 9110, 12.5.1)."""
    accept = request.headers.get("Accept")
    if not accept:
        return
    wanted = {}
    for part in accept.lower().split(","):
        media, *parameters = (word.strip() for word in part.split(";"))
        weights = [p[2:] for p in parameters if p.startswith("q=")]
        try:
            wanted[media] = float(weights[0]) if weights else 1.0
        except ValueError:
            wanted[media] = 1.0
    for media in ("text/event-stream", "text/*", "*/*"):
        if media in wanted:
            if wanted[media] > 0:
                return
            break
    raise DeskError(
        "not_acceptable",
        "This address answers with text/event-stream only.",
        remediation="Send Accept: text/event-stream, or poll …/progress instead.",
    )


async def send_events(
    request: web.Request,
    scope: EventScope,
    dialect: Dialect,
    opening: Opening,
    gap_seconds: float = 0.0,
    make: MakeOpenStream = EventStream,
) -> web.StreamResponse:
    """Send an opening, then what comes in a scope, until the end of it, of the client or of the service.

    `make` gives the response that frames are written to: an event stream, or what speaks otherwise (socket.py).
    """
    desk = request.app[DESK]
    stream = desk.hub.subscribe(scope, dialect, opening.cursor)
    stream.live_gap_seconds = gap_seconds
    stream.ends_above = opening.ends_above
    async with opened(request, stream, make) as watch:
        stream.live_at = asyncio.get_running_loop().time()  # the state below is a live frame too
        await watch.write(opening.first)
        if not opening.has_ended:
            await _follow(desk, stream, watch, shows_state=opening.shows_state)
    return watch.response


@asynccontextmanager
async def opened(
    request: web.Request, stream: Subscription, make: MakeOpenStream = EventStream
) -> AsyncIterator["Watch"]:
    """Open the response for a subscription, and forget both at the end, which a client that leaves brings too."""
    config = request.app[CONFIG]
    response = make(config.stream_stall_seconds)
    stream.abort = response.abort
    response.on_gone = partial(stream.end, GONE)
    watch = Watch(stream, response, config.stream_ping_seconds, config.stream_stall_seconds)
    try:
        with bound_to_login(request, stream):
            await response.open(request)
            async with response:
                yield watch
    except ConnectionError:
        pass  # the client left, or was cut off: it ends its stream, never a job
    finally:
        watch.close()
        request.app[DESK].hub.unsubscribe(stream)


def bye(stream: Subscription) -> dict[str, str]:
    """Return what the last frame says of a stream that ends before what it streams does."""
    return _whose(stream) | {"at": rfc3339(time.time()), "reason": stream.farewell or STOPPING}


def ping(stream: Subscription, *, is_canonical: bool) -> dict[str, str]:
    """Return what a sign of life says; the words of a kind know only its time."""
    now = rfc3339(time.time())
    return {"time": now} | (_whose(stream) | {"at": now} if is_canonical else {})


def _whose(stream: Subscription) -> dict[str, str]:
    return {} if stream.scope.job_id is None else {"job_id": stream.scope.job_id}


class Watch:
    """One timer for each stream, not one for each wait: it asks for a ping after a silence, and cuts a client
    that takes nothing. A time-out around every write and wait would cost more than the write itself.
    """

    def __init__(
        self, stream: Subscription, response: "OpenStream", ping_seconds: float, stall_seconds: float
    ) -> None:
        self.is_ping_due = False
        self._stream = stream
        self.response = cast("web.StreamResponse", response)
        self._open = response
        self._ping_seconds = ping_seconds
        self._stall_seconds = stall_seconds
        self._loop = asyncio.get_running_loop()
        self._since = self._loop.time()  # of the last write's end, or of the write that goes on
        self._timer = self._loop.call_later(min(ping_seconds, stall_seconds), self._look)

    async def write(self, frames: bytes) -> None:
        """Write frames. Raises ConnectionError when the client is gone or was cut."""
        if not frames:
            return
        self.is_ping_due = False
        self._stream.is_writing = True
        self._since = self._loop.time()
        try:
            await self._open.write(frames)
        finally:
            self._stream.is_writing = False
            self._since = self._loop.time()

    def close(self) -> None:
        """Stop looking."""
        self._timer.cancel()

    def _look(self) -> None:
        limit = self._stall_seconds if self._stream.is_writing else self._ping_seconds
        left = self._since + limit - self._loop.time()
        if left <= 0 and self._stream.is_writing:
            self._open.abort()
            return
        if left <= 0:
            self.is_ping_due = True
            self._stream.bell.set()
            left = limit
        self._timer = self._loop.call_later(min(left, self._ping_seconds, self._stall_seconds), self._look)


async def _follow(desk: Desk, stream: Subscription, watch: Watch, *, shows_state: bool) -> None:
    """Send what comes until the end of what is streamed, of the client, of their login, or of the service."""
    hub = desk.hub
    is_canonical = stream.dialect in (canonical, batch_words)
    while not stream.has_ended:
        stream.bell.clear()
        if stream.farewell is not None:
            break
        if hub.is_behind(stream):
            await watch.write(await _stored(desk, stream))
            continue
        chunk = hub.collect(stream)
        if shows_state and not stream.bell.is_set() and not stream.has_ended:
            shows_state = False
            chunk += await present_state(desk, stream.scope, stream.dialect)
            stream.live_at = asyncio.get_running_loop().time()
        if chunk:
            await watch.write(chunk)
        elif hub.is_closing:
            break
        elif watch.is_ping_due:
            await watch.write(frame(names.PING, ping(stream, is_canonical=is_canonical)))
        else:
            await stream.bell.wait()
    if not stream.has_ended:
        await watch.write(frame(names.BYE, bye(stream)))


async def _stored(desk: Desk, stream: Subscription) -> bytes:
    head = desk.hub.head
    page = await desk.store.events_after(stream.cursor, stream.scope, PAGE)
    frames = desk.hub.encode_stored(stream, page)
    if len(page) < PAGE and not stream.has_ended:
        stream.cursor = max(stream.cursor, head)
    return frames
