"""Forms with files: streamed, counted, and gone without a trace when anything is wrong."""

import asyncio
import contextlib
import hashlib
import tracemalloc

import pytest
from aiohttp import web
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.http import body as body_module
from service.http.middleware import add_headers, answer_errors, log_requests
from service.http.uploads import FormRules, media_type_of, received
from service.model.artifacts import Input
from service.model.errors import DeskError
from tests.http import raw
from tests.http.raw import END, FORM, part, post, talk

MAX_FILE = 1 << 20


class Shelf:
    """Stands for the file store: knows what is written, committed and discarded, and refuses large files."""

    def __init__(self) -> None:
        self.contents: dict[int, bytearray] = {}
        self.received = 0
        self.largest_chunk = 0
        self.unpinned: list[str] = []

    async def receive(self, name, media_type):
        self.received += 1
        return Sheet(self, self.received, name, media_type)

    def unpin(self, sha256):
        self.unpinned += sha256

    async def sweep(self, sha256):
        assert sha256, "what is swept is named"
        gone = [n for n, body in self.contents.items() if hashlib.sha256(body).hexdigest() in self.unpinned]
        for number in gone:
            del self.contents[number]


class Sheet:
    def __init__(self, shelf, number, name, media_type):
        self.shelf, self.number, self.name, self.media_type = shelf, number, name, media_type
        self.size_bytes = 0
        self.is_committed = False
        shelf.contents[number] = bytearray()

    async def write(self, chunk):
        self.size_bytes += len(chunk)
        self.shelf.largest_chunk = max(self.shelf.largest_chunk, len(chunk))
        if self.size_bytes > MAX_FILE:
            raise DeskError("too_large", "A file may have 1 MiB.")
        self.shelf.contents[self.number] += chunk

    async def commit(self):
        self.is_committed = True
        digest = hashlib.sha256(self.shelf.contents[self.number]).hexdigest()
        return Input(self.name, self.media_type, self.size_bytes, digest)

    async def discard(self):
        if not self.is_committed:
            self.shelf.contents.pop(self.number, None)


SHELF = web.AppKey("shelf", Shelf)


async def handler(request):
    def check(name, fields, count):
        if name.endswith(".exe"):
            raise DeskError("file_type_not_accepted", "No programs.")

    rules = FormRules(frozenset({"kind", "args"}), frozenset({"files"}), 4 * MAX_FILE, check)
    async with received(request, request.app[SHELF], rules) as form:
        if form.fields.get("kind") == "refused":
            raise DeskError("conflict", "Refused after all was read.")
        form.keep()
        return web.json_response(
            {"fields": form.fields, "files": [[f.name, f.size_bytes, f.sha256] for f in form.inputs]}
        )


@pytest.fixture
def shelf():
    return Shelf()


@pytest.fixture
async def port(aiohttp_server, shelf):
    app = web.Application(middlewares=[log_requests, answer_errors])
    app[SHELF] = shelf
    app.on_response_prepare.append(add_headers)
    app.router.add_post("/", handler)
    return (await aiohttp_server(app)).port


async def send(port, *parts, content_type=FORM):
    return await talk(port, post("/", b"".join(parts), content_type))


async def test_fields_and_files_arrive_whole(port, shelf):
    body = bytes(range(256)) * 2000 + b"\r\n--b\r\n--bb--" * 50
    answer = await send(
        port,
        part("kind", "épub".encode()),
        part("files", body.replace(b"\r\n--b", b"\n--b"), filename="b.bin"),
        END,
    )
    assert answer.status == 200, answer.body
    name, size, digest = answer.json()["files"][0]
    stored = bytes(shelf.contents[1])
    assert (name, size, digest) == ("b.bin", len(stored), hashlib.sha256(stored).hexdigest())
    assert answer.json()["fields"] == {"kind": "épub"}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=3000), st.lists(st.integers(1, 400), max_size=8))
async def test_the_pieces_in_which_a_body_arrives_do_not_matter(port, shelf, content, cuts):
    content = content.replace(b"\r\n--b", b"")
    whole = post("/", part("files", content, filename="f") + END, FORM, "Connection: close")
    pieces, rest = [], whole
    for cut in cuts:
        pieces.append(rest[:cut])
        rest = rest[cut:]
    answer = await talk(port, *[piece for piece in (*pieces, rest) if piece])
    assert answer.status == 200
    assert answer.json()["files"][0][1:] == [len(content), hashlib.sha256(content).hexdigest()]


FILE = part("files", b"x" * 5000, filename="one.txt")
MULTIPART = "multipart/form-data"
MALFORMED, TOO_LARGE, WRONG_TYPE = (400, "malformed"), (413, "too_large"), (415, "unsupported_media_type")
UNKNOWN, NAMELESS = (422, "unknown_field"), (422, "file_name_missing")


def odd(more: str) -> bytes:
    """Return a small file whose part has more headers."""
    return part("files", b"1", filename="b", more=more)


def headed(disposition: str) -> bytes:
    return f"--b\r\n{disposition}\r\n\r\nx\r\n".encode()


def half(head: bytes) -> bytes:
    return b"--b\r\nContent-Disposition: form-data" + head


# what is wrong: (what is answered, the Content-Type, what comes after a good file)
REFUSED = {
    "a boundary that is not named": (MALFORMED, MULTIPART, [END]),
    "an empty boundary": (MALFORMED, f'{MULTIPART}; boundary=""', [END]),
    "a boundary of a thousand characters": (MALFORMED, f"{MULTIPART}; boundary={'b' * 1000}", [END]),
    "a boundary with strange characters": (MALFORMED, f'{MULTIPART}; boundary="a{{b"', [END]),
    "a boundary that never comes": (MALFORMED, f"{MULTIPART}; boundary=other", [b"x" * 100_000]),
    "another content type": (WRONG_TYPE, "application/x-www-form-urlencoded", [END]),
    "no content type": (WRONG_TYPE, None, [END]),
    "multipart of another sort": (WRONG_TYPE, "multipart/mixed; boundary=b", [END]),
    "no last boundary": (MALFORMED, FORM, []),
    "a part that breaks off": (MALFORMED, FORM, [half(b'; name="files"; filename="t"\r\n\r\nhalf')]),
    "headers that break off": (MALFORMED, FORM, [half(b"; nam")]),
    "a part without a name": (UNKNOWN, FORM, [headed("Content-Disposition: form-data"), END]),
    "a part without a disposition": (MALFORMED, FORM, [headed("Content-Type: text/plain"), END]),
    "an attachment": (MALFORMED, FORM, [headed('Content-Disposition: attachment; name="files"'), END]),
    "an unknown part": (UNKNOWN, FORM, [part("extra", b"1"), END]),
    "a file without a name": (NAMELESS, FORM, [part("files", b"1"), END]),
    "a file with an empty name": (NAMELESS, FORM, [part("files", b"1", filename=""), END]),
    "a field that comes twice": ((422, "invalid"), FORM, [part("kind", b"1"), part("kind", b"2"), END]),
    "a field that is not UTF-8": (MALFORMED, FORM, [part("kind", b"\xff\xfe"), END]),
    "a field of two megabytes": (TOO_LARGE, FORM, [part("args", b"1" * (2 << 20)), END]),
    "a file above the limit": (TOO_LARGE, FORM, [part("files", b"1" * (MAX_FILE + 1), filename="b"), END]),
    "a file of the wrong sort": (
        (422, "file_type_not_accepted"),
        FORM,
        [part("files", b"1", filename="b.exe"), END],
    ),
    "a transfer encoding": (WRONG_TYPE, FORM, [odd("Content-Transfer-Encoding: base64\r\n"), END]),
    "a header of 20 kB": (TOO_LARGE, FORM, [odd(f"X-Long: {'y' * 20_000}\r\n"), END]),
    "twenty headers": (TOO_LARGE, FORM, [odd("".join(f"X-{i}: y\r\n" for i in range(20))), END]),
    "a header that is no header": (MALFORMED, FORM, [odd("nonsense\r\n"), END]),
    "three thousand parts": (TOO_LARGE, FORM, [part("files", b"", filename="f") * 3000, END]),
    "a refusal after all was read": ((409, "conflict"), FORM, [part("kind", b"refused"), END]),
}


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.replace(" ", "-"))
async def test_what_is_refused_has_a_code_and_leaves_nothing(port, shelf, case):
    expected, content_type, parts = REFUSED[case]
    answer = await send(port, FILE, *parts, content_type=content_type)
    assert (answer.status, answer.json()["code"]) == expected
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert shelf.contents == {}


async def test_a_preamble_is_refused_at_once(port, shelf):
    answer = await send(port, b"hello\r\n", FILE, END)
    assert (answer.status, answer.json()["code"]) == MALFORMED
    assert shelf.received == 0


async def test_a_total_that_is_too_large_is_refused_before_it_is_read(port, shelf):
    answer = await talk(port, post("/", FILE, FORM, length=1 << 40))
    assert (answer.status, answer.json()["code"]) == (413, "too_large")
    assert shelf.received == 0


async def test_a_total_that_was_not_announced_is_counted(port, shelf):
    head = f"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nContent-Type: {FORM}\r\n\r\n".encode()
    files = [part("files", b"z" * (900 << 10), filename=f"{n}") for n in range(6)]
    chunks = [f"{len(body):x}\r\n".encode() + body + b"\r\n" for body in files]
    answer = await talk(port, head, *chunks)
    assert (answer.status, answer.json()["code"]) == (413, "too_large")
    assert shelf.contents == {}


async def test_a_compressed_body_is_refused(port, shelf):
    answer = await talk(port, post("/", FILE + END, FORM, "Content-Encoding: gzip"))
    assert answer.status in (400, 415)
    assert shelf.contents == {}


async def test_broken_chunked_framing_is_malformed_and_leaves_nothing(port, shelf):
    head = f"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nContent-Type: {FORM}\r\n\r\n".encode()
    first = f"{len(FILE):x}\r\n".encode() + FILE + b"\r\n"
    answer = await talk(port, head + first, b"nonsense\r\n")
    assert answer.status == 400
    assert shelf.contents == {}


async def test_a_client_that_leaves_in_the_middle_leaves_nothing(port, shelf):
    gone = asyncio.Event()
    shelf_receive = shelf.receive

    async def receive(name, media_type):
        sheet = await shelf_receive(name, media_type)
        discard = sheet.discard

        async def discard_and_tell():
            await discard()
            gone.set()

        sheet.discard = discard_and_tell
        return sheet

    shelf.receive = receive
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(post("/", FILE[:3000], FORM, length=100_000))
    await writer.drain()
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()
    async with asyncio.timeout(60):
        await gone.wait()
    assert shelf.contents == {}


async def test_a_body_that_stands_still_is_given_up(port, shelf, monkeypatch):
    monkeypatch.setattr(body_module, "IDLE_SECONDS", 0.05)
    answer = await talk(port, post("/", FILE[:3000], FORM, length=100_000))
    assert (answer.status, answer.json()["code"]) == (408, "upload_timed_out")
    assert shelf.contents == {}


async def test_a_large_upload_needs_little_memory(port, shelf):
    shelf.receive_plain = shelf.receive
    bodies = [part("files", b"z" * (1000 << 10), filename=f"{n}") for n in range(4)]

    async def receive(name, media_type):
        sheet = await shelf.receive_plain(name, media_type)

        async def count(chunk):
            sheet.size_bytes += len(chunk)
            shelf.largest_chunk = max(shelf.largest_chunk, len(chunk))

        sheet.write = count
        return sheet

    shelf.receive = receive
    request = post("/", b"".join(bodies) + END, FORM)
    tracemalloc.start()
    try:
        answer = await talk(port, request)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert answer.status == 200
    assert shelf.largest_chunk <= 1 << 20
    assert peak < 3 << 20


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\\\Users\\\\me\\\\book.epub", "book.epub"),
        ("a\tb.txt", "a_b.txt"),
        ("名前.epub", "名前.epub"),
        ("..", "file"),
        ("x" * 500 + ".epub", None),
    ],
)
async def test_a_file_name_is_one_harmless_segment(port, sent, kept):
    answer = await send(port, part("files", b"1", filename=sent), END)
    name = answer.json()["files"][0][0]
    assert name == kept or (kept is None and name.endswith(".epub") and len(name.encode()) <= 200)


async def test_an_epilogue_means_nothing(port):
    assert (await send(port, FILE, END, b"and so on" * 1000)).status == 200


async def test_an_upload_waits_for_100_continue_only_when_it_is_asked_for(port):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    body = FILE + END
    head, _, _ = post("/", body, FORM, "Expect: 100-continue").partition(b"\r\n\r\n")
    writer.write(head + b"\r\n\r\n")
    async with asyncio.timeout(60):
        assert (await reader.readline()).startswith(b"HTTP/1.1 100")
        await reader.readline()
        writer.write(body)
        assert (await raw.read_answer(reader)).status == 200
    writer.close()


@pytest.mark.parametrize(
    ("name", "claimed", "expected"),
    [
        ("a.epub", None, "application/epub+zip"),
        ("a.epub", "application/octet-stream", "application/epub+zip"),
        ("a.epub", "text/html\r\nX: y", "application/epub+zip"),
        ("a.bin", "Application/PDF", "application/pdf"),
        ("noextension", "", "application/octet-stream"),
        ("a.md", None, "text/markdown"),
    ],
)
def test_a_media_type_is_what_the_client_says_or_what_the_name_says(name, claimed, expected):
    assert media_type_of(name, claimed) == expected
