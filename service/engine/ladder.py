"""The ladder by which a run is brought to its end: asked, SIGTERM to the group, SIGKILL to the group; timed."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from service.engine import platform

logger = structlog.get_logger(__name__)

ASKED: Final = "asked"
SIGTERM: Final = "sigterm"
SIGKILL: Final = "sigkill"
LOOK_SECONDS: Final = 0.5  # after which a signal no longer waits for the list of those it may orphan


class Ladder:
    """Climbs by timers of the event loop, so that nothing the run does can hold it up.

    `tell` hears of each step once, in order; a slow listener never delays the next step. `family` is
    who was below the process before each signal: one that it kills can no longer lead to those that it
    has started in sessions of their own.
    """

    def __init__(self, group: int, ask: Callable[[], None], tell: Callable[[str], Awaitable[None]]) -> None:
        self._group = group
        self._ask = ask
        self._tell = tell
        self.family: platform.Processes = {}
        self._timers: list[asyncio.TimerHandle] = []
        self._taken: list[str] = []
        self._told = 0
        self._telling: asyncio.Task[None] | None = None
        self._signalling: set[asyncio.Task[None]] = set()

    def climb(self, *, is_asked: bool, term_seconds: float, kill_seconds: float) -> None:
        """Begin, or with shorter times go on sooner; the times count from now."""
        loop = asyncio.get_running_loop()
        if is_asked:
            self._step(ASKED)
        self._timers.append(loop.call_later(term_seconds, self._step, SIGTERM))
        self._timers.append(loop.call_later(kill_seconds, self._step, SIGKILL))

    def stop(self) -> None:
        """Climb no further: the run is over."""
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()
        for task in self._signalling:
            task.cancel()

    async def told(self) -> None:
        """Return when every step that was taken has been told."""
        if self._telling is not None:
            await self._telling

    def _step(self, step: str) -> None:
        if step in self._taken:
            return
        self._taken.append(step)
        if step == ASKED:
            self._ask()
        else:
            task = asyncio.create_task(self._signal(platform.KILL if step == SIGKILL else platform.TERMINATE))
            self._signalling.add(task)
            task.add_done_callback(self._signalling.discard)
        if self._telling is None or self._telling.done():
            self._telling = asyncio.create_task(self._tell_all())

    async def _signal(self, number: int) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LOOK_SECONDS):
                self.family |= await asyncio.to_thread(platform.descendants, self._group)
        platform.signal_group(self._group, number)

    async def _tell_all(self) -> None:
        while self._told < len(self._taken):
            step = self._taken[self._told]
            self._told += 1
            try:
                await self._tell(step)
            except Exception as error:
                logger.exception("ladder_untold", step=step, error=str(error))
