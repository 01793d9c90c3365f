"""Read comparisons with plain numbers, for columns of the sheet that are neither weight nor total: quantity over 3."""

from typing import Final

from service.kinds.shipping.amounts import POUNDS_PER_UNIT
from service.kinds.shipping.filters import leaf
from service.kinds.shipping.mapping import FIELDS_BY_NAME, Field
from service.kinds.shipping.sentence import vocabulary as v
from service.kinds.shipping.sentence.known import Known
from service.kinds.shipping.sentence.reader import Reader
from service.kinds.shipping.sentence.terms import Term

_OPS: Final = {op: op for op in ("gt", "lt", "gte", "lte", "eq")} | {"of": "eq"}
_AND: Final[dict[v.Phrase, str]] = {("and",): "and", ("to",): "to", ("-",): "to", ("–",): "to"}


def is_number_at(reader: Reader, known: Known, field: Field, ahead: int) -> bool:
    """Tell whether a comparison of this field with a number stands there, as in "quantity over 3".

    An amount of money counts for a column of the sheet's own that has numbers ("shipping cost over $5"); after
    "with a company" it says something of the total.
    """
    found = reader.find(v.COMPARISONS, ahead)
    number = _number_at(reader, ahead + (found[0] if found else 0))
    if number is None or (found is None and not reader.find(v.AFTER_NUMBER, ahead + number[0])):
        return False
    size, _, unit = number
    is_own = field.name not in FIELDS_BY_NAME and known.has_numbers(field.name)
    if unit in POUNDS_PER_UNIT and is_own:
        reader.ask(f"A weight and the {field.label} are compared. Which one is meant?", count=ahead + size)
    return not unit or (unit == "$" and is_own)


def read_plain_number(reader: Reader, known: Known, field: Field) -> Term | None:
    """Read a comparison with a number that stands next; None (and nothing read) if none does."""
    start = reader.mark()
    found = reader.find(v.COMPARISONS)
    op = _OPS.get(found[1], found[1]) if found else "eq"
    if found is not None and _number_at(reader, found[0]) is None:
        return None
    if found is not None:
        reader.take(found[0], "a comparison")
    elif _number_at(reader, 0) is None:
        return None
    values = [_take_number(reader)]
    if op == "between":
        glue = reader.find(_AND)
        if glue is None or _number_at(reader, glue[0]) is None:
            reader.back(start)
            return None
        reader.take(glue[0], "up to")
        values.append(_take_number(reader))
    if op == "eq" and reader.find(v.AFTER_NUMBER):
        op = reader.take_if(v.AFTER_NUMBER, "this number counts too") or op
    elif reader.find(v.AFTER_NUMBER):
        reader.ask("Is the number itself meant too?")
    if not known.has_numbers(field.name):
        reader.ask(f"The {field.label} column has no numbers.", count=0)
    if values != sorted(values):
        reader.ask("The first number is larger than the second. Which range is meant?", count=0)
    if op in {"eq", "between"}:
        return Term(leaf(field.name, "between", [values[0], values[-1]]), field.name)
    return Term(leaf(field.name, op, values[0]), field.name)


def _number_at(reader: Reader, ahead: int) -> tuple[int, float, str] | None:
    """Return length, value and unit (`$`, a weight's, or none) of the number that stands there."""
    sign = 1 if reader.peek(ahead).folded == "$" else 0
    token = reader.peek(ahead + sign)
    if not token.is_number:
        return None
    unit = reader.peek(ahead + sign + 1).folded
    value = float(token.text.replace(",", ""))
    if unit in v.MONEY_UNITS or (unit in POUNDS_PER_UNIT and unit != "#"):
        return sign + 2, value, "$" if unit in v.MONEY_UNITS else unit
    return sign + 1, value, "$" if sign else ""


def _take_number(reader: Reader) -> float:
    found = _number_at(reader, 0)
    assert found is not None  # noqa: S101 (the caller has seen it there)
    reader.take(found[0], "a number")
    return found[1]
