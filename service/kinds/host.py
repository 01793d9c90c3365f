"""Whom a job's context speaks to, and the two exceptions by which it leaves a kind's `run`."""

from dataclasses import dataclass
from typing import Any, Protocol

from service.model.progress import Progress

Json = Any


@dataclass(frozen=True, slots=True)
class ItemResult:
    """What became of one item: status is completed, failed or needs_review."""

    key: str
    status: str
    output: Json = None
    code: str | None = None
    message: str | None = None


class Cancelled(BaseException):
    """A person asked for the end of this job; raised inside `report`, `track` and `items`."""


class Held(BaseException):
    """The job asks for a person's look before it goes on."""

    def __init__(self, preview: dict[str, Any]) -> None:
        super().__init__("held")
        self.preview = preview


class Host(Protocol):
    """What a context needs from whoever runs it: a child's channel, or a test."""

    def report(self, progress: Progress) -> None:
        """Hand on the newest progress; may drop all but the latest."""

    def log(self, line: str) -> None:
        """Append a line to the job's log."""

    def raise_if_cancelled(self) -> None:
        """Raise Cancelled when a person has asked for the end."""

    def item_results(self) -> list[ItemResult]:
        """Return what earlier attempts have finished, in the order of finishing."""

    def item_started(self, key: str, unit: str) -> None:
        """Commit an intent (effects only) before the work begins; returns once it is durable."""

    def item_finished(self, result: ItemResult, unit: str, *, is_effect: bool) -> None:
        """Commit an outcome; returns once it is durable."""

    def items_total(self, total: int) -> None:
        """Tell how many items there are in all."""

    def artifact_saved(self, name: str, media_type: str) -> None:
        """Record a file that has just been put into place; returns once it is durable."""


class RelayingHost:
    """A host that hands everything on to another: what stands between overrides what it changes."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def report(self, progress: Progress) -> None:
        """Hand on the newest progress."""
        self._host.report(progress)

    def log(self, line: str) -> None:
        """Append a line to the job's log."""
        self._host.log(line)

    def raise_if_cancelled(self) -> None:
        """Raise Cancelled when a person has asked for the end."""
        self._host.raise_if_cancelled()

    def item_results(self) -> list[ItemResult]:
        """Return what earlier attempts have finished."""
        return self._host.item_results()

    def item_started(self, key: str, unit: str) -> None:
        """Commit an intent."""
        self._host.item_started(key, unit)

    def item_finished(self, result: ItemResult, unit: str, *, is_effect: bool) -> None:
        """Commit an outcome."""
        self._host.item_finished(result, unit, is_effect=is_effect)

    def items_total(self, total: int) -> None:
        """Tell how many items there are."""
        self._host.items_total(total)

    def artifact_saved(self, name: str, media_type: str) -> None:
        """Record a file that is in its place."""
        self._host.artifact_saved(name, media_type)
