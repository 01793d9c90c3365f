"""Ask a model of each voice again: Gaussians over frames, and the likeliest sequence when a change costs something."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from service.kinds.sessions.speakers.clustering import Labels
from service.kinds.sessions.speakers.features import Matrix, Voice
from service.kinds.sessions.speakers.spans import HOP, Span

_ROUNDS: Final = 4
_SHRINK: Final = 0.1
_INDEPENDENT: Final = 5.0 / (3 * HOP)
"""How many independent looks a frame is worth: neighbours are alike, and spans overlap."""
_COST_WITHIN_A_BREATH: Final = 30.0
_COST_AT_A_PAUSE: Final = 1.0

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Model:
    mean: Floats
    inverse: NDArray[np.floating[Any]]
    log_determinant: float


def refined(voices: Sequence[Voice], spans: Sequence[Span], labels: Labels, count: int) -> Labels:
    """Return better labels of the spans; the same ones where a voice has too little speech for a model."""
    for _ in range(_ROUNDS):
        found = (_model(_frames_of(voices, spans, labels, number)) for number in range(count))
        models = [model for model in found if model is not None]
        if len(models) < count:
            return labels
        scores = np.stack([_scores(voices, spans, model) for model in models], axis=1)
        now = _likeliest(scores, spans)
        if np.array_equal(now, labels) or len(np.unique(now)) < count:
            return labels
        labels = now
    return labels


def _frames_of(voices: Sequence[Voice], spans: Sequence[Span], labels: Labels, number: int) -> Matrix:
    own = []
    for span, label in zip(spans, labels, strict=True):
        if label == number:
            voice, part = voices[span.utterance], slice(span.first, span.last)
            own.append(voice.cepstra[part][voice.is_speech[part]])
    return np.concatenate(own) if own else np.zeros((0, 1), np.float32)


def _model(frames: Matrix) -> _Model | None:
    if len(frames) < 4 * frames.shape[1]:
        return None
    covariance = np.cov(frames.T.astype(np.float64))
    size = len(covariance)
    shrunk = (1 - _SHRINK) * covariance + _SHRINK * np.diag(np.diag(covariance)) + 1e-3 * np.eye(size)
    determinant = float(np.linalg.slogdet(shrunk)[1])
    return _Model(frames.mean(axis=0, dtype=np.float64), np.linalg.inv(shrunk), determinant)


def _scores(voices: Sequence[Voice], spans: Sequence[Span], model: _Model) -> Floats:
    """Return the log likelihood of each span."""
    sums = []
    for voice in voices:
        off = voice.cepstra - model.mean
        likely = -0.5 * (((off @ model.inverse) * off).sum(axis=1) + model.log_determinant)
        sums.append(np.concatenate([[0.0], np.cumsum(np.where(voice.is_speech, likely, 0.0))]))
    each = [sums[span.utterance][span.last] - sums[span.utterance][span.first] for span in spans]
    return np.asarray(each, np.float64) * _INDEPENDENT


def _likeliest(scores: Floats, spans: Sequence[Span]) -> Labels:
    """Return the likeliest speakers of consecutive spans (A. Viterbi, 1967)."""
    other = 1.0 - np.eye(scores.shape[1])
    best, back = scores[0].copy(), np.zeros(scores.shape, np.int64)
    for number in range(1, len(spans)):
        is_within = spans[number].breath == spans[number - 1].breath
        from_each = best[:, None] - (_COST_WITHIN_A_BREATH if is_within else _COST_AT_A_PAUSE) * other
        back[number] = from_each.argmax(axis=0)
        best = from_each.max(axis=0) + scores[number]
    labels = np.zeros(len(spans), np.int64)
    labels[-1] = int(best.argmax())
    for number in range(len(spans) - 1, 0, -1):
        labels[number - 1] = back[number][labels[number]]
    return labels
