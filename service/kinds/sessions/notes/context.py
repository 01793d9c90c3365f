"""What stands around a phrase: is it denied, long past, only supposed, or about somebody else?"""

import re
from dataclasses import dataclass
from typing import Final, Literal

from service.kinds.sessions.notes.phrasebook import pattern

About = Literal["client", "other", "unclear"]
_BREAK: Final = re.compile(
    r"[.;!?:]|,? (?:but|however|although|though|except|yet|and then|and now|so now) |, (?:and|so) | - "
)
_ANSWER: Final = re.compile(
    r"^\W*(?:oh |well |god )?(?:no|nope|nah)"
    r"(?:[,.!]+|(?= (?:i|i'm|i've|i'd|it|it's|that|that's|he|she|they|we|there|my)\b))"
)
_INNER: Final = re.compile(
    r"(?<=\w )(?:never|not)\b|\b(?:did|has|have|had|would|could|does|do|was|is|were|wo|ca)n't\b"
)
_OWN: Final = re.compile(
    rf"{pattern('manner', 'negator').pattern}|(?:scared|afraid|terrified|frightened|worried)\b"
)  # a phrase that begins so means the negation that it holds ("won't let me leave", "afraid I won't stop")
_REACH: Final = 7  # words before a phrase within which a negation reaches it


@dataclass(frozen=True, slots=True)
class Context:
    """How a phrase is meant, as far as the words around it tell."""

    is_negated: bool
    is_past: bool
    is_supposed: bool
    about: About


def context_of(plain: str, begin: int, end: int, *, has_room: bool = False) -> Context:
    """Return the context of the phrase at `begin:end` of a plain sentence; `has_room`: a "never" may stand within."""
    clause = _clause_before(plain, begin)
    return Context(
        is_negated=_is_negated(clause, plain[begin:end] if has_room else "")
        or bool(pattern("context", "after").match(plain[end:])),
        is_past=bool(pattern("context", "past").search(plain)),
        is_supposed=_is_supposed(plain[:begin]),
        about=_about(clause, plain[begin:end]),
    )


def _clause_before(plain: str, begin: int) -> str:
    start = 0
    for pause in _BREAK.finditer(plain, 0, begin):
        start = pause.end()
    return plain[start:begin]


def _is_negated(clause: str, phrase: str) -> bool:
    """Whether the words just before a phrase, or those that it leaves room for, turn it around.

    Two different negations in a row undo each other ("it is not that I don't …"); a "No," before the sentence is an
    answer and not one of them; a phrase that begins with its own negation means it ("won't let me leave").
    """
    said = _ANSWER.sub("", pattern("manner", "notnegator").sub(" ", clause))
    near = " ".join(said.split()[-_REACH:])
    found = set(pattern("manner", "negator").findall(near))
    if phrase and not _OWN.match(phrase):
        found |= set(_INNER.findall(phrase))
    return len(found) % 2 == 1


def _is_supposed(before: str) -> bool:
    return bool(pattern("context", "supposed").search(pattern("context", "notsupposed").sub(" ", before)))


def _about(clause: str, phrase: str) -> About:
    if pattern("context", "otherself").search(phrase):
        return "other"
    if pattern("context", "own").match(phrase):
        return "client"
    own = max((word.end() for word in pattern("context", "own").finditer(clause)), default=-1)
    others = max((word.end() for word in pattern("context", "others").finditer(clause)), default=-1)
    if others > own or (others == own and others >= 0):  # "my brother" is both: it is he
        return "other"
    return "client" if own >= 0 or pattern("context", "own").search(phrase) else "unclear"
