"""What is to be heard, cut once and kept beside the samples: a second attempt finds the very same pieces."""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from service.kinds.sessions.audio.recording import RATE, Recording
from service.kinds.sessions.audio.utterances import Utterance

VERSION: Final = 1
"""Goes up when recordings are cut differently; an older plan is then made anew, with its pieces."""
GROUP_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class Group:
    """About a minute of utterances: what is worth resuming at. `first` is the number of its first utterance."""

    number: int
    first: int
    utterances: tuple[Utterance, ...]

    @property
    def start_seconds(self) -> float:
        """Where it begins in the recording."""
        return self.utterances[0].start / RATE

    @property
    def end_seconds(self) -> float:
        """Where it ends in the recording."""
        return max(one.stop for one in self.utterances) / RATE


@dataclass(frozen=True, slots=True)
class Plan:
    """The decoded recording and its utterances, in the order in which they begin."""

    recording: Recording
    utterances: tuple[Utterance, ...]
    is_by_channel: bool
    warnings: tuple[dict[str, str], ...]

    @property
    def speech_seconds(self) -> float:
        """How much there is to be transcribed."""
        return sum(one.seconds for one in self.utterances)

    def groups(self) -> list[Group]:
        """Return the utterances in groups of about GROUP_SECONDS of the recording."""
        groups: list[Group] = []
        begun: list[Utterance] = []
        for number, one in enumerate(self.utterances):
            if begun and (one.stop - begun[0].start) / RATE > GROUP_SECONDS:
                groups.append(Group(len(groups) + 1, number - len(begun), tuple(begun)))
                begun = []
            begun.append(one)
        if begun:
            groups.append(Group(len(groups) + 1, len(self.utterances) - len(begun), tuple(begun)))
        return groups

    def save(self, path: Path) -> None:
        """Write it, whole or not at all."""
        write_json(
            path,
            {
                "version": VERSION,
                "recording": self.recording.to_json(),
                "utterances": [one.to_json() for one in self.utterances],
                "is_by_channel": self.is_by_channel,
                "warnings": list(self.warnings),
            },
        )

    @classmethod
    def load(cls, path: Path, samples: Path) -> "Plan | None":
        """Return the plan of an earlier attempt; None when there is none. Its samples may be gone (`is_whole`)."""
        value = read_json(path)
        if not isinstance(value, dict) or value.get("version") != VERSION:
            return None
        recording = Recording(samples, **value["recording"])
        utterances = tuple(Utterance.from_json(one) for one in value["utterances"])
        return cls(recording, utterances, bool(value["is_by_channel"]), tuple(value["warnings"]))


def write_json(path: Path, value: Sequence[Any] | dict[str, Any]) -> None:
    """Write a file that survives a crash whole or not at all, before anything that relies on it is committed."""
    part = path.with_name(path.name + ".part")
    with part.open("w", encoding="utf-8") as out:
        json.dump(value, out, ensure_ascii=False, separators=(",", ":"))
        out.flush()
        os.fsync(out.fileno())
    part.replace(path)


def read_json(path: Path) -> Any:
    """Return what `write_json` wrote; None when there is no such file."""
    try:
        return json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None
