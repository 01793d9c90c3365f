"""Risk flags: what may mean danger to somebody, each with the words it rests on. None is dropped for being denied."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from service.kinds.sessions.notes.context import About, context_of
from service.kinds.sessions.notes.phrasebook import pattern, phrasebook
from service.kinds.sessions.notes.sentences import Sentence, evidence

RISK_TYPES: Final = (
    "suicidal_ideation", "self_harm", "harm_to_others", "abuse", "substance_relapse", "severe_hopelessness",
)  # fmt: skip
SEVERITIES: Final = ("low", "medium", "high")
_ANSWER_WITHIN: Final = 4  # sentences after a question within which the other's answer begins


@dataclass(frozen=True, slots=True)
class Flag:
    """One statement that may mean danger."""

    type: str
    severity: str
    about: About
    is_negated: bool
    sentences: tuple[Sentence, ...] = field(default=())

    def to_json(self) -> dict[str, Any]:
        """Return the flag as notes carry it."""
        return {
            "type": self.type,
            "severity": self.severity,
            "negated": self.is_negated,
            "verified": True,
            "about": self.about,
            "evidence": evidence(self.sentences),
            "hint": True,
        }


def risk_flags(sentences: Sequence[Sentence]) -> list[Flag]:
    """Return every flag, the most severe first and then by time; what one turn says of one danger is one flag."""
    merged: dict[tuple[str, str, About], Flag] = {}
    for sentence in sentences:
        for flag in _flags_of(sentence, sentences):
            key = (flag.type, sentence.segment.id, flag.about)
            merged[key] = _merged(merged[key], flag) if key in merged else flag
    return sorted(
        merged.values(), key=lambda flag: (-SEVERITIES.index(flag.severity), flag.sentences[0].number)
    )


def _flags_of(sentence: Sentence, sentences: Sequence[Sentence]) -> Iterator[Flag]:
    spoken = pattern("risk", "idioms").sub(lambda idiom: " " * len(idiom[0]), sentence.plain)
    for section in phrasebook("risk"):
        if section.name not in RISK_TYPES:
            continue
        for phrase in section.pattern.finditer(spoken):
            flag = _weighed(section.name, section.grade, sentence, phrase.start(), phrase.end())
            if _asks_the_other(sentence):
                yield _answered(flag, sentence, sentences)
            elif sentence.role == "therapist":
                yield replace(flag, severity="low")  # said about it, not said by who may be in danger
            else:
                yield flag


def _weighed(name: str, severity: str, sentence: Sentence, begin: int, end: int) -> Flag:
    """Return a flag as severe as the words around its phrase make it."""
    is_deed = name in ("abuse", "harm_to_others")  # who does it to whom: a "never" may stand in between
    context = context_of(sentence.plain, begin, end, has_room=is_deed)
    about = context.about
    if is_deed:
        about = _of_victim(sentence.plain[begin:end])
    steps = int(context.is_past) + int(context.is_supposed)
    steps += int(about == "other" and not is_deed)
    if name == "suicidal_ideation" and _has_means(sentence.plain) and not context.is_past:
        severity = "high"
    if context.is_negated:
        return Flag(name, "low", about, True, (sentence,))
    return Flag(name, SEVERITIES[max(0, SEVERITIES.index(severity) - steps)], about, False, (sentence,))


def _has_means(plain: str) -> bool:
    return bool(pattern("risk", "means").search(plain))


def _of_victim(phrase: str) -> About:
    """Whom violence is said of: of the client unless it is a child or another person who suffers it."""
    return "other" if pattern("risk", "children").search(phrase) else "client"


def _asks_the_other(sentence: Sentence) -> bool:
    if not sentence.is_question:
        return False
    return sentence.role == "therapist" or (
        sentence.role == "unknown" and bool(pattern("risk", "you").search(sentence.plain))
    )


def _answered(flag: Flag, question: Sentence, sentences: Sequence[Sentence]) -> Flag:
    """Weigh what was asked by how the other answers; without a clear answer it stays a low flag, not a denied one."""
    answer = _answer_to(question, sentences)
    if answer is None:
        return replace(flag, severity="low", is_negated=False)
    both = (question, answer)
    if pattern("manner", "no").match(answer.plain):
        return replace(flag, severity="low", is_negated=True, sentences=both)
    if pattern("manner", "yes").match(answer.plain):
        return replace(flag, severity="medium", is_negated=False, about="client", sentences=both)
    return replace(flag, severity="low", is_negated=False, sentences=both)


def _answer_to(question: Sentence, sentences: Sequence[Sentence]) -> Sentence | None:
    for sentence in sentences[question.number + 1 : question.number + 1 + _ANSWER_WITHIN]:
        if sentence.segment.speaker != question.segment.speaker:
            return sentence
    return None


def _merged(one: Flag, other: Flag) -> Flag:
    first, second = (other, one) if _weight(other) > _weight(one) else (one, other)
    sentences = {sentence.number: sentence for sentence in (*first.sentences, *second.sentences)}
    return replace(first, sentences=tuple(sentences[number] for number in sorted(sentences)))


def _weight(flag: Flag) -> tuple[bool, int]:
    return (not flag.is_negated, SEVERITIES.index(flag.severity))


def flagged_numbers(flags: Iterable[Flag]) -> set[int]:
    """Return which sentences flags rest on."""
    return {sentence.number for flag in flags for sentence in flag.sentences}
