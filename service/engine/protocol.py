"""The messages between the service and a child: length-prefixed JSON on a socket pair, bounded in size.

A frame is 4 bytes of length (big endian) and that many bytes of UTF-8 JSON, an object with a `type`.
Child to parent: ready, progress, log, items_total, item_started, item_finished, item_results,
artifact_saved, finished, failed, held, cancelled, state. Parent to child: hello, run, reply, cancel,
check. A message with a `seq` is a request: its `reply` carries the same `seq` and `value` or `error`.
"""

import json
import os
import select
import socket
import struct
import threading
from collections.abc import Callable
from typing import Any, Final, cast

Message = dict[str, Any]

MAX_FRAME_BYTES: Final = 8 * 1024 * 1024
HEADER: Final = struct.Struct("!I")


class FrameError(Exception):
    """A frame that is too large, or bytes that are no frame."""


def encode(message: Message) -> bytes:
    """Return a message as one frame. Raises FrameError when it is too large or not JSON."""
    try:
        text = json.dumps(message, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise FrameError(f"not JSON: {error}") from error
    # A lone surrogate (a file name in no encoding) has no UTF-8 form; it must not cost the job.
    body = text.encode("utf-8", "replace")
    if len(body) > MAX_FRAME_BYTES:
        raise FrameError(f"a message of {len(body)} bytes is larger than {MAX_FRAME_BYTES}")
    return HEADER.pack(len(body)) + body


def size_of(header: bytes) -> int:
    """Return how many bytes follow a header. Raises FrameError when they are too many."""
    size = cast("int", HEADER.unpack(header)[0])
    if size > MAX_FRAME_BYTES:
        raise FrameError(f"a frame of {size} bytes is larger than {MAX_FRAME_BYTES}")
    return size


def decode(body: bytes) -> Message:
    """Return the message of a frame's body. Raises FrameError when it is none."""
    try:
        message = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise FrameError(f"not JSON: {error}") from error
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        raise FrameError("not an object with a type")
    return message


class Channel:
    """The child's blocking end. Any thread may send; callers see to it that one at a time receives."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._socket.setblocking(True)
        self._lock = threading.Lock()
        self._pid = os.getpid()
        self._is_readable = _readiness(sock)

    def send(self, message: Message) -> None:
        """Send a message. Raises FrameError before a byte is sent, OSError when the service is gone.

        A process that the kind has forked holds a copy of this channel; its frames would end up in the
        middle of ours, so it may not speak (RuntimeError).
        """
        if os.getpid() != self._pid:
            raise RuntimeError("only the process that runs the job may use its context")
        frame = encode(message)
        with self._lock:
            self._socket.sendall(frame)

    def receive(self) -> Message | None:
        """Wait for the next message; None when the service is gone."""
        try:
            header = self._exactly(HEADER.size)
            body = self._exactly(size_of(header)) if header is not None else None
        except ConnectionError:
            return None
        return None if body is None else decode(body)

    def has_news(self) -> bool:
        """Whether `receive` would return at once."""
        return self._is_readable()

    def close(self) -> None:
        """Close this end."""
        self._socket.close()

    def _exactly(self, count: int) -> bytes | None:
        parts = bytearray()
        while len(parts) < count:
            part = self._socket.recv(count - len(parts))
            if not part:
                return None
            parts += part
        return bytes(parts)


def _readiness(sock: socket.socket) -> Callable[[], bool]:
    """Return a cheap question whether there is something to read (a poll object where there is one)."""
    if hasattr(select, "poll"):
        poller = select.poll()
        poller.register(sock, select.POLLIN)
        return lambda: bool(poller.poll(0))
    return lambda: bool(select.select([sock], [], [], 0)[0])
