"""Learn from the first hits what else the question may mean, and order the candidates once more by it.

Pseudo-relevance feedback in the manner of RM3 (Lavrenko and Croft 2001; Abdul-Jaleel et al. 2004): the
telling words of the best hits, weighted, become a second question. Only candidates are scored by it, so
the cost does not grow with the library.
"""

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from service.kinds.ingestion.library.port import Scored
from service.kinds.ingestion.retrieval.terms import STOP_WORDS, Stemmer, words_of

FEEDBACK_HITS: Final = 10
FEEDBACK_TERMS: Final = 40
FEEDBACK_WEIGHT: Final = 0.75
_SHARPNESS: Final = 16
"""How much more is learned from a hit that stands out: its share of the best score to this power.

With even shares all of the first hits teach, as RM3 has it; a hit far above the others teaches alone, and so stays
first: a question for one known thing is not drowned by what its neighbours have in common.
"""
_WHOLE: Final = 1.0 + FEEDBACK_WEIGHT
_K1: Final = 1.2
_B: Final = 0.75
_MIN_LETTERS: Final = 3

Spread = Callable[[Sequence[str]], tuple[int, dict[str, int]]]


@dataclass(frozen=True, slots=True)
class _Bag:
    """The terms of a candidate, counted."""

    counts: Mapping[str, int]
    length: int


def reorder(
    hits: Sequence[Scored], texts: Mapping[int, str], stemmer: Stemmer, spread: Spread
) -> list[Scored]:
    """Return the same hits, ordered by their score and by the words that the first of them have in common.

    Scores are shares, 1.0 at most: of the best hit's score, and FEEDBACK_WEIGHT times of the best fit to the feedback.
    """
    present = [hit for hit in hits if hit.chunk_id in texts]
    if len(present) < 3:  # too little to learn from
        return _shares(present)
    bags = {hit.chunk_id: _bag(texts[hit.chunk_id], stemmer) for hit in present}
    total, weights = _telling(present, bags, spread)
    average = sum(bag.length for bag in bags.values()) / len(bags)
    learned = {chunk_id: _fit(bag, weights, average) for chunk_id, bag in bags.items()}
    highest = max(learned.values(), default=0.0)
    if total == 0 or highest <= 0:
        return _shares(present)
    mixed = [
        Scored(hit.chunk_id, (hit.score + FEEDBACK_WEIGHT * learned[hit.chunk_id] / highest) / _WHOLE)
        for hit in _shares(present)
    ]
    return sorted(mixed, key=lambda hit: -hit.score)


def _shares(hits: Sequence[Scored]) -> list[Scored]:
    highest = max((hit.score for hit in hits), default=0.0)
    return [Scored(hit.chunk_id, hit.score / highest if highest > 0 else 0.0) for hit in hits]


def _bag(text: str, stemmer: Stemmer) -> _Bag:
    words = [word for word in words_of(text) if word not in STOP_WORDS and len(word) >= _MIN_LETTERS]
    stems = stemmer.stems(set(words))
    return _Bag(Counter(stems[word] for word in words), max(1, len(words)))


def _telling(
    hits: Sequence[Scored], bags: Mapping[int, _Bag], spread: Spread
) -> tuple[int, dict[str, float]]:
    """Return how many chunks there are, and the weight of each term that the first hits are about."""
    gathered: Counter[str] = Counter()
    for hit in _shares(hits[:FEEDBACK_HITS]):
        bag, trust = bags[hit.chunk_id], hit.score**_SHARPNESS
        for term, count in bag.counts.items():
            gathered[term] += trust * count / bag.length  # type: ignore[assignment]  # a Counter of floats
    total, documents = spread(list(gathered))
    rarity = {
        term: math.log(1 + (total - min(total, documents[term]) + 0.5) / (documents[term] + 0.5))
        for term in gathered
    }
    scored = sorted(((share * rarity[term], term) for term, share in gathered.items()), reverse=True)
    chosen = scored[:FEEDBACK_TERMS]
    whole = sum(weight for weight, _ in chosen) or 1.0
    return total, {term: weight / whole * rarity[term] for weight, term in chosen}


def _fit(bag: _Bag, weights: Mapping[str, float], average: float) -> float:
    """Return BM25 of a candidate for weighted terms."""
    norm = _K1 * (1 - _B + _B * bag.length / average)
    return sum(
        weight * count * (_K1 + 1) / (count + norm)
        for term, weight in weights.items()
        if (count := bag.counts.get(term, 0))
    )
