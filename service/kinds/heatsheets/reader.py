"""Walk the lines of a document: Event -> Heat -> row, whatever the report is.

One machine reads the three reports, for they share their grammar; what differs (what the number in front of a row
means, which time is which) is a `Style` of its own: program.py, psych.py, results.py.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from service.kinds.heatsheets import grammar
from service.kinds.heatsheets.grammar import EventLine
from service.kinds.heatsheets.layout import MAX_LINE_LETTERS, Line, PageLines
from service.kinds.heatsheets.rows import Fields, Heading, read_head, read_row
from service.kinds.heatsheets.sheet import Row, Swimmer


@dataclass(frozen=True, slots=True)
class Style:
    """How one sort of report is to be understood."""

    name: str
    place_row: Callable[[Row, Fields], Row | None]
    """Puts what the fields say into a row that knows its event and heat; None if it is no row after all."""
    has_heats: bool = False


@dataclass(slots=True)
class _Event:
    number: int | str | None
    name: str
    starts_at: int | None = None

    @property
    def is_relay(self) -> bool:
        return "relay" in self.name.lower()


class SheetReader:
    """Reads pages in order and keeps the rows; `style` may be told later, from the first lines with a table."""

    def __init__(self, style: Style) -> None:
        self.style = style
        self.rows: list[Row] = []
        self.unplaced_lines = 0
        self._event: _Event | None = None
        self._names: dict[int | str, str] = {}
        self._heat: int | None = None
        self._starts_at: int | None = None
        self._heads: dict[bool, tuple[Heading, ...]] = {}
        self._session_date: str | None = None
        self._page = 0

    def read(self, page: PageLines, session_date: str | None) -> None:
        """Read one page; `session_date` is the ISO day of what is printed on it, if it is known."""
        self._page = page.number
        self._session_date = session_date
        for column in page.columns:
            for line in column:
                self._read_line(line)

    def _read_line(self, line: Line) -> None:
        text = line.text
        if len(text) > MAX_LINE_LETTERS or grammar.is_banner(text):
            return
        if self._read_heading(text, line):
            return
        if self._event is None:
            return
        if legs := grammar.read_legs(text):
            self._add_legs(legs)
            return
        head = self._heads.get(self._event.is_relay, ())
        fields = read_row(line, head, is_relay=self._event.is_relay)
        if fields is None or not _is_plausible(fields, bool(head)):
            return
        row = self.style.place_row(self._blank_row(), fields)
        if row:
            self.rows.append(row)

    def _read_heading(self, text: str, line: Line) -> bool:
        """Take in a line that is no row: an event, a heat, a part of an event, the head of a table."""
        if heat := grammar.read_heat(text):
            if heat.event:
                self._begin_event(heat.event)
            self._heat, self._starts_at = heat.heat, heat.starts_at
        elif event := grammar.read_event(text):
            self._begin_event(event)
        elif event := grammar.read_inner_event(text):
            self._begin_event(replace(event, is_continued=True))
        elif (section := grammar.read_section(text))[0]:
            self._heat, self._starts_at = None, section[1]
        elif grammar.is_scores(text):
            self._event = None
        elif head := read_head(line):
            self._heads[not any(one.column == "name" for one in head)] = head
        else:
            return False
        return True

    def _begin_event(self, line: EventLine) -> None:
        known = self._names.get(line.number) if line.number is not None else None
        is_same = self._event is not None and (
            (line.number is not None and self._event.number == line.number)
            or (line.number is None and self._event.name == line.name)
        )
        if is_same and self._event is not None:
            if not line.is_continued and line.starts_at is not None:
                self._event.starts_at = line.starts_at
            return  # a heading that is repeated at the top of a column leaves the heat as it is
        name = known if known and (line.is_continued or not line.name) else line.name or known or ""
        if line.number is not None and name:
            self._names.setdefault(line.number, name)
        self._event = _Event(line.number, name, line.starts_at)
        self._heat, self._starts_at = None, None

    def _blank_row(self) -> Row:
        event = self._event
        assert event is not None, "rows are read inside an event only"  # noqa: S101  # holds by _read_line
        starts_at = self._starts_at
        if starts_at is None and self._heat in (None, 1):
            starts_at = event.starts_at
        return Row(
            event.name,
            event.number,
            heat=self._heat,
            starts_at=starts_at,
            session_date=self._session_date,
            page=self._page,
        )

    def _add_legs(self, legs: Iterable[tuple[int, str, int | str | None]]) -> None:
        if not self.rows or self.rows[-1].name is not None:
            return
        last = self.rows[-1]
        self.rows[-1] = replace(last, legs=(*last.legs, *(Swimmer(name, age) for _, name, age in legs)))


def _is_plausible(fields: Fields, has_head: bool) -> bool:
    """Tell rows from numbered lines of prose: they have a time or room for one, or age or team below a table's head."""
    if fields.name and grammar.read_event(fields.name):
        return False
    has_person = fields.age is not None or fields.team is not None
    return bool(fields.times) or fields.has_blank or (has_head and has_person)
