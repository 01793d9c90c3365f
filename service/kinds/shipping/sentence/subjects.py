"""Read what a sentence is about: all, the, only; orders, packages; and see where a service is named."""

from typing import Final

from service.kinds.shipping.sentence import vocabulary as v
from service.kinds.shipping.sentence.groups import Group
from service.kinds.shipping.sentence.known import Known
from service.kinds.shipping.sentence.reader import Reader

_SINGULAR: Final = frozenset({"order", "package", "parcel", "shipment", "box", "one", "purchase", "row"})
_WHO_LIVES_THERE: Final = frozenset(
    {"customers", "addresses", "residents", "clients", "buyers", "recipients"}
)
_ALL_WORDS: Final = frozenset({"all", "everything", "anything", "every", "any", "each"})


def read_subject(reader: Reader, known: Known, group: Group) -> bool:
    """Read "all", "the" or "orders" if one stands next."""
    determiner = reader.find(v.DETERMINERS)
    noun = reader.find(v.NOUNS)
    if noun is not None and determiner is not None and noun[0] > determiner[0]:
        determiner = None  # "all of it", "the lot"
    if determiner is not None and not group.has_noun and not group.terms and not is_field_next(reader, known):
        group.has_subject = group.has_subject or reader.peek().folded in _ALL_WORDS
        group.is_named = group.is_named or reader.peek(determiner[0] - 1).folded in {"those", "these"}
        reader.take(determiner[0], {"only": "these and no others", "the": "the"}.get(determiner[1], "every"))
        return True
    if _is_customers_after_place(reader, group):
        reader.take(1, "orders")
        return True
    if noun is not None and not group.has_noun and not is_field_next(reader, known):
        group.is_single = not group.has_subject and reader.peek(noun[0] - 1).folded in _SINGULAR
        group.has_noun = True
        reader.take(noun[0], "orders")
        return True
    return False


def _is_customers_after_place(reader: Reader, group: Group) -> bool:
    """Tell whether the "customers" of "orders for Illinois customers" stands next."""
    is_place = bool(group.terms) and group.terms[-1].column == "place"
    return is_place and reader.peek().folded in _WHO_LIVES_THERE


def is_field_next(reader: Reader, known: Known) -> bool:
    """Tell whether "order number" and the like stand next: the name of a column, not orders."""
    found = reader.find(known.field_phrases)
    noun = reader.find(v.NOUNS)
    return found is not None and found[0] > (noun[0] if noun else 0)


def is_way_at(reader: Reader, ahead: int) -> bool:
    """Tell whether a service is named `ahead`."""
    found = reader.find(v.SERVICE_PREPOSITIONS, ahead)
    return reader.find(v.SERVICE_WORDS, ahead + (found[0] if found else 0)) is not None
