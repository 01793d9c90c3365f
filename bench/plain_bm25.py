"""BM25 as the textbooks have it, to see what a collection gives with the parameters that are customary elsewhere.

Score and idf are Lucene's (Robertson and Zaragoza 2009; idf = ln(1 + (N - n + 0.5) / (n + 0.5))), stems are
Porter's as FTS5 makes them. Nothing here is used by the service.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet

from service.kinds.ingestion.retrieval.terms import STOP_WORDS, Stemmer, words_of

LUCENE_STOP_WORDS = frozenset(
    """
    a an and are as at be but by for if in into is it no not of on or such that the their then there these they
    this to was will with
    """.split()  # noqa: SIM905 (a list of so many would be a page long)
)
"""What Lucene's English analyser leaves out; Anserini and Pyserini use it too."""
CUSTOMARY = (
    ("k1 0.9, b 0.4, Lucene's stop words (Anserini)", 0.9, 0.4, LUCENE_STOP_WORDS),
    ("k1 1.2, b 0.75, Lucene's stop words (Lucene)", 1.2, 0.75, LUCENE_STOP_WORDS),
    ("k1 1.2, b 0.75, our stop words", 1.2, 0.75, STOP_WORDS),
    ("k1 2.0, b 0.75, our stop words", 2.0, 0.75, STOP_WORDS),
)


class PlainIndex:
    """Texts by id, ready to be asked."""

    def __init__(self, texts: Mapping[str, str], stop_words: AbstractSet[str]) -> None:
        self._stop_words = stop_words
        self._stemmer = Stemmer()
        self._ids = list(texts)
        bags = [Counter(self._terms(text)) for text in texts.values()]
        self._lengths = [bag.total() for bag in bags]
        self._postings: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for number, bag in enumerate(bags):
            for term, count in bag.items():
                self._postings[term].append((number, count))

    def ask(self, question: str, *, k1: float, b: float, depth: int) -> list[str]:
        """Return the ids of the best texts; every different word of the question counts once."""
        average = sum(self._lengths) / max(1, len(self._lengths))
        scores: dict[int, float] = defaultdict(float)
        for term in set(self._terms(question)):
            found = self._postings.get(term, [])
            rarity = math.log(1 + (len(self._ids) - len(found) + 0.5) / (len(found) + 0.5))
            for number, count in found:
                norm = k1 * (1 - b + b * self._lengths[number] / average)
                scores[number] += rarity * count * (k1 + 1) / (count + norm)
        best = sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))[:depth]
        return [self._ids[number] for number, _ in best]

    def _terms(self, text: str) -> Sequence[str]:
        words = [word for word in words_of(text) if word not in self._stop_words]
        stems = self._stemmer.stems(set(words))
        return [stems[word] for word in words]
