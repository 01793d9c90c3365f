"""The vectors of one model as a matrix in memory: a search is one product, as fast as NumPy itself.

The rows of the database stay the truth; the matrix follows them by two counters and the highest chunk id.
"""

import sqlite3
import threading
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from service.kinds.ingestion.library.port import Scored, Vectors

Ids = NDArray[np.int64]
_FIRST_ROWS: Final = 1024
_FETCH_ROWS: Final = 4096


class Matrix:
    """Chunk ids, their documents' keys and their vectors, row by row; safe to use from several threads."""

    def __init__(self, model: str) -> None:
        self._model = model
        self._lock = threading.Lock()
        self._count = 0
        self._chunks: Ids = np.zeros(0, np.int64)
        self._documents: Ids = np.zeros(0, np.int64)
        self._vectors: Vectors = np.zeros((0, 0), np.float32)
        self._seen = (-1, -1)

    def follow(self, connection: sqlite3.Connection) -> None:
        """Take in what was written or removed since the last time."""
        with self._lock:
            # The counters are read first: what is written after them is seen once more next time, never lost.
            seen = _counters(connection)
            if seen == self._seen:
                return
            if seen[1] != self._seen[1]:
                self._drop(connection)
            self._append(connection)
            self._seen = seen

    def nearest(self, vector: Vectors, top_k: int, documents: Sequence[int] | None = None) -> list[Scored]:
        """Return the rows of the highest product with `vector`, best first, among some documents if given."""
        with self._lock:
            chunks, keys = self._chunks[: self._count], self._documents[: self._count]
            vectors = self._vectors[: self._count]
        if not len(chunks) or vectors.shape[1] != len(vector):
            return []
        if documents is not None:
            rows = np.flatnonzero(np.isin(keys, np.asarray(documents, np.int64)))
            chunks, vectors = chunks[rows], vectors[rows]
        scores = vectors @ vector
        best = top(scores, top_k)
        return [Scored(int(chunks[row]), float(scores[row])) for row in best]

    def _drop(self, connection: sqlite3.Connection) -> None:
        rows = connection.execute("SELECT chunk FROM vectors WHERE model = ?", (self._model,))
        alive = np.fromiter((row[0] for row in rows), np.int64)
        kept = np.flatnonzero(np.isin(self._chunks[: self._count], alive, assume_unique=True))
        # New arrays: a search that runs now keeps the old ones.
        self._chunks, self._documents = self._chunks[kept], self._documents[kept]
        self._vectors = self._vectors[kept]
        self._count = len(kept)

    def _append(self, connection: sqlite3.Connection) -> None:
        last = int(self._chunks[self._count - 1]) if self._count else 0
        cursor = connection.execute(
            "SELECT chunk, document, vector FROM vectors WHERE model = ? AND chunk > ? ORDER BY chunk",
            (self._model, last),
        )
        while rows := cursor.fetchmany(_FETCH_ROWS):
            chunks, documents, blobs = zip(*rows, strict=True)
            vectors = np.frombuffer(b"".join(blobs), "<f4").reshape(len(rows), -1)
            self._make_room(len(rows), vectors.shape[1])
            end = self._count + len(rows)
            self._chunks[self._count : end] = chunks
            self._documents[self._count : end] = documents
            self._vectors[self._count : end] = vectors
            self._count = end

    def _make_room(self, more: int, dimensions: int) -> None:
        needed = self._count + more
        if needed <= len(self._chunks) and self._vectors.shape[1] == dimensions:
            return
        room = max(_FIRST_ROWS, needed + needed // 4)
        for name in ("_chunks", "_documents", "_vectors"):
            old = getattr(self, name)
            shape = (room, dimensions) if name == "_vectors" else (room,)
            new = np.zeros(shape, old.dtype)
            if self._count:
                new[: self._count] = old[: self._count]
            setattr(self, name, new)


def top(scores: Vectors, count: int) -> Ids:
    """Return where the `count` highest scores are, highest first, without sorting the rest."""
    if count < len(scores):
        best = np.argpartition(scores, len(scores) - count)[len(scores) - count :]
    else:
        best = np.arange(len(scores))
    return best[np.argsort(-scores[best], kind="stable")].astype(np.int64)


def _counters(connection: sqlite3.Connection) -> tuple[int, int]:
    values = dict(connection.execute("SELECT name, value FROM counters").fetchall())
    return values["writes"], values["removals"]
