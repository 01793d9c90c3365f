"""The real application on a free port, with a paused line, so that waiting jobs stay where they are."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from aiohttp import ClientSession, FormData, web

from app import create_app
from service.config import Config
from service.engine.desk import Desk
from service.http.keys import DESK
from service.http.runner import Runner

ROOT = Path(__file__).parents[2]
BOOK = ROOT / "examples" / "epub" / "loomings.epub"
Start = Callable[..., Awaitable["Place"]]


class Place:
    """A running desk and a client to it; `files` are those of its data folder."""

    def __init__(self, app: web.Application, session: ClientSession, port: int, data_dir: Path) -> None:
        self.app = app
        self.desk: Desk = app[DESK]
        self.router = app.router
        self.http = session
        self.port = port
        self.data_dir = data_dir

    def kept_files(self) -> list[str]:
        """Return what uploads have left: contents and unfinished files."""
        folders = (self.data_dir / "blobs", self.data_dir / "tmp")
        return sorted(path.name for folder in folders for path in folder.rglob("*") if path.is_file())

    async def submit(self, content: bytes | None = None, name: str = "book.epub", **fields: str) -> dict:
        """Submit a book and return the job."""
        form = self.form(BOOK.read_bytes() if content is None else content, name, **fields)
        async with self.http.post("/api/v1/jobs", data=form) as answer:
            assert answer.status == 202, await answer.text()
            return await answer.json()

    @staticmethod
    def form(content: bytes, name: str, **fields: str) -> FormData:
        """Return a form with one book."""
        form = FormData(quote_fields=False)  # names as browsers and curl send them: raw UTF-8
        for field, value in ({"kind": "epub"} | fields).items():
            form.add_field(field, value)
        form.add_field("files", content, filename=name)
        return form

    async def get(self, path: str, status: int = 200, **headers: str) -> dict:
        """Return the JSON at a path."""
        async with self.http.get(path, headers=headers) as answer:
            assert answer.status == status, await answer.text()
            return await answer.json()

    async def post(self, path: str, body: object = None, status: int = 202) -> dict:
        """Send JSON and return the answer's JSON."""
        async with self.http.post(path, json={} if body is None else body) as answer:
            assert answer.status == status, await answer.text()
            return await answer.json()

    async def finished(self, job_id: str) -> dict:
        """Let the line run until a job is over and return it."""
        await self.post("/api/v1/queue/resume", status=200)
        async with self.http.get(f"/api/v1/jobs/{job_id}/events") as stream:
            await stream.read()  # the stream of one job ends with the job
        return await self.get(f"/api/v1/jobs/{job_id}")


@pytest.fixture
async def start(tmp_path: Path) -> AsyncIterator[Start]:
    """Give a function that starts a desk with these settings."""
    running: list[tuple[Runner, ClientSession]] = []

    async def begin(**settings: object) -> Place:
        data_dir = tmp_path / f"data{len(running)}"
        config = Config(**({"data_dir": data_dir, "port": 0, "startup_mode": "paused"} | settings))
        application = await create_app(config)
        runner = Runner(application, shutdown_timeout=2)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        session = ClientSession(f"http://127.0.0.1:{port}")
        running.append((runner, session))
        return Place(application, session, port, data_dir)

    yield begin
    for runner, session in running:
        await session.close()
        await runner.cleanup()


@pytest.fixture
async def place(start: Start) -> Place:
    """Give a desk whose line is paused."""
    return await start()


@pytest.fixture
def book() -> bytes:
    """Give a small real book."""
    return BOOK.read_bytes()
