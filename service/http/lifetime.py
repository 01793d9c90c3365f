"""A stream lives no longer than the login it was opened with: one rule for event streams, logs and sockets."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from aiohttp import web

from service.engine.subscription import Subscription
from service.http.identity import caller

TOKEN_EXPIRED: Final = "token_expired"  # noqa: S105 - a word for people, not a token
STOPPING: Final = "stopping"
LONGEST_TIMER_SECONDS: Final = 86_400.0  # loops refuse timers of years; a day is looked at again


@contextmanager
def bound_to_login(request: web.Request, stream: Subscription) -> Iterator[None]:
    """End `stream` (see `Subscription.end`) when the token of its caller expires, or their login is ended.

    Whoever sends the stream looks at `stream.farewell` whenever its bell rings, says `bye` with that reason,
    and stops.
    """
    expires_at = caller(request).expires_at
    if expires_at is None:
        yield
        return
    loop = asyncio.get_running_loop()
    timer: asyncio.TimerHandle | None = None

    def look() -> None:
        nonlocal timer
        left = expires_at - time.time()
        if left <= 0:
            stream.end(TOKEN_EXPIRED)
        else:
            timer = loop.call_later(min(left, LONGEST_TIMER_SECONDS), look)

    look()
    try:
        yield
    finally:
        if timer is not None:
            timer.cancel()
