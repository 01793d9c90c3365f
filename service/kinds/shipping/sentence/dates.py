"""Read when orders were placed: after 2026-01-31, on March 3, 2026, between two days."""

from datetime import date
from typing import Final

from service.kinds.shipping.filters import leaf
from service.kinds.shipping.orders import read_date
from service.kinds.shipping.sentence.known import Known
from service.kinds.shipping.sentence.reader import Choice, Reader
from service.kinds.shipping.sentence.terms import Term
from service.kinds.shipping.sentence.vocabulary import Phrase

_CUES: Final = {
    (word,): word for word in ("placed", "ordered", "created", "dated", "made", "received", "bought", "purchased")
} | {("that", "were", word): word for word in ("placed", "ordered", "created", "made", "received")} | {
    ("with", "a", "date"): "date", ("with", "an", "order", "date"): "date", ("whose", "date", "is"): "date",
    ("whose", "order", "date", "is"): "date", ("with", "dates"): "date",
}  # fmt: skip
_RELATIONS: Final = {
    ("after",): "gt", ("later", "than"): "gt", ("before",): "lt", ("earlier", "than"): "lt", ("since",): "gte",
    ("on", "or", "after"): "gte", ("on", "or", "before"): "lte", ("on",): "eq", ("until",): "lte", ("through",): "lte",
    ("up", "to"): "lte", ("no", "later", "than"): "lte", ("no", "earlier", "than"): "gte", ("between",): "between",
    ("from",): "between", ("of",): "eq", ("starting",): "gte", ("by",): "lte",
}  # fmt: skip
_TO: Final[dict[Phrase, str]] = {
    ("and",): "to",
    ("to",): "to",
    ("through",): "to",
    ("until",): "to",
    ("-",): "to",
    ("–",): "to",
}
_MONTHS: Final = {
    name: number
    for number, names in enumerate(
        [
            "january jan",
            "february feb",
            "march mar",
            "april apr",
            "may",
            "june jun",
            "july jul",
            "august aug",
            "september sep sept",
            "october oct",
            "november nov",
            "december dec",
        ],
        1,
    )
    for name in names.split()
}
_SAID: Final = {
    "gt": "after",
    "lt": "before",
    "gte": "from … on",
    "lte": "until",
    "eq": "on",
    "between": "between",
}


def read_dates(reader: Reader, known: Known, column: str | None = None) -> Term | None:
    """Read a condition on the order date that stands next; None (and nothing read) if none does."""
    start = reader.mark()
    reader.take_if(_CUES, "speaks of the order date")
    found = reader.find(_RELATIONS)
    size, op = found if found is not None else (0, "eq")
    has_cue = reader.at > start[0] or column is not None
    if found is None and column is None and reader.at == start[0]:
        return None
    first = _date_at(reader, size)
    if first is None:
        reader.back(start)
        return None
    name = column or "date"
    if not known.book.has_column(name):
        reader.ask("The file has no order date.", count=size + first[0])
    if not has_cue and reader.peek().folded in {"by", "on", "until", "up"}:
        said = f"placed {reader.text(size + first[0])}"
        choices = [Choice(f"orders {said}", reader.said_with(size + first[0], said))]
        reader.ask("Is that the day of the order? Say “placed” before it.", choices, count=size + first[0])
    if size:
        reader.take(size, _SAID[op])
    days = [_take(reader, first)]
    if op == "between":
        days.append(_second(reader))
    if days != sorted(days):
        reader.ask("The first day is later than the second. Which days are meant?", count=0)
    return Term(leaf(name, op, days if op == "between" else days[0]), name)


def _second(reader: Reader) -> str:
    glue = reader.find(_TO)
    second = _date_at(reader, glue[0]) if glue is not None else None
    if glue is None or second is None:
        reader.ask("Until which day?", count=0)
    reader.take(glue[0], "up to")
    return _take(reader, second)


def _take(reader: Reader, found: tuple[int, str | None]) -> str:
    size, day = found
    if day is None:
        reader.ask("Which day is that? Write it as 2026-01-31.", count=size)
    reader.take(size, "a day")
    return day


def _date_at(reader: Reader, ahead: int) -> tuple[int, str | None] | None:
    """Return length and day (None: not certain) of the date that stands there, None if none does."""
    token = reader.peek(ahead)
    if token.sort == "date":
        day = read_date(token.text, day_first=_is_day_first(token.text))
        return 1, day if day and _exists(day) else None
    words = [reader.peek(ahead + n).folded.rstrip(",") for n in range(4)]
    is_number = reader.peek(ahead).is_number
    month_at = 1 if is_number and words[1] in _MONTHS else 0
    if words[month_at] not in _MONTHS or not (is_number or reader.peek(ahead + 1).is_number):
        return None
    size = 2
    comma = 1 if reader.peek(ahead + 2).folded == "," else 0
    year = reader.peek(ahead + 2 + comma)
    if not (year.is_number and len(year.text) == 4):
        return size, None
    number = words[0] if month_at else words[1]
    text = f"{year.text}-{_MONTHS[words[month_at]]:02}-{int(number) if number.isdigit() else 0:02}"
    return size + comma + 1, text if _exists(text) else None


def _is_day_first(text: str) -> bool | None:
    parts = [int(part) for part in text.replace("-", "/").split("/")]
    return True if parts[0] > 12 else False if parts[1] > 12 else None


def _exists(day: str) -> bool:
    try:
        date.fromisoformat(day)
    except ValueError:
        return False
    return True
