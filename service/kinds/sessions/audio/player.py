"""Something that a browser can play: the input itself where browsers can, else a small Opus file.

What browsers play: https://developer.mozilla.org/docs/Web/Media/Guides/Formats/Containers
"""

from collections.abc import Callable
from pathlib import PurePosixPath
from typing import IO, Final

from service.kinds.base import InputFile
from service.kinds.sessions.audio.recording import RATE, Recording

PLAYED: Final = frozenset({".wav", ".mp3", ".m4a", ".mp4", ".flac", ".ogg", ".oga", ".opus", ".webm", ".aac"})
BITS_A_SECOND: Final = 32_000
_BLOCK_SECONDS: Final = 10


def needs_copy(source: InputFile) -> bool:
    """Return whether browsers cannot play the file itself, by the name that it has."""
    return PurePosixPath(source.name.lower()).suffix not in PLAYED


def make_playable(recording: Recording, out: IO[bytes], check: Callable[[], None]) -> None:
    """Write the recording as Opus in Ogg; `check` may raise to stop."""
    import av

    layout = "stereo" if recording.channels == 2 else "mono"
    with av.open(out, "w", format="ogg") as container:
        stream = container.add_stream("libopus", rate=48_000, layout=layout)
        stream.bit_rate = BITS_A_SECOND
        resampler = av.AudioResampler(format="s16", layout=layout, rate=48_000, frame_size=960)
        for _, samples in recording.blocks(_BLOCK_SECONDS):
            check()
            frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout=layout)
            frame.sample_rate = RATE
            for ready in resampler.resample(frame):
                container.mux(stream.encode(ready))
        for ready in resampler.resample(None):
            container.mux(stream.encode(ready))
        container.mux(stream.encode(None))
