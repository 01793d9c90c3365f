"""WebVTT (W3C, webvtt1) and SubRip: cues between blank lines, voices from `<v Name>` or a name before a colon."""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from service.kinds.sessions.reading.labels import seconds, speakers_of, take_apart
from service.kinds.sessions.reading.turns import Turn

_STAMP: Final = r"(?:\d{1,4}:)?\d{1,2}:\d{2}[.,]\d{1,3}"
_TIMING: Final = re.compile(rf"^\s*({_STAMP})\s*-->\s*({_STAMP})")
_VOICE: Final = re.compile(r"<v(?:\.[^\s<>]{0,100})?[ \t]{1,9}([^<>]{0,200})>|</v>", re.IGNORECASE)
_TAG: Final = re.compile(r"</?[A-Za-z][^<>]{0,200}>|<\d[\d:.]{0,20}>|\{\\[^{}]{0,100}\}")


@dataclass(frozen=True, slots=True)
class _Cue:
    start: float
    end: float
    text: str


def is_subtitles(text: str) -> bool:
    """Whether a text is WebVTT by its first line, or has a line with SubRip's timing near its beginning."""
    if text.startswith("WEBVTT"):
        return True
    return any(_TIMING.match(line) for line in text[:20_000].splitlines()[:200])


def read_subtitles(text: str) -> list[Turn]:
    """Return one turn for each voice of each cue; cues of no length and comments are left out."""
    cues = list(_cues(text))
    if any(_VOICE.search(cue.text) for cue in cues):
        return [turn for cue in cues for turn in _voices(cue)]
    flat = [_Cue(cue.start, cue.end, _plain(cue.text)) for cue in cues]
    lines = [take_apart(cue.text) for cue in flat]
    speakers = speakers_of(lines)
    turns = []
    last: str | None = None
    for cue, line in zip(flat, lines, strict=True):
        is_named = line.label is not None and line.label.casefold() in speakers
        last = line.label if is_named else last
        turns.append(Turn(line.rest if is_named else cue.text, last, cue.start, cue.end))
    return turns


def _cues(text: str) -> Iterator[_Cue]:
    lines = [*text.splitlines(), ""]
    number = 0
    while number < len(lines):
        timing = _TIMING.match(lines[number])
        number += 1
        if timing is None:
            continue
        said = []
        while number < len(lines) and lines[number].strip() and not _TIMING.match(lines[number]):
            said.append(lines[number])
            number += 1
        if said and number < len(lines) and _TIMING.match(lines[number]) and said[-1].strip().isdigit():
            said.pop()  # a blank line is missing: that was the number of the next cue
        start, end = seconds(timing[1]) or 0.0, seconds(timing[2]) or 0.0
        yield _Cue(start, max(start, end), "\n".join(said))


def _voices(cue: _Cue) -> Iterator[Turn]:
    speaker: str | None = None
    at = 0
    for tag in _VOICE.finditer(cue.text):
        yield Turn(_plain(cue.text[at : tag.start()]), speaker, cue.start, cue.end)
        speaker = html.unescape(tag[1]).strip() or None if tag[1] is not None else None
        at = tag.end()
    yield Turn(_plain(cue.text[at:]), speaker, cue.start, cue.end)


def _plain(text: str) -> str:
    return html.unescape(_TAG.sub("", text)).replace("\n", " ").strip()
