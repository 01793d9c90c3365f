"""From a page's lines to blocks: columns in reading order, paragraphs joined, headings known by their type."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from statistics import median
from typing import Final

from service.kinds.ingestion.documents import Block, BlockKind
from service.kinds.ingestion.parsers.pdf_lines import Line

_HEADING_SIZES: Final = ((1.55, 1), (1.28, 2), (1.1, 3))
"""A line this many times as large as the body's is a heading of this level."""
_BOLD_LEVEL: Final = 4
_MAX_HEADING_CHARACTERS: Final = 140
_BULLET: Final = re.compile(r"^([•●○◦▪■‣∙·–]|\(?\d{1,3}[.)]|\(?[a-z][.)])\s")
_PAGE_NUMBER: Final = re.compile(
    r"^(page\s+)?[\[(–-]?\s*(\d{1,4}|[ivxlc]{1,6})\s*[\])–-]?(\s*(/|of)\s*\d+)?$", re.IGNORECASE
)
_MIN_COLUMN_LINES: Final = 5


class Layout:
    """Remembers a document's body type from page to page."""

    def __init__(self) -> None:
        self._sizes: Counter[float] = Counter()
        self._bold_characters = 0
        self._body = 0.0
        self._is_body_bold = False

    def blocks(self, lines: Sequence[Line], page: int, width: float) -> tuple[Block, ...]:
        """Return the blocks of one page in reading order."""
        kept = list(_without_page_numbers(lines))
        for line in kept:
            self._sizes[round(line.size * 2) / 2] += len(line.text)
            self._bold_characters += len(line.text) if line.is_bold else 0
        if self._sizes:
            self._body = self._sizes.most_common(1)[0][0]
            self._is_body_bold = self._bold_characters * 2 > self._sizes.total()
        ordered = in_reading_order(kept, width)
        return tuple(self._grouped(ordered, page))

    def _grouped(self, lines: Sequence[Line], page: int) -> Iterator[Block]:
        leading = _leading(lines)
        group: list[Line] = []
        for line in lines:
            if group and not self._belongs(group, line, leading):
                yield self._block(group, page)
                group = []
            group.append(line)
        if group:
            yield self._block(group, page)

    def _belongs(self, group: Sequence[Line], line: Line, leading: float) -> bool:
        last = group[-1]
        if self._level(line) != self._level(last) or _BULLET.match(line.text):
            return False
        if line.row == last.row:
            return True
        if line.text[:1].islower() and not self._level(line) and _is_open(last.text):
            return True  # a sentence runs on, in the next column perhaps
        drop = last.end_y - line.y
        is_next_line = 0 < drop <= 1.45 * max(leading, line.size)
        is_indented = (
            line.x0 > group[0].x0 + line.size and len(group) > 1 and not _BULLET.match(group[0].text)
        )
        # An indent begins a paragraph only where the line before does not run on.
        return is_next_line and not (is_indented and last.text.endswith((".", "!", "?", ":")))

    def _block(self, group: Sequence[Line], page: int) -> Block:
        text = join_lines(group)
        level = self._level(group[0])
        if level and len(text) <= _MAX_HEADING_CHARACTERS and any(letter.isalpha() for letter in text):
            return Block(text, "heading", level, page)
        kind: BlockKind = "list" if _BULLET.match(text) else "paragraph"
        return Block(text, kind, 0, page)

    def _level(self, line: Line) -> int:
        """Return the level of a heading that the line looks like, 0 for body text."""
        if len(line.text) > _MAX_HEADING_CHARACTERS or _BULLET.match(line.text):
            return 0
        for ratio, level in _HEADING_SIZES:
            if line.size >= ratio * self._body:
                return level
        ends_openly = not line.text.endswith((".", ",", ";", ":"))
        return _BOLD_LEVEL if line.is_bold and not self._is_body_bold and ends_openly else 0


def _is_open(text: str) -> bool:
    return text[-1:].isalnum() or text.endswith((",", ";", "-"))


def in_reading_order(lines: Sequence[Line], width: float) -> list[Line]:
    """Return lines column by column when they were painted across columns, else as they were painted.

    Most programs paint a column after the other; some paint row by row, and only then is order made here.
    """
    gutter = _gutter(lines, width)
    if gutter is None:
        return _joined_rows(lines)
    sides = [_side(line, gutter) for line in lines]
    only = [side for side in sides if side]
    turns = sum(a != b for a, b in pairwise(only))
    if turns < 0.3 * len(only):
        return list(lines)
    ordered: list[Line] = []
    left: list[Line] = []
    right: list[Line] = []
    for line, side in sorted(zip(lines, sides, strict=True), key=lambda pair: (-pair[0].y, pair[0].x0)):
        if side == 0:  # it spans both columns: what is above it is read first
            ordered += [*left, *right, line]
            left, right = [], []
        else:
            (left if side < 0 else right).append(line)
    return [*ordered, *left, *right]


def _side(line: Line, gutter: float) -> int:
    """Return -1 left of the gutter, 1 right of it, 0 across it."""
    return -1 if line.x1 <= gutter else 1 if line.x0 >= gutter else 0


def _gutter(lines: Sequence[Line], width: float) -> float | None:
    """Return the x between two columns of running text, if the page has them."""
    wide = [line for line in lines if line.x1 - line.x0 > 0.2 * width]
    if len(wide) < 2 * _MIN_COLUMN_LINES:
        return None
    for share in (0.5, 0.48, 0.52, 0.46, 0.54, 0.44, 0.56, 0.42, 0.58, 0.4, 0.6):
        x = share * width
        sides = Counter(_side(line, x) for line in wide)
        if min(sides[-1], sides[1]) >= _MIN_COLUMN_LINES and sides[0] <= 0.2 * len(wide):
            return x
    return None


def _joined_rows(lines: Sequence[Line]) -> list[Line]:
    """Put the pieces of a row together again: without columns, a wide gap parts cells."""
    joined: list[Line] = []
    for line in lines:
        if joined and joined[-1].row == line.row:
            last = joined[-1]
            joined[-1] = replace(
                last, text=f"{last.text}\t{line.text}", x0=min(last.x0, line.x0), x1=max(last.x1, line.x1)
            )
        else:
            joined.append(line)
    return joined


def join_lines(lines: Sequence[Line]) -> str:
    """Return lines as running text; a word that was cut at the end of a line is made whole."""
    text = ""
    for line in lines:
        if text.endswith("-") and text[-2:-1].isalpha() and line.text[:1].islower():
            text = text[:-1] + line.text
        else:
            text = f"{text} {line.text}" if text else line.text
    return text


def _leading(lines: Sequence[Line]) -> float:
    drops = [a.end_y - b.y for a, b in pairwise(lines) if 0 < a.end_y - b.y < 60]
    return median(drops) if drops else 0.0


def _without_page_numbers(lines: Sequence[Line]) -> Iterator[Line]:
    if not lines:
        return
    lowest, highest = min(line.y for line in lines), max(line.y for line in lines)
    for line in lines:
        is_at_edge = line.y in (lowest, highest)
        if not (is_at_edge and len(lines) > 1 and _PAGE_NUMBER.match(line.text)):
            yield line
