"""Jobs over HTTP against the real desk."""

import asyncio
import json

import pytest

from tests.http.conftest import BOOK, Place, Start
from tests.http.raw import END, FORM, part, post, talk

MISSING = "01890000-0000-7000-8000-000000000000"


async def test_an_accepted_job_is_answered_with_202_its_place_and_its_address(place: Place):
    async with place.http.post(
        "/api/v1/jobs", data=place.form(BOOK.read_bytes(), "a.epub", args="{}")
    ) as answer:
        job = await answer.json()
    assert answer.status == 202
    assert answer.headers["Location"] == job["links"]["self"] == f"/api/v1/jobs/{job['id']}"
    assert (job["status"], job["position"], job["kind"], job["title"]) == ("queued", 1, "epub", "a.epub")
    assert job["inputs"][0]["size_bytes"] == BOOK.stat().st_size
    assert job["inputs"][0]["media_type"] == "application/epub+zip"
    assert (await place.get(job["links"]["self"]))["id"] == job["id"]


async def test_the_same_key_and_body_give_the_same_job_and_another_body_is_refused(place: Place, book):
    async def send(name, content=book):
        form = place.form(content, name)
        async with place.http.post("/api/v1/jobs", data=form, headers={"Idempotency-Key": "k1"}) as answer:
            return answer.status, answer.headers.get("Idempotency-Replayed"), await answer.json()

    status, replayed, first = await send("a.epub")
    assert (status, replayed) == (202, None)
    status, replayed, again = await send("a.epub")
    assert (status, replayed, again["id"]) == (202, "true", first["id"])
    kept = place.kept_files()
    status, _, problem = await send("b.epub", b"another book")
    assert (status, problem["code"]) == (422, "idempotency_mismatch")
    assert problem["errors"] == [{"pointer": "", "detail": problem["detail"]}]  # every 422 says what is wrong
    assert place.kept_files() == kept


@pytest.mark.parametrize("key", ["", "x" * 201, "ümlaut", "a\tb"])
async def test_an_unusable_idempotency_key_is_refused_before_anything_is_read(place: Place, key):
    request = post("/api/v1/jobs", b"", FORM, f"Idempotency-Key: {key}", length=10_000)
    answer = await talk(place.port, request)
    assert (answer.status, answer.json()["code"]) == (400, "malformed")


def form(*parts: tuple[str, bytes, str | None]) -> bytes:
    return b"".join(part(name, content, filename=filename) for name, content, filename in parts) + END


def field(name: str, content: bytes) -> tuple[str, bytes, None]:
    return name, content, None


KIND, BOOK_PART, PDF = field("kind", b"epub"), ("files", b"x", "a.epub"), ("files", b"x", "b.pdf")
NO_SUCH_KIND, TOO_SMALL = field("kind", b"nope"), field("args", b'{"max_mb":-1}')
SURROGATE = field("args", b'{"tokenizers":["\\ud800"]}')
WRONG_FILE = "file_type_not_accepted"
REFUSED = {
    "no kind": (422, "invalid", "/kind", form(BOOK_PART)),
    "an unknown kind": (422, "kind_not_found", "/kind", form(NO_SUCH_KIND, BOOK_PART)),
    "an unknown kind at the end": (422, "kind_not_found", "/kind", form(BOOK_PART, NO_SUCH_KIND)),
    "no file": (422, "too_few_files", "/files", form(KIND)),
    "a file of another sort": (422, WRONG_FILE, "/files/0", form(KIND, PDF)),
    "the second of another sort": (422, WRONG_FILE, "/files/1", form(KIND, BOOK_PART, PDF)),
    "another sort before the kind": (422, WRONG_FILE, "/files/0", form(PDF, KIND)),
    "args that are no JSON": (422, "invalid", "/args", form(KIND, field("args", b"{"), BOOK_PART)),
    "args that are no object": (422, "invalid", "/args", form(KIND, field("args", b"[]"), BOOK_PART)),
    "args that the kind refuses": (422, "invalid_args", "/args/max_mb", form(KIND, TOO_SMALL, BOOK_PART)),
    "such args at the end": (422, "invalid_args", "/args/max_mb", form(KIND, BOOK_PART, TOO_SMALL)),
    "args with a lone surrogate": (422, "invalid", "/args", form(KIND, SURROGATE, BOOK_PART)),
    "a title of a kilobyte": (422, "invalid", "/title", form(KIND, field("title", b"t" * 1000), BOOK_PART)),
    "an unknown part": (422, "unknown_field", "/colour", form(KIND, BOOK_PART, field("colour", b"red"))),
    "a form that is cut": (400, "malformed", None, form(KIND, BOOK_PART, BOOK_PART)[:-9]),
}


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.replace(" ", "-"))
async def test_a_refused_submission_names_the_place_and_leaves_nothing(place: Place, case):
    status, code, pointer, body = REFUSED[case]
    answer = await talk(place.port, post("/api/v1/jobs", body, FORM))
    assert (answer.status, answer.json()["code"]) == (status, code), answer.body
    if pointer is not None:
        assert pointer in [error["pointer"] for error in answer.json()["errors"]]
    assert place.kept_files() == []
    assert (await place.get("/api/v1/jobs"))["jobs"] == []


async def test_a_refusal_never_takes_a_file_that_another_job_has(place: Place, book):
    await place.submit(book)
    kept = place.kept_files()
    assert len(kept) == 1
    body = form(KIND, ("files", book, "same.epub"), ("files", b"x", "b.pdf"))
    assert (await talk(place.port, post("/api/v1/jobs", body, FORM))).status == 422
    assert place.kept_files() == kept


async def test_limits_on_files_and_bytes_hold(start: Start, book):
    place = await start(max_files=2, max_upload_bytes=100_000)
    three = form(KIND, *(("files", b"x%d" % n, f"{n}.epub") for n in range(3)))
    answer = await talk(place.port, post("/api/v1/jobs", three, FORM))
    assert (answer.status, answer.json()["code"]) == (422, "too_many_files")
    answer = await talk(
        place.port, post("/api/v1/jobs", form(KIND, ("files", b"x" * 100_001, "a.epub")), FORM)
    )
    assert (answer.status, answer.json()["code"]) == (413, "too_large")
    assert place.kept_files() == []


async def test_a_full_disk_budget_is_503_with_retry_after(start: Start):
    place = await start(disk_budget_bytes=1000)
    answer = await talk(place.port, post("/api/v1/jobs", form(KIND, ("files", b"x" * 5000, "a.epub")), FORM))
    assert (answer.status, answer.json()["code"], answer.json()["retriable"]) == (503, "disk_budget", True)
    assert int(answer.headers["retry-after"]) > 0
    assert place.kept_files() == []


async def test_a_full_line_is_503_and_leaves_nothing(start: Start, book):
    place = await start(max_waiting_jobs=1)
    await place.submit(book)
    kept = place.kept_files()
    answer = await talk(place.port, post("/api/v1/jobs", form(KIND, ("files", b"other", "b.epub")), FORM))
    assert (answer.status, answer.json()["code"]) == (503, "queue_full")
    assert place.kept_files() == kept


JSON_REFUSED = {
    "nothing": (400, "malformed", b""),
    "no JSON": (400, "malformed", b"{"),
    "NaN": (400, "malformed", b'{"kind":"epub","args":{"max_mb":NaN}}'),
    "a lone surrogate": (400, "malformed", b'{"kind":"\\ud800"}'),
    "not UTF-8": (400, "malformed", b'{"kind":"\xff"}'),
    "a number of 5000 digits": (400, "malformed", b'{"kind":' + b"9" * 5000 + b"}"),
    "a hundred thousand brackets": (400, "malformed", b"[" * 100_000),
    "a hundred levels": (400, "malformed", b'{"kind":' + b"[" * 100 + b"]" * 100 + b"}"),
    "a list": (422, "invalid", b"[]"),
    "null": (422, "invalid", b"null"),
    "an unknown field": (422, "invalid", b'{"kind":"epub","file":"x"}'),
    "a kind that is a number": (422, "invalid", b'{"kind":1}'),
    "a kind with a line break": (422, "invalid", b'{"kind":"epub\\n"}'),
    "args that are a list": (422, "invalid", b'{"kind":"epub","args":[]}'),
    "an unknown kind": (422, "kind_not_found", b'{"kind":"nope"}'),
    "no files": (422, "too_few_files", b'{"kind":"epub"}'),
    "two megabytes": (413, "too_large", b" " * (2 << 20)),
}


@pytest.mark.parametrize("case", JSON_REFUSED, ids=lambda case: case.replace(" ", "-"))
async def test_a_bad_json_submission_has_a_code(place: Place, case):
    status, code, body = JSON_REFUSED[case]
    answer = await talk(place.port, post("/api/v1/jobs", body, "application/json"))
    assert (answer.status, answer.json()["code"]) == (status, code)
    assert bool(answer.json()["errors"]) == (status == 422)
    assert "sys." not in answer.json()["detail"]  # what Python says to its programmers


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        None,
        "text/plain; application/json",
        "application/jsonx",
    ],
)
async def test_json_needs_its_content_type(place: Place, content_type):
    for path in ("/api/v1/jobs", f"/api/v1/jobs/{MISSING}/move", "/api/v1/queue/pause"):
        answer = await talk(place.port, post(path, b'{"kind":"epub"}', content_type))
        assert (answer.status, answer.json()["code"]) == (415, "unsupported_media_type")


async def test_the_list_is_paged_filtered_and_linked(place: Place, book):
    ids = [(await place.submit(book + bytes([n]), f"volume-{n}.epub"))["id"] for n in range(5)]
    found, path = [], "/api/v1/jobs?limit=2&status=queued,running&status=held&kind=epub"
    while path:
        async with place.http.get(path) as answer:
            page = await answer.json()
            found += [job["id"] for job in page["jobs"]]
            link = answer.links.get("next")
            assert (link is None) == (page["next_cursor"] is None)
            path = str(link["url"].relative()) if link else None
    assert found == ids[::-1]
    assert [job["id"] for job in (await place.get("/api/v1/jobs?q=volume-3"))["jobs"]] == [ids[3]]
    assert (await place.get("/api/v1/jobs?status=completed"))["jobs"] == []
    assert (await place.get("/api/v1/jobs?created_after=2999-01-01T00:00:00Z"))["jobs"] == []
    assert len((await place.get("/api/v1/jobs?created_after=2020-01-01T00:00:00%2B02:00"))["jobs"]) == 5


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("status=finished", "/query/status/0"),
        ("limit=0", "/query/limit"),
        ("limit=501", "/query/limit"),
        ("limit=ten", "/query/limit"),
        ("limit=1&limit=2", "/query/limit"),
        ("cursor=nonsense", "/query/cursor"),
        ("cursor=WyJhIiwiYiJd", "/query/cursor"),
        ("cursor=W05hTiwiYiJd", "/query/cursor"),
        ("created_after=yesterday", "/query/created_after"),
        ("created_after=2026-01-01T00:00:00", "/query/created_after"),
        ("created_after=9999-12-31T23:59:59-14:00", None),
        ("stauts=queued", "/query/stauts"),
        ("a%2Fb~c=1", "/query/a~1b~0c"),
    ],
)
async def test_a_wrong_filter_is_named_by_its_pointer(place: Place, query, pointer):
    async with place.http.get(f"/api/v1/jobs?{query}") as answer:
        body = await answer.json()
    if pointer is None:
        assert answer.status in (200, 422)
    else:
        assert (answer.status, body["code"]) == (422, "invalid")
        assert [error["pointer"] for error in body["errors"]] == [pointer]


async def test_a_job_has_an_etag_and_304_until_it_changes(place: Place):
    job = await place.submit()
    path = job["links"]["self"]
    async with place.http.get(path) as answer:
        etag = answer.headers["ETag"]
    async with place.http.get(path, headers={"If-None-Match": etag}) as answer:
        assert (answer.status, await answer.read(), answer.headers["ETag"]) == (304, b"", etag)
    await place.post(job["links"]["cancel"])
    async with place.http.get(path, headers={"If-None-Match": etag}) as answer:
        assert answer.status == 200
        assert answer.headers["ETag"] != etag


async def test_the_polling_twin_says_where_a_job_is(place: Place):
    job = await place.submit()
    twin = await place.get(job["links"]["progress"])
    assert (twin["id"], twin["status"], twin["position"]) == (job["id"], "queued", 1)
    assert twin["progress"] == job["progress"]


async def test_a_waiting_job_moves_is_cancelled_and_deleted(place: Place, book):
    first, second, third = [await place.submit(book + bytes([n])) for n in range(3)]
    moved = await place.post(f"/api/v1/jobs/{third['id']}/move", {"to": "front"}, 200)
    assert moved["position"] == 1
    assert (await place.get(first["links"]["self"]))["position"] == 2
    assert (await place.post(f"/api/v1/jobs/{third['id']}/move", {"to": 2}, 200))["position"] == 2
    assert (await place.post(f"/api/v1/jobs/{first['id']}/move", {"to": "back"}, 200))["position"] == 3
    async with place.http.delete(second["links"]["self"]) as answer:
        assert (answer.status, (await answer.json())["code"]) == (409, "conflict")
    assert (await place.post(second["links"]["cancel"]))["status"] == "cancelled"
    assert (await place.post(second["links"]["cancel"], status=409))["code"] == "conflict"
    async with place.http.delete(second["links"]["self"]) as answer:
        assert (answer.status, await answer.read()) == (204, b"")
    assert (await place.get(second["links"]["self"], 404))["code"] == "job_not_found"


@pytest.mark.parametrize("to", ["middle", 0, -1, 1.5, True, None, 10**30, {}, []])
async def test_a_place_that_is_none_is_refused(place: Place, to):
    job = await place.submit()
    problem = await place.post(f"/api/v1/jobs/{job['id']}/move", {"to": to}, 422)
    assert problem["errors"][0]["pointer"] == "/to"


async def test_a_cancelled_job_is_retried_as_a_linked_new_one(place: Place):
    job = await place.submit()
    assert (await place.post(f"/api/v1/jobs/{job['id']}/retry", status=409))["code"] == "conflict"
    await place.post(job["links"]["cancel"])
    again = await place.post(f"/api/v1/jobs/{job['id']}/retry")
    assert (again["retry_of"], again["status"]) == (job["id"], "queued")
    assert (await place.get(job["links"]["self"]))["superseded_by"] == again["id"]


async def test_a_job_that_is_not_held_cannot_be_confirmed(place: Place):
    job = await place.submit()
    assert (await place.post(f"/api/v1/jobs/{job['id']}/confirm", {"hash": "x"}, 409))["code"] == "conflict"


OF_A_JOB = [
    "",
    "/progress",
    "/events",
    "/progress/stream",
    "/items",
    "/log",
    "/log?follow=1",
    "/artifacts/a",
    "/artifacts.zip",
]


async def test_every_path_of_a_job_says_when_there_is_none(place: Place):
    for path in OF_A_JOB:
        problem = await place.get(f"/api/v1/jobs/{MISSING}{path}", 404)
        assert (problem["code"], problem["success"]) == ("job_not_found", False)
        assert problem["error"] == f"Job not found: {MISSING}"
    for path in ("cancel", "confirm", "retry"):
        assert (await place.post(f"/api/v1/jobs/{MISSING}/{path}", status=404))["code"] == "job_not_found"
    assert (await place.post(f"/api/v1/jobs/{MISSING}/move", {"to": 1}, 404))["code"] == "job_not_found"
    resolve = f"/api/v1/jobs/{MISSING}/items/a/resolve"
    assert (await place.post(resolve, {"outcome": "failed"}, 404))["code"] in (
        "job_not_found",
        "item_not_found",
    )


async def test_a_book_is_counted_and_its_items_log_and_artifacts_can_be_read(place: Place, book):
    job = await place.submit(book, "loomings.epub")
    done = await place.finished(job["id"])
    assert (done["status"], done["error"]) == ("completed", None)
    assert done["ran_seconds"] >= 0
    assert done["finished_at"].endswith("Z")
    page = await place.get(f"{done['links']['items']}?limit=1")
    assert [item["status"] for item in page["items"]] == ["completed"]
    async with place.http.get(f"{done['links']['log']}?tail=100") as log:
        assert log.status == 200
        assert log.content_type == "text/plain"
        assert len(await log.read()) <= 100
    again = await place.submit(book, "loomings.epub")
    assert (again["status"], again["cached"]) == ("completed", True)
    assert [file["sha256"] for file in again["artifacts"]] == [file["sha256"] for file in done["artifacts"]]


async def test_a_client_that_goes_away_while_it_uploads_leaves_nothing(place: Place):
    reader, writer = await asyncio.open_connection("127.0.0.1", place.port)
    writer.write(
        post("/api/v1/jobs", form(KIND, ("files", b"x" * 200_000, "a.epub"))[:-50], FORM, length=10**6)
    )
    await writer.drain()
    writer.write_eof()
    async with asyncio.timeout(60):
        await reader.read()  # until the server has closed: it has given up on the request
    writer.close()
    answer = await talk(place.port, post("/api/v1/queue/pause", b"{}", "application/json"))
    assert answer.status == 200
    assert place.kept_files() == []


async def test_a_kind_without_files_is_submitted_as_json(place: Place):
    demo = {"kind": "demo", "args": {}, "title": "Just so"}
    async with place.http.post("/api/v1/jobs", json=demo) as answer:
        job = await answer.json()
    assert (answer.status, job["title"], job["inputs"]) == (202, "Just so", [])


async def test_json_is_compact_utf_8(place: Place, book):
    job = await place.submit(book, "café-本.epub")
    async with place.http.get(job["links"]["self"]) as answer:
        text = await answer.read()
    assert "café-本.epub".encode() in text
    assert text == json.dumps(json.loads(text), ensure_ascii=False, separators=(",", ":")).encode()


async def test_a_list_leaves_a_large_output_to_the_job_itself(place: Place) -> None:
    large = (await place.submit())["id"]
    job = await place.desk.store.take(large)
    await place.desk.store.complete(large, job.attempt, {"text": "x" * 20_000})
    (listed,) = (await place.get("/api/v1/jobs"))["jobs"]
    assert (listed["output"], listed["output_omitted"]) == (None, True)
    whole = await place.get(f"/api/v1/jobs/{large}")
    assert (len(whole["output"]["text"]), "output_omitted" in whole) == (20_000, False)
