"""The `sessions` words on the stream: `progress`, `complete` and `error`; never a word of what was said."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, Final

from service.kinds.base import Dialect, WireEvent

_AS_THEY_ARE: Final = frozenset({"ping", "bye", "resync"})
_STATUS: Final[Mapping[str, str]] = {
    "queued": "queued",
    "position": "queued",
    "started": "running",
    "interrupted": "queued",
}
_MESSAGES: Final[Mapping[str, str]] = {
    "started": "Begun",
    "interrupted": "The desk is stopping; the session goes on when it is back",
    "held": "Waiting for a person",
}


def sessions_dialect(name: str, data: Mapping[str, Any]) -> Iterable[WireEvent]:
    """Say one canonical event in the words of the `sessions` stream; the session has the id of the job."""
    return _said(name, data, None)


@lru_cache(maxsize=1024)
def dialect_of(session_id: str) -> Dialect:
    """Return the words for a session whose job is a retry: its frames name the session that it belongs to."""

    def speak(name: str, data: Mapping[str, Any]) -> Iterable[WireEvent]:
        return _said(name, data, session_id)

    return speak


def _said(name: str, data: Mapping[str, Any], session_id: str | None) -> Iterable[WireEvent]:
    if name in _AS_THEY_ARE:
        yield name, dict(data)
        return
    told = _told(name, data, session_id)
    if name in ("progress", "queued", "position", "started", "interrupted", "held"):
        yield "progress", told
    elif name == "completed":
        session = (data.get("output") or {}).get("session") or {}
        told |= {"status": "completed", "progress": 100.0, "warnings": session.get("warnings", [])}
        yield "complete", told | {"partial": is_partial(session.get("warnings", []))}
    elif name == "failed":
        error = data.get("error") or {}
        yield "error", told | {"status": "failed", "error": error.get("message"), "code": error.get("code")}
    elif name in ("cancelled", "deleted"):
        message = f"The session was {name}."
        yield "error", told | {"status": "cancelled", "error": message, "code": name}


def is_partial(warnings: Iterable[str]) -> bool:
    """Return whether these warnings say that something of a session is missing."""
    return bool(PARTIAL & set(warnings))


PARTIAL: Final = frozenset({"diarizing_failed", "notes_failed", "audio_truncated", "audio_damaged"})


def _told(name: str, data: Mapping[str, Any], session_id: str | None) -> dict[str, Any]:
    return {
        "session_id": session_id or data.get("job_id"),
        "job_id": data.get("job_id"),
        "status": _STATUS.get(name) or data.get("status"),
        "stage": data.get("stage"),
        "progress": data.get("percent") or 0.0,
        "message": data.get("message") or _MESSAGES.get(name) or _waiting(name, data),
        "position": data.get("position"),
        "updated_at": data.get("at"),
        "estimated_time_remaining": seconds_left(data.get("details"), data.get("estimate")),
    }


def _waiting(name: str, data: Mapping[str, Any]) -> str | None:
    if name in ("queued", "position") and data.get("position"):
        return f"Number {data['position']} in line"
    return None


def seconds_left(details: Mapping[str, Any] | None, estimate: Mapping[str, Any] | None) -> float | None:
    """Return how many seconds of work are left: by what the job says of itself, else by the desk's estimate."""
    own = (details or {}).get("estimated_seconds_left")
    if isinstance(own, int | float):
        return float(own)
    finishes = (estimate or {}).get("finishes_in") or {}
    return finishes.get("p50")
