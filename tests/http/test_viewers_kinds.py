"""What the kinds keep beside their jobs - libraries, names on sheets, labels - is its owner's as well."""

from typing import Any

import pytest
from aiohttp import FormData

from tests.http.conftest import ROOT, Start
from tests.http.people import Person, Town

SHEET = ("otter-program.pdf", (ROOT / "examples" / "heatsheets" / "otter-program.pdf").read_bytes())
ORDERS = ("orders.csv", (ROOT / "examples" / "shipping" / "orders.csv").read_bytes())
RETRIEVAL = "/api/v1/retrieval"


@pytest.fixture
async def town(start: Start) -> Town:
    settings = {"ingestion": {"embedding": "none"}}
    return await Town(await start(accounts=True, startup_mode="run", kind_settings=settings)).settle()


async def send(
    person: Person, path: str, status: int, part: str, file: tuple[str, bytes], **fields: str
) -> dict[str, Any]:
    """Send a form with one file as somebody and return the answer."""
    form = FormData()
    for name, value in fields.items():
        form.add_field(name, value)
    form.add_field(part, file[1], filename=file[0])
    async with person.place.http.post(path, data=form, headers=person.header) as answer:
        assert answer.status == status, await answer.text()
        return dict(await answer.json())


async def listened(person: Person, path: str) -> None:
    """Listen to a stream to its end."""
    async with person.place.http.get(path, headers=person.header) as stream:
        assert stream.status in (200, 204), await stream.text()
        await stream.read()


async def status_of(person: Person, path: str) -> int:
    async with person.place.http.get(path, headers=person.header) as answer:
        return answer.status


async def put_in(person: Person, text: bytes) -> dict[str, Any]:
    accepted = await send(person, "/api/v1/admin/ingestion/jobs", 202, "files", ("notes.md", text))
    await listened(person, f"/api/v1/jobs/{accepted['job_id']}/events")
    job = await person.call("GET", f"/api/v1/jobs/{accepted['job_id']}", 200)
    assert job["status"] == "completed", job
    return dict(job["output"]["results"][0])


async def found(person: Person, question: str) -> list[str]:
    told = await person.call("POST", f"{RETRIEVAL}/search", 200, {"query": question})
    return sorted(hit["document_id"] for hit in told["hits"])


async def test_a_library_is_searched_read_and_emptied_by_its_owner_alone(town: Town) -> None:
    max_, mia, ada = [await town.as_(name) for name in ("Max", "Mia", "Ada")]
    his = (await put_in(max_, b"# Otters\n\nOtters met Maria Keller and Otto Brandt."))["document_id"]
    hers = (await put_in(mia, b"# Otters\n\nOtters met Maria Keller and Otto Brandt."))["document_id"]
    assert his != hers, "one name and one content, two owners: two documents"
    assert [await found(person, "otters") for person in (max_, mia, ada)] == [
        [his],
        [hers],
        sorted((his, hers)),
    ]
    assert await found(await town.as_("Theo"), "otters") == []
    listed = await mia.call("GET", f"{RETRIEVAL}/documents", 200)
    assert ([one["document_id"] for one in listed["documents"]], listed["totals"]["documents"]) == ([hers], 1)
    for path in (his, f"{his}/file"):
        statuses = [await status_of(person, f"{RETRIEVAL}/documents/{path}") for person in (max_, mia, ada)]
        assert statuses == [200, 404, 200]
    names = (await mia.call("GET", f"{RETRIEVAL}/entities?document_id={his}", 200))["entities"]
    graph = await mia.call("GET", f"{RETRIEVAL}/graph?document_id={his}", 200)
    assert (names, graph) == ([], {"nodes": [], "edges": []})
    assert (await ada.call("GET", f"{RETRIEVAL}/documents", 200))["totals"]["documents"] == 2
    await mia.call("DELETE", f"{RETRIEVAL}/documents/{his}", 404)
    await max_.call("DELETE", f"{RETRIEVAL}/documents/{his}", 204)
    assert [await found(person, "otters") for person in (max_, mia)] == [[], [hers]]


async def read_sheet(person: Person) -> dict[str, Any]:
    """Have the sheet of the examples read, and return its result."""
    fields = {"swimmer": "Otter, Ann"}
    accepted = await send(person, "/api/batch/extract", 202, "pdfs", SHEET, **fields)
    await listened(person, accepted["streamUrl"])
    return await person.call("GET", accepted["resultsUrl"], 200)


async def test_names_are_completed_from_ones_own_sheets_and_a_code_opens_ones_own_result(
    town: Town,
) -> None:
    max_, mia, ada = [await town.as_(name) for name in ("Max", "Mia", "Ada")]
    result = await read_sheet(max_)
    (source,) = result["sources"]

    async def known(person: Person) -> bool:
        return bool((await person.call("GET", "/api/batch/swimmers?q=a", 200))["swimmers"])

    assert [await known(person) for person in (max_, mia, ada)] == [True, False, True]
    for person in (max_, ada):
        theirs = await person.call("GET", f"/api/results/{source['resultCode']}", 200)
        assert theirs["filename"] == "otter-program.pdf"
    await mia.call("GET", f"/api/results/{source['resultCode']}", 404)
    async with town.place.http.get(f"/api/results/{source['resultCode']}") as answer:
        assert answer.status == 401
    again = await read_sheet(mia)  # it comes from the cache of sheets, and still makes the names known to her
    assert await known(mia)
    assert again["sources"][0]["resultCode"] == source["resultCode"]
    hers = await mia.call("GET", f"/api/results/{source['resultCode']}", 200)
    theirs = await max_.call("GET", f"/api/results/{source['resultCode']}", 200)
    assert hers["events"] == theirs["events"]
    assert hers["jobId"] != theirs["jobId"]


async def test_labels_and_sources_of_another_are_not_there(town: Town) -> None:
    max_, mia, ada = [await town.as_(name) for name in ("Max", "Mia", "Ada")]
    command = {"command": "ship all orders to California by ground"}
    accepted = await send(max_, "/api/v1/commands", 201, "source", ORDERS, **command)
    job_id = accepted["job_id"]
    async with town.place.http.get("/api/v1/events", headers=max_.header) as stream:
        async for line in stream.content:
            if line.startswith(b"event: held"):
                break
    held = await max_.call("GET", f"/api/v1/jobs/{job_id}", 200)
    await max_.call("POST", f"/api/v1/jobs/{job_id}/confirm", 202, {"hash": held["preview"]["hash"]})
    await listened(max_, f"/api/v1/jobs/{job_id}/events")
    items = (await max_.call("GET", f"/api/v1/jobs/{job_id}/items?status=completed", 200))["items"]
    number = items[0]["output"]["tracking_number"]
    for path in (
        f"/api/v1/labels/{number}",
        f"/api/v1/labels/{number}/image",
        f"/api/v1/jobs/{job_id}/labels/zip",
    ):
        assert [await status_of(person, path) for person in (max_, mia, ada)] == [200, 404, 200], path
    pasts = [
        (await person.call("GET", "/api/v1/commands/history", 200))["commands"] for person in (max_, mia)
    ]
    assert [len(past) for past in pasts] == [1, 0]
    for path in ("/api/v1/commands", "/api/v1/commands/check"):
        refused = await mia.call("POST", path, 422, {**command, "source_id": job_id})
        assert refused["code"] == "source_not_found"
    await max_.call("POST", "/api/v1/commands/check", 200, {**command, "source_id": job_id})
