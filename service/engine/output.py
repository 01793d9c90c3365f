"""What a child writes to its standard streams, as bounded lines: for the job's log and for a post-mortem."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

logger = structlog.get_logger(__name__)

MAX_LINE_BYTES: Final = 4096
LAST_LINES: Final = 40
_CHUNK_BYTES: Final = 64 * 1024
_CUT: Final = " […]"


class LineSplitter:
    """Cuts a stream of bytes into lines. What is beyond MAX_LINE_BYTES in a line is dropped, not kept waiting."""

    def __init__(self) -> None:
        self._begun = bytearray()
        self._is_cut = False

    def feed(self, chunk: bytes) -> list[str]:
        """Take bytes and return the lines that are whole now."""
        *whole, rest = chunk.split(b"\n")
        lines = [self._finish(part) for part in whole]
        self._add(rest)
        return lines

    def end(self) -> list[str]:
        """Return what was begun and never ended by a line break."""
        return [self._finish(b"")] if self._begun else []

    def _add(self, part: bytes) -> None:
        room = MAX_LINE_BYTES - len(self._begun)
        self._is_cut |= len(part) > room
        self._begun += part[:room]

    def _finish(self, part: bytes) -> str:
        self._add(part)
        # A progress bar rewrites its line after a carriage return: what stands there at the end counts.
        text = bytes(self._begun).rstrip(b"\r").rpartition(b"\r")[2].decode("utf-8", "replace")
        if self._is_cut:
            text += _CUT
        self._begun.clear()
        self._is_cut = False
        return text


class Output:
    """Reads one child's output as long as it lives, hands the lines of a run on, and keeps the last of them."""

    def __init__(self, reader: asyncio.StreamReader, close: Callable[[], None]) -> None:
        self._reader = reader
        self._close = close
        self._splitter = LineSplitter()
        self._last: deque[str] = deque(maxlen=LAST_LINES)
        self._hand_on: Callable[[str], Awaitable[None]] | None = None
        self._marker: str | None = None
        self._has_blank = False  # an empty line that is handed on with the next one
        self._is_ended = asyncio.Event()
        self._task = asyncio.create_task(self._read(), name="child-output")

    @property
    def last_lines(self) -> tuple[str, ...]:
        """The last lines of the present run, or of the start before there was one."""
        return tuple(self._last)

    def begin(self, marker: str, hand_on: Callable[[str], Awaitable[None]]) -> None:
        """Hand lines on from here, until the line that equals `marker`."""
        self._last.clear()
        self._has_blank = False
        self._is_ended.clear()
        self._marker, self._hand_on = marker, hand_on
        if self._task.done():
            self._is_ended.set()

    async def end(self, timeout_seconds: float) -> None:
        """Wait until the marker, or the end of the stream, has been seen; then hand nothing on any more.

        The wait is bounded: a kind may have closed its streams, or a grandchild keep them open.
        """
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._is_ended.wait(), timeout_seconds)
        self._marker = self._hand_on = None

    async def is_drained(self, timeout_seconds: float) -> bool:
        """Whether the stream comes to its end within a time: nobody holds its other side any more."""
        await asyncio.wait({self._task}, timeout=timeout_seconds)
        return self._task.done()

    async def close(self) -> None:
        """Stop reading."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        self._close()

    async def _read(self) -> None:
        try:
            while chunk := await self._reader.read(_CHUNK_BYTES):
                for line in self._splitter.feed(chunk):
                    await self._take(line)
            for line in self._splitter.end():
                await self._take(line)
        finally:
            self._is_ended.set()

    async def _take(self, line: str) -> None:
        if self._marker is not None and line == self._marker:
            self._has_blank = False  # the line break before the marker is the marker's own
            self._is_ended.set()
            return
        if self._has_blank:
            self._has_blank = False
            await self._keep("")
        if line:
            await self._keep(line)
        else:
            self._has_blank = True

    async def _keep(self, line: str) -> None:
        self._last.append(line)
        if self._hand_on is not None and not self._is_ended.is_set():
            try:
                await self._hand_on(line)
            except Exception as error:
                logger.exception("log_line_lost", error=str(error))
