"""WebVTT (W3C, webvtt1) and SubRip: cues between blank lines, voices from `<v Name>` or a name before a colon."""

import html
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from service.kinds.sessions.reading.labels import Line, is_role, seconds, speakers_of, take_apart
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
    taken = [[take_apart(_plain(line)) for line in cue.text.split("\n")] for cue in cues]
    speakers = speakers_of([lines[0] for lines in taken]) | _within(
        [line for lines in taken for line in lines[1:]]
    )
    turns: list[Turn] = []
    last: str | None = None
    for cue, lines in zip(cues, taken, strict=True):
        said = _by_speaker(lines, speakers, last)
        last = said[-1][0]
        turns += _shared(cue, said)
    return turns


def _within(lines: list[Line]) -> frozenset[str]:
    """Return who is named only on later lines of cues: there a colon stands as often after other words."""
    counts = Counter(line.label for line in lines if line.label)
    named = (
        label
        for label, count in counts.items()
        if is_role(label) or (count > 1 and label[0].isupper() and " " not in label)
    )
    return frozenset(label.casefold() for label in named)


def _by_speaker(
    lines: list[Line], speakers: frozenset[str], last: str | None
) -> list[tuple[str | None, str]]:
    """Return what each speaker says in a cue: two may share one, each on lines of their own."""
    said: list[tuple[str | None, list[str]]] = [(last, [])]
    for line in lines:
        if line.label is not None and line.label.casefold() in speakers:
            said.append((line.label, [line.rest]))
        else:
            said[-1][1].append(line.text or line.label or "")
    spoken = [(speaker, " ".join(parts).strip()) for speaker, parts in said]
    return [one for one in spoken if one[1]] or [(spoken[-1][0], "")]


def _shared(cue: _Cue, said: list[tuple[str | None, str]]) -> Iterator[Turn]:
    """Yield the turns of a cue, whose time is shared out by the length of what is said."""
    whole = sum(len(text) for _, text in said) or 1
    at = 0
    for speaker, text in said:
        begin, at = at, at + len(text)
        length = cue.end - cue.start
        yield Turn(text, speaker, cue.start + length * begin / whole, cue.start + length * at / whole)


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
