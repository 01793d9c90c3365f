"""Decode any recording into a file of plain samples, streaming: what decoded before an error is kept.

The demuxers are named one by one: a playlist by a recording's name must not make the decoder open other files.
"""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import numpy as np

from service.kinds.sessions.audio.recording import RATE, Recording
from service.kinds.sessions.audio.sniff import why_unreadable
from service.kinds.sessions.codes import session_error, warning

if TYPE_CHECKING:
    import av
    from av.container import InputContainer

FORMATS: Final = (
    "wav,w64,mp3,aac,flac,ogg,mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,asf,aiff,caf,amr,au,ac3,eac3,wv,ape,tta,"
    "avi,mpegts"
)
_OPTIONS: Final = {"format_whitelist": FORMATS, "protocol_whitelist": "file"}
_GAP_SECONDS: Final = 0.25  # shorter holes are rounding of timestamps
_MAX_GAP_SECONDS: Final = 3600.0  # a longer one is a broken timestamp
_SHORT_BY: Final = 0.02
_PROGRESS_SECONDS: Final = 5.0
_MAX_BAD_PACKETS: Final = 10_000

Progress = Callable[[float, float | None], None]
"""Told seconds of audio done and, when the header says so, in all; may raise to stop."""


@dataclass(slots=True)
class Decoded:
    """The recording, and what was wrong with its file."""

    recording: Recording
    warnings: list[dict[str, str]] = field(default_factory=list)


def decode(source: Path, target: Path, *, max_seconds: float, progress: Progress) -> Decoded:
    """Decode `source` into `target`; raises JobError with a code of codes.py when nothing can be had from it."""
    import av

    if source.stat().st_size == 0:
        raise session_error("audio_empty", "The file has no bytes.")
    part = target.with_name(target.name + ".part")
    try:
        container = av.open(str(source), options=_OPTIONS, metadata_errors="ignore")
    except (av.error.FFmpegError, OSError, ValueError) as error:
        raise session_error(*why_unreadable(source)) from error
    with container, part.open("wb") as out:
        if not container.streams.audio:
            raise session_error("no_audio_track", "The file has no sound in it.")
        writer = _Writer(out, container.streams.audio[0], max_seconds)
        announced = container.duration / 1_000_000 if container.duration else None
        _refuse_long(announced, max_seconds)
        damage = _decode_all(container, writer, announced, progress)
    if not writer.frames:
        part.unlink()
        if damage:
            raise session_error("audio_unreadable", "Nothing in the file could be decoded.")
        raise session_error("audio_empty", "The file has a header and no sound.")
    part.replace(target)
    recording = Recording(target, writer.channels, writer.frames, writer.peak)
    return Decoded(recording, _warnings(recording, damage + writer.gaps, announced))


def _decode_all(
    container: "InputContainer", writer: "_Writer", announced: float | None, progress: Progress
) -> int:
    """Decode every packet; return how many could not be."""
    import av

    damage, told = 0, 0.0
    for packet in _packets(container, writer.stream):
        if packet is None:
            damage += 1
            break
        try:
            for frame in packet.decode():
                writer.take(frame)
        except av.error.FFmpegError:
            damage += 1
            if damage > _MAX_BAD_PACKETS:
                break
        if writer.seconds - told >= _PROGRESS_SECONDS:
            told = writer.seconds
            progress(told, announced)
    with contextlib.suppress(av.error.FFmpegError):
        writer.flush()
    progress(writer.seconds, announced)
    return damage


def _packets(container: "InputContainer", stream: Any) -> Iterator[Any]:
    """Yield the packets of a stream; None once, at the end, when the file breaks off with an error."""
    import av

    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets)
        except StopIteration:
            return
        except (av.error.FFmpegError, OSError):
            yield None
            return
        yield packet


class _Writer:
    """Brings frames to 16 kHz and 16 bit and writes them where their timestamps say."""

    def __init__(self, out: BinaryIO, stream: Any, max_seconds: float) -> None:
        self.stream = stream
        self.channels = 2 if stream.codec_context.channels == 2 else 1
        self.frames = 0
        self.peak = 0
        self.gaps = 0
        self._out = out
        self._max_seconds = max_seconds
        self._first: float | None = None
        self._resampler: Any = None
        self._form: tuple[Any, ...] = ()

    @property
    def seconds(self) -> float:
        """How much is written."""
        return self.frames / RATE

    def take(self, frame: "av.AudioFrame") -> None:
        """Write one decoded frame."""
        import av

        form = (frame.format.name, frame.layout.name, frame.sample_rate)
        if form != self._form:  # the first one, or a stream that changes on its way
            self.flush()
            layout = "stereo" if self.channels == 2 else "mono"
            self._resampler = av.AudioResampler(format="s16", layout=layout, rate=RATE)
            self._form = form
        self._fill_gap(frame)
        frame.pts = None  # the resampler would refuse timestamps that jump
        self._write(self._resampler.resample(frame))
        _refuse_long(self.seconds, self._max_seconds)

    def flush(self) -> None:
        """Write what the resampler still holds."""
        if self._resampler is not None:
            self._write(self._resampler.resample(None))
            self._resampler = None
            self._form = ()

    def _fill_gap(self, frame: "av.AudioFrame") -> None:
        """Write silence where packets are missing: the transcript's times have to be the player's."""
        if frame.time is None:
            return
        if self._first is None:
            self._first = frame.time
        gap = frame.time - self._first - self.seconds
        if _GAP_SECONDS < gap < _MAX_GAP_SECONDS:
            _refuse_long(self.seconds + gap, self._max_seconds)
            self.gaps += 1
            missing = int(gap * RATE)
            while missing > 0:  # in pieces: an hour of silence at once would be an hour in memory
                self._add(np.zeros((min(missing, RATE), self.channels), np.int16))
                missing -= RATE

    def _write(self, frames: Any) -> None:
        for frame in frames:
            self._add(frame.to_ndarray().reshape(-1, self.channels))

    def _add(self, samples: Any) -> None:
        if not len(samples):
            return
        self.frames += len(samples)
        self.peak = max(self.peak, int(samples.max()), -int(samples.min()))
        self._out.write(samples.astype("<i2", copy=False).tobytes())


def _warnings(recording: Recording, damage: int, announced: float | None) -> list[dict[str, str]]:
    found = []
    if damage:
        found.append(warning("audio_damaged"))
    if announced and recording.seconds < announced * (1 - _SHORT_BY) - 0.5:
        found.append(warning("audio_truncated"))
    return found


def _refuse_long(seconds: float | None, max_seconds: float) -> None:
    if seconds is not None and seconds > max_seconds:
        raise session_error("too_long", f"The recording is longer than {max_seconds / 3600:g} hours.")
