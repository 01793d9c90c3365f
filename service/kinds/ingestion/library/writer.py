"""The library as a job writes it: each document in one transaction, replaced under its name, deleted whole."""

import json
import sqlite3
import time
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path, PurePath
from typing import Final

from service.kinds.ingestion.documents import Chunk, Document, Entity
from service.kinds.ingestion.library.connection import open_to_write, transaction
from service.kinds.ingestion.library.port import GraphStore, Reading, Vectors, VectorStore, Written
from service.model.errors import JobError

_NAMESPACE: Final = uuid.UUID("5f0e4e0f-3c39-4a8e-9d0f-2a52f3b6b8d1")


def document_id_of(source: str, owner: str | None = None) -> str:
    """Return the id of an owner's document with this name: the same again after a delete, so that links go on."""
    return str(uuid.uuid5(_NAMESPACE, source if owner is None else f"{owner}\0{source}"))


class SqliteLibrary:
    """One writer's connection. `vector_store` and `graph_store` take what SQLite otherwise keeps itself.

    They are written inside the transaction and before its commit: when one fails, nothing is kept here,
    and what it has already taken is written over by the next attempt, for names of chunks are used again.
    """

    def __init__(
        self,
        path: Path,
        *,
        owner: str | None = None,
        vector_store: VectorStore | None = None,
        graph_store: GraphStore | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._connection = open_to_write(path)
        self._owner = owner
        self._vector_store = vector_store
        self._graph_store = graph_store
        self._now = now

    def close(self) -> None:
        """Close the connections."""
        for store in (self._vector_store, self._graph_store):
            if store is not None:
                store.close()
        self._connection.close()

    def find_unchanged(self, source: str, sha256: str, fingerprint: str) -> Written | None:
        """Return the document that has this content (under this name first, else under another), or None."""
        row = self._connection.execute(
            "SELECT document_id, version, chunk_count, vector_count FROM documents"
            " WHERE sha256 = ? AND fingerprint = ? ORDER BY source = ? DESC LIMIT 1",
            (sha256, fingerprint, source),
        ).fetchone()
        return Written(row[0], "unchanged", row[1], row[2], row[3]) if row else None

    def find_own(self, source: str, job_id: str) -> Written | None:
        """Return what this very job did to a document before it was interrupted, or None."""
        row = self._connection.execute(
            "SELECT document_id, version, chunk_count, vector_count, key FROM documents"
            " WHERE source = ? AND job_id = ?",
            (source, job_id),
        ).fetchone()
        if row is None:
            return None
        named = self._connection.execute(
            "SELECT (SELECT count(DISTINCT entity) FROM mentions WHERE document = ?1),"
            " (SELECT count(*) FROM relations WHERE document = ?1)",
            (row[4],),
        ).fetchone()
        status = "replaced" if row[1] > 1 else "created"
        return Written(row[0], status, row[1], row[2], row[3], *named)

    def write(self, reading: Reading) -> Written:
        """Keep a document; the former version of the same name goes in the same step."""
        (written,) = self.write_all([reading])
        if isinstance(written, JobError):
            raise written
        return written

    def write_all(self, readings: Sequence[Reading]) -> list[Written | JobError]:
        """Keep several documents with one commit, which is most of the time of a small one.

        Each is kept whole or not at all: one that a store refuses is its JobError, and the others are kept.
        """
        found: list[Written | JobError] = []
        with transaction(self._connection) as connection:
            for reading in readings:
                connection.execute("SAVEPOINT document")
                try:
                    found.append(self._write(reading))
                except JobError as error:
                    connection.execute("ROLLBACK TO document")
                    found.append(error)
                connection.execute("RELEASE document")
            _count(connection, "writes")
        return found

    def _write(self, reading: Reading) -> Written:
        document_id = document_id_of(reading.document.source, self._owner)
        former = self._connection.execute(
            "SELECT key, version, created_at FROM documents WHERE document_id = ?", (document_id,)
        ).fetchone()
        if former:
            self._remove(former[0], document_id)
        version = former[1] + 1 if former else 1
        key = self._add_document(reading, document_id, version, former[2] if former else self._now())
        chunk_ids = self._add_chunks(key, reading.document, reading.chunks)
        vectors = self._add_vectors(key, document_id, chunk_ids, reading)
        entities, relations = self._add_names(key, document_id, chunk_ids, reading)
        status = "replaced" if former else "created"
        return Written(document_id, status, version, len(chunk_ids), vectors, entities, relations)

    def add_tags(self, document_id: str, tags: Sequence[str]) -> None:
        """Add tags to a document that is there already."""
        if not tags:
            return
        with transaction(self._connection) as connection:
            connection.executemany(
                "INSERT OR IGNORE INTO tags SELECT key, ? FROM documents WHERE document_id = ?",
                [(tag, document_id) for tag in tags],
            )
            _count(connection, "writes")

    def delete(self, document_id: str) -> bool:
        """Remove a document with its words, vectors and names; nothing of its text is left in the file."""
        with transaction(self._connection) as connection:
            row = connection.execute(
                "SELECT key FROM documents WHERE document_id = ?", (document_id,)
            ).fetchone()
            if row is None:
                return False
            self._remove(row[0], document_id)
            # The words of a deleted row stay in the segments of an FTS5 index until they are merged.
            connection.execute("INSERT INTO passages (passages) VALUES ('optimize')")
            _count(connection, "writes")
        # The log holds what was written before; a reader may keep some of it until its next write.
        self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return True

    def _remove(self, key: int, document_id: str) -> None:
        connection = self._connection
        named = [
            row[0]
            for row in connection.execute("SELECT DISTINCT entity FROM mentions WHERE document = ?", (key,))
        ]
        connection.execute("DELETE FROM relations WHERE document = ?", (key,))
        connection.execute("DELETE FROM mentions WHERE document = ?", (key,))
        connection.execute("DELETE FROM vectors WHERE document = ?", (key,))
        connection.execute("DELETE FROM chunks WHERE document = ?", (key,))
        connection.execute("DELETE FROM documents WHERE key = ?", (key,))
        connection.executemany(
            "DELETE FROM entities WHERE id = ? AND NOT EXISTS (SELECT 1 FROM mentions WHERE entity = id)",
            [(each,) for each in named],
        )
        _count(connection, "removals")
        if self._vector_store is not None:
            self._vector_store.remove(document_id)
        if self._graph_store is not None:
            self._graph_store.remove(document_id)

    def _add_document(self, reading: Reading, document_id: str, version: int, created_at: float) -> int:
        document = reading.document
        row = {
            "document_id": document_id,
            "source": document.source,
            "sha256": document.sha256,
            "fingerprint": document.fingerprint,
            "format": document.format,
            "title": document.title,
            "size_bytes": document.size_bytes,
            "pages": document.pages,
            "pictures": _json([picture.to_json() for picture in document.pictures]),
            "faults": _json([fault.to_json() for fault in document.faults]),
            "version": version,
            "chunk_count": len(reading.chunks),
            "token_count": sum(chunk.tokens for chunk in reading.chunks),
            "vector_count": 0 if reading.vectors is None else int(reading.vectors.any(axis=1).sum()),
            "model": reading.model,
            "job_id": document.job_id,
            "created_at": created_at,
            "updated_at": self._now(),
        }
        names, places = ", ".join(row), ", ".join(f":{name}" for name in row)
        cursor = self._connection.execute(
            f"INSERT INTO documents ({names}) VALUES ({places})",  # noqa: S608 (names of columns, from above)
            row,
        )
        key = cursor.lastrowid
        assert key is not None  # noqa: S101 (an INSERT has one)
        self._add_tags(key, document)
        return key

    def _add_tags(self, key: int, document: Document) -> None:
        self._connection.executemany(
            "INSERT OR IGNORE INTO tags VALUES (?, ?)", [(key, tag) for tag in document.tags]
        )

    def _add_chunks(self, key: int, document: Document, chunks: Sequence[Chunk]) -> list[int]:
        (last,) = self._connection.execute(
            "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'chunks'), 0)"
        ).fetchone()
        ids = list(range(last + 1, last + 1 + len(chunks)))
        self._connection.executemany(
            "INSERT INTO chunks VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                (
                    chunk_id, key, chunk.number, document.title, _headings(document, chunk), chunk.text,
                    chunk.start, chunk.end, chunk.tokens, _json([mark.to_json() for mark in chunk.marks]),
                )
                for chunk_id, chunk in zip(ids, chunks, strict=True)
            ),
        )  # fmt: skip
        return ids

    def _add_vectors(self, key: int, document_id: str, chunk_ids: list[int], reading: Reading) -> int:
        vectors, model = reading.vectors, reading.model
        if vectors is None or model is None or not chunk_ids:
            return 0
        # A chunk that could not be embedded has a row of zeros.
        kept = [pair for pair in zip(chunk_ids, vectors, strict=True) if pair[1].any()]
        if self._vector_store is not None:
            ids = [chunk_id for chunk_id, _ in kept]
            return self._vector_store.add(document_id, ids, vectors[vectors.any(axis=1)], model)
        self._connection.executemany(
            "INSERT INTO vectors VALUES (?, ?, ?, ?)",
            ((chunk_id, key, model, _bytes(vector)) for chunk_id, vector in kept),
        )
        return len(kept)

    def _add_names(
        self, key: int, document_id: str, chunk_ids: list[int], reading: Reading
    ) -> tuple[int, int]:
        ids = self._entity_ids(reading.entities)
        self._connection.executemany(
            "INSERT INTO mentions VALUES (?, ?, ?, ?)",
            (
                (ids[entity.name.casefold()], chunk_ids[number], key, count)
                for entity in reading.entities
                for number, count in entity.mentions.items()
            ),
        )
        self._connection.executemany(
            "INSERT OR IGNORE INTO relations VALUES (?, ?, ?, ?, ?, ?)",
            (
                (
                    ids[each.source.casefold()], ids[each.target.casefold()], chunk_ids[each.chunk], key,
                    each.count, each.evidence,
                )
                for each in reading.relations
            ),
        )  # fmt: skip
        if self._graph_store is not None:
            title = reading.document.title
            self._graph_store.add(document_id, title, reading.entities, reading.relations)
        return len(reading.entities), len(reading.relations)

    def _entity_ids(self, entities: Sequence[Entity]) -> dict[str, int]:
        ids: dict[str, int] = {}
        for entity in entities:
            key = entity.name.casefold()
            row = self._connection.execute(
                "INSERT INTO entities (key, name, type) VALUES (?, ?, ?)"
                " ON CONFLICT (key) DO UPDATE SET type = type RETURNING id",
                (key, entity.name, entity.type),
            ).fetchone()
            ids[key] = row[0]
        return ids


def _headings(document: Document, chunk: Chunk) -> str:
    """Return what a chunk is found by beside its text: all headings in it, and the name of its file."""
    headings = (name for mark in chunk.marks for name in mark.heading)
    return "\n".join(dict.fromkeys([PurePath(document.source).stem, *headings]))


def _bytes(vector: Vectors) -> bytes:
    return vector.astype("<f4", copy=False).tobytes()


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _count(connection: sqlite3.Connection, name: str) -> None:
    connection.execute("UPDATE counters SET value = value + 1 WHERE name = ?", (name,))
