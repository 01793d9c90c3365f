"""A watcher that survives the service: reconnects with its cursor and keeps what it heard, in order."""

import asyncio
import contextlib
from pathlib import Path
from typing import Any

import aiohttp

from tests.desk_process import DeskProcess, children_of, frames, rows

TERMINAL = ("completed", "failed", "cancelled")


class Watcher:
    """Follows everything; `heard` are (id, event, data) of durable events, without a gap or a repetition."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str, dict[str, Any]]] = []
        self.cursor: str | None = None
        self.ended: set[str] = set()
        self.news = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def watch(self, desk: DeskProcess) -> None:
        """Connect (again)."""
        self._task = asyncio.create_task(self._follow(desk))

    async def lost(self) -> None:
        """Wait until the connection is gone."""
        assert self._task is not None
        with contextlib.suppress(aiohttp.ClientError, ConnectionError, asyncio.IncompleteReadError):
            await self._task

    async def hears(self, count: int) -> None:
        """Wait until so many durable events were heard in all, or the connection is lost."""
        await self._until(lambda: len(self.heard) >= count)

    async def hears_the_end_of(self, job_ids: set[str]) -> None:
        """Wait until all these jobs are over, or the connection is lost."""
        await self._until(lambda: job_ids <= self.ended)

    async def _until(self, is_enough: Any) -> None:
        assert self._task is not None
        while not is_enough() and not self._task.done():
            self.news.clear()
            waiting = asyncio.create_task(self.news.wait())
            await asyncio.wait({waiting, self._task}, return_when=asyncio.FIRST_COMPLETED)
            waiting.cancel()

    async def _follow(self, desk: DeskProcess) -> None:
        # From the very first event: number 0 of this database, once its epoch is known.
        async with desk.stream("/api/v1/events", self.cursor) as response:
            async for event, cursor, data in frames(response):
                if event == "resync":
                    assert self.cursor is None, "a cursor of this very database was not honoured"
                    self.cursor = cursor
                elif cursor is not None:
                    self.heard.append((cursor, event, data))
                    self.cursor = cursor
                    if event in TERMINAL:
                        self.ended.add(data["job_id"])
                self.news.set()


def check_promises(data_dir: Path, job_ids: set[str], watcher: Watcher, items: int) -> None:
    """Everything accepted completed, no item twice, one terminal event each, nothing missed or repeated."""
    assert rows(data_dir, "PRAGMA integrity_check") == [("ok",)]
    assert rows(data_dir, "PRAGMA foreign_key_check") == []
    stored = dict(rows(data_dir, "SELECT id, status FROM jobs"))
    assert {job_id: stored.get(job_id) for job_id in job_ids} == dict.fromkeys(job_ids, "completed")
    assert set(stored.values()) == {"completed"}
    for job_id in stored:
        done = rows(data_dir, f"SELECT key FROM items WHERE job_id = '{job_id}' AND status = 'completed'")
        assert len(done) == items, job_id
        told = rows(
            data_dir, f"SELECT name, data ->> 'key' FROM events WHERE job_id = '{job_id}' ORDER BY number"
        )
        assert sum(name in TERMINAL for name, _ in told) == 1, told
        keys = [key for name, key in told if name == "item_completed"]
        assert len(keys) == len(set(keys)) == items, told
    first = int(watcher.heard[0][0].rsplit("-", 1)[1])
    in_database = rows(data_dir, f"SELECT number, name FROM events WHERE number >= {first} ORDER BY number")
    heard = [(int(cursor.rsplit("-", 1)[1]), event) for cursor, event, _ in watcher.heard]
    assert heard == in_database
    assert children_of(data_dir) == []
