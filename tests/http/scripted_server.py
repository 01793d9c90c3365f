"""A small real server on a real socket that plays what a test has written down for it."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

Scene = Callable[["Stream"], Awaitable[None]]


class Stream:
    """The server's end of one connection of an event stream."""

    def __init__(self, request: web.Request) -> None:
        self.request = request
        self.response = web.StreamResponse(headers={"Content-Type": "text/event-stream; charset=utf-8"})

    @property
    def cursor(self) -> str | None:
        return self.request.headers.get("Last-Event-ID")

    async def send(self, name: str, cursor: str | None = None, **data: Any) -> None:
        head = f"id: {cursor}\n" if cursor else ""
        await self.raw(f"{head}event: {name}\ndata: {json.dumps(data)}\n\n".encode())

    async def raw(self, frame: bytes) -> None:
        if not self.response.prepared:
            await self.response.prepare(self.request)
            await self.response.write(b"retry: 10\n\n")
        await self.response.write(frame)

    def cut(self) -> None:
        """Break the connection as a crash does, in the middle of the body."""
        assert self.request.transport is not None
        self.request.transport.abort()


class ScriptedServer:
    """Answers each path with what was set for it; streams play one scene a connection."""

    def __init__(self) -> None:
        self.url = ""
        self.answers: dict[tuple[str, str], Callable[[web.Request], Awaitable[web.StreamResponse]]] = {}
        self.scenes: list[Scene] = []
        self.cursors: list[str | None] = []
        self.requests: list[web.Request] = []

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(request)
        answer = self.answers.get((request.method, request.path))
        if answer is not None:
            return await answer(request)
        if not request.path.endswith("/events"):
            return problem(404, "not_found", f"Nothing is at {request.path}.")
        self.cursors.append(request.headers.get("Last-Event-ID"))
        if not self.scenes:
            return web.Response(status=204)
        stream = Stream(request)
        outcome = await self.scenes.pop(0)(stream)
        return outcome if isinstance(outcome, web.StreamResponse) else stream.response

    def answer(self, method: str, path: str, body: Any, status: int = 200) -> None:
        """Answer a path with JSON from now on."""

        async def respond(request: web.Request) -> web.StreamResponse:
            await request.read()
            return web.json_response(body, status=status)

        self.answers[method, path] = respond


def problem(status: int, code: str, detail: str, **more: Any) -> web.Response:
    body = {"type": "/problems/x", "title": "X", "status": status, "code": code, "detail": detail} | more
    headers = {"Retry-After": "0"} if status in (429, 503) else {}
    return web.Response(
        text=json.dumps(body), status=status, content_type="application/problem+json", headers=headers
    )


@asynccontextmanager
async def scripted_server() -> AsyncIterator[ScriptedServer]:
    server = ScriptedServer()
    application = web.Application(client_max_size=1 << 30)
    application.router.add_route("*", "/{path:.*}", server.handle)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield server
    finally:
        await runner.cleanup()
