"""Find what may be a name in one chunk: capitalised sequences and acronyms, sentence by sentence."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

_SENTENCE_END: Final = re.compile(r"(?<=[.!?])[\"')\]]*\s+(?=[\"'(\[]*[A-Z0-9\u00c0-\u024f])|\n+")
_ABBREVIATION: Final = re.compile(
    r"(?:\b(?:mr|mrs|ms|dr|prof|st|jr|sr|vs|etc|no|fig|eq|vol|ed|inc|ltd|co|corp|al)|\b[A-Z])\.$",
    re.IGNORECASE,
)
_WORD: Final = r"[A-Z\u00c0-\u00d6\u00d8-\u00de][\w\u2019'&-]*"
_LINK: Final = r"(?:of|the|and|de|la|le|du|des|der|den|von|van|di|da|del|for|&)"
_HONORIFIC: Final = r"(?:(?:Mr|Mrs|Ms|Dr|Prof|St)\.? )?"
_NAME: Final = re.compile(rf"\b{_HONORIFIC}{_WORD}(?:[ \u00a0](?:{_LINK}[ \u00a0]){{0,2}}{_WORD}){{0,5}}")
_ACRONYM: Final = re.compile(r"\b(?:[A-Z]\.){2,}|\b[A-Z][A-Z0-9&-]{1,9}s?\b")
_LOWER: Final = re.compile(r"\b[a-z\u00df-\u00f6\u00f8-\u024f][\w'\u2019-]*")
_MAX_SENTENCE: Final = 2000
_MAX_NAME: Final = 80
MAX_EVIDENCE: Final = 400


@dataclass(frozen=True, slots=True)
class Candidate:
    """A possible name; `is_start` when it begins its sentence, where anything is capitalised."""

    name: str
    is_start: bool
    is_acronym: bool


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence's candidates, and its text as evidence."""

    text: str
    candidates: tuple[Candidate, ...]


@dataclass(slots=True)
class ChunkNames:
    """What one chunk may name, and how often words stand in it in lower case."""

    number: int
    sentences: list[Sentence] = field(default_factory=list)
    lower: Counter[str] = field(default_factory=Counter)


def find_candidates(number: int, text: str) -> ChunkNames:
    """Return the candidates of one chunk. Linear in the length of the text."""
    found = ChunkNames(number)
    found.lower.update(match.group() for match in _LOWER.finditer(text))
    for sentence in sentences(text):
        candidates = tuple(dict.fromkeys(_candidates(sentence)))
        if candidates:
            found.sentences.append(Sentence(" ".join(sentence.split())[:MAX_EVIDENCE], candidates))
    return found


def sentences(text: str) -> Iterator[str]:
    """Yield sentences, in pieces of bounded length; an abbreviation does not end one."""
    begin = 0
    for match in _SENTENCE_END.finditer(text):
        is_break = "\n" in match.group()
        if not is_break and _ABBREVIATION.search(text[max(begin, match.start() - 12) : match.start()]):
            continue
        yield from _bounded(text[begin : match.start()])
        begin = match.end()
    yield from _bounded(text[begin:])


def _bounded(sentence: str) -> Iterator[str]:
    for first in range(0, len(sentence), _MAX_SENTENCE):
        piece = sentence[first : first + _MAX_SENTENCE].strip()
        if piece:
            yield piece


def _candidates(sentence: str) -> Iterator[Candidate]:
    is_shouted = sum(map(str.isupper, sentence)) > 0.6 * sum(map(str.isalpha, sentence))
    if is_shouted:  # a heading in capitals names nothing by them
        return
    start = len(sentence) - len(sentence.lstrip("\"'([•-–— \t0123456789.)"))
    for match in _NAME.finditer(sentence):
        name = clean(match.group())
        if len(name) < 2 or len(name) > _MAX_NAME or sentence[match.end() : match.end() + 2] == ": ":
            continue  # "Name: value" labels something, it names nothing
        is_acronym = bool(_ACRONYM.fullmatch(name)) and " " not in name
        yield Candidate(name, match.start() <= start, is_acronym)


def clean(name: str) -> str:
    """Return a name without possessive endings and hanging punctuation."""
    name = name.replace("\u00a0", " ").replace("\u2019", "'").strip(" '&-")
    return name.removesuffix("'s").rstrip("'-&. ")
