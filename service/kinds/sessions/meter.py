"""How far a session is: each stage counts seconds of audio, and a host says so whatever the items count."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

from service.kinds.base import Host, RelayingHost
from service.model.progress import Progress, Stage

STAGES: Final = ("preprocessing", "transcribing", "diarizing", "extracting_notes")
MESSAGES: Final = {
    "preprocessing": "Preparing the recording",
    "transcribing": "Transcribing",
    "diarizing": "Telling speakers apart",
    "extracting_notes": "Taking notes",
}
PACE: Final = {"preprocessing": 0.01, "diarizing": 0.02, "extracting_notes": 0.01}
"""Seconds of work for each second of audio, measured on two slow cores; the engine says its own."""
_ALMOST: Final = 99.9


@dataclass(slots=True)
class _Stage:
    done: float = 0.0
    total: float | None = None
    status: str = "pending"


class Meter:
    """Seconds of audio done in each stage, the percent of the whole, and how long the rest will take."""

    def __init__(
        self, pace: float, engine: str | None, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.stage: str | None = None
        self.engine = engine
        self._pace = {**PACE, "transcribing": pace}
        self._clock = clock
        self._stages = {name: _Stage() for name in STAGES}
        self._speech_share = 0.8  # of a conversation, until the voice detector has said it
        self._highest = 0.0
        self._begun_at = clock()
        self._begun_with = 0.0

    def length(self, seconds: float, speech_seconds: float | None = None) -> None:
        """Say how long the recording is, and how much of it is speech."""
        for stage in self._stages.values():
            stage.total = seconds
        if speech_seconds is not None:
            self._speech_share = speech_seconds / seconds if seconds else 0.0

    def begin(self, name: str) -> None:
        """Enter a stage; those before it are over."""
        if self.stage is not None:
            self._end(self.stage)
        self.stage = name
        self._stages[name].status = "running"
        self._begun_at = self._clock()
        self._begun_with = 0.0

    def skip(self, *names: str) -> None:
        """Say that stages are not needed."""
        for name in names:
            self._end(name)

    def at(self, seconds: float) -> None:
        """Say how many seconds of audio the running stage has done; it never goes back."""
        if self.stage is not None:
            stage = self._stages[self.stage]
            stage.done = max(stage.done, seconds)

    def found_done(self, seconds: float) -> None:
        """The same for what an earlier attempt did: it says nothing about the pace of this one."""
        self.at(seconds)
        if self.stage is not None:
            self._begun_with = self._stages[self.stage].done
            self._begun_at = self._clock()

    def finish(self) -> None:
        """Say that everything is over."""
        self.skip(*STAGES)
        self._highest = 100.0

    def progress(self, last: Progress) -> Progress:
        """Return the newest progress with our own numbers in it."""
        stage = self._stages[self.stage] if self.stage else _Stage()
        return replace(
            last,
            percent=self._percent(),
            current=int(stage.done),
            total=None if stage.total is None else max(int(stage.total), int(stage.done)),
            unit="second",
            stage=self.stage,
            stages=tuple(
                Stage(name, one.status, int(one.done), None if one.total is None else int(one.total))
                for name, one in self._stages.items()
            ),
            details=self._details(),
        )

    def seconds_left(self) -> float | None:
        """Return how many seconds of work are left, by the pace of this very run where it is known."""
        if self._stages["preprocessing"].total is None:
            return None
        name = self.stage or STAGES[0]
        slower = self._slower(name)
        rest = 0.0
        for each, stage in self._stages.items():
            if stage.status != "completed":
                left = self._work(each, stage.total or 0.0) - self._work(each, stage.done)
                rest += left * (slower if each == name else 1.0)
        return max(0.0, rest)

    def _slower(self, name: str) -> float:
        expected = self._work(name, self._stages[name].done) - self._work(name, self._begun_with)
        spent = self._clock() - self._begun_at
        return spent / expected if expected > 0 and spent > 0.5 else 1.0

    def _work(self, name: str, seconds: float) -> float:
        share = self._speech_share if name == "transcribing" else 1.0
        return seconds * self._pace[name] * share

    def _percent(self) -> float:
        whole = sum(self._work(name, stage.total or 0.0) for name, stage in self._stages.items())
        done = sum(self._work(name, stage.done) for name, stage in self._stages.items())
        value = round(min(_ALMOST, 100.0 * done / whole), 2) if whole else 0.0
        self._highest = max(self._highest, value)
        return self._highest

    def _details(self) -> dict[str, Any]:
        left = self.seconds_left()
        total = self._stages["preprocessing"].total
        return {
            "engine": self.engine,
            "audio_seconds": None if total is None else round(total, 1),
            "estimated_seconds_left": None if left is None else round(left, 1),
        }

    def _end(self, name: str) -> None:
        stage = self._stages[name]
        stage.status = "completed"
        stage.done = stage.total or stage.done


class MeteredHost(RelayingHost):
    """Between the job and its host: whatever the context counts, seconds of audio are what is told."""

    def __init__(self, host: Host, meter: Meter) -> None:
        super().__init__(host)
        self._meter = meter

    def report(self, progress: Progress) -> None:
        """Hand on what the meter says."""
        self._host.report(self._meter.progress(progress))
