"""Read what is said of weights and totals: over 50 pounds, $200 or more, between 10 and 20 lb."""

import re
from dataclasses import dataclass, replace
from typing import Final

from service.kinds.shipping.amounts import POUNDS_PER_UNIT, in_pounds
from service.kinds.shipping.filters import leaf
from service.kinds.shipping.sentence import vocabulary as v
from service.kinds.shipping.sentence.known import Known
from service.kinds.shipping.sentence.reader import Choice, Reader
from service.kinds.shipping.sentence.terms import Term

_BIG_WORDS: Final = {"hundred": 100, "thousand": 1000}
_SIGNS: Final = {("$",), ("us$",), ("usd",)}
_TO: Final = {
    ("and",): "and",
    ("to",): "to",
    ("-",): "to",
    ("–",): "to",
    ("through",): "to",
    ("up", "to"): "to",
}
_NEGATED: Final = {"gt": "lte", "lt": "gte", "gte": "lt", "lte": "gt"}
_UNCLEAR_POINT: Final = re.compile(r"(?<![\d.,])[1-9]\d{0,2}\.\d{3}(?!\d)")
"""1.000 is one in some countries and a thousand in others."""
_TAILS: Final = {("in", "total"): "total", ("in", "weight"): "weight", ("in", "value"): "total", ("total",): "total",
                 ("of", "weight"): "weight", ("worth",): "total"}  # fmt: skip
_ABOUT: Final = frozenset({"about", "around", "roughly", "approximately", "nearly", "almost", "circa", "~"})
_CURRENCY: Final = "Amounts are compared in the currency of the file. Say the number alone, with $."


@dataclass(frozen=True, slots=True)
class Amount:
    """A number as it was said; `unit` is a weight unit, `$`, or None when nothing was said."""

    value: float
    unit: str | None

    @property
    def column(self) -> str | None:
        """What the unit says this is an amount of."""
        return None if self.unit is None else "total" if self.unit == "$" else "weight"


def read_amounts(reader: Reader, known: Known, column: str | None = None) -> Term | None:
    """Read a comparison of weight or total that stands next; None (and nothing read) if none does.

    `column` is given when the sentence has named it already ("whose weight is …").
    """
    start = reader.mark()
    is_negated = reader.take_if(v.NOT_SO, "not so") is not None
    if column is None:
        column = _read_cue(reader)
    if reader.peek().folded in _ABOUT and (reader.peek(1).is_number or reader.peek(1).folded == "$"):
        reader.ask("How much exactly? Say over, under or between.", count=2)
    comparison = reader.find(v.COMPARISONS)
    if comparison is not None and reader.peek(comparison[0]).folded in v.OTHER_MONEY:
        reader.ask(_CURRENCY, count=comparison[0] + 2)
    if is_negated:
        term = _read_negated(reader, known, comparison, column)
    elif comparison is not None and comparison[1] == "between":
        term = _read_between(reader, known, comparison[0], column)
    elif comparison is not None:
        term = _read_compared(reader, known, comparison, column)
    else:
        term = _read_bare(reader, known, column)
    if term is None:
        reader.back(start)
    return term


def _read_negated(
    reader: Reader, known: Known, comparison: tuple[int, str] | None, column: str | None
) -> Term | None:
    """Read "(not) over 50 pounds": at most 50."""
    flipped = _NEGATED.get(comparison[1]) if comparison else None
    if comparison is None or flipped is None:
        return None
    term = _read_compared(reader, known, (comparison[0], flipped), column)
    return replace(term, is_negated=True) if term is not None else None


def _read_cue(reader: Reader) -> str | None:
    found = reader.find(v.WEIGHT_CUES | v.TOTAL_CUES)
    if found is None:
        return None
    reader.take(found[0], f"speaks of the {found[1]}")
    return found[1]


def _read_compared(
    reader: Reader, known: Known, comparison: tuple[int, str], column: str | None
) -> Term | None:
    size, op = comparison
    words = tuple(reader.peek(n).folded for n in range(size))
    found = _amount_at(reader, size)
    if found is None:
        return None
    if column is None and words in v.WEIGHT_COMPARISONS:
        column = "weight"
    if column is None and words in v.TOTAL_COMPARISONS:
        column = "total"
    reader.take(size, _said(op))
    amount = _take_amount(reader, found, column)
    after = _after_at(reader, 0)
    if after is not None and op in {"eq", "of"}:
        op = reader.take_if(v.AFTER_NUMBER, "this number counts too") or op
    elif after is not None:
        reader.ask("Is the number itself meant too?", count=after[0])
    return _term(reader, known, "eq" if op == "of" else op, [amount], column, is_bare=op == "of")


def _read_bare(reader: Reader, known: Known, column: str | None) -> Term | None:
    """Read `$200 or more`, `20-30 lb`, `5 pound`: a number that says by its unit what it is."""
    found = _amount_at(reader, 0)
    if found is None:
        return None
    size, amount = found
    to = reader.find(_TO, size)
    if to is not None and to[1] == "to" and (second := _amount_at(reader, size + to[0])) is not None:
        unit = amount.unit or second[1].unit or column
        if unit is not None:
            return _take_range(reader, known, found, to[0], column)
    after = _after_at(reader, size)
    if amount.unit is None and (column is None or (after is None and column not in {"weight", "total"})):
        return None
    amount = _take_amount(reader, found, column)
    op = "eq"
    if _after_at(reader, 0) is not None:
        op = reader.take_if(v.AFTER_NUMBER, "this number counts too") or op
    return _term(reader, known, op, [amount], column, is_bare=op == "eq")


def _after_at(reader: Reader, ahead: int) -> tuple[int, str] | None:
    """Return what stands after a number as in "5 lb or less", but not "… and under 10 lb", which is a new condition."""
    found = reader.find(v.AFTER_NUMBER, ahead)
    if (
        found is None
        or reader.peek(ahead + found[0]).folded == "than"
        or _amount_at(reader, ahead + found[0])
    ):
        return None
    return found


def _read_between(reader: Reader, known: Known, size: int, column: str | None) -> Term | None:
    found = _amount_at(reader, size)
    if found is None:
        return None
    to = reader.find(_TO, size + found[0])
    if to is None or _amount_at(reader, size + found[0] + to[0]) is None:
        return None
    second = _amount_at(reader, size + found[0] + to[0])
    has_unit = (
        column is not None or found[1].unit is not None or (second is not None and second[1].unit is not None)
    )
    if not has_unit and _are_order_numbers(reader, known, size, size + found[0] + to[0]):
        return None
    reader.take(size, "between, both included")
    return _take_range(reader, known, found, to[0], column)


def _are_order_numbers(reader: Reader, known: Known, first: int, second: int) -> bool:
    return all(known.order_ids(reader.peek(ahead).text) for ahead in (first, second))


def _take_range(
    reader: Reader, known: Known, found: tuple[int, Amount], glue: int, column: str | None
) -> Term:
    low = _take_amount(reader, found, column)
    reader.take(glue, "up to")
    second = _amount_at(reader, 0)
    assert second is not None  # noqa: S101 (the caller has seen it there)
    high = _take_amount(reader, second, column)
    unit = low.unit or high.unit
    low, high = Amount(low.value, low.unit or unit), Amount(high.value, high.unit or unit)
    return _term(reader, known, "between", [low, high], column)


def _amount_at(reader: Reader, ahead: int) -> tuple[int, Amount] | None:
    """Return length and value of an amount: an optional `$`, a number in digits or words, an optional unit.

    "3 lb 8 oz" is one amount.
    """
    start = ahead
    is_money = (reader.peek(ahead).folded,) in _SIGNS
    ahead += is_money
    number = _number_at(reader, ahead)
    if number is None:
        return None
    ahead += number[0]
    if is_money:
        ahead += reader.peek(ahead).folded in v.MONEY_UNITS
        return ahead - start, Amount(number[1], "$")
    hyphen = 1 if reader.peek(ahead).folded == "-" else 0
    unit = reader.peek(ahead + hyphen).folded
    is_close = unit not in {"#", "$"} or (
        reader.peek(ahead).start == reader.peek(ahead - 1).end and not hyphen
    )
    if unit in POUNDS_PER_UNIT and is_close:
        end = ahead + hyphen + 1
        return _with_rest(reader, start, end, Amount(number[1], unit))
    if (unit in v.MONEY_UNITS or unit == "$") and is_close:
        return ahead + hyphen + 1 - start, Amount(number[1], "$")
    is_article = reader.peek(start).folded in {"a", "an"} and number[0] == 1
    return None if is_article else (ahead - start, Amount(number[1], None))


def _with_rest(reader: Reader, start: int, end: int, amount: Amount) -> tuple[int, Amount]:
    """Return an amount with the smaller unit that follows it: 8 oz after 3 lb, 200 g after 1 kg."""
    number = _number_at(reader, end)
    unit = reader.peek(end + number[0]).folded if number else ""
    is_smaller = (
        unit in POUNDS_PER_UNIT
        and unit != "#"
        and POUNDS_PER_UNIT[unit] < POUNDS_PER_UNIT[amount.unit or "lb"]
        and reader.peek(end).folded not in {"a", "an"}
    )
    if number is None or not is_smaller:
        return end - start, amount
    whole = in_pounds(amount.value, amount.unit or "lb") + in_pounds(number[1], unit)
    return end + number[0] + 1 - start, Amount(whole, "lb")


def _number_at(reader: Reader, ahead: int) -> tuple[int, float] | None:
    token = reader.peek(ahead)
    if token.is_number:
        value, size = float(token.text.replace(",", "")), 1
    elif token.folded in v.NUMBER_WORDS:
        value, size = float(v.NUMBER_WORDS[token.folded]), 1
        ones = v.NUMBER_WORDS.get(reader.peek(ahead + 1).folded, 0)
        if value >= 20 and 0 < ones < 10 and reader.peek(ahead + 1).folded not in {"a", "an"}:
            value, size = value + ones, 2
    elif "-" in token.folded and all(part in v.NUMBER_WORDS for part in token.folded.split("-")):
        value, size = float(sum(v.NUMBER_WORDS[part] for part in token.folded.split("-"))), 1
    else:
        return None
    big = _BIG_WORDS.get(reader.peek(ahead + size).folded)
    return (size + 1, value * big) if big else (size, value)


def _take_amount(reader: Reader, found: tuple[int, Amount], column: str | None) -> Amount:
    size, amount = found
    following = reader.peek(size).folded
    if following in v.OTHER_MONEY or reader.peek(-1).folded in v.OTHER_MONEY:
        reader.ask(_CURRENCY, count=size + 1)
    if _UNCLEAR_POINT.search(reader.text(size)):
        reader.ask("Is the point in this number a decimal point? Say it without one.", count=size)
    of = amount.column or column
    said = {"total": "an amount of money", "weight": "a weight"}.get(of or "", "a number")
    reader.take(size, said)
    return amount


def _term(
    reader: Reader,
    known: Known,
    op: str,
    amounts: list[Amount],
    column: str | None,
    *,
    is_bare: bool = False,
) -> Term:
    tail = reader.find(_TAILS)
    if tail is not None:
        said = tail[1]
        reader.take(tail[0], f"speaks of the {said}")
        column = column or said
    columns = {amount.column for amount in amounts if amount.column}
    if len(columns | ({column} if column else set())) > 1:
        reader.ask("A weight and an amount of money are compared. Which one is meant?", count=0)
    column = column or next(iter(columns), None)
    if column is None and (later := _unit_ahead(reader)) is not None:
        amounts = [Amount(one.value, later.unit) for one in amounts]
        column = later.column
    if column is None:
        _ask_for_unit(reader, op, amounts)
    assert column is not None  # noqa: S101 (asked otherwise)
    if not known.book.has_column(column):
        reader.ask(f"The file has no {column} column.", count=0)
    if column == "weight":
        _ask_for_weight_unit(reader, known, amounts)
    values = [in_pounds(one.value, one.unit or "lb") if column == "weight" else one.value for one in amounts]
    if op == "between" and values[0] > values[1]:
        reader.ask("The first number is larger than the second. Which range is meant?", count=0)
    node = leaf(column, op, values if op == "between" else values[0])
    return Term(node, column, is_list=op == "eq", is_bare=is_bare)


def _unit_ahead(reader: Reader) -> Amount | None:
    """Return the amount whose unit counts here too: "over 10 but under 15 pounds"."""
    found = reader.find(v.CONNECTORS) or ((1, "but") if reader.peek().folded == "but" else None)
    comparison = reader.find(v.COMPARISONS, found[0]) if found else None
    if found is None or comparison is None:
        return None
    amount = _amount_at(reader, found[0] + comparison[0])
    return amount[1] if amount is not None and amount[1].unit is not None else None


def _ask_for_weight_unit(reader: Reader, known: Known, amounts: list[Amount]) -> None:
    """Ask about a weight without a unit where the file does not weigh in pounds."""
    unit = known.fields["weight"].unit or "lb"
    if unit == "lb" or all(one.unit for one in amounts):
        return
    end = reader.tokens[reader.at - 1].end
    before, after = reader.sentence[:end], reader.sentence[end:]
    names = (unit, "pounds")
    choices = [Choice(f"{amounts[-1].value:g} {name}", f"{before} {name}{after}") for name in names]
    reader.ask(f"The file weighs in {unit}. Is that meant, or pounds?", choices, count=0)


def _ask_for_unit(reader: Reader, op: str, amounts: list[Amount]) -> None:
    number = amounts[-1].value
    if reader.find(v.NOUNS) is not None:
        reader.ask("Which of them? Orders can be named by their numbers, but not counted off.", count=0)
    end = reader.tokens[reader.at - 1].end
    start = reader.tokens[reader.at - 1].start
    said = reader.sentence[start:end]
    before, after = reader.sentence[:start], reader.sentence[end:]
    choices = [
        Choice(f"{number:g} pounds of weight", f"{before}{said} pounds{after}"),
        Choice(f"${number:g} in total", f"{before}{said} dollars{after}"),
    ]
    reader.ask(f"{_said(op).capitalize()} {number:g} of what: pounds or dollars?", choices, count=0)


def _said(op: str) -> str:
    return {"gt": "over", "lt": "under", "gte": "at least", "lte": "at most", "between": "between"}.get(
        op, "exactly"
    )
