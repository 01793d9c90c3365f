"""Read HY3 files, the fixed columns in which MEET MANAGER and TEAM MANAGER hand meets to each other.

Why not `hytek-parser`: it pins attrs 21, with which nothing modern can be installed beside it. The places
of the fields are those that its authors found out (SwimComm/hytek-parser, MIT, hy3/line_parsers), counted from 1.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

from service.kinds.heatsheets.codes import sheet_error
from service.kinds.heatsheets.sheet import Row, Sheet, Swimmer
from service.kinds.heatsheets.times import swim_time

MAX_BYTES = 64 * 1024 * 1024
_STROKES = {
    "A": "Freestyle", "B": "Backstroke", "C": "Breaststroke", "D": "Butterfly", "E": "IM",
    "1": "Freestyle", "2": "Backstroke", "3": "Breaststroke", "4": "Butterfly", "5": "IM",
    "F": "1 mtr Diving", "G": "3 mtr Diving", "H": "Platform Diving",
}  # fmt: skip
_COURSES = {"Y": "Yard", "S": "SC Meter", "M": "SC Meter", "L": "LC Meter"}
_GROUPS = {"M": "Men", "B": "Boys", "W": "Women", "G": "Girls", "X": "Mixed", "F": "Women"}
_CODES = {"R": "NS", "S": "SCR", "Q": "DQ", "F": "DQ", "D": "DNF"}
_NO_AGE = 109
"""Hy-Tek's number for an open upper end of an age group."""


class _Reader:
    def __init__(self) -> None:
        self.sheet = Sheet("entries")
        self._team: str | None = None
        self._course = ""
        self._teams: dict[str, str] = {}
        self._swimmers: dict[str, tuple[Swimmer, str | None]] = {}
        self._readers: dict[str, Callable[[str], None]] = {
            "B1": self._meet,
            "B2": self._more_of_meet,
            "C1": self._club,
            "D1": self._swimmer,
            "E1": self._entry,
            "E2": self._result,
            "F1": self._relay,
            "F2": self._result,
            "F3": self._legs,
        }

    def read(self, line: str) -> None:
        reader = self._readers.get(line[:2])
        if reader:
            reader(line)

    def _meet(self, line: str) -> None:
        self.sheet.meet_name = _text(line, 3, 45)
        self.sheet.venue = _text(line, 48, 45)
        first, last = _day(line, 93), _day(line, 101)
        self.sheet.first_day = first.isoformat() if first else None
        self.sheet.last_day = last.isoformat() if last else self.sheet.first_day

    def _more_of_meet(self, line: str) -> None:
        self._course = line[98:99]

    def _club(self, line: str) -> None:
        self._team = _text(line, 8, 30) or _text(line, 3, 5)
        if (code := _text(line, 3, 5)) and self._team:
            self._teams[code] = self._team

    def _swimmer(self, line: str) -> None:
        last, first, initial = _text(line, 9, 20), _text(line, 29, 20), _text(line, 69, 1)
        given = " ".join(part for part in (first, initial) if part)
        name = ", ".join(part for part in (last, given) if part)
        age = _number(line, 97, 3)
        self._swimmers[line[3:8].strip()] = (Swimmer(name, age or None), self._team)

    def _entry(self, line: str) -> None:
        known = self._swimmers.get(line[3:8].strip())
        if known is None:
            self.sheet.warnings.append(
                f"An entry names swimmer {line[3:8].strip()}, whom the file does not describe."
            )
            return
        swimmer, team = known
        self._add(line, replace(self._event(line, ""), name=swimmer.name, age=swimmer.age, team=team))

    def _relay(self, line: str) -> None:
        code = _text(line, 3, 5)
        team = self._teams.get(code or "", code) or self._team
        self._add(line, replace(self._event(line, " Relay"), team=team, relay=_text(line, 8, 1)))

    def _add(self, line: str, row: Row) -> None:
        self.sheet.rows.append(replace(row, seed=_time(line, 52), is_exhibition=_text(line, 84, 1) == "X"))

    def _event(self, line: str, what: str) -> Row:
        stroke = _STROKES.get(line[21:22], "")
        if what and stroke == "IM":
            stroke = "Medley"
        group = _GROUPS.get(line[14:15], _GROUPS.get(line[13:14], ""))
        distance = (_text(line, 16, 6) or "").removesuffix(".0")
        course = _COURSES.get(line[50:51]) or _COURSES.get(self._course, "")
        ages = _age_group(_number(line, 23, 3), _number(line, 26, 3))
        has_distance = "Diving" not in stroke
        words = (group, ages, distance if has_distance else "", course if has_distance else "", stroke + what)
        number = _text(line, 39, 4)
        return Row(
            " ".join(word for word in words if word),
            int(number) if number and number.isdigit() else number,
            session_date=self.sheet.first_day if self.sheet.first_day == self.sheet.last_day else None,
        )

    def _result(self, line: str) -> None:
        """Add heat, lane and (in a meet that is over) time and place to the entry above; finals come last."""
        if not self.sheet.rows:
            return
        last = self.sheet.rows[-1]
        code = _CODES.get(line[12:13])
        day = _day(line, 88 if line[:1] == "E" else 103)
        self.sheet.rows[-1] = replace(
            last,
            heat=_number(line, 21, 3) or last.heat,
            lane=_number(line, 24, 3) or last.lane,
            place=_number(line, 30, 4) or last.place,
            final=code or _time(line, 4, nothing=None) or last.final,
            session_date=day.isoformat() if day else last.session_date,
        )

    def _legs(self, line: str) -> None:
        if not self.sheet.rows:
            return
        legs: list[tuple[int, Swimmer]] = []
        for start in range(4, 4 + 8 * 13, 13):
            known = self._swimmers.get(_text(line, start, 5) or "")
            if known:
                legs.append((_number(line, start + 11, 1) or len(legs) + 1, known[0]))
        legs.sort(key=lambda leg: leg[0])
        self.sheet.rows[-1] = replace(self.sheet.rows[-1], legs=tuple(swimmer for _, swimmer in legs[:4]))


def parse_hy3(path: Path) -> Sheet:
    """Read a HY3 file; raises JobError hy3_corrupt."""
    if path.stat().st_size > MAX_BYTES:
        raise sheet_error("hy3_corrupt", "The file is larger than any meet.")
    raw = path.read_bytes()
    if not raw.startswith(b"A1"):
        raise sheet_error("hy3_corrupt", "The file does not begin like a HY3 export.")
    reader = _Reader()
    for line in raw.decode("cp1252", "replace").splitlines():
        reader.read(line)
    sheet = reader.sheet
    if not sheet.rows:
        raise sheet_error("hy3_corrupt", "The file has no entries.")
    if any(row.final for row in sheet.rows):
        sheet.style = "results"
    sheet.warnings = list(dict.fromkeys(sheet.warnings))[:20]
    return sheet


def _text(line: str, start: int, length: int) -> str | None:
    return line[start - 1 : start - 1 + length].strip() or None


def _number(line: str, start: int, length: int) -> int | None:
    text = _text(line, start, length)
    return int(text) if text and text.isascii() and text.isdigit() else None


def _time(line: str, start: int, nothing: str | None = "NT") -> str | None:
    text = _text(line, start, 8)
    try:
        seconds = float(text or "")
    except ValueError:
        return text if text in ("NT", "NS", "SCR", "DQ", "DNF") else nothing
    return swim_time(seconds) if 0 < seconds < 24 * 3600 else nothing


def _day(line: str, start: int) -> date | None:
    text = _text(line, start, 8)
    if not text or not text.isascii() or not text.isdigit() or len(text) != 8:
        return None
    try:
        return date(int(text[4:]), int(text[:2]), int(text[2:4]))
    except ValueError:
        return None


def _age_group(low: int | None, high: int | None) -> str:
    if low and high and high < _NO_AGE:
        return f"{low}" if low == high else f"{low}-{high}"
    if high and high < _NO_AGE:
        return f"{high} & Under"
    return f"{low} & Over" if low else ""
