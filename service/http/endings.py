"""Streams end when the right to read them does: at logout, at the token's end, when an account or assignment changes.

The database is the truth, because the command line changes accounts from a process of its own: a look at it
costs one read, whenever something here has changed and every few seconds besides.
"""

import asyncio
import contextlib
import itertools
import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass

import structlog
from aiohttp import web

from service.http.identity import caller as caller_of
from service.http.keys import ENDINGS
from service.model.accounts import Caller

LOOK_SECONDS = 2.0

logger = structlog.get_logger("nowserving.http")
End = Callable[[], None]
Present = Callable[[Collection[str]], Awaitable[Mapping[str, Caller]]]
"""Who now stands behind these session ids; one whose login is over is left out."""
Version = Callable[[], Awaitable[int]]
"""A number that changes with every change of accounts, logins, tokens or assignments."""


@dataclass(slots=True)
class _Watched:
    caller: Caller
    end: End
    timer: asyncio.TimerHandle | None = None


class Endings:
    """The open streams of people who are signed in, and the look that finds whose time is over."""

    def __init__(
        self,
        present: Present,
        version: Version,
        look_seconds: float = LOOK_SECONDS,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._clock = clock
        self._present = present
        self._version = version
        self._look_seconds = look_seconds
        self._watched: dict[int, _Watched] = {}
        self._numbers = itertools.count()
        self._seen_version: int | None = None
        self._task: asyncio.Task[None] | None = None

    def watch(self, caller: Caller, end: End) -> Callable[[], None]:
        """Call `end` (once, on the loop) when this caller may no longer read; the answer takes the watch back."""
        self._seen_version = None  # what changed between this caller's request and now has to be seen as well
        number = next(self._numbers)
        watched = self._watched[number] = _Watched(caller, end)
        if caller.expires_at is not None:
            seconds = max(0.0, caller.expires_at - self._clock())
            watched.timer = asyncio.get_running_loop().call_later(seconds, self._end, number)
        return lambda: self._forget(number)

    async def look(self) -> None:
        """Ask the database once about everybody who has a stream open, and end what has to end."""
        watched = list(self._watched.items())  # not those that come while the database is asked
        sessions = {one.caller.session_id for _, one in watched if one.caller.session_id is not None}
        present = await self._present(sessions) if sessions else {}
        for number, one in watched:
            if not _is_same(one.caller, present.get(one.caller.session_id or "")):
                self._end(number)

    def start(self) -> None:
        """Begin to look by itself."""
        self._task = asyncio.create_task(self._look_forever(), name="endings")

    async def close(self) -> None:
        """Stop looking."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        for number in list(self._watched):
            self._forget(number)

    async def _look_forever(self) -> None:
        while True:
            await asyncio.sleep(self._look_seconds)
            if not self._watched:
                continue
            self._end_expired()
            try:
                version = await self._version()
                if version != self._seen_version:
                    self._seen_version = (
                        version  # before the look: a watch that begins meanwhile asks for another
                    )
                    await self.look()
            except Exception as error:  # whatever it was, looking goes on: the next look tells
                self._seen_version = None
                logger.warning("accounts_not_read", error=str(error))

    def _end_expired(self) -> None:
        """End whose token has expired: timers stand still while the machine sleeps, and know nothing of a set clock."""
        now = self._clock()
        for number, one in list(self._watched.items()):
            if one.caller.expires_at is not None and one.caller.expires_at <= now:
                self._end(number)

    def _end(self, number: int) -> None:
        watched = self._watched.get(number)
        if watched is not None:
            self._forget(number)
            watched.end()

    def _forget(self, number: int) -> None:
        watched = self._watched.pop(number, None)
        if watched is not None and watched.timer is not None:
            watched.timer.cancel()


def watch(request: web.Request, end: End) -> Callable[[], None]:
    """Have `end` called when the one who made this request may no longer read; return what takes that back.

    While accounts are off nothing is watched. A stream calls this once it is open and the answer in its `finally`.
    """
    endings = request.app.get(ENDINGS)
    caller = caller_of(request)
    if endings is None or caller.id is None:
        return _nothing
    return endings.watch(caller, end)


def _is_same(before: Caller, now: Caller | None) -> bool:
    """Whether somebody is who they were: another role or another patient means another view."""
    return now is not None and (now.id, now.role, now.patients) == (before.id, before.role, before.patients)


def _nothing() -> None:
    """Take back a watch that never was."""
