"""Read a table of separated values: each row becomes a line that names its columns, so that it can be found."""

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from service.kinds.ingestion.documents import Block, Portion
from service.kinds.ingestion.parsers.limits import DEFAULT_LIMITS, ReadLimits, read_error
from service.kinds.ingestion.parsers.text import decode

_DELIMITERS: Final = ",;\t|"
_LOOKED_AT_LINES: Final = 50
_ROWS_A_SECTION: Final = 50
_MAX_CELL: Final = 10_000


def read_csv(path: Path, limits: ReadLimits = DEFAULT_LIMITS) -> Iterator[Portion]:
    """Yield the rows as one portion, 50 below each heading; raises JobError text_unreadable …"""
    if path.stat().st_size > 4 * limits.text_characters:
        raise read_error("document_too_large", f"It has {path.stat().st_size} bytes.")
    text = decode(path.read_bytes())
    csv.field_size_limit(max(csv.field_size_limit(), limits.text_characters))
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter_of(text))
    try:
        yield Portion(list(_blocks(rows)))
    except csv.Error as error:
        raise read_error("format_unknown", f"It is no table of separated values: {error}") from error


def delimiter_of(text: str) -> str:
    """Return the delimiter that cuts the first lines into the most columns of equal number."""
    lines = [line for line in text[:200_000].split("\n") if line.strip()][:_LOOKED_AT_LINES]

    def score(delimiter: str) -> tuple[int, int]:
        widths = Counter(len(row) for row in csv.reader(lines, delimiter=delimiter))
        width, count = max(
            widths.items(), key=lambda pair: (pair[1] * (pair[0] > 1), pair[0]), default=(1, 0)
        )
        return (count if width > 1 else 0, width)

    return max(_DELIMITERS, key=score)


def _blocks(rows: Iterator[Sequence[str]]) -> Iterator[Block]:
    header: list[str] = []
    group: list[str] = []
    first = 1
    number = 0
    for row in rows:
        cells = [" ".join(cell[:_MAX_CELL].split()) for cell in row]
        if not any(cells):
            continue
        if not header:
            header = cells
            continue
        number += 1
        group.append(_line(header, cells))
        if len(group) == _ROWS_A_SECTION:
            yield from _section(first, number, group)
            group, first = [], number + 1
    if group:
        yield from _section(first, number, group)
    elif header and not number:
        yield Block("; ".join(header), "table")


def _section(first: int, last: int, lines: Sequence[str]) -> Iterator[Block]:
    yield Block(f"Rows {first}-{last}", "heading", 6)
    for line in lines:
        yield Block(line, "table")


def _line(header: Sequence[str], cells: Sequence[str]) -> str:
    names = [*header, *[""] * (len(cells) - len(header))]
    return "; ".join(
        f"{name}: {cell}" if name else cell for name, cell in zip(names, cells, strict=False) if cell
    )
