"""Speak HTTP by hand, for what no client library would send."""

import asyncio
import contextlib
import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Answer:
    """What came back: status, headers in lower case, body."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


async def talk(port: int, *parts: bytes, is_head: bool = False) -> Answer:
    """Send bytes as they are and read until the server closes or the announced body is complete."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for part in parts:
            writer.write(part)
            await writer.drain()
        async with asyncio.timeout(60):
            return await read_answer(reader, is_head=is_head)
    finally:
        writer.transport.abort()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


async def read_answer(reader: asyncio.StreamReader, *, is_head: bool = False) -> Answer:
    head = await reader.readuntil(b"\r\n\r\n")
    if head.startswith(b"HTTP/1.1 100"):
        head = await reader.readuntil(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").strip().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    if "chunked" in headers.get("transfer-encoding", ""):
        return Answer(int(first.split()[1]), headers, b"" if is_head else await reader.read())
    length = 0 if is_head else int(headers.get("content-length", 0))
    return Answer(int(first.split()[1]), headers, await reader.readexactly(length) if length else b"")


def post(path: str, body: bytes, content_type: str | None, *more: str, length: int | None = None) -> bytes:
    """Return a whole POST request; `length` announces another length than the body has."""
    size = len(body) if length is None else length
    lines = [f"POST {path} HTTP/1.1", "Host: localhost", f"Content-Length: {size}", *more]
    if content_type is not None:
        lines.append(f"Content-Type: {content_type}")
    return "\r\n".join([*lines, "", ""]).encode() + body


def part(name: str, content: bytes, *, filename: str | None = None, more: str = "") -> bytes:
    """Return one part of a form with the boundary `b`."""
    shown = "" if filename is None else f'; filename="{filename}"'
    head = f'--b\r\nContent-Disposition: form-data; name="{name}"{shown}\r\n{more}\r\n'
    return head.encode() + content + b"\r\n"


FORM = "multipart/form-data; boundary=b"
END = b"--b--\r\n"
