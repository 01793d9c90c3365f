"""The library as people look through it: documents, their chunks, names and what connects them."""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from service.kinds.ingestion.library.port import Filters
from service.kinds.ingestion.library.shelves import SqliteShelves, chunk_of, where
from service.model.events import rfc3339

_DOCUMENT: Final = (
    "d.key, d.document_id, d.source, d.title, d.format, d.version, d.sha256, d.size_bytes, d.pages, d.pictures,"
    " d.faults, d.chunk_count, d.token_count, d.vector_count, d.model, d.job_id, d.created_at, d.updated_at,"
    " (SELECT json_group_array(tag) FROM tags WHERE document = d.key)"
)
_EMPTY: Final[dict[str, Any]] = {"nodes": [], "edges": []}
NEWEST: Final = "-updated"
ORDERS: Final = {
    "updated": "d.updated_at", "title": "d.title COLLATE NOCASE", "kind": "d.format", "pages": "d.pages",
    "chunks": "d.chunk_count",
}  # fmt: skip
"""By what documents can be put in order; a minus sign before the name turns it round."""
_SORTED_BY: Final = {
    "updated": "_at", "title": "title", "kind": "kind", "pages": "pages", "chunks": "chunk_count",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Listing:
    """Which documents, in which order, and which part of them.

    The newest first (`NEWEST`) go on after `before`; any other order leaves out the first `skipped`.
    """

    limit: int
    filters: Filters = field(default_factory=Filters)
    words: str = ""
    before: tuple[float, str] | None = None
    sort: str = NEWEST
    skipped: int = 0

    def from_the_start(self) -> "Listing":
        """Return the same with what it skips."""
        return replace(self, limit=self.limit + self.skipped, skipped=0)


class Catalogue:
    """Lists of one library; an absent library is an empty one."""

    def __init__(self, shelves: SqliteShelves) -> None:
        self._shelves = shelves

    def rows(self, listing: Listing) -> list[dict[str, Any]]:
        """Return documents in an order of `ORDERS`, one more than wanted if there are more (see `page_of`)."""
        condition, values = where(listing.filters)
        conditions = [condition] if condition else []
        for word in listing.words.split()[:8]:
            conditions.append("(d.source LIKE ? ESCAPE '\\' OR d.title LIKE ? ESCAPE '\\')")
            values += [_like(word)] * 2
        if listing.before is not None:
            conditions.append("(d.updated_at, d.document_id) < (?, ?)")
            values += listing.before
        among = f"WHERE {' AND '.join(conditions)} " if conditions else ""

        def work(connection: sqlite3.Connection) -> list[dict[str, Any]]:
            query = f"SELECT {_DOCUMENT} FROM documents d {among}"  # noqa: S608 (fixed parts and question marks)
            rows = connection.execute(
                f"{query} ORDER BY {_order(listing.sort)} LIMIT ? OFFSET ?",
                (*values, listing.limit + 1, listing.skipped),
            )
            return [_document(row) for row in rows]

        found: list[dict[str, Any]] = self._shelves.read(work, [])
        return found

    def document(self, document_id: str, *, first: int, limit: int) -> dict[str, Any] | None:
        """Return one document with `limit` of its chunks from number `first` on, its pictures and names; or None."""

        def work(connection: sqlite3.Connection) -> dict[str, Any] | None:
            row = connection.execute(
                f"SELECT {_DOCUMENT} FROM documents d WHERE d.document_id = ?",  # noqa: S608 (fixed parts)
                (document_id,),
            ).fetchone()
            if row is None:
                return None
            found = _document(row)
            key = row[0]
            chunks = connection.execute(
                'SELECT id, number, text, start, "end", tokens, marks FROM chunks'
                " WHERE document = ? AND number >= ? ORDER BY number LIMIT ?",
                (key, first, limit),
            ).fetchall()
            found["chunks"] = [_chunk(each) for each in chunks]
            found["pictures"] = [
                dict(zip(("page", "caption", "width", "height"), each, strict=True))
                for each in json.loads(row[9])
            ]
            found["entities"] = _entities(connection, key, 20)
            return _shown(found)

        document: dict[str, Any] | None = self._shelves.read(work, None)
        return document

    def entities(self, *, limit: int, words: str, document_id: str | None) -> list[dict[str, Any]]:
        """Return names, the most mentioned first."""

        def work(connection: sqlite3.Connection) -> list[dict[str, Any]]:
            conditions, values = ["1"], []
            if words.strip():
                conditions.append("e.name LIKE ? ESCAPE '\\'")
                values.append(_like(words.strip()))
            if document_id is not None:
                conditions.append("m.document = (SELECT key FROM documents WHERE document_id = ?)")
                values.append(document_id)
            rows = connection.execute(
                "SELECT e.id, e.name, e.type, sum(m.count), count(DISTINCT m.document) FROM entities e"  # noqa: S608 (fixed parts)
                f" JOIN mentions m ON m.entity = e.id WHERE {' AND '.join(conditions)}"
                " GROUP BY e.id ORDER BY sum(m.count) DESC, e.name LIMIT ?",
                (*values, limit),
            ).fetchall()
            return [_entity(row) for row in rows]

        found: list[dict[str, Any]] = self._shelves.read(work, [])
        return found

    def graph(self, *, limit: int, entity: str | None, document_id: str | None) -> dict[str, Any]:
        """Return the strongest relations, of one name or document if given, as `{nodes, edges}` with evidence."""

        def work(connection: sqlite3.Connection) -> dict[str, Any]:
            conditions, values = ["1"], []
            if entity is not None:
                conditions.append("(a.key = ? OR b.key = ?)")
                values += [entity.casefold()] * 2
            if document_id is not None:
                conditions.append("d.document_id = ?")
                values.append(document_id)
            rows = connection.execute(
                "SELECT a.id, b.id, sum(r.count), r.evidence, d.document_id, c.number FROM relations r"  # noqa: S608 (fixed parts)
                " JOIN entities a ON a.id = r.source JOIN entities b ON b.id = r.target"
                " JOIN documents d ON d.key = r.document JOIN chunks c ON c.id = r.chunk"
                f" WHERE {' AND '.join(conditions)} GROUP BY a.id, b.id ORDER BY sum(r.count) DESC, a.id, b.id LIMIT ?",
                (*values, limit),
            ).fetchall()
            edges = [
                {
                    "source": str(row[0]), "target": str(row[1]), "count": row[2], "evidence": row[3],
                    "document_id": row[4], "chunk": row[5],
                }
                for row in rows
            ]  # fmt: skip
            return {
                "nodes": _nodes(connection, {row[0] for row in rows} | {row[1] for row in rows}),
                "edges": edges,
            }

        found: dict[str, Any] = self._shelves.read(work, _EMPTY)
        return found

    def totals(self) -> dict[str, Any]:
        """Return how much there is in all, and how much of it can be found by which model's vectors."""

        def work(connection: sqlite3.Connection) -> dict[str, Any]:
            documents, chunks, vectors = connection.execute(
                "SELECT count(*), coalesce(sum(chunk_count), 0), coalesce(sum(vector_count), 0) FROM documents"
            ).fetchone()
            models = connection.execute(
                "SELECT model, sum(vector_count) FROM documents WHERE model IS NOT NULL GROUP BY model ORDER BY model"
            ).fetchall()
            (entities,) = connection.execute("SELECT count(*) FROM entities").fetchone()
            (relations,) = connection.execute("SELECT count(*) FROM relations").fetchone()
            tags = connection.execute("SELECT DISTINCT tag FROM tags ORDER BY tag LIMIT 200").fetchall()
            return {
                "documents": documents, "chunks": chunks, "vectors": vectors, "entities": entities,
                "relations": relations, "models": dict(models), "tags": [row[0] for row in tags],
            }  # fmt: skip

        nothing = dict.fromkeys(("documents", "chunks", "vectors", "entities", "relations"), 0)
        found: dict[str, Any] = self._shelves.read(work, {**nothing, "models": {}, "tags": []})
        return found


def _order(sort: str) -> str:
    direction = "DESC" if sort.startswith("-") else "ASC"
    last = f"d.document_id {direction}" if sort == NEWEST else "d.updated_at DESC, d.document_id DESC"
    return f"{ORDERS[sort.removeprefix('-')]} {direction}, {last}"


def _document(row: Sequence[Any]) -> dict[str, Any]:
    faults = [dict(zip(("part", "code", "message"), each, strict=True)) for each in json.loads(row[10])]
    return {
        "document_id": row[1],
        "file_name": row[2],
        "title": row[3],
        "kind": row[4],
        "version": row[5],
        "sha256": row[6],
        "size_bytes": row[7],
        "pages": row[8],
        "picture_count": len(json.loads(row[9])),
        "faults": faults,
        "chunk_count": row[11],
        "token_count": row[12],
        "vector_count": row[13],
        "model": row[14],
        "job_id": row[15],
        "tags": sorted(json.loads(row[18])),
        "created_at": rfc3339(row[16]),
        "updated_at": rfc3339(row[17]),
        "_at": row[17],
    }


def sort_value(row: dict[str, Any], sort: str) -> Any:
    """Return by what a row stands where it does in an order of `ORDERS`, as SQLite compares it."""
    name = sort.removeprefix("-")
    value = row[_SORTED_BY[name]]
    if name == "title":
        return value.encode().lower()  # NOCASE knows the 26 letters only, and compares bytes
    return (value is not None, value or 0) if name == "pages" else value


def page_of(
    rows: Sequence[dict[str, Any]], limit: int
) -> tuple[list[dict[str, Any]], tuple[float, str] | None]:
    """Return at most `limit` rows as people see them, and the place after the last if there are more."""
    page = rows[:limit]
    place = (page[-1]["_at"], page[-1]["document_id"]) if len(rows) > limit else None
    return [_shown(row) for row in page], place


def _shown(document: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name != "_at"}


def _chunk(row: Sequence[Any]) -> dict[str, Any]:
    chunk = chunk_of(row[1:])
    marks = [
        {"offset": mark.offset, "page": mark.page, "heading_path": list(mark.heading)} for mark in chunk.marks
    ]
    return {
        "chunk_id": row[0], "chunk": chunk.number, "text": chunk.text, "start": chunk.start, "end": chunk.end,
        "tokens": chunk.tokens, "page": chunk.page, "heading": chunk.heading[-1] if chunk.heading else None,
        "marks": marks,
    }  # fmt: skip


def _entities(connection: sqlite3.Connection, key: int, limit: int) -> list[dict[str, Any]]:
    rows = connection.execute(
        "SELECT e.id, e.name, e.type, sum(m.count), 1 FROM mentions m JOIN entities e ON e.id = m.entity"
        " WHERE m.document = ? GROUP BY e.id ORDER BY sum(m.count) DESC, e.name LIMIT ?",
        (key, limit),
    ).fetchall()
    return [_entity(row) for row in rows]


def _nodes(connection: sqlite3.Connection, ids: set[int]) -> list[dict[str, Any]]:
    places = ", ".join("?" * len(ids))
    rows = connection.execute(
        "SELECT e.id, e.name, e.type, sum(m.count), count(DISTINCT m.document) FROM entities e"  # noqa: S608 (question marks)
        f" JOIN mentions m ON m.entity = e.id WHERE e.id IN ({places})"
        " GROUP BY e.id ORDER BY sum(m.count) DESC, e.name",
        tuple(ids),
    ).fetchall()
    return [_entity(row) for row in rows]


def _entity(row: Sequence[Any]) -> dict[str, Any]:
    return {"id": str(row[0]), "name": row[1], "type": row[2], "mentions": row[3], "documents": row[4]}


def _like(word: str) -> str:
    escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
