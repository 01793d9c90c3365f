"""Read one condition of a sentence, trying each sort in turn: amounts, dates, numbers, columns, places, customers."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from service.kinds.shipping.filters import leaf
from service.kinds.shipping.sentence import vocabulary as v
from service.kinds.shipping.sentence.amounts import read_amounts
from service.kinds.shipping.sentence.columns import read_column
from service.kinds.shipping.sentence.dates import read_dates
from service.kinds.shipping.sentence.groups import Group
from service.kinds.shipping.sentence.known import Known
from service.kinds.shipping.sentence.numbers import read_order_numbers
from service.kinds.shipping.sentence.questions import ask_about_next
from service.kinds.shipping.sentence.reader import Choice, Reader
from service.kinds.shipping.sentence.subjects import is_way_at, read_subject
from service.kinds.shipping.sentence.targets import read_targets
from service.kinds.shipping.sentence.terms import Term

_NOT_OR_NON: Final[dict[v.Phrase, str]] = {**v.NOT_SO, ("non",): "not_so"}
_NAMED: Final[dict[v.Phrase, str]] = {("named",): "name", ("called",): "name"}


def read_condition(
    reader: Reader, known: Known, group: Group, *, is_exception: bool = False, is_way_known: bool = False
) -> Term:
    """Read the condition that stands next, whatever it is about; asks when none does.

    `is_way_known` says that the sentence has named a service already.
    """
    has_way = is_way_known or _is_way_said(reader)
    readers: Sequence[Callable[[], Term | None]] = (
        lambda: read_amounts(reader, known),
        lambda: read_dates(reader, known),
        lambda: read_order_numbers(reader, known),
        lambda: _read_world(reader, known),
        lambda: _read_service_filter(reader, known, is_filter=is_exception or has_way),
        lambda: read_column(reader, known),
        lambda: _read_outside(reader, known),
        lambda: _read_target(reader, known, group),
        lambda: _read_linked(reader, known, group),
    )
    for read in readers:
        term = read()
        if term is not None:
            return term
    if group.has_noun or reader.peek().folded in v.VAGUE or is_way_at(reader, 0):
        _ask_about_way(reader)
        ask_about_next(reader, known)
    term = read_targets(reader, known, people=True)
    if term is None:
        ask_about_next(reader, known)
    return term


def _read_world(reader: Reader, known: Known) -> Term | None:
    start = reader.mark()
    is_negated = reader.take_if(_NOT_OR_NON, "not so") is not None
    word = reader.peek().folded
    home = known.home_country
    if word not in v.INTERNATIONAL | v.DOMESTIC:
        reader.back(start)
        return None
    is_abroad = (word in v.INTERNATIONAL) != is_negated
    reader.take(1, f"to another country than {home}" if word in v.INTERNATIONAL else f"within {home}")
    return Term(leaf("country", "neq" if is_abroad else "eq", home), "place", is_negated=is_negated)


def _read_service_filter(reader: Reader, known: Known, *, is_filter: bool) -> Term | None:
    """Read "marked express": the column that says what the customer asked for.

    "Express orders" means that too when the sentence says elsewhere how to ship, or where it leaves out.
    """
    found = reader.find(v.SERVICE_FILTERS)
    word = reader.find(v.SERVICE_WORDS)
    is_noun = word is not None and bool(
        reader.find(v.NOUNS, word[0])
        or (reader.peek(-1).folded == "with" and reader.find(v.SERVICE_TAILS, word[0]))
    )
    if is_noun and is_filter and known.book.has_column("service"):
        found = (0, "service")
    service = reader.find(v.SERVICE_WORDS, found[0]) if found else None
    if found is None or service is None:
        return None
    if not known.book.has_column("service"):
        reader.ask("The file has no column for the service.", count=found[0])
    if found[0]:
        reader.take(found[0], "the service column says")
    name = reader.take_if(v.SERVICE_WORDS, "the service looked for") or ""
    reader.take_if(v.SERVICE_TAILS, "the service looked for")
    return Term(leaf("service", "eq", name), "service", is_list=True)


def _is_way_said(reader: Reader) -> bool:
    """Tell whether the sentence names a service by "by …" somewhere further on."""
    ways = (reader.find(v.SERVICE_PREPOSITIONS, n) for n in range(len(reader.tokens)))
    return any(w and reader.find(v.SERVICE_WORDS, n + w[0]) for n, w in enumerate(ways))


def _read_outside(reader: Reader, known: Known) -> Term | None:
    start = reader.mark()
    found = reader.find(v.OUTSIDE)
    if found is None:
        return None
    is_negated = any(
        "n't" in word or word in {"not", "non"} for word in reader.text(found[0]).lower().split()
    )
    reader.take(found[0], "not there")
    if reader.peek().folded == "-":
        reader.take(1, "not there")
    term = read_targets(reader, known, people=False, outside=True)
    if term is None:
        if reader.find(v.LINKS) is None and not reader.peek().is_number:
            ask_about_next(reader, known, is_target=True)
        reader.back(start)
        return None
    return replace(term, is_negated=is_negated)


def _read_target(reader: Reader, known: Known, group: Group) -> Term | None:
    found = reader.find(v.TO)
    if found is None:
        return None
    reader.take(found[0], "where to, or for whom")
    people = reader.peek(-1).folded not in {"in", "within", "inside", "into"}
    if people:
        reader.take_if(_NAMED, "a name follows")
    if not group.has_noun and (reader.find(v.NOUNS) or reader.find(v.DETERMINERS)):
        after_subject = _read_subject_after_to(reader, known, group)
        if after_subject is not None:
            return after_subject
    term = read_targets(reader, known, people=people)
    if term is None:
        term = read_order_numbers(reader, known) or _read_postal(reader, known) or read_column(reader, known)
    if term is None:
        ask_about_next(reader, known, is_target=True)
    return term


def _read_postal(reader: Reader, known: Known) -> Term | None:
    """Read the bare ZIP of "to 90026"."""
    if not (reader.peek().is_number and known.has("postal", reader.peek().text)):
        return None
    return Term(leaf("postal", "eq", reader.take(1, "a ZIP of the file")), "postal", is_list=True)


def _read_subject_after_to(reader: Reader, known: Known, group: Group) -> Term | None:
    """Read "to all customers in Texas": what is sent to is what is ordered."""
    start = reader.mark()
    while read_subject(reader, known, group):
        pass
    if group.has_noun and not reader.is_done:
        return read_condition(reader, known, group)
    group.has_noun = False
    reader.back(start)
    return None


def _read_linked(reader: Reader, known: Known, group: Group) -> Term | None:
    """Read "that are over 50 pounds": a link, then a condition."""
    found = reader.find(v.LINKS)
    if found is None:
        return None
    reader.take(found[0], "what follows is said of these orders")
    return read_condition(reader, known, group)


def _ask_about_way(reader: Reader) -> None:
    """Ask about "express orders": which orders they are, or how they go?"""
    found = reader.find(v.SERVICE_WORDS)
    if found is None:
        return
    name, text = found[1], reader.text(found[0])
    noun = reader.find(v.NOUNS, found[0])
    size = found[0] + (noun[0] if noun else 0)
    before = 1 if reader.peek(-1).folded in {"with", "as", "and", "or"} else 0
    orders = "orders " if noun else ""
    column = reader.said_with(size, f"{orders}whose service is {name}", before=before)
    way = reader.said_with(size, orders, before=before) + f" by {name}"
    choices = [
        Choice(f"orders whose service column says {name}", column),
        Choice(f"ship them by {name}", way),
    ]
    reader.ask(f"Does “{text}” say which orders, or how to ship them?", choices, count=found[0])
