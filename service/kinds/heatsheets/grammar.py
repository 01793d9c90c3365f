"""The words of a sheet: which line names an event, a heat, a column, a banner, and what stands in it."""

import re
from dataclasses import dataclass

from service.kinds.heatsheets.times import read_clock

_GENDER = r"(?:girls?|boys?|(?:wo)?men(?:'?s)?|mixed|(?:fe)?male|ladies|gentlemen|open|co-?ed)(?![\w'])"
_WHAT = (
    r"(?:free(?:style)?|back(?:stroke)?|breast(?:stroke)?|(?:butter)?fly|i\.?m\.?|medley|relay|diving|dive|yards?|yd|"
    r"meters?|metres?|mtr|scy|scm|lcm|lc|sc|swim|kick|board|platform)\b"
)
_NUMBERED = re.compile(
    r"^\(?\s*(?:event\b\s*(?:no\.?|number|:|#)?\s*|ev\.?\s*#?\s*|#\s*)(?P<number>\d{1,4}[A-Za-z]?)\b[\s:.,)\-]*(?P<rest>.*)$",
    re.IGNORECASE,
)
_INNER = re.compile(r"\(\s*(?:event|#)\s*#?\s*(?P<number>\d{1,4}[A-Za-z]?)\s+(?P<rest>.*)$", re.IGNORECASE)
_UNNUMBERED = re.compile(rf"^\(?\s*(?P<rest>{_GENDER}.*\d.*{_WHAT}.*)$", re.IGNORECASE)
_DISTANCE = re.compile(rf"\d.*{_WHAT}|{_WHAT}", re.IGNORECASE)
_HEAT = re.compile(
    r"^\(?(?:heat|flight|flt)\b\s*#?\s*(?P<heat>\d{1,3})(?P<part>[A-Z])?\b(?:\s*(?:of|/)\s*(?P<of>\d{1,3}))?(?P<rest>.*)$",
    re.IGNORECASE,
)
_CONTINUED = re.compile(r"\(?\s*\bcont(?:inued|'?d|\.)?\s*\)?|\.{3,}|…", re.IGNORECASE)
_STARTS = re.compile(
    r"\b(?:est(?:imated)?\.?\s+)?start(?:s|ing)?\b(?:\s+(?:time|at))*\s*:?|\bapprox\w*\.?", re.IGNORECASE
)
_TRAILING_CLOCK = re.compile(r"[\s(\-–]*\d{1,2}:\d{2}\s*[AaPp]\.?\s?[Mm]\.?\)?\s*$")
_BANNER = re.compile(
    r"hy-?tek|meet\s+manager|licensed\s+to|site\s+license|\bpage\s+\d+(?:\s+of\s+\d+)?$", re.IGNORECASE
)
_TITLE = re.compile(
    r"^(?:meet\s+|lane\s+|heat\s+|full\s+|final\s+|official\s+|unofficial\s+|preliminary\s+|live\s+)*"
    r"(?P<what>results?|program(?:me)?|psych(?:\s+|-)?sheets?|heat\s*sheets?|start\s+lists?|entr(?:y|ies)(?:\s+list)?|timer\s+sheets?)\b",
    re.IGNORECASE,
)
_SECTION = re.compile(
    r"^(?:[A-H]\s*-\s*)?(?:finals?|prelim(?:inarie)?s|semi-?\s?finals?|consolations?|championships?|bonus|timed\s+finals?|"
    r"swim-?\s?offs?|time\s+trials?|alternates?)\b(?!.*\d\.\d)",
    re.IGNORECASE,
)
_SCORES = re.compile(
    r"\bteam\s+(?:rankings?|scores?|standings?|points)\b|\b(?:high|point)\s+(?:points?|standings|awards?)\b|"
    r"^(?:combined|women|men|girls|boys)?\s*(?:team\s+)?scores\b|^scores\s+-|\brecords?\s+(?:broken|set|breakers)\b",
    re.IGNORECASE,
)
_LEG = re.compile(r"(?<!\S)(?P<leg>[1-8])\)\s*")
_REACTION = re.compile(r"\br:\s*[+\-]?(?:\d*\.\d+|NRT)\s*", re.IGNORECASE)
_LEG_AGE = re.compile(r"^(?P<name>.*?\D)\s+[MWFGB]?(?P<age>\d{1,3}|FR|SO|JR|SR|GS|GR|5Y)$")

COLUMNS = {
    "lane": ("lane", "ln"),
    "place": ("place", "pl", "plc", "rank", "rnk"),
    "heat": ("heat", "ht", "h#"),
    "name": ("name", "swimmer", "athlete", "swimmer name", "swimmers"),
    "age": ("age", "yr", "year", "grade", "gr", "class", "cl", "yob"),
    "team": ("team", "school", "club", "team name", "lsc"),
    "relay": ("relay", "rly"),
    "seed": ("seed time", "seed", "entry time", "entry", "seed score", "seed points", "time in", "best time"),
    "prelim": ("prelim time", "prelims", "prelim", "prelims time", "preliminary", "prelim score", "semi time"),
    "final": (
        "finals time", "finals", "final time", "final", "time", "result", "result time", "finals score",
        "finals points", "final score", "score", "swim time",
    ),
    "points": ("points", "pts", "point", "qual", "fina", "fina pts", "wa points", "power", "std", "cut"),
}  # fmt: skip
_COLUMN_OF = {word: column for column, words in COLUMNS.items() for word in words}
_HEADER_WORDS = re.compile(
    "|".join(rf"(?<!\w){re.escape(word)}(?!\w)" for word in sorted(_COLUMN_OF, key=len, reverse=True)),
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class EventLine:
    """A line that names an event; `name` is empty when only the number stands there."""

    number: int | str | None
    name: str
    is_continued: bool
    starts_at: int | None


@dataclass(frozen=True, slots=True)
class HeatLine:
    """A line that begins a heat; `event` is there when the line repeats its event in brackets."""

    heat: int
    starts_at: int | None
    event: EventLine | None
    part: str | None = None


def read_event(text: str) -> EventLine | None:
    """Read a line that names an event (`Event 5 Girls …`, `#5 …`, `(Event 5 …)`, `Women 25-29 50 Yard …`)."""
    text = text.strip()
    if found := _NUMBERED.match(text):
        rest = found["rest"]
        is_named = bool(_DISTANCE.search(rest)) or bool(re.match(_GENDER, rest.strip("(. "), re.IGNORECASE))
        is_titled = text.lower().startswith("event") and rest[:1].isupper()  # "Event 12 Coaches' Challenge"
        if is_titled or is_named or _CONTINUED.search(rest) or not rest.strip():
            return _event(found["number"], rest)
        return None
    if found := _UNNUMBERED.match(text):
        return _event(None, found["rest"])
    return None


def read_heat(text: str) -> HeatLine | None:
    """Read a line that begins a heat: `Heat 2 of 5 Finals Starts at 09:44 AM`, `Heat 3 (#12 Girls …)`."""
    found = _HEAT.match(text.strip())
    if not found:
        return None
    inner = _INNER.search(found["rest"])
    event = _event(inner["number"], inner["rest"]) if inner else None
    return HeatLine(int(found["heat"]), read_clock(found["rest"]), event, found["part"])


def read_inner_event(text: str) -> EventLine | None:
    """Read an event that a heading repeats in brackets, as in `Preliminaries ... (Event 3 Women 200 Free)`."""
    found = _INNER.search(text)
    return _event(found["number"], found["rest"]) if found else None


def read_section(text: str) -> tuple[bool, int | None]:
    """Return whether a line begins a part of an event (`A - Final`, `Preliminaries`), and when that starts."""
    found = _SECTION.match(text.strip())
    return bool(found), read_clock(text) if found and _STARTS.search(text) else None


def is_scores(text: str) -> bool:
    """Whether a line begins a table of team scores, high points or records, in which nobody swims."""
    return bool(_SCORES.search(text.strip()))


def read_legs(text: str) -> list[tuple[int, str, int | str | None]]:
    """Read relay swimmers, `1) Morgan Scott 18 2) r:+0.14 Lilly King 21`, as (leg, name, age)."""
    marks = list(_LEG.finditer(text))
    if not marks or text[: marks[0].start()].strip():
        return []
    legs: list[tuple[int, str, int | str | None]] = []
    for mark, after in zip(marks, [*marks[1:], None], strict=True):
        piece = text[mark.end() : after.start() if after else len(text)]
        name = " ".join(_REACTION.sub("", piece).split())
        age: int | str | None = None
        if found := _LEG_AGE.match(name):
            name, age = found["name"].strip(), read_age(found["age"])
        if any(letter.isalpha() for letter in name):
            legs.append((int(mark["leg"]), name, age))
    return legs


def read_age(text: str) -> int | str | None:
    """Return an age in years, or a school year (FR SO JR SR …); None if `text` is neither."""
    found = re.fullmatch(r"[MWFGB]?\s?(\d{1,3})", text.strip())
    if found:
        return int(found[1])
    word = text.strip().upper()
    return word if word in ("FR", "SO", "JR", "SR", "GS", "GR", "5Y", "K") else None


def column_words(text: str) -> list[tuple[str, int, int]] | None:
    """Read a piece of a table's head as (column, start, end in `text`), or None if it says anything else."""
    spans: list[tuple[str, int, int]] = []
    left = text
    for found in _HEADER_WORDS.finditer(text):
        spans.append((_COLUMN_OF[found[0].lower()], found.start(), found.end()))
        left = left.replace(found[0], " ", 1)
    return spans if spans and not left.strip(" .:#/") else None


def is_banner(text: str) -> bool:
    """Whether a line is the program's own: licence, product, page number."""
    return bool(_BANNER.search(text.strip()))


def report_title(text: str) -> str | None:
    """Return which report a title line announces: program, psych or results; None if it is no title."""
    found = _TITLE.match(text.strip())
    if not found:
        return None
    word = found["what"].lower()
    if word.startswith("result"):
        return "results"
    return "psych" if word.startswith(("psych", "entr")) else "program"


def _event(number: str | None, rest: str) -> EventLine:
    starts_at = read_clock(rest) if _STARTS.search(rest) or _TRAILING_CLOCK.search(rest) else None
    is_continued = bool(_CONTINUED.search(rest))
    if starts := _STARTS.search(rest):
        rest = rest[: starts.start()]
    rest = _TRAILING_CLOCK.sub("", _CONTINUED.sub(" ", rest))
    rest = " ".join(rest.split()).strip(" -–:.")
    while rest.startswith("("):
        rest = rest[1:].strip()
    while rest.endswith(")") and rest.count(")") > rest.count("("):
        rest = rest[:-1].strip()
    value: int | str | None = int(number) if number and number.isdigit() else number
    return EventLine(value, rest, is_continued, starts_at)
