"""Read where orders go or whom they are for: states, countries, cities and customers, and lists of them.

A name that can mean two things is asked about when the orders have both (CA is California or Canada). A comma
after a city narrows ("Portland, Maine"); "and" joins ("California and Texas").
"""

from collections.abc import Sequence
from typing import Final, NoReturn

from service.kinds.shipping.folding import fold
from service.kinds.shipping.places import (
    countries_by_name,
    states_by_name,
)
from service.kinds.shipping.sentence import vocabulary as v
from service.kinds.shipping.sentence.known import Known
from service.kinds.shipping.sentence.names import SMALL_WORDS, countries_of, plain_name, readings_of
from service.kinds.shipping.sentence.reader import Choice, Reader
from service.kinds.shipping.sentence.terms import Reading, Term, outside_of, union_of

MAX_NAME_TOKENS: Final = 8
_PARTS_OF_BRITAIN: Final[dict[v.Phrase, str]] = {
    ("england",): "uk", ("scotland",): "uk", ("wales",): "uk", ("northern", "ireland"): "uk",
}  # fmt: skip
"""Which orders go to England only nobody can tell from an address; behind a city they say the country."""
_BETWEEN_PLACES: Final = {
    (",", "and"): "and", (",", "or"): "or", ("and",): "and", ("or",): "or", ("&",): "and", ("/",): "or",
    (",",): ",", ("as", "well", "as"): "and", ("plus",): "and", ("and", "also"): "and", ("and/or",): "or",
}  # fmt: skip


def read_targets(reader: Reader, known: Known, *, people: bool, outside: bool = False) -> Term | None:
    """Read a list of places (and customers, if `people`) that stands next; None (and nothing read) if none does."""
    start = reader.mark()
    if reader.peek().folded in {"both", "either"} and _starts_place(reader, known, 1, people=people):
        reader.take(1, "a list follows")
    first = _read_item(reader, known, people=people)
    if first is None:
        reader.back(start)
        return None
    items, glue = [first], [""]
    while (more := _read_more(reader, known, people=people, is_list=len(items) > 1)) is not None:
        glue.append(more[0])
        items.append(more[1])
    _judge_list(reader, items, glue)
    return _term(reader, items, outside=outside)


def _term(reader: Reader, items: Sequence[Reading], *, outside: bool) -> Term:
    sorts = {"person" if item.kind in {"name", "company"} else "place" for item in items}
    if len(sorts) > 1:
        reader.ask("A place and a customer are listed together. Which orders are meant?", count=0)
    column = sorts.pop()
    if outside and column == "person":
        return Term({"not": union_of(items)}, column)
    return Term(outside_of(items) if outside else union_of(items), column, is_list=not outside)


def _read_more(reader: Reader, known: Known, *, people: bool, is_list: bool) -> tuple[str, Reading] | None:
    found = reader.find(_BETWEEN_PLACES)
    if found is None:
        return None
    start = reader.mark()
    size, glue = found
    if glue == "or" and size == 2 and _is_oregon(reader):
        size, glue = 1, ","
    skipped = 0
    again = reader.find(v.TO, size)
    if again is not None and _starts_place(reader, known, size + again[0], people=people):
        skipped = again[0]
    elif not _starts_place(reader, known, size, people=people):
        return None
    reader.take(size, "and these too" if glue != "or" else "or these")
    if skipped:
        reader.take(skipped, "where to")
    item = _read_item(reader, known, people=people)
    if item is None or (not is_list and _is_subject_next(reader, glue)):
        reader.back(start)
        return None
    return glue, item


def _is_oregon(reader: Reader) -> bool:
    """Tell whether the "OR" of "CO, OR, and WA" is the state: in capitals, with the list going on behind it."""
    is_code = reader.peek(1).text == "OR" and not reader.sentence.isupper()
    return is_code and (reader.peek(2).sort == "end" or reader.find(_BETWEEN_PLACES, 2) is not None)


def _is_subject_next(reader: Reader, glue: str) -> bool:
    """Tell whether the place begins a new phrase ("…, Texas orders overnight"), which is not this list's business."""
    return glue == "," and reader.find(v.NOUNS) is not None and reader.at > 0


def _judge_list(reader: Reader, items: Sequence[Reading], glue: Sequence[str]) -> None:
    """Ask about "Ontario, California": two states with only a comma may be a city and its state."""
    are_states = all(item.kind in {"state", "country"} for item in items)
    for wide, narrow, joint in zip(items, items[1:], glue[1:], strict=False):
        if (
            joint == ","
            and narrow.kind == "city"
            and wide.kind in {"state", "country"}
            and _lies_in(narrow, wide)
        ):
            reader.ask(f"All of {wide.label}, or only {narrow.label}?", count=0)
    if len(items) == 2 and glue[1] == "," and are_states:
        first, second = items[0].label, items[1].label
        reader.ask(
            f"Both {first} and {second}, or the city {first} in {second}?",
            [Choice(f"Both {first} and {second}", reader.sentence.replace(",", " and", 1))],
            count=0,
        )


def _starts_place(reader: Reader, known: Known, ahead: int, *, people: bool) -> bool:
    if reader.peek(ahead).folded == "the":
        ahead += 1
    return _longest(reader, known, ahead, people=people) is not None


def _read_item(reader: Reader, known: Known, *, people: bool) -> Reading | None:
    start = reader.mark()
    kinds: frozenset[str] | None = None
    if reader.find(v.CITY_HINTS):
        reader.take_if(v.CITY_HINTS, "a city follows")
        kinds = frozenset({"city"})
    elif reader.find(v.STATE_HINTS):
        reader.take_if(v.STATE_HINTS, "a state follows")
        kinds = frozenset({"state"})
    elif reader.peek().folded == "the":
        reader.take(1, "the")
    found = _longest(reader, known, 0, people=people, kinds=kinds)
    if found is None:
        _ask_about_region(reader)
        reader.back(start)
        return None
    size, readings = found
    narrowed = _narrowed(reader, known, size, readings)
    if narrowed is not None:
        size, readings = narrowed
    reading = _resolve(reader, known, size, readings)
    reader.take(size, reading.label)
    return reading


def _longest(
    reader: Reader, known: Known, ahead: int, *, people: bool, kinds: frozenset[str] | None = None
) -> tuple[int, list[Reading]] | None:
    """Return the longest run of tokens that is a name, and all that it can mean."""
    left = len(reader.tokens) - reader.at - ahead
    for size in range(min(MAX_NAME_TOKENS, left), 0, -1):
        if (
            reader.peek(ahead).sort in {"symbol", "number", "date"}
            or reader.peek(ahead + size - 1).folded == ","
        ):
            continue
        readings = readings_of(reader, known, ahead, size, people=people)
        readings = [one for one in readings if kinds is None or one.kind in kinds]
        if readings:
            return size, readings
    return None


def _narrowed(
    reader: Reader, known: Known, size: int, readings: Sequence[Reading]
) -> tuple[int, list[Reading]] | None:
    """Return the cities among `readings` that lie in the state or country that follows, and the whole length."""
    cities = [reading for reading in readings if reading.kind == "city"]
    at_home = _with_country(reader, size, readings)
    if at_home is not None:
        return at_home
    if not cities:
        return None
    comma = 1 if reader.peek(size).folded == "," else 0
    ahead = size + (1 if comma or reader.peek(size).folded == "in" else 0)
    the = 1 if reader.peek(ahead).folded == "the" else 0
    found = _longest(reader, known, ahead + the, people=False)
    if found is None and (part := reader.find(_PARTS_OF_BRITAIN, ahead + the)) is not None:
        found = part[0], countries_of(part[1], part[1])
    if found is None:
        return None
    wheres = [reading for reading in found[1] if reading.kind in {"state", "country"}]
    inside = [city for city in cities if any(_lies_in(city, where) for where in wheres)]
    if inside:
        whole = ahead + the + found[0]
        return _narrowed(reader, known, whole, inside) or (whole, inside)
    is_list = any(reading.kind == "city" for reading in found[1]) or len(cities) < len(readings)
    if comma and wheres and not is_list:
        where = wheres[0].label
        reader.ask(
            f"No order goes to {reader.text(size)} in {where}.",
            [Choice(city.label, reader.said_with(ahead + the + found[0], city.phrase)) for city in cities],
            count=ahead + the + found[0],
        )
    return None


def _with_country(reader: Reader, size: int, readings: Sequence[Reading]) -> tuple[int, list[Reading]] | None:
    """Return what a state's name means with its country behind it ("Texas, USA"), and the whole length."""
    ahead = size + (1 if reader.peek(size).folded == "," else 0)
    name = next(
        ((n, fold(reader.text(n, ahead))) for n in (4, 3, 2, 1) if _is_country(reader, ahead, n)), None
    )
    country = countries_by_name()[name[1]] if name else None
    if name is None or name[1] in states_by_name("US"):
        return None
    inside = [one for one in readings if one.kind in {"state", "city"} and one.country == country]
    return (ahead + name[0], inside) if any(one.kind == "state" for one in inside) else None


def _is_country(reader: Reader, ahead: int, size: int) -> bool:
    last = reader.at + ahead + size
    is_there = last <= len(reader.tokens) and reader.peek(ahead).sort == "word"
    name = fold(reader.text(size, ahead)) if is_there else ""
    return name in countries_by_name() and (name not in SMALL_WORDS or reader.peek(ahead).text.isupper())


def _lies_in(city: Reading, where: Reading) -> bool:
    if where.kind == "country":
        return city.country == where.country
    return city.state == where.state and (where.country is None or city.country in {where.country, None})


def _resolve(reader: Reader, known: Known, size: int, readings: Sequence[Reading]) -> Reading:
    """Return the one thing that a name means in these orders; asks when they have several."""
    alive: list[Reading] = []
    for reading in readings:
        is_new = not any(known.is_same(reading.node, other.node) for other in alive)
        if is_new and known.count(reading.node):
            alive.append(reading)
    if len(alive) > 1:
        _ask_which(reader, known, size, alive)
    at_home = (one for one in readings if one.country == known.home_country)
    return alive[0] if alive else next(at_home, readings[0])


def _ask_which(reader: Reader, known: Known, size: int, alive: Sequence[Reading]) -> NoReturn:
    name = reader.text(size)
    labels = " or ".join(reading.label for reading in alive)
    reader.ask(f"“{name}” can mean {labels}. Which one?", _choices(reader, known, size, alive), count=size)


def _choices(reader: Reader, known: Known, size: int, readings: Sequence[Reading]) -> list[Choice]:
    choices = []
    for reading in readings:
        orders = known.count(reading.node)
        label = f"{reading.label} ({orders} order{'s' if orders != 1 else ''})"
        phrase = reading.phrase if reading.kind in {"state", "city"} else reading.label
        is_person = reading.kind in {"name", "company"}
        # "for Georgia" becomes "whose name is …": the preposition goes too.
        before = 1 if is_person and reader.peek(-1).folded in {"for", "to", "from"} else 0
        phrase = reading.phrase if is_person else phrase
        choices.append(Choice(label, reader.said_with(size, phrase, before=before)))
    return choices


def _ask_about_region(reader: Reader) -> None:
    """Ask when a region stands next: which states it has is a matter of opinion."""
    for size in (3, 2, 1):
        name = fold(reader.text(size)) if reader.at + size <= len(reader.tokens) else ""
        if name not in v.REGIONS:
            continue
        codes = v.REGIONS[name]
        states = " and ".join(", ".join(plain_name(code, "US") for code in codes).rsplit(", ", 1))
        before = 1 if reader.peek(-1).folded == "the" else 0
        choices = [Choice(states, reader.said_with(size, states, before=before))] if codes else []
        reader.ask(
            f"Which states or countries does “{reader.text(size)}” mean? Name them.", choices, count=size
        )


def is_place_at(reader: Reader, known: Known, ahead: int, *, people: bool = False) -> bool:
    """Tell whether a name of a place (or of a customer, if `people`) stands `ahead`."""
    return _starts_place(reader, known, ahead, people=people)
