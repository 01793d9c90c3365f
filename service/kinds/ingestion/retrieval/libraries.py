"""One or several libraries as one: each person asks their own, an administrator asks everybody's at once."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from service.kinds.ingestion.library.catalogue import Catalogue, Listing, page_of, sort_value
from service.kinds.ingestion.library.owners import all_owners, library_folder
from service.kinds.ingestion.library.port import Filters
from service.kinds.ingestion.retrieval.room import Room
from service.kinds.ingestion.retrieval.search import Answer, SearchType
from service.model.accounts import Viewer

_COUNTED: Final = ("documents", "chunks", "vectors", "entities", "relations")
_MOST_TAGS: Final = 200


class Libraries:
    """What a viewer may see of the libraries in a folder; None sees all. Every method blocks."""

    def __init__(
        self, room: Room, shared_dir: Path, settings: Mapping[str, Any], viewer: Viewer | None
    ) -> None:
        self._room = room
        self._shared_dir = shared_dir
        self._settings = settings
        self._owners = all_owners(shared_dir) if viewer is None else [viewer.owner]

    def search(
        self, question: str, *, top_k: int, search_type: SearchType, filters: Filters
    ) -> tuple[Answer, str | None]:
        """Return the best chunks, and by which model the question was understood.

        Hits of several libraries are put together by their scores; fused ones are shares of each library's best, so
        that the best of each come first.
        """
        answers = [
            self._room.search(
                folder,
                self._settings,
                owner,
                question,
                top_k=top_k,
                search_type=search_type,
                filters=filters,
            )
            for owner, folder in self._places()
        ]
        hits = sorted((hit for answer in answers for hit in answer.hits), key=lambda hit: -hit.score)
        notes = list(dict.fromkeys(note for answer in answers for note in answer.notes))
        return Answer(answers[0].search_type, hits[:top_k], notes), self.model_name()

    def model_name(self) -> str | None:
        """Return by which model questions are understood; None when BM25 answers alone."""
        return self._room.model_name(self._settings)

    def documents(self, listing: Listing) -> tuple[list[dict[str, Any]], tuple[float, str] | None]:
        """Return documents in the order that is wanted, and the place after the last if there are more."""
        catalogues = self._catalogues()
        if len(catalogues) == 1:
            rows = catalogues[0].rows(listing)
        else:
            whole = listing.from_the_start()
            rows = [row for catalogue in catalogues for row in catalogue.rows(whole)]
            rows.sort(key=lambda row: (row["_at"], row["document_id"]), reverse=True)
            rows.sort(key=lambda row: sort_value(row, listing.sort), reverse=listing.sort.startswith("-"))
            rows = rows[listing.skipped :][: listing.limit + 1]
        return page_of(rows, listing.limit)

    def totals(self) -> dict[str, Any]:
        """Return how much there is in all, and how much of it can be found by which model's vectors."""
        each = [catalogue.totals() for catalogue in self._catalogues()]
        models: dict[str, int] = {}
        for one in each:
            for name, count in one["models"].items():
                models[name] = models.get(name, 0) + count
        tags = sorted({tag for one in each for tag in one["tags"]})[:_MOST_TAGS]
        return {name: sum(one[name] for one in each) for name in _COUNTED} | {"models": models, "tags": tags}

    def document(self, document_id: str, *, first: int, limit: int) -> dict[str, Any] | None:
        """Return one document with some of its chunks; None when there is none that may be seen."""
        for catalogue in self._catalogues():
            found = catalogue.document(document_id, first=first, limit=limit)
            if found is not None:
                return found
        return None

    def delete(self, document_id: str) -> bool:
        """Remove a document and every trace of it; return whether there was one that may be seen."""
        return any(
            self._room.delete(folder, self._settings, owner, document_id) for owner, folder in self._places()
        )

    def entities(self, *, limit: int, words: str, document_id: str | None) -> list[dict[str, Any]]:
        """Return names, the most mentioned first."""
        found = [
            catalogue.entities(limit=limit, words=words, document_id=document_id)
            for catalogue in self._catalogues()
        ]
        return found[0] if len(found) == 1 else _merged_names(found)[:limit]

    def graph(self, *, limit: int, entity: str | None, document_id: str | None) -> dict[str, Any]:
        """Return the strongest relations, of one name or document if given, as `{nodes, edges}` with evidence."""
        found = [
            catalogue.graph(limit=limit, entity=entity, document_id=document_id)
            for catalogue in self._catalogues()
        ]
        return found[0] if len(found) == 1 else _merged_graph(found, limit)

    def _places(self) -> list[tuple[str | None, Path]]:
        return [(owner, library_folder(self._shared_dir, owner)) for owner in self._owners]

    def _catalogues(self) -> list[Catalogue]:
        return [self._room.catalogue(folder, self._settings, owner) for owner, folder in self._places()]


def _merged_names(found: Sequence[Sequence[Mapping[str, Any]]]) -> list[dict[str, Any]]:
    """Return names of several libraries, those that are one but for their case put together; the name is the id."""
    names: dict[str, dict[str, Any]] = {}
    for each in (name for names_of_one in found for name in names_of_one):
        key = each["name"].casefold()
        known = names.setdefault(key, {**each, "id": key, "mentions": 0, "documents": 0})
        known["mentions"] += each["mentions"]
        known["documents"] += each["documents"]
    return sorted(names.values(), key=lambda each: (-each["mentions"], each["name"]))


def _merged_graph(found: Sequence[Mapping[str, Any]], limit: int) -> dict[str, Any]:
    edges: dict[tuple[str, str], dict[str, Any]] = {}
    for one in found:
        keys = {node["id"]: node["name"].casefold() for node in one["nodes"]}
        for edge in one["edges"]:
            source, target = sorted((keys[edge["source"]], keys[edge["target"]]))
            known = edges.setdefault(
                (source, target), {**edge, "source": source, "target": target, "count": 0}
            )
            known["count"] += edge["count"]
    strongest = sorted(edges.values(), key=lambda edge: (-edge["count"], edge["source"], edge["target"]))[
        :limit
    ]
    named = {edge[end] for edge in strongest for end in ("source", "target")}
    nodes = [node for node in _merged_names([one["nodes"] for one in found]) if node["id"] in named]
    return {"nodes": nodes, "edges": strongest}
