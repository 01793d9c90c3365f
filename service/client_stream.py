"""Follow an event stream for as long as it takes: reconnect with backoff, resume by cursor, end when it is over."""

import asyncio
import json
import random
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import aiohttp
from yarl import URL

from service.client_errors import CONNECTION_ERRORS, UNREACHABLE, ClientError, raise_for_problem, unreachable
from service.model import events as names
from service.sse import EventParser, ServerSentEvent

ASK_AGAIN_SECONDS = 0.1
Disconnected = Callable[[str, float], None]
"""Told why a stream broke off and in how many seconds the next try is."""


@dataclass(frozen=True, slots=True)
class StreamEvent:
    """One event: its name, its data object, and the cursor to resume after it (None before the first id)."""

    name: str
    data: dict[str, Any]
    cursor: str | None


@dataclass(frozen=True, slots=True)
class Patience:
    """How a stream that breaks off is taken up again.

    A connection that carries nothing for `stall_seconds` counts as broken: the server pings more often.
    Waits double from `first_wait_seconds` (or what the server asked for by `retry:`) up to
    `longest_wait_seconds`, each spread by half; `give_up_seconds` after the last sign of life the
    stream fails with `unreachable` (None: never).
    """

    stall_seconds: float = 45.0
    first_wait_seconds: float = 1.0
    longest_wait_seconds: float = 15.0
    give_up_seconds: float | None = 300.0


class EventFollower:
    """One stream at one address, over as many connections as it takes."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        url: str,
        *,
        after: str | None = None,
        ends: Callable[[StreamEvent], bool] = lambda _: False,
        is_over: Callable[[], Awaitable[bool]] | None = None,
        patience: Patience | None = None,
        on_disconnect: Disconnected | None = None,
        spread: Callable[[], float] = random.random,
    ) -> None:
        self.cursor = after
        self._session = session
        self._url = url
        self._ends = ends
        self._is_over = is_over
        self._patience = patience or Patience()
        self._on_disconnect = on_disconnect
        self._spread = spread
        self._first_wait = self._patience.first_wait_seconds
        self._failures = 0
        self._alive_at = 0.0

    async def events(self) -> AsyncGenerator[StreamEvent, None]:
        """Walk the events; `ping` and `bye` are obeyed and left out. Raises ClientError.

        Ends after an event that `ends` accepts, when the server answers 204 (nothing is left to tell), or
        when `is_over` says so after a `bye`.
        """
        self._alive_at = _now()
        while True:
            try:
                async with self._connect() as response:
                    if response.status == 204:
                        return
                    parser, has_said_bye = EventParser(), False
                    async for chunk in response.content.iter_any():
                        received, has_said_bye = self._take(parser, chunk)
                        for event in received:
                            yield event
                            if self._ends(event):
                                return
                        if has_said_bye:
                            break
                if has_said_bye and self._is_over is not None:
                    if await self._is_over():
                        return
                    await asyncio.sleep(ASK_AGAIN_SECONDS)  # it is there, or could not have been asked
                    continue
                error: Exception = ConnectionResetError("the server closed the stream")
            except ClientError as refusal:
                if not _is_passing(refusal):
                    raise
                self._first_wait = max(self._first_wait, float(refusal.retry_after_seconds or 0))
                error = refusal
            except CONNECTION_ERRORS as broken:
                error = broken
            await self._wait(error)

    def _connect(self) -> "_Connection":
        headers = {"Accept": "text/event-stream", "Cache-Control": "no-store"}
        if self.cursor:
            headers["Last-Event-ID"] = self.cursor
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=10, sock_read=self._patience.stall_seconds)
        return _Connection(self._session, self._url, headers, timeout)

    def _take(self, parser: EventParser, chunk: bytes) -> tuple[list[StreamEvent], bool]:
        """Return the events that a chunk completes, and whether the server said goodbye after them."""
        self._alive_at = _now()
        try:
            received = parser.feed(chunk)
        except ValueError as error:
            raise ClientError("protocol", f"{self._url} sends {error}.") from error
        if parser.retry_milliseconds is not None:
            self._first_wait = parser.retry_milliseconds / 1000
        events: list[StreamEvent] = []
        for one in received:
            self._failures = 0
            event = self._event(one)
            if event.name == names.BYE:
                return events, True
            if event.name != names.PING:
                events.append(event)
        return events, False

    def _event(self, received: ServerSentEvent) -> StreamEvent:
        if received.has_own_id:
            self.cursor = received.last_id or None
        try:
            data = json.loads(received.data)
        except ValueError:
            data = None
        if not isinstance(data, dict):
            raise ClientError(
                "protocol", f"{self._url} sends a {received.name!r} event without a JSON object."
            )
        return StreamEvent(received.name, data, self.cursor)

    async def _wait(self, error: Exception) -> None:
        patience = self._patience
        silent_seconds = _now() - self._alive_at
        if patience.give_up_seconds is not None and silent_seconds >= patience.give_up_seconds:
            raise unreachable(self._url, error) from error
        wait = min(
            self._first_wait * 2.0**self._failures, max(patience.longest_wait_seconds, self._first_wait)
        )
        wait *= 0.5 + self._spread()  # clients of a server that restarts must not all return at one moment
        self._failures = min(self._failures + 1, 16)
        if patience.give_up_seconds is not None:
            wait = min(wait, patience.give_up_seconds - silent_seconds)
        if self._on_disconnect is not None:
            self._on_disconnect(_reason(error), wait)
        await asyncio.sleep(wait)


class _Connection:
    """One request for a stream: closed, not drained, at the end, since a stream has no end to wait for."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        url: str,
        headers: dict[str, str],
        timeout: aiohttp.ClientTimeout,
    ) -> None:
        self._request = session.get(
            URL(url, encoded=True), headers=headers, timeout=timeout, allow_redirects=False
        )
        self._response: aiohttp.ClientResponse | None = None

    async def __aenter__(self) -> aiohttp.ClientResponse:
        self._response = response = await self._request
        try:
            if response.status >= 400:
                await raise_for_problem(response)
            _check_is_stream(response)
        except BaseException:
            response.close()
            raise
        return response

    async def __aexit__(self, *_: object) -> None:
        if self._response is not None:
            self._response.close()


def _check_is_stream(response: aiohttp.ClientResponse) -> None:
    if response.status == 204 or (response.status == 200 and response.content_type == "text/event-stream"):
        return
    raise ClientError(
        "protocol", f"{response.url} answers {response.status} and no event stream.", status=response.status
    )


def _is_passing(error: ClientError) -> bool:
    """Whether the same request may work in a moment: an overloaded or restarting server, or its proxy."""
    if error.status is None:
        return error.code == UNREACHABLE
    return error.status == 429 or error.status >= 500


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "the stream has gone silent"
    return str(error) or type(error).__name__


def _now() -> float:
    return asyncio.get_running_loop().time()
