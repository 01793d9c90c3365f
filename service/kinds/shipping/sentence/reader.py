"""A cursor over the tokens of a sentence that writes down what every token was understood as."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn, TypeVar

from service.kinds.shipping.codes import shipping_error
from service.kinds.shipping.sentence.lexing import Token
from service.kinds.shipping.sentence.vocabulary import Phrase

V = TypeVar("V")
_END = Token("", "", "end", 0, 0)


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer to a question: `label` for a person, `command` the sentence that says it without doubt.

    A choice may carry a whole `filter` (and `service`) instead, when words alone would not do.
    """

    label: str
    command: str | None = None
    filter: dict[str, Any] | None = None
    service: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the wire form."""
        said = {"label": self.label, "command": self.command, "filter": self.filter, "service": self.service}
        return {name: value for name, value in said.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Word:
    """What a piece of the sentence was understood as; tier is sure, ask or unknown."""

    text: str
    meaning: str
    tier: str
    start: int
    end: int

    def to_json(self) -> dict[str, Any]:
        """Return the wire form."""
        return {
            "text": self.text,
            "meaning": self.meaning,
            "tier": self.tier,
            "start": self.start,
            "end": self.end,
        }


class NeedsClarification(Exception):  # noqa: N818 (the wire's own word: it is an answer, not a fault)
    """The sentence is not wholly understood: a question, choices that answer it, and the words so far."""

    def __init__(self, question: str, choices: Sequence[Choice] = (), words: Sequence[Word] = ()) -> None:
        super().__init__(question)
        self.question = question
        self.choices = tuple(choices)
        self.words = tuple(words)

    def to_json(self) -> dict[str, Any]:
        """Return the wire form."""
        return {
            "question": self.question,
            "choices": [choice.to_json() for choice in self.choices],
            "words": [word.to_json() for word in self.words],
        }


@dataclass
class Reader:
    """Reads tokens from left to right. Nothing is ever skipped: `take` needs a meaning for what it takes."""

    sentence: str
    tokens: Sequence[Token]
    at: int = 0
    words: list[Word] = field(default_factory=list)

    def peek(self, ahead: int = 0) -> Token:
        """Return a token without taking it; past the end one that matches nothing."""
        return self.tokens[self.at + ahead] if 0 <= self.at + ahead < len(self.tokens) else _END

    @property
    def is_done(self) -> bool:
        """Whether every token has been taken."""
        return self.at >= len(self.tokens)

    def text(self, count: int, ahead: int = 0) -> str:
        """Return what the sentence has from the next token on, `count` tokens long."""
        last = self.tokens[min(self.at + ahead + count, len(self.tokens)) - 1]
        return self.sentence[self.peek(ahead).start : last.end]

    def find(self, table: Mapping[Phrase, V], ahead: int = 0) -> tuple[int, V] | None:
        """Return length and meaning of the longest phrase of `table` that stands next."""
        first = self.peek(ahead)
        if first.sort == "quoted":
            return None
        longest = min(len(self.tokens) - self.at - ahead, 7)
        words = tuple(self.peek(ahead + n).folded for n in range(longest))
        for size in range(longest, 0, -1):
            if words[:size] in table and all(self.peek(ahead + n).sort != "quoted" for n in range(size)):
                return size, table[words[:size]]
        return None

    def take(self, count: int, meaning: str, tier: str = "sure") -> str:
        """Take tokens and write down what they mean; returns their text."""
        text = self.text(count)
        last = self.tokens[self.at + count - 1]
        self.words.append(Word(text, meaning, tier, self.peek().start, last.end))
        self.at += count
        return text

    def take_if(self, table: Mapping[Phrase, str], meaning: str) -> str | None:
        """Take the longest phrase of `table` if one stands next; returns its meaning."""
        found = self.find(table)
        if found is None:
            return None
        self.take(found[0], meaning)
        return found[1]

    def mark(self) -> tuple[int, int]:
        """Return where the reader is, for `back`."""
        return self.at, len(self.words)

    def back(self, mark: tuple[int, int]) -> None:
        """Go back to a mark and forget what was read since."""
        self.at = mark[0]
        del self.words[mark[1] :]

    def ask(
        self, question: str, choices: Sequence[Choice] = (), *, count: int = 1, tier: str = "ask"
    ) -> NoReturn:
        """Raise the question that the next `count` tokens put (0: what was read already puts it)."""
        count = min(count, len(self.tokens) - self.at)
        if count > 0:
            self.take(count, question, tier)
        raise NeedsClarification(question, choices, self.words)

    def said_with(self, count: int, instead: str, *, before: int = 0) -> str:
        """Return the whole sentence with the next `count` tokens, and `before` earlier ones, said in other words."""
        start, end = self.peek(-before).start, self.tokens[self.at + count - 1].end
        return " ".join((self.sentence[:start] + instead + self.sentence[end:]).split())


def too_long(limit: int) -> Exception:
    """Return the error for a sentence that no person would write."""
    return shipping_error("needs_clarification", f"A sentence may have {limit} characters.")
