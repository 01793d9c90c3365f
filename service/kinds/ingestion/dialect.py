"""The `ingestion` words on the stream: `pipeline_progress`, `complete` and `error`, as API.md has them."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from service.kinds.base import WireEvent

STAGES: Final = ("parsing", "images", "chunking", "embedding", "extraction", "writing")
_AS_THEY_ARE: Final = frozenset({"ping", "bye", "resync"})


def ingestion_dialect(name: str, data: Mapping[str, Any]) -> Iterable[WireEvent]:
    """Say one canonical event in the words of the `ingestion` stream; one without a word there gives nothing.

    A queued job tells the whole schema with zeros and its position, so that a client has one shape to read.
    A cancelled job ends with an `error` whose code says so: the older clients know no third ending.
    """
    if name in _AS_THEY_ARE:
        yield name, dict(data)
    elif name == "progress" or (name in {"queued", "position"} and data.get("status", "queued") == "queued"):
        yield "pipeline_progress", _progress(data)
    elif name == "completed":
        output = data.get("output") or {}
        summary = {key: value for key, value in output.items() if key != "results"}
        yield "complete", {"job_id": data.get("job_id"), **summary}
    elif name == "failed":
        error = data.get("error") or {}
        yield (
            "error",
            {"message": error.get("message"), "job_id": data.get("job_id"), "code": error.get("code")},
        )
    elif name == "cancelled":
        yield (
            "error",
            {"message": "The job was cancelled.", "job_id": data.get("job_id"), "code": "cancelled"},
        )


def _progress(data: Mapping[str, Any]) -> dict[str, Any]:
    told = {"job_id": data.get("job_id"), "status": data.get("status"), "position": data.get("position")}
    details = data.get("details")
    if not details:
        details = _nothing_yet()
    return {**told, **details}


def _nothing_yet() -> dict[str, Any]:
    """Return the schema of a pipeline that has not begun."""
    stage = {
        "status": "pending",
        "processed": 0,
        "total": 0,
        "in_flight": 0,
        "progress_percent": 0.0,
        "duration_ms": 0,
        "is_complete": False,
    }
    return {
        "document_id": None,
        "document_name": None,
        "total_chunks": 0,
        "total_images": 0,
        "total_documents": 0,
        "documents_done": 0,
        "stages": {name: {"name": name, **stage} for name in STAGES},
        "worker_pool": {"active": 0, "max": 0, "queue_depth": 0, "workers": []},
        "metrics": {"entities_total": 0, "relations_total": 0, "neo4j_writes": 0, "qdrant_writes": 0},
        "timing": {"started_at": None, "elapsed_ms": 0, "estimated_remaining_ms": None},
        "overall_progress_percent": 0.0,
    }
