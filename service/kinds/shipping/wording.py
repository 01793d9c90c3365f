"""Say a filter in words. The words come from the tree that runs, never from what a person or a model wrote."""

from collections.abc import Mapping
from typing import Any, Final

from service.kinds.shipping.filters import LIST_OPS, Leaf, Node, read_leaf
from service.kinds.shipping.mapping import Field
from service.kinds.shipping.places import country_names, state_name

MAX_LISTED: Final = 12
_VERBS: Final = {
    "eq": "is", "neq": "is not", "in": "is", "not_in": "is not", "contains": "contains",
    "starts_with": "starts with", "ends_with": "ends with", "gt": "is over", "gte": "is at least",
    "lt": "is under", "lte": "is at most", "between": "is between",
}  # fmt: skip


def explain(node: Node, service: str | None, fields: Mapping[str, Field]) -> str:
    """Return one sentence that says which orders are selected and how they go."""
    how = f"Ship by {service}" if service else "Ship by the service of each row"
    if node == {"all": []}:
        return f"{how}: every order."
    if "not" in node:
        return f"{how}: every order, except those where {said(node['not'], fields)}."
    return f"{how}: orders where {said(node, fields)}."


def said(node: Node, fields: Mapping[str, Field], *, is_inner: bool = False) -> str:
    """Return a filter as a clause."""
    if "all" in node:
        return _all(node["all"], fields, is_inner=is_inner)
    if "any" in node:
        text = " or ".join(said(one, fields, is_inner=True) for one in node["any"])
        return f"({text})" if is_inner else text
    if "not" in node:
        return f"not ({said(node['not'], fields)})"
    return _leaf(read_leaf(node, fields))


def _all(nodes: list[Node], fields: Mapping[str, Field], *, is_inner: bool) -> str:
    if not nodes:
        return "every order"
    kept = [said(one, fields, is_inner=True) for one in nodes if "not" not in one]
    away = [said(one["not"], fields) for one in nodes if "not" in one]
    text = " and ".join(kept) or "every order counts"
    text += "".join(f", except those where {one}" for one in away)
    return f"({text})" if is_inner and len(nodes) > 1 else text


def _leaf(found: Leaf) -> str:
    label = found.field.label
    if found.op == "is_blank":
        return f"{label} is blank"
    if found.op == "is_not_blank":
        return f"{label} is filled in"
    is_coded = found.by_number or found.field.type in {"state", "country"}
    given = found.values if is_coded else found.given
    values = [shown(value, found.field, by_number=found.by_number) for value in given]
    if found.op == "between":
        return f"{label} is between {values[0]} and {values[1]} (both included)"
    if found.op in LIST_OPS and len(values) > MAX_LISTED:
        values = [*values[:MAX_LISTED], f"{len(values) - MAX_LISTED} more"]
    glue = " nor " if found.op == "not_in" else " or "
    text = ", ".join(values[:-1]) + (glue if len(values) > 1 else "") + values[-1]
    return f"{label} {_VERBS[found.op]} {text}"


def shown(value: Any, field: Field, *, by_number: bool) -> str:
    """Return a value as a person reads it: `California (CA)`, `50 lb`, `$200`."""
    if by_number:
        number = (
            f"{value:,.4f}".rstrip("0").rstrip(".")
            if field.name == "weight"
            else f"{value:,.2f}".removesuffix(".00")
        )
        if field.name == "weight":
            return f"{number} lb"
        if field.name == "total":
            return f"${number}" if field.unit in (None, "USD") else f"{number} {field.unit}"
        return f"{value:.15g}"
    if field.type == "state":
        name = state_name(str(value))
        return f"{name} ({value})" if name != value and len(value) < 4 else name
    if field.type == "country":
        return country_names().get(str(value), str(value))
    return f"“{value}”" if field.type == "text" else str(value)
