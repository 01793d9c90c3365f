"""From the cells of one line to the fields of one row, with the table's head as a guide.

Fields begin where their heading begins (text) or end where it ends (numbers), so a cell belongs to the heading
whose edge it shares. Where a sheet was printed without separate fields, the order of the words decides.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from service.kinds.heatsheets import grammar
from service.kinds.heatsheets.layout import Cell, Line
from service.kinds.heatsheets.times import WORDS, is_blank, is_exhibition, read_time

_LEAD = re.compile(r"^(?P<lead>[*=T]?\s?\d{1,4}[.)]?|-{2,3}|–{1,2}|—)(?=\s|$)")
_RELAY_TAIL = re.compile(r"^(?P<team>.*\S)\s+['\"‘“]?(?P<letter>[A-Z])['\"’”]?$")
_RELAY_LETTER = re.compile(r"^['\"‘“]?(?P<letter>[A-Z]|[A-Z]\s?relay)['\"’”]?$", re.IGNORECASE)
_DECIMAL = re.compile(r"[xXJj@!#$%&*]?(?:\d{1,2}:)?\d{1,3}(?::\d\d)?\.\d\d?[A-Za-z*#$%!&@+^]{0,4}")
_AGE = r"(?:[MWFGB]\s?\d{1,3}|\d{1,2}|1\d\d|FR|SO|JR|SR|GS|5Y)"
_AGE_TAIL = re.compile(rf"^(?P<name>.*[^\W\d_].*?)\s+(?P<age>{_AGE})$")
_AGE_HEAD = re.compile(rf"^(?P<age>{_AGE})\s+(?P<team>.*[^\W\d_].*)$")
_AGE_INSIDE = re.compile(rf"^(?P<name>[^\d]*[^\W\d_][^\d]*?)\s+(?P<age>{_AGE})\s+(?P<team>\S.*)$")
_PARA = re.compile(r"^(?:S[BM]?\d{1,2}\s*)+$")
_PARA_INSIDE = re.compile(r"\s+\(?S[BM]?(?:1\d|[1-9])\)?(?=\s|$)")
_EDGE = 14.0  # points that a cell's edge may be off its heading's
_ALIGNED = 3.0  # points within which two edges are the same


@dataclass(frozen=True, slots=True)
class Heading:
    """One column of a table: its name in `grammar.COLUMNS`, and where its heading begins and ends."""

    column: str
    x0: float
    x1: float


@dataclass(slots=True)
class Fields:
    """What one line of a table says, before anybody knows which event and heat it is in."""

    lead: int | None = None
    heat: int | None = None
    lane: int | None = None
    name: str | None = None
    age: int | str | None = None
    team: str | None = None
    relay: str | None = None
    times: dict[str, str] = field(default_factory=dict)
    is_exhibition: bool = False
    has_blank: bool = False


def read_head(line: Line) -> tuple[Heading, ...] | None:
    """Read the head of a table, with places relative to the column of the page; None if the line is none."""
    headings: list[Heading] = []
    for cell in line.cells:
        words = grammar.column_words(cell.text)
        if words is None:
            return None
        share = (cell.x1 - cell.x0) / max(len(cell.text), 1)
        headings += [
            Heading(column, cell.x0 + begin * share - line.left, cell.x0 + end * share - line.left)
            for column, begin, end in words
        ]
    columns = {heading.column for heading in headings}
    is_head = len(headings) > 1 and columns & {"name", "team", "relay", "lane"}
    return _without_twins(headings) if is_head else None


def read_row(line: Line, head: Sequence[Heading], *, is_relay: bool) -> Fields | None:
    """Read one row; None for anything else (splits, records, standards, remarks)."""
    cells = [replace(c, x0=c.x0 - line.left, x1=c.x1 - line.left) for c in line.cells]
    fields = Fields()
    cells = _take_lead(cells, head, fields)
    has_number = fields.lead is not None or fields.lane is not None or _is_marked(line)
    if not cells or not (has_number or _is_under(cells[0], "name", head, _ALIGNED)):
        return None
    cells = [piece for cell in cells for piece in _apart(cell)]
    texts = _take_times(cells, head, fields)
    if is_relay:
        _take_team(texts, fields)
    else:
        _take_swimmer(texts, head, fields)
    if not has_number and (is_relay or fields.age is None or not fields.times):
        return None  # a swim without a place has everything else; a record or remark has not
    return fields if (fields.team if is_relay else fields.name) else None


def _without_twins(headings: list[Heading]) -> tuple[Heading, ...]:
    """Join the halves of a heading that is set as two pieces: `Finals` and `Score`, `Seed` and `Time`."""
    joined: list[Heading] = []
    for one in headings:
        last = joined[-1] if joined else None
        if (
            last
            and one.column == "final"
            and last.column in ("seed", "prelim", "final")
            and one.x0 - last.x1 < 8
        ):
            joined[-1] = Heading(last.column, last.x0, one.x1)
        else:
            joined.append(one)
    return tuple(joined)


def _is_marked(line: Line) -> bool:
    """Whether a row begins with a sign instead of a number: unplaced swims."""
    return bool(re.match(r"^(?:-{2,3}|–{1,2}|—)(?:\s|$)", line.cells[0].text))


def _take_lead(cells: list[Cell], head: Sequence[Heading], fields: Fields) -> list[Cell]:
    """Take lane, place or rank (and heat/lane pairs) off the front of a row; returns the rest."""
    first = cells[0]
    found = _LEAD.match(first.text)
    if not found:
        return cells
    number = int("".join(filter(str.isdigit, found["lead"])) or -1)
    fields.lead = number if number >= 0 else None
    rest = first.text[found.end() :].strip()
    share = (first.x1 - first.x0) / max(len(first.text), 1)
    left = [Cell(first.x1 - len(rest) * share, first.x1, rest)] if rest else []
    if pair := re.fullmatch(r"(\d{1,3})\s*/\s*(\d{1,2})", rest):
        fields.heat, fields.lane = int(pair[1]), int(pair[2])
        left = []
    left += cells[1:]
    leads = [one.column for one in head if one.column in ("lane", "place", "heat")]
    if len(leads) > 1:  # heat and lane, or place, heat and lane, each a number in front of the name
        values = {leads[0]: fields.lead}
        for column in leads[1:]:
            if left and left[0].text.isdigit() and len(left[0].text) <= 3:
                values[column] = int(left.pop(0).text)
        fields.lead, fields.heat, fields.lane = values.get("place"), values.get("heat"), values.get("lane")
    return left


def _apart(cell: Cell) -> list[Cell]:
    """Cut a cell that holds more than its field where its times begin; each word from there on is a cell."""
    words = cell.text.split(" ")
    first = next((n for n, word in enumerate(words) if n and _DECIMAL.fullmatch(word)), len(words))
    while first > 1 and (words[first - 1] in WORDS or is_blank(words[first - 1])):
        first -= 1
    if first == len(words):
        return [cell]
    share = (cell.x1 - cell.x0) / len(cell.text)
    cells = [Cell(cell.x0, cell.x0 + len(" ".join(words[:first])) * share, " ".join(words[:first]))]
    at = len(cells[0].text) + 1
    for word in words[first:]:
        cells.append(Cell(cell.x0 + at * share, cell.x0 + (at + len(word)) * share, word))
        at += len(word) + 1
    return cells


def _take_times(cells: list[Cell], head: Sequence[Heading], fields: Fields) -> list[Cell]:
    """Sort out the times of a row; returns the cells of text before the first of them."""
    first = next((n for n, c in enumerate(cells) if _is_time(c, n, head)), len(cells))
    while first > 1 and cells[first - 1].text in ("x", "X", "*", "J", "q"):
        fields.is_exhibition |= cells[first - 1].text in ("x", "X")
        del cells[first - 1]
        first -= 1
    times = [cell for cell in cells[first:] if read_time(cell.text) or is_blank(cell.text)]
    fields.has_blank = any(is_blank(cell.text) for cell in times)
    columns = [one for one in head if one.column in ("seed", "prelim", "final")]
    taken: set[str] = set()
    for number, cell in enumerate(times):
        column = _time_column(cell, number, columns, taken)
        taken.add(column)
        if value := read_time(cell.text):
            fields.times[column] = value
            fields.is_exhibition |= is_exhibition(cell.text)
    return cells[:first]


def _is_time(cell: Cell, number: int, head: Sequence[Heading]) -> bool:
    if is_blank(cell.text):
        return number > 0
    if read_time(cell.text) is None:
        return False
    starts = [one.x0 for one in head if one.column in ("seed", "prelim", "final")]
    return number > 0 and (not starts or cell.text[-1].isdigit() or cell.x1 > min(starts) - _EDGE)


def _time_column(cell: Cell, number: int, columns: Sequence[Heading], taken: set[str]) -> str:
    free = [one for one in columns if one.column not in taken]
    near = min(free, key=lambda one: min(abs(one.x1 - cell.x1), abs(one.x0 - cell.x0)), default=None)
    if near and (len(columns) == 1 or min(abs(near.x1 - cell.x1), abs(near.x0 - cell.x0)) < 3 * _EDGE):
        return near.column
    return f"time{number}"


def _take_team(texts: list[Cell], fields: Fields) -> None:
    """Read `Team`, `Team A` or `Team` and `A` of a relay."""
    words = [cell.text for cell in texts if not _PARA.match(cell.text)]
    if words and (found := _RELAY_LETTER.match(words[-1])) and len(words) > 1:
        fields.relay = found["letter"][0].upper()
        words = words[:-1]
    team = " ".join(words)
    if not fields.relay and (found := _RELAY_TAIL.match(team)):
        team, fields.relay = found["team"], found["letter"]
    if any(letter.isalpha() for letter in team):
        fields.team = team


def _take_swimmer(texts: list[Cell], head: Sequence[Heading], fields: Fields) -> None:
    """Read name, age and team from the cells before the times."""
    texts = [
        replace(cell, text=_PARA_INSIDE.sub("", cell.text)) for cell in texts if not _PARA.match(cell.text)
    ]
    groups: dict[str, list[str]] = {"name": [], "age": [], "team": []}
    columns = [one for one in head if one.column in ("name", "age", "team")]
    for number, cell in enumerate(texts):
        groups[_text_column(cell, number, columns, groups)].append(cell.text)
    name, team = " ".join(groups["name"]), " ".join(groups["team"])
    age = read_age_of(groups["age"])
    if age is None and team and (found := _AGE_HEAD.match(team)):
        age, team = grammar.read_age(found["age"]), found["team"]
    if age is None and team and (found := _AGE_TAIL.match(name)):
        name, age = found["name"], grammar.read_age(found["age"])
    if age is None and not team and (found := _AGE_INSIDE.match(name)):
        name, age, team = found["name"], grammar.read_age(found["age"]), found["team"]
    elif not team and (found := _AGE_TAIL.match(name)):
        name, age = found["name"], grammar.read_age(found["age"])
    name = name.strip(" *")
    if sum(letter.isalpha() for letter in name) > 1 or "," in name:
        fields.name, fields.age, fields.team = name, age, team or None


def read_age_of(words: Sequence[str]) -> int | str | None:
    """Return the first age among words, or None."""
    return next((age for word in words if (age := grammar.read_age(word)) is not None), None)


def _text_column(cell: Cell, number: int, columns: Sequence[Heading], groups: dict[str, list[str]]) -> str:
    """Return whether a cell before the times is name, age or team."""
    is_number = grammar.read_age(cell.text) is not None
    has_age = any(one.column == "age" for one in columns)
    if number == 0 and not is_number and not any(one.column == "team" for one in columns[:1]):
        return "name"
    if (
        is_number
        and not groups["age"]
        and (cell.text[-1].isdigit() or not has_age or _is_under(cell, "age", columns))
    ):
        return "age"
    before = [one for one in columns if one.x0 <= cell.x0 + 4 and one.column != "age"]
    if before:
        return before[-1].column
    return "team" if groups["name"] else "name"


def _is_under(cell: Cell, column: str, columns: Sequence[Heading], room: float = _EDGE) -> bool:
    """Whether a cell begins or ends where the heading of a column does."""
    return any(
        one.column == column and min(abs(one.x1 - cell.x1), abs(one.x0 - cell.x0)) < room for one in columns
    )
