"""A real desk and a real browser for the tests of the window, and for the pictures in the docs."""

import asyncio
import json
import re
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, async_playwright, expect

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "static"
EXAMPLES = ROOT / "examples"
CHROMIUM = "/usr/bin/chromium"
CHROMIUM_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-quic",
    "--disable-sync",
    "--force-color-profile=srgb",
]
PATIENCE_MS = 60_000  # how long a test waits for what it expects: two cores may be busy with two browsers
MODULES_ORIGIN = "http://modules.test"

_LISTENING = re.compile(rb"listening on (http://\S+)")
_TYPES = {".js": "text/javascript", ".html": "text/html", ".css": "text/css", ".svg": "image/svg+xml"}
_REPORT_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) =>
  window.reportViolation(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`));
"""


class Server:
    """`app.py serve` as a process of its own; it can be killed and started again on the same port and data."""

    def __init__(self, data_dir: Path, log: Path, flags: Sequence[str] = ()) -> None:
        self.data_dir = data_dir
        self.log = log
        self.flags = flags
        self.headers: dict[str, str] = {}  # of requests that are not the page's
        self.url = ""
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start and return once it listens; the port of the first start is kept for the next ones."""
        port = self.url.rpartition(":")[2] or "0"
        with self.log.open("ab") as stderr:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "app.py",
                "serve",
                "--port",
                port,
                "--data-dir",
                str(self.data_dir),
                *self.flags,
                cwd=ROOT,
                stdout=asyncio.subprocess.PIPE,
                stderr=stderr,
            )
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            if match := _LISTENING.search(line):
                self.url = match[1].decode()
                return
        raise AssertionError(f"the desk did not start:\n{self.log.read_text()}")

    async def submit(
        self,
        kind: str,
        *,
        args: dict[str, Any] | None = None,
        files: Sequence[Path] = (),
        title: str | None = None,
    ) -> str:
        """Put a job in line as another client would, and return its id."""
        form = aiohttp.FormData(default_to_multipart=True)
        form.add_field("kind", kind)
        form.add_field("args", json.dumps(args or {}))
        if title is not None:
            form.add_field("title", title)
        for path in files:
            form.add_field("files", path.read_bytes(), filename=path.name)
        async with (
            aiohttp.ClientSession(headers=self.headers) as session,
            session.post(f"{self.url}/api/v1/jobs", data=form) as response,
        ):
            assert response.status == 202, await response.text()
            return str((await response.json())["id"])

    async def cancel(self, job_id: str) -> None:
        """Cancel a job as another client would."""
        async with (
            aiohttp.ClientSession(headers=self.headers) as session,
            session.post(f"{self.url}/api/v1/jobs/{job_id}/cancel") as response,
        ):
            assert response.status == 202, await response.text()

    async def kill(self) -> None:
        """End it the hard way, as a crash would."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> None:
        """End it the friendly way; does nothing when it has ended."""
        await self._end(signal.SIGTERM)

    def freeze(self) -> None:
        """Stop its clock: connections stay open and nothing answers."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    async def _end(self, sign: signal.Signals) -> None:
        if self._process is None or self._process.returncode is not None:
            return
        self._process.send_signal(sign)
        self._process.send_signal(signal.SIGCONT)  # a test may have failed while it was frozen
        await self._process.communicate()


@dataclass
class Complaints:
    """Everything a page complained about. Network errors are expected only while a test keeps the server away."""

    found: list[str] = field(default_factory=list)
    expects_network_errors: bool = False

    def hear_console(self, message: ConsoleMessage) -> None:
        """Keep an error or a warning of the console."""
        is_network = "net::ERR_" in message.text
        if message.type in {"error", "warning"} and not (is_network and self.expects_network_errors):
            self.found.append(f"{message.type}: {message.text}")

    def forgive(self, status: str) -> None:
        """Forget the line that Chromium itself writes for an answer of this status; there must be one."""
        expected = [text for text in self.found if f"the server responded with a status of {status}" in text]
        assert expected, self.found
        self.found = [text for text in self.found if text not in expected]


async def watched_page(context: BrowserContext, complaints: Complaints) -> Page:
    """Return a new page that reports console errors, uncaught errors and violations of the CSP."""
    page = await context.new_page()
    await page.expose_function("reportViolation", lambda text: complaints.found.append(f"CSP: {text}"))
    await page.add_init_script(_REPORT_VIOLATIONS)
    page.on("console", complaints.hear_console)
    page.on("pageerror", lambda error: complaints.found.append(f"uncaught: {error}"))
    return page


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Start Debian's Chromium and close it at the end; expectations wait as long as is usual here."""
    expect.set_options(timeout=PATIENCE_MS)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGS)
        try:
            yield browser
        finally:
            await browser.close()


async def serve_modules(context: BrowserContext) -> None:
    """Answer MODULES_ORIGIN from the static folder, so that pure modules are tested without a server."""

    async def answer(route: Any) -> None:
        path = STATIC / route.request.url.removeprefix(f"{MODULES_ORIGIN}/static/")
        if path.is_file():
            kind = _TYPES.get(path.suffix, "application/octet-stream")
            await route.fulfill(body=path.read_bytes(), content_type=kind)
        else:
            await route.fulfill(body="<!doctype html><link rel=icon href='data:,'>", content_type="text/html")

    await context.route(f"{MODULES_ORIGIN}/**", answer)


async def overflow_px(page: Page) -> int:
    """Return by how many pixels the page is wider than its window."""
    return int(
        await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    )
