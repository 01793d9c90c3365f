"""One open stream's place: its cursor, what live frames it has seen, a bell, and why it has to end."""

import asyncio
from collections.abc import Callable

from service.engine.entry import EVERYTHING
from service.kinds.base import Dialect
from service.storage.port import EventScope

FAREWELL_SECONDS = 0.5  # a client that takes nothing is cut so long after its stream was to end


class Subscription:
    """What the hub knows of a stream; made by `Hub.subscribe`, and used by the handler that sends it."""

    __slots__ = (
        "_topic",
        "abort",
        "bell",
        "cursor",
        "dialect",
        "ends_above",
        "farewell",
        "has_ended",
        "is_writing",
        "live_at",
        "live_gap_seconds",
        "live_seen",
        "scope",
        "viewer",
    )

    def __init__(self, scope: EventScope, dialect: Dialect, cursor: int, live_seen: int) -> None:
        self.scope = scope
        self.viewer = scope.viewer
        self.dialect = dialect
        self.cursor = cursor
        self.live_seen = live_seen
        self.live_gap_seconds = 0.0
        self.live_at = float("-inf")
        self.bell = asyncio.Event()
        self.is_writing = False
        self.has_ended = False
        self.ends_above = 0
        """Up to this number an end was undone since (a batch was retried): it is neither told nor obeyed."""
        self.farewell: str | None = None
        """Why this stream has to say `bye` and end, once it has to."""
        self.abort: Callable[[], None] = lambda: None
        self._topic = scope.job_id or scope.batch_id or EVERYTHING

    @property
    def topic(self) -> str:
        """The key under which the hub files what this stream wants."""
        return self._topic

    def may_take_live(self) -> bool:
        """Whether the time between live frames that this stream wants has passed; else the bell rings when it has."""
        if not self.live_gap_seconds:
            return True
        loop = asyncio.get_running_loop()
        wait = self.live_at + self.live_gap_seconds - loop.time()
        if wait > 0:
            loop.call_later(wait, self.bell.set)
        return wait <= 0

    def end(self, reason: str) -> None:
        """Have the stream say `bye` with a reason and end; one that stands in a write is cut after a moment."""
        if self.farewell is not None:
            return
        self.farewell = reason
        self.bell.set()
        asyncio.get_running_loop().call_later(FAREWELL_SECONDS, self._cut)

    def _cut(self) -> None:
        if self.is_writing:
            self.abort()
