"""Read the head of each page: which meet, where, on which days, which session, and which sort of report."""

import re
from dataclasses import dataclass, field
from datetime import date

from service.kinds.heatsheets import dates, grammar
from service.kinds.heatsheets.dates import Numbers, Order
from service.kinds.heatsheets.layout import Line

_PRODUCT = re.compile(r"\bhy-?tek.*$|\bmeet\s+manager.*$", re.IGNORECASE)
_LICENCE = re.compile(
    r"\s*[-–]\s*(?:site|organi[sz]ation|team|meet|contractor|league|timing|pool|state|\w+\s+of)?\s*"
    r"(?:licen[sc]e|office\s+copy)\b.*$",
    re.IGNORECASE,
)
_PLACE = re.compile(
    r"\b(?:pool|natatorium|aquatics?\s+(?:cent(?:er|re)|facility|complex|park)|swim(?:ming)?\s+(?:cent(?:er|re)|complex|hall|stadium)|"
    r"ymca|ywca|jcc|leisure\s+cent(?:er|re)|sports?\s*(?:plex|cent(?:er|re)|complex|park)|rec(?:reation)?\s+cent(?:er|re)|"
    r"piscine|lido|high\s+school|middle\s+school|athletic\s+cent(?:er|re)|field\s*house)\b",
    re.IGNORECASE,
)
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_NUMERIC_TAIL = re.compile(r"\s*[-–,(]?\s*\d{1,4}[/.\-]\d{1,2}[/.\-]\d{1,4}.*$")
_WORDED_TAIL = re.compile(
    rf"\s*[-–,(]?\s*(?:{_MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?(?:\s*-\s*(?:{_MONTH}\s*)?\d{{1,2}})?,?\s+\d{{4}}|"
    rf"\d{{1,2}}(?:\s*-\s*\d{{1,2}})?\s+{_MONTH},?\s+\d{{4}}).*$",
    re.IGNORECASE,
)


@dataclass(slots=True)
class Head:
    """What the heads of the pages read so far say."""

    meet_name: str | None = None
    venue: str | None = None
    session: str = ""
    report: str | None = None
    meet_numbers: list[Numbers] = field(default_factory=list)
    banner_numbers: list[Numbers] = field(default_factory=list)
    plain_dates: list[date] = field(default_factory=list)

    def read(self, lines: tuple[Line, ...]) -> None:
        """Take in the head of one page; what an earlier page said of the meet stays."""
        is_first = self.meet_name is None
        for line in lines:
            text = line.text
            if grammar.is_banner(text):
                self._read_banner(text)
            elif report := grammar.report_title(text):
                self.report = report
                self.session = text
            elif dates.names_a_day(text) and self.meet_name and not text.startswith(self.meet_name):
                self.session = text
            elif is_first:
                self._read_meet(text)

    def days(self, order: Order | None) -> tuple[date | None, date | None]:
        """Return the first and last day of the meet, numbers being read in `order`."""
        found = [day for n in self.meet_numbers[:2] if order and (day := n.read(order))]
        found = found or self.plain_dates[:2]
        if not found:
            return None, None
        first, last = found[0], found[-1]
        return (first, last) if first <= last else (last, first)

    def _read_banner(self, text: str) -> None:
        product = _PRODUCT.search(text)
        numbers = dates.find_numbers(product[0] if product else text)
        if not self.banner_numbers:
            self.banner_numbers = numbers
        licence = _PRODUCT.sub("", text).strip(" -–")
        name = _LICENCE.sub("", licence).strip()
        is_site = bool(re.search(r"site\s+licen[sc]e", licence, re.IGNORECASE))
        if self.venue is None and name and (is_site or _PLACE.search(name)):
            self.venue = name

    def _read_meet(self, text: str) -> None:
        numbers = dates.find_numbers(text)
        plain = dates.find_plain_dates(text)
        if self.meet_name is None:
            self.meet_name = _without_dates(text) or None
        elif self.venue is None and _PLACE.search(text):
            self.venue = _without_dates(text) or None
        if not self.meet_numbers:
            self.meet_numbers = numbers
        if not self.plain_dates:
            self.plain_dates = plain


def _without_dates(text: str) -> str:
    """Return a line without the dates at its end: `RAMS November 2019 - 11/10/2019` is the name of a meet, too."""
    tail = _NUMERIC_TAIL if _NUMERIC_TAIL.search(text) else _WORDED_TAIL
    return tail.sub("", text).strip(" -–,")
