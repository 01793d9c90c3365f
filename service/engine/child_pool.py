"""Children that wait: one is always warm, one that left nothing behind is used again, all others are replaced."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final

import structlog

from service.engine.child import Child, ChildSettings, Times
from service.engine.reaper import Reaper
from service.model.errors import DeskError

logger = structlog.get_logger(__name__)

MAX_RUNS: Final = 100  # of one child: what leaks slowly is ended now and then
MAX_RESIDENT_BYTES: Final = 1024 * 1024 * 1024  # a waiting child that holds more is not worth its memory
FIRST_BACKOFF_SECONDS: Final = 0.1
LAST_BACKOFF_SECONDS: Final = 5.0


class ChildPool:
    """Gives children out and takes them back. `size` of them wait ahead of the next job."""

    def __init__(self, settings: ChildSettings | None = None, *, size: int = 1) -> None:
        self._settings = settings or Times()
        self._size = size
        self._spares: list[Child] = []
        self._out: set[Child] = set()
        self._peak = 1  # how many were out at once: as many are worth keeping warm
        self._reaper = Reaper()
        self._filling: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._backoff_seconds = 0.0
        self._is_closed = False

    @property
    def spares(self) -> tuple[int, ...]:
        """The process ids of the children that wait."""
        return tuple(child.pid for child in self._spares)

    async def start(self) -> None:
        """Start the guard process, and the first spare in the background."""
        await self._reaper.start()
        self._fill()

    async def take(self) -> Child:
        """Return a warm child, and start the next one. Raises DeskError `child_unavailable`."""
        self._check_open()
        child = await self._spare() or await self._start()
        try:
            self._check_open()
        except DeskError:  # closed meanwhile
            await self._end(child)
            raise
        self._out.add(child)
        self._peak = max(self._peak, len(self._out))
        self._fill()
        return child

    async def give_back(self, child: Child) -> None:
        """Take a child back: it waits for its next run if it is as it was, else it is gone when this returns."""
        if child not in self._out:
            return
        reason = await self._why_not_again(child)
        self._out.discard(child)
        if child.runs:
            self._backoff_seconds = 0.0  # it was of use: starting children works
        if reason is None and not self._is_closed:
            self._keep(child)
        else:
            if reason:
                logger.info("child_replaced", pid=child.pid, reason=reason)
            await self._end(child)
        self._fill()

    async def close(self) -> None:
        """Kill every child, those that run included, and let the guard go."""
        self._is_closed = True
        if self._filling is not None:
            self._filling.cancel()
            await asyncio.gather(self._filling, return_exceptions=True)
        children = [*self._spares, *self._out]
        self._spares.clear()
        self._out.clear()
        await asyncio.gather(*(self._end(child) for child in children))
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._reaper.close()

    async def _spare(self) -> Child | None:
        """Return a spare; while one is being started, that is sooner than starting another."""
        if not self._spares and self._filling is not None and not self._filling.done():
            await asyncio.wait({self._filling})
        while self._spares:
            child = self._spares.pop()  # the newest: it has the last job's modules in memory
            if child.is_alive:
                return child
        return None

    async def _why_not_again(self, child: Child) -> str | None:
        """Return why a child cannot be used again: "" when nothing was wrong with it."""
        if not child.is_alive or not self._settings.child_reuse:
            return ""
        if child.runs >= MAX_RUNS:
            return f"{child.runs} runs"
        reasons, resident_bytes = await child.check()
        if resident_bytes > MAX_RESIDENT_BYTES:
            reasons.append(f"it holds {resident_bytes} bytes")
        return "; ".join(reasons) or None

    def _check_open(self) -> None:
        if self._is_closed:
            raise DeskError("child_unavailable", "The service is stopping.", retriable=True)

    def _keep(self, child: Child) -> None:
        self._spares.append(child)
        while len(self._spares) > self._size + self._peak:
            self._spawn_task(self._end(self._spares.pop(0)))

    def _fill(self) -> None:
        if self._is_closed or len(self._spares) >= self._size:
            return
        if self._filling is None or self._filling.done():
            self._filling = asyncio.create_task(self._fill_up(), name="child-pool")

    async def _fill_up(self) -> None:
        """Start spares until there are enough; after a failure wait, longer each time, and give up for now."""
        while len(self._spares) < self._size:
            await asyncio.sleep(self._backoff_seconds)
            try:
                child = await self._start()
            except DeskError as error:
                logger.warning("child_not_started", error=error.message)
                self._slow_down()
                return  # `take` tries again when somebody needs one, and tells why it cannot be
            self._spares.append(child)

    async def _start(self) -> Child:
        child = await Child.start(self._settings)
        self._reaper.add(child.pid, child.pipe)
        child.exited.add_done_callback(lambda _: self._gone(child))
        return child

    def _gone(self, child: Child) -> None:
        """A child has ended. One that waited ended for no reason that we know: do not restart it in a frenzy."""
        if child in self._spares:
            self._spares.remove(child)
            logger.warning("spare_child_died", pid=child.pid, runs=child.runs)
            self._slow_down()
            self._spawn_task(self._end(child))
            self._fill()

    def _slow_down(self) -> None:
        doubled = max(FIRST_BACKOFF_SECONDS, self._backoff_seconds * 2)
        self._backoff_seconds = min(LAST_BACKOFF_SECONDS, doubled)

    async def _end(self, child: Child) -> None:
        await child.close()
        self._reaper.remove(child.pid)

    def _spawn_task(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
