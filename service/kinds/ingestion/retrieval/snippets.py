"""The few lines of a chunk that answer a question, with the words that matched."""

import re
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final

from service.kinds.ingestion.retrieval.terms import Stemmer

SNIPPET_CHARACTERS: Final = 320
_LEAD_CHARACTERS: Final = 60
_WORD: Final = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Snippet:
    """A piece of a chunk from character `start` on; `highlights` are [begin, end) within the piece."""

    text: str
    start: int
    match: int
    """Where in the chunk the first matching word of the piece stands; `start` when nothing matched."""
    highlights: tuple[tuple[int, int], ...]


def snippet_of(text: str, stems: AbstractSet[str], stemmer: Stemmer) -> Snippet:
    """Return the stretch of a text with the most different matching words, cut at white space."""
    found = [(match.start(), match.end(), match.group().lower()) for match in _WORD.finditer(text)]
    terms = stemmer.stems({word for _, _, word in found})
    matches = [(begin, end, terms[word]) for begin, end, word in found if terms[word] in stems]
    first = _densest(matches)
    begin = _back_to_space(text, max(0, (matches[first][0] if matches else 0) - _LEAD_CHARACTERS))
    end = _on_to_space(text, min(len(text), begin + SNIPPET_CHARACTERS))
    highlights = tuple((b - begin, e - begin) for b, e, _ in matches if b >= begin and e <= end)
    match = matches[first][0] if matches else begin
    return Snippet(text[begin:end], begin, match, highlights)


def _densest(matches: list[tuple[int, int, str]]) -> int:
    """Return the number of the match from which a window holds the most different terms, then the most matches."""
    best, best_at = (0, 0), 0
    last = 0
    counts: dict[str, int] = {}
    for first, (begin, _, term) in enumerate(matches):
        while last < len(matches) and matches[last][1] <= begin + SNIPPET_CHARACTERS - _LEAD_CHARACTERS:
            counts[matches[last][2]] = counts.get(matches[last][2], 0) + 1
            last += 1
        score = (len(counts), last - first)
        if score > best:
            best, best_at = score, first
        if counts.get(term):
            counts[term] -= 1
            if not counts[term]:
                del counts[term]
    return best_at


def _back_to_space(text: str, at: int) -> int:
    while at > 0 and not text[at - 1].isspace():
        at -= 1
    return at


def _on_to_space(text: str, at: int) -> int:
    while at < len(text) and not text[at].isspace():
        at += 1
    return at
