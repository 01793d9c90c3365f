"""What every reader makes first: turns with whatever the file says; and what a transcript is made of them."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from service.kinds.sessions.transcript import Segment, Transcript, numbered
from service.model.errors import JobError

WORDS_PER_SECOND: Final = 2.5  # 150 words a minute: the usual pace of English conversation
MAX_SEGMENTS: Final = 100_000
MAX_SECONDS: Final = 7 * 24 * 3600.0
_CONTROLS: Final = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]"
)
_SPACE: Final = re.compile(r"\s+")
_MACHINE_NAME: Final = re.compile(
    r"(?:spk|speaker|spkr|sprecher|channel|ch|s|unknown)?[\s_-]*(\d{1,3}|[a-z])?", re.IGNORECASE
)
_INITIALS: Final = {
    "t": "Therapist",
    "c": "Client",
    "p": "Patient",
    "th": "Therapist",
    "cl": "Client",
    "pt": "Patient",
}
_MAX_NAME: Final = 80

REMEDIATION: Final[Mapping[str, str]] = {
    "transcript_empty": "Hand in a transcript in which somebody says something.",
    "transcript_not_text": "Save the transcript as text (UTF-8), WebVTT, SRT or JSON.",
    "transcript_invalid": "The formats that are read are in docs/kinds/sessions.md.",
    "transcript_too_large": "Split the transcript and submit the parts.",
}


@dataclass(frozen=True, slots=True)
class Turn:
    """What a file says of one stretch of speech. Times in seconds, None where it says none."""

    text: str
    speaker: str | None = None
    start: float | None = None
    end: float | None = None
    confidence: float | None = None


def transcript_error(code: str, message: str) -> JobError:
    """Return the error of a transcript that is not read, with what helps beside it."""
    return JobError(code, message, remediation=REMEDIATION[code])


def clean(text: str) -> str:
    """Return text as one line: NFC, without control and bidi characters, white space collapsed."""
    return _SPACE.sub(" ", _CONTROLS.sub(" ", unicodedata.normalize("NFC", text))).strip()


def make_transcript(turns: Iterable[Turn], *, language: str | None = None) -> Transcript:
    """Return a transcript of turns in the order of their times; times that are missing are estimated and said so.

    Raises JobError `transcript_empty` or `transcript_too_large`.
    """
    said = [replace(turn, text=text) for turn in turns if (text := clean(turn.text))]
    if not said:
        raise transcript_error("transcript_empty", "Nobody says anything in this transcript.")
    if len(said) > MAX_SEGMENTS:
        raise transcript_error(
            "transcript_too_large", f"It has {len(said)} turns; {MAX_SEGMENTS} are allowed."
        )
    keys, names = _speakers(said)
    is_timed = any(turn.start is not None for turn in said)
    if all(turn.start is not None for turn in said):
        said.sort(key=lambda turn: turn.start or 0.0)
    segments = numbered(
        Segment("", start, end, turn.text, keys.get(_key(turn.speaker)), turn.confidence)
        for turn, (start, end) in zip(said, _times(said), strict=True)
    )
    made = Transcript(
        engine="transcript",
        draft=False,
        segments=segments,
        duration_seconds=max(segment.end for segment in segments),
        language=language,
        speakers=names,
    )
    if not is_timed:
        made = made.with_warning("times_estimated", "The file has no times; they are estimated by its words.")
    elif any(turn.start is None for turn in said):
        made = made.with_warning("times_estimated", "Some turns have no time; theirs are estimated.")
    return made


def _times(turns: Sequence[Turn]) -> list[tuple[float, float]]:
    """Give every turn a start and an end: its own, else the next one's start, else by the pace of speech."""
    times: list[tuple[float, float]] = []
    at = 0.0
    for number, turn in enumerate(turns):
        start = _bounded(at if turn.start is None else turn.start)
        by_pace = start + max(0.5, len(turn.text.split()) / WORDS_PER_SECOND)
        following = turns[number + 1].start if number + 1 < len(turns) else None
        if turn.end is not None:
            end = max(start, _bounded(turn.end))
        elif turn.start is not None and following is not None and following > start:
            end = _bounded(following)
        else:
            end = _bounded(by_pace)
        times.append((start, end))
        at = max(at, end)
    return times


def _bounded(seconds: float) -> float:
    return min(max(0.0, seconds), MAX_SECONDS)


def _speakers(turns: Sequence[Turn]) -> tuple[dict[str, str], dict[str, str]]:
    """Return (speaker as said, folded -> key) and (key -> shown name), in the order of appearance."""
    shown: dict[str, str] = {}
    for turn in turns:
        if (folded := _key(turn.speaker)) and folded not in shown:
            shown[folded] = clean(turn.speaker or "")[:_MAX_NAME]
    keys = {folded: f"S{number}" for number, folded in enumerate(shown, 1)}
    has_therapist = bool(shown.keys() & {"t", "th"})
    names = {}
    for number, (folded, name) in enumerate(shown.items(), 1):
        if has_therapist and folded in _INITIALS:
            names[keys[folded]] = _INITIALS[folded]
        else:
            names[keys[folded]] = f"Speaker {number}" if _MACHINE_NAME.fullmatch(name) else name
    return keys, names


def _key(speaker: str | None) -> str:
    return clean(speaker or "").rstrip(":").casefold()
