"""Follow a desk's streams in a test, and wait for what they say instead of sleeping."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from tests.desk_process import frames
from tests.http.conftest import Place

Frame = tuple[str, str | None, dict[str, Any]]


class Listener:
    """An open stream; `heard` are its frames (event, id, data) so far."""

    def __init__(self, source: AsyncIterator[Frame]) -> None:
        self.heard: list[Frame] = []
        self._source = source

    async def next(self) -> Frame:
        """Return the next frame."""
        frame = await anext(self._source)
        self.heard.append(frame)
        return frame

    async def until(
        self, name: str, is_it: Callable[[dict[str, Any]], bool] = lambda _: True
    ) -> dict[str, Any]:
        """Read on until an event of this name that fits, and return its data."""
        while True:
            event, _, data = await self.next()
            if event == name and is_it(data):
                return data

    async def rest(self) -> list[Frame]:
        """Read to the end of the stream and return everything that was heard."""
        async for frame in self._source:
            self.heard.append(frame)
        return self.heard


@asynccontextmanager
async def listening(place: Place, path: str = "/api/v1/events") -> AsyncIterator[Listener]:
    """Open a stream; it is registered when this yields."""
    async with place.http.get(path) as response:
        source = frames(response)
        listener = Listener(source)
        await listener.next()
        yield listener


async def submitted(place: Place, kind: str = "demo", status: int = 202, **args: Any) -> dict[str, Any]:
    """Submit a job without files and return it."""
    return await place.post("/api/v1/jobs", {"kind": kind, "args": args}, status)


async def over(place: Place, job_id: str) -> dict[str, Any]:
    """Wait for the end of a job and return it."""
    async with place.http.get(f"/api/v1/jobs/{job_id}/events") as stream:
        await stream.read()  # a job's stream ends with the job
    job = await place.get(f"/api/v1/jobs/{job_id}")
    assert job["finished_at"] is not None, job
    return job


async def running(place: Place, job_id: str) -> None:
    """Wait until a job is in its first item (its log says so)."""
    async with place.http.get(f"/api/v1/jobs/{job_id}/events") as stream:
        async for event, _, data in frames(stream):
            if event == "log" or (event == "progress" and data["total"]):
                return
            assert event not in ("completed", "failed", "cancelled"), (event, data)


async def terminal_events(place: Place, job_id: str) -> list[str]:
    """Return the terminal events that a job has in the database."""
    found = await place.desk.store.read(
        lambda db: db.execute(
            "SELECT name FROM events WHERE job_id = ? AND name IN ('completed', 'failed', 'cancelled')",
            (job_id,),
        ).fetchall()
    )
    return [row[0] for row in found]
