"""A small server that speaks Bolt 5.4 over a real socket, and remembers what it was asked: enough for a driver.

PackStream and the messages are those of the Bolt specification (neo4j.com/docs/bolt/current). It runs no
Cypher: it answers SUCCESS, or a failure that the test has put down for the next query that holds a text.
"""

import socket
import socketserver
import struct
import threading
from typing import Any

MAGIC = b"\x60\x60\xb0\x17"
VERSION = b"\x00\x00\x04\x05"
SUCCESS, FAILURE = 0x70, 0x7F
NAMES = {
    0x01: "HELLO", 0x6A: "LOGON", 0x11: "BEGIN", 0x10: "RUN", 0x3F: "PULL", 0x2F: "DISCARD", 0x12: "COMMIT",
    0x13: "ROLLBACK", 0x0F: "RESET", 0x02: "GOODBYE", 0x66: "ROUTE", 0x54: "TELEMETRY",
}  # fmt: skip


class BoltServer(socketserver.ThreadingTCPServer):
    """Holds `queries` (text, parameters) of committed transactions, `logons`, and `failures` by part of a query."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, password: str = "secret") -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.password = password
        self.queries: list[tuple[str, dict[str, Any]]] = []
        self.logons: list[dict[str, Any]] = []
        self.failures: dict[str, tuple[str, str]] = {}
        self.url = f"bolt://127.0.0.1:{self.server_address[1]}"
        self._thread = threading.Thread(target=self.serve_forever)

    def start(self) -> "BoltServer":
        """Serve in a thread."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop serving."""
        self.shutdown()
        self._thread.join()
        self.server_close()


class _Session(socketserver.BaseRequestHandler):
    server: BoltServer
    request: socket.socket

    def handle(self) -> None:
        """Shake hands, then answer messages until the client says goodbye."""
        if self._exactly(4) != MAGIC:
            return
        self._exactly(16)
        self.request.sendall(VERSION)
        pending: list[tuple[str, dict[str, Any]]] = []
        has_failed = False
        while (message := self._message()) is not None:
            name, fields = message
            if name == "GOODBYE":
                return
            if name == "RESET":
                has_failed = False
            if has_failed:
                self._send(0x7E, {})  # IGNORED
                continue
            failure = self._failure(name, fields)
            if failure is not None:
                has_failed = True
                self._send(FAILURE, {"code": failure[0], "message": failure[1]})
                continue
            if name == "BEGIN":
                pending = []
            elif name == "RUN":
                pending.append((fields[0], fields[1]))
            elif name == "COMMIT":
                self.server.queries += pending
            self._send(SUCCESS, self._about(name))

    def _failure(self, name: str, fields: list[Any]) -> tuple[str, str] | None:
        if name == "LOGON":
            self.server.logons.append(fields[0])
            if fields[0].get("credentials") != self.server.password:
                return "Neo.ClientError.Security.Unauthorized", "The client is unauthorized."
        if name == "RUN":
            for part in list(self.server.failures):
                if part in fields[0]:
                    return self.server.failures.pop(part)
        return None

    def _about(self, name: str) -> dict[str, Any]:
        if name == "HELLO":
            return {"server": "Neo4j/5.20.0", "connection_id": "bolt-1", "hints": {}}
        if name == "RUN":
            return {"fields": [], "t_first": 0, "qid": 0}
        return {"type": "w", "t_last": 0, "db": "neo4j"} if name in ("PULL", "DISCARD") else {}

    def _message(self) -> tuple[str, list[Any]] | None:
        body = b""
        while True:
            head = self._exactly(2)
            if head is None:
                return None
            size = struct.unpack(">H", head)[0]
            if size == 0 and body:
                break
            body += self._exactly(size) or b""
        count, tag = body[0] & 0x0F, body[1]
        reader = Unpacker(body[2:])
        return NAMES[tag], [reader.value() for _ in range(count)]

    def _send(self, tag: int, about: dict[str, Any]) -> None:
        body = bytes([0xB1, tag]) + pack(about)
        self.request.sendall(struct.pack(">H", len(body)) + body + b"\x00\x00")

    def _exactly(self, count: int) -> bytes | None:
        parts = b""
        while len(parts) < count:
            part = self.request.recv(count - len(parts))
            if not part:
                return None
            parts += part
        return parts


def pack(value: Any) -> bytes:
    """Return a value in PackStream; the few types that answers have."""
    match value:
        case bool():
            return b"\xc3" if value else b"\xc2"
        case int():
            return struct.pack(">bq", -53, value)
        case str():
            raw = value.encode()
            return struct.pack(">BI", 0xD2, len(raw)) + raw
        case list():
            return struct.pack(">BI", 0xD6, len(value)) + b"".join(map(pack, value))
        case dict():
            items = b"".join(pack(key) + pack(each) for key, each in value.items())
            return struct.pack(">BI", 0xDA, len(value)) + items
    raise TypeError(f"cannot pack {value!r}")


class Unpacker:
    """Reads PackStream."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._at = 0

    def value(self) -> Any:
        """Return the next value."""
        mark = self._take(1)[0]
        if mark <= 0x7F:
            return mark
        if mark >= 0xF0:
            return mark - 0x100
        small = {0x80: self._text, 0x90: self._list, 0xA0: self._map}
        if (mark & 0xF0) in small:
            return small[mark & 0xF0](mark & 0x0F)
        plain = {0xC0: None, 0xC2: False, 0xC3: True}
        if mark in plain:
            return plain[mark]
        numbers = {0xC1: ">d", 0xC8: ">b", 0xC9: ">h", 0xCA: ">i", 0xCB: ">q"}
        if mark in numbers:
            return self._number(numbers[mark])
        sized = {0xD0: self._text, 0xD4: self._list, 0xD8: self._map}
        base = mark & ~0x03 if mark not in sized else mark
        width = {0: ">B", 1: ">H", 2: ">I"}[mark - base]
        return sized[base](self._number(width))

    def _take(self, count: int) -> bytes:
        self._at += count
        return self._body[self._at - count : self._at]

    def _number(self, shape: str) -> Any:
        return struct.unpack(shape, self._take(struct.calcsize(shape)))[0]

    def _text(self, count: int) -> str:
        return self._take(count).decode()

    def _list(self, count: int) -> list[Any]:
        return [self.value() for _ in range(count)]

    def _map(self, count: int) -> dict[str, Any]:
        return {self.value(): self.value() for _ in range(count)}
