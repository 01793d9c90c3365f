"""What is no HTTP is answered as every other mistake is, and makes no noise."""

import asyncio

import pytest

from tests.http.conftest import Place
from tests.http.raw import read_answer, talk

HEAD = b"GET / HTTP/1.1\r\nHost: localhost\r\n"
NOISE = {
    "garbage": (b"\x16\x03\x01\x02\x00hello\r\n\r\n", 400, "malformed"),
    "an unknown version": (b"GET / HTTP/9.9\r\nHost: localhost\r\n\r\n", 400, "malformed"),
    "two hosts": (HEAD + b"Host: evil.example\r\n\r\n", 400, "malformed"),
    "a header without a colon": (HEAD + b"nonsense\r\n\r\n", 400, "malformed"),
    "two lengths": (HEAD + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n", 400, "malformed"),
    "a length and chunks": (
        HEAD + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        400,
        "malformed",
    ),
    "a header of 100 kB": (HEAD + b"X-Long: " + b"x" * 100_000 + b"\r\n\r\n", 431, "headers_too_large"),
    "an address of 100 kB": (b"GET /" + b"x" * 100_000 + b" HTTP/1.1\r\n\r\n", 431, "headers_too_large"),
    "a thousand headers": (
        HEAD + b"".join(b"X-%d: y\r\n" % n for n in range(1000)) + b"\r\n",
        400,
        "malformed",
    ),
}


@pytest.mark.parametrize("case", NOISE, ids=lambda case: case.replace(" ", "-"))
async def test_what_is_no_http_gets_a_problem_document_and_no_error_in_the_log(place: Place, caplog, case):
    noise, status, code = NOISE[case]
    answer = await talk(place.port, noise)
    assert (answer.status, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []
    assert (await place.get("/healthz"))["status"] == "ok"


async def test_a_body_that_is_not_packed_as_it_says_is_the_clients_fault_and_no_error_in_the_log(
    place: Place, caplog
):
    packed = b"POST /api/v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Encoding: gzip\r\n"
    answer = await talk(place.port, packed + b"Content-Length: 9\r\n\r\nnot gzip!")
    assert answer.status == 415
    assert (await place.get("/healthz"))["status"] == "ok"
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


async def test_requests_in_one_connection_are_answered_one_after_the_other(place: Place):
    reader, writer = await asyncio.open_connection("127.0.0.1", place.port)
    writer.write((HEAD.replace(b"/ ", b"/healthz ") + b"\r\n") * 3 + HEAD + b"Connection: close\r\n\r\n")
    async with asyncio.timeout(60):
        assert [(await read_answer(reader)).status for _ in range(4)] == [200] * 4
        assert await reader.read() == b""
    writer.close()
    await writer.wait_closed()


async def test_connections_that_never_finish_a_request_keep_nobody_waiting(place: Place):
    idle = [await asyncio.open_connection("127.0.0.1", place.port) for _ in range(200)]
    for _, writer in idle:
        writer.write(b"GET / HT")
    assert (await place.get("/healthz"))["status"] == "ok"
    for _, writer in idle:
        writer.transport.abort()
    await asyncio.gather(*(writer.wait_closed() for _, writer in idle), return_exceptions=True)
