"""One question, three ways: BM25, vectors, and both fused; each hit says what each way thought of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, Protocol

from service.kinds.ingestion.documents import Mark
from service.kinds.ingestion.library.port import Filters, FoundChunk, Scored, Shelves, Vectors
from service.kinds.ingestion.retrieval.feedback import Spread, reorder
from service.kinds.ingestion.retrieval.snippets import Snippet, snippet_of
from service.kinds.ingestion.retrieval.terms import Stemmer, expression, question_terms, words_of
from service.model.errors import JobError

SearchType = Literal["vector", "bm25", "hybrid"]
CANDIDATES: Final = 100
"""How deep each way looks before the lists are fused."""


class Embedder(Protocol):
    """What search needs of a model. `fusion_weight` says how far its order is trusted beside BM25's (1.0)."""

    name: str
    fusion_weight: float

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector for each text."""
        ...


class Readable(Shelves, Protocol):
    """Shelves that also tell how common words are."""

    def spread(self, words: Sequence[str]) -> tuple[int, dict[str, int]]:
        """Return how many chunks there are, and in how many each of these indexed words stands."""
        ...


@dataclass(frozen=True, slots=True)
class Hit:
    """A chunk that was found; `scores` holds that of each way that found it, `place` where the match stands."""

    found: FoundChunk
    score: float
    scores: Mapping[str, float | None]
    snippet: Snippet
    place: Mark


@dataclass(frozen=True, slots=True)
class Answer:
    """Hits, best first. `search_type` is what was done; `notes` say why it is not what was asked for."""

    search_type: SearchType
    hits: list[Hit]
    notes: list[str] = field(default_factory=list)


class Searcher:
    """Searches one library with one model, or with none."""

    def __init__(self, shelves: Readable, embedder: Embedder | None) -> None:
        self._shelves = shelves
        self._embedder = embedder
        self._stemmer = Stemmer()

    def close(self) -> None:
        """Let go of what is held."""
        self._stemmer.close()

    def search(
        self,
        question: str,
        *,
        top_k: int = 10,
        search_type: SearchType = "hybrid",
        filters: Filters | None = None,
    ) -> Answer:
        """Return the best `top_k` chunks. Without a model, BM25 answers alone and the answer says so."""
        notes: list[str] = []
        if self._embedder is None and search_type != "bm25":
            notes.append("There is no embedding model: these hits are from BM25 alone.")
            search_type = "bm25"
        depth = max(CANDIDATES, top_k)
        lists = self._lists(question, search_type, depth, filters or Filters(), notes)
        if search_type == "hybrid" and "vector" not in lists:
            search_type = "bm25"
        fused = self._fused(lists)[:top_k]
        return Answer(search_type, self._hits(question, fused, lists), notes)

    def _lists(
        self, question: str, search_type: SearchType, depth: int, filters: Filters, notes: list[str]
    ) -> dict[str, list[Scored]]:
        lists: dict[str, list[Scored]] = {}
        if search_type in ("bm25", "hybrid"):
            words = expression(question_terms(question))
            lists["bm25"] = self._shelves.by_words(words, depth, filters)
        if search_type in ("vector", "hybrid") and self._embedder is not None:
            try:
                (vector,) = self._embedder.embed([question])
                lists["vector"] = self._shelves.by_vector(vector, self._embedder.name, depth, filters)
            except JobError as error:
                if search_type == "vector":
                    raise
                notes.append(
                    f"Vectors cannot be asked just now, these hits are from BM25 alone: {error.message}"
                )
        if search_type == "hybrid" and "vector" in lists:
            lists["feedback"] = self._feedback(lists["bm25"])
        return lists

    def _feedback(self, hits: Sequence[Scored]) -> list[Scored]:
        chunks = self._shelves.chunks([hit.chunk_id for hit in hits])
        texts = {chunk_id: f"{found.title}\n{found.chunk.text}" for chunk_id, found in chunks.items()}
        spread: Spread = self._shelves.spread
        return reorder(hits, texts, self._stemmer, spread)

    def _fused(self, lists: Mapping[str, Sequence[Scored]]) -> list[Scored]:
        """Add shares of each list's best score (Bruch et al. 2023); one list alone keeps its own scores.

        Ranks would tell less: a passage far ahead by its words must not fall behind for a near tie of vectors.
        """
        if len(lists) == 1:
            (only,) = lists.values()
            return list(only)
        fused = {hit.chunk_id: hit.score for hit in lists["feedback"]}
        weight = self._embedder.fusion_weight if self._embedder is not None else 0.0
        for hit in _stretched(lists["vector"]):
            fused[hit.chunk_id] = fused.get(hit.chunk_id, 0.0) + weight * hit.score
        ordered = sorted(fused.items(), key=lambda pair: (-pair[1], pair[0]))
        return [Scored(chunk_id, score) for chunk_id, score in ordered]

    def _hits(
        self, question: str, fused: Sequence[Scored], lists: Mapping[str, Sequence[Scored]]
    ) -> list[Hit]:
        chunks = self._shelves.chunks([hit.chunk_id for hit in fused])
        scores = {name: {hit.chunk_id: hit.score for hit in hits} for name, hits in lists.items()}
        words = [word for term in question_terms(question) for word in words_of(term)]
        stems = set(self._stemmer.stems(words).values())
        hits = []
        for hit in fused:
            found = chunks.get(hit.chunk_id)
            if found is None:  # deleted in this very moment
                continue
            snippet = snippet_of(found.chunk.text, stems, self._stemmer)
            told: dict[str, Any] = {
                name: scores.get(name, {}).get(hit.chunk_id) for name in ("bm25", "vector")
            }
            place = found.chunk.place(snippet.match)
            hits.append(Hit(found, hit.score, {**told, "fused": hit.score}, snippet, place))
        return hits


def _stretched(hits: Sequence[Scored]) -> list[Scored]:
    """Return hits with 1.0 for the best and 0.0 for the last, which is as good as one that was not found."""
    if not hits:
        return []
    best, last = hits[0].score, hits[-1].score
    if best <= last:
        return [Scored(hit.chunk_id, 1.0) for hit in hits]
    return [Scored(hit.chunk_id, (hit.score - last) / (best - last)) for hit in hits]
