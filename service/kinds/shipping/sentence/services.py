"""Read by which service the orders go: by ground, via express, overnight."""

from typing import Final

from service.kinds.shipping.sentence import vocabulary as v
from service.kinds.shipping.sentence.reader import Choice, Reader

_ENDS: Final = frozenset(
    {"", ".", "!", "?", "please", "thanks", "thank", ",", "and", "but", "except", "excluding"}
)
_BEFORE_A_NOUN: Final = frozenset({"all", "every", "each", "any", "the", "these", "those", "only", "just"})
_GOES_TO: Final[dict[v.Phrase, str]] = {("to",): "to", ("to", "the"): "to"}


def read_service(reader: Reader) -> str | None:
    """Read a service that stands next, with "by" before it or alone at the end of what is said; None if none does."""
    found = reader.find(v.SERVICE_PREPOSITIONS)
    if found is None and reader.peek().folded == "and":
        more = reader.find(v.SERVICE_PREPOSITIONS, 1)  # "… and by ground"
        found = (more[0] + 1, more[1]) if more and reader.find(v.SERVICE_WORDS, more[0] + 1) else None
    if found is not None:
        _ask_if_vague(reader, found[0])
        service = reader.find(v.SERVICE_WORDS, found[0])
        if service is None:
            return None
        reader.take(found[0], "how to ship")
        return _take(reader)
    service = reader.find(v.SERVICE_WORDS)
    if service is None or reader.peek(-1).folded in _BEFORE_A_NOUN:
        return None  # "ship all overnight": all the overnight ones?
    tail = reader.find(v.SERVICE_TAILS, service[0])
    size = service[0] + (tail[0] if tail else 0)
    is_way = reader.peek(size).folded in _ENDS or (_is_after_orders(reader) and reader.find(_GOES_TO, size))
    return _take(reader) if is_way else None


def _is_after_orders(reader: Reader) -> bool:
    """Tell whether "orders" or "everything" was just read: "ship everything overnight to Texas"."""
    return reader.at > 0 and (reader.peek(-1).folded,) in v.NOUNS


def read_first_service(reader: Reader) -> str | None:
    """Read a service before the orders: "overnight the Texas orders", "ship overnight all orders …"."""
    preposition = reader.find(v.SERVICE_PREPOSITIONS)
    ahead = preposition[0] if preposition else 0
    service = reader.find(v.SERVICE_WORDS, ahead)
    if service is None:
        return None
    tail = reader.find(v.SERVICE_TAILS, ahead + service[0])
    after = ahead + service[0] + (tail[0] if tail else 0)
    if after and reader.peek(after).folded in {"to", ","} and reader.find(v.VERBS, after + 1):
        after += 1  # "use ground to ship …"
    is_orders_next = reader.find(v.DETERMINERS, after) or reader.peek(after).folded in {"everything", "order"}
    if not (reader.find(v.VERBS, after) if ahead else is_orders_next):
        return None
    if ahead:
        reader.take(ahead, "how to ship")
    named = _take(reader)
    if ahead and reader.peek().folded in {"to", ","}:
        reader.take(1, "what to do follows")
    return named


def ask_about_service(reader: Reader, word: str, count: int) -> None:
    """Ask about a way of shipping that is not one of the services."""
    before = 1 if reader.peek(-1).folded in {"with", "by", "via", "using", "for"} else 0
    tail = reader.find(v.SERVICE_TAILS, count)
    size = count + (tail[0] if tail else 0)
    choices = [Choice(name, reader.said_with(size, f"by {name}", before=before)) for name in v.SERVICES]
    reader.ask(f"“{word}” is not a service here. Ground, express or overnight?", choices, count=count)


def _take(reader: Reader) -> str:
    service = reader.take_if(v.SERVICE_WORDS, "the service")
    assert service is not None  # noqa: S101 (the caller has seen it there)
    reader.take_if(v.SERVICE_TAILS, "the service")
    return service


def _ask_if_vague(reader: Reader, ahead: int) -> None:
    word = reader.peek(ahead)
    if word.folded in v.VAGUE_SERVICES:
        ask_about_service(reader, word.text, ahead + 1)
