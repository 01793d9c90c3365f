"""The stream of a job as a WebSocket (RFC 6455): the frames of the event stream, each as one JSON text.

It is the same loop over the same hub, with the same bounds, pings and endings (event_stream.py): only the response
differs. The guard has refused other sites' pages by their Origin before this is reached.
"""

import asyncio
import json
from collections.abc import Callable, Iterator
from typing import Any, Final, Self

from aiohttp import WSCloseCode, hdrs, web

from service.http import problems
from service.http.event_stream import limit_send_buffer, send_events
from service.http.identity import viewer
from service.http.keys import DESK
from service.http.openings import cursor_of, job_opening
from service.http.route import Preset
from service.http.schemas import StreamQuery
from service.kinds.base import Dialect
from service.model.errors import DeskError
from service.storage.port import EventScope

CLOSE_SECONDS: Final = 1.0  # how long a client may take to answer a close
MAX_MESSAGE_BYTES: Final = 4 << 10  # nothing that a client says is used
SOCKET: Final[Preset] = {
    "tag": "streams",
    "status": 101,
    "media_type": "application/websocket",
    "query": StreamQuery,
    "problems": ("upgrade_required", "cross_origin"),
    "is_get_only": True,
}


class SocketStream(web.WebSocketResponse):
    """A WebSocket that is written to like an event stream; what the client sends is read and thrown away."""

    def __init__(self, stall_seconds: float) -> None:
        super().__init__(
            timeout=min(CLOSE_SECONDS, stall_seconds), compress=False, max_msg_size=MAX_MESSAGE_BYTES
        )
        self.on_gone: Callable[[], None] = lambda: None
        self.is_over = False
        self._listener: asyncio.Task[None] | None = None

    async def open(self, request: web.Request) -> None:
        """Shake hands, with a small kernel buffer behind it."""
        limit_send_buffer(request)
        await self.prepare(request)
        self._listener = asyncio.create_task(self._listen())

    async def write(self, data: Any) -> None:
        """Send each whole frame as one text. Raises ConnectionError when the client is gone."""
        for message in messages_of(data):
            if self.closed:
                raise ConnectionResetError("the client has closed the socket")
            await self.send_str(message)

    def abort(self) -> None:
        """Cut the connection; the client resumes by its cursor."""
        if self._req is not None and self._req.transport is not None:
            self._req.transport.abort()

    async def __aenter__(self) -> Self:
        """Begin."""
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_: Any) -> None:
        """Close as RFC 6455 wants it, whether the stream or the client ended."""
        self.is_over = True
        if self._listener is not None:  # else its read would end the wait for the client's own close
            self._listener.cancel()
            await asyncio.gather(self._listener, return_exceptions=True)
        if kind is None:
            await self.close(code=WSCloseCode.OK)

    async def _listen(self) -> None:
        """Read until the client closes, so that its close and its pings are answered."""
        async for _ in self:
            pass
        if not self.is_over:
            self.on_gone()


async def job_socket(
    request: web.Request, job_id: str, dialect: Dialect, gap_seconds: float = 0.0
) -> web.StreamResponse:
    """Stream one job over a WebSocket. Unknown jobs and plain requests are refused before the hands are shaken."""
    desk = request.app[DESK]
    view = await desk.view(job_id)
    if request.headers.get(hdrs.UPGRADE, "").strip().lower() != "websocket":
        return _upgrade_required(request)
    opening = await job_opening(desk, view, dialect, await cursor_of(request, desk))
    if opening is None:
        return await _closed_at_once(request)
    scope = EventScope(job_id=job_id, viewer=viewer(request))
    return await send_events(request, scope, dialect, opening, gap_seconds, SocketStream)


def messages_of(frames: bytes) -> Iterator[str]:
    """Yield the JSON text of each frame that words.py wrote: `{event, data}`, and `id` where it has one."""
    for block in frames.decode().split("\n\n"):
        said = dict(line.partition(": ")[::2] for line in block.splitlines())
        if "data" in said:
            cursor = f',"id":{json.dumps(said["id"])}' if "id" in said else ""
            yield f'{{"event":{json.dumps(said["event"])},"data":{said["data"]}{cursor}}}'


def _upgrade_required(request: web.Request) -> web.Response:
    error = DeskError(
        "upgrade_required",
        "This path is a WebSocket.",
        remediation="Open it with a WebSocket client, or use …/status/stream.",
    )
    answer = problems.response(error, request)
    answer.headers[hdrs.UPGRADE] = "websocket"
    return answer


async def _closed_at_once(request: web.Request) -> web.StreamResponse:
    """Shake hands and close: the stream has ended at the client's cursor."""
    answer = web.WebSocketResponse(timeout=CLOSE_SECONDS, compress=False, max_msg_size=MAX_MESSAGE_BYTES)
    await answer.prepare(request)
    await answer.close(code=WSCloseCode.OK)
    return answer
