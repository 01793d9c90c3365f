"""Cut a sentence into tokens, each with its place in the text, so that every character is accounted for."""

import re
from dataclasses import dataclass
from typing import Final

from service.kinds.shipping.folding import fold

MAX_CHARACTERS: Final = 2_000
_TOKEN = re.compile(
    r"""(?P<space>\s+)
      | (?P<quoted>"[^"]*"|“[^”]*”|‘[^’]*’(?!\w)|(?<!\w)'[^']+'(?!\w))
      | (?P<date>\d{4}-\d{1,2}-\d{1,2}(?![\w-])|\d{1,2}/\d{1,2}/\d{2,4}(?![\w/]))
      | (?P<initials>(?:[^\W\d_]\.){2,})
      | (?P<number>(?:(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|(?<![\w.,])\.\d+)(?!\d))(?![^\W\d_]+-?\d)
      | (?P<word>\w+(?:[-'’&.]\w+)*)
      | (?P<symbol><=|>=|!=|<>|.)
    """,
    re.VERBOSE | re.DOTALL,
)
_GLUED_UNIT = re.compile(r"^\d+(?:\.\d+)?([a-z#]+)$", re.IGNORECASE)
_GLUED_RANGE = re.compile(r"^(\d+(?:lbs?|oz|kgs?|g))-(\d+(?:\.\d+)?(?:lbs?|oz|kgs?|g))$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Token:
    """One piece of a sentence: what was written, its folded form, its sort, and where it stands."""

    text: str
    folded: str
    sort: str
    start: int
    end: int

    @property
    def is_number(self) -> bool:
        """Whether this is a plain number."""
        return self.sort == "number"


def tokens_of(sentence: str) -> list[Token]:
    """Return the tokens of a sentence: quoted, date, number, word or symbol."""
    found: list[Token] = []
    for match in _TOKEN.finditer(sentence):
        sort = match.lastgroup or "symbol"
        if sort == "space":
            continue
        found.extend(_tokens(match[0], sort, match.start()))
    return found


def _tokens(text: str, sort: str, start: int) -> list[Token]:
    glued = _GLUED_UNIT.match(text) if sort == "word" else None
    if glued is not None:  # 50lb is a number and its unit
        cut = len(text) - len(glued[1])
        return [*_tokens(text[:cut], "number", start), *_tokens(text[cut:], "word", start + cut)]
    ends = _GLUED_RANGE.match(text) if sort == "word" else None
    if ends is not None:  # 10lb-20lb is two weights and what joins them
        middle = start + len(ends[1])
        joint = _tokens("-", "symbol", middle)
        return [*_tokens(ends[1], "word", start), *joint, *_tokens(ends[2], "word", middle + 1)]
    if sort == "word" and text.lower().startswith("non-") and len(text) > 4:  # non-US is not the US
        return [*_tokens(text[:3], "word", start), *_tokens(text[4:], "word", start + 4)]
    inner = text[1:-1] if sort == "quoted" else text
    sort = "word" if sort == "initials" else sort
    return [Token(text, fold(inner), sort, start, start + len(text))]
