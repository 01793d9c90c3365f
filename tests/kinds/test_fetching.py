"""Fetching: over real HTTP to a real server, and never to where it must not go."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from service.kinds.base import Cancelled
from service.kinds.fetching import Fetched, checked_url, fetch, is_public
from service.model.errors import JobError

Fetch = Callable[..., "asyncio.Future[Fetched]"]


@pytest.fixture
async def server() -> AsyncIterator[str]:
    """A server on loopback, which the guard forbids unless it is let through."""

    async def sheet(_: web.Request) -> web.Response:
        headers = {"Content-Disposition": 'attachment; filename="../heats 1.pdf"'}
        return web.Response(
            body=b"%PDF-1.4 " + b"x" * 200_000, content_type="application/pdf", headers=headers
        )

    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b"x" * 65536)

    async def slow(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"%PDF")
        await asyncio.Event().wait()
        return response

    async def away(request: web.Request) -> web.Response:
        raise web.HTTPFound(request.query["to"])

    app = web.Application()
    app.router.add_get("/sheet.pdf", sheet)
    app.router.add_get("/endless", endless)
    app.router.add_get("/slow", slow)
    app.router.add_get("/away", away)
    runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


@pytest.fixture
def get(tmp_path: Path) -> Fetch:
    """Fetch in a thread, as a child would in its process."""

    def run(url: str, **options: object) -> "asyncio.Future[Fetched]":
        settings = {"max_bytes": 1 << 20, "timeout_seconds": 20.0, "allow_hosts": ("127.0.0.1",)} | options
        return asyncio.ensure_future(asyncio.to_thread(fetch, url, tmp_path, **settings))  # type: ignore[arg-type]

    return run


def left_in(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def refused(work: "asyncio.Future[Fetched]") -> str:
    with pytest.raises(JobError) as caught:
        await work
    return caught.value.code


async def test_a_file_comes_with_progress_and_a_harmless_name(server: str, get: Fetch) -> None:
    told: list[tuple[int, int | None]] = []
    got = await get(f"{server}/sheet.pdf", on_bytes=lambda *each: told.append(each))
    assert (got.name, got.media_type, got.size_bytes) == ("heats 1.pdf", "application/pdf", 200_009)
    assert got.path.stat().st_size == 200_009
    assert told[0] == (0, 200_009)
    assert told[-1] == (200_009, 200_009)


async def test_redirects_are_followed_and_each_is_checked(server: str, get: Fetch) -> None:
    assert (await get(f"{server}/away?to=/sheet.pdf")).url == f"{server}/sheet.pdf"
    assert await refused(get(f"{server}/away?to=http://10.0.0.1/x")) == "url_not_allowed"
    assert await refused(get(f"{server}/away?to=http://localhost:1/x")) == "url_not_allowed"
    assert await refused(get(f"{server}/away?to=file:///etc/passwd")) == "url_invalid"
    loop = f"{server}/away?to=" + f"{server}/away?to=x".replace("?", "%3F").replace("=", "%3D")
    assert await refused(get(loop)) in ("url_status", "url_too_many_redirects")


async def test_what_is_too_large_too_slow_or_not_there_has_its_own_code(
    server: str, get: Fetch, tmp_path: Path
) -> None:
    assert await refused(get(f"{server}/sheet.pdf", max_bytes=1000)) == "url_too_large"
    assert await refused(get(f"{server}/endless")) == "url_too_large"
    assert await refused(get(f"{server}/slow", timeout_seconds=0.5)) == "url_timeout"
    assert await refused(get(f"{server}/nothing")) == "url_status"
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        assert await refused(get(f"http://127.0.0.1:{closed.getsockname()[1]}/")) == "url_unreachable"
    assert left_in(tmp_path) == []


async def test_a_cancel_in_the_middle_leaves_nothing(server: str, get: Fetch, tmp_path: Path) -> None:
    def stop(done: int, _: int | None) -> None:
        if done:
            raise Cancelled

    with pytest.raises(Cancelled):
        await get(f"{server}/sheet.pdf", on_bytes=stop)
    assert left_in(tmp_path) == []


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "[::1]", "10.1.2.3", "192.168.0.1", "172.16.9.9", "169.254.169.254", "0.0.0.0",
     "127.1", "2130706433", "0x7f000001", "[::ffff:127.0.0.1]", "[fe80::1]", "[fd00::1]", "[64:ff9b::7f00:1]",
     "224.0.0.1", "100.64.0.1", "255.255.255.255"],
)  # fmt: skip
async def test_inner_addresses_are_refused_in_every_dress(host: str, get: Fetch) -> None:
    assert await refused(get(f"http://{host}:9/x", allow_hosts=())) == "url_not_allowed"


async def test_a_second_dns_answer_cannot_change_the_address(
    server: str, get: Fetch, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, answers = socket.getaddrinfo, iter(["93.184.216.34", "127.0.0.1", "127.0.0.1"])

    def rebinding(host: str, port: int, *rest: object, **more: object) -> list:
        if host == "rebind.test":
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port))]
        return real(host, port, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    port = server.rsplit(":", 1)[1]
    code = await refused(get(f"http://rebind.test:{port}/sheet.pdf", allow_hosts=(), timeout_seconds=3))
    assert code in ("url_timeout", "url_unreachable")  # it went to the first answer, and only there
    assert next(answers) == "127.0.0.1"
    assert await refused(get(f"http://rebind.test:{port}/sheet.pdf", allow_hosts=())) == "url_not_allowed"


@pytest.mark.parametrize(
    "url", ["", "ftp://a/b", "http://", "http://u:p@host/", "javascript:1", "http://a:0/", "//x"]
)
def test_what_is_no_address_is_said_so(url: str) -> None:
    with pytest.raises(JobError) as caught:
        checked_url(url)
    assert caught.value.code == "url_invalid"


@given(st.ip_addresses())
def test_what_is_public_is_no_inner_address(address: IPv4Address | IPv6Address) -> None:
    if is_public(str(address)):
        inner = (address.is_private, address.is_loopback, address.is_link_local, address.is_multicast)
        assert not any(inner)
    assert not is_public(f"{address}x")
