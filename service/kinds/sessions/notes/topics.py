"""What a session was about: topics by their words, the sentences at its centre, and quotes worth keeping."""

import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from service.kinds.sessions.notes.phrasebook import phrasebook, word_list
from service.kinds.sessions.notes.sentences import Sentence, evidence, evidence_of
from service.kinds.sessions.notes.threads import shown

_MOST_TOPICS: Final = 6
_MOST_QUOTES: Final = 5
_MOST_CENTRAL: Final = 1500  # sentences that are compared with each other: 18 MB of float64
_QUOTE_WORDS: Final = (6, 45)
_ALIKE: Final = 0.5
STOP_WORDS: Final = word_list("stopwords")
_WORD: Final = re.compile(r"[a-zà-öø-ÿ][a-zà-öø-ÿ'\-]{2,}")


def key_topics(sentences: Sequence[Sentence]) -> list[dict[str, Any]]:
    """Return what came up of what lives are about, and pairs of words that came again; the heaviest first."""
    found: dict[str, list[Sentence]] = defaultdict(list)
    weights: defaultdict[str, float] = defaultdict(float)
    for sentence in sentences:
        for section in phrasebook("topics"):
            words = section.pattern.findall(sentence.plain)
            if words:
                found[section.name].append(sentence)
                weights[section.name] += len(words) * (1.0 if sentence.role == "therapist" else 1.5)
    least = 2 if len(sentences) > 12 else 1
    names = [name for name in sorted(weights, key=lambda name: -weights[name]) if len(found[name]) >= least][
        :_MOST_TOPICS
    ]
    topics = {shown(name): (weights[name], found[name]) for name in names}
    for pair, said in _pairs(sentences).items():
        if len(topics) < _MOST_TOPICS + 2:
            topics[pair] = (1.5 * len(said), said)
    most = max((weight for weight, _ in topics.values()), default=1.0)
    ordered = sorted(topics, key=lambda name: -topics[name][0])
    return [
        {
            "topic": name,
            "score": round(topics[name][0] / most, 3),
            "evidence": evidence(topics[name][1][:4]),
            "hint": True,
        }
        for name in ordered
    ]


def centrality(sentences: Sequence[Sentence]) -> dict[int, float]:
    """Return how much each sentence has in common with all others, 0 to 1: the mean cosine of their TF-IDF vectors."""
    import numpy as np

    chosen = sorted(sentences, key=lambda sentence: -len(sentence.plain))[:_MOST_CENTRAL]
    bags = [Counter(word for word in _WORD.findall(one.plain) if word not in STOP_WORDS) for one in chosen]
    spread = Counter(word for bag in bags for word in bag)
    shared = [word for word, count in spread.items() if count > 1]
    columns = {word: number for number, word in enumerate(shared)}
    if not columns:
        return {}
    matrix = np.zeros((len(bags), len(columns)))
    for row, bag in enumerate(bags):
        for word, count in bag.items():
            if word in columns:
                matrix[row, columns[word]] = (1 + np.log(count)) * np.log(1 + len(bags) / spread[word])
    lengths = np.linalg.norm(matrix, axis=1, keepdims=True)
    matrix /= np.where(lengths == 0, 1.0, lengths)
    scores = matrix @ matrix.mean(axis=0)
    most = float(scores.max()) or 1.0
    return {sentence.number: float(score) / most for sentence, score in zip(chosen, scores, strict=True)}


def central_sentences(
    sentences: Sequence[Sentence],
    central: Mapping[int, float],
    skip: Callable[[Sentence], bool],
    most: int = 3,
) -> list[Sentence]:
    """Return the sentences in the middle of it all, in the order of the session, no two alike."""
    fit = [one for one in sentences if not one.is_question and 7 <= len(one.words) <= 40 and not skip(one)]
    fit.sort(key=lambda one: -(central.get(one.number, 0.0) + (0.15 if one.role == "client" else 0.0)))
    return sorted(_unlike(fit, most), key=lambda one: one.number)


def significant_quotes(
    sentences: Sequence[Sentence], central: Mapping[int, float], felt: Mapping[int, float]
) -> list[dict[str, Any]]:
    """Return what the person said with most weight: with feeling, of themselves, near the centre."""
    least, longest = _QUOTE_WORDS
    own = [
        one
        for one in sentences
        if one.role != "therapist" and not one.is_question and least <= len(one.words) <= longest
    ]

    def weight(one: Sentence) -> float:
        is_own = bool({"i", "i'm", "i've", "my", "me"} & set(one.words))
        return abs(felt[one.number]) + 0.5 * central.get(one.number, 0.0) + 0.3 * is_own

    chosen = sorted(
        _unlike(sorted(own, key=lambda one: -weight(one)), _MOST_QUOTES), key=lambda one: one.number
    )
    return [
        {
            "quote": one.text,
            "timestamp_start": round(one.segment.start, 3),
            "speaker": one.segment.speaker,
            "segment_id": one.segment.id,
            "evidence": [evidence_of(one.segment, one.text)],
            "hint": True,
        }
        for one in chosen
    ]


def _unlike(ordered: Sequence[Sentence], most: int) -> list[Sentence]:
    """Take from the front, leaving out what says nearly the same as one taken before."""
    taken: list[Sentence] = []
    for sentence in ordered:
        words = set(sentence.words) - STOP_WORDS
        if words and all(_share(words, set(other.words) - STOP_WORDS) < _ALIKE for other in taken):
            taken.append(sentence)
        if len(taken) == most:
            break
    return taken


def _share(one: set[str], other: set[str]) -> float:
    return len(one & other) / max(1, min(len(one), len(other)))


def _pairs(sentences: Sequence[Sentence]) -> dict[str, list[Sentence]]:
    """Return pairs of neighbouring words that come in three sentences or more, the most frequent first."""
    found: dict[str, dict[int, Sentence]] = defaultdict(dict)
    for sentence in sentences:
        words = _WORD.findall(sentence.plain)
        for first, second in itertools.pairwise(words):
            if first not in STOP_WORDS and second not in STOP_WORDS and f"{first} {second}" in sentence.plain:
                found[f"{first} {second}"][sentence.number] = sentence
    frequent = sorted((name for name in found if len(found[name]) >= 3), key=lambda name: -len(found[name]))
    return {name: list(found[name].values()) for name in frequent[:3]}
