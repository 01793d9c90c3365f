"""What the service keeps of the libraries while it runs: the matrices of their vectors, the model, the stemmers.

Everything is made when it is first asked for, in the thread that asks, and let go with the room itself.
"""

import threading
import weakref
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from service.kinds.ingestion.embeddings.choose import Model, make_model
from service.kinds.ingestion.library.catalogue import Catalogue
from service.kinds.ingestion.library.open import open_library, open_shelves
from service.kinds.ingestion.library.port import Filters
from service.kinds.ingestion.library.shelves import SqliteShelves
from service.kinds.ingestion.retrieval.search import Answer, Searcher, SearchType
from service.kinds.ingestion.settings import IngestionSettings


@dataclass(frozen=True, slots=True)
class _Open:
    shelves: SqliteShelves
    searcher: Searcher

    def close(self) -> None:
        self.searcher.close()
        self.shelves.close()


@dataclass(frozen=True, slots=True)
class _Kept:
    """The model of these settings, and every library that was opened with it."""

    settings: IngestionSettings
    model: Model | None
    libraries: dict[Path, _Open] = field(default_factory=dict)

    def close(self) -> None:
        for library in self.libraries.values():
            library.close()


class Room:
    """Libraries, each opened at most once for its folder and settings; every method blocks, from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: _Kept | None = None

    def catalogue(self, folder: Path, settings: Mapping[str, Any], owner: str | None) -> Catalogue:
        """Return the lists of a library."""
        return Catalogue(self._opened(folder, settings, owner).shelves)

    def search(
        self,
        folder: Path,
        settings: Mapping[str, Any],
        owner: str | None,
        question: str,
        *,
        top_k: int,
        search_type: SearchType,
        filters: Filters,
    ) -> Answer:
        """Return the best chunks; see `Searcher.search`."""
        searcher = self._opened(folder, settings, owner).searcher
        return searcher.search(question, top_k=top_k, search_type=search_type, filters=filters)

    def model_name(self, settings: Mapping[str, Any]) -> str | None:
        """Return by which model questions are understood; None when BM25 answers alone."""
        with self._lock:
            model = self._keep(IngestionSettings.read(settings)).model
        return model.name if model is not None else None

    def delete(self, folder: Path, settings: Mapping[str, Any], owner: str | None, document_id: str) -> bool:
        """Remove a document and every trace of it; return whether there was one."""
        library = open_library(folder, IngestionSettings.read(settings), owner)
        try:
            return library.delete(document_id)
        finally:
            library.close()

    def _opened(self, folder: Path, given: Mapping[str, Any], owner: str | None) -> _Open:
        settings = IngestionSettings.read(given)
        with self._lock:
            kept = self._keep(settings)
            if folder not in kept.libraries:
                shelves = open_shelves(folder, settings, owner)
                kept.libraries[folder] = _Open(shelves, Searcher(shelves, kept.model))
            return kept.libraries[folder]

    def _keep(self, settings: IngestionSettings) -> _Kept:
        if self._kept is None or self._kept.settings != settings:
            self._kept = _Kept(settings, make_model(settings))
            weakref.finalize(self, self._kept.close)
        return self._kept
