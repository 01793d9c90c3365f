"""What the configuration may say to this kind (`kind_settings.ingestion`), checked once and in one place."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final, Literal

from service.model.errors import JobError

Embedding = Literal["static", "minilm", "endpoint", "none"]
EMBEDDINGS: Final = ("static", "minilm", "endpoint", "none")


@dataclass(frozen=True, slots=True)
class IngestionSettings:
    """Every setting; docs/kinds/ingestion.md says what each is for."""

    embedding: Embedding = "static"
    model_dir: Path | None = None
    endpoint_url: str | None = None
    endpoint_model: str | None = None
    endpoint_key: str | None = None
    qdrant_url: str | None = None
    qdrant_key: str | None = None
    qdrant_collection: str = "nowserving"
    neo4j_url: str | None = None
    neo4j_user: str = "neo4j"
    neo4j_password: str | None = None
    neo4j_database: str | None = None
    readers: int = 0
    """Processes that read documents; 0 takes one for each processor, at most 4 and the job's workers."""

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> "IngestionSettings":
        """Check what was configured; raises JobError `kind_setting_invalid`."""
        known = {field.name for field in fields(cls)}
        for name in given:
            if name not in known:
                raise _invalid(f"There is no setting ingestion.{name}; there are {', '.join(sorted(known))}.")
        values: dict[str, Any] = {name: each for name, each in given.items() if each not in (None, "")}
        if values.get("embedding", "static") not in EMBEDDINGS:
            raise _invalid(f"ingestion.embedding is one of {', '.join(EMBEDDINGS)}.")
        if "model_dir" in values:
            values["model_dir"] = Path(str(values["model_dir"])).expanduser()
        try:
            values["readers"] = int(values.get("readers", 0))
        except (TypeError, ValueError):
            raise _invalid("ingestion.readers is a whole number.") from None
        settings = cls(**values)
        settings._check()
        return settings

    def _check(self) -> None:
        if self.embedding == "minilm" and self.model_dir is None:
            raise _invalid(
                "ingestion.embedding is minilm: ingestion.model_dir has to name the model's folder."
            )
        if self.embedding == "endpoint" and not (self.endpoint_url and self.endpoint_model):
            raise _invalid(
                "ingestion.embedding is endpoint: endpoint_url and endpoint_model have to be given."
            )
        if not 0 <= self.readers <= 8:
            raise _invalid("ingestion.readers is a number from 0 to 8.")


def _invalid(message: str) -> JobError:
    return JobError(
        "kind_setting_invalid", message, remediation="docs/kinds/ingestion.md lists the settings."
    )
