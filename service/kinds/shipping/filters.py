"""The filter: a tree of typed comparisons that says which orders are meant, and nothing else.

    {"all": [node…]}   every one holds (an empty list holds always)
    {"any": [node…]}   at least one holds
    {"not": node}      exactly the rows that `node` does not select, so a blank stays in
    {"field": "weight", "op": "gt", "value": 50}

A blank cell matches no comparison but `is_blank`. `compile_filter` makes SQL with every value as a parameter;
`selects` decides the same for one order in Python (the tests hold the two together).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from service.kinds.shipping.codes import shipping_error
from service.kinds.shipping.folding import fold
from service.kinds.shipping.mapping import Field
from service.kinds.shipping.orders import Key, Order, column_names
from service.kinds.shipping.places import STATES_BY_COUNTRY, country_code, states_by_name

Node = dict[str, Any]
ANY_ORDER: Final[Node] = {"all": []}
MAX_DEPTH: Final = 12
MAX_NODES: Final = 500
MAX_VALUES: Final = 2_000
MAX_TEXT: Final = 500
BLANK_OPS: Final = frozenset({"is_blank", "is_not_blank"})
LIST_OPS: Final = frozenset({"in", "not_in"})
ORDER_OPS: Final = frozenset({"gt", "gte", "lt", "lte", "between"})
TEXT_OPS: Final = frozenset({"contains", "starts_with", "ends_with"})
_SAME: Final = frozenset({"eq", "neq"})
OPS_BY_TYPE: Final[Mapping[str, frozenset[str]]] = {
    "text": _SAME | LIST_OPS | TEXT_OPS | ORDER_OPS | BLANK_OPS,
    "identifier": _SAME | LIST_OPS | TEXT_OPS | ORDER_OPS | BLANK_OPS,
    "number": _SAME | LIST_OPS | ORDER_OPS | BLANK_OPS,
    "date": _SAME | LIST_OPS | ORDER_OPS | BLANK_OPS,
    "state": _SAME | LIST_OPS | BLANK_OPS,
    "country": _SAME | LIST_OPS | BLANK_OPS,
}
OPS: Final = ("eq", "neq", "gt", "gte", "lt", "lte", "in", "not_in", "contains", "starts_with", "ends_with",
              "is_blank", "is_not_blank", "between")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Leaf:
    """One comparison, checked: `values` are as they are compared (`given`: as they were said), `by_number` says by
    which of the two columns."""

    field: Field
    op: str
    values: tuple[Key, ...]
    by_number: bool
    given: tuple[Any, ...] = ()


def leaf(field: str, op: str, value: Any = None) -> Node:
    """Return a comparison as a tree node."""
    return {"field": field, "op": op} if op in BLANK_OPS else {"field": field, "op": op, "value": value}


def all_of(nodes: Sequence[Node]) -> Node:
    """Return the node that holds when every one of `nodes` does."""
    return nodes[0] if len(nodes) == 1 else {"all": list(nodes)}


def any_of(nodes: Sequence[Node]) -> Node:
    """Return the node that holds when one of `nodes` does."""
    return nodes[0] if len(nodes) == 1 else {"any": list(nodes)}


def compile_filter(node: Any, fields: Mapping[str, Field]) -> tuple[str, list[Key]]:
    """Return an SQL condition, always true or false, and its parameters; raises JobError `filter_invalid`."""
    check(node, fields)
    values: list[Key] = []
    positions = {name: number for number, name in enumerate(fields)}
    return _sql(node, fields, positions, values), values


def selects(node: Any, order: Order, fields: Mapping[str, Field]) -> bool:
    """Tell whether a filter selects an order: what the SQL says, said in Python."""
    if "all" in node:
        return all(selects(one, order, fields) for one in node["all"])
    if "any" in node:
        return any(selects(one, order, fields) for one in node["any"])
    if "not" in node:
        return not selects(node["not"], order, fields)
    found = read_leaf(node, fields)
    name = found.field.name
    if found.op in BLANK_OPS:
        return (name not in order.texts) == (found.op == "is_blank")
    have = order.numbers[name] if found.by_number else order.keys[name]
    return have is not None and _holds(found.op, have, found.values)


def check(node: Any, fields: Mapping[str, Field]) -> None:
    """Raise JobError `filter_invalid` unless `node` is a filter over these fields."""
    if sum(1 for _ in _checked(node, fields, 1)) > MAX_NODES:
        raise shipping_error("filter_invalid", f"A filter may have {MAX_NODES} nodes.")


def read_leaf(node: Mapping[str, Any], fields: Mapping[str, Field]) -> Leaf:
    """Return a comparison, checked and typed; raises JobError `filter_invalid`."""
    name, op = node.get("field"), node.get("op")
    if not isinstance(name, str) or name not in fields:
        raise shipping_error("filter_invalid", f"There is no field {name!r}.")
    field = fields[name]
    if not isinstance(op, str) or op not in OPS_BY_TYPE[field.type]:
        raise shipping_error("filter_invalid", f"{field.label} cannot be compared by {op!r}.")
    if op in BLANK_OPS:
        if "value" in node:
            raise shipping_error("filter_invalid", f"{op} takes no value.")
        return Leaf(field, op, (), by_number=False)
    given = _given(op, node.get("value"))
    by_number = field.type == "number" or (op in ORDER_OPS and field.type in {"text", "identifier"})
    values = tuple(_number(one, field) if by_number else _key(one, field) for one in given)
    return Leaf(field, op, values, by_number, tuple(given))


def _checked(node: Any, fields: Mapping[str, Field], depth: int) -> Iterator[None]:
    yield None
    if not isinstance(node, dict) or depth > MAX_DEPTH:
        raise shipping_error("filter_invalid", f"A filter is an object, at most {MAX_DEPTH} deep.")
    for name in ("all", "any"):
        if name in node:
            if len(node) != 1 or not isinstance(node[name], list) or (name == "any" and not node[name]):
                raise shipping_error("filter_invalid", f"{name!r} stands alone and has a list.")
            for one in node[name]:
                yield from _checked(one, fields, depth + 1)
            return
    if "not" in node:
        if len(node) != 1:
            raise shipping_error("filter_invalid", "'not' stands alone.")
        yield from _checked(node["not"], fields, depth + 1)
        return
    unknown = set(node) - {"field", "op", "value"}
    if unknown:
        raise shipping_error(
            "filter_invalid", f"A comparison has no member {', '.join(sorted(map(str, unknown)))}."
        )
    read_leaf(node, fields)


def _given(op: str, value: Any) -> list[Any]:
    if op in LIST_OPS:
        if not isinstance(value, list) or not 0 < len(value) <= MAX_VALUES:
            raise shipping_error("filter_invalid", f"{op} takes a list of 1 to {MAX_VALUES} values.")
        return value
    if op == "between":
        if not isinstance(value, list) or len(value) != 2:
            raise shipping_error("filter_invalid", "between takes a list of two values.")
        return value
    return [value]


def _number(value: Any, field: Field) -> float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or value != value or abs(value) > 1e15:  # noqa: PLR0124 (not a number is not itself)
        raise shipping_error("filter_invalid", f"{field.label} is compared with numbers, not with {value!r}.")
    return float(value)


def _key(value: Any, field: Field) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or len(value) > MAX_TEXT or not fold(value):
        raise shipping_error("filter_invalid", f"{field.label} is compared with a text, not with {value!r}.")
    if field.type == "country":
        return country_code(value) or fold(value).upper()
    if field.type == "state":
        codes = (states_by_name(country).get(fold(value)) for country in STATES_BY_COUNTRY)
        return next((code for code in codes if code), fold(value).upper())
    return fold(value)


def _sql(node: Node, fields: Mapping[str, Field], positions: Mapping[str, int], values: list[Key]) -> str:
    for name, glue, empty in (("all", " AND ", "1"), ("any", " OR ", "0")):
        if name in node:
            parts = [_sql(one, fields, positions, values) for one in node[name]]
            return f"({glue.join(parts)})" if parts else empty
    if "not" in node:
        return f"(NOT {_sql(node['not'], fields, positions, values)})"
    found = read_leaf(node, fields)
    text, key, number = column_names(positions[found.field.name])
    if found.op in BLANK_OPS:
        return f"({text} IS {'NOT ' if found.op == 'is_not_blank' else ''}NULL)"
    column = number if found.by_number else key
    values.extend(_parameters(found))
    return f"({column} IS NOT NULL AND {_comparison(found, column)})"


_PATTERNS: Final = {
    "eq": "{c} = ?", "neq": "{c} <> ?", "gt": "{c} > ?", "gte": "{c} >= ?", "lt": "{c} < ?", "lte": "{c} <= ?",
    "between": "{c} BETWEEN ? AND ?", "contains": "instr({c}, ?) > 0",
    "starts_with": "substr({c}, 1, length(?)) = ?", "ends_with": "substr({c}, -length(?)) = ?",
}  # fmt: skip


def _comparison(found: Leaf, column: str) -> str:
    if found.op in LIST_OPS:
        marks = ", ".join("?" * len(found.values))
        return f"{column} {'NOT ' if found.op == 'not_in' else ''}IN ({marks})"
    return _PATTERNS[found.op].format(c=column)


def _parameters(found: Leaf) -> Iterable[Key]:
    twice = found.op in {"starts_with", "ends_with"}
    return found.values * 2 if twice else found.values


def _holds(op: str, have: Any, values: Sequence[Any]) -> bool:
    return bool(_MEANINGS[op](have, values))


_MEANINGS: Final[Mapping[str, Callable[[Any, Sequence[Any]], bool]]] = {
    "eq": lambda have, values: have in values,
    "in": lambda have, values: have in values,
    "neq": lambda have, values: have not in values,
    "not_in": lambda have, values: have not in values,
    "between": lambda have, values: values[0] <= have <= values[1],
    "contains": lambda have, values: values[0] in have,
    "starts_with": lambda have, values: have.startswith(values[0]),
    "ends_with": lambda have, values: have.endswith(values[0]),
    "gt": lambda have, values: have > values[0],
    "gte": lambda have, values: have >= values[0],
    "lt": lambda have, values: have < values[0],
    "lte": lambda have, values: have <= values[0],
}
