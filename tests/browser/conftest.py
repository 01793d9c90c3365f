"""Fixtures of the browser tests: a desk, a browser, a page whose complaints fail the test."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, Page

from tests.browser.documents import LONG_LETTERS
from tests.browser.window import PATIENCE_MS, Complaints, Server, chromium, watched_page


@pytest.fixture
async def starting(tmp_path: Path) -> AsyncIterator[tuple[Server, "asyncio.Task[None]"]]:
    """A desk that has begun to start: the browser starts beside it, which two processors do in half the time."""
    server = Server(tmp_path / "data", tmp_path / "server.log")
    start = asyncio.create_task(server.start())
    yield server, start
    start.cancel()
    await asyncio.gather(start, return_exceptions=True)
    await server.stop()


@pytest.fixture
def before_browser(request: pytest.FixtureRequest) -> None:
    """Begin to start the desk of a test that has one."""
    if "starting" in request.fixturenames:
        request.getfixturevalue("starting")


@pytest.fixture
async def server(starting: tuple[Server, "asyncio.Task[None]"]) -> Server:
    """A running desk with an empty data folder."""
    server, start = starting
    await start
    return server


@pytest.fixture
async def browser(before_browser: None) -> AsyncIterator[Browser]:
    """A fresh Chromium."""
    async with chromium() as browser:
        yield browser


@pytest.fixture
async def context(browser: Browser) -> AsyncIterator[BrowserContext]:
    """A desktop-sized window."""
    context = await browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(PATIENCE_MS)
    yield context
    await context.close()


@pytest.fixture
def complaints() -> Complaints:
    """What the page of this test complains about."""
    return Complaints()


@pytest.fixture
async def page(context: BrowserContext, complaints: Complaints, server: Server) -> AsyncIterator[Page]:
    """The window on the desk; the test fails when the page complains about anything."""
    page = await watched_page(context, complaints)
    await page.goto(server.url)
    yield page
    assert complaints.found == []


@pytest.fixture
def letters(tmp_path: Path) -> Path:
    """Letters of two hundred pages, in one document: its chunks are many and its names are few."""
    path = tmp_path / "letters.md"
    path.write_text(
        f"# Letters\n\n{LONG_LETTERS}\n\n## The last letter\n\nThe zebra was painted at midnight.\n", "utf-8"
    )
    return path
