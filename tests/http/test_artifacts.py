"""What a job leaves, downloaded whole, in part, or all together."""

import asyncio
import hashlib
import io
import json
import zipfile
from urllib.parse import quote

import hypothesis.strategies as st
import pytest
from hypothesis import given

from service.http import files
from service.http.files import content_disposition
from service.model.artifacts import Artifact
from tests.http.conftest import Place
from tests.http.raw import talk


@pytest.fixture
async def left(place: Place):
    """Give a finished job, the address of its artifact and the bytes that it left."""
    args = {"items": 1, "seconds": 0, "artifact_bytes": 700_001}
    job = await place.post("/api/v1/jobs", {"kind": "demo", "args": args})
    done = await place.finished(job["id"])
    artifact = done["artifacts"][0]
    content = place.desk.files.artifact_path(job["id"], artifact["name"]).read_bytes()
    assert (len(content), hashlib.sha256(content).hexdigest()) == (700_001, artifact["sha256"])
    return done, artifact, content


async def fetch(place: Place, path: str, method: str = "GET", **headers: str):
    async with place.http.request(method, path, headers=headers) as answer:
        return answer, await answer.read()


async def test_an_artifact_comes_whole_as_a_harmless_attachment(place, left):
    _, artifact, content = left
    answer, body = await fetch(place, artifact["url"])
    assert (answer.status, body) == (200, content)
    assert answer.headers["ETag"] == f'"{artifact["sha256"]}"'
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert answer.headers["Content-Security-Policy"].startswith("sandbox;")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert answer.headers["Last-Modified"].endswith("GMT")
    assert "Content-Encoding" not in answer.headers


async def test_head_tells_all_headers_and_no_byte(place, left):
    _, artifact, content = left
    answer, body = await fetch(place, artifact["url"], "HEAD", Range="bytes=0-1")
    assert (answer.status, body) == (200, b"")
    assert int(answer.headers["Content-Length"]) == len(content)


PARTS = [("100-199", 100, 200), ("700000-", 700_000, 700_001), ("-5", 699_996, 700_001), ("0-", 0, 700_001)]


async def test_a_range_is_206_with_its_place(place, left):
    _, artifact, content = left
    for asked, start, stop in PARTS:
        answer, body = await fetch(place, artifact["url"], Range=f"bytes={asked}")
        assert (answer.status, body) == (206, content[start:stop])
        assert answer.headers["Content-Range"] == f"bytes {start}-{stop - 1}/{len(content)}"
        assert int(answer.headers["Content-Length"]) == stop - start


async def test_a_range_behind_the_end_is_416_with_the_size(place, left):
    _, artifact, _ = left
    answer, body = await fetch(place, artifact["url"], Range="bytes=700001-")
    assert (answer.status, json.loads(body)["code"]) == (416, "range_not_satisfiable")
    assert answer.headers["Content-Range"] == "bytes */700001"


async def test_several_ranges_and_nonsense_get_the_whole(place, left):
    _, artifact, content = left
    for asked in ("bytes=0-1,4-5", "bytes=9-1", "lines=1-2", "bytes=x"):
        answer, body = await fetch(place, artifact["url"], Range=asked)
        assert (answer.status, body) == (200, content)


async def test_if_range_with_another_version_gets_the_whole(place, left):
    _, artifact, content = left
    answer, _ = await fetch(place, artifact["url"])
    etag, date = answer.headers["ETag"], answer.headers["Last-Modified"]
    for good in (etag, date):
        answer, body = await fetch(place, artifact["url"], **{"Range": "bytes=0-9", "If-Range": good})
        assert (answer.status, body) == (206, content[:10])
    for bad in (f"W/{etag}", '"other"', "Thu, 01 Jan 1970 00:00:00 GMT", "nonsense"):
        answer, body = await fetch(place, artifact["url"], **{"Range": "bytes=0-9", "If-Range": bad})
        assert (answer.status, len(body)) == (200, len(content))
        assert "Content-Range" not in answer.headers


async def test_what_the_client_has_is_not_sent_again(place, left):
    _, artifact, _ = left
    answer, _ = await fetch(place, artifact["url"])
    for headers in (
        {"If-None-Match": answer.headers["ETag"]},
        {"If-None-Match": f'"x", W/{answer.headers["ETag"]}'},
        {"If-Modified-Since": answer.headers["Last-Modified"]},
    ):
        again, body = await fetch(place, artifact["url"], **headers)
        assert (again.status, body, again.headers["ETag"]) == (304, b"", answer.headers["ETag"])
    other, _ = await fetch(place, artifact["url"], **{"If-None-Match": '"other"'})
    assert other.status == 200


@pytest.mark.parametrize(
    "name",
    [
        "nothing.txt", "..%2F..%2Flog.txt", "%2e%2e", "..%2Fnowserving.db", "%00", "a%0d%0aX-Evil:1", "%5c..%5c",
        "%2Fetc%2Fpasswd",
    ],
)  # fmt: skip
async def test_a_name_that_the_job_has_not_recorded_leads_nowhere(place, left, name):
    job, _, _ = left
    request = f"GET /api/v1/jobs/{job['id']}/artifacts/{name} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
    answer = await talk(place.port, request)
    assert (answer.status, answer.json()["code"]) in {(404, "artifact_not_found"), (404, "not_found")}
    assert "x-evil" not in answer.headers


async def test_a_gz_file_beside_an_artifact_is_never_served_for_it(place, left):
    job, artifact, content = left
    path = place.desk.files.artifact_path(job["id"], artifact["name"])
    path.with_name(path.name + ".gz").write_bytes(b"something else")
    answer, body = await fetch(place, artifact["url"], **{"Accept-Encoding": "gzip"})
    assert (body, answer.headers.get("Content-Encoding")) == (content, None)


async def test_a_file_that_is_gone_from_the_disk_is_410(place, left):
    job, artifact, _ = left
    place.desk.files.artifact_path(job["id"], artifact["name"]).unlink()
    for path in (artifact["url"], job["links"]["artifacts"]):
        answer, body = await fetch(place, path)
        assert (answer.status, json.loads(body)["code"]) == (410, "artifact_gone")


async def test_all_artifacts_come_as_a_zip_with_their_sums(place, left):
    job, artifact, content = left
    answer, body = await fetch(place, job["links"]["artifacts"])
    assert (answer.status, answer.content_type) == (200, "application/zip")
    archive = zipfile.ZipFile(io.BytesIO(body))
    assert archive.testzip() is None
    assert archive.read(artifact["name"]) == content
    assert json.loads(archive.read("manifest.json"))["files"][0]["sha256"] == artifact["sha256"]
    head, nothing = await fetch(place, job["links"]["artifacts"], "HEAD")
    assert (head.status, nothing) == (200, b"")


async def test_a_job_without_artifacts_has_a_zip_with_nothing_but_the_manifest(place):
    job = await place.submit()
    _, body = await fetch(place, job["links"]["artifacts"])
    assert zipfile.ZipFile(io.BytesIO(body)).namelist() == ["manifest.json", "SHA256SUMS"]


async def test_a_client_that_leaves_in_the_middle_leaves_no_file_open(place, left, monkeypatch, caplog):
    job, artifact, _ = left
    path = place.desk.files.artifact_path(job["id"], artifact["name"])
    with path.open("wb") as big:
        big.truncate(64 << 20)
    closed = asyncio.Event()
    loop = asyncio.get_running_loop()

    class Watched(io.BufferedReader):
        def close(self):
            super().close()
            loop.call_soon_threadsafe(closed.set)

    monkeypatch.setattr(files, "_open", lambda path: (Watched(io.FileIO(path)), 64 << 20, 0.0))
    reader, writer = await asyncio.open_connection("127.0.0.1", place.port)
    writer.write(f"GET {artifact['url']} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    await reader.readexactly(1000)
    writer.transport.abort()
    async with asyncio.timeout(60):
        await closed.wait()
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


async def test_a_name_with_line_breaks_and_quotes_cannot_break_the_header(place, left):
    job, artifact, _ = left
    header = content_disposition('a"b\r\nSet-Cookie: x=1\r\n\r\n<script>.txt')
    assert "\r" not in header
    assert "\n" not in header
    assert header.count('"') == 2
    answer, _ = await fetch(place, artifact["url"])
    assert "Set-Cookie" not in answer.headers
    assert job["id"]


@given(st.text(min_size=1, max_size=60))
def test_any_name_makes_one_ascii_header_that_carries_it(name):
    header = content_disposition(name)
    assert header.isascii()
    assert header.isprintable()
    encoded = header.partition("filename*=UTF-8''")[2]
    assert encoded == quote(name.encode("utf-8", "replace"), safe="")


@given(st.text(min_size=1, max_size=40))
def test_an_artifacts_address_is_one_segment_or_says_its_name_encoded(name):
    url = Artifact(name, "text/plain", 1, "0" * 64).to_json("j")["url"]
    assert url.startswith("/api/v1/jobs/j/artifacts/")
    assert " " not in url
