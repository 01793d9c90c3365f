"""Whose each word is: windows of speech are put into heaps by voice, then a model of each voice is asked again.

First round: statistics of a second and a half, clustered. Second: a Gaussian over the frames of each heap, and the
likeliest sequence of speakers (Viterbi) when a change costs something; repeated, since each makes the other better.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from service.kinds.sessions.audio.plan import Plan
from service.kinds.sessions.audio.recording import RATE
from service.kinds.sessions.engines.port import Word
from service.kinds.sessions.speakers.clustering import Labels, clustered
from service.kinds.sessions.speakers.features import FRAMES_A_SECOND, Matrix, Voice, voice_of

WINDOW_SECONDS: Final = 1.5
HOP_SECONDS: Final = 0.5
_LEAST_FRAMES: Final = 12
_PITCH_WEIGHT: Final = 3.0
_CHANGE_COST: Final = 12.0
_SHRINK: Final = 0.1
_ROUNDS: Final = 4

Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Span:
    """Frames `first` to `last` of the utterance with this number, looked at as one."""

    utterance: int
    first: int
    last: int


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
    spans = [span for number, voice in enumerate(voices) for span in _spans(number, voice)]
    labels = _refined(voices, spans, _first_labels(voices, spans, count), count)
    frames = _by_frame(voices, spans, labels)
    return _in_order_of_speaking(
        [
            [_of_word(word, frames[number], utterance.start / RATE) for word in words[number]]
            for number, utterance in enumerate(plan.utterances)
        ]
    )


def _spans(number: int, voice: Voice) -> list[Span]:
    length, hop = int(WINDOW_SECONDS * FRAMES_A_SECOND), int(HOP_SECONDS * FRAMES_A_SECOND)
    frames = len(voice.cepstra)
    if frames == 0:
        return []
    starts = range(0, max(1, frames - length + hop), hop)
    return [Span(number, start, min(frames, start + length)) for start in starts]


def _first_labels(voices: Sequence[Voice], spans: Sequence[Span], count: int) -> Labels:
    """Cluster the statistics of each span; spans with too little voice go where their neighbours are."""
    if count <= 1 or not spans:
        return np.zeros(len(spans), np.int64)
    speech = np.array(
        [int(voices[span.utterance].is_speech[span.first : span.last].sum()) for span in spans], np.float32
    )
    is_good = speech >= _LEAST_FRAMES
    if not is_good.any():
        is_good[:] = True
    good = [span for span, fine in zip(spans, is_good, strict=True) if fine]
    points = np.stack([_statistics(voices[span.utterance], span) for span in good])
    points = _normed(points)
    labels = np.zeros(len(spans), np.int64)
    places = np.flatnonzero(is_good)
    labels[places] = clustered(points, np.sqrt(speech[places] + 1.0), count)
    nearest = (
        places[np.abs(np.arange(len(spans))[:, None] - places[None, :]).argmin(axis=1)]
        if len(spans) < 5000
        else places[np.clip(np.searchsorted(places, np.arange(len(spans))), 0, len(places) - 1)]
    )
    return labels[nearest]


def _statistics(voice: Voice, span: Span) -> Matrix:
    """Return mean and spread of the cepstra, and the pitch, of one span."""
    part = slice(span.first, span.last)
    is_speech = voice.is_speech[part]
    cepstra = voice.cepstra[part][is_speech] if is_speech.any() else voice.cepstra[part]
    pitch = voice.pitch[part][is_speech]
    pitch = pitch[~np.isnan(pitch)]
    height = float(np.median(pitch)) if len(pitch) >= 5 else np.nan
    return np.concatenate([cepstra.mean(axis=0), cepstra.std(axis=0), [height]]).astype(np.float32)


def _normed(points: Matrix) -> Matrix:
    """Return each column with mean 0 and spread 1, the pitch weighing more; what is missing is the mean."""
    centre = np.nanmean(points, axis=0) if len(points) else 0.0
    spread = np.nanstd(points, axis=0)
    normed = (points - centre) / np.maximum(spread, 1e-6)
    normed[:, -1] *= _PITCH_WEIGHT
    return np.nan_to_num(normed).astype(np.float32)


def _refined(voices: Sequence[Voice], spans: Sequence[Span], labels: Labels, count: int) -> Labels:
    if count <= 1 or len(spans) < 2 * count:
        return labels
    for _ in range(_ROUNDS):
        models = [_model(voices, spans, labels, number) for number in range(count)]
        if any(model is None for model in models):
            return labels
        scores = np.stack([_scores(voices, spans, model) for model in models if model is not None], axis=1)
        now = _likeliest(scores, spans)
        if np.array_equal(now, labels) or len(set(now.tolist())) < len(set(labels.tolist())):
            break
        labels = now
    return labels


Model = tuple[NDArray[np.float64], NDArray[np.float64], float]


def _model(voices: Sequence[Voice], spans: Sequence[Span], labels: Labels, number: int) -> Model | None:
    """Return mean, inverse covariance and its log determinant of the frames of one speaker."""
    own = [
        voices[span.utterance].cepstra[span.first : span.last][voices[span.utterance].is_speech[span.first : span.last]]
        for span, label in zip(spans, labels, strict=True)
        if label == number
    ]  # fmt: skip
    frames = np.concatenate(own) if own else np.zeros((0, 1))
    if len(frames) < 4 * frames.shape[1]:
        return None
    covariance = np.cov(frames.T)
    covariance = (
        (1 - _SHRINK) * covariance + _SHRINK * np.diag(np.diag(covariance)) + 1e-3 * np.eye(len(covariance))
    )
    return frames.mean(axis=0), np.linalg.inv(covariance), float(np.linalg.slogdet(covariance)[1])


def _scores(voices: Sequence[Voice], spans: Sequence[Span], model: Model) -> NDArray[np.float64]:
    """Return the log likelihood of each span, its frames counted as far as they are independent."""
    mean, inverse, logdet = model
    likely = []
    for voice in voices:
        off = voice.cepstra - mean
        each = -0.5 * (np.einsum("ij,jk,ik->i", off, inverse, off) + logdet)
        likely.append(np.where(voice.is_speech, each, 0.0))
    hop = int(HOP_SECONDS * FRAMES_A_SECOND)
    return np.array([likely[span.utterance][span.first : span.last].sum() / (3 * hop) * 5 for span in spans])


def _likeliest(scores: NDArray[np.float64], spans: Sequence[Span]) -> Labels:
    """Return the likeliest speakers of consecutive spans when a change costs _CHANGE_COST (Viterbi)."""
    count = scores.shape[1]
    best = scores[0].copy()
    back = np.zeros(scores.shape, np.int64)
    for number in range(1, len(spans)):
        is_same = spans[number].utterance == spans[number - 1].utterance
        cost = (_CHANGE_COST if is_same else 0.25 * _CHANGE_COST) * (1 - np.eye(count))
        from_each = best[:, None] - cost
        back[number] = from_each.argmax(axis=0)
        best = from_each.max(axis=0) + scores[number]
    labels = np.zeros(len(spans), np.int64)
    labels[-1] = int(best.argmax())
    for number in range(len(spans) - 1, 0, -1):
        labels[number - 1] = back[number][labels[number]]
    return labels


def _by_frame(voices: Sequence[Voice], spans: Sequence[Span], labels: Labels) -> list[Labels]:
    """Return the speaker of each frame: that of the span whose middle is nearest."""
    frames = [np.zeros(len(voice.cepstra), np.int64) for voice in voices]
    nearest = [np.full(len(voice.cepstra), np.inf) for voice in voices]
    for span, label in zip(spans, labels, strict=True):
        part = slice(span.first, span.last)
        away = np.abs(np.arange(span.first, span.last) - (span.first + span.last - 1) / 2)
        is_nearer = away < nearest[span.utterance][part]
        frames[span.utterance][part][is_nearer] = label
        nearest[span.utterance][part][is_nearer] = away[is_nearer]
    return frames


def _of_word(word: Word, frames: Labels, offset: float) -> int:
    first = int((word.start - offset) * FRAMES_A_SECOND)
    last = max(first + 1, int((word.end - offset) * FRAMES_A_SECOND))
    part = frames[max(0, min(first, len(frames) - 1)) : last]
    return int(np.bincount(part).argmax()) if len(part) else 0


def _in_order_of_speaking(labels: list[list[int]]) -> list[list[int]]:
    order: dict[int, int] = {}
    for utterance in labels:
        for label in utterance:
            order.setdefault(label, len(order))
    return [[order[label] for label in utterance] for utterance in labels]
