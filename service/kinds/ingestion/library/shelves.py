"""The library as a search reads it: BM25 by FTS5, cosine by a matrix in memory, chunks with their citations."""

import json
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from service.kinds.ingestion.documents import Chunk, Mark
from service.kinds.ingestion.library.connection import open_to_read
from service.kinds.ingestion.library.matrix import Matrix
from service.kinds.ingestion.library.port import Filters, FoundChunk, Scored, Vectors, VectorStore

BM25_WEIGHTS: Final = (2.0, 1.5, 1.0)
"""Of title, headings and text; chosen once, on a collection that is not ours, and not very sensitive."""
_MAX_CONNECTIONS: Final = 4


class SqliteShelves:
    """Readers of one library file, for any number of threads; an absent file is an empty library."""

    def __init__(self, path: Path, *, vector_store: VectorStore | None = None) -> None:
        self._path = path
        self._vector_store = vector_store
        self._idle: list[sqlite3.Connection] = []
        self._matrices: dict[str, Matrix] = {}
        self._lock = threading.Lock()

    def close(self) -> None:
        """Close what is open."""
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()
        if self._vector_store is not None:
            self._vector_store.close()

    def read(self, work: Callable[[sqlite3.Connection], Any], empty: Any) -> Any:
        """Return what `work` reads from a connection of its own, or `empty` when there is no library yet."""
        with self._connected() as connection:
            return empty if connection is None else work(connection)

    def by_words(self, expression: str, top_k: int, filters: Filters) -> list[Scored]:
        """Return chunks by BM25 (k1 = 1.2, b = 0.75, FTS5's own), best first."""
        if not expression:
            return []
        condition, values = where(filters)
        among = (
            " AND rowid IN (SELECT c.id FROM chunks c JOIN documents d ON d.key = c.document"  # noqa: S608 (the condition is made of fixed parts)
            f" WHERE {condition})"
            if condition
            else ""
        )
        ranked = f"bm25({', '.join(map(str, BM25_WEIGHTS))})"

        def work(connection: sqlite3.Connection) -> list[Scored]:
            rows = connection.execute(
                "SELECT rowid, rank FROM passages WHERE passages MATCH ? AND rank MATCH ?"  # noqa: S608 (fixed parts)
                f"{among} ORDER BY rank LIMIT ?",
                (expression, ranked, *values, top_k),
            )
            return [Scored(row[0], -row[1]) for row in rows]  # FTS5 gives the better the lower

        found: list[Scored] = self.read(work, [])
        return found

    def by_vector(self, vector: Vectors, model: str, top_k: int, filters: Filters) -> list[Scored]:
        """Return chunks by cosine, best first."""
        if self._vector_store is not None:
            ids = None if filters.is_empty else [row[0] for row in self._matching("document_id", filters)]
            return self._vector_store.nearest(vector, model, top_k, ids)
        with self._lock:
            matrix = self._matrices.setdefault(model, Matrix(model))
        self.read(matrix.follow, None)
        keys = None if filters.is_empty else [row[0] for row in self._matching("key", filters)]
        return matrix.nearest(vector, top_k, keys)

    def chunks(self, chunk_ids: Sequence[int]) -> dict[int, FoundChunk]:
        """Return chunks by id; one that is gone is left out."""
        places = ", ".join("?" * len(chunk_ids))

        def work(connection: sqlite3.Connection) -> dict[int, FoundChunk]:
            rows = connection.execute(
                "SELECT c.id, d.document_id, d.source, d.title, d.format, d.version, c.number, c.text, c.start,"  # noqa: S608 (question marks)
                ' c."end", c.tokens, c.marks FROM chunks c JOIN documents d ON d.key = c.document'
                f" WHERE c.id IN ({places})",
                tuple(chunk_ids),
            )
            return {row[0]: found_chunk(row) for row in rows}

        found: dict[int, FoundChunk] = self.read(work, {})
        return found

    def spread(self, words: Sequence[str]) -> tuple[int, dict[str, int]]:
        """Return how many chunks there are, and in how many each of these indexed words stands."""

        def work(connection: sqlite3.Connection) -> tuple[int, dict[str, int]]:
            (count,) = connection.execute("SELECT coalesce(sum(chunk_count), 0) FROM documents").fetchone()
            found = {}
            for word in words:
                row = connection.execute("SELECT doc FROM words WHERE term = ?", (word,)).fetchone()
                found[word] = row[0] if row else 0
            return count, found

        spread: tuple[int, dict[str, int]] = self.read(work, (0, {}))
        return spread

    def _matching(self, column: str, filters: Filters) -> list[tuple[Any]]:
        condition, values = where(filters)
        rows: list[tuple[Any]] = self.read(
            lambda connection: connection.execute(
                f"SELECT d.{column} FROM documents d WHERE {condition}",  # noqa: S608 (fixed parts)
                values,
            ).fetchall(),
            [],
        )
        return rows

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection | None]:
        with self._lock:
            connection = self._idle.pop() if self._idle else None
        if connection is None:
            connection = open_to_read(self._path)
        if connection is None:
            yield None
            return
        try:
            yield connection
        except sqlite3.DatabaseError:
            connection.close()
            raise
        with self._lock:
            if len(self._idle) < _MAX_CONNECTIONS:
                self._idle.append(connection)
                return
        connection.close()


def chunk_of(row: Sequence[Any]) -> Chunk:
    """Return a chunk from (number, text, start, end, tokens, marks as JSON)."""
    number, text, start, end, tokens, marks = row
    return Chunk(number, text, start, end, tokens, tuple(Mark.from_json(each) for each in json.loads(marks)))


def found_chunk(row: Sequence[Any]) -> FoundChunk:
    """Return a chunk from (id, document_id, source, title, format, version, …what `chunk_of` takes)."""
    chunk_id, document_id, source, title, format_name, version = row[:6]
    return FoundChunk(chunk_id, document_id, source, title, format_name, version, chunk_of(row[6:]))


def where(filters: Filters) -> tuple[str, list[Any]]:
    """Return a condition on `documents d` and its values; an empty condition for no filter."""
    conditions: list[str] = []
    values: list[Any] = []
    for column, given in (("d.document_id", filters.document_ids), ("d.format", filters.formats)):
        if given:
            conditions.append(f"{column} IN ({', '.join('?' * len(given))})")
            values += given
    if filters.tags:
        places = ", ".join("?" * len(filters.tags))
        conditions.append(f"EXISTS (SELECT 1 FROM tags t WHERE t.document = d.key AND t.tag IN ({places}))")  # noqa: S608 (question marks)
        values += filters.tags
    for comparison, at in (("d.updated_at >=", filters.since), ("d.updated_at <", filters.until)):
        if at is not None:
            conditions.append(f"{comparison} ?")
            values.append(at)
    return " AND ".join(conditions), values
