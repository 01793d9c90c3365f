"""What runs through a session: feelings, ways of coping, triggers, what is left open, what is for another time."""

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from service.kinds.sessions.notes.context import context_of
from service.kinds.sessions.notes.phrasebook import pattern, phrasebook, sections
from service.kinds.sessions.notes.sentences import Sentence, evidence

_MOST: Final = 8
_QUOTED: Final = 4  # pieces of evidence for one thing
_END_OF_CLAUSE: Final = re.compile(
    r"[.;!?,]| (?:i (?:feel|felt|get|got|start|just|always|can't|lose|freeze|panic)|and i|then i|it makes|"
    r"my (?:heart|chest|stomach|hands|body|head|throat)) "
)
_BEGIN_OF_CLAUSE: Final = re.compile(r"^.*(?:[.;!?,]| and | but | because | so )\s*")


def emotional_themes(sentences: Sequence[Sentence], felt: Mapping[int, float]) -> list[dict[str, Any]]:
    """Return the feelings that are said, the strongest first; a denied one ("I'm not angry") does not count."""
    found: dict[str, list[Sentence]] = defaultdict(list)
    for sentence in sentences:
        if sentence.role == "therapist":
            continue
        for section in phrasebook("themes"):
            for word in section.pattern.finditer(sentence.plain):
                context = context_of(sentence.plain, word.start(), word.end())
                if not context.is_negated and context.about != "other":
                    found[section.name].append(sentence)
                    break
    weights = {name: sum(0.5 + abs(felt[one.number]) for one in said) for name, said in found.items()}
    most = max(weights.values(), default=1.0)
    names = sorted(found, key=lambda name: -weights[name])[:_MOST]
    return [
        {
            "theme": name,
            "intensity": round(weights[name] / most, 3),
            "evidence": _strongest(found[name], felt),
            "hint": True,
        }
        for name in names
    ]


def strategies(sentences: Sequence[Sentence]) -> list[dict[str, Any]]:
    """Return ways of coping with how they went: suggested, practised, helpful or unhelpful."""
    found: dict[str, list[tuple[Sentence, str]]] = defaultdict(list)
    for sentence in sentences:
        for section in phrasebook("strategies"):
            if section.grade == "-" and section.pattern.search(sentence.plain):
                found[section.name].append((sentence, _status(sentence)))
    ranked = ("helpful", "unhelpful", "practised", "suggested")
    made = []
    for name, said in found.items():
        statuses = [status for _, status in said]
        status = next((each for each in ranked if each in statuses), None)
        if status is None:
            continue  # only mentioned, by nobody who did or advised it
        made.append(
            {
                "strategy": shown(name),
                "status": status,
                "evidence": evidence(one for one, _ in said[:_QUOTED]),
                "hint": True,
            }
        )
    return made[:_MOST]


def triggers(sentences: Sequence[Sentence], felt: Mapping[int, float]) -> list[dict[str, Any]]:
    """Return what sets a feeling off, in the person's words."""
    found: dict[str, list[Sentence]] = {}
    for sentence in sentences:
        if sentence.role == "therapist" or felt[sentence.number] > 0.3:
            continue
        name = _trigger_in(sentence.plain)
        if name is not None:
            found.setdefault(name, []).append(sentence)
    return [_named("trigger", name, said) for name, said in list(found.items())[:_MOST]]


def follow_ups(sentences: Sequence[Sentence]) -> list[dict[str, Any]]:
    """Return what was put off to another time."""
    wanted = pattern("threads", "followup")
    return [
        _named("topic", sentence.text, [sentence]) for sentence in sentences if wanted.search(sentence.plain)
    ][:_MOST]


def concerns(
    sentences: Sequence[Sentence], felt: Mapping[int, float], skip: Callable[[Sentence], bool]
) -> list[dict[str, Any]]:
    """Return what the person leaves open: worries, questions without an answer; what came late and hurts most."""
    wanted = pattern("threads", "concern")
    last = len(sentences) or 1
    found = [
        sentence
        for sentence in sentences
        if sentence.role != "therapist"
        and wanted.search(sentence.plain)
        and not skip(sentence)
        and len(sentence.words) >= 4
    ]
    found.sort(key=lambda sentence: -(sentence.number / last + max(0.0, -felt[sentence.number])))
    return [
        _named("concern", sentence.text, [sentence])
        for sentence in sorted(found[:6], key=lambda one: one.number)
    ]


def shown(name: str) -> str:
    """Return the name of a section as people read it."""
    return name.replace("_", " ")


def _named(key: str, name: str, said: Sequence[Sentence]) -> dict[str, Any]:
    return {key: name, "evidence": evidence(said[:_QUOTED]), "hint": True}


def _strongest(said: Sequence[Sentence], felt: Mapping[int, float]) -> list[dict[str, Any]]:
    strongest = sorted(said, key=lambda sentence: -abs(felt[sentence.number]))[:_QUOTED]
    return evidence(sorted(strongest, key=lambda sentence: sentence.number))


def _status(sentence: Sentence) -> str:
    if sentence.role == "therapist":
        return "suggested" if not sentence.is_question or "you" in sentence.words else "mentioned"
    for name in ("unhelpful", "helpful", "practised"):
        if next(sections("strategies", name)).pattern.search(sentence.plain):
            return name
    return (
        "suggested"
        if re.search(r"\b(?:will|'ll|going to|could|try|want to|can)\b", sentence.plain)
        else "mentioned"
    )


def _trigger_in(plain: str) -> str | None:
    before, after = (section.pattern for section in sections("threads", "trigger"))
    if (found := before.search(plain)) is not None:
        words = _BEGIN_OF_CLAUSE.sub("", plain[: found.start()]).strip()
        return (
            _short(words)
            if len(words.split()) >= 1 and words not in ("it", "that", "this", "which", "he", "she")
            else None
        )
    if not pattern("threads", "felt").search(plain):
        return None
    for found in after.finditer(plain):
        rest = plain[found.end() :]
        stop = _END_OF_CLAUSE.search(rest)
        words = rest[: stop.start()] if stop else rest
        if 2 <= len(words.split()) <= 12:
            return _short(words)
    return None


def _short(words: str) -> str:
    kept = " ".join(words.split()[-12:]).strip(" ,.;:!?\"'")
    return kept[:1].upper() + kept[1:]
