"""The paths of the older book counter, in its own words."""

import json
import shutil

import pytest
from aiohttp import FormData

from tests.http.conftest import BOOK, Place, Start

MISSING = "01890000-0000-7000-8000-000000000000"


@pytest.fixture
async def shelf(start: Start, tmp_path):
    """Give a desk with a folder of books that may be read, and one beside it that may not."""
    root, secret = tmp_path / "books", tmp_path / "secret"
    for folder in (root / "deep", secret):
        folder.mkdir(parents=True)
        shutil.copy(BOOK, folder / "b.epub")
    shutil.copy(BOOK, root / "a.epub")
    (root / "notes.txt").write_text("no book")
    (root / "link.epub").symlink_to(secret / "b.epub")
    return await start(roots=(root,)), root, secret


async def process(place: Place, body: object, status: int = 202):
    return await place.post("/api/process", body, status)


async def test_books_below_a_root_are_counted(shelf):
    place, root, _ = shelf
    answer = await process(place, {"path": str(root / "a.epub"), "tokenizers": ["cl100k_base"], "maxMb": 5})
    assert (answer["success"], answer["jobId"]) == (True, answer["id"])
    assert answer["args"] == {"tokenizers": ["cl100k_base"], "max_mb": 5.0}
    await place.finished(answer["jobId"])
    said = await place.get(f"/api/jobs/{answer['jobId']}")
    assert (said["success"], said["status"], said["position"]) == (True, "completed", None)
    assert set(said["progress"]) == {"fileName", "current", "total", "percent"}
    assert said["progress"]["percent"] == 100.0
    assert said["results"]
    assert "error" not in said


async def test_a_folder_gives_one_job_with_all_its_books(shelf):
    place, _, _ = shelf
    flat = await process(place, {"path": "."})
    deep = await process(place, {"path": ".", "recursive": True})
    assert len(flat["inputs"]) < len(deep["inputs"])
    assert {file["name"] for file in deep["inputs"]} == {"a.epub", "b.epub"}


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("../secret/b.epub", "path_not_allowed"),
        ("SECRET/b.epub", "path_not_allowed"),
        ("/etc/passwd", "path_not_allowed"),
        ("link.epub", "path_not_allowed"),
        ("nothing.epub", "path_not_found"),
        ("notes.txt", "path_has_no_books"),
        ("a\0.epub", "path_not_found"),
        ("x" * 5000, "invalid"),
        ("y" * 4000, None),
        ("", "invalid"),
    ],
)
async def test_a_path_elsewhere_is_refused_and_copies_nothing(shelf, path, code):
    place, _, secret = shelf
    problem = await process(place, {"path": path.replace("SECRET", str(secret))}, 422)
    assert problem["success"] is False
    assert code is None or problem["code"] == code
    assert place.kept_files() == []


async def test_without_roots_no_path_may_be_read(place: Place):
    problem = await process(place, {"path": str(BOOK)}, 422)
    assert problem["code"] == "path_not_allowed"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/path"),
        ({"path": 1}, "/path"),
        ({"path": "a.epub", "maxMb": 0}, "/maxMb"),
        ({"path": "a.epub", "tokenizers": "cl100k_base"}, "/tokenizers"),
        ({"path": "a.epub", "tokenizers": ["nope"]}, "/args/tokenizers/0"),
        ({"path": "a.epub", "colour": "red"}, "/colour"),
    ],
)
async def test_a_wrong_option_is_named_and_leaves_nothing(shelf, body, pointer):
    place, _, _ = shelf
    problem = await process(place, body, 422)
    assert [error["pointer"] for error in problem["errors"]] == [pointer]
    assert place.kept_files() == []


async def upload(place: Place, status: int, **fields: str):
    form = FormData(quote_fields=False, default_to_multipart=True)
    for name, value in fields.items():
        form.add_field(name, value)
    form.add_field("files", BOOK.read_bytes(), filename="up.epub")
    async with place.http.post("/api/process", data=form) as answer:
        assert answer.status == status, await answer.text()
        return await answer.json()


@pytest.mark.parametrize("tokenizers", ['["o200k_base", "cl100k_base"]', "o200k_base, cl100k_base"])
async def test_books_can_be_uploaded_with_the_same_fields(place: Place, tokenizers):
    answer = await upload(place, 202, tokenizers=tokenizers, maxMb="12.5")
    assert answer["args"] == {"tokenizers": ["o200k_base", "cl100k_base"], "max_mb": 12.5}
    said = await place.get(f"/api/jobs/{answer['jobId']}")
    assert (said["status"], said["position"]) == ("queued", 1)


async def test_a_path_together_with_files_is_refused(place: Place):
    assert (await upload(place, 422, path="a.epub"))["errors"][0]["pointer"] == "/path"
    assert (await upload(place, 422, maxMb="many"))["errors"][0]["pointer"] == "/maxMb"
    assert (await upload(place, 422, tokenizers="[1"))["code"] == "invalid"
    assert place.kept_files() == []


async def test_an_unknown_job_is_told_in_the_old_words(place: Place):
    for path in (f"/api/jobs/{MISSING}", f"/api/sse/{MISSING}"):
        problem = await place.get(path, 404)
        assert (problem["success"], problem["error"]) == (False, f"Job not found: {MISSING}")
    demo = await place.post("/api/v1/jobs", {"kind": "demo", "args": {}})
    assert (await place.get(f"/api/jobs/{demo['id']}", 404))["success"] is False


async def test_the_stream_speaks_the_old_words(place: Place):
    job = await upload(place, 202)
    await place.post("/api/v1/queue/resume", status=200)
    async with place.http.get(f"/api/sse/{job['jobId']}") as stream:
        assert stream.content_type == "text/event-stream"
        frames = (await stream.text()).split("\n\n")
    events = {}
    for frame in frames:
        lines = dict(line.split(": ", 1) for line in frame.splitlines() if ": " in line)
        if "event" in lines:
            events[lines["event"]] = json.loads(lines["data"])
    assert "completed" in events
    assert set(events) <= {"queued", "progress", "completed"}
    assert "results" in events["completed"]


async def test_the_tokenizers_are_listed(place: Place):
    answer = await place.get("/api/list-models")
    assert answer["success"] is True
    assert {"cl100k_base", "o200k_base"} <= {model["name"] for model in answer["models"]}
