"""A stream lives no longer than the right to read it: one rule for event streams, logs and sockets."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from aiohttp import web

from service.engine.subscription import Subscription
from service.http import endings
from service.http.identity import caller

TOKEN_EXPIRED: Final = "token_expired"  # noqa: S105 - a word for people, not a token
SIGNED_OUT: Final = "signed_out"  # or the account or an assignment has changed: connecting again will tell
STOPPING: Final = "stopping"
_EARLY_SECONDS: Final = 0.5  # timers count on another clock than tokens


@contextmanager
def bound_to_login(request: web.Request, stream: Subscription) -> Iterator[None]:
    """End `stream` (see `Subscription.end`) when its caller's token expires or their rights change.

    Whoever sends the stream looks at `stream.farewell` whenever its bell rings, says `bye` with that reason,
    and stops.
    """
    expires_at = caller(request).expires_at

    def end() -> None:
        is_expired = expires_at is not None and time.time() >= expires_at - _EARLY_SECONDS
        stream.end(TOKEN_EXPIRED if is_expired else SIGNED_OUT)

    forget = endings.watch(request, end)
    try:
        yield
    finally:
        forget()
