"""The first stage: decode, look for speech, decide whether the channels are the speakers, and cut."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np

from service.kinds.sessions.audio.channels import is_split_by_channel, without_leaks
from service.kinds.sessions.audio.decoding import decode
from service.kinds.sessions.audio.plan import Plan
from service.kinds.sessions.audio.recording import Floats, Recording
from service.kinds.sessions.audio.utterances import Cut, Utterance, cut, likelihoods
from service.kinds.sessions.codes import warning

Progress = Callable[[float, float | None], None]
"""Told how many seconds are done and how long the recording is, as far as is known; may raise to stop."""
DECODING_SHARE: Final = 0.3
"""Of the time of this stage; the rest is the voice detector's."""


def prepare(
    source: Path, samples: Path, how: Cut, *, speakers: int, max_seconds: float, progress: Progress
) -> Plan:
    """Decode `source` into `samples` and return what is to be heard; raises JobError by codes.py."""
    decoded = decode(
        source,
        samples,
        max_seconds=max_seconds,
        progress=lambda done, total: progress(done * DECODING_SHARE, total),
    )
    recording = decoded.recording

    def listening(seconds: float) -> None:
        share = DECODING_SHARE + (1 - DECODING_SHARE) * seconds / max(recording.seconds, 0.001)
        progress(min(1.0, share) * recording.seconds, recording.seconds)

    utterances, is_by_channel = _listen(recording, how, speakers, listening)
    silent = [] if utterances else [warning("no_speech")]
    return Plan(recording, tuple(utterances), is_by_channel, (*decoded.warnings, *silent))


def _listen(
    recording: Recording, how: Cut, speakers: int, listening: Callable[[float], None]
) -> tuple[list[Utterance], bool]:
    """Return the utterances in the order of their beginnings, and whether each channel is a speaker's."""
    if recording.channels == 1 or speakers != recording.channels:
        likely = likelihoods(recording, None, listening)
        return cut(likely, recording.frames, None, how), False
    each = (
        likelihoods(recording, 0, lambda seconds: listening(seconds / 2)),
        likelihoods(recording, 1, lambda seconds: listening((recording.seconds + seconds) / 2)),
    )
    if is_split_by_channel(recording, each):
        found = [one for channel in range(2) for one in cut(each[channel], recording.frames, channel, how)]
        return sorted(without_leaks(recording, found), key=lambda one: (one.start, one.channel or 0)), True
    either: Floats = np.maximum(each[0], each[1])
    return cut(either, recording.frames, None, how), False
