"""Read the dates of a meet, and decide whether 11/8 is in November or in August.

MEET MANAGER prints dates as the computer that ran it likes them. Asked in turn: a part above 12, the
day the file says it was made (PDF CreationDate, which the banner repeats), a range that would last for weeks.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

Order = Literal["mdy", "dmy"]
Judge = Callable[[Order], bool]
MAX_MEET_DAYS = 14
MAX_DAYS_TO_PRINT = 31

_NUMERIC = re.compile(r"(?<![\d/.\-])(\d{1,2})([/.\-])(\d{1,2})\2(\d{4}|\d{2})(?![\d/])")
_ISO = re.compile(r"(?<!\d)(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = r"(?P<month>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_WORDED = (
    re.compile(
        rf"\b{_MONTH}\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?:\s*-\s*(?P<last>\d{{1,2}}))?,?\s+(?P<year>\d{{4}})",
        re.IGNORECASE,
    ),
    re.compile(
        rf"\b(?P<day>\d{{1,2}})(?:\s*-\s*(?P<last>\d{{1,2}}))?\s+{_MONTH},?\s+(?P<year>\d{{4}})",
        re.IGNORECASE,
    ),
)
_CREATED = re.compile(r"D:(\d{4})(\d{2})(\d{2})")
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WEEKDAY = re.compile(r"\b(mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\b", re.IGNORECASE)
_DAY_NUMBER = re.compile(r"\bday(?:\s+of\s+meet)?\s*:?\s*#?(\d{1,2})\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Numbers:
    """A date as three printed numbers whose order is not known yet."""

    first: int
    second: int
    year: int

    def read(self, order: Order) -> date | None:
        """Return the date in that order, or None if there is no such day."""
        month, day = (self.first, self.second) if order == "mdy" else (self.second, self.first)
        return _day(self.year, month, day)


def find_numbers(text: str) -> list[Numbers]:
    """Return every date of three numbers in `text`, in reading order."""
    return [Numbers(int(m[1]), int(m[3]), _full_year(int(m[4]))) for m in _NUMERIC.finditer(text)]


def find_plain_dates(text: str) -> list[date]:
    """Return dates that leave no doubt: 2025-11-08, November 8, 2025, 8-9 Nov 2025."""
    found = [_day(int(m[1]), int(m[2]), int(m[3])) for m in _ISO.finditer(text)]
    for pattern in _WORDED:
        for match in pattern.finditer(text):
            month = _MONTHS.index(match["month"].lower()) + 1
            days = [int(day) for day in (match["day"], match["last"]) if day]
            found += [_day(int(match["year"]), month, day) for day in days]
    return [one for one in found if one]


def decide_order(
    meet: Sequence[Numbers], banner: Sequence[Numbers], created: date | None
) -> tuple[Order | None, bool]:
    """Return the order of day and month, and whether it is certain; None when there is nothing to decide from."""
    seen = [*meet, *banner]
    if not seen:
        return None, True
    possible: list[Order] = [order for order in ("mdy", "dmy") if all(n.read(order) for n in seen)]
    if len(possible) != 1:
        possible = possible or ["mdy", "dmy"]
        for judge in (_printed_on(banner, created), _is_short(meet), _meets_its_banner(meet, banner)):
            fitting = [order for order in possible if judge(order)]
            if len(fitting) == 1:
                return fitting[0], True
        is_same = all(n.first == n.second for n in seen)
        return "mdy", is_same
    return possible[0], True


def created_on(pdf_date: str) -> date | None:
    """Return the day of a PDF date such as `D:20181120120141-05'00'` (ISO 32000-1, 7.9.4)."""
    match = _CREATED.match(pdf_date)
    return _day(int(match[1]), int(match[2]), int(match[3])) if match else None


def names_a_day(title: str) -> bool:
    """Whether a title speaks of a weekday or of a day's number."""
    return bool(_WEEKDAY.search(title) or _DAY_NUMBER.search(title))


def session_day(title: str, first: date | None, last: date | None) -> date | None:
    """Return the one day that a session's title can mean within a meet: its weekday or its day's number."""
    if first is None:
        return None
    last = last or first
    if first == last:
        return first
    days = [first + timedelta(days=n) for n in range(min((last - first).days, MAX_MEET_DAYS) + 1)]
    if found := _WEEKDAY.search(title):
        wanted = _WEEKDAYS.index(found[1][:3].lower())
        fitting = [day for day in days if day.weekday() == wanted]
        return fitting[0] if len(fitting) == 1 else None
    if found := _DAY_NUMBER.search(title):
        number = int(found[1])
        return days[number - 1] if 1 <= number <= len(days) else None
    return None


def _printed_on(banner: Sequence[Numbers], created: date | None) -> Judge:
    """The banner repeats the day on which the file was made."""

    def judge(order: Order) -> bool:
        days = [n.read(order) for n in banner]
        return bool(created and days) and all(
            day and created and abs((day - created).days) <= 1 for day in days
        )

    return judge


def _is_short(meet: Sequence[Numbers]) -> Judge:
    """A meet lasts for days, not for weeks."""

    def judge(order: Order) -> bool:
        known = [day for n in meet if (day := n.read(order))]
        return len(known) == len(meet) > 1 and 0 <= (known[-1] - known[0]).days <= MAX_MEET_DAYS

    return judge


def _meets_its_banner(meet: Sequence[Numbers], banner: Sequence[Numbers]) -> Judge:
    """A sheet is printed in the weeks around its meet."""

    def judge(order: Order) -> bool:
        known = [day for n in (*meet[:1], *banner[:1]) if (day := n.read(order))]
        return len(known) == 2 and abs((known[0] - known[1]).days) <= MAX_DAYS_TO_PRINT

    return judge


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _full_year(year: int) -> int:
    return year if year > 99 else year + (2000 if year < 70 else 1900)
