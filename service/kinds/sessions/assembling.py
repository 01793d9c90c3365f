"""Make segments of words: each of one speaker, none across a long pause, none without an end."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Final

from service.kinds.sessions.audio.plan import Plan
from service.kinds.sessions.audio.recording import RATE
from service.kinds.sessions.engines.port import Word
from service.kinds.sessions.transcript import Segment, numbered

PAUSE_SECONDS: Final = 0.8
LONGEST_SECONDS: Final = 20.0
_UNSPACED: Final = (
    (0x3040, 0x30FF),
    (0x3400, 0x9FFF),
    (0xF900, 0xFAFF),
    (0x0E00, 0x0E7F),
    (0x3000, 0x303F),
    (0xFF00, 0xFFEF),
)
"""Scripts that are written without spaces: kana, Han, Thai, and their punctuation."""


@dataclass(frozen=True, slots=True)
class Said:
    """A word at its place in the recording; `speaker` is a key such as "S1", or None when nobody knows."""

    word: Word
    speaker: str | None = None


def placed(plan: Plan, heard: Sequence[Sequence[Word]]) -> list[list[Word]]:
    """Return the words of every utterance with times in the recording."""
    found = []
    for utterance, words in zip(plan.utterances, heard, strict=True):
        offset = utterance.start / RATE
        found.append(
            [Word(word.start + offset, word.end + offset, word.text, word.confidence) for word in words]
        )
    return found


def assembled(utterances: Iterable[Sequence[Said]]) -> tuple[Segment, ...]:
    """Return segments with ids, in the order in which they begin; `utterances` hold words in order."""
    runs = [run for words in utterances for run in _runs(words)]
    runs.sort(key=lambda run: (run[0].word.start, run[0].speaker or ""))
    return numbered(_segment(run) for run in _joined(runs))


def _runs(words: Sequence[Said]) -> list[list[Said]]:
    runs: list[list[Said]] = []
    for said in words:
        last = runs[-1][-1] if runs else None
        if (
            last is not None
            and last.speaker == said.speaker
            and said.word.start - last.word.end < PAUSE_SECONDS
        ):
            runs[-1].append(said)
        else:
            runs.append([said])
    return runs


def _joined(runs: list[list[Said]]) -> list[list[Said]]:
    """Put together what one speaker says on and on: an utterance may end at a breath."""
    joined: list[list[Said]] = []
    for run in runs:
        last = joined[-1] if joined else None
        if (
            last is not None
            and last[0].speaker == run[0].speaker
            and run[0].word.start - last[-1].word.end < PAUSE_SECONDS
            and run[-1].word.end - last[0].word.start <= LONGEST_SECONDS
        ):
            last.extend(run)
        else:
            joined.append(list(run))
    return joined


def _segment(run: Sequence[Said]) -> Segment:
    sure = [said.word.confidence for said in run if said.word.confidence is not None]
    return Segment(
        "",
        run[0].word.start,
        max(said.word.end for said in run),
        joined_text(said.word.text for said in run),
        run[0].speaker,
        fmean(sure) if sure else None,
    )


def joined_text(words: Iterable[str]) -> str:
    """Return words as one text, with spaces between them where their script has spaces."""
    text = ""
    for word in words:
        if text and word and not (_is_unspaced(text[-1]) and _is_unspaced(word[0])):
            text += " "
        text += word
    return text


def _is_unspaced(character: str) -> bool:
    return any(low <= ord(character) <= high for low, high in _UNSPACED)
