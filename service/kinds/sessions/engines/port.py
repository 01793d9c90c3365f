"""What a recogniser is: it takes one utterance and says what it heard, and when."""

from dataclasses import dataclass
from typing import Any, Final, Protocol

from service.kinds.sessions.audio.recording import Samples
from service.kinds.sessions.audio.utterances import Cut

WAIT_SECONDS: Final = 0.1
"""How long an engine may wait for an answer before it asks `check` whether to go on."""


@dataclass(frozen=True, slots=True)
class Word:
    """One word, or a stretch of text whose words have no times of their own; seconds within the utterance."""

    start: float
    end: float
    text: str
    confidence: float | None = None

    def to_json(self) -> list[Any]:
        """Return the wire form."""
        return [round(self.start, 3), round(self.end, 3), self.text, self.confidence]

    @classmethod
    def from_json(cls, value: list[Any]) -> "Word":
        """Read it back."""
        return cls(float(value[0]), float(value[1]), str(value[2]), value[3])


@dataclass(frozen=True, slots=True)
class Heard:
    """What was heard in one utterance."""

    words: tuple[Word, ...] = ()
    language: str | None = None


class Check(Protocol):
    """Raises when the job is to end; engines call it at least every WAIT_SECONDS."""

    def __call__(self) -> None:
        """Raise to stop."""


class Engine(Protocol):
    """A recogniser. `name` stands in the transcript; `is_draft` says that nobody should rely on it unread."""

    name: str
    is_draft: bool
    cut: Cut
    pace: float
    """A first guess of seconds of work for each second of speech."""

    def transcribe(self, samples: Samples, check: Check) -> Heard:
        """Return what is heard in one utterance (16 kHz, 16 bit, one channel). Raises JobError."""
        ...

    def close(self) -> None:
        """Let go of processes and memory."""
        ...
