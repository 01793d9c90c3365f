"""One event or live frame on its way to the streams, encoded once for all who hear the same."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from service.engine.words import encode
from service.kinds.base import Dialect
from service.model.accounts import Viewer

EVERYTHING = "*"

Redacted = Callable[[Viewer], Mapping[str, Any]]
"""Says what a viewer is told of something that everybody hears of, each as much as they may."""


@dataclass(slots=True)
class Entry:
    """`cursor` is None for a live frame; `owner` and `subject` decide who may see it, unless it is redacted."""

    number: int
    name: str
    data: Mapping[str, Any]
    job_id: str | None
    batch_id: str | None
    cursor: str | None
    owner: str | None = None
    subject: str | None = None
    redacted: Redacted | None = None
    size_bytes: int = 0
    frames: dict[Dialect, bytes] = field(default_factory=dict)
    frames_for: dict[tuple[Dialect, Viewer], bytes] = field(default_factory=dict)

    def encoded(self, dialect: Dialect) -> bytes:
        """Return the frames of this entry in a dialect."""
        if dialect not in self.frames:
            self.frames[dialect] = encode(dialect, self.name, self.data, self.cursor)
        return self.frames[dialect]

    def is_for(self, viewer: Viewer) -> bool:
        """Whether a viewer hears of this."""
        return self.redacted is not None or viewer.may_see(self.owner, self.subject)

    def encoded_for(self, dialect: Dialect, viewer: Viewer) -> bytes:
        """Return the frames as a viewer may hear them; viewers with the same eyes share them."""
        if self.redacted is None:
            return self.encoded(dialect)
        key = (dialect, viewer)
        if key not in self.frames_for:
            self.frames_for[key] = encode(dialect, self.name, self.redacted(viewer), self.cursor)
        return self.frames_for[key]

    def topics(self) -> Iterator[str]:
        """Walk the keys under which streams may have asked for this."""
        yield EVERYTHING
        if self.job_id is not None:
            yield self.job_id
        if self.batch_id is not None:
            yield self.batch_id
