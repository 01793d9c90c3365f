"""How the mood was and which way it went: VADER's lexicon with words of the consulting room, part by part of a session.

C.J. Hutto, E. Gilbert: VADER, a parsimonious rule-based model for sentiment analysis (ICWSM 2014).
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from service.kinds.sessions.notes.phrasebook import pattern
from service.kinds.sessions.notes.sentences import Sentence, evidence

MOODS: Final = ("very_low", "low", "neutral", "positive", "very_positive")
_BOUNDS: Final = (-0.45, -0.12, 0.15, 0.45)  # between one mood and the next, on VADER's scale from -1 to 1
_SHIFT: Final = 0.2  # a change from the first part to the last that counts as one
_SWING: Final = 0.45
_PARTS: Final = 4
_TALK: Final = (
    "like", "yeah", "yes", "yep", "no", "ok", "okay", "sure", "well", "please", "thanks", "thank", "help", "matter",
    "matters", "kind", "pretty", "want", "wants", "wanted", "share", "hand", "hands", "play", "save", "certain",
    "number", "natural", "important", "strong", "interest", "interested", "good", "heard", "care", "fine", "alright",
    "honestly", "honest", "alive", "agree", "agreed", "definitely", "easy", "true", "low",
)  # fmt: skip
_ROOM: Final[Mapping[str, float]] = {
    "good": 1.4, "fine": 0.6, "alright": 0.5, "okay": 0.3, "care": 0.6, "strong": 1.0, "lighter": 2.0,
    "calmer": 1.9, "clearer": 1.4, "stronger": 1.8, "steadier": 1.5, "settled": 1.3, "rested": 1.6,
    "slept": 0.5, "manageable": 1.3, "progress": 1.4, "managed": 1.0, "easier": 1.5, "improving": 1.8,
    "improved": 1.8, "hope": 1.7, "hopeful": 2.2, "laughed": 2.0, "smiled": 1.9, "proud": 2.2, "grateful": 2.2,
    "relieved": 1.9, "excited": 2.2, "peaceful": 2.1, "motivated": 1.7, "energy": 1.0, "energized": 1.8,
    "supported": 1.6, "connected": 1.4, "exhausted": -2.0, "drained": -2.0, "overwhelmed": -2.0,
    "overwhelming": -1.9, "stuck": -1.6, "numb": -1.8, "empty": -1.8, "heavy": -1.6, "heavier": -1.7,
    "worthless": -2.6, "hopeless": -2.7, "helpless": -2.2, "pointless": -2.2, "struggling": -1.8,
    "struggle": -1.5, "barely": -1.0, "sleepless": -1.7, "awake": -0.7, "insomnia": -1.6, "panic": -2.2,
    "panicking": -2.2, "anxiety": -1.8, "anxious": -1.8, "nightmares": -2.0, "dread": -2.2, "dreading": -2.1,
    "burnout": -2.0, "crying": -2.0, "cried": -1.9, "ashamed": -2.2, "guilty": -1.9, "lonely": -2.0,
    "isolated": -1.8, "failure": -2.3, "failing": -2.0, "broken": -2.0, "spiraling": -2.0, "spiralling": -2.0,
    "restless": -1.3, "tired": -1.3, "dark": -1.4, "darker": -1.6, "worse": -2.1, "rough": -1.5, "tough": -1.0,
    "shaky": -1.2, "unbearable": -2.6, "burden": -2.0, "relapsed": -2.3, "trapped": -2.1, "sinking": -1.6,
    "flat": -1.2, "withdrawn": -1.4, "tense": -1.5, "exhausting": -1.9, "draining": -1.9, "shouted": -1.4,
    "shouting": -1.4, "yelled": -1.5, "yelling": -1.5, "screamed": -1.6, "argued": -1.3, "humiliated": -2.4,
    "tearful": -1.8, "unmotivated": -1.5, "irritable": -1.4, "insecure": -1.4, "sobbing": -2.2, "collapsed": -1.5,
}  # fmt: skip
_DANGER: Final = -0.6  # what is said of dying or hurting oneself is at least this low, however it is put
_LOW: Final = re.compile(
    r"\b(?:feel(?:s|ing)?|felt|been|was|am|i'm|so|really|very) (?:(?:so|very|really|quite|pretty|a bit|kind of) )*"
    r"(?:down|low|blue|off)(?= |[.,;!?]|$)(?! (?:to|on|with|for|by|at) (?:the|a|an|it|that)\b)"
)
_NUMBERS: Final = {
    name: number
    for number, name in enumerate(
        ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
    )
}
_WORDS: Final = "|".join(_NUMBERS)
_RATING: Final = re.compile(
    rf"\b(?P<n>\d{{1,2}}|{_WORDS})(?: or (?:an? )?\w+)? "
    r"(?:out of|on a scale (?:of|to|from)(?: (?:1|one) to)?) (?:10|ten)\b"
)
_OF_DISTRESS: Final = re.compile(
    r"\b(?:anxiety|pain|panic|distress|stress|craving|fear|worry|suds|depress\w*|anger)\b"
)


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of the session with its mood; `score` from -1 to 1."""

    sentences: tuple[Sentence, ...]
    score: float
    telling: tuple[Sentence, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the part as notes carry it."""
        return {
            "start": round(self.sentences[0].segment.start, 3),
            "end": round(self.sentences[-1].segment.end, 3),
            "mood": mood_of(self.score),
            "score": round(self.score, 3),
            "evidence": evidence(self.telling),
        }


@dataclass(frozen=True, slots=True)
class Mood:
    """The mood of a session."""

    score: float
    trajectory: str
    parts: tuple[Part, ...]

    @property
    def telling(self) -> tuple[Sentence, ...]:
        """The sentences that say most of the mood."""
        return tuple(sentence for part in self.parts for sentence in part.telling[:1])


def mood_of(score: float) -> str:
    """Return the word for a score from -1 to 1."""
    return MOODS[sum(score > bound for bound in _BOUNDS)]


def feelings(sentences: Sequence[Sentence], in_danger: Collection[int] = ()) -> dict[int, float]:
    """Return the feeling in each sentence by its number, from -1 to 1; a mood that is given as a number counts most.

    `in_danger` are the numbers of sentences in which a danger is told, and not denied.
    """
    rate = _scorer()
    felt = {sentence.number: _rating(sentence) or rate(sentence.plain) for sentence in sentences}
    return felt | {number: min(felt[number], _DANGER) for number in in_danger if number in felt}


def session_mood(sentences: Sequence[Sentence], felt: Mapping[int, float]) -> Mood:
    """Return the mood of those whose session it is (of everybody where nobody knows who that is)."""
    own = [sentence for sentence in sentences if sentence.role == "client"] or [
        sentence for sentence in sentences if sentence.role != "therapist"
    ]
    parts = tuple(_part(stretch, felt) for stretch in _stretches(own))
    if not parts:
        return Mood(0.0, "stable", ())
    scores = [part.score for part in parts]
    # How a session ends is what people leave with: the last part counts half as much again.
    weights = [1.0] * (len(scores) - 1) + [1.5]
    mean = sum(score * weight for score, weight in zip(scores, weights, strict=True)) / sum(weights)
    return Mood(mean, _trajectory(parts), parts)


def _part(stretch: Sequence[Sentence], felt: Mapping[int, float]) -> Part:
    """Return a stretch with its mood: the mean of what has a feeling in it, nearer to 0 where that is little."""
    said = [felt[sentence.number] for sentence in stretch if abs(felt[sentence.number]) >= 0.05]
    score = sum(said) / (len(said) + 0.5) if said else 0.0
    ordered = sorted(
        stretch, key=lambda sentence: felt[sentence.number] * (1 if score >= 0 else -1), reverse=True
    )
    telling = [sentence for sentence in ordered[:2] if felt[sentence.number] * score > 0] or ordered[:1]
    return Part(tuple(stretch), score, tuple(telling))


def _stretches(own: Sequence[Sentence]) -> list[Sequence[Sentence]]:
    """Cut what a person says into up to four parts of like length in words."""
    count = min(_PARTS, len(own))
    if count == 0:
        return []
    total = sum(len(sentence.plain) for sentence in own)
    parts: list[list[Sentence]] = [[]]
    so_far = 0
    for sentence in own:
        if parts[-1] and so_far + len(sentence.plain) / 2 > total * len(parts) / count and len(parts) < count:
            parts.append([])
        parts[-1].append(sentence)
        so_far += len(sentence.plain)
    return [part for part in parts if part]


def _trajectory(parts: Sequence[Part]) -> str:
    """Return which way the mood went: along the line that fits the parts best, unless it only swung to and fro.

    A part in which nothing is felt says nothing of the mood: it is no return to an even one.
    """
    told = [(place, part.score) for place, part in enumerate(parts) if part.score != 0.0]
    if len(told) < 2:
        return "stable"
    middle = sum(place for place, _ in told) / len(told)
    mean = sum(score for _, score in told) / len(told)
    spread = sum((place - middle) ** 2 for place, _ in told)
    slope = sum((place - middle) * (score - mean) for place, score in told) / spread
    change = slope * (told[-1][0] - told[0][0])
    scores = [score for _, score in told]
    ends = (scores[0], scores[-1])
    swing = max(max(scores) - max(ends), min(ends) - min(scores))  # further out than where it began and ended
    if abs(change) >= _SHIFT and swing < _SWING:
        return "improving" if change > 0 else "declining"
    return "fluctuating" if max(scores) - min(scores) >= _SWING else "stable"


def _rating(sentence: Sentence) -> float | None:
    """Return a mood that is told as "three out of ten"; of anxiety and pain ten is the worst."""
    found = _RATING.search(sentence.plain)
    if found is None or sentence.is_question:
        return None
    number = _NUMBERS.get(found["n"]) if found["n"] in _NUMBERS else int(found["n"])
    if number is None or not 0 <= number <= 10:
        return None
    score = (number - 5.2) / 5.0
    return max(-1.0, min(1.0, -score if _OF_DISTRESS.search(sentence.plain) else score)) or 0.01


@cache
def _scorer() -> Callable[[str], float]:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    analyzer = SentimentIntensityAnalyzer()
    for word in _TALK:
        analyzer.lexicon.pop(word, None)
    analyzer.lexicon.update(_ROOM)

    def rate(plain: str) -> float:
        # "Down" and "low" say nothing alone; of how somebody feels they do.
        said = _LOW.sub(lambda found: f"{found[0]} miserable", plain)
        # An idiom stands for a word that the lexicon knows; what it is made of ("not bad") is not weighed again.
        said = pattern("mood", "up").sub(" wonderful ", pattern("mood", "down").sub(" miserable ", said))
        return float(analyzer.polarity_scores(said)["compound"])

    return rate
