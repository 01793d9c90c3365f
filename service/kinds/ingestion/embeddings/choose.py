"""Make the model that the settings ask for."""

from collections.abc import Sequence
from typing import Protocol

from service.kinds.ingestion.library.port import Vectors
from service.kinds.ingestion.settings import IngestionSettings


class Model(Protocol):
    """What turns texts into vectors. `fusion_weight` says how far its order is trusted beside BM25's (1.0)."""

    name: str
    fusion_weight: float

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector (float32) for each text, in order."""
        ...


def make_model(settings: IngestionSettings) -> Model | None:
    """Return the model, or None when there shall be none; raises JobError for one that cannot be had."""
    if settings.embedding == "none":
        return None
    if settings.embedding == "minilm":
        from service.kinds.ingestion.embeddings.minilm import MiniLm

        assert settings.model_dir is not None  # noqa: S101 (checked with the settings)
        return MiniLm(settings.model_dir)
    if settings.embedding == "endpoint":
        from service.kinds.ingestion.embeddings.endpoint import Endpoint

        assert settings.endpoint_url is not None  # noqa: S101 (checked with the settings)
        return Endpoint(settings.endpoint_url, settings.endpoint_model or "", settings.endpoint_key)
    from service.kinds.ingestion.embeddings.static import StaticTable

    return StaticTable()
