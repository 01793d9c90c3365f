"""The library's own paths: search it, look through it, take documents out of it."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Concatenate, ParamSpec, TypeVar

from aiohttp import web

from service.http import cursors
from service.http.answers import as_json
from service.http.body import query, read
from service.http.documentation import ATTACHMENT, SEARCH
from service.http.files import Sendable, gone, send_attachment
from service.http.identity import viewer
from service.http.keys import CONFIG, DESK
from service.http.route import Route, delete, get, post
from service.kinds.ingestion import wire
from service.kinds.ingestion.library.catalogue import NEWEST, Listing
from service.kinds.ingestion.library.port import Filters
from service.kinds.ingestion.retrieval.libraries import Libraries
from service.kinds.ingestion.retrieval.room import Room
from service.kinds.ingestion.retrieval.search import Hit
from service.model.errors import DeskError, JobError

BASE = "/api/v1/retrieval"
DOCUMENT = f"{BASE}/documents/{{document_id}}"
FILE = f"{DOCUMENT}/file"
_UNUSABLE = ("library_unavailable",)
_BODY = ("unsupported_media_type", "malformed", "invalid", "too_large", "upload_timed_out")
P = ParamSpec("P")
T = TypeVar("T")


def retrieval_routes() -> Sequence[Route]:
    """Return the paths, around the libraries that are open."""
    own = _Handlers(Room())
    kept = {"tag": "retrieval", "problems": _UNUSABLE}
    of_document = {"problems": ("document_not_found",)}
    return (
        post(f"{BASE}/search", own.search, "Ask the library", kept, body=wire.SearchIn, answer=wire.SearchOut,
             problems=_BODY),
        get(f"{BASE}/documents", own.documents, "List the library's documents", SEARCH, kept,
            query=wire.DocumentsQuery, answer=wire.DocumentsOut),
        get(DOCUMENT, own.document, "Show a document with its chunks", SEARCH, kept, of_document,
            query=wire.DocumentQuery, answer=wire.Open),
        get(FILE, own.file, "Fetch the file that a document was read from", ATTACHMENT, kept, of_document),
        delete(DOCUMENT, own.remove, "Remove a document and every trace of it", kept, of_document, status=204),
        get(f"{BASE}/entities", own.entities, "List names, the most mentioned first", SEARCH, kept,
            query=wire.NamesQuery, answer=wire.EntitiesOut),
        get(f"{BASE}/graph", own.graph, "Show the strongest relations between names", SEARCH, kept,
            query=wire.GraphQuery, answer=wire.GraphOut),
    )  # fmt: skip


class _Handlers:
    """Parse, ask the room in a thread, render."""

    def __init__(self, room: Room) -> None:
        self._room = room

    async def search(self, request: web.Request) -> web.Response:
        """Answer a question with chunks that can be cited."""
        wanted = await read(request, wire.SearchIn)
        begun = time.perf_counter()
        answer, model = await self._ask(
            request,
            Libraries.search,
            wanted["query"],
            top_k=wanted["top_k"],
            search_type=wanted["search_type"],
            filters=_filters(wanted["filters"] or {}),
        )
        body = {
            "query": wanted["query"],
            "search_type": answer.search_type,
            "hits": [_hit(hit) for hit in answer.hits],
            "total": len(answer.hits),
            "model": model,
            "notes": answer.notes,
            "took_ms": round(1000 * (time.perf_counter() - begun), 2),
        }
        return as_json(body)

    async def documents(self, request: web.Request) -> web.Response:
        """List documents, the newest version first."""
        wanted = query(request, wire.DocumentsQuery)
        filters = Filters(
            formats=(wanted["kind"],) if wanted["kind"] else (),
            tags=(wanted["tag"],) if wanted["tag"] else (),
            since=wanted["since"],
            until=wanted["until"],
        )
        is_by_time = wanted["sort"] == NEWEST
        skipped = 0 if is_by_time else cursors.number(wanted["cursor"])
        listing = Listing(
            limit=wanted["limit"],
            filters=filters,
            words=wanted["q"],
            before=cursors.moment(wanted["cursor"]) if is_by_time else None,
            sort=wanted["sort"],
            skipped=skipped,
        )
        found, place = await self._ask(request, Libraries.documents, listing)
        cursor = None
        if place:
            cursor = cursors.of_moment(*place) if is_by_time else cursors.of_number(skipped + len(found))
        totals = await self._ask(request, Libraries.totals)
        model = await self._ask(request, Libraries.model_name)
        body = {"documents": found, "totals": totals, "model": model, "next_cursor": cursor}
        return as_json(body, headers=cursors.next_link(request, cursor))

    async def document(self, request: web.Request) -> web.Response:
        """Show one document with some of its chunks."""
        wanted = query(request, wire.DocumentQuery)
        found = await self._document(request, first=wanted["first"], limit=wanted["limit"])
        original = await _original(request, found)
        found["file_url"] = FILE.format(document_id=found["document_id"]) if original else None
        return as_json(found)

    async def file(self, request: web.Request) -> web.StreamResponse:
        """Send the file that a document was read from, as long as its job is kept."""
        found = await self._document(request, first=0, limit=0)
        original = await _original(request, found)
        if original is None:
            raise gone(found["file_name"])
        return await send_attachment(request, original)

    async def _document(self, request: web.Request, *, first: int, limit: int) -> dict[str, Any]:
        document_id = request.match_info["document_id"]
        found = await self._ask(request, Libraries.document, document_id, first=first, limit=limit)
        if found is None:
            raise _document_not_found(document_id)
        return found

    async def remove(self, request: web.Request) -> web.Response:
        """Remove a document from the library."""
        document_id = request.match_info["document_id"]
        if not await self._ask(request, Libraries.delete, document_id):
            raise _document_not_found(document_id)
        return web.Response(status=204)

    async def entities(self, request: web.Request) -> web.Response:
        """List names."""
        wanted = query(request, wire.NamesQuery)
        found = await self._ask(
            request,
            Libraries.entities,
            limit=wanted["limit"],
            words=wanted["q"],
            document_id=wanted["document_id"],
        )
        return as_json({"entities": found})

    async def graph(self, request: web.Request) -> web.Response:
        """Show names and what connects them."""
        wanted = query(request, wire.GraphQuery)
        found = await self._ask(
            request,
            Libraries.graph,
            limit=wanted["limit"],
            entity=wanted["entity"],
            document_id=wanted["document_id"],
        )
        return as_json(found)

    async def _ask(
        self,
        request: web.Request,
        work: Callable[Concatenate[Libraries, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        desk, settings = request.app[DESK], request.app[CONFIG].kind_settings.get("ingestion", {})
        eyes = viewer(request)

        def asked() -> T:
            libraries = Libraries(self._room, desk.files.kind_dir("ingestion"), settings, eyes)
            return work(libraries, *args, **kwargs)

        try:
            return await asyncio.to_thread(asked)
        except JobError as error:
            raise DeskError(
                "library_unavailable",
                error.message,
                remediation=error.remediation,
                retriable=error.retriable,
                extra={"cause": error.code},
            ) from error


def _filters(given: Mapping[str, Any]) -> Filters:
    return Filters(
        document_ids=(*given.get("document_id", ()), *given.get("document_ids", ())),
        formats=(*given.get("kind", ()), *given.get("kinds", ())),
        tags=(*given.get("tag", ()), *given.get("tags", ())),
        since=given.get("since"),
        until=given.get("until"),
    )


def _hit(hit: Hit) -> dict[str, Any]:
    found, chunk, place = hit.found, hit.found.chunk, hit.place
    return {
        "document_id": found.document_id,
        "file_name": found.source,
        "title": found.title,
        "kind": found.format,
        "version": found.version,
        "chunk_id": found.chunk_id,
        "chunk": chunk.number,
        "page": place.page,
        "heading": place.heading[-1] if place.heading else None,
        "heading_path": list(place.heading),
        "offset": {"start": chunk.start, "end": chunk.end},
        "match": chunk.start + hit.snippet.match,
        "score": hit.score,
        "scores": dict(hit.scores),
        "text": chunk.text,
        "snippet": hit.snippet.text,
        "highlights": [list(each) for each in hit.snippet.highlights],
    }


async def _original(request: web.Request, document: Mapping[str, Any]) -> Sendable | None:
    """Return the file that was handed in, as long as its job and its bytes are there."""
    desk = request.app[DESK]
    try:
        job = await desk.store.job(document["job_id"] or "")
    except DeskError:
        return None
    for file in job.inputs:
        if file.sha256 == document["sha256"]:
            path = desk.files.blob_path(file.sha256)
            if await asyncio.to_thread(path.is_file):
                return Sendable(path, document["file_name"], file.media_type, file.sha256)
    return None


def _document_not_found(document_id: str) -> DeskError:
    return DeskError(
        "document_not_found",
        f"Document not found: {document_id}",
        remediation="List documents with GET /api/v1/retrieval/documents.",
    )
