"""Tell a stereo recording with one speaker a channel from one in which both microphones hear everybody.

Two microphones in a room hear the same sound a moment apart: their channels correlate at some lag of a few
milliseconds. A telephone or video call recorded one side a channel does not, even when both speak at once; and
where a little of one side leaks into the other, one channel is by far the louder nearly always.
"""

from typing import Final

import numpy as np

from service.kinds.sessions.audio.recording import RATE, Floats, Recording
from service.kinds.sessions.audio.utterances import WINDOW, Utterance

_LAG: Final = RATE // 50  # 20 ms: the way of sound through 7 m of room
_PIECE: Final = 8192
_MOST_PIECES: Final = 500  # spread over the recording; more would say the same
_ALIKE: Final = 0.3
_LOUDER: Final = 4.0  # in energy: 6 dB
_MOSTLY: Final = 0.8
_LEAST_SHARE: Final = 0.03
_LEAST_SECONDS: Final = 0.5


def is_split_by_channel(recording: Recording, likely: tuple[Floats, Floats]) -> bool:
    """Return whether each of two channels has a speaker of its own; `likely` is the speech in each, by window."""
    speaks = [one >= 0.5 for one in likely]
    seconds = [float(one.sum()) * WINDOW / RATE for one in speaks]
    if min(seconds) < max(_LEAST_SECONDS, _LEAST_SHARE * sum(seconds)):
        return False
    alike, louder = _measure(recording, speaks[0] | speaks[1])
    return alike < _ALIKE or louder > _MOSTLY


def _measure(
    recording: Recording, speaks: "np.ndarray[tuple[int], np.dtype[np.bool_]]"
) -> tuple[float, float]:
    """Return the mean of the largest correlation at any small lag, and how often one channel is much louder."""
    starts = [
        start
        for start in range(0, recording.frames - _PIECE + 1, _PIECE)
        if speaks[start // WINDOW : (start + _PIECE) // WINDOW].any()
    ]
    alike, weight, louder, pieces = 0.0, 0.0, 0, 0
    for start in starts[:: 1 + len(starts) // _MOST_PIECES]:
        piece = recording.read_all(start, start + _PIECE).astype(np.float64)
        energy = np.square(piece).sum(axis=0) + 1.0
        both = float(np.sqrt(energy[0] * energy[1]))
        alike += _correlation(piece) * both
        weight += both
        louder += bool(max(energy) > _LOUDER * min(energy))
        pieces += 1
    return (alike / weight, louder / pieces) if pieces else (1.0, 0.0)


def _correlation(piece: "np.ndarray[tuple[int, int], np.dtype[np.float64]]") -> float:
    """Return the largest normalised cross-correlation of two channels within the lag (by FFT)."""
    centred = piece - piece.mean(axis=0)
    spectra = np.fft.rfft(centred, 2 * len(piece), axis=0)
    crossed = np.fft.irfft(spectra[:, 0] * np.conj(spectra[:, 1]))
    near = np.abs(np.concatenate([crossed[: _LAG + 1], crossed[-_LAG:]]))
    norm = float(np.sqrt(np.prod(np.square(centred).sum(axis=0)))) or 1.0
    return float(near.max()) / norm


def without_leaks(recording: Recording, utterances: list[Utterance]) -> list[Utterance]:
    """Leave out utterances of a channel that are the other side's, leaking in: much quieter than both usually are."""
    levels = [_levels(recording, one) for one in utterances]
    owns: dict[int | None, list[float]] = {}
    for one, (own, _) in zip(utterances, levels, strict=True):
        owns.setdefault(one.channel, []).append(own)
    usual = {channel: float(np.median(each)) for channel, each in owns.items()}
    return [
        one
        for one, (own, other) in zip(utterances, levels, strict=True)
        if not (other > _LOUDER * own and own < usual[one.channel] / _LOUDER)
    ]


def _levels(recording: Recording, utterance: Utterance) -> tuple[float, float]:
    """Return the mean energy of an utterance in its own channel and in the other."""
    own = utterance.channel or 0
    samples = recording.read_all(utterance.start, utterance.stop).astype(np.float64)
    energy = np.square(samples).mean(axis=0) if len(samples) else np.zeros(2)
    return float(energy[own]), float(energy[1 - own])
