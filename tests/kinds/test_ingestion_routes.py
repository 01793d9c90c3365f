"""Over HTTP: documents in by form, the pipeline on a stream, questions answered with citations, `kill -9` survived."""

import asyncio
import io
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from service.kinds.ingestion.dialect import STAGES
from tests.desk_process import DeskProcess, frames
from tests.kinds import ingestion_files as make

JOBS = "/api/v1/admin/ingestion/jobs"
RETRIEVAL = "/api/v1/retrieval"
RENT = make.running_text("The rent is due on the first day of a month.", top=740)
SIGNED = make.running_text("Signed by Maria Keller and Otto Brandt in Bonn. " * 2, top=740)
DOCUMENTS = {
    "lease.pdf": make.pdf(
        [[(72.0, 780.0, "Lease", 18.0, True), *RENT], [(72.0, 780.0, "Signatures", 18.0, True), *SIGNED]]
    ),
    "otters.md": "# Otters\n\nOtters live in rivers and eat fish. Sea otters use stones as tools.",
    "locked.pdf": make.pdf([[(72.0, 700.0, "x")]], password="secret"),
}


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[DeskProcess]:
    made = DeskProcess(tmp_path / "data")
    assert await made.start(), made.log_lines
    yield made
    await made.stop()


def form(files: dict[str, bytes | str], **fields: str) -> aiohttp.FormData:
    made = aiohttp.FormData(default_to_multipart=True)
    for name, value in fields.items():
        made.add_field(name, value)
    for name, content in files.items():
        body = content.encode() if isinstance(content, str) else content
        made.add_field("files", io.BytesIO(body), filename=name)
    return made


async def put_in(desk: DeskProcess, files: dict[str, bytes | str], **fields: str) -> dict[str, Any]:
    accepted = await desk.json("POST", JOBS, data=form(files, **fields))
    return await desk.wait_for(accepted["job_id"])


async def ask(desk: DeskProcess, query: str, **more: Any) -> dict[str, Any]:
    answer: dict[str, Any] = await desk.json("POST", f"{RETRIEVAL}/search", json={"query": query, **more})
    return answer


async def refused(desk: DeskProcess, method: str, path: str, **options: Any) -> tuple[int, str]:
    async with (
        aiohttp.ClientSession(desk.url) as session,
        session.request(method, path, **options) as response,
    ):
        return response.status, (await response.json(content_type=None))["code"]


async def test_documents_go_in_and_are_asked_and_taken_out_again(desk: DeskProcess) -> None:
    job = await put_in(desk, DOCUMENTS, tags="home, 2026", workers="3")
    assert job["args"] == {"tags": ["home", "2026"], "workers": 3, "entities": True}
    assert job["output"]["documents"] == {
        "total": 3,
        "created": 2,
        "replaced": 0,
        "unchanged": 0,
        "failed": 1,
    }
    assert job["items"]["failed"] == 1

    answer = await ask(desk, "who signed in Bonn", top_k=2)
    assert answer["search_type"] == "hybrid"
    hit = answer["hits"][0]
    assert (hit["file_name"], hit["page"], hit["heading"]) == ("lease.pdf", 2, "Signatures")
    assert set(hit["scores"]) == {"bm25", "vector", "fused"}
    marked = [hit["snippet"][begin:end] for begin, end in hit["highlights"]]
    assert "Signed" in marked
    shown = await desk.json("GET", f"{RETRIEVAL}/documents/{hit['document_id']}")
    whole = shown["chunks"][hit["chunk"]]
    assert whole["text"] == hit["text"]
    assert whole["text"][hit["match"] - whole["start"] :].startswith("Sign")

    for filters, wanted in (
        ({"kind": "markdown"}, ["otters.md"]), ({"tags": ["home"]}, ["lease.pdf", "otters.md"]), ({"tag": "x"}, []),
        ({"document_id": hit["document_id"]}, ["lease.pdf"]), ({"since": "2999-01-01"}, []),
        ({"until": "2999-01-01T00:00:00Z"}, ["lease.pdf", "otters.md"]),
    ):  # fmt: skip
        found = await ask(desk, "rent otters", filters=filters)
        assert sorted(each["file_name"] for each in found["hits"]) == wanted, filters
    near = await ask(desk, "marine mammals", search_type="vector")
    assert near["hits"][0]["file_name"] == "otters.md"

    listed = await desk.json("GET", f"{RETRIEVAL}/documents?q=lease&tag=home")
    assert [each["file_name"] for each in listed["documents"]] == ["lease.pdf"]
    assert listed["totals"]["documents"] == 2
    names = await desk.json("GET", f"{RETRIEVAL}/entities?q=keller")
    assert names["entities"][0]["name"] == "Maria Keller"
    graph = await desk.json("GET", f"{RETRIEVAL}/graph?entity=Maria%20Keller")
    assert any("Otto Brandt" in edge["evidence"] for edge in graph["edges"])

    async with aiohttp.ClientSession(desk.url) as session:
        for status in (204, 404):
            async with session.delete(f"{RETRIEVAL}/documents/{hit['document_id']}") as response:
                assert response.status == status
    assert (await ask(desk, "rent", search_type="bm25"))["hits"] == []
    assert await refused(desk, "GET", f"{RETRIEVAL}/documents/{hit['document_id']}") == (
        404,
        "document_not_found",
    )


async def test_documents_are_listed_in_any_order_page_by_page_and_by_date(desk: DeskProcess) -> None:
    files: dict[str, bytes | str] = {
        "bees.txt": "Bees dance.", "ants.md": "# Ants\n\nAnts walk.", "cats.csv": "name;age\nTom;3\n",
        "dogs.txt": "Dogs bark.",
    }  # fmt: skip
    await put_in(desk, files)

    async def names(query: str) -> list[str]:
        found, cursor = [], ""
        while True:
            page = await desk.json("GET", f"{RETRIEVAL}/documents?limit=3&{query}{cursor}")
            found += [each["file_name"] for each in page["documents"]]
            if page["next_cursor"] is None:
                return found
            cursor = f"&cursor={page['next_cursor']}"

    everything = set(files)
    assert await names("sort=title") == sorted(everything)
    assert await names("sort=-title") == sorted(everything, reverse=True)
    assert (await names("sort=kind"))[0] == "cats.csv"
    assert set(await names("sort=-updated")) == everything
    assert await names("sort=updated") == (await names("sort=-updated"))[::-1]
    assert await names("since=2999-01-01") == []
    assert set(await names("until=2999-01-01&sort=-chunks")) == everything
    assert await refused(desk, "GET", f"{RETRIEVAL}/documents?sort=luck") == (422, "invalid")
    assert await refused(desk, "GET", f"{RETRIEVAL}/documents?sort=title&cursor=zzz") == (422, "invalid")
    listed = await desk.json("GET", f"{RETRIEVAL}/documents")
    assert listed["model"] in listed["totals"]["models"]


async def test_the_original_is_sent_as_long_as_its_job_is_kept(desk: DeskProcess) -> None:
    job = await put_in(desk, {"otters.md": DOCUMENTS["otters.md"]})
    document_id = job["output"]["results"][0]["document_id"]
    shown = await desk.json("GET", f"{RETRIEVAL}/documents/{document_id}?limit=0")
    assert shown["file_url"] == f"{RETRIEVAL}/documents/{document_id}/file"
    async with aiohttp.ClientSession(desk.url) as session:
        async with session.get(shown["file_url"]) as response:
            assert response.status == 200
            assert response.headers["Content-Disposition"].startswith('attachment; filename="otters.md"')
            assert "sandbox" in response.headers["Content-Security-Policy"]
            assert await response.text() == DOCUMENTS["otters.md"]
        async with session.delete(f"/api/v1/jobs/{job['id']}") as response:
            assert response.status == 204
    gone = await desk.json("GET", f"{RETRIEVAL}/documents/{document_id}?limit=0")
    assert gone["file_url"] is None
    assert await refused(desk, "GET", shown["file_url"]) == (410, "artifact_gone")
    assert await refused(desk, "GET", f"{RETRIEVAL}/documents/nope/file") == (404, "document_not_found")


async def test_the_pipeline_is_told_in_its_own_words_from_beginning_to_end(desk: DeskProcess) -> None:
    long = "\n\n".join(
        f"## Part {n}\n\n" + "Ada Lovelace met Charles Babbage there. " * 120 for n in range(300)
    )
    accepted = await desk.json("POST", JOBS, data=form({**DOCUMENTS, "long.md": long}))
    told: list[tuple[str, dict[str, Any]]] = []
    async with desk.stream(f"{JOBS}/{accepted['job_id']}/progress") as response:
        assert response.status == 200
        async for name, _, data in frames(response):
            told.append((name, data))
    assert told[-1][0] == "complete"
    progress = [data for name, data in told if name == "pipeline_progress"]
    assert all(set(data["stages"]) == set(STAGES) for data in progress)
    percents = [data["overall_progress_percent"] for data in progress]
    assert percents == sorted(percents)
    assert any(data["worker_pool"]["active"] for data in progress)
    async with desk.stream(f"{JOBS}/{accepted['job_id']}/progress") as response:
        again = [name async for name, _, _ in frames(response)]
    assert again == ["complete"]


async def test_jobs_of_this_room_are_listed_and_others_are_not_known_here(desk: DeskProcess) -> None:
    demo = await desk.submit("demo")
    job = await put_in(desk, {"a.txt": "Something."})
    listed = await desk.json("GET", f"{JOBS}?limit=5")
    assert [each["id"] for each in listed["jobs"]] == [job["id"]]
    assert (await desk.json("GET", f"{JOBS}/{job['id']}"))["id"] == job["id"]
    for path in (f"{JOBS}/nope/progress", f"{JOBS}/{demo}/progress", f"{JOBS}/{demo}"):
        assert await refused(desk, "GET", path) == (404, "job_not_found")
    assert await refused(desk, "POST", f"{JOBS}/{demo}/cancel", json={}) == (404, "job_not_found")
    assert await refused(desk, "POST", f"{JOBS}/{job['id']}/cancel", json={}) == (409, "conflict")


async def test_what_is_wrong_in_a_request_is_told_with_its_place(desk: DeskProcess) -> None:
    search = f"{RETRIEVAL}/search"
    for body in ({}, {"query": ""}, {"query": "x", "top_k": 0}, {"query": "x", "search_type": "magic"},
                 {"query": "x", "filters": {"kind": "exe"}}, {"query": "x", "filters": {"since": "someday"}},
                 {"query": 7}, {"query": "x", "colour": "red"}):  # fmt: skip
        assert await refused(desk, "POST", search, json=body) == (422, "invalid"), body
    assert await refused(desk, "POST", search, data="x") == (415, "unsupported_media_type")
    assert await refused(desk, "POST", JOBS, json={}) == (415, "unsupported_media_type")
    assert await refused(desk, "POST", JOBS, data=form({"a.exe": "x"})) == (422, "file_type_not_accepted")
    assert await refused(desk, "POST", JOBS, data=form({"a.txt": "x"}, workers="99")) == (422, "invalid")
    assert await refused(desk, "POST", JOBS, data=form({"a.txt": "x"}, args="[]")) == (422, "invalid")
    assert await refused(desk, "POST", JOBS, data=form({}, tags="x")) == (422, "too_few_files")
    assert await refused(desk, "GET", f"{RETRIEVAL}/documents?cursor=zzz") == (422, "invalid")
    empty = await ask(desk, "anything")
    assert empty["hits"] == []


async def test_a_wrong_setting_is_told_by_search_and_job_and_stops_nothing_else(tmp_path: Path) -> None:
    desk = DeskProcess(tmp_path / "data", "--kind-setting", "ingestion.embedding=magic")
    assert await desk.start(), desk.log_lines
    assert await refused(desk, "POST", f"{RETRIEVAL}/search", json={"query": "x"}) == (
        503,
        "library_unavailable",
    )
    job = await put_in(desk, {"a.txt": "x"})
    assert (job["status"], job["error"]["code"]) == ("failed", "kind_setting_invalid")
    await desk.stop()


async def test_killed_in_the_middle_it_goes_on_without_doing_a_finished_document_again(
    tmp_path: Path,
) -> None:
    files: dict[str, bytes | str] = {
        f"{n}.txt": f"Document number {n} speaks of herons. " * 40 for n in range(60)
    }
    desk = DeskProcess(tmp_path / "data")
    assert await desk.start(), desk.log_lines
    accepted = await desk.json("POST", JOBS, data=form(files))
    job_id = accepted["job_id"]
    async with desk.stream(f"/api/v1/jobs/{job_id}/events") as response:
        done = 0
        async for name, _, _ in frames(response):
            done += name == "item_completed"
            if done == 5:
                break
    await desk.kill()
    assert await desk.start(), desk.log_lines
    job = await desk.wait_for(job_id)
    assert job["status"] == "completed"
    assert job["items"] == {"total": 60, "completed": 60, "failed": 0, "needs_review": 0}
    listed = await desk.json("GET", f"{RETRIEVAL}/documents?limit=100")
    assert len(listed["documents"]) == 60
    assert {each["version"] for each in listed["documents"]} == {1}
    assert listed["totals"]["chunks"] == 60
    hits = (await ask(desk, "herons", top_k=100, search_type="bm25"))["hits"]
    assert len({hit["file_name"] for hit in hits}) == 60
    await desk.stop()


async def test_cancelling_ends_the_job_and_its_readers(desk: DeskProcess) -> None:
    long = "\n\n".join(f"## Part {n}\n\n" + "Words upon words. " * 400 for n in range(400))
    accepted = await desk.json("POST", JOBS, data=form({f"{n}.md": long + str(n) for n in range(4)}))
    async with desk.stream(f"{JOBS}/{accepted['job_id']}/progress") as response:
        is_asked = False
        async for name, _, data in frames(response):
            ending = (name, data.get("code"))
            if not is_asked and name == "pipeline_progress" and data["total_chunks"]:
                is_asked = True
                await desk.json("POST", f"{JOBS}/{accepted['job_id']}/cancel", json={})
    assert ending == ("error", "cancelled")
    left = await asyncio.to_thread(lambda: [p for p in Path("/proc").glob("[0-9]*/cmdline") if _is_reader(p)])
    assert left == []


def _is_reader(path: Path) -> bool:
    try:
        line = path.read_bytes()
    except OSError:
        return False
    # Other tests may run readers at the same time; those of this desk have it as an ancestor no more.
    return b"reader_main" in line and (path.parent / "stat").read_text().split()[3] == "1"


def test_the_openapi_document_shows_the_paths() -> None:
    from service.http.openapi import build
    from service.kinds.ingestion.routes import routes

    document = build(tuple(routes()), "0")
    assert f"{RETRIEVAL}/search" in json.dumps(document)
