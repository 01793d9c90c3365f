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
_LINK: Final = r"(?:of|of the|de|la|le|du|des|der|den|von|van|di|da|del|&)"
_HONORIFIC: Final = r"(?:(?:Mr|Mrs|Ms|Dr|Prof|St)\.? )?"
_NAME: Final = re.compile(rf"\b{_HONORIFIC}{_WORD}(?:[ \u00a0](?:{_LINK}[ \u00a0]){{0,2}}{_WORD}){{0,5}}")
_ACRONYM: Final = re.compile(r"\b(?:[A-Z]\.){2,}|\b[A-Z][A-Z0-9&-]{1,9}s?\b")
_LOWER: Final = re.compile(r"\b[a-z\u00df-\u00f6\u00f8-\u024f][\w'\u2019-]*")
_TITLED: Final = re.compile(r"(?:Mr|Mrs|Ms|Dr|Prof|St)\.? \w")
_MAX_SENTENCE: Final = 2000
NEVER: Final = frozenset(
    """
    figure fig table chapter section page appendix note example equation part volume row rows abstract
    introduction conclusion references contents index i a an the this that these those it he she we they
    you in on at of for from to by with as and or but if when while where what which who how why there
    here all some any each every no not yes however although because since after before during then thus
    also our your his her its their my one two three first second many most more such other another see
    let is are was were be have has do does did can may will would should could must according despite
    although both between under over into about oh ah aye hey hello well mr mrs ms dr prof vol ed eds
    """.split()  # noqa: SIM905 (a list of so many would be a page long)
)
"""Words that begin sentences and label things, whatever their letters: never a name, nor the first word of one."""
_SHORT_I: Final = re.compile(r"I'(?:m|ll|ve|d)")
_BEFORE_I: Final = frozenset(
    (
        "am", "can", "did", "do", "had", "have", "may", "must", "now", "shall", "should", "so", "then", "was",
        "well", "will", "would",
    )
)  # fmt: skip
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
        name, is_cut = _without_leading(clean(match.group()))
        if len(name) < 2 or len(name) > _MAX_NAME or sentence[match.end() : match.end() + 2] == ": ":
            continue  # "Name: value" labels something, it names nothing
        is_acronym = bool(_ACRONYM.fullmatch(name)) and " " not in name
        is_start = match.start() <= start and not is_cut and not _TITLED.match(name)
        yield Candidate(name, is_start, is_acronym)


def _without_leading(name: str) -> tuple[str, bool]:
    """Return a name without articles and the like before it, and whether there were any.

    What is only capitalised because of the pronoun beside it ("Shall I", "I'll") is not there at all.
    """
    words = [word for word in name.split(" ") if not _SHORT_I.fullmatch(word)]
    if words[1:] == ["I"] and words[0].casefold() in _BEFORE_I:
        words = []
    first = next((at for at, word in enumerate(words) if word.casefold() not in NEVER), len(words))
    return " ".join(words[first:]), first > 0


def clean(name: str) -> str:
    """Return a name without possessive endings and hanging punctuation."""
    name = name.replace("\u00a0", " ").replace("\u2019", "'").strip(" '&-")
    return name.removesuffix("'s").rstrip("'-&. ")
