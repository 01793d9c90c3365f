"""The `epub` words on the stream, as programs written for the older counter expect them."""

from collections.abc import Iterable, Mapping
from typing import Any

from service.kinds.base import WireEvent

_AS_THEY_ARE = frozenset({"ping", "bye", "resync"})


def epub_dialect(name: str, data: Mapping[str, Any]) -> Iterable[WireEvent]:
    """Say one canonical event in the words of the `epub` stream; an event without a word there gives nothing.

    queued {status,position} · progress {fileName,current,total,percent} · completed (the results)
    · failed {code,message} · cancelled {}; ping, bye and resync pass as they are.
    """
    if name in _AS_THEY_ARE:
        yield name, dict(data)
    elif name in {"queued", "position"}:
        yield from _queued(data)
    elif name == "progress":
        yield (
            "progress",
            {
                "fileName": data.get("file_name"),
                "current": data.get("current") or 0,
                "total": data.get("total"),
                "percent": data.get("percent") or 0.0,
            },
        )
    elif name == "completed":
        yield "completed", dict(data.get("output") or {})
    elif name == "failed":
        error = data.get("error") or {}
        yield "failed", {"code": error.get("code"), "message": error.get("message")}
    elif name == "cancelled":
        yield "cancelled", {}


def _queued(data: Mapping[str, Any]) -> Iterable[WireEvent]:
    status = data.get("status") or "queued"
    if status == "queued":  # a live position frame may also speak of a job that has just started
        yield "queued", {"status": status, "position": data.get("position")}
