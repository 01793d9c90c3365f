"""Read order numbers: one, a list, or a range. One that the file does not have is asked about."""

from typing import Final

from service.kinds.shipping.amounts import POUNDS_PER_UNIT
from service.kinds.shipping.filters import Node, any_of, leaf
from service.kinds.shipping.sentence.known import Known
from service.kinds.shipping.sentence.reader import Choice, Reader
from service.kinds.shipping.sentence.terms import Term
from service.kinds.shipping.sentence.vocabulary import MONEY_UNITS, Phrase

_CUES: Final = {
    ("#",): "#", ("number",): "#", ("numbers",): "#", ("no",): "#", ("no", "."): "#", ("nos",): "#", ("id",): "#",
    ("ids",): "#", ("order", "no"): "#", ("order", "no", "."): "#", ("order", "nos", "."): "#",
    ("order", "id"): "#", ("order", "ids"): "#", ("numbered",): "#", ("order", "number"): "#",
    ("order", "numbers"): "#", ("order", "#"): "#",
    ("with", "number"): "#", ("with", "numbers"): "#", ("with", "the", "numbers"): "#", ("with", "ids"): "#",
    ("with", "order", "numbers"): "#", ("with", "the", "number"): "#", ("with", "id"): "#",
    ("with", "order", "number"): "#",
    ("with", "order", "ids"): "#", ("with", "order", "id"): "#", ("whose", "number", "is"): "#",
    ("whose", "order", "number", "is"): "#", ("whose", "id", "is"): "#", ("whose", "order", "id", "is"): "#",
    ("with", "the", "order", "numbers"): "#",
}  # fmt: skip
_RANGE_FIRST: Final[dict[Phrase, str]] = {("between",): "b", ("from",): "f"}
_TO: Final = {("to",): "to", ("through",): "to", ("thru",): "to", ("-",): "to", ("–",): "to", ("up", "to"): "to",
              ("until",): "to"}  # fmt: skip
_AND_TO: Final = {**_TO, ("and",): "to"}
_MORE: Final = {(",", "and"): "and", (",", "or"): "or", (",",): ",", ("and",): "and", ("or",): "or", ("&",): "and",
                ("as", "well", "as"): "and", ("plus",): "and"}  # fmt: skip
_NOUN_TOO: Final[dict[Phrase, str]] = {
    ("order",): "order",
    ("orders",): "orders",
    ("number",): "order",
    ("#",): "order",
}
MAX_ID_TOKENS: Final = 5
_UNITS: Final[dict[Phrase, str]] = {(unit,): unit for unit in (*POUNDS_PER_UNIT, *MONEY_UNITS)}


def read_order_numbers(reader: Reader, known: Known) -> Term | None:
    """Read the order numbers that stand next; None (and nothing read) if none do."""
    if not known.book.has_column("order_id"):
        return None
    start = reader.mark()
    has_cue = reader.take_if(_CUES, "order numbers follow") is not None
    range_first = reader.find(_RANGE_FIRST)
    if range_first is not None and _id_at(reader, known, range_first[0]) is not None:
        reader.take(range_first[0], "a range of order numbers")
        node = _read_range(reader, known, _AND_TO)
        if node is None:
            reader.back(start)
            return None
        return Term(node, "order_id", is_list=True)
    if _id_at(reader, known, 0) is None:
        if has_cue and reader.peek().is_number:
            _ask_for_number(reader, known)
        reader.back(start)
        return None
    return _read_list(reader, known)


def _read_list(reader: Reader, known: Known) -> Term:
    nodes: list[Node] = []
    ids: list[str] = []
    while True:
        node = _read_range(reader, known, _TO)
        if node is not None:
            nodes.append(node)
        else:
            found = _id_at(reader, known, 0)
            if found is None:
                _ask_for_number(reader, known)
                break
            reader.take(found[0], "an order number")
            ids.extend(found[1])
        if not _take_glue(reader, known):
            break
    if ids:
        nodes.insert(0, leaf("order_id", "in", list(dict.fromkeys(ids))))
    return Term(any_of(nodes), "order_id", is_list=True)


def _take_glue(reader: Reader, known: Known) -> bool:
    """Take what joins two order numbers, if a number follows."""
    more = reader.find(_MORE)
    if more is None:
        return _id_at(reader, known, 0) is not None and not reader.find(_UNITS, 1)
    noun = reader.find(_NOUN_TOO, more[0])
    skip = more[0] + (noun[0] if noun else 0)
    is_number = reader.peek(skip).is_number or _id_at(reader, known, skip) is not None
    if not is_number:
        return False
    reader.take(skip, "and this one")
    return True


def _read_range(reader: Reader, known: Known, to: dict[tuple[str, ...], str]) -> Node | None:
    first = _id_at(reader, known, 0)
    if first is None:
        return None
    glue = reader.find(to, first[0])
    if glue is None:
        return None
    last = _id_at(reader, known, first[0] + glue[0])
    ends = [_as_number(reader.peek(0).text), _as_number(reader.peek(first[0] + glue[0]).text)]
    if last is None or ends[0] is None or ends[1] is None:
        if ends[0] is not None and ends[1] is not None:
            reader.take(first[0] + glue[0], "a range of order numbers")
            _ask_for_number(reader, known)
        return None
    if ends[0] > ends[1]:
        reader.ask("The first order number is larger than the second.", count=first[0] + glue[0] + last[0])
    reader.take(first[0] + glue[0] + last[0], "from this order number to that, both included")
    return leaf("order_id", "between", ends)


def _id_at(reader: Reader, known: Known, ahead: int) -> tuple[int, list[str]] | None:
    """Return length and value of the longest text that is an order number in the file and no plain word."""
    left = len(reader.tokens) - reader.at - ahead
    for size in range(min(MAX_ID_TOKENS, left), 0, -1):
        text = reader.text(size, ahead)
        if not any(character.isdigit() for character in text) or " " in text:
            continue
        found = known.order_ids(text)
        if found:
            return size, found
    return None


def _ask_for_number(reader: Reader, known: Known) -> None:
    text = reader.peek().text
    near = [
        f"order {other}" for other in (text.zfill(len(text) + 1), text.lstrip("0")) if known.order_ids(other)
    ]
    choices = [Choice(one, reader.said_with(1, one.removeprefix("order "))) for one in near]
    reader.ask(f"There is no order {text} in the file. Leave it out?", choices, tier="unknown")


def _as_number(text: str) -> float | None:
    text = text.removeprefix("#")
    return float(text) if text.isascii() and text.isdigit() and len(text) <= 15 else None
