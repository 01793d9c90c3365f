"""How events are said on the wire: framing, the canonical words, and a batch's view of its jobs' events."""

from collections.abc import Iterable, Mapping
from typing import Any

from service.kinds.base import Dialect, WireEvent
from service.model import events as names
from service.model.events import to_json

_BATCH_WORDS = {
    names.PROGRESS: "job_progress",
    names.STARTED: "job_progress",
    names.QUEUED: "job_progress",
    names.COMPLETED: "job_completed",
    names.FAILED: "job_failed",
    names.CANCELLED: "job_cancelled",
}
_AS_THEY_ARE = frozenset({names.BATCH_STARTED, names.BATCH_COMPLETED, names.RESYNC, names.PING, names.BYE})


def canonical(name: str, data: Mapping[str, Any]) -> Iterable[WireEvent]:
    """Say an event in the canonical words of API.md."""
    return ((name, dict(data)),)


def batch_words(name: str, data: Mapping[str, Any]) -> Iterable[WireEvent]:
    """Say an event as the stream of a batch does: the jobs' events under `job_…`, their items left out."""
    if name in _AS_THEY_ARE:
        return ((name, dict(data)),)
    word = _BATCH_WORDS.get(name)
    return ((word, dict(data)),) if word else ()


def chained(dialect: Dialect) -> Dialect:
    """Return a dialect that speaks a kind's own words over the words of a batch."""

    def speak(name: str, data: Mapping[str, Any]) -> Iterable[WireEvent]:
        for word, said in batch_words(name, data):
            yield from dialect(word, said)

    return speak


def frame(name: str, data: Mapping[str, Any], cursor: str | None = None) -> bytes:
    """Encode one SSE frame (WHATWG HTML, 9.2.6); the JSON is one line, so one `data:` field is enough."""
    head = f"id: {cursor}\n" if cursor is not None else ""
    return f"{head}event: {name}\ndata: {to_json(data)}\n\n".encode()


def encode(dialect: Dialect, name: str, data: Mapping[str, Any], cursor: str | None = None) -> bytes:
    """Encode what a dialect makes of one event; the cursor goes with the last frame, when all has been said."""
    said = list(dialect(name, data))
    return b"".join(
        frame(word, body, cursor if number == len(said) else None)
        for number, (word, body) in enumerate(said, 1)
    )
