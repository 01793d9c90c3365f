"""Durable events: facts in the past tense that are rows before anybody hears of them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

QUEUED: Final = "queued"
STARTED: Final = "started"
PROGRESS: Final = "progress"  # live: never a row
POSITION: Final = "position"  # live
QUEUE: Final = "queue"  # live
LOG: Final = "log"  # live
ITEM_COMPLETED: Final = "item_completed"
ITEM_FAILED: Final = "item_failed"
COMPLETED: Final = "completed"
FAILED: Final = "failed"
CANCELLED: Final = "cancelled"
HELD: Final = "held"
INTERRUPTED: Final = "interrupted"
DELETED: Final = "deleted"
BATCH_STARTED: Final = "batch_started"
BATCH_COMPLETED: Final = "batch_completed"
RESYNC: Final = "resync"
PING: Final = "ping"
BYE: Final = "bye"

TERMINAL_EVENTS: Final = frozenset({COMPLETED, FAILED, CANCELLED})


@dataclass(frozen=True, slots=True)
class Event:
    """One row of the event log. `number` counts up over the whole database; `data` is what goes on the wire.

    `owner` and `subject` say whose it is and never go on the wire.
    """

    number: int
    name: str
    data: Mapping[str, Any]
    job_id: str | None = None
    batch_id: str | None = None
    owner: str | None = None
    subject: str | None = None


def rfc3339(at: float) -> str:
    """Return Unix seconds as RFC 3339 UTC with milliseconds and `Z`."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def to_json(value: Any) -> str:
    """Return compact JSON in one line (no raw line break can occur in it)."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in one database's event log: `<epoch>-<number>`, the id of a durable event on the wire."""

    epoch: str
    number: int

    def __str__(self) -> str:
        return f"{self.epoch}-{self.number}"

    @classmethod
    def parse(cls, text: str) -> "Cursor | None":
        """Read a cursor; None for anything that is not one."""
        epoch, dash, number = text.strip().rpartition("-")
        if not (dash and epoch and number.isascii() and number.isdigit() and len(number) <= 18):
            return None
        return cls(epoch, int(number))
