"""Vectors in Qdrant instead of SQLite, by setting: for libraries that outgrow one machine's memory."""

import threading
from collections.abc import Sequence
from typing import Any, Final, Self

from service.kinds.ingestion.library.port import Scored, Vectors
from service.model.errors import JobError

_BATCH: Final = 256
_TIMEOUT_SECONDS: Final = 30


class QdrantVectors:
    """A collection whose points are chunks; `document_id` and `model` are their payload.

    A point's vector is named after its model, so that models of different sizes can live side by side.
    """

    name = "qdrant"

    def __init__(self, client: Any, collection: str) -> None:
        self._client = client
        self._collection = collection
        self._lock = threading.Lock()
        self._known: set[str] = set()

    @classmethod
    def connect(cls, url: str, key: str | None, collection: str) -> Self:
        """Make a client of a server; nothing is sent yet. Raises JobError qdrant_missing."""
        try:
            from qdrant_client import QdrantClient
        except ImportError as error:
            raise JobError(
                "qdrant_missing",
                "The Qdrant client is not installed.",
                remediation="pip install 'nowserving[qdrant]'",
            ) from error
        client = QdrantClient(url=url, api_key=key, timeout=_TIMEOUT_SECONDS, check_compatibility=False)
        return cls(client, collection)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def add(self, document_id: str, chunk_ids: Sequence[int], vectors: Vectors, model: str) -> int:
        """Keep the vectors of a document's chunks; return how many were written."""
        from qdrant_client import models

        if not chunk_ids:
            return 0
        collection = self._collection_of(model, vectors.shape[1])
        payload = {"document_id": document_id, "model": model}
        for first in range(0, len(chunk_ids), _BATCH):
            points = [
                models.PointStruct(id=chunk_id, vector=vector.tolist(), payload=payload)
                for chunk_id, vector in zip(
                    chunk_ids[first : first + _BATCH], vectors[first : first + _BATCH], strict=True
                )
            ]
            self._do(lambda batch=points: self._client.upsert(collection, batch, wait=True))
        return len(chunk_ids)

    def remove(self, document_id: str) -> None:
        """Forget every vector of a document, of whatever model."""
        from qdrant_client import models

        condition = _one_of("document_id", [document_id])
        for collection in self._collections():
            selector = models.FilterSelector(filter=condition)
            self._do(lambda name=collection, what=selector: self._client.delete(name, what, wait=True))

    def nearest(
        self, vector: Vectors, model: str, top_k: int, document_ids: Sequence[str] | None
    ) -> list[Scored]:
        """Return the chunks with the highest cosine, best first, among some documents if given."""
        collection = self._name_of(model)
        if collection not in self._collections():
            return []
        condition = None if document_ids is None else _one_of("document_id", document_ids)
        found = self._do(
            lambda: self._client.query_points(
                collection, query=vector.tolist(), limit=top_k, query_filter=condition, with_payload=False
            )
        )
        return [Scored(int(point.id), float(point.score)) for point in found.points]

    def _collection_of(self, model: str, size: int) -> str:
        from qdrant_client import models

        name = self._name_of(model)
        with self._lock:
            if name not in self._known:
                if not self._do(lambda: self._client.collection_exists(name)):
                    shape = models.VectorParams(size=size, distance=models.Distance.COSINE)
                    self._do(lambda: self._client.create_collection(name, vectors_config=shape))
                self._known.add(name)
        return name

    def _collections(self) -> list[str]:
        named = self._do(self._client.get_collections).collections
        return [each.name for each in named if each.name.startswith(f"{self._collection}-")]

    def _name_of(self, model: str) -> str:
        return f"{self._collection}-" + "".join(c if c.isalnum() or c in "-_." else "-" for c in model)

    def _do(self, work: Any) -> Any:
        try:
            return work()
        except (OSError, RuntimeError, ValueError) as error:
            raise _unreachable(error) from error
        except Exception as error:
            # The client's own errors share no base class but Exception.
            if type(error).__module__.startswith(("qdrant_client", "httpx", "grpc", "httpcore")):
                raise _unreachable(error) from error
            raise


def _one_of(key: str, values: Sequence[str]) -> Any:
    from qdrant_client import models

    return models.Filter(must=[models.FieldCondition(key=key, match=models.MatchAny(any=list(values)))])


def _unreachable(error: BaseException) -> JobError:
    return JobError(
        "qdrant_failed",
        f"Qdrant did not do what was asked: {error}",
        remediation="Look at the server and the settings qdrant_*; the job can be retried.",
        retriable=True,
    )
