"""What was said, when and by whom: the one shape that engines write and that notes, export and the window read."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Final, Self

SCHEMA_VERSION: Final = 1
_NOBODY: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Segment:
    """One stretch of speech: `start` and `end` in seconds, `speaker` a key of `Transcript.speakers` or None.

    `id` is stable ("s1", "s2", …): notes, edits and links name a segment by it, never by its place.
    """

    id: str
    start: float
    end: float
    text: str
    speaker: str | None = None
    confidence: float | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the segment as plain JSON, its times to the millisecond."""
        return {
            "id": self.id,
            "start": round(self.start, 3),
            "end": round(self.end, 3),
            "text": self.text,
            "speaker": self.speaker,
            "confidence": None if self.confidence is None else round(self.confidence, 4),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """Return the segment that `to_json` wrote; raises ValueError for anything else."""
        start, end = _seconds(value.get("start")), _seconds(value.get("end"))
        text, name = value.get("text"), value.get("id")
        speaker, confidence = value.get("speaker"), value.get("confidence")
        if not isinstance(text, str) or not isinstance(name, str) or not name:
            raise ValueError("a segment has an id and a text")
        if not (speaker is None or isinstance(speaker, str)):
            raise ValueError("a speaker is named by a text")
        return cls(
            name, start, max(start, end), text, speaker, None if confidence is None else _number(confidence)
        )


@dataclass(frozen=True, slots=True)
class Transcript:
    """A whole conversation. `draft` says that a machine wrote it and nobody has read it over.

    `speakers` maps each key ("S1") to the name that is shown; `warnings` are `{code,message}`;
    `language` is a BCP 47 tag or None.
    """

    engine: str
    draft: bool
    segments: tuple[Segment, ...] = ()
    duration_seconds: float = 0.0
    language: str | None = None
    speakers: Mapping[str, str] = field(default_factory=lambda: _NOBODY)
    warnings: tuple[Mapping[str, str], ...] = ()

    def name_of(self, speaker: str | None) -> str | None:
        """Return the shown name of a speaker's key; the key itself when nobody gave it a name."""
        return None if speaker is None else self.speakers.get(speaker, speaker)

    def with_warning(self, code: str, message: str) -> "Transcript":
        """Return the transcript with one more warning."""
        return replace(self, warnings=(*self.warnings, {"code": code, "message": message}))

    def to_json(self) -> dict[str, Any]:
        """Return the transcript as plain JSON; `from_json` reads it back."""
        return {
            "schema_version": SCHEMA_VERSION,
            "engine": self.engine,
            "draft": self.draft,
            "language": self.language,
            "duration_seconds": round(self.duration_seconds, 3),
            "speakers": dict(self.speakers),
            "segments": [segment.to_json() for segment in self.segments],
            "warnings": [dict(warning) for warning in self.warnings],
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """Return the transcript that `to_json` wrote; raises ValueError for anything else."""
        segments, speakers, warnings = (
            value.get("segments"),
            value.get("speakers", {}),
            value.get("warnings", []),
        )
        if not isinstance(segments, list) or not all(isinstance(one, Mapping) for one in segments):
            raise ValueError("a transcript has a list of segments")
        if not (isinstance(speakers, Mapping) and isinstance(warnings, Sequence)):
            raise ValueError("speakers is an object and warnings a list")  # noqa: TRY004 (as in _number)
        language = value.get("language")
        return cls(
            engine=str(value.get("engine") or "unknown"),
            draft=bool(value.get("draft", False)),
            segments=tuple(Segment.from_json(one) for one in segments),
            duration_seconds=_seconds(value.get("duration_seconds", 0.0)),
            language=language if isinstance(language, str) and language else None,
            speakers={str(key): str(name) for key, name in speakers.items()},
            warnings=tuple(
                {"code": str(one.get("code")), "message": str(one.get("message"))}
                for one in warnings
                if isinstance(one, Mapping)
            ),
        )


def numbered(segments: Iterable[Segment]) -> tuple[Segment, ...]:
    """Return the segments with ids "s1", "s2", … in the order in which they come."""
    return tuple(replace(segment, id=f"s{number}") for number, segment in enumerate(segments, 1))


def clock(seconds: float, *, with_hours: bool = False) -> str:
    """Return seconds as people read them, `mm:ss`, or `h:mm:ss` from an hour on (or when asked for)."""
    whole = int(max(0.0, seconds))
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    return f"{hours}:{minutes:02}:{rest:02}" if hours or with_hours else f"{minutes:02}:{rest:02}"


def _seconds(value: Any) -> float:
    number = _number(value)
    if number < 0:
        raise ValueError("times are not negative")
    return number


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("a number is expected")  # noqa: TRY004 (one sort of error for a document that is wrong)
    if not math.isfinite(value):
        raise ValueError("a finite number is expected")
    return float(value)
