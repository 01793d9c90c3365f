"""Batches, lanes and numbers over HTTP."""

import io
import json
import zipfile

import pytest
from aiohttp import FormData

from tests.http.conftest import BOOK, Place

MISSING = "01890000-0000-7000-8000-000000000000"


def books(*names: str, **fields: str) -> FormData:
    form = FormData(quote_fields=False, default_to_multipart=True)
    for field, value in ({"kind": "epub"} | fields).items():
        form.add_field(field, value)
    for number, name in enumerate(names):
        form.add_field("files", BOOK.read_bytes() + bytes([number]), filename=name)
    return form


async def submit(place: Place, form: FormData, status: int = 202, **headers: str):
    async with place.http.post("/api/v1/batches", data=form, headers=headers) as answer:
        assert answer.status == status, await answer.text()
        return answer, await answer.json()


async def test_a_batch_is_one_job_for_each_file_in_order(place):
    answer, batch = await submit(place, books("b.epub", "a.epub"))
    assert answer.headers["Location"] == batch["links"]["self"]
    assert (batch["status"], batch["total_jobs"]) == ("pending", 2)
    assert [(job["title"], job["sequence"]) for job in batch["jobs"]] == [("b.epub", 1), ("a.epub", 2)]
    assert {job["batch_id"] for job in batch["jobs"]} == {batch["id"]}
    shown = await place.get(batch["links"]["self"])
    assert [job["id"] for job in shown["jobs"]] == [job["id"] for job in batch["jobs"]]
    found = await place.get(f"/api/v1/jobs?batch_id={batch['id']}")
    assert len(found["jobs"]) == 2


async def test_the_same_key_gives_the_same_batch(place):
    _, first = await submit(place, books("a.epub"), **{"Idempotency-Key": "b1"})
    answer, again = await submit(place, books("a.epub"), **{"Idempotency-Key": "b1"})
    assert (again["id"], answer.headers["Idempotency-Replayed"]) == (first["id"], "true")
    _, problem = await submit(place, books("b.epub"), 422, **{"Idempotency-Key": "b1"})
    assert problem["code"] == "idempotency_mismatch"


@pytest.mark.parametrize(
    ("form", "code"),
    [
        (books, "too_few_files"),
        (lambda: books("a.epub", "b.pdf"), "file_type_not_accepted"),
        (lambda: books("a.epub", urls='["ftp://x/y"]'), "invalid"),
        (lambda: books("a.epub", urls='["javascript:alert(1)"]'), "invalid"),
        (lambda: books("a.epub", urls="{}"), "invalid"),
        (lambda: books(urls='["http://example.com/a.epub"]'), "urls_not_supported"),
        (lambda: books("a.epub", kind="nope"), "kind_not_found"),
    ],
)
async def test_a_refused_batch_leaves_nothing(place, form, code):
    _, problem = await submit(place, form(), 422)
    assert problem["code"] == code
    assert place.kept_files() == []
    assert (await place.get("/api/v1/batches"))["batches"] == []


async def test_batches_are_listed_newest_first_in_pages(place):
    ids = [(await submit(place, books(f"{n}.epub")))[1]["id"] for n in range(3)]
    first = await place.get("/api/v1/batches?limit=2")
    rest = await place.get(f"/api/v1/batches?limit=2&cursor={first['next_cursor']}")
    assert [batch["id"] for batch in first["batches"] + rest["batches"]] == ids[::-1]
    assert rest["next_cursor"] is None


async def test_a_batch_is_cancelled_and_retried_as_one(place):
    _, batch = await submit(place, books("a.epub", "b.epub"))
    assert (await place.post(batch["links"]["retry"], status=409))["code"] == "conflict"
    cancelled = await place.post(batch["links"]["cancel"])
    assert (cancelled["status"], cancelled["cancelled_jobs"]) == ("cancelled", 2)
    assert (await place.post(batch["links"]["cancel"], status=409))["code"] == "conflict"
    again = await place.post(batch["links"]["retry"])
    assert [job["status"] for job in again["jobs"]] == ["queued", "queued"]
    assert {job["retry_of"] for job in again["jobs"]} == {job["id"] for job in batch["jobs"]}


async def test_a_batch_that_is_not_there_says_so(place):
    for path in ("", "/events", "/artifacts.zip"):
        assert (await place.get(f"/api/v1/batches/{MISSING}{path}", 404))["code"] == "batch_not_found"
    for path in ("cancel", "retry"):
        assert (await place.post(f"/api/v1/batches/{MISSING}/{path}", status=404))[
            "code"
        ] == "batch_not_found"


async def test_the_zip_of_a_batch_has_a_folder_for_each_job(place):
    _, batch = await submit(place, books("same.epub", "same.epub"))
    await place.post("/api/v1/queue/resume", status=200)
    async with place.http.get(batch["links"]["events"]) as stream:
        await stream.read()
    shown = await place.get(batch["links"]["self"])
    assert shown["status"] == "completed", shown
    async with place.http.get(batch["links"]["artifacts"]) as answer:
        archive = zipfile.ZipFile(io.BytesIO(await answer.read()))
    assert archive.testzip() is None
    folders = {name.split("/")[0] for name in archive.namelist() if "/" in name}
    assert folders == {"01-same", "02-same"}
    manifest = json.loads(archive.read("manifest.json"))
    assert [job["job_id"] for job in manifest["jobs"]] == [job["id"] for job in shown["jobs"]]


async def test_the_line_is_paused_resumed_and_cleared(place):
    job = await place.submit()
    lane = next(lane for lane in (await place.get("/api/v1/queue"))["lanes"] if lane["name"] == "main")
    assert (lane["is_paused"], lane["waiting"], lane["running"]) == (True, 1, None)
    paused = await place.post("/api/v1/queue/pause", {"lane": "main", "reason": "lunch"}, 200)
    assert paused["lanes"][0]["pause_reason"] == "lunch"
    assert (await place.post("/api/v1/queue/clear", status=200)) == {"cancelled": 1}
    assert (await place.get(job["links"]["self"]))["status"] == "cancelled"
    resumed = await place.post("/api/v1/queue/resume", status=200)
    assert not resumed["lanes"][0]["is_paused"]
    async with place.http.post("/api/v1/queue/pause") as answer:  # without any body
        assert answer.status == 200
    for verb in ("pause", "resume"):
        problem = await place.post(f"/api/v1/queue/{verb}", {"lane": "nope"}, 404)
        assert problem["code"] == "lane_not_found"


async def test_a_reason_that_is_too_long_or_unknown_fields_are_refused(place):
    for body in ({"reason": "x" * 301}, {"until": "noon"}, {"lane": "a b"}, {"lane": 1}):
        assert (await place.post("/api/v1/queue/pause", body, 422))["code"] == "invalid"


async def test_numbers_are_told_for_days(place):
    await place.submit()
    stats = await place.get("/api/v1/stats?days=7")
    assert stats["days"] == 7
    assert stats["jobs"]["queued"] == 1
    for days in ("0", "367", "x"):
        assert (await place.get(f"/api/v1/stats?days={days}", 422))["code"] == "invalid"


async def test_a_held_job_is_confirmed_with_the_hash_of_its_preview(place):
    job = await place.post("/api/v1/jobs", {"kind": "demo", "args": {"items": 1, "seconds": 0, "hold": True}})
    await place.post("/api/v1/queue/resume", status=200)
    async with place.http.get(job["links"]["events"]) as stream:
        async for line in stream.content:
            if line.startswith(b"event: held"):
                break
    await place.post("/api/v1/queue/pause", status=200)
    held = await place.get(job["links"]["self"])
    assert held["status"] == "held"
    stale = await place.post(f"/api/v1/jobs/{job['id']}/confirm", {"hash": "other"}, 409)
    assert stale["code"] in ("stale_preview", "conflict")
    confirmed = await place.post(f"/api/v1/jobs/{job['id']}/confirm", {"hash": held["preview"]["hash"]})
    assert confirmed["status"] == "queued"
