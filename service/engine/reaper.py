"""The service's hold on its guard process: which groups must not outlive it, even when it dies by SIGKILL.

PR_SET_PDEATHSIG kills a child with its parent, but not the grandchildren that a kind has started.
"""

import asyncio
import contextlib
import sys
from pathlib import Path
from typing import Final

import structlog

from service.engine import platform

logger = structlog.get_logger(__name__)

_PROGRAM: Final = Path(__file__).with_name("reaper_main.py")
_RESTART_SECONDS: Final = 1.0
_END_SECONDS: Final = 2.0


class Reaper:
    """Tells the guard which groups there are, and starts another guard if somebody kills it."""

    def __init__(self) -> None:
        self._groups: dict[int, int] = {}
        self._process: asyncio.subprocess.Process | None = None
        self._task: asyncio.Task[None] | None = None
        self._is_closing = False

    @property
    def pid(self) -> int | None:
        """The guard's process id, None while there is none."""
        return self._process.pid if self._process is not None else None

    async def start(self) -> None:
        """Start the guard. A platform that cannot start it is logged, not refused: it is the second net."""
        await self._spawn()
        self._task = asyncio.create_task(self._watch(), name="reaper")

    def add(self, group: int, pipe: int = 0) -> None:
        """From now on this group, and whoever holds the pipe it writes to, must not outlive the service."""
        self._groups[group] = pipe
        self._tell(f"add {group} {pipe}\n")

    def remove(self, group: int) -> None:
        """This group is gone."""
        self._groups.pop(group, None)
        self._tell(f"remove {group}\n")

    async def close(self) -> None:
        """Let the guard end. Groups that were not removed are killed by it."""
        self._is_closing = True
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        process, self._process = self._process, None
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), _END_SECONDS)
        except TimeoutError:
            process.kill()
            await process.wait()

    def _tell(self, line: str) -> None:
        process = self._process
        if process is not None and process.stdin is not None and not process.stdin.is_closing():
            process.stdin.write(line.encode("ascii"))

    async def _spawn(self) -> None:
        try:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-I",
                "-S",
                str(_PROGRAM),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
                **platform.spawn_options(),
            )
        except OSError as error:
            self._process = None
            logger.warning("reaper_not_started", error=str(error))
            return
        for group, pipe in self._groups.items():
            self._tell(f"add {group} {pipe}\n")

    async def _watch(self) -> None:
        while not self._is_closing:
            if self._process is not None:
                await self._process.wait()
                with contextlib.suppress(OSError):
                    if self._process.stdin is not None:
                        self._process.stdin.close()
                logger.warning("reaper_died", return_code=self._process.returncode)
                self._process = None
            await asyncio.sleep(_RESTART_SECONDS)
            await self._spawn()
