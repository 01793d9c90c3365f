"""Action items: what was asked for, promised or agreed, as a task with who, by when and the words it rests on."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile
from typing import Any, Final

from service.kinds.sessions.notes.phrasebook import Section, pattern, phrasebook
from service.kinds.sessions.notes.sentences import Sentence, evidence, straight

_KINDS: Final = ("asked", "named", "promised", "together")
_ROUTINE: Final = re.compile(r"every|each|daily|nightly|weekly|a day|a week|a night")
_NO_VERB: Final = re.compile(
    r"(?:going to|gonna|to|'ll|will) (?:the|a|an|my|her|his|our|their|this|that|bed|work|school|home|church|therapy)\b"
)
_GOING_ON: Final = ("keep up", "continue", "carry on")  # what is gone on with is the task
_SUBORDINATE: Final = re.compile(
    r"\b(?:that|if|when|how|what|whether|because|where|why|which|until|whenever|said|says|thinks|told me|tells me|"
    r"much|long|longer|more|often) $"
)
_TAG: Final = re.compile(
    r", (?:is|would|does|will|if) (?:that|this|it)(?:'s| be| sound| work| suit)? ?"
    r"(?:ok|okay|alright|all right|fine|good|for you|with you|you)?(?: with you| for you)?\?$"
)
_WH_BEFORE: Final = re.compile(r"\b(?:what|when|where|why|who|whom|how|which)(?: \w+)? $")
_FEARED: Final = re.compile(r"\b(?:scared|afraid|terrified|frightened|worried|fear|hope|hoping|promise)\b")
_ADVERB: Final = re.compile(
    r"\b((?:i|you|we)(?:'d|'ll|'m|'re| would| will| could| can| should| am| are)?) "
    r"(?:also|just|really|definitely|probably|maybe|certainly|still|actually|at least|even) "
)
_SPOKEN: Final = tuple(
    (re.compile(rf"\b(?:{said})(?!\w)"), written)
    for said, written in (
        ("oughta", "ought to"), ("gonna|gon", "going to"), ("wanna", "want to"), ("hafta", "have to"),
        ("(?<=i )gotta|(?<=we )gotta|(?<=you )gotta", "have to"),
        ("(?<=i)'ve got to|(?<=we)'ve got to|(?<=you)'ve got to", " have to"),
        ("i shall", "i will"), ("(?:i will|i'll) (?:have|need) to", "i need to"),
        ("i'd better", "i should"), ("imma|i'ma", "i'm going to"),
    )
)  # fmt: skip
_ANSWERED_WITHIN: Final = 3  # sentences after a suggestion within which the other's answer begins
_TRAILING: Final = re.compile(
    r"[\s,.;:!?\"']+$|(?:,? (?:okay|ok|right|please|then|too|as well|i guess|i think|you know|maybe))+[\s,.!?]*$"
)
_FILLERS: Final = re.compile(r"\b(?:um+|uh+|er+|you know|i mean|like,|kind of|sort of)\b,? ?")
_DROP: Final = re.compile(r"^(?:to|that|if|whether|you|we|i|your|on|of|about|and|just|the)\s+(?=\w)")
_MIN_WORDS: Final = 2
_SAME: Final = 0.6  # share of words in common from which two tasks are one
_SMALL: Final = frozenset({
    "a", "an", "the", "to", "my", "your", "it", "of", "and", "i", "you", "at", "in", "on", "for", "with", "me", "her",
    "his", "that", "this", "will", "be", "down", "out", "up",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Action:
    """One task. `due` is as it was said."""

    task: str
    owner: str
    due: str | None
    details: str | None
    strength: int
    sentences: tuple[Sentence, ...] = field(default=())

    def to_json(self) -> dict[str, Any]:
        """Return the task as notes carry it."""
        return {
            "task": self.task,
            "category": category_of(self.task.lower().replace(self.due or "\n", "")),
            "details": self.details,
            "owner": self.owner,
            "due": self.due,
            "evidence": evidence(self.sentences),
            "hint": True,
        }


def actions(sentences: Sequence[Sentence]) -> list[Action]:
    """Return the tasks in the order of the session; what was said again is one task with all its evidence."""
    kept: list[Action] = []
    for sentence in sentences:
        for action in _of_sentence(sentence, sentences):
            same = next((number for number, one in enumerate(kept) if _is_same(one, action)), None)
            if same is None:
                kept.append(action)
            else:
                kept[same] = _joined(kept[same], action)
    return kept


def category_of(text: str) -> str:
    """Return the category of a task by its words."""
    found = (section.name for section in phrasebook("categories") if section.pattern.search(text))
    return next(found, "other")


def _of_sentence(sentence: Sentence, sentences: Sequence[Sentence]) -> Iterator[Action]:
    said = _bare(sentence)
    answer = _answer_to(sentence, sentences)
    clauses = pattern("actions", "several").split(said)
    found = [best for clause in clauses if (best := _best(clause, sentence, answer))]
    yield from found
    if found or sentence.role == "therapist":
        return
    if pattern("actions", "thatone").search(said):
        suggested = _suggested_before(sentence, sentences)
        if suggested is not None:
            yield replace(suggested, sentences=(*suggested.sentences, sentence))
    else:
        yield from _planned(said, sentence, sentences)


def _planned(said: str, sentence: Sentence, sentences: Sequence[Sentence]) -> Iterator[Action]:
    """Yield the deed that answers "What could you do?"."""
    asked = sentences[sentence.number - 1] if sentence.number else None
    if asked is None or asked.segment.speaker == sentence.segment.speaker or not asked.is_question:
        return
    if not pattern("actions", "asksplan").search(asked.plain):
        return
    deed = re.sub(r"^(?:maybe|perhaps|probably|just|that|to|by)[, ]+", "", said)
    task = _task(deed) if _is_deed(deed) else None
    if task is not None:
        due = pattern("actions", "due").search(deed)
        yield Action(_as_said(sentence, task), "client", due[0] if due else None, None, 2, (asked, sentence))


def _best(said: str, sentence: Sentence, answer: Sequence[Sentence]) -> Action | None:
    """Return the one task of a clause: of several readings the one with most signs of a task.

    What is only suggested is none when the other turns it down; a bare imperative is one when the other takes it up.
    """
    if _is_suggestion(said, sentence) and _is_refused(answer):
        return None
    found = [action for section in _sections() for action in _matched(section, said, sentence, answer)]
    if not found:
        return _ordered(said, sentence, answer)
    return max(found, key=lambda action: (action.strength, len(action.task)))


def _is_suggestion(said: str, sentence: Sentence) -> bool:
    if sentence.role != "therapist":
        return False
    return sentence.is_question or bool(
        re.search(r"\b(?:maybe|perhaps|if you'd? (?:like|want)|could|might)\b", said)
    )


def _answer_to(sentence: Sentence, sentences: Sequence[Sentence]) -> list[Sentence]:
    """Return the other's turn that follows a sentence shortly, which may take it up or turn it down."""
    following = sentences[sentence.number + 1 : sentence.number + 1 + _ANSWERED_WITHIN]
    begin = next((one for one in following if one.segment.speaker != sentence.segment.speaker), None)
    if begin is None:
        return []
    turn = sentences[begin.number : begin.number + 1 + _ANSWERED_WITHIN]
    return list(takewhile(lambda one: one.segment.speaker == begin.segment.speaker, turn))


def _is_refused(answer: Sequence[Sentence]) -> bool:
    if not answer or not pattern("actions", "refuses").match(answer[0].plain):
        return False
    return not any(pattern("actions", "afterall").search(one.plain) for one in answer if not _is_no(one))


def _is_no(sentence: Sentence) -> bool:
    """Whether a sentence is all refusal: "I'll think about it" is no second thought."""
    refusal = pattern("actions", "refuses").match(sentence.plain)
    rest = sentence.plain[refusal.end() :] if refusal else sentence.plain
    return refusal is not None and not re.search(r"\b(?:but|though|although)\b", rest)


def _is_accepted(answer: Sequence[Sentence]) -> bool:
    return any(pattern("actions", "accepts").match(one.plain) for one in answer[:2])


def _bare(sentence: Sentence) -> str:
    """Return what a sentence says without the words that people begin with and fill up with."""
    said = _FILLERS.sub("", sentence.plain)
    for spoken, written in _SPOKEN:
        said = spoken.sub(written, said)
    said = _ADVERB.sub(r"\1 ", said)
    return pattern("actions", "lead").sub("", said).lstrip(" ,.")


def _sections() -> Iterator[Section]:
    return (section for section in phrasebook("actions") if section.name in _KINDS)


def _matched(
    section: Section, said: str, sentence: Sentence, answer: Sequence[Sentence] = ()
) -> Iterator[Action]:
    """Yield the tasks that follow the phrases of a section in a sentence, which may be read in several ways."""
    if section.name == "asked" and sentence.role == "client":
        return
    for phrase in section.phrases:
        for found in phrase.finditer(said):
            if section.name == "asked" and _is_other_talk(said[: found.start()], found[0]):
                continue
            action = _task_after(section, found, said, sentence, answer)
            if action is not None:
                yield action


def _is_other_talk(before: str, phrase: str) -> bool:
    """Whether "will you" is part of "what will you", and "keep" of "I keep": neither asks for a deed."""
    if phrase.startswith(("could you", "can you", "would you", "will you", "do you")):
        return bool(_WH_BEFORE.search(before))
    return phrase.startswith(
        ("keep", "try", "start", "begin", "plan", "give", "continue")
    ) and before.endswith(("i ", "i've ", "he ", "she ", "they ", "to "))


def _task_after(
    section: Section, phrase: re.Match[str], said: str, sentence: Sentence, answer: Sequence[Sentence]
) -> Action | None:
    begin = phrase.start() if phrase[0].startswith(_GOING_ON) else phrase.end()
    tail = said[begin:].lstrip(" ,:-")
    is_refusal = tail.startswith("not ") or "n't " in f"{phrase[0]} " or " not " in phrase[0]
    is_refusal = is_refusal and section.name == "promised"
    tail = tail.removeprefix("not ")
    if not tail or pattern("actions", "notask").match(tail):
        return None
    is_deed = _is_deed(tail)
    due = pattern("actions", "due").search(said)
    head = _volunteered(sentence, phrase[0].strip())
    if _SUBORDINATE.search(said[: phrase.start()]) and pattern("actions", "weak").match(head):
        return None  # "it showed that I can finish things" promises nothing
    if is_refusal and (not (is_deed and due) or _FEARED.search(said[: phrase.start()])):
        return None
    is_deed = is_deed or (section.name == "promised" and bool(pattern("actions", "errand").match(tail)))
    is_task = _counts(section, f"{head} {tail}", sentence, is_deed=is_deed, due=due[0] if due else None)
    if not is_task and not _is_approved(section, head, sentence, answer):
        return None
    task = _task(f"not {tail}" if is_refusal else tail)
    if task is None:
        return None
    owner = {"asked": "client", "named": "client", "together": "both"}.get(section.name) or _owner(sentence)
    strength = 2 * is_deed + 2 * (due is not None) + (section.name != "together")
    task = _as_said(sentence, task)
    return Action(task, owner, due[0] if due else None, _details(sentence, task), strength, (sentence,))


def _is_approved(section: Section, head: str, sentence: Sentence, answer: Sequence[Sentence]) -> bool:
    """Whether the other calls a firm promise good, whatever its verb is ("I'll mention the tablets." - "Perfect.")."""
    is_firm = head.startswith(("i'll", "i will", "i'm going to")) and not sentence.is_question
    if section.name != "promised" or sentence.role != "client" or not is_firm:
        return False
    return bool(answer) and bool(pattern("actions", "approves").match(answer[0].plain))


def _is_deed(tail: str) -> bool:
    """Whether a text begins with a verb of doing, also as "calling", "writing", "getting"."""
    deed = pattern("actions", "deed")
    first, _, rest = tail.partition(" ")
    forms = [first]
    if first.endswith("ing") and len(first) > 4:
        stem = first[:-3]
        forms += [stem, f"{stem}e", stem[:-1] if stem[-1] == stem[-2] else stem]
    return any(deed.match(f"{form} {rest}".rstrip()) for form in forms)


def _volunteered(sentence: Sentence, head: str) -> str:
    """Return "I guess I could …" as an offer: there the hedge makes it a plan and not a wish."""
    offered = re.match(
        r"^(?:\w+,? )?(?:i guess|maybe|i suppose|perhaps|i think)[, ]+i (?:could|can)\b", sentence.plain
    )
    return "i can" if offered and head.endswith(("could", "can")) else head


def _counts(section: Section, head: str, sentence: Sentence, *, is_deed: bool, due: str | None) -> bool:
    """Whether a phrase with what follows is a task and not talk: weak phrases need a deed, and some a time too."""
    if section.name == "named":
        return True
    is_offer = bool(pattern("actions", "offer").match(head))
    is_weak = bool(pattern("actions", "weak").match(head))
    if section.name == "asked":
        return is_deed or (due is not None and not is_weak)
    if section.name == "together":
        return is_deed and (due is not None or sentence.role != "client")
    if (sentence.is_question and not _TAG.search(sentence.plain)) or (
        sentence.role == "therapist" and head.startswith("let me")
    ):
        return False
    is_duty = head.startswith(("i have", "i need", "i must", "i gotta", "i should", "i ought"))
    is_errand = bool(pattern("actions", "errands").match(head))
    is_new = due is not None and not (
        is_duty and _ROUTINE.search(due)
    )  # "I have to take the bus every day" is no plan
    is_intended = sentence.role == "therapist" and head.startswith(("i'd like", "i would like"))
    if (not is_weak or is_intended) and due is not None and not _NO_VERB.search(head):
        return True  # "I'll lay my shoes out tonight": a firm word and a time make a task of any verb
    return is_deed and (not is_weak or is_new or is_offer or is_errand)


def _ordered(said: str, sentence: Sentence, answer: Sequence[Sentence]) -> Action | None:
    """Return the task of a therapist's bare imperative: it needs a time ("Bring the log next time.") or a yes to it."""
    due = pattern("actions", "due").search(said)
    if sentence.role != "therapist" or sentence.is_question or not (due or _is_accepted(answer)):
        return None
    if due is not None and due.start() == 0:
        said = said[due.end() :].lstrip(" ,")  # "Over the next week, notice …"
    said = next((part for part in _parts(said) if _is_deed(part)), "")
    if not said or (due is None and pattern("actions", "inroom").match(said)):
        return None
    task = _task(said)
    if task is None or pattern("actions", "notask").match(said) or re.match(r"\w{3,}ing\b", said):
        return None
    by_when = due[0] if due is not None else None
    said_by = (sentence,) if due is not None else (sentence, answer[0])
    return Action(_as_said(sentence, task), "client", by_when, _details(sentence, task), 3, said_by)


def _parts(said: str) -> Iterator[str]:
    """Yield where an imperative may begin: at the start, after a colon, after "When …," or "As an experiment,"."""
    yield said
    for mark in (": ", ", "):
        _, _, rest = said.partition(mark)
        yield rest
        if mark == ": " and ", " in rest:
            yield rest.partition(", ")[2]


def _owner(sentence: Sentence) -> str:
    return "therapist" if sentence.role == "therapist" else "client"


def _task(tail: str) -> str | None:
    stop = pattern("actions", "stop").search(tail)
    words = tail[: stop.start()] if stop and stop.start() > 3 else tail
    words = _TRAILING.sub("", _TRAILING.sub("", words)).strip()
    words = _DROP.sub("", words)
    if len(words.split()) < _MIN_WORDS:
        return None
    return words[:1].upper() + words[1:200]


def _as_said(sentence: Sentence, task: str) -> str:
    """Return a task with the capitals that its sentence has."""
    said = straight(sentence.text)
    at = said.lower().find(task.lower())
    return task if at < 0 else task[:1] + said[at + 1 : at + len(task)]


def _details(sentence: Sentence, task: str) -> str | None:
    """Return the whole sentence when it says more than the task does."""
    return sentence.text if len(sentence.plain) > len(task) + 12 else None


def _suggested_before(sentence: Sentence, sentences: Sequence[Sentence]) -> Action | None:
    """Return what the other has just suggested ("Would it help to write them down?") and this sentence agrees to."""
    asked = next(section for section in _sections() if section.name == "asked")
    for other in reversed(sentences[max(0, sentence.number - 4) : sentence.number]):
        if other.segment.speaker == sentence.segment.speaker:
            continue
        said = _bare(other)
        offered = list(_matched(asked, said, replace(other, role="therapist")))
        if offered:
            return max(offered, key=lambda action: (action.strength, len(action.task)))
        spoken = _task(pattern("actions", "wouldhelp").sub("", said).lstrip())
        if spoken is not None and other.is_question and pattern("actions", "deed").match(spoken.lower()):
            return Action(spoken, "client", None, other.text, 1, (other,))
    return None


def _is_same(one: Action, other: Action) -> bool:
    first, second = _content(one.task), _content(other.task)
    if not first or not second:
        return False
    return len(first & second) / min(len(first), len(second)) >= _SAME and len(first & second) >= 2


def _content(task: str) -> set[str]:
    words = re.findall(r"[a-z']+", task.lower())
    return {re.sub(r"(?:ing|ed|es|s|e)$", "", word) for word in words if word not in _SMALL}


def _joined(one: Action, other: Action) -> Action:
    numbers = {sentence.number: sentence for sentence in (*one.sentences, *other.sentences)}
    best = other if other.strength > one.strength else one
    return replace(
        best, due=one.due or other.due, sentences=tuple(numbers[number] for number in sorted(numbers))
    )
