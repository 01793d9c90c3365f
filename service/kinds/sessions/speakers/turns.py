"""Whose each word is. First the windows are put into heaps by their statistics, a whole breath into one; then a model
of each heap's voice is asked again.
"""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from service.kinds.sessions.audio.plan import Plan
from service.kinds.sessions.audio.recording import RATE
from service.kinds.sessions.engines.port import Word
from service.kinds.sessions.speakers.clustering import Labels, clustered
from service.kinds.sessions.speakers.features import FRAMES_A_SECOND, Matrix, Voice, voice_of
from service.kinds.sessions.speakers.models import refined
from service.kinds.sessions.speakers.spans import Span, spans_of, statistics, weights

Progress = Callable[[float], None]
_NOBODY: Final = -1


def speakers_by_voice(
    plan: Plan, words: Sequence[Sequence[Word]], count: int, progress: Progress = lambda _: None
) -> list[list[int]]:
    """Return for each word of each utterance the number of its speaker, 0 being who speaks first.

    `words` have times in the recording; `progress` hears seconds of the recording and may raise.
    """
    voices = []
    for utterance in plan.utterances:
        voices.append(voice_of(plan.recording.read(utterance.start, utterance.stop)))
        progress(utterance.stop / RATE)
    frames = speakers_of_frames(voices, count)
    return _in_order_of_speaking(
        [
            [_of_word(word, frames[number], utterance.start / RATE) for word in words[number]]
            for number, utterance in enumerate(plan.utterances)
        ]
    )


def speakers_of_frames(voices: Sequence[Voice], count: int) -> list[Labels]:
    """Return the speaker, 0 to count-1, of each frame of each utterance."""
    spans = spans_of(voices)
    if count <= 1 or len(spans) < count:
        return [np.zeros(len(voice.cepstra), np.int64) for voice in voices]
    weight = weights(voices, spans)
    labels = _by_breath(clustered(statistics(voices, spans), weight, count), spans, weight)
    return _by_frame(voices, spans, refined(voices, spans, labels, count))


def _by_breath(labels: Labels, spans: Sequence[Span], weight: Matrix) -> Labels:
    """Let the spans of a breath vote."""
    breaths = np.asarray([span.breath for span in spans])
    votes = np.zeros((breaths.max() + 1, labels.max() + 1))
    np.add.at(votes, (breaths, labels), weight)
    voted: Labels = votes.argmax(axis=1)[breaths]
    return voted


def _by_frame(voices: Sequence[Voice], spans: Sequence[Span], labels: Labels) -> list[Labels]:
    """Return the speaker of each frame: that of the span whose middle is nearest, across pauses too."""
    utterances = np.asarray([span.utterance for span in spans])
    middles = np.asarray([(span.first + span.last) / 2 for span in spans])
    frames = []
    for number, voice in enumerate(voices):
        own = utterances == number
        if own.any():
            away = np.abs(np.arange(len(voice.cepstra))[:, None] - middles[own][None, :])
            frames.append(labels[own][away.argmin(axis=1)])
        else:
            frames.append(np.full(len(voice.cepstra), _NOBODY, np.int64))
    return frames


def _of_word(word: Word, frames: Labels, offset: float) -> int:
    first = int((word.start - offset) * FRAMES_A_SECOND)
    last = max(first + 1, int((word.end - offset) * FRAMES_A_SECOND))
    part = frames[max(0, min(first, len(frames) - 1)) : last]
    return int(np.bincount(part[part >= 0]).argmax()) if (part >= 0).any() else 0


def _in_order_of_speaking(labels: list[list[int]]) -> list[list[int]]:
    order: dict[int, int] = {}
    for utterance in labels:
        for label in utterance:
            order.setdefault(label, len(order))
    return [[order[label] for label in utterance] for utterance in labels]
