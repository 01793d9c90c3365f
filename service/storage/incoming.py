"""A file on its way in: written beside its place in large pieces, counted and hashed, then moved there at once."""

import asyncio
import errno
import hashlib
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar

from service.model.artifacts import Input
from service.model.errors import DeskError
from service.storage.budget import Budget, no_room

T = TypeVar("T")
BUFFER_BYTES: Final = 1024 * 1024  # one hop to a thread for so much, however small the chunks


class Shelf(Protocol):
    """Where a whole file goes."""

    def pin(self, sha256: str) -> None:
        """Keep a content, there already or about to be, from every sweep."""

    def put(self, part: Path, sha256: str) -> bool:
        """Move a file to its content's place; False (and the file is gone) when that was there. Blocks."""
        ...

    def settled(self, sha256: str, size_bytes: int, *, is_new: bool) -> None:
        """Hear that the upload has become a content; `size_bytes` of the budget are its own or given back."""

    async def give_up(self, sha256: str) -> None:
        """Take one pin back; a content that only this upload brought is removed."""

    def forget(self, part: Path) -> None:
        """Hear that a part is no more."""


class FileUpload:
    """One upload. A write or commit that fails discards it. Not for two tasks at once."""

    def __init__(
        self, part: Path, name: str, media_type: str, *, max_bytes: int, budget: Budget, shelf: Shelf
    ) -> None:
        self.size_bytes = 0
        self._part = part
        self._name = name
        self._media_type = media_type
        self._max_bytes = max_bytes
        self._budget = budget
        self._shelf = shelf
        self._buffer = bytearray()
        self._hash = hashlib.sha256()
        self._file: Any = None
        self._lock = threading.Lock()  # a caller that was cancelled leaves a thread behind that still writes
        self._counted = 0
        self._is_over = False
        self._committed: str | None = None

    async def write(self, chunk: bytes) -> None:
        """Add bytes. Raises `too_large` or `disk_budget`; the upload is discarded then."""
        if self._is_over:
            raise RuntimeError("this upload is over")
        try:
            self._check_size(len(chunk))
            self._budget.take(len(chunk))
            self._counted += len(chunk)
            self.size_bytes += len(chunk)
            self._buffer += chunk
            if len(self._buffer) >= BUFFER_BYTES:
                await self._flush()
        except BaseException:
            await self.discard()
            raise

    async def commit(self) -> Input:
        """Make it durable under its hash and return it, pinned."""
        if self._is_over:
            raise RuntimeError("this upload is over")
        try:
            await self._flush()
            sha256 = await self._in_thread(self._seal)
            self._shelf.pin(sha256)
            self._committed = sha256
            is_new = await self._in_thread(lambda: self._shelf.put(self._part, sha256))
        except BaseException:
            await self.discard()
            raise
        self._is_over = True
        self._counted = 0
        self._shelf.forget(self._part)
        self._shelf.settled(sha256, self.size_bytes, is_new=is_new)
        return Input(self._name, self._media_type, self.size_bytes, sha256)

    async def discard(self) -> None:
        """Leave nothing: neither the part nor, if nobody else brought or uses it, the content."""
        self._is_over = True
        self._budget.add(-self._counted)
        self._counted = 0
        self._buffer.clear()
        await asyncio.to_thread(self._drop)
        self._shelf.forget(self._part)
        sha256, self._committed = self._committed, None
        if sha256 is not None:
            await self._shelf.give_up(sha256)

    def _check_size(self, more_bytes: int) -> None:
        if self.size_bytes + more_bytes > self._max_bytes:
            raise DeskError(
                "too_large",
                f"{self._name!r} is larger than {self._max_bytes} bytes.",
                remediation="Send a smaller file, or raise max_upload_bytes.",
            )

    async def _flush(self) -> None:
        piece = bytes(self._buffer)
        self._buffer.clear()
        await self._in_thread(lambda: self._append(piece))

    async def _in_thread(self, work: Callable[[], T]) -> T:
        def locked() -> T:
            with self._lock:
                return work()

        try:
            return await asyncio.to_thread(locked)
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise no_room("The disk is full.") from error
            raise

    def _append(self, piece: bytes) -> None:
        if self._file is None:
            self._part.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._part.open("xb", buffering=0)
        if piece:
            self._budget.check_free(len(piece))
            self._hash.update(piece)
            view = memoryview(piece)
            while view:
                view = view[self._file.write(view) :]

    def _seal(self) -> str:
        os.fsync(self._file.fileno())
        self._file.close()
        return self._hash.hexdigest()

    def _drop(self) -> None:
        with self._lock:
            if self._file is not None:
                self._file.close()
            self._part.unlink(missing_ok=True)
