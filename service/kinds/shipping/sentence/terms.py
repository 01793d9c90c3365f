"""What a piece of a sentence adds to the filter."""

from collections.abc import Sequence
from dataclasses import dataclass

from service.kinds.shipping.filters import Node, all_of, any_of, leaf


@dataclass(frozen=True, slots=True)
class Term:
    """One condition. `column` says about what (place, weight …); `is_list` that "and" between two of its sort joins
    them, as in "California and Texas"; `is_bare` that it is a number alone, which may lean on a comparison before it
    ("over 10 lb or $500"); `is_negated` that a "not" stands before it, which may reach further."""

    node: Node
    column: str
    is_list: bool = False
    is_bare: bool = False
    is_negated: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """One thing that a name can mean: `node` selects it, `label` says it, `phrase` names it without doubt."""

    kind: str
    node: Node
    label: str
    phrase: str
    state: str | None = None
    country: str | None = None


def union_of(readings: Sequence[Reading]) -> Node:
    """Return the node that selects what any of the readings means; states of one country become one list."""
    nodes: list[Node] = []
    states: dict[str, list[str]] = {}
    countries: list[str] = []
    for reading in readings:
        if reading.kind == "state":
            states.setdefault(reading.country or "", []).append(reading.state or "")
        elif reading.kind == "country":
            countries.append(reading.country or "")
        else:
            nodes.append(reading.node)
    for country, codes in states.items():
        named = _one_of("state", codes)
        nodes.append(all_of([named, leaf("country", "eq", country)]) if country else named)
    if countries:
        nodes.append(_one_of("country", countries))
    return any_of(nodes)


def outside_of(readings: Sequence[Reading]) -> Node:
    """Return the node that selects what goes somewhere else; an address that does not say where is not selected."""
    states: dict[str, list[str]] = {}
    for reading in readings:
        if reading.kind == "state" and reading.country is not None:
            states.setdefault(reading.country, []).append(reading.state or "")
    nodes = [_outside_states(country, codes) for country, codes in states.items()]
    countries = [reading.country or "" for reading in readings if reading.kind == "country"]
    if countries:
        nodes.append(
            leaf(
                "country",
                "not_in" if len(countries) > 1 else "neq",
                countries if len(countries) > 1 else countries[0],
            )
        )
    others = [one for one in readings if one.kind != "country" and not (one.kind == "state" and one.country)]
    return all_of([*nodes, *(_outside(reading) for reading in others)])


def _outside_states(country: str, codes: Sequence[str]) -> Node:
    elsewhere = leaf("state", "neq", codes[0]) if len(codes) == 1 else leaf("state", "not_in", list(codes))
    return any_of([leaf("country", "neq", country), all_of([leaf("country", "eq", country), elsewhere])])


def _outside(reading: Reading) -> Node:
    if reading.kind == "state":
        return leaf("state", "neq", reading.state)
    return all_of([leaf("city", "is_not_blank"), {"not": reading.node}])


def _one_of(field: str, values: Sequence[str]) -> Node:
    values = list(dict.fromkeys(values))
    return leaf(field, "eq", values[0]) if len(values) == 1 else leaf(field, "in", values)
