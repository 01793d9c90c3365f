"""Join the conditions of a sentence: what "and", "or", a comma or nothing between two of them means.

Side by side, conditions narrow. "And" narrows too, but joins two values of one column ("to California and to
Texas"). Where people could mean two different sets, the sentence is asked about.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from service.kinds.shipping.filters import ANY_ORDER, Node, all_of, any_of
from service.kinds.shipping.sentence.known import Known
from service.kinds.shipping.sentence.reader import Reader
from service.kinds.shipping.sentence.terms import Term

SIDE_BY_SIDE = ""
_RANGES = frozenset({"weight", "total", "date"})


@dataclass
class Group:
    """The conditions on one "orders …": each with what joins it to the one before."""

    terms: list[Term] = field(default_factory=list)
    glue: list[str] = field(default_factory=list)
    exceptions: list[Node] = field(default_factory=list)
    has_subject: bool = False
    has_noun: bool = False
    is_named: bool = False
    is_single: bool = False
    is_service_said: bool = False

    def add(self, term: Term, glue: str) -> None:
        """Add a condition."""
        self.terms.append(term)
        self.glue.append(glue)

    @property
    def columns(self) -> set[str]:
        """What the conditions are about."""
        return {term.column for term in self.terms}

    @property
    def is_empty(self) -> bool:
        """Whether nothing was said, not even "everything"."""
        return not (self.terms or self.exceptions or self.has_subject or self.has_noun)


def ask_if_leaning(reader: Reader, group: Group, term: Term, glue: str) -> None:
    """Ask where a condition may lean on the one before it.

    "Over 10 lb or $500": does "over" count for both? "Not over 5 lb or to Texas": does "not"?
    """
    if not group.terms:
        return
    before = group.terms[-1]
    is_same_range = before.column == term.column and term.column in _RANGES
    if before.is_negated and not term.is_negated and (glue == "or" or (glue == "and" and is_same_range)):
        reader.ask("Does “not” count for both conditions, or only for the first?", count=0)
    if before.is_bare and not term.is_bare and is_same_range:
        reader.ask("Do both have to hold, or is one enough? Say “or” for one.", count=0)
    may_lean = term.is_bare or term.column == "order_id"
    if may_lean and before.column in _RANGES and not before.is_bare:
        reader.ask(
            "Does “over”, “under” or the like count for this number too? Say it again before it.", count=0
        )


def ask_if_beside(reader: Reader, known: Known, group: Group, exception: Node) -> None:
    """Ask about "Texas, not Austin and Ohio": what is left out was not among what was named."""
    if not group.terms:
        return
    named = all_of([term.node for term in group.terms]) if "or" not in group.glue[1:] else ANY_ORDER
    for piece in _pieces(exception):
        if known.count(piece) and not known.count(all_of([named, piece])):
            reader.ask("Some of what is left out is not among these orders. What is meant?", count=0)


def _pieces(node: Node) -> Iterator[Node]:
    """Yield what a list of values is made of, one value each."""
    if "any" in node:
        for one in node["any"]:
            yield from _pieces(one)
    elif node.get("op") == "in":
        yield from ({**node, "op": "eq", "value": value} for value in node["value"])
    elif len(node.get("all", ())) == 2:
        yield from (all_of([piece, node["all"][1]]) for piece in _pieces(node["all"][0]))
    else:
        yield node


def joined(reader: Reader, known: Known, group: Group, *, is_exception: bool = False) -> Node:
    """Return the filter of one group; asks where its conditions could be joined in two ways."""
    if not group.terms:
        node: Node = ANY_ORDER
    elif "or" in group.glue[1:]:
        node = _either(reader, known, group)
    else:
        node = _all(reader, known, group, is_exception=is_exception)
    parts = node.get("all", [node])
    return all_of([*parts, *({"not": one} for one in group.exceptions)]) if group.exceptions else node


def together(reader: Reader, groups: Sequence[tuple[Group, Node]]) -> Node:
    """Return the filter of "orders … and orders …": a union, if all of them speak of one column."""
    if len(groups) == 1:
        return groups[0][1]
    columns = {column for group, _ in groups for column in group.columns}
    is_plain = all(len(group.terms) == 1 and not group.exceptions for group, _ in groups)
    if len(columns) != 1 or not is_plain:
        reader.ask(
            "Are these two sets of orders, or orders that meet both? Please ship them one by one.", count=0
        )
    return any_of([node for _, node in groups])


def _either(reader: Reader, known: Known, group: Group) -> Node:
    if set(group.glue[1:]) == {"or"}:
        return any_of([term.node for term in group.terms])
    # "to Texas under 5 lb or over 50 lb": the last "or" may part the whole or only its own column.
    whole = any_of([_plain_all(part) for part in _split(group)])
    inner = _by_column(group)
    if inner is None or not known.is_same(whole, inner):
        reader.ask("What does “or” part here? Please say it in two sentences.", count=0)
    return whole


def _all(reader: Reader, known: Known, group: Group, *, is_exception: bool) -> Node:
    parts: list[Node] = []
    column, run = "", list[Term]()
    seen: set[str] = set()
    for term, glue in zip(group.terms, group.glue, strict=True):
        is_joined = bool(run) and term.column == column and glue in {"and", ","}
        if is_joined and not (term.is_list and run[-1].is_list):
            is_joined = _may_narrow(reader, known, term, run, is_exception=is_exception)
        if is_joined:
            run.append(term)
            continue
        if run and term.column in seen and glue != "but" and column != term.column:
            reader.ask("Which of the conditions belong together? Please say it in two sentences.", count=0)
        if run and glue in {"and", ","} and "order_id" in {column, term.column}:
            reader.ask(
                "Order numbers and another condition are joined. Do both have to hold, or is one enough?",
                count=0,
            )
        if run and is_exception and glue == SIDE_BY_SIDE and not (group.has_noun or group.is_named):
            reader.ask("Does the last condition say what is left out, or what is shipped?", count=0)
        if run and is_exception and glue in {"and", ","}:
            reader.ask("Is an order left out when both hold, or when one does?", count=0)
        if run:
            parts.append(any_of([one.node for one in run]))
        column, run = term.column, [term]
        seen.add(column)
    parts.append(any_of([one.node for one in run]))
    _ask_about_nothing(reader, known, group, parts)
    return all_of(parts)


def _may_narrow(reader: Reader, known: Known, term: Term, run: Sequence[Term], *, is_exception: bool) -> bool:
    """Judge "over 10 lb and under 20 lb": it narrows, and that is no union; anything else is asked about."""
    both = all_of([run[-1].node, term.node])
    if is_exception or len(run) > 1 or (term.column in _RANGES and not known.count(both)):
        reader.ask("Do both have to hold, or is one enough? Say “or” for one.", count=0)
    if term.column not in _RANGES and not known.is_same(both, any_of([run[-1].node, term.node])):
        reader.ask("Do both have to hold, or is one enough? Say “or” for one.", count=0)
    return False


def _ask_about_nothing(reader: Reader, known: Known, group: Group, parts: Sequence[Node]) -> None:
    """Ask about two conditions on one column that no order meets: "Texas orders to California"."""
    columns = [term.column for term in group.terms]
    if len(parts) > 1 and len(set(columns)) < len(columns) and not known.count(all_of(parts)):
        reader.ask("No order can meet all of this. Which of the conditions are meant?", count=0)


def _split(group: Group) -> list[list[Term]]:
    parts: list[list[Term]] = [[]]
    for term, glue in zip(group.terms, group.glue, strict=True):
        if glue == "or":
            parts.append([])
        parts[-1].append(term)
    return parts


def _plain_all(terms: Sequence[Term]) -> Node:
    return all_of([term.node for term in terms])


def _by_column(group: Group) -> Node | None:
    """Return the reading in which "or" joins only the two conditions beside it."""
    if group.glue[1:].count("or") != 1:
        return None
    at = group.glue.index("or", 1)
    pair = any_of([group.terms[at - 1].node, group.terms[at].node])
    rest = [term.node for n, term in enumerate(group.terms) if n not in {at - 1, at}]
    return all_of([*rest, pair])
