"""What the parser may know of the orders: which values there are, and how many rows a filter selects."""

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from service.kinds.shipping.filters import Node, compile_filter
from service.kinds.shipping.folding import fold
from service.kinds.shipping.mapping import Field, header_words
from service.kinds.shipping.orders import Key, OrderBook, column_names
from service.kinds.shipping.places import STATES_BY_COUNTRY, country_names
from service.kinds.shipping.sentence.vocabulary import FIELD_WORDS, Phrase

NEAR_VALUES: Final = 20_000
"""Near misses are sought among so many values: it takes about a second, once, in a question."""

INDEXED_ROWS: Final = 20_000
"""From here on the columns that are looked up word by word get an index: without one each look reads every row."""
_LOOKED_UP: Final = ("order_id", "name", "company", "city", "state")
_NOTHINGS: Final = ("no", "n", "none", "false", "-", "n/a", "nein", "$0", "$0.00")


@dataclass(frozen=True, slots=True)
class Town:
    """A city as the orders have it: in which state and country, and how many orders go there."""

    name: str
    state: str | None
    country: str | None
    count: int


class Known:
    """Answers the parser's questions about one sheet, by SQL; no row is ever handed out."""

    def __init__(self, book: OrderBook, home_country: str = "US") -> None:
        self.book = book
        self.home_country = home_country
        self.fields: Mapping[str, Field] = book.fields
        self.field_phrases = _field_phrases(book)
        self._columns = {name: column_names(n) for name, n in book.positions.items()}
        self._asked: dict[tuple[str, tuple[Key, ...]], list[tuple[object, ...]]] = {}
        if book.count >= INDEXED_ROWS:
            for name in _LOOKED_UP:
                book.index(name)

    def count(self, node: Node) -> int:
        """Return how many orders a filter selects."""
        sql, values = compile_filter(node, self.fields)
        found = self._ask(f"SELECT count(*) FROM orders WHERE {sql}", values)  # noqa: S608 (compiled, values apart)
        return int(str(found[0][0]))

    def _ask(self, sql: str, values: Sequence[Key] = ()) -> list[tuple[object, ...]]:
        """Return the rows of a short answer; a question that was asked before is not asked again."""
        question = sql, tuple(values)
        found = self._asked.get(question)
        if found is None:
            found = self._asked[question] = list(self.book.query(sql, values))
        return found

    def is_same(self, one: Node, other: Node) -> bool:
        """Tell whether two filters select the same orders."""
        (sql, values), (sql2, values2) = (compile_filter(node, self.fields) for node in (one, other))
        return self.book.count_where(f"{sql} <> {sql2}", [*values, *values2]) == 0

    def has(self, field: str, text: str) -> bool:
        """Tell whether some order has exactly this text in a field, letter case and accents aside."""
        key = self._columns[field][1]
        sql = f"SELECT 1 FROM orders WHERE {key} = ? LIMIT 1"  # noqa: S608 (a column of ours)
        return bool(self._ask(sql, (fold(text),)))

    def has_state(self, text: str) -> bool:
        """Tell whether some order has this state, as a code or in a country whose states are not known here."""
        return self.count({"field": "state", "op": "eq", "value": text}) > 0

    def has_numbers(self, field: str) -> bool:
        """Tell whether some order has a number in a field."""
        number = self._columns[field][2]
        sql = f"SELECT 1 FROM orders WHERE {number} IS NOT NULL LIMIT 1"  # noqa: S608 (a column of ours)
        return bool(self._ask(sql))

    def has_nothings(self, field: str) -> bool:
        """Tell whether some order says 0, no or none in a field: filled in, and yet there is nothing."""
        _, key, number = self._columns[field]
        sql = (
            f"SELECT 1 FROM orders WHERE {number} = 0 OR {key} IN ({', '.join('?' * len(_NOTHINGS))}) LIMIT 1"  # noqa: S608 (a column of ours)
        )
        return bool(self._ask(sql, _NOTHINGS))

    def near_values(self, field: str, text: str) -> list[str]:
        """Return values of a field that `text` could be a slip of, or that have it as a word."""
        names = dict(self._values(field))
        inside = [shown for folded, shown in names.items() if f" {fold(text)} " in f" {folded} "]
        return list(dict.fromkeys([*inside[:5], *_near(text, names)]))[:5]

    def towns(self, text: str) -> list[Town]:
        """Return the cities of that name, one for each state and country, the most frequent first."""
        city, state, country = (self._columns[name][1] for name in ("city", "state", "country"))
        sql = (
            f"SELECT min({self._columns['city'][0]}), {state}, {country}, count(*) FROM orders WHERE {city} = ?"  # noqa: S608 (columns of ours)
            " GROUP BY 2, 3 ORDER BY 4 DESC, 2, 3"
        )
        found = self._ask(sql, (fold(text),))
        return [Town(str(name), _text(where), _text(land), int(str(n))) for name, where, land, n in found]

    def order_ids(self, text: str) -> list[str]:
        """Return the order numbers (as they are compared) that a person's `1003` or `#1003` means."""
        _, key, number = self._columns["order_id"]
        plain = fold(text).removeprefix("#")
        digits = float(plain) if plain.isascii() and plain.isdigit() and len(plain) <= 15 else None
        exactly = f"SELECT DISTINCT {key} FROM orders WHERE {key} IN (?, ?) LIMIT 10"  # noqa: S608 (columns of ours)
        found = [str(row[0]) for row in self._ask(exactly, (plain, f"#{plain}"))]
        if found or digits is None:
            return found
        sql = f"SELECT DISTINCT {key} FROM orders WHERE {number} = ? LIMIT 10"  # noqa: S608 (columns of ours)
        return [str(row[0]) for row in self._ask(sql, (digits,))]

    def holding(self, word: str) -> list[tuple[str, int]]:
        """Return the text fields in which a word occurs, with how many orders, the most first."""
        found = []
        for name in ("items", "notes", "name", "company", "city", "address1"):
            if self.book.has_column(name):
                count = self.count({"field": name, "op": "contains", "value": word})
                if count:
                    found.append((name, count))
        return sorted(found, key=lambda pair: -pair[1])

    def near_places(self, text: str) -> list[str]:
        """Return names of places that `text` could be a slip of, the nearest first."""
        names = {fold(name): name for states in STATES_BY_COUNTRY.values() for name in states.values()}
        names |= {fold(name): name for name in country_names().values()}
        names |= dict(self._values("city"))
        return _near(text, names)

    def near_people(self, text: str) -> list[str]:
        """Return names and companies of the orders that are near `text` or have it as a word."""
        return list(dict.fromkeys([*self.near_values("name", text), *self.near_values("company", text)]))[:5]

    def _values(self, field: str) -> Iterable[tuple[str, str]]:
        text, key, _ = self._columns[field]
        sql = f"SELECT {key}, min({text}) FROM orders WHERE {key} IS NOT NULL GROUP BY 1 LIMIT {NEAR_VALUES}"  # noqa: S608 (columns of ours)
        return [(str(folded), str(shown)) for folded, shown in self.book.query(sql)]


def _near(text: str, names: Mapping[str, str]) -> list[str]:
    return [names[near] for near in difflib.get_close_matches(fold(text), names, n=4, cutoff=0.78)]


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _field_phrases(book: OrderBook) -> dict[Phrase, str]:
    """Return phrase -> field: our words for the fields, and the words of the sheet's own headers."""
    found: dict[Phrase, str] = {
        tuple(phrase.split()): name for name, phrases in FIELD_WORDS.items() for phrase in phrases.split(", ")
    }
    for name, field in book.fields.items():
        if field.header:
            found[tuple(fold(field.header).split())] = name
            found[tuple(header_words(field.header).split())] = name
    return found
