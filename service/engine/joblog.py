"""A job's log: lines in a bounded file, written off the event loop in small groups."""

import asyncio
import contextlib
from collections import defaultdict
from pathlib import Path

from service.storage.port import Files

MAX_LOG_BYTES = 8 << 20  # a job that shouts may not fill the disk
FLUSH_SECONDS = 0.1


class JobLog:
    """Gathers lines for a moment and appends them in a thread."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._lines: dict[str, list[str]] = defaultdict(list)
        self._timer: asyncio.TimerHandle | None = None
        self._flushing: set[asyncio.Task[None]] = set()
        self._lock = asyncio.Lock()

    def write(self, job_id: str, line: str) -> None:
        """Add a line (without its line break) to a job's log."""
        self._lines[job_id].append(line)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(FLUSH_SECONDS, self._start_flush)

    async def flush(self) -> None:
        """Write what was gathered."""
        async with self._lock:
            lines, self._lines = self._lines, defaultdict(list)
            if lines:
                await asyncio.to_thread(
                    _append, {self._files.log_path(job_id): new for job_id, new in lines.items()}
                )

    async def close(self) -> None:
        """Write what was gathered, now: the loop is about to end."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        await self.flush()

    def _start_flush(self) -> None:
        self._timer = None
        task = asyncio.ensure_future(self.flush())
        self._flushing.add(task)
        task.add_done_callback(self._flushing.discard)


def _append(lines: dict[Path, list[str]]) -> None:
    for path, new in lines.items():
        with contextlib.suppress(OSError):  # a full disk must not take the job down with its log
            path.parent.mkdir(parents=True, exist_ok=True)
            size = path.stat().st_size if path.exists() else 0
            if size > MAX_LOG_BYTES:
                continue
            with path.open("a", encoding="utf-8", errors="replace") as out:
                out.write("".join(f"{line}\n" for line in new))
                if out.tell() > MAX_LOG_BYTES:
                    out.write("[the log ends here: it reached its limit]\n")
