"""What is looked at as one voice: windows of speech that never cross a pause, and what each sounds like.

People change turns at pauses; a window across one would hold two voices. Windows between the same two pauses make a
breath: it is rarely two people's.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from service.kinds.sessions.speakers.features import FRAMES_A_SECOND, Matrix, Voice

PAUSE_FRAMES: Final = 7  # 0.14 s: longer than the silence inside a "t" or "k"
_LENGTH: Final = int(1.5 * FRAMES_A_SECOND)
HOP: Final = FRAMES_A_SECOND // 2


@dataclass(frozen=True, slots=True)
class Span:
    """Frames `first` to `last` of the utterance with this number; `breath` numbers what is between two pauses."""

    utterance: int
    breath: int
    first: int
    last: int


def spans_of(voices: Sequence[Voice]) -> list[Span]:
    """Return the windows of all utterances, in order."""
    spans: list[Span] = []
    breath = 0
    for number, voice in enumerate(voices):
        for first, last in _breaths(voice):
            starts = range(first, max(first + 1, last - _LENGTH + HOP), HOP)
            spans += [Span(number, breath, start, min(last, start + _LENGTH)) for start in starts]
            breath += 1
    return spans


def _breaths(voice: Voice) -> Iterator[tuple[int, int]]:
    speech = np.flatnonzero(voice.is_speech)
    if not len(speech):
        if len(voice.is_speech):
            yield 0, len(voice.is_speech)
        return
    ends = np.flatnonzero(np.diff(speech) > PAUSE_FRAMES)
    firsts = speech[np.concatenate([[0], ends + 1])]
    lasts = speech[np.concatenate([ends, [len(speech) - 1]])] + 1
    yield from ((int(first), int(last)) for first, last in zip(firsts, lasts, strict=True))


def statistics(voices: Sequence[Voice], spans: Sequence[Span]) -> Matrix:
    """Return mean and spread of the cepstra of each span, every column with mean 0 and spread 1."""
    points = np.stack([_statistics(voices[span.utterance], span) for span in spans])
    normed: Matrix = ((points - points.mean(axis=0)) / (points.std(axis=0) + 1e-6)).astype(np.float32)
    return normed


def weights(voices: Sequence[Voice], spans: Sequence[Span]) -> Matrix:
    """Return how much each span says: the root of the number of its frames with speech."""
    counts = [voices[span.utterance].is_speech[span.first : span.last].sum() for span in spans]
    found: Matrix = np.sqrt(np.asarray(counts, np.float32) + 1.0)
    return found


def _statistics(voice: Voice, span: Span) -> Matrix:
    part = slice(span.first, span.last)
    is_speech = voice.is_speech[part]
    cepstra = voice.cepstra[part][is_speech] if is_speech.any() else voice.cepstra[part]
    return np.concatenate([cepstra.mean(axis=0), cepstra.std(axis=0)])
