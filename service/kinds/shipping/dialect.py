"""The `shipping` words on the stream, as programs written for the older desk expect them."""

from collections.abc import Iterable, Mapping
from typing import Any

from service.kinds.base import WireEvent

_AS_THEY_ARE = frozenset({"ping", "bye", "resync"})


def shipping_dialect(name: str, data: Mapping[str, Any]) -> Iterable[WireEvent]:
    """Say one canonical event in the words of the `shipping` stream; an event without a word there gives nothing.

    batch_started {total_rows} when buying begins (within caps: before the first row), and first of all on a stream
    that is opened while rows are bought ·
    row_completed {row_number,tracking_number,cost_cents} ·
    row_failed {row_number,error_code,error_message} · batch_completed {total_rows,successful,total_cost_cents} ·
    batch_failed {error_code,error_message,processed}; and, for whoever waits: queued {status,position},
    preview_ready {total_rows,total_cost_cents,hash}. ping, bye and resync pass as they are.
    """
    if name in _AS_THEY_ARE:
        yield name, dict(data)
    elif name in _WORDS:
        yield from _WORDS[name](data)


def _queued(data: Mapping[str, Any]) -> Iterable[WireEvent]:
    status = data.get("status") or "queued"
    if status == "queued":  # a live position frame may also speak of a job that has just started
        yield "queued", {"status": status, "position": data.get("position")}


def _held(data: Mapping[str, Any]) -> Iterable[WireEvent]:
    preview = data.get("preview") or {}
    yield "preview_ready", {name: preview.get(name) for name in ("total_rows", "total_cost_cents", "hash")}


def _started(data: Mapping[str, Any]) -> Iterable[WireEvent]:
    """Say that buying begins; a start before anybody has confirmed only makes the plan."""
    preview = data.get("preview")
    if preview:
        skipped = (data.get("confirmed") or {}).get("skip_rows") or []
        yield "batch_started", {"total_rows": int(preview.get("total_rows") or 0) - len(set(skipped))}


def _progress(data: Mapping[str, Any]) -> Iterable[WireEvent]:
    """Say first, on a stream that is opened late, that buying has begun; any later progress has no word here."""
    opening = data.get("opening") or {}
    if opening.get("confirmed") is not None:
        yield from _started(opening)
    elif opening and data.get("stage") == "buying":  # within caps: nobody has confirmed
        yield "batch_started", {"total_rows": data.get("total")}


def _opening(data: Mapping[str, Any]) -> Iterable[WireEvent]:
    """Say that buying has begun when caps were enough: nobody has confirmed, so the first row that ends tells it."""
    rows = _output(data).get("first_of_rows")
    if rows is not None:
        yield "batch_started", {"total_rows": rows}


def _row_completed(data: Mapping[str, Any]) -> Iterable[WireEvent]:
    yield from _opening(data)
    output = _output(data)
    yield (
        "row_completed",
        {
            "row_number": _row_number(data),
            "tracking_number": output.get("tracking_number"),
            "cost_cents": output.get("cost_cents"),
        },
    )


def _row_failed(data: Mapping[str, Any]) -> Iterable[WireEvent]:
    yield from _opening(data)
    is_open = data.get("item_status") == "needs_review"
    code = "needs_review" if is_open else data.get("code")
    yield (
        "row_failed",
        {"row_number": _row_number(data), "error_code": code, "error_message": data.get("message")},
    )


def _completed(data: Mapping[str, Any]) -> Iterable[WireEvent]:
    output = data.get("output") or {}
    if output.get("is_within_caps") and not output.get("total_rows"):
        yield "batch_started", {"total_rows": 0}
    names = ("total_rows", "successful", "total_cost_cents")
    yield "batch_completed", {name: output.get(name, 0) for name in names}


def _failed(data: Mapping[str, Any]) -> Iterable[WireEvent]:
    error = data.get("error") or {}
    yield "batch_failed", _end(data, error.get("code"), error.get("message"))


def _cancelled(data: Mapping[str, Any]) -> Iterable[WireEvent]:
    yield "batch_failed", _end(data, "cancelled", "The job was cancelled.")


def _end(data: Mapping[str, Any], code: str | None, message: str | None) -> dict[str, Any]:
    items = data.get("items") or {}
    processed = sum(int(items.get(name, 0)) for name in ("completed", "failed", "needs_review"))
    return {"error_code": code, "error_message": message, "processed": processed}


def _output(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what is kept of a row; a person who decides it may have written anything."""
    output = data.get("output")
    return output if isinstance(output, dict) else {}


def _row_number(data: Mapping[str, Any]) -> int | str | None:
    key = data.get("key")
    return int(key) if isinstance(key, str) and key.isdecimal() else key


_WORDS = {
    "queued": _queued,
    "position": _queued,
    "held": _held,
    "started": _started,
    "progress": _progress,
    "item_completed": _row_completed,
    "item_failed": _row_failed,
    "completed": _completed,
    "failed": _failed,
    "cancelled": _cancelled,
}
