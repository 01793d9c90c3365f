"""Recordings for the tests of sessions: the example that is shipped, and what can be made of it with PyAV."""

import wave
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from service.kinds.sessions.audio.recording import RATE, Samples
from service.kinds.sessions.audio.utterances import Cut
from service.kinds.sessions.engines.port import Check, Heard, Word

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "sessions" / "sense-and-sensibility.opus"
EXAMPLE_TEXT = (
    "and mister john dashwood had then leisure to consider how much there might be prudently in his power to do "
    "for them unless to be rather cold hearted and rather selfish is to be ill disposed"
)
SAMPLES = ROOT.parent / "shared" / "samples" / "audio"
needs_samples = pytest.mark.skipif(
    not SAMPLES.is_dir(), reason=f"THE SAMPLE RECORDINGS ARE MISSING: there is no {SAMPLES}"
)


@cache
def example() -> Samples:
    """Return the samples of the example: 16 kHz, one channel."""
    import av

    with av.open(str(EXAMPLE)) as container:
        resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
        parts = [
            ready.to_ndarray()
            for frame in [*container.decode(audio=0), None]
            for ready in resampler.resample(frame)
        ]
    samples: Samples = np.concatenate(parts, axis=1)[0]
    return samples


def write_wave(path: Path, samples: Samples, rate: int = RATE) -> Path:
    """Write samples (frames, or frames x channels) as a WAV file."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1 if samples.ndim == 1 else samples.shape[1])
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.astype("<i2").tobytes())
    return path


def encode(path: Path, samples: Samples, codec: str, *, format_name: str, rate: int = 48_000) -> Path:
    """Write mono samples with a codec of FFmpeg."""
    import av

    with av.open(str(path), "w", format=format_name) as container:
        stream: Any = container.add_stream(codec, rate=rate, layout="mono")
        stream.bit_rate = 64_000
        stream.codec_context.open()
        frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate = RATE
        own = stream.codec_context
        resampler = av.AudioResampler(own.format, "mono", rate, frame_size=own.frame_size or 1024)
        for piece in (frame, None):
            for ready in resampler.resample(piece):
                container.mux(stream.encode(ready))
        container.mux(stream.encode(None))
    return path


def higher(samples: Samples, factor: float) -> Samples:
    """Return another voice saying the same: a shorter throat and faster cords."""
    count = int(len(samples) / factor)
    other: Samples = np.interp(np.arange(count) * factor, np.arange(len(samples)), samples).astype(np.int16)
    return other


def word_errors(truth: str, said: str) -> float:
    """Return the word error rate (Levenshtein over words)."""
    wanted, got = truth.lower().split(), said.lower().split()
    row = list(range(len(got) + 1))
    for number, word in enumerate(wanted, 1):
        before, row[0] = row[:], number
        for place, other in enumerate(got, 1):
            row[place] = min(before[place] + 1, row[place - 1] + 1, before[place - 1] + (word != other))
    return row[-1] / len(wanted)


@dataclass
class FakeEngine:
    """An engine that hears a word every half second, and says how long each utterance was."""

    name: str = "fake"
    is_draft: bool = False
    cut: Cut = field(default_factory=Cut)
    pace: float = 0.1
    words: Sequence[str] = ("zanzibar", "quagmire", "xylophone")
    seconds: list[float] = field(default_factory=list)
    is_closed: bool = False

    def transcribe(self, samples: Samples, check: Check) -> Heard:
        check()
        length = len(samples) / RATE
        self.seconds.append(length)
        times = np.arange(0.25, max(0.3, length - 0.5), 0.5)
        return Heard(
            tuple(
                Word(float(time), float(time) + 0.4, self.words[number % len(self.words)], 0.9)
                for number, time in enumerate(times)
            ),
            "en",
        )

    def close(self) -> None:
        self.is_closed = True
