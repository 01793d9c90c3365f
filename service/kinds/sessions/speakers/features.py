"""What a voice sounds like, 50 times a second: mel cepstra, in NumPy alone.

Cepstra as in S. Davis and P. Mermelstein, "Comparison of parametric representations for monosyllabic word
recognition" (1980), with the mel scale of O'Shaughnessy (1987). Pitch was tried beside them and made it worse.
"""

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from service.kinds.sessions.audio.recording import RATE, Samples

FRAMES_A_SECOND: Final = 50
CEPSTRA: Final = 19
_HOP: Final = RATE // FRAMES_A_SECOND
_WINDOW: Final = 640  # 40 ms: two periods of the lowest voice
_FFT: Final = 1024
_BANDS: Final = 32
_LOW_HZ, _HIGH_HZ = 80.0, 7600.0
_LOUD: Final = 0.05
"""Frames with less than this part of a loud frame's energy are pauses and breath."""
_BATCH: Final = 2048

Matrix = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Voice:
    """Frames of one utterance. `cepstra` is frames x CEPSTRA; pauses and breath are no speech."""

    cepstra: Matrix
    is_speech: NDArray[np.bool_]


def voice_of(samples: Samples) -> Voice:
    """Return the frames of an utterance; none when it is shorter than a window."""
    count = 1 + (len(samples) - _WINDOW) // _HOP if len(samples) >= _WINDOW else 0
    if not count:
        return Voice(np.zeros((0, CEPSTRA), np.float32), np.zeros(0, np.bool_))
    sound = samples.astype(np.float32) / 32768.0
    sound -= sound.mean()
    frames = np.lib.stride_tricks.sliding_window_view(sound, _WINDOW)[::_HOP]
    parts = [_frames(frames[first : first + _BATCH]) for first in range(0, count, _BATCH)]
    cepstra, energy = (np.concatenate(each) for each in zip(*parts, strict=True))
    is_speech = energy > _LOUD * np.percentile(energy, 90)
    return Voice(cepstra, is_speech)


def _frames(frames: Matrix) -> tuple[Matrix, Matrix]:
    energy = np.square(frames).mean(axis=1) + 1e-10
    sharpened = np.diff(frames, axis=1, prepend=frames[:, :1]) * 0.97 + frames * 0.03  # pre-emphasis
    power = np.square(np.abs(np.fft.rfft(sharpened * np.hamming(_WINDOW), _FFT, axis=1)))
    bands = np.log(power @ _filters().T + 1e-10)
    return (bands @ _cosines().T).astype(np.float32), energy.astype(np.float32)


@cache
def _filters() -> NDArray[np.float64]:
    """Return triangles on the mel scale: bands x bins."""
    low, high = _mel(np.array(_LOW_HZ)), _mel(np.array(_HIGH_HZ))
    edges = 700.0 * (np.power(10.0, np.linspace(low, high, _BANDS + 2) / 2595.0) - 1.0)
    bins = np.arange(_FFT // 2 + 1) * RATE / _FFT
    rising = (bins - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - bins) / (edges[2:] - edges[1:-1])[:, None]
    return np.asarray(np.clip(np.minimum(rising, falling), 0.0, None))


@cache
def _cosines() -> NDArray[np.float64]:
    """Return the cosine transform without its first row, which is loudness: CEPSTRA x bands."""
    rows = np.arange(1, CEPSTRA + 1)[:, None]
    return np.asarray(np.sqrt(2.0 / _BANDS) * np.cos(np.pi * rows * (np.arange(_BANDS) + 0.5) / _BANDS))


def _mel(hertz: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(2595.0 * np.log10(1.0 + hertz / 700.0))
