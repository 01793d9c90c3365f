"""Say what counts as a swim time on a sheet, and bring times and hours into one form.

Forms as MEET MANAGER prints them: `59.46`, `1:47.07`, `x3:18.99` and `X2:03.21` (exhibition), `J25.50`
(a judge's decision), `1:02.34L` (course), `58.47q`, `22.05#`, `!1:59.34` (records); scores of divers as `311.15`.
"""

import re

WORDS = frozenset({"NT", "NS", "DQ", "DNF", "DNS", "DFS", "SCR", "NP", "WD"})
"""Instead of a time: no time, no show, disqualified, did not finish, did not start, declared false start, scratched,
no points, withdrawn."""

_VALUE = r"(?:\d{1,2}:)?\d{1,3}(?::\d{2})?\.\d{1,2}"
_WORD = "|".join(sorted(WORDS, key=len, reverse=True))
_TIME = re.compile(
    rf"(?P<mark>[xXJj@!#$%&*])?\s?(?:(?P<value>{_VALUE})(?P<tail>\s?[A-Za-z*#$%!&@+^]{{1,4}})?|(?P<word>{_WORD}))"
)
_BLANK = re.compile(r"[_\s.\-]{2,}|_+")
_CLOCK = re.compile(
    r"(?<![\d:.])(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::\d{2})?(?!\.?\d)\s*(?P<half>[AaPp])?\.?\s?(?:[Mm]\.?)?(?![\w:])"
)
DAY_MINUTES = 24 * 60


def read_time(text: str) -> str | None:
    """Return a time, score or word as the sheet means it, without its marks; None if `text` is none of them."""
    found = _TIME.fullmatch(text.strip())
    if not found:
        return None
    return found["value"] or found["word"]


def is_exhibition(text: str) -> bool:
    """Whether a time carries the exhibition mark `x` or `X`."""
    return text.strip()[:1] in ("x", "X") and read_time(text) is not None


def is_blank(text: str) -> bool:
    """Whether this is a line to write a time on (`_____`)."""
    return bool(_BLANK.fullmatch(text.strip()))


def seconds_of(time: str | None) -> float | None:
    """Return a swim time in seconds; None for words and for nothing."""
    if not time or not re.fullmatch(_VALUE, time):
        return None
    seconds = 0.0
    for part in time.split(":"):
        seconds = seconds * 60 + float(part)
    return seconds


def swim_time(seconds: float) -> str:
    """Return seconds as a sheet prints them: 59.46, 1:47.07, 16:23.00."""
    minutes, rest = divmod(round(seconds * 100), 6000)
    return f"{minutes}:{rest / 100:05.2f}" if minutes else f"{rest / 100:.2f}"


def read_clock(text: str) -> int | None:
    """Return the first time of day in `text` as minutes after midnight: `09:01 AM`, `1:05 p.m.`, `13:05`."""
    found = _CLOCK.search(text)
    if not found:
        return None
    hour, minute = int(found["hour"]), int(found["minute"])
    if found["half"]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if found["half"] in "Pp" else 0)
    return hour * 60 + minute if hour < 24 and minute < 60 else None


def clock(minutes: int) -> str:
    """Return minutes after midnight as `09:01 AM`."""
    hour, minute = divmod(minutes % DAY_MINUTES, 60)
    return f"{hour % 12 or 12:02d}:{minute:02d} {'AM' if hour < 12 else 'PM'}"
