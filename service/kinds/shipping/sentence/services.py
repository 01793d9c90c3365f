"""Read by which service the orders go: by ground, via express, overnight."""

from typing import Final

from service.kinds.shipping.sentence import vocabulary as v
from service.kinds.shipping.sentence.reader import Choice, Reader

_ENDS: Final = frozenset(
    {"", ".", "!", "?", "please", "thanks", "thank", ",", "and", "but", "except", "excluding"}
)


def read_service(reader: Reader) -> str | None:
    """Read a service that stands next, with "by" before it or alone at the end of what is said; None if none does."""
    found = reader.find(v.SERVICE_PREPOSITIONS)
    if found is not None:
        _ask_if_vague(reader, found[0])
        service = reader.find(v.SERVICE_WORDS, found[0])
        if service is None:
            return None
        reader.take(found[0], "how to ship")
        return _take(reader)
    service = reader.find(v.SERVICE_WORDS)
    if service is None:
        return None
    tail = reader.find(v.SERVICE_TAILS, service[0])
    after = reader.peek(service[0] + (tail[0] if tail else 0))
    return _take(reader) if after.folded in _ENDS else None


def read_first_service(reader: Reader) -> str | None:
    """Read a service before the orders: "overnight the Texas orders", "ship overnight all orders …"."""
    service = reader.find(v.SERVICE_WORDS)
    if service is None:
        return None
    tail = reader.find(v.SERVICE_TAILS, service[0])
    after = service[0] + (tail[0] if tail else 0)
    is_before_orders = reader.find(v.DETERMINERS, after) or reader.peek(after).folded in {
        "everything",
        "order",
    }
    return _take(reader) if is_before_orders else None


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
