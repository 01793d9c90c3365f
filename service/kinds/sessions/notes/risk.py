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
_TALK_WITHIN: Final = 10  # sentences after talk of dying within which a means or a farewell is part of it
_BEGINNING: Final = 2  # words with which a task begins that is itself a danger
_ECHO_WORDS: Final = 3  # "Me?", "Hurt myself?": an answer that begins by repeating what was asked


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
    talked_at: int | None = None
    for sentence in sentences:
        found = list(_flags_of(sentence, sentences))
        found = found or list(_while_talking(sentence, talked_at))
        if any(flag.type == "suicidal_ideation" and not flag.is_negated for flag in found):
            talked_at = sentence.number
        for flag in found:
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


def _while_talking(sentence: Sentence, talked_at: int | None) -> Iterator[Flag]:
    """Yield what is part of a talk of dying that began shortly before: "I know which bridge." says little alone."""
    if talked_at is None or sentence.number - talked_at > _TALK_WITHIN:
        return
    if sentence.role == "therapist" or sentence.is_question:
        return
    found = pattern("risk", "near").search(sentence.plain)
    if found is not None:
        context = context_of(sentence.plain, found.start(), found.end())
        severity = "low" if context.is_negated else "medium"
        yield Flag("suicidal_ideation", severity, "client", context.is_negated, (sentence,))


def _weighed(name: str, severity: str, sentence: Sentence, begin: int, end: int) -> Flag:
    """Return a flag as severe as the words around its phrase make it."""
    is_deed = name in ("abuse", "harm_to_others")  # who does it to whom: a "never" may stand in between
    context = context_of(sentence.plain, begin, end, has_room=is_deed)
    about = context.about
    if is_deed:
        about = _of_victim(sentence.plain[begin:end])
    elif name == "suicidal_ideation" and about != "client" and _is_of_speaker(sentence.plain[begin:end]):
        about = "client"
    is_supposed = context.is_supposed and (is_deed or severity == "high")  # "If I had a way …" is no relief
    steps = int(context.is_past) + int(is_supposed)
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


def _is_of_speaker(phrase: str) -> bool:
    """Whether a phrase says by itself whose death it means: "they would cope better if I wasn't around"."""
    return bool(pattern("risk", "ofme").search(phrase))


def _asks_the_other(sentence: Sentence) -> bool:
    if not sentence.is_question:
        return False
    return sentence.role == "therapist" or (
        sentence.role == "unknown" and bool(pattern("risk", "you").search(sentence.plain))
    )


def _answered(flag: Flag, question: Sentence, sentences: Sequence[Sentence]) -> Flag:
    """Weigh what was asked by how the other answers; without a clear answer it stays a low flag, not a denied one.

    "I don't know" is no denial, and a "no" that goes on with "but once …" is taken back.
    """
    answer = _answer_to(question, sentences)
    if not answer:
        return replace(flag, severity="low", is_negated=False)
    first = answer[0].plain
    is_taken_back = any(pattern("manner", "after_all").search(each.plain) for each in answer)
    if pattern("manner", "no").match(first) and not is_taken_back:
        return replace(flag, severity="low", is_negated=True, sentences=(question, answer[0]))
    asked = (*_asked_about(question, sentences), question, answer[0])
    if is_taken_back or any(pattern("manner", name).match(first) for name in ("yes", "unsure")):
        return replace(flag, severity="medium", is_negated=False, about="client", sentences=asked)
    return replace(flag, severity="low", is_negated=False, sentences=asked)


def _answer_to(question: Sentence, sentences: Sequence[Sentence]) -> list[Sentence]:
    """Return the sentences of the turn that answers, without an echo of the question before them."""
    following = sentences[question.number + 1 : question.number + 1 + _ANSWER_WITHIN]
    begin = next((one for one in following if one.segment.speaker != question.segment.speaker), None)
    if begin is None:
        return []
    turn = [begin]
    for sentence in sentences[begin.number + 1 : begin.number + 1 + _ANSWER_WITHIN]:
        if sentence.segment.speaker != begin.segment.speaker:
            break
        turn.append(sentence)
    is_echo = begin.is_question and len(begin.words) <= _ECHO_WORDS and len(turn) > 1
    return turn[1:] if is_echo else turn


def _asked_about(question: Sentence, sentences: Sequence[Sentence]) -> tuple[Sentence, ...]:
    """Return the words that made the therapist ask back ("When you say gone, do you mean dead?")."""
    if not pattern("manner", "asks_back").search(question.plain):
        return ()
    for sentence in reversed(sentences[max(0, question.number - _ANSWER_WITHIN) : question.number]):
        if sentence.segment.speaker != question.segment.speaker:
            return (sentence,)
    return ()


def _merged(one: Flag, other: Flag) -> Flag:
    first, second = (other, one) if _weight(other) > _weight(one) else (one, other)
    sentences = {sentence.number: sentence for sentence in (*first.sentences, *second.sentences)}
    return replace(first, sentences=tuple(sentences[number] for number in sorted(sentences)))


def _weight(flag: Flag) -> tuple[bool, int]:
    return (not flag.is_negated, SEVERITIES.index(flag.severity))


def is_dangerous(task: str, said: Sentence, flags: Iterable[Flag]) -> bool:
    """Return whether a thing to be done is itself the danger that somebody announces ("Take all the pills tonight").

    What only mentions one further on ("Call the doctor when I think of suicide") is not.
    """
    if said.role == "therapist":
        return False
    words = task.lower()
    reach = len(" ".join(words.split()[:_BEGINNING]))
    for section in phrasebook("risk"):
        if section.name in RISK_TYPES and any(
            one.start() <= reach for one in section.pattern.finditer(words)
        ):
            return True
    is_told = any(
        sentence.segment.id == said.segment.id and not flag.is_negated
        for flag in flags
        for sentence in flag.sentences
    )
    return is_told and words.startswith(("do it", "do that", "do this"))


def flagged_numbers(flags: Iterable[Flag]) -> set[int]:
    """Return which sentences flags rest on."""
    return {sentence.number for flag in flags for sentence in flag.sentences}
