"""Print heat sheets, psych sheets and results the way MEET MANAGER does, from rows that the test knows.

The printed forms were taken from real sheets: fields as text objects of their own, right-aligned numbers, times in
smaller type a point above the line, names cut where kerning changes, `(Continued)` at the head of a column.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

PAGE = (612.0, 792.0)
FONT, BOLD = "Times-Roman", "Times-Bold"
MARGIN = 18.0


@dataclass(frozen=True)
class Entry:
    """One printed row. `number` is a lane, a rank or a place; None prints `---`."""

    number: int | None
    name: str | None
    age: int | str | None = None
    team: str = ""
    seed: str | None = "NT"
    final: str | None = None
    relay: str | None = None
    legs: tuple[tuple[str, int | None], ...] = ()
    mark: str = ""


@dataclass(frozen=True)
class Heat:
    """A heat of a program; a psych sheet and results have one without number."""

    entries: tuple[Entry, ...]
    number: int | None = None
    starts: str | None = None


@dataclass(frozen=True)
class SwimEvent:
    """An event with its heats."""

    number: int | str | None
    name: str
    heats: tuple[Heat, ...]
    records: tuple[str, ...] = ()

    @property
    def is_relay(self) -> bool:
        return "Relay" in self.name


@dataclass(frozen=True)
class Meet:
    """What stands at the head of each page."""

    report: str = "program"
    name: str = "2025 Otter Fall Classic"
    dates: str = "11/8/2025 to 11/9/2025"
    printed: str = "8:25 AM 11/5/2025"
    licence: str = "Riverside Natatorium - Site License"
    session: str = "Saturday Morning"
    prefix: str = "Event "
    continued: str = "Event {number} {name} (Continued)"
    columns: int = 1
    team_heading: str = "Team"
    age_heading: str = "Age"
    raised: float = 0.9
    is_kerned: bool = True
    has_points: bool = False
    has_splits: bool = False
    has_scores: bool = False
    middle_heading: str = "Seed Time"
    seed: int = 7

    @property
    def title(self) -> str:
        word = {"program": "Meet Program", "psych": "Psych Sheet", "results": "Results"}[self.report]
        return f"{word} - {self.session}" if self.session else word


@dataclass
class Column:
    """Where the parts of a row stand, in points from the column's left."""

    left: float
    width: float
    size: float
    has_points: bool = False
    places: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        wide = self.width
        self.places = {
            "number": 0.07 * wide,
            "name": 0.09 * wide,
            "age": 0.46 * wide,
            "team": 0.48 * wide,
            "relay": 0.62 * wide,
            "seed": 0.78 * wide if self.has_points else 0.86 * wide,
            "final": 0.91 * wide if self.has_points else 0.99 * wide,
            "points": 0.995 * wide,
        }


class Printer:
    """Prints events into columns and pages."""

    def __init__(self, path: Path, meet: Meet) -> None:
        self.canvas = Canvas(str(path), pagesize=PAGE, pageCompression=1, invariant=1)
        self.meet = meet
        self.random = random.Random(meet.seed)
        self.size = {1: 9.0, 2: 7.7, 3: 6.0}[meet.columns]
        gap = 10.0
        width = (PAGE[0] - 2 * MARGIN - gap * (meet.columns - 1)) / meet.columns
        self.columns = [
            Column(MARGIN + n * (width + gap), width, self.size, meet.has_points) for n in range(meet.columns)
        ]
        self.page = 0
        self.at = -1
        self.y = 0.0
        self.open: SwimEvent | None = None

    def print(self, events: Sequence[SwimEvent]) -> None:
        for event in events:
            self._event(event)
        if self.meet.has_scores:
            self._scores()
        self.canvas.save()

    def _scores(self) -> None:
        """Print the table of team scores that may follow the last event: nobody swims in it."""
        self._room(4)
        self._text(0.2 * self.column.width, f"Women - Team Rankings - Through Event {self.at + 3}", BOLD)
        self._down()
        for place, team in enumerate(("Otter Swim Club", "STAR-NI"), 1):
            self._text(0.05 * self.column.width, f"{place}. {team} ")
            self._right(0.7 * self.column.width, f"{300 - place}.50")
            self._down()

    def _event(self, event: SwimEvent) -> None:
        self.open = None
        self._room(4 + len(event.records))
        prefix = f"{self.meet.prefix}{event.number} " if event.number is not None else ""
        self._text(0, f"{prefix}{event.name}", BOLD, self.size * 1.08)
        self._down()
        for record in event.records:
            self._text(0.2 * self.column.width, record)
            self._down()
        self._head(event)
        self.open = event
        for heat in event.heats:
            self._heat(event, heat)

    def _heat(self, event: SwimEvent, heat: Heat) -> None:
        if heat.number is not None:
            self._room(2)
            starts = f" Starts at {heat.starts}" if heat.starts else ""
            self._text(0, f"Heat {heat.number} of {len(event.heats)} Finals{starts}")
            self._down()
        for entry in heat.entries:
            legs = list(_pairs(entry.legs, 4 if self.meet.columns == 1 else 2))
            self._room(1 + len(legs))
            self._entry(event, entry)
            self._down()
            for line in legs:
                self._legs(line)
                self._down()
            if self.meet.has_splits and self.meet.report == "results":
                self._room(1)
                for n, split in enumerate(("r:+0.71", "25.10", "52.33 (27.23)", "1:17.01 (24.68)")):
                    self._text((0.12 + 0.22 * n) * self.column.width, f"{split} ")
                self._down()

    @property
    def column(self) -> Column:
        return self.columns[self.at]

    def _entry(self, event: SwimEvent, entry: Entry) -> None:
        at = self.column.places
        number = "---" if entry.number is None else f"{entry.mark if entry.mark == '*' else ''}{entry.number}"
        self._right(at["number"], f"{number} ")
        if event.is_relay:
            self._text(at["name"], f"{entry.team} ", limit=at["relay"] - at["name"] - 3)
            if entry.relay:
                self._text(at["relay"], f" {entry.relay} ")
        else:
            self._text(at["name"], f"{entry.name} ", limit=at["age"] - at["name"] - 14)
            if entry.age is not None:
                self._right(at["age"], f" {entry.age} ")
            self._text(at["team"], f"{entry.team} ", limit=at["seed"] - at["team"] - 6.2 * self.size * 0.55)
        exhibition = entry.mark if entry.mark in ("x", "X") else ""
        small = self.size * 0.9
        if entry.seed is not None:
            shown = entry.seed if self.meet.report == "results" else f"{exhibition}{entry.seed}"
            self._right(at["seed"], f"{shown} ", raise_by=self.meet.raised, size=small)
        if self.meet.report == "results":
            self._right(at["final"], f"{exhibition}{entry.final}")
            if self.meet.has_points and entry.number is not None:
                self._right(at["points"], f"{max(1, 21 - entry.number)}")
        elif self.meet.report == "psych" and self.meet.columns < 3:
            self._right(at["final"], "_____")

    def _legs(self, legs: Sequence[tuple[int, str, int | None]]) -> None:
        step = self.column.width * 0.9 / len(legs)
        for n, (leg, name, age) in enumerate(legs):
            said = f"{leg}) {name}" + (f" {age}" if age is not None else "")
            assert stringWidth(said, FONT, self.size) < step + 40
            self._text(0.06 * self.column.width + n * step, f"{said} ")

    def _head(self, event: SwimEvent) -> None:
        at = self.column.places
        if self.meet.report == "program":
            self._text(0, "Lane ")
        if event.is_relay:
            self._text(at["name"], "Team ")
            self._text(at["relay"], "Relay ")
        else:
            self._text(at["name"], "Name ")
            self._right(at["age"], f"{self.meet.age_heading} ")
            self._text(at["team"], f"{self.meet.team_heading} ")
        self._right(
            at["seed"], "Seed Time" if self.meet.report != "results" else f"{self.meet.middle_heading} "
        )
        if self.meet.report == "results":
            self._right(at["final"], "Finals Time")
            if self.meet.has_points:
                self._right(at["points"], "Points")
        self._down()

    def _room(self, lines: int) -> None:
        if self.at >= 0 and self.y - lines * self._step >= MARGIN:
            return
        self.at += 1
        if self.at % self.meet.columns == 0:
            if self.page:
                self.canvas.showPage()
            self._new_page()
            self.at = 0
        self.y = PAGE[1] - 88
        if self.open is not None:
            event = self.open
            text = self.meet.continued.format(number=event.number, name=event.name)
            if event.number is None:
                text = f"({event.name})"
            self._text(0, text, BOLD, self.size * 1.08)
            self._down()
            if self.meet.report != "program":
                self._head(event)

    def _new_page(self) -> None:
        self.page += 1
        canvas = self.canvas
        canvas.setFont(FONT, 8)
        canvas.drawString(MARGIN, PAGE[1] - 36, f"{self.meet.licence} ")
        banner = f"HY-TEK's MEET MANAGER 8.0 - {self.meet.printed} Page {self.page}"
        canvas.drawRightString(PAGE[0] - MARGIN, PAGE[1] - 36, banner)
        canvas.setFont(BOLD, 10)
        canvas.drawCentredString(PAGE[0] / 2, PAGE[1] - 50, f"{self.meet.name} - {self.meet.dates}")
        canvas.setFont(BOLD, 9)
        canvas.drawCentredString(PAGE[0] / 2, PAGE[1] - 62, self.meet.title)

    @property
    def _step(self) -> float:
        return self.size * 1.33

    def _down(self) -> None:
        self.y -= self._step

    def _right(self, at: float, text: str, raise_by: float = 0.0, size: float | None = None) -> None:
        size = size or self.size
        self._text(at - stringWidth(text.rstrip(), FONT, size), text, FONT, size, raise_by)

    def _text(
        self,
        at: float,
        text: str,
        font: str = FONT,
        size: float | None = None,
        raise_by: float = 0.0,
        limit: float | None = None,
    ) -> None:
        size = size or self.size
        while limit is not None and stringWidth(text, font, size) > limit:
            raise AssertionError(f"{text!r} is too long for its column: cut it first")
        x = self.column.left + at
        for piece in self._kerned(text):
            self.canvas.setFont(font, size)
            self.canvas.drawString(x, self.y + raise_by, piece)
            x += stringWidth(piece, font, size)

    def _kerned(self, text: str) -> Iterator[str]:
        """Cut a text into two where kerning might, as Crystal Reports does."""
        cut = self.random.randrange(1, len(text)) if self.meet.is_kerned and len(text) > 6 else 0
        if cut and self.random.random() < 0.4:
            yield text[:cut]
            yield text[cut:]
        else:
            yield text


def _pairs(legs: Sequence[tuple[str, int | None]], size: int) -> Iterator[list[tuple[int, str, int | None]]]:
    numbered = [(n, name, age) for n, (name, age) in enumerate(legs, 1)]
    for start in range(0, len(numbered), size):
        yield numbered[start : start + size]


def print_sheet(path: Path, meet: Meet, events: Sequence[SwimEvent]) -> Path:
    """Print a sheet and return its path."""
    Printer(path, meet).print(events)
    return path


def fitting(text: str, share: float, columns: int) -> str:
    """Return a text cut to a share of a column's width, as MEET MANAGER cuts names and teams."""
    size = {1: 9.0, 2: 7.7, 3: 6.0}[columns]
    width = (PAGE[0] - 2 * MARGIN - 10 * (columns - 1)) / columns * share
    while text and stringWidth(f"{text} ", FONT, size) > width:
        text = text[:-1]
    return text.strip()
