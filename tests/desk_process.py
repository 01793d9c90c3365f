"""A real desk in a process of its own, which a test can kill and start again on the same folder."""

import asyncio
import contextlib
import os
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

ROOT = Path(__file__).parents[1]
START_SECONDS = 120


class DeskProcess:
    """`python app.py serve` on a free port; `program` may name a script that wraps app.py."""

    def __init__(
        self,
        data_dir: Path,
        *options: str,
        program: Path = ROOT / "app.py",
        environment: dict[str, str] | None = None,
    ) -> None:
        self.data_dir = data_dir
        self.url = ""
        self._options = options
        self._program = program
        self._environment = environment
        self._process: asyncio.subprocess.Process | None = None
        self._log: asyncio.Task[None] | None = None
        self.log_lines: list[str] = []
        self._session: aiohttp.ClientSession | None = None

    @property
    def process(self) -> asyncio.subprocess.Process:
        """The running process."""
        assert self._process is not None
        return self._process

    async def start(self, *more: str) -> bool:
        """Start and wait until it listens; return False when it ended before."""
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            str(self._program),
            "serve",
            "--port",
            "0",
            "--data-dir",
            str(self.data_dir),
            *self._options,
            *more,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            cwd=ROOT,
            env=self._environment,
            start_new_session=True,
        )
        self._log = asyncio.create_task(self._keep_log())
        assert self._process.stdout is not None
        async with asyncio.timeout(START_SECONDS):
            line = (await self._process.stdout.readline()).decode()
        if not line.startswith("listening on "):
            await self.ended()
            return False
        self.url = line.split()[-1]
        self._session = aiohttp.ClientSession(self.url)
        return True

    async def kill(self) -> None:
        """`kill -9`."""
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        await self.ended()

    async def stop(self) -> int:
        """SIGTERM; return the exit code."""
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGTERM)
        return await self.ended()

    async def ended(self) -> int:
        """Wait for the end and return the exit code."""
        if self._session is not None:
            await self._session.close()
            self._session = None
        code = await self.process.wait()
        if self._log is not None:
            await self._log
        return code

    async def json(self, method: str, path: str, **options: Any) -> Any:
        """Send a request; return the JSON of a success, fail the test otherwise."""
        assert self._session is not None
        async with self._session.request(method, path, **options) as response:
            body = await response.json(content_type=None)
            assert response.status < 400, (response.status, body, self.log_lines[-20:])
            return body

    async def submit(self, kind: str, **args: Any) -> str:
        """Submit a job without files and return its id."""
        job = await self.json("POST", "/api/v1/jobs", json={"kind": kind, "args": args})
        return str(job["id"])

    @asynccontextmanager
    async def stream(self, path: str, cursor: str | None = None) -> AsyncIterator[aiohttp.ClientResponse]:
        """Open an event stream, in a session of its own: it outlives the service by the moment it takes to notice."""
        headers = {"Accept": "text/event-stream"}
        if cursor is not None:
            headers["Last-Event-ID"] = cursor
        timeout = aiohttp.ClientTimeout(total=None)
        async with (
            aiohttp.ClientSession(self.url, timeout=timeout) as session,
            session.get(path, headers=headers) as response,
        ):
            yield response

    async def wait_for(self, job_id: str, *statuses: str) -> dict[str, Any]:
        """Follow a job's stream until it is in one of these statuses; return the job."""
        wanted = statuses or ("completed", "failed", "cancelled")
        job: dict[str, Any] = await self.json("GET", f"/api/v1/jobs/{job_id}")
        if job["status"] in wanted:
            return job
        async with self.stream(f"/api/v1/jobs/{job_id}/events") as response:
            async for name, _, data in frames(response):
                if data.get("status") in wanted or name in wanted:
                    break
        job = await self.json("GET", f"/api/v1/jobs/{job_id}")
        assert job["status"] in wanted, job
        return job

    async def _keep_log(self) -> None:
        assert self.process.stderr is not None
        async for line in self.process.stderr:
            self.log_lines.append(line.decode("utf-8", "replace").rstrip())


async def frames(response: aiohttp.ClientResponse) -> AsyncIterator[tuple[str, str | None, dict[str, Any]]]:
    """Yield (event, id, data) from a stream until it ends."""
    import json

    assert response.status == 200, response.status
    event, cursor, data = "message", None, ""
    async for raw in response.content:
        line = raw.decode().rstrip("\r\n")
        if line.startswith("event: "):
            event = line[7:]
        elif line.startswith("id: "):
            cursor = line[4:]
        elif line.startswith("data: "):
            data += line[6:]
        elif not line and data:
            yield event, cursor, json.loads(data)
            event, cursor, data = "message", None, ""


@asynccontextmanager
async def running_desk(data_dir: Path, *options: str) -> AsyncIterator[DeskProcess]:
    """A desk for the length of a test."""
    desk = DeskProcess(data_dir, *options)
    assert await desk.start(), desk.log_lines[-20:]
    try:
        yield desk
    finally:
        await desk.kill()


def children_of(data_dir: Path) -> list[int]:
    """Return the processes, other than the service, that work in a data folder (Linux)."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        with contextlib.suppress(OSError):
            if (entry / "cwd").readlink().is_relative_to(data_dir / "jobs"):
                found.append(int(entry.name))
    return found


def rows(data_dir: Path, sql: str) -> list[tuple[Any, ...]]:
    """Run a query on the database of a desk."""
    db = sqlite3.connect(data_dir / "nowserving.db")
    try:
        return db.execute(sql).fetchall()
    finally:
        db.close()
