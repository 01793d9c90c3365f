"""The Python client: what the command line is made of, for anyone's programs too.

async with Client("http://127.0.0.1:8787") as desk:
    job = await desk.submit("epub", [Path("moby-dick.epub")])
    job = await desk.wait(job["id"])
"""

import asyncio
import json
import uuid
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import aclosing
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, cast
from urllib.parse import quote

import aiohttp
from yarl import URL

from service import client_download
from service.client_errors import (
    CONNECTION_ERRORS,
    TIMED_OUT,
    UNREACHABLE,
    ClientError,
    raise_for_problem,
    unreachable,
)
from service.client_form import Sent, form
from service.client_stream import Disconnected, EventFollower, Patience, StreamEvent
from service.model import events as names
from service.model.artifacts import safe_name

__all__ = ["Client", "ClientError", "Patience", "StreamEvent"]

Job = dict[str, Any]
Batch = dict[str, Any]
BASE: Final = "/api/v1"
TERMINAL: Final = frozenset({"completed", "failed", "cancelled"})
SUBMIT_TRIES: Final = 6
SUBMIT_WAIT_SECONDS: Final = 0.5


class Client:
    """A connection to one server. Every method raises ClientError; `unreachable` when nobody answers.

    `token` (an access or API token) says who asks, at a desk with accounts; a `session` of one's own brings its own.
    """

    def __init__(
        self,
        url: str = "http://127.0.0.1:8787",
        *,
        token: str | None = None,
        patience: Patience | None = None,
        answer_seconds: float = 60.0,
        session: aiohttp.ClientSession | None = None,
    ) -> None:
        self.url = url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._patience = patience or Patience()
        self._timeout = aiohttp.ClientTimeout(total=None, sock_connect=10, sock_read=answer_seconds)
        self._session = session
        self._owns_session = session is None

    async def __aenter__(self) -> Self:
        if self._session is None:
            self._session = aiohttp.ClientSession(headers=self._headers)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._owns_session and self._session is not None:
            await self._session.close()
            self._session = None

    # --- jobs ---
    async def submit(
        self,
        kind: str,
        files: Iterable[Path] = (),
        args: Mapping[str, Any] | None = None,
        *,
        title: str | None = None,
        idempotency_key: str | None = None,
        on_sent: Sent | None = None,
    ) -> Job:
        """Hand in work and return the job once it is safely in line; files are streamed from the disk.

        A connection that breaks on the way is tried again under the same idempotency key (made up when
        none is given), so that the work is accepted once. `on_sent` is told, from another thread, how
        many bytes of files were read since it was last called. Raises OSError for unreadable files.
        """
        work = {"kind": kind, "args": dict(args or {}), "title": title}
        return await self._hand_in("/jobs", work, list(files), idempotency_key, on_sent)

    async def job(self, job_id: str) -> Job:
        """Return a job."""
        return cast("Job", await self._get(f"/jobs/{_segment(job_id)}"))

    async def jobs(
        self,
        *,
        status: Sequence[str] = (),
        kind: str | None = None,
        batch_id: str | None = None,
        text: str | None = None,
        created_after: str | None = None,
        limit: int | None = None,
    ) -> AsyncGenerator[Job, None]:
        """Walk the jobs, newest first, page by page, at most `limit` of them."""
        wanted = {
            "status": ",".join(status) or None,
            "kind": kind,
            "batch_id": batch_id,
            "q": text,
            "created_after": created_after,
        }
        params = {name: value for name, value in wanted.items() if value is not None}
        async with aclosing(self._pages("/jobs", "jobs", params, limit)) as found:
            async for job in found:
                yield job

    async def progress(self, job_id: str) -> dict[str, Any]:
        """Return status, position, progress, items and estimate of a job."""
        return cast("dict[str, Any]", await self._get(f"/jobs/{_segment(job_id)}/progress"))

    async def cancel(self, job_id: str) -> Job:
        """Ask for the end of a job. Raises `conflict` when it has ended."""
        return cast("Job", await self._post(f"/jobs/{_segment(job_id)}/cancel"))

    async def confirm(self, job_id: str, body: Mapping[str, Any] | None = None) -> Job:
        """Send a held job back in line; `body` goes to the kind. Raises `stale_preview` or `conflict`."""
        return cast("Job", await self._post(f"/jobs/{_segment(job_id)}/confirm", dict(body or {})))

    async def retry(self, job_id: str) -> Job:
        """Return a linked new job that does what the old one failed to do."""
        return cast("Job", await self._post(f"/jobs/{_segment(job_id)}/retry"))

    async def move(self, job_id: str, to: str | int) -> Job:
        """Give a waiting job another place: "front", "back" or a number from 1."""
        return cast("Job", await self._post(f"/jobs/{_segment(job_id)}/move", {"to": to}))

    async def delete(self, job_id: str) -> None:
        """Remove a terminal job with its files."""
        await self._request("DELETE", f"/jobs/{_segment(job_id)}")

    # --- batches ---
    async def submit_batch(
        self,
        kind: str,
        files: Iterable[Path] = (),
        args: Mapping[str, Any] | None = None,
        *,
        urls: Sequence[str] = (),
        title: str | None = None,
        idempotency_key: str | None = None,
        on_sent: Sent | None = None,
    ) -> Batch:
        """Hand in a batch, one job for each file and address, as `submit` does; return it with its jobs."""
        work = {"kind": kind, "args": dict(args or {}), "title": title, "urls": list(urls)}
        return await self._hand_in("/batches", work, list(files), idempotency_key, on_sent)

    async def batch(self, batch_id: str) -> Batch:
        """Return a batch with its jobs."""
        return cast("Batch", await self._get(f"/batches/{_segment(batch_id)}"))

    async def batches(self, *, limit: int | None = None) -> AsyncGenerator[Batch, None]:
        """Walk the batches, newest first and without their jobs, page by page, at most `limit` of them."""
        async with aclosing(self._pages("/batches", "batches", {}, limit)) as found:
            async for batch in found:
                yield batch

    async def cancel_batch(self, batch_id: str) -> Batch:
        """Ask for the end of what is left of a batch. Raises `conflict` when it has ended."""
        return cast("Batch", await self._post(f"/batches/{_segment(batch_id)}/cancel"))

    async def retry_batch(self, batch_id: str) -> Batch:
        """Do again what did not succeed, in the same batch."""
        return cast("Batch", await self._post(f"/batches/{_segment(batch_id)}/retry"))

    def batch_events(
        self, batch_id: str, after: str | None = None, *, on_disconnect: Disconnected | None = None
    ) -> AsyncGenerator[StreamEvent, None]:
        """Walk the events of a batch until its end, as `events` does; without `after`, from its beginning."""
        path = f"/batches/{_segment(batch_id)}/events"
        return self._follow(path, after, _ends_batch, on_disconnect).events()

    # --- following ---
    def events(
        self,
        job_id: str | None = None,
        after: str | None = None,
        *,
        on_disconnect: Disconnected | None = None,
    ) -> AsyncGenerator[StreamEvent, None]:
        """Walk the events of a job until its end, or of everything for ever, over broken connections too.

        `after` is the `cursor` of an earlier event. Without it the first event tells the present state.
        A `resync` event brings the whole state when the cursor could not be honoured.
        """
        path = "/events" if job_id is None else f"/jobs/{_segment(job_id)}/events"
        ends = _ends_never if job_id is None else _ends_job
        return self._follow(path, after, ends, on_disconnect).events()

    async def wait(self, job_id: str, *, timeout_seconds: float | None = None) -> Job:
        """Return the job once it is terminal. Raises ClientError `timed_out`; the job itself goes on."""
        try:
            async with asyncio.timeout(timeout_seconds):
                async with aclosing(self.events(job_id)) as events:
                    async for _ in events:
                        pass
                return await self.job(job_id)
        except TimeoutError:
            raise ClientError(
                TIMED_OUT, f"Job {job_id} did not end within {timeout_seconds:g} s; it goes on."
            ) from None

    async def log(self, job_id: str, *, tail_bytes: int | None = None) -> str:
        """Return the end of a job's log."""
        params = {} if tail_bytes is None else {"tail": str(tail_bytes)}
        return cast("str", await self._request("GET", f"/jobs/{_segment(job_id)}/log", params=params))

    async def follow_log(
        self, job_id: str, *, on_disconnect: Disconnected | None = None
    ) -> AsyncGenerator[str, None]:
        """Walk the log from its beginning, in pieces of whole lines, until the job has ended."""
        was_over = False

        async def is_over() -> bool:
            # The log says `bye` at its end and when the server stops alike. It was the end for sure if the
            # job was known to be over before this connection began.
            nonlocal was_over
            before, was_over = was_over, (await self.job(job_id))["status"] in TERMINAL
            return before

        path = f"/jobs/{_segment(job_id)}/log?follow=1"
        follower = self._follow(path, None, _ends_never, on_disconnect, is_over)
        async with aclosing(follower.events()) as events:
            async for event in events:
                yield str(event.data["text"])

    # --- artifacts ---
    async def download(
        self,
        artifact: Mapping[str, Any],
        folder: Path,
        *,
        name: str | None = None,
        on_bytes: Callable[[int], None] | None = None,
    ) -> Path:
        """Fetch an entry of a job's `artifacts` into a folder, checked by SHA-256, and return the file.

        `name` is the file's name there (by default the artifact's own, made harmless). A file of that
        name is replaced, at once and only when all bytes are there and right.
        """
        target = folder / (name or safe_name(str(artifact["name"])))
        url = f"{self.url}{artifact['url']}"
        await client_download.download(self._open_session, url, artifact, target, on_bytes)
        return target

    # --- the desk ---
    async def kinds(self) -> list[dict[str, Any]]:
        """Return what can be done."""
        return cast("list[dict[str, Any]]", (await self._get("/kinds"))["kinds"])

    async def queue(self) -> list[dict[str, Any]]:
        """Return the lanes."""
        return cast("list[dict[str, Any]]", (await self._get("/queue"))["lanes"])

    async def pause(self, reason: str | None = None, lane: str | None = None) -> list[dict[str, Any]]:
        """Let the running job end and start no other; return the lanes."""
        answer = await self._post("/queue/pause", {"reason": reason, "lane": lane})
        return cast("list[dict[str, Any]]", answer["lanes"])

    async def resume(self, lane: str | None = None) -> list[dict[str, Any]]:
        """Let the line move again; return the lanes."""
        return cast("list[dict[str, Any]]", (await self._post("/queue/resume", {"lane": lane}))["lanes"])

    # --- requests ---
    @property
    def _open_session(self) -> aiohttp.ClientSession:
        if self._session is None:
            raise RuntimeError("use the client in `async with`")
        return self._session

    def _follow(
        self,
        path: str,
        after: str | None,
        ends: Callable[[StreamEvent], bool],
        on_disconnect: Disconnected | None,
        is_over: Callable[[], Awaitable[bool]] | None = None,
    ) -> EventFollower:
        return EventFollower(
            self._open_session,
            f"{self.url}{BASE}{path}",
            after=after,
            ends=ends,
            is_over=is_over,
            patience=self._patience,
            on_disconnect=on_disconnect,
        )

    async def _pages(
        self, path: str, name: str, params: Mapping[str, str], limit: int | None
    ) -> AsyncGenerator[dict[str, Any], None]:
        left, cursor = limit, None
        while left is None or left > 0:
            more = {"limit": str(min(left or 200, 200))} | ({"cursor": cursor} if cursor else {})
            page = await self._get(path, {**params, **more})
            for one in page[name]:
                yield one
            left = None if left is None else left - len(page[name])
            cursor = page["next_cursor"]
            if not cursor or not page[name]:
                return

    async def _hand_in(
        self,
        path: str,
        work: Mapping[str, Any],
        files: Sequence[Path],
        idempotency_key: str | None,
        on_sent: Sent | None,
    ) -> dict[str, Any]:
        headers = {"Idempotency-Key": idempotency_key or str(uuid.uuid4())}
        for attempt in range(SUBMIT_TRIES):
            try:
                if not files:
                    return cast("Job", await self._request("POST", path, json=work, headers=headers))
                async with form(work, files, on_sent) as data:
                    return cast("Job", await self._request("POST", path, data=data, headers=headers))
            except ClientError as error:
                never_reached = isinstance(error.__cause__, aiohttp.ClientConnectorError)
                is_last = attempt == SUBMIT_TRIES - 1 or (never_reached and attempt == 0)
                if error.code != UNREACHABLE or is_last:
                    raise
            await asyncio.sleep(SUBMIT_WAIT_SECONDS * 2**attempt)
        raise AssertionError("the last try returns or raises")

    async def _get(self, path: str, params: Mapping[str, str] | None = None) -> Any:
        return await self._request("GET", path, params=params)

    async def _post(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        return await self._request("POST", path, json={} if body is None else dict(body))

    async def _request(
        self, method: str, path: str, *, params: Mapping[str, str] | None = None, **more: Any
    ) -> Any:
        url = URL(f"{self.url}{BASE}{path}", encoded=True)
        if params:
            url = url.extend_query(params)
        try:
            async with self._open_session.request(
                method, url, timeout=self._timeout, allow_redirects=False, **more
            ) as response:
                if response.status >= 300:
                    await raise_for_problem(response)
                if response.status == 204:
                    return None
                if response.content_type == "application/json":
                    return json.loads(await response.read())
                return await response.text("utf-8", "replace")
        except CONNECTION_ERRORS as error:
            raise unreachable(self.url, error) from error
        except (aiohttp.InvalidURL, ValueError) as error:
            raise ClientError("protocol", f"{url} cannot be understood: {error}") from error


def _segment(text: str) -> str:
    """Return an id as one path segment, whatever is in it."""
    return quote(text, safe="") if text.strip(".") else quote(text.replace(".", "%2E") or "%20", safe="%")


def _ends_never(_: StreamEvent) -> bool:
    return False


def _ends_job(event: StreamEvent) -> bool:
    if event.name == names.RESYNC:
        return event.data.get("job", {}).get("status") in TERMINAL
    return event.name in names.TERMINAL_EVENTS or event.name == names.DELETED


def _ends_batch(event: StreamEvent) -> bool:
    return event.name == names.BATCH_COMPLETED
