"""From pieces of text on a page to the lines of each column, in reading order.

Columns are found from where their headings begin (Event, Heat, Lane, Name), not from blank gutters: a page with one
column and wide gaps has gutters too. A line is what shares a baseline, within a quarter of the type's size, because
MEET MANAGER sets times in smaller type about a point higher.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from service.kinds.heatsheets import grammar
from service.kinds.heatsheets.pdf_text import Fragment, PageText

MAX_LINE_LETTERS = 500
"""No line of a sheet is longer; patterns are kept off what is, so that no text can make them slow."""
_SAME_LINE = 0.25  # of the type's size
_GLUE = 0.32  # of the type's size: a blank is 0.25-0.28 in the faces in use, a field's gap is more
_OVERPRINT = (
    0.6  # of the type's size: pieces that overlap by more are fields, a cut name under the next column
)
_WIDE_APART = re.compile(r"\S+(?:\s\S+)*")
_COLUMN_MIN_WIDTH = 90.0  # points; three columns on a letter page are 194 wide
_GUTTER = 8.0  # points; the narrowest space between columns
_HEAD_SHARE = 0.22  # the banner and titles stand in this upper share of a page


@dataclass(frozen=True, slots=True)
class Cell:
    """A run of text without a gap: start, end and what it says."""

    x0: float
    x1: float
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """The cells on one baseline of one column; `left` is where the column begins."""

    y: float
    left: float
    cells: tuple[Cell, ...]

    @property
    def text(self) -> str:
        """The whole line with single blanks."""
        return " ".join(cell.text for cell in self.cells)


@dataclass(frozen=True, slots=True)
class PageLines:
    """A page as a person reads it: the head above the table, then its columns from left to right."""

    number: int
    head: tuple[Line, ...]
    columns: tuple[tuple[Line, ...], ...]
    starts: tuple[float, ...]


def read_page(page: PageText, known_starts: Sequence[float] = ()) -> PageLines:
    """Return the lines of a page; `known_starts` are the columns of the page before, in points from the left."""
    lines = lines_of(page.fragments)
    head_size = _head_size(lines, page)
    head, body = lines[:head_size], lines[head_size:]
    starts = column_starts(body, known_starts)
    if len(starts) < 2:
        left = starts[0] if starts else min((line.left for line in body), default=0.0)
        only = tuple(replace(line, left=left) for line in body)
        return PageLines(page.number, tuple(head), (only,) if only else (), tuple(starts))
    low = body[0].y + 0.5 * _line_gap(body) if body else 0.0
    inside = [piece for piece in page.fragments if piece.y <= low]
    columns = []
    for left, right in zip(starts, [*starts[1:], page.width * 2], strict=True):
        first = -1.0 if left == starts[0] else left - 3
        held = [piece for piece in inside if first <= piece.x0 < right - 3]
        columns.append(tuple(lines_of(held, left)))
    return PageLines(page.number, tuple(head), tuple(columns), tuple(starts))


def lines_of(fragments: Iterable[Fragment], left: float | None = None) -> list[Line]:
    """Group pieces into lines from top to bottom, and pieces that touch into cells."""
    rows: list[list[Fragment]] = []
    for piece in sorted(fragments, key=lambda piece: -piece.y):
        top = rows[-1][0] if rows else None
        if top and top.y - piece.y <= _SAME_LINE * min(max(top.size, piece.size), 14):
            rows[-1].append(piece)
        else:
            rows.append([piece])
    lines = []
    for row in rows:
        cells = tuple(_cells(row))
        if cells:
            lines.append(Line(row[0].y, cells[0].x0 if left is None else left, cells))
    return lines


def column_starts(body: Sequence[Line], known: Sequence[float]) -> list[float]:
    """Return where the columns of a page begin, from its headings and those of the page before."""
    anchors = sorted(x for line in body for x in _anchors(line))
    clusters: list[list[float]] = []
    for x in anchors:
        if clusters and x - clusters[-1][-1] < 12:
            clusters[-1].append(x)
        else:
            clusters.append([x])
    starts: list[float] = []
    for cluster in clusters:
        if not starts or cluster[0] - starts[-1] >= _COLUMN_MIN_WIDTH:
            starts.append(cluster[0])
    if len(known) > len(starts) and all(any(abs(k - s) < 12 for k in known) for s in starts):
        starts = list(known)  # a column that goes on without repeating its headings
    while len(starts) > 1 and _is_crossed(body, starts[-1]):
        starts.pop()
    return starts


def _is_anchor(text: str) -> bool:
    return len(text) <= MAX_LINE_LETTERS and bool(
        grammar.read_event(text) or grammar.read_heat(text) or text.strip().lower() == "lane"
    )


def _anchors(line: Line) -> Iterable[float]:
    """Yield where headings begin on a line; `Event   5` may be set as two pieces.

    What follows closely on other words is no heading of a column: `Team Rankings - Through Event 3`.
    """
    end = -_GUTTER
    for cell, after in zip(line.cells, [*line.cells[1:], None], strict=True):
        is_parted = after is not None and cell.text.lower().strip("(") in ("event", "heat", "#")
        said = f"{cell.text} {after.text}" if is_parted and after is not None else cell.text
        if cell.x0 - end >= _GUTTER and _is_anchor(said):
            yield cell.x0
        end = cell.x1


def _is_crossed(body: Sequence[Line], x: float) -> bool:
    """Whether cells run through where a column should begin: then it is no column."""
    crossing = sum(1 for line in body for cell in line.cells if cell.x0 < x - 4 and cell.x1 > x + 4)
    return crossing > max(2, len(body) // 20)


def _head_size(lines: Sequence[Line], page: PageText) -> int:
    """Return how many lines from the top are banner and titles: up to the last centred one above the table."""
    size = 0
    for count, line in enumerate(lines[:12], 1):
        if len(line.text) > MAX_LINE_LETTERS:
            break
        if line.y < page.height * (1 - _HEAD_SHARE) and page.height > 0:
            break
        if any(_is_anchor(cell.text) for cell in line.cells) or _is_table_head(line):
            break
        if grammar.is_banner(line.text) or grammar.report_title(line.text) or _is_centred(line, page):
            size = count
    return size


def _is_table_head(line: Line) -> bool:
    return len(line.cells) > 1 and all(grammar.column_words(cell.text) for cell in line.cells)


def _is_centred(line: Line, page: PageText) -> bool:
    middle = (line.cells[0].x0 + line.cells[-1].x1) / 2
    return len(line.cells) == 1 and abs(middle - page.width / 2) < page.width * 0.06


def _line_gap(body: Sequence[Line]) -> float:
    gaps = sorted(above.y - below.y for above, below in pairwise(body))
    return gaps[len(gaps) // 2] if gaps else 10.0


def _cells(row: list[Fragment]) -> Iterable[Cell]:
    """Join pieces that touch: kerning cuts `Schmid|t, Rachel`, a field ends where a gap begins."""
    parts: list[str] = []
    x0 = x1 = 0.0
    for piece in sorted((part for whole in row for part in _parted(whole)), key=lambda part: part.x0):
        gap = piece.x0 - x1
        if parts and -_OVERPRINT * piece.size < gap <= _GLUE * piece.size:
            has_blank = parts[-1].endswith(" ") or piece.text.startswith(" ")
            parts.append(f" {piece.text}" if gap > 0.15 * piece.size and not has_blank else piece.text)
            x1 = max(x1, piece.x1)
            continue
        if parts:
            yield Cell(x0, x1, " ".join("".join(parts).split()))
        parts, x0, x1 = [piece.text], piece.x0, piece.x1
    if parts:
        yield Cell(x0, x1, " ".join("".join(parts).split()))


def _parted(piece: Fragment) -> Iterable[Fragment]:
    """Cut a piece at runs of two blanks or more (a whole line set as one string), guessing places by share."""
    text = piece.text.rstrip()
    if "  " not in text:
        yield piece
        return
    share = (piece.x1 - piece.x0) / len(text)
    for found in _WIDE_APART.finditer(text):
        begin, end = (piece.x0 + place * share for place in found.span())
        yield Fragment(begin, end, piece.y, piece.size, found[0])
