"""Which beginnings of lines are names of speakers ("Therapist: …") and which are only words with a colon."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from service.kinds.sessions.reading.turns import clean

CLOCK: Final = r"(?:\d{1,3}:)?\d{1,3}:\d{2}(?:[.,]\d{1,3})?"
_SPAN: Final = rf"({CLOCK})(?:\s?(?:-->|-|–|—|to)\s?({CLOCK}))?"
_LEADING_TIME: Final = re.compile(rf"(?:[\[(<]\s?{_SPAN}\s?[\])>]|{_SPAN}(?=\s|$))\s?(?:[-–—|:]\s)?")
_NAME: Final = r"[^\W\d_][\w.'’\-]*(?: [\w.'’\-()#&/]+){0,4}|[\w.'’\-]{1,20}(?:[ _-]\d{1,3})?"
_LABEL: Final = re.compile(
    rf"(?:[-–—•>#]{{1,3}}\s?)?(?P<name>{_NAME})\s?(?:[\[(]\s?(?P<time>{CLOCK})\s?[\])])?\s?[:：](?:\s|$)"
)
_HEADING: Final = re.compile(rf"(?P<name>{_NAME})\s?[,|·-]?\s[\[(]?(?P<time>{CLOCK})[\])]?")
_ROLE_LABEL: Final = re.compile(
    rf"(?:\[(?P<square>{_NAME})\]|<(?P<angle>{_NAME})>|(?P<dashed>{_NAME})\s[-–—])\s?:?\s"
)
"""Marks that stand around sounds ("[crying]") and breaks as often as around names: with these only a role is one."""
_LOOK_AT: Final = 160  # characters of a line in which times and a name have to stand
ROLES: Final = frozenset({
    "therapist", "client", "patient", "counselor", "counsellor", "clinician", "doctor", "dr", "psychologist",
    "psychiatrist", "coach", "interviewer", "interviewee", "host", "guest", "speaker", "moderator",
    "participant", "provider", "nurse", "mother", "father", "mom", "mum", "dad", "parent", "husband", "wife",
    "partner", "son", "daughter", "facilitator", "t", "c", "p", "th", "cl", "pt", "q", "a", "i", "d",
})  # fmt: skip
_NOT_NAMES: Final = frozenset({
    "note", "notes", "date", "time", "session", "title", "subject", "duration", "location", "topic",
    "agenda", "homework", "summary", "plan", "goal", "goals", "re", "warning", "example", "question",
    "answer", "remember", "ps", "p.s.", "nb", "attendees", "participants", "present", "recorded",
    "recording", "transcript", "transcribed", "file", "start", "end", "http", "https", "mailto", "step",
    "first", "second", "third", "next", "today", "tomorrow",
})  # fmt: skip
_MAX_LABEL_CHARACTERS: Final = 48


@dataclass(frozen=True, slots=True)
class Line:
    """One line taken apart. `label` is a candidate until `speakers_of` has seen all of them."""

    text: str
    label: str | None = None
    rest: str = ""
    start: float | None = None
    end: float | None = None
    is_heading: bool = False
    """The name and time stand on a line of their own, what was said below it."""


def take_apart(line: str) -> Line:
    """Return a line with its times and, if it may begin with a speaker's name, that name and the rest."""
    body = clean(line)
    start = end = None
    if timed := _LEADING_TIME.match(body[:_LOOK_AT]):
        start, end = seconds(timed[1] or timed[3]), seconds(timed[2] or timed[4])
        body = body[timed.end() :]
    bare = body[:_LOOK_AT].replace("**", "").replace("__", "") + body[_LOOK_AT:]
    labelled = _LABEL.match(bare[:_LOOK_AT])
    if labelled and len(labelled["name"]) <= _MAX_LABEL_CHARACTERS:
        if start is None:
            start = seconds(labelled["time"])
        return Line(body, labelled["name"].strip(), bare[labelled.end() :].strip(), start, end)
    if marked := _ROLE_LABEL.match(bare[:_LOOK_AT]):
        name = next(filter(None, marked.groups())).strip()
        if len(name) > 1 and is_role(name):
            return Line(body, name, bare[marked.end() :].strip(), start, end)
    if len(bare) > 2 and bare.casefold() in ROLES and bare[0].isupper():
        return Line("", bare, "", start, end, is_heading=True)
    headed = _HEADING.fullmatch(bare) if start is None and len(bare) <= _LOOK_AT else None
    if headed:
        return Line("", headed["name"].strip(), "", seconds(headed["time"]), None, is_heading=True)
    return Line(body, None, body, start, end)


def speakers_of(lines: Sequence[Line]) -> frozenset[str]:
    """Return which candidates (case-folded) are speakers.

    They are if they are a role, come again, have a time beside them, or if nearly every line begins with such a name.
    """
    counts = Counter(line.label.casefold() for line in lines if line.label)
    counts = Counter({name: count for name, count in counts.items() if name.split()[0] not in _NOT_NAMES})
    beside_times = {line.label.casefold() for line in lines if line.label and line.start is not None}
    written = sum(1 for line in lines if line.text or line.label)
    is_dialogue = sum(counts.values()) >= 0.6 * max(1, written)

    def is_speaker(name: str) -> bool:
        words = name.split()
        if is_role(name) or (counts[name] >= 2 and len(words) <= 4):
            return True
        return len(words) <= 3 and (is_dialogue or name in beside_times)

    return frozenset(filter(is_speaker, counts))


def is_role(label: str) -> bool:
    """Return whether a name is that of a role: "Therapist", "Dr. Weber", "Client 2"."""
    words = label.casefold().split()
    if len(words) == 1:
        return words[0] in ROLES
    ends = (words[0].rstrip("."), words[-1].rstrip("."))
    return len(words) <= 3 and any(len(word) > 1 and word in ROLES for word in ends)


def seconds(text: str | None) -> float | None:
    """Return `h:mm:ss`, `mm:ss` (with , or . before milliseconds) as seconds; None for None."""
    if not text:
        return None
    total = 0.0
    for part in text.replace(",", ".").split(":"):
        total = total * 60 + float(part)
    return total
