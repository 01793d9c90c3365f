"""What a library has to do, whoever keeps it: SQLite here, vectors or graph elsewhere by setting."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from service.kinds.ingestion.documents import Chunk, Document, Entity, Relation
from service.model.errors import JobError

Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Filters:
    """Which documents a search may find; everything that is given must hold, lists are alternatives.

    Times are Unix seconds: when the present version of the document came in.
    """

    document_ids: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    since: float | None = None
    until: float | None = None

    @property
    def is_empty(self) -> bool:
        """Whether everything may be found."""
        return self == Filters()


@dataclass(frozen=True, slots=True)
class Scored:
    """A chunk and how well it fits, by one way of searching: higher is better, only comparable within it."""

    chunk_id: int
    score: float


@dataclass(frozen=True, slots=True)
class FoundChunk:
    """A chunk as a search shows it, with what is needed to cite it."""

    chunk_id: int
    document_id: str
    source: str
    title: str
    format: str
    version: int
    chunk: Chunk


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read out of a document: `vectors` is n x d of unit length, one for each chunk, or None."""

    document: Document
    chunks: Sequence[Chunk]
    vectors: Vectors | None
    model: str | None
    entities: Sequence[Entity] = ()
    relations: Sequence[Relation] = ()


@dataclass(frozen=True, slots=True)
class Written:
    """What writing one document did. `status` is created, replaced or unchanged; the rest counts rows."""

    document_id: str
    status: str
    version: int
    chunks: int = 0
    vectors: int = 0
    entities: int = 0
    relations: int = 0

    @property
    def graph_writes(self) -> int:
        """How many rows or nodes and edges went into the graph."""
        return self.entities + self.relations


class VectorStore(Protocol):
    """Another place for vectors. A vector is named by its chunk's id; writing one twice changes nothing."""

    name: str

    def close(self) -> None:
        """Let go of connections."""
        ...

    def add(self, document_id: str, chunk_ids: Sequence[int], vectors: Vectors, model: str) -> int:
        """Keep the vectors of a document's chunks; return how many were written."""
        ...

    def remove(self, document_id: str) -> None:
        """Forget every vector of a document."""
        ...

    def nearest(
        self, vector: Vectors, model: str, top_k: int, document_ids: Sequence[str] | None
    ) -> list[Scored]:
        """Return the chunks with the highest cosine, best first, among some documents if given."""
        ...


class GraphStore(Protocol):
    """Another place for names and what connects them."""

    name: str

    def close(self) -> None:
        """Let go of connections."""
        ...

    def add(
        self, document_id: str, title: str, entities: Sequence[Entity], relations: Sequence[Relation]
    ) -> int:
        """Keep a document's entities and relations in place of earlier ones; return how many were written."""
        ...

    def remove(self, document_id: str) -> None:
        """Forget what only this document said."""
        ...


class Library(Protocol):
    """Documents with their chunks, words and names, as a job writes them."""

    def find_unchanged(self, source: str, sha256: str, fingerprint: str) -> Written | None:
        """Return what is kept of this very content, when it need not be read again."""
        ...

    def write_all(self, readings: Sequence[Reading]) -> list[Written | JobError]:
        """Keep documents, each whole or not at all. One of the same source is replaced."""
        ...

    def delete(self, document_id: str) -> bool:
        """Remove a document and every trace of it; return whether there was one."""
        ...


class Shelves(Protocol):
    """The same library as a search reads it."""

    def by_words(self, expression: str, top_k: int, filters: Filters) -> list[Scored]:
        """Return chunks by BM25 for an OR of quoted words and phrases, best first."""
        ...

    def by_vector(self, vector: Vectors, model: str, top_k: int, filters: Filters) -> list[Scored]:
        """Return chunks by cosine, best first."""
        ...

    def chunks(self, chunk_ids: Sequence[int]) -> dict[int, FoundChunk]:
        """Return chunks by id; one that is gone is left out."""
        ...
