"""The transcript as the rules read it: sentences with who says them, in which role, and where they stand."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from service.kinds.sessions.transcript import Segment, Transcript

Role = Literal["therapist", "client", "unknown"]
_END: Final = re.compile(r"(?<=[.!?…])[\"'”’)\]]*\s+(?=[\"'“‘(\[]*[^\W_])|\s*\n+\s*")
_TITLES: Final = re.compile(r"\b(?:dr|mr|mrs|ms|prof|st|vs|etc|e\.g|i\.e|a\.m|p\.m)\.$", re.IGNORECASE)
_QUOTES: Final = str.maketrans(
    {"’": "'", "‘": "'", "ʼ": "'", "`": "'", "“": '"', "”": '"', "–": " - ", "—": " - "}
)
_WORD: Final = re.compile(r"[a-z0-9]+(?:'[a-z]+)*")
_LONG: Final = (
    320  # characters: a "sentence" without stops (a draft of a machine) is cut at commas and conjunctions
)
_SOFT_END: Final = re.compile(r"(?:,|;|:)\s+|\s+(?=(?:and then|but|because|so)\s)")


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence. `plain` is what the rules match: lower case, straight quotes, single spaces."""

    number: int
    segment: Segment
    text: str
    plain: str
    role: Role

    @property
    def words(self) -> list[str]:
        """The words of the sentence in lower case."""
        return _WORD.findall(self.plain)

    @property
    def is_question(self) -> bool:
        """Whether it ends with a question mark."""
        return self.plain.rstrip("\"')] ").endswith("?")


def sentences_of(transcript: Transcript, roles: dict[str, Role]) -> list[Sentence]:
    """Return every sentence of a transcript in order."""
    made: list[Sentence] = []
    for segment in transcript.segments:
        role = roles.get(segment.speaker or "", "unknown")
        for text in split(segment.text):
            made.append(Sentence(len(made), segment, text, plain(text), role))
    return made


def split(text: str) -> list[str]:
    """Return the sentences of a text; titles ("Dr.") do not end one, and what has no stops is cut where it pauses."""
    pieces: list[str] = []
    begin = 0
    for end in _END.finditer(text):
        if _TITLES.search(text[begin : end.start()].rstrip("\"'”’)]")):
            continue
        pieces.append(text[begin : end.end()].strip())
        begin = end.end()
    pieces.append(text[begin:].strip())
    return [part for piece in pieces if piece for part in _shortened(piece)]


def plain(text: str) -> str:
    """Return text as the rules match it."""
    return straight(text).lower()


def straight(text: str) -> str:
    """Return text with straight quotes, plain dashes and single spaces, its capitals kept."""
    return " ".join(text.translate(_QUOTES).split())


def evidence(sentences: Iterable[Sentence]) -> list[dict[str, Any]]:
    """Return what a note rests on: for each sentence its segment, the segment's times, the words, the speaker."""
    found: dict[int, dict[str, Any]] = {}
    for sentence in sentences:
        found.setdefault(sentence.number, evidence_of(sentence.segment, sentence.text))
    return list(found.values())


def evidence_of(segment: Segment, quote: str) -> dict[str, Any]:
    """Return one piece of evidence."""
    return {
        "segment_id": segment.id,
        "start": round(segment.start, 3),
        "end": round(segment.end, 3),
        "quote": quote,
        "speaker": segment.speaker,
    }


def _shortened(piece: str) -> Sequence[str]:
    if len(piece) <= _LONG:
        return (piece,)
    parts: list[str] = []
    begin = last = 0
    for pause in _SOFT_END.finditer(piece):
        if pause.start() - begin > _LONG // 2 and last > begin:
            parts.append(piece[begin:last].strip())
            begin = last
        last = pause.end()
    parts.append(piece[begin:].strip())
    return [part for whole in parts for part in _in_words(whole) if part]


def _in_words(whole: str) -> list[str]:
    """Cut what has no pause at all after so many words."""
    if len(whole) <= 2 * _LONG:
        return [whole]
    words = whole.split()
    return [" ".join(words[at : at + 50]) for at in range(0, len(words), 50)]
