"""A decoded recording on disk: 16 kHz, 16 bit, one or two channels interleaved, read a piece at a time.

An hour in stereo is 230 MB, so no part of the work ever has all of it in memory, nor mapped.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

RATE: Final = 16_000
"""Samples a second: what every engine and the voice detector want."""
SAMPLE_BYTES: Final = 2
BLOCK_SECONDS: Final = 30

Samples = NDArray[np.int16]
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Recording:
    """`frames` samples of each of `channels`; `peak` is the largest absolute sample, 0-32768."""

    path: Path
    channels: int
    frames: int
    peak: int

    @property
    def seconds(self) -> float:
        """How long it is."""
        return self.frames / RATE

    @property
    def is_whole(self) -> bool:
        """Whether the file on disk has everything (a crash may have left it half written)."""
        try:
            return self.path.stat().st_size == self.frames * self.channels * SAMPLE_BYTES
        except OSError:
            return False

    def read(self, start: int, stop: int, channel: int | None = None) -> Samples:
        """Return the samples from frame `start` to `stop` of one channel, or of all mixed into one."""
        both = self.read_all(start, stop)
        if self.channels == 1:
            return both[:, 0]
        if channel is not None:
            return np.ascontiguousarray(both[:, channel])
        mixed: Samples = (both.astype(np.int32).sum(axis=1) // self.channels).astype(np.int16)
        return mixed

    def read_all(self, start: int, stop: int) -> Samples:
        """Return the samples from frame `start` to `stop`: one row a frame, one column a channel."""
        start, stop = max(0, start), min(stop, self.frames)
        count = max(0, stop - start) * self.channels
        offset = start * self.channels * SAMPLE_BYTES
        read: Samples = np.fromfile(self.path, dtype="<i2", count=count, offset=offset)
        return read.reshape(-1, self.channels)

    def blocks(self, seconds: float = BLOCK_SECONDS) -> Iterator[tuple[int, Samples]]:
        """Yield (first frame, samples of all channels) of consecutive blocks."""
        step = int(seconds * RATE)
        for start in range(0, self.frames, step):
            yield start, self.read_all(start, start + step)

    def to_json(self) -> dict[str, Any]:
        """Return what has to be known to open it again; the place is not part of it."""
        return {"channels": self.channels, "frames": self.frames, "peak": self.peak}


def raised(samples: Samples, peak: int | None = None, *, most: float = 50.0) -> Samples:
    """Return samples with their peak (or the given one) brought to 95 % of full scale, at most `most` times louder."""
    if not samples.size:
        return samples
    loudest = int(np.abs(samples.astype(np.int32)).max()) if peak is None else peak
    gain = min(most, 0.95 * 32767 / max(1, loudest))
    louder: Samples = np.clip(samples.astype(np.float32) * gain, -32768, 32767).astype(np.int16)
    return louder
