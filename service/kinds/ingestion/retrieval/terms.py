"""Words of a question and of a text, reduced as the full-text index reduces them.

FTS5 has a Porter stemmer inside; asking it, instead of bringing another, keeps both sides equal.
"""

import re
import sqlite3
import threading
from collections.abc import Iterable
from typing import Final

_WORD: Final = re.compile(r"[^\W_]+")
_PHRASE: Final = re.compile(r'"([^"]+)"')
_MAX_KNOWN: Final = 200_000
_MAX_TERMS: Final = 64  # of one question: more are an abuse, or a text pasted in

STOP_WORDS: Final = frozenset(
    """
    a about above after again against all am an and any are as at be because been before being below
    between both but by can could did do does doing down during each few for from further had has have
    having he her here hers him his how i if in into is it its itself just me more most my no nor not
    now of off on once only or other our out over own same she should so some such than that the their
    them then there these they this those through to too under until up very was we were what when where
    which while who whom why will with would you your
    """.split()  # noqa: SIM905 (a list of so many would be a page long)
)
"""The common function words of English; other languages do without."""


def words_of(text: str) -> list[str]:
    """Return the words of a text in lower case, as the index's tokenizer cuts them."""
    return _WORD.findall(text.lower())


def question_terms(question: str) -> list[str]:
    """Return what to look for: phrases in double quotes as they are, and words that carry meaning.

    If nothing but stop words was asked for, these are looked for.
    """
    phrases = [" ".join(words_of(phrase)) for phrase in _PHRASE.findall(question)]
    words = words_of(_PHRASE.sub(" ", question))
    telling = [word for word in words if word not in STOP_WORDS]
    if not telling and not phrases:
        telling = words
    return [term for term in dict.fromkeys([*phrases, *telling]) if term][:_MAX_TERMS]


def expression(terms: Iterable[str]) -> str:
    """Return FTS5's OR of terms; each is quoted, so that nothing in it is an operator."""
    return " OR ".join(f'"{term}"' for term in terms)


class Stemmer:
    """Maps words to the index's own terms, remembered; safe to use from several threads."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        self._connection.execute(
            "CREATE VIRTUAL TABLE t USING fts5(word, tokenize = 'porter unicode61 remove_diacritics 2')"
        )
        self._connection.execute("CREATE VIRTUAL TABLE v USING fts5vocab(t, 'instance')")

    def close(self) -> None:
        """Let go of the memory."""
        self._connection.close()

    def stems(self, words: Iterable[str]) -> dict[str, str]:
        """Return the term of each word."""
        wanted = list(words)
        with self._lock:
            strange = list({word for word in wanted if word not in self._known})
            if strange:
                self._learn(strange)
            return {word: self._known.get(word, word) for word in wanted}

    def _learn(self, words: list[str]) -> None:
        if len(self._known) + len(words) > _MAX_KNOWN:
            self._known.clear()
        self._connection.execute("BEGIN")
        self._connection.executemany("INSERT INTO t (rowid, word) VALUES (?, ?)", enumerate(words))
        for term, row in self._connection.execute("SELECT term, doc FROM v WHERE offset = 0"):
            self._known[words[row]] = term
        self._connection.execute("ROLLBACK")
