"""Plain text: one turn a line or a paragraph, with or without names and times, as people and programs write it."""

import re
from collections.abc import Iterator
from typing import Final

from service.kinds.sessions.reading.labels import Line, speakers_of, take_apart
from service.kinds.sessions.reading.turns import Turn, clean

_MAX_UNNAMED: Final = (
    600  # characters of a paragraph that nobody is named for, before it is cut at a sentence
)
_SENTENCE: Final = re.compile(r"(?<=[.!?…])[\"'”’)]*\s+(?=[\"'“‘(]*[^\W_])")


def read_dialogue(text: str) -> list[Turn]:
    """Return the turns of a text. What stands before the first named turn (a title, a date) is left out."""
    lines = [take_apart(line) for line in text.splitlines()]
    speakers = speakers_of(lines)
    if not speakers:
        return list(_unnamed(lines))
    return list(_named(lines, speakers))


def _named(lines: list[Line], speakers: frozenset[str]) -> Iterator[Turn]:
    speaker: str | None = None
    parts: list[str] = []
    start = end = None
    for line in lines:
        is_turn = line.label is not None and line.label.casefold() in speakers
        is_timed = line.start is not None and bool(line.text)
        if is_turn or (is_timed and speaker is not None):
            if speaker is not None and parts:
                yield Turn(" ".join(parts), speaker, start, end)
            speaker = line.label if is_turn else speaker
            start, end = line.start, line.end
            parts = [line.rest if is_turn else line.text]
        elif speaker is not None and line.text:
            parts.append(line.text)
    if speaker is not None and parts:
        yield Turn(" ".join(parts), speaker, start, end)


def _unnamed(lines: list[Line]) -> Iterator[Turn]:
    parts: list[str] = []
    start = end = None
    for line in [*lines, Line("")]:
        if parts and (not line.text or line.start is not None):
            yield from _cut(" ".join(parts), start, end)
            parts, start, end = [], None, None
        if line.text:
            if line.start is not None:
                start, end = line.start, line.end
            parts.append(line.text)


def _cut(text: str, start: float | None, end: float | None) -> Iterator[Turn]:
    """Cut a long paragraph at sentences, so that evidence can name a place in it."""
    if len(text) <= _MAX_UNNAMED:
        yield Turn(text, None, start, end)
        return
    piece = ""
    pieces = []
    for sentence in _SENTENCE.split(clean(text)):
        if piece and len(piece) + len(sentence) > _MAX_UNNAMED:
            pieces.append(piece)
            piece = ""
        piece = f"{piece} {sentence}".strip()
    for number, each in enumerate([*pieces, piece]):
        yield Turn(each, None, start if number == 0 else None, end if not pieces else None)
