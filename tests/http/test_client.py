"""Requests, uploads and downloads of the client, against a scripted server and the real desk."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import pytest
from aiohttp import web

from service.client import Client, ClientError, Patience
from service.client import client_download as download_module
from tests.http.conftest import Place
from tests.http.scripted_server import ScriptedServer, Stream, problem, scripted_server

CONTENT = bytes(range(256)) * 4000
ARTIFACT = {
    "name": "a b.bin",
    "size_bytes": len(CONTENT),
    "sha256": hashlib.sha256(CONTENT).hexdigest(),
    "url": "/api/v1/jobs/j/artifacts/a%20b.bin",
}


@pytest.fixture
async def server() -> AsyncIterator[ScriptedServer]:
    async with scripted_server() as running:
        yield running


@pytest.fixture
async def client(server: ScriptedServer) -> AsyncIterator[Client]:
    async with Client(server.url, patience=Patience(first_wait_seconds=0.01)) as one:
        yield one


def files_in(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


# --- errors ---


async def test_a_problem_document_becomes_an_error_with_all_it_says(
    server: ScriptedServer, client: Client
) -> None:
    async def refuse(_: web.Request) -> web.Response:
        fields = [{"pointer": "/args/x", "detail": "No."}]
        return problem(
            503, "queue_full", "Full.", remediation="Wait.", retriable=True, errors=fields, near=["a"]
        )

    server.answers["GET", "/api/v1/jobs/j"] = refuse
    with pytest.raises(ClientError) as caught:
        await client.job("j")
    error = caught.value
    assert (error.code, error.status, error.message, error.remediation) == (
        "queue_full",
        503,
        "Full.",
        "Wait.",
    )
    assert error.retriable
    assert error.retry_after_seconds == 0
    assert [(one.pointer, one.detail) for one in error.errors] == [("/args/x", "No.")]
    assert error.extra == {"near": ["a"]}


@pytest.mark.parametrize("body", ["<html>", "[]", '{"code": 5}', ""])
async def test_an_answer_of_another_program_is_an_error_that_says_so(
    server: ScriptedServer, client: Client, body: str
) -> None:
    async def refuse(_: web.Request) -> web.Response:
        return web.Response(status=500, text=body)

    server.answers["GET", "/api/v1/jobs/j"] = refuse
    with pytest.raises(ClientError, match="Is it a Nowserving server") as caught:
        await client.job("j")
    assert (caught.value.code, caught.value.status) == ("http_500", 500)


async def test_success_that_is_no_json_is_an_error(server: ScriptedServer, client: Client) -> None:
    async def lie(_: web.Request) -> web.Response:
        return web.Response(text="{oops", content_type="application/json")

    server.answers["GET", "/api/v1/jobs/j"] = lie
    with pytest.raises(ClientError) as caught:
        await client.job("j")
    assert caught.value.code == "protocol"


async def test_nobody_there_is_unreachable(unused_tcp_port: int) -> None:
    async with Client(f"http://127.0.0.1:{unused_tcp_port}") as client:
        with pytest.raises(ClientError, match="No answer from") as caught:
            await client.job("j")
        with pytest.raises(ClientError) as refused:
            await client.submit("demo")
    assert caught.value.code == refused.value.code == "unreachable"
    assert caught.value.status is None


async def test_a_server_that_never_answers_is_unreachable(server: ScriptedServer) -> None:
    async def sleep(_: web.Request) -> web.Response:
        await asyncio.Event().wait()
        raise AssertionError

    server.answers["GET", "/api/v1/jobs/j"] = sleep
    async with Client(server.url, answer_seconds=0.1) as client:
        with pytest.raises(ClientError) as caught:
            await client.job("j")
    assert caught.value.code == "unreachable"


@pytest.mark.parametrize(
    ("job_id", "path"),
    [
        ("../queue", "/api/v1/jobs/..%2Fqueue"),
        ("a/b?c#d", "/api/v1/jobs/a%2Fb%3Fc%23d"),
        ("..", "/api/v1/jobs/%2E%2E"),
        ("é%", "/api/v1/jobs/%C3%A9%25"),
    ],
)
async def test_an_id_is_one_segment_of_the_path_whatever_it_holds(
    server: ScriptedServer, client: Client, job_id: str, path: str
) -> None:
    with pytest.raises(ClientError):
        await client.job(job_id)
    assert server.requests[-1].raw_path == path


# --- submitting ---


async def test_an_upload_that_breaks_is_sent_again_under_the_same_key(
    server: ScriptedServer, client: Client, tmp_path: Path
) -> None:
    keys, bodies = [], []

    async def take(request: web.Request) -> web.StreamResponse:
        keys.append(request.headers["Idempotency-Key"])
        form = await request.post()
        bodies.append((form["kind"], form["args"], form["files"].filename, form["files"].file.read()))
        if len(keys) == 1:  # the work was accepted, the answer is lost
            request.transport.abort()
        return web.json_response({"id": "j"}, status=202)

    server.answers["POST", "/api/v1/jobs"] = take
    book = tmp_path / "book “1”.epub"
    book.write_bytes(CONTENT)
    sent: list[int] = []
    job = await client.submit("epub", [book], {"n": 1}, on_sent=sent.append)
    assert job == {"id": "j"}
    assert len(keys) == 2
    assert keys[0] == keys[1]
    assert bodies[0] == bodies[1] == ("epub", '{"n": 1}', "book “1”.epub", CONTENT)
    assert sum(sent) == 2 * len(CONTENT)


async def test_a_refusal_is_not_tried_again(server: ScriptedServer, client: Client, tmp_path: Path) -> None:
    async def refuse(_: web.Request) -> web.Response:
        return problem(413, "too_large", "Too large.")

    server.answers["POST", "/api/v1/jobs"] = refuse
    (tmp_path / "large.bin").write_bytes(CONTENT * 4)
    with pytest.raises(ClientError) as caught:
        await client.submit("demo", [tmp_path / "large.bin"])
    assert caught.value.code == "too_large"
    assert len(server.requests) == 1


# --- downloading ---


class Arrivals:
    """Lets a server wait until its client has written so many bytes."""

    def __init__(self) -> None:
        self.told: list[int] = []
        self._has_come = asyncio.Event()

    def tell(self, size_bytes: int) -> None:
        self.told.append(size_bytes)
        self._has_come.set()

    async def of(self, size_bytes: int) -> None:
        while not self.told or self.told[-1] < size_bytes:
            self._has_come.clear()
            await self._has_come.wait()


def serving(content: bytes, cut_after: list[int], arrivals: Arrivals, etag: str = '"1"'):  # type: ignore[no-untyped-def]
    """Answer with content, cut off once so many bytes of an answer have arrived, ranges understood."""

    async def send(request: web.Request) -> web.StreamResponse:
        asked = request.headers.get("Range", "bytes=0-")
        start = int(asked.removeprefix("bytes=").rstrip("-"))
        if request.headers.get("If-Range", etag) != etag:
            start = 0
        rest = content[start:]
        status = 206 if start else 200
        response = web.StreamResponse(status=status, headers={"ETag": etag, "Content-Length": str(len(rest))})
        await response.prepare(request)
        cut = cut_after.pop(0) if cut_after else None
        await response.write(rest[:cut])
        if cut is not None:
            await arrivals.of(start + cut)
            request.transport.abort()
        return response

    return send


async def test_a_download_that_breaks_goes_on_where_it_broke(
    server: ScriptedServer, client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download_module, "FIRST_WAIT_SECONDS", 0.001)
    arrivals = Arrivals()
    server.answers["GET", "/api/v1/jobs/j/artifacts/a b.bin"] = serving(CONTENT, [300_000, 200_000], arrivals)
    path = await client.download(ARTIFACT, tmp_path, on_bytes=arrivals.tell)
    assert path == tmp_path / "a b.bin"
    assert path.read_bytes() == CONTENT
    assert arrivals.told == sorted(arrivals.told)
    assert arrivals.told[-1] == len(CONTENT)
    asked = [one.headers.get("Range") for one in server.requests]
    assert asked == [None, "bytes=300000-", "bytes=500000-"]
    assert files_in(tmp_path) == {"a b.bin": CONTENT}


async def test_a_file_that_changed_between_two_pieces_is_fetched_from_its_beginning(
    server: ScriptedServer, client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download_module, "FIRST_WAIT_SECONDS", 0.001)
    arrivals = Arrivals()
    first = serving(CONTENT[::-1], [1000], arrivals, '"old"')
    second = serving(CONTENT, [], arrivals, '"new"')

    async def send(request: web.Request) -> web.StreamResponse:
        return await (first if len(server.requests) == 1 else second)(request)

    server.answers["GET", "/api/v1/jobs/j/artifacts/a b.bin"] = send
    path = await client.download(ARTIFACT, tmp_path, on_bytes=arrivals.tell)
    assert path.read_bytes() == CONTENT


@pytest.mark.parametrize(
    "content", [CONTENT[::-1], CONTENT[:-1], CONTENT + b"x", b""], ids=["other", "less", "more", "none"]
)
async def test_wrong_bytes_leave_nothing_and_keep_what_was_there(
    server: ScriptedServer, client: Client, tmp_path: Path, content: bytes
) -> None:
    server.answers["GET", "/api/v1/jobs/j/artifacts/a b.bin"] = serving(content, [], Arrivals())
    (tmp_path / "a b.bin").write_text("mine")
    with pytest.raises(ClientError) as caught:
        await client.download(ARTIFACT, tmp_path)
    assert caught.value.code == "checksum_mismatch"
    assert files_in(tmp_path) == {"a b.bin": b"mine"}


async def test_a_name_from_the_server_never_leaves_the_folder(
    server: ScriptedServer, client: Client, tmp_path: Path
) -> None:
    server.answers["GET", "/api/v1/jobs/j/artifacts/a b.bin"] = serving(CONTENT, [], Arrivals())
    inner = tmp_path / "inner"
    inner.mkdir()
    for name in ("../evil", "/etc/evil", "..\\evil", ".."):
        path = await client.download(ARTIFACT | {"name": name}, inner)
        assert path.parent == inner
        assert path.name in files_in(inner)
    assert files_in(tmp_path) == {}


# --- logs ---


async def test_a_log_is_followed_over_a_restart_to_its_end(server: ScriptedServer, client: Client) -> None:
    pieces = [("one\n", "4", "running"), ("two\n", "8", "completed"), (None, None, "completed")]
    offsets: list[str | None] = []

    async def play(request: web.Request) -> web.StreamResponse:
        stream = Stream(request)
        offsets.append(stream.cursor)
        text, offset, status = pieces.pop(0)
        if text is not None:
            await stream.send("log", offset, text=text)
        server.answer("GET", "/api/v1/jobs/j", {"id": "j", "status": status})
        await stream.send("bye")
        return stream.response

    server.answers["GET", "/api/v1/jobs/j/log"] = play
    async with aclosing(client.follow_log("j")) as log:
        assert [text async for text in log] == ["one\n", "two\n"]
    assert offsets == [None, "4", "8"]


# --- the real desk ---


async def test_work_is_submitted_watched_and_fetched(place: Place, book: bytes, tmp_path: Path) -> None:
    path = tmp_path / 'Moby "Dick" – ü;%41\n.epub'
    path.write_bytes(book)
    async with Client(f"http://127.0.0.1:{place.port}") as client:
        job = await client.submit("epub", [path], title="A book", idempotency_key="k")
        again = await client.submit("epub", [path], title="A book", idempotency_key="k")
        assert again["id"] == job["id"]
        assert (job["title"], job["position"]) == ("A book", 1)
        assert job["inputs"][0]["name"] == "Moby _Dick_ – ü;%41_.epub"
        assert job["inputs"][0]["sha256"] == hashlib.sha256(book).hexdigest()
        await client.resume()
        names = [event.name async for event in client.events(job["id"])]
        assert names[0] == "queued"
        assert names[-1] == "completed"
        assert "item_completed" in names
        done = await client.wait(job["id"])
        assert done["status"] == "completed"
        for artifact in done["artifacts"]:
            saved = await client.download(artifact, tmp_path)
            assert hashlib.sha256(saved.read_bytes()).hexdigest() == artifact["sha256"]
        assert done["artifacts"]
        await client.delete(job["id"])
        with pytest.raises(ClientError, match="Job not found"):
            await client.job(job["id"])


async def test_every_page_of_a_long_list_is_walked(place: Place) -> None:
    async with Client(f"http://127.0.0.1:{place.port}") as client:
        ids = [(await client.submit("demo", args={"items": number}))["id"] for number in range(205)]
        assert [job["id"] async for job in client.jobs()] == ids[::-1]
        assert [job["id"] async for job in client.jobs(limit=3)] == ids[:-4:-1]
        assert [job["id"] async for job in client.jobs(limit=202, kind="demo")] == ids[:2:-1]
        assert [job async for job in client.jobs(status=["running", "failed"])] == []


async def test_waiting_jobs_are_moved_cancelled_and_done_again(place: Place) -> None:
    async with Client(f"http://127.0.0.1:{place.port}") as client:
        jobs = [await client.submit("demo", args={"items": 1, "seconds": 0}) for _ in range(3)]
        assert (await client.move(jobs[2]["id"], "front"))["position"] == 1
        assert (await client.move(jobs[2]["id"], 2))["position"] == 2
        assert (await client.progress(jobs[0]["id"]))["position"] == 1
        assert (await client.cancel(jobs[0]["id"]))["status"] == "cancelled"
        with pytest.raises(ClientError) as caught:
            await client.cancel(jobs[0]["id"])
        assert (caught.value.code, caught.value.status) == ("conflict", 409)
        retried = await client.retry(jobs[0]["id"])
        assert (retried["retry_of"], retried["status"]) == (jobs[0]["id"], "queued")


async def test_a_held_job_goes_on_when_its_preview_is_confirmed(place: Place) -> None:
    async with Client(f"http://127.0.0.1:{place.port}") as client:
        job = await client.submit("demo", args={"items": 1, "seconds": 0, "hold": True})
        await client.resume()
        async with aclosing(client.events(job["id"])) as events:
            async for event in events:
                if event.name == "held":
                    break
        preview = (await client.job(job["id"]))["preview"]
        with pytest.raises(ClientError) as caught:
            await client.confirm(job["id"], {"hash": "old"})
        assert caught.value.status == 409
        await client.confirm(job["id"], {"hash": preview["hash"]})
        assert (await client.wait(job["id"]))["status"] == "completed"


async def test_the_line_is_paused_and_told_why(place: Place) -> None:
    async with Client(f"http://127.0.0.1:{place.port}") as client:
        await client.resume()
        lanes = await client.pause("moving house")
        assert [(lane["is_paused"], lane["pause_reason"]) for lane in lanes] == [(True, "moving house")]
        assert await client.queue() == lanes
        assert {kind["name"] for kind in await client.kinds()} >= {"demo", "epub"}
