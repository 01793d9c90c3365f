"""What the service keeps of one library while it runs: the matrix of its vectors, the model, the stemmer.

Everything is made when it is first asked for, in the thread that asks, and let go with the room itself.
"""

import threading
import weakref
from collections.abc import Mapping
from dataclasses import dataclass
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
    model: Model | None

    def close(self) -> None:
        self.searcher.close()
        self.shelves.close()


class Room:
    """One library, opened at most once for each folder and settings; every method blocks, from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: _Open | None = None
        self._where: tuple[Path, IngestionSettings] | None = None

    def catalogue(self, folder: Path, settings: Mapping[str, Any]) -> Catalogue:
        """Return the lists of the library."""
        return Catalogue(self._opened(folder, settings).shelves)

    def search(
        self,
        folder: Path,
        settings: Mapping[str, Any],
        question: str,
        *,
        top_k: int,
        search_type: SearchType,
        filters: Filters,
    ) -> Answer:
        """Return the best chunks; see `Searcher.search`."""
        searcher = self._opened(folder, settings).searcher
        return searcher.search(question, top_k=top_k, search_type=search_type, filters=filters)

    def model_name(self, folder: Path, settings: Mapping[str, Any]) -> str | None:
        """Return by which model questions are understood; None when BM25 answers alone."""
        model = self._opened(folder, settings).model
        return model.name if model is not None else None

    def delete(self, folder: Path, settings: Mapping[str, Any], document_id: str) -> bool:
        """Remove a document and every trace of it; return whether there was one."""
        library = open_library(folder, IngestionSettings.read(settings))
        try:
            return library.delete(document_id)
        finally:
            library.close()

    def _opened(self, folder: Path, given: Mapping[str, Any]) -> _Open:
        settings = IngestionSettings.read(given)
        with self._lock:
            if self._open is None or self._where != (folder, settings):
                model = make_model(settings)
                shelves = open_shelves(folder, settings)
                self._open = _Open(shelves, Searcher(shelves, model), model)
                self._where = (folder, settings)
                weakref.finalize(self, self._open.close)
            return self._open
