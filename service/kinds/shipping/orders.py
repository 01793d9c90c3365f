"""The orders of one sheet in an SQLite file: as many as there are, in memory that does not grow with them."""

import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from service.kinds.shipping.amounts import read_money, read_number, read_weight, uses_decimal_comma
from service.kinds.shipping.codes import shipping_error
from service.kinds.shipping.folding import fold
from service.kinds.shipping.mapping import Field, map_columns
from service.kinds.shipping.places import country_code, state_code
from service.kinds.shipping.sources import Source

SAMPLE_ROWS: Final = 1_000
"""How many rows are looked at to know a column's decimal mark and the order of day and month."""
INSERT_ROWS: Final = 2_000
SEEN_CELLS: Final = 4_000
"""So many different cells of a column are remembered with what they mean; a million rows take no more memory."""
_DATE = re.compile(r"^(\d{1,4})[-/.](\d{1,2})[-/.](\d{1,4})")
_SHORT_ZIP = re.compile(r"^(\d{3,4})(-\d{4})?$")
_DIGITS = re.compile(r"^#?(\d{1,15})$")
Key = str | float | None


@dataclass(frozen=True, slots=True)
class Order:
    """One row of the sheet. `texts` are its cells by field, `keys` what they are compared by (None: blank)."""

    row_number: int
    texts: Mapping[str, str]
    keys: Mapping[str, Key]
    numbers: Mapping[str, float | None]


class OrderBook:
    """The rows of a sheet, typed by their fields, in a file that is thrown away with the job's folder."""

    def __init__(self, path: Path, fields: Sequence[Field], count: int, notes: Sequence[str] = ()) -> None:
        self.path = path
        self.fields = {field.name: field for field in fields}
        self.positions = {field.name: number for number, field in enumerate(fields)}
        self.count = count
        self.notes = tuple(notes)
        self.connection = sqlite3.connect(path)
        self.connection.execute("PRAGMA cache_size = -16384")  # 16 MiB, whatever the sheet's size
        # An index that a crash takes with it is made again with the file.
        self.connection.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;")

    @classmethod
    def build(
        cls,
        path: Path,
        source: Source,
        mapping: Mapping[str, str] | None = None,
        *,
        default_country: str | None = None,
        at_rows: Callable[[int], None] = lambda _: None,
    ) -> "OrderBook":
        """Read every row of `source` into a new file at `path`; `at_rows` is told how many are in now and then.

        Raises JobError `columns_missing`, `mapping_invalid`, `source_invalid`, `source_empty`.
        """
        fields = map_columns(source.headers, mapping)
        path.unlink(missing_ok=True)
        connection = sqlite3.connect(path)
        try:
            # The file is made anew from the source whenever it is wanted: nothing in it has to survive a crash.
            connection.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;")
            connection.execute(_create_table(fields))
            first = list(islice(source.rows, SAMPLE_ROWS))
            reader = _RowReader(fields, first, default_country)
            count = _insert(connection, chain(first, source.rows), reader, fields, at_rows)
            connection.commit()
        finally:
            connection.close()
        if count == 0:
            raise shipping_error("source_empty", "The file has a header row and no orders.")
        notes = list(source.notes)
        if reader.completed_zips:
            notes.append(f"{reader.completed_zips} ZIP codes had lost a leading zero; it was put back.")
        return cls(path, fields, count, tuple(notes))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self.connection.close()

    def index(self, field: str) -> None:
        """Make the looks for a value of a field quick, in this connection's file."""
        for column in column_names(self.positions[field])[1:]:
            self.connection.execute(
                f"CREATE INDEX IF NOT EXISTS orders_by_{column} ON orders ({column}) WHERE {column} IS NOT NULL"
            )

    def has_column(self, field: str) -> bool:
        """Tell whether the sheet has a column for a field."""
        return field in self.fields and self.fields[field].column is not None

    def select(self, condition: str = "1", values: Sequence[Key] = ()) -> Iterator[Order]:
        """Yield the rows that an SQL condition over the columns of `column_names` is true for, in order."""
        cursor = self.connection.execute(
            f"SELECT * FROM orders WHERE {condition} ORDER BY row_number",  # noqa: S608 (compiled, values apart)
            tuple(values),
        )
        return (self._order(row) for row in cursor)

    def count_where(self, condition: str, values: Sequence[Key] = ()) -> int:
        """Return how many rows a condition is true for."""
        sql = f"SELECT count(*) FROM orders WHERE {condition}"  # noqa: S608 (compiled, values apart)
        return int(self.connection.execute(sql, tuple(values)).fetchone()[0])

    def query(self, sql: str, values: Sequence[Key] = ()) -> Iterator[tuple[object, ...]]:
        """Run a reading statement of this package over the table `orders`."""
        return self.connection.execute(sql, tuple(values))

    def _order(self, row: Sequence[Key]) -> Order:
        names = list(self.fields)
        size = len(names)
        texts = {name: str(row[1 + i]) for i, name in enumerate(names) if row[1 + i] is not None}
        keys: dict[str, Key] = {name: row[1 + size + i] for i, name in enumerate(names)}
        numbers = {name: _as_number(row[1 + 2 * size + i]) for i, name in enumerate(names)}
        return Order(int(row[0] or 0), texts, keys, numbers)


def column_names(position: int) -> tuple[str, str, str]:
    """Return the SQL columns of the field at `position`: its text, what it is compared by, its number."""
    return f"t{position}", f"k{position}", f"n{position}"


def _create_table(fields: Sequence[Field]) -> str:
    columns = [
        f"{prefix}{n} {kind}"
        for prefix, kind in (("t", "TEXT"), ("k", "TEXT"), ("n", "REAL"))
        for n in range(len(fields))
    ]
    return f"CREATE TABLE orders (row_number INTEGER PRIMARY KEY, {', '.join(columns)}) STRICT"


def _insert(
    connection: sqlite3.Connection,
    rows: Iterator[list[str]],
    reader: "_RowReader",
    fields: Sequence[Field],
    at_rows: Callable[[int], None],
) -> int:
    sql = f"INSERT INTO orders VALUES ({', '.join('?' * (1 + 3 * len(fields)))})"  # noqa: S608 (marks only)
    numbered = enumerate(rows, 1)
    count = 0
    while block := list(islice(numbered, INSERT_ROWS)):
        connection.executemany(sql, (reader.values(number, cells) for number, cells in block))
        count += len(block)
        at_rows(count)
    return count


class _RowReader:
    """Makes the typed values of a row; what a column's numbers and dates look like is known from the first rows."""

    def __init__(
        self, fields: Sequence[Field], sample: Sequence[list[str]], default_country: str | None
    ) -> None:
        self._fields = fields
        self._default_country = default_country
        self._country = next(n for n, field in enumerate(fields) if field.type == "country")
        self._postal = next(n for n, field in enumerate(fields) if field.name == "postal")
        self.completed_zips = 0
        self._codes: dict[str, str | None] = {}
        self._seen: list[dict[str, tuple[str | None, float | None]]] = [{} for _ in fields]
        self._columns = [(n, field.column) for n, field in enumerate(fields) if field.column is not None]
        self._state = next(n for n, field in enumerate(fields) if field.type == "state")
        cells = [[r[f.column].strip() for r in sample] if f.column is not None else [] for f in fields]
        self._has_comma = [uses_decimal_comma(column) for column in cells]
        self._is_day_first = [is_day_first(column) for column in cells]

    def values(self, number: int, cells: Sequence[str]) -> tuple[Key, ...]:
        size = len(self._fields)
        texts: list[str | None] = [None] * size
        for n, column in self._columns:
            texts[n] = cells[column].strip() or None
        if texts[self._country] is None:
            texts[self._country] = self._default_country
        country = self._code_of(texts[self._country] or "")
        texts[self._postal] = self._whole_zip(texts[self._postal], country)
        keys: list[str | None] = [None] * size
        numbers: list[float | None] = [None] * size
        for n, text in enumerate(texts):  # written out here: this is the inner loop of a million rows
            if text is None:
                continue
            seen, cell = self._seen[n], text if n != self._state else f"{country}:{text}"
            found = seen.get(cell)
            if found is None:
                found = self._key(n, text, country), self._number(n, text)
                if len(seen) < SEEN_CELLS:
                    seen[cell] = found  # cells of a column are often alike
            keys[n], numbers[n] = found
        return (number, *texts, *keys, *numbers)

    def _code_of(self, text: str) -> str | None:
        if text not in self._codes and len(self._codes) < SEEN_CELLS:
            self._codes[text] = country_code(text)
        return self._codes[text] if text in self._codes else country_code(text)

    def _whole_zip(self, text: str | None, country: str | None) -> str | None:
        """Give a US ZIP the zeros back that a spreadsheet took from it: 2134 is 02134."""
        if country == "US" and text and (found := _SHORT_ZIP.match(text)):
            self.completed_zips += 1
            return found[1].zfill(5) + (found[2] or "")
        return text

    def _key(self, n: int, text: str, country: str | None) -> str | None:
        match self._fields[n].type:
            case "country":
                return country or fold(text).upper()
            case "state":
                return state_code(text, country)
            case "date":
                return read_date(text, day_first=self._is_day_first[n])
        return fold(text)

    def _number(self, n: int, text: str) -> float | None:
        field, has_comma = self._fields[n], self._has_comma[n]
        if field.name == "weight":
            return read_weight(text, unit=field.unit or "lb", comma_is_decimal=has_comma)
        if field.type == "identifier":
            digits = _DIGITS.match(text)
            return float(digits[1]) if digits else None
        if field.type == "number":
            return read_money(text, comma_is_decimal=has_comma)
        is_like_one = text[0] in "+-.0123456789" and text[-1] in ".,0123456789"
        return read_number(text, comma_is_decimal=has_comma) if is_like_one else None


def is_day_first(cells: Iterable[str]) -> bool | None:
    """Tell the order of day and month from a column's dates: True or False by a part over 12, None if none is."""
    for cell in cells:
        found = _DATE.match(cell)
        if found and len(found[1]) < 3:
            if int(found[1]) > 12:
                return True
            if int(found[2]) > 12:
                return False
    return None


def read_date(text: str, *, day_first: bool | None) -> str | None:
    """Return the day of a date as ISO 8601, None for what is no date or could be two."""
    found = _DATE.match(text)
    if not found:
        return None
    a, b, c = (int(part) for part in found.groups())
    if len(found[1]) == 4:
        year, month, day = a, b, c
    elif day_first is None:
        if a != b:
            return None
        year, month, day = c, a, b
    else:
        year, month, day = (c, b, a) if day_first else (c, a, b)
    year += 2000 if year < 100 else 0
    is_a_day = 1900 <= year <= 2200 and 1 <= month <= 12 and 1 <= day <= 31
    return f"{year:04}-{month:02}-{day:02}" if is_a_day else None


def _as_number(value: Key) -> float | None:
    return None if value is None else float(value)
