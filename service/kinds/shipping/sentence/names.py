"""What a name can mean: a state, a country, a city of the orders, a customer, and often several of them."""

from typing import Final

from service.kinds.shipping.filters import all_of, leaf
from service.kinds.shipping.folding import fold
from service.kinds.shipping.places import (
    STATES_BY_COUNTRY,
    countries_by_name,
    country_names,
    state_name,
    states_by_name,
)
from service.kinds.shipping.sentence.known import Known, Town
from service.kinds.shipping.sentence.reader import Reader
from service.kinds.shipping.sentence.terms import Reading

SMALL_WORDS: Final = frozenset(
    "in or me hi ok oh as id ma pa la de al co mo so no to at am it is my be by do us an if of on and the".split()  # noqa: SIM905 (a list of thirty quoted words is harder to read)
)
"""Codes that are words as well; they count as codes only when they are written in capitals."""
_CITY_NICKNAMES: Final = {
    "la": "los angeles", "nyc": "new york", "ny city": "new york", "sf": "san francisco", "philly": "philadelphia",
    "vegas": "las vegas", "new york city": "new york", "dc": "washington", "quebec city": "quebec",
}  # fmt: skip


def readings_of(reader: Reader, known: Known, ahead: int, size: int, *, people: bool) -> list[Reading]:
    """Return everything that these tokens can name."""
    token = reader.peek(ahead)
    text = token.folded if size == 1 else fold(reader.text(size, ahead))
    if size == 1 and not _may_be_code(reader, ahead):
        return []
    own, text = text, text.removesuffix("'s") if people else text
    plain = text.replace(",", "").replace(".", "")
    found = _states(plain) or _other_state(known, text)
    found += countries_of(text, plain) + _cities(known, text)
    if people:
        found += [
            Reading(field, leaf(field, "eq", name), f"{label} “{name}”", f'whose {field} is "{name}"')
            for field, label in (("name", "the customer"), ("company", "the company"))
            for name in dict.fromkeys((own, text))
            if known.has(field, name)
        ]
    return found


def _may_be_code(reader: Reader, ahead: int) -> bool:
    token = reader.peek(ahead)
    if token.folded not in SMALL_WORDS:
        return True
    if token.folded == "us" and reader.peek(ahead - 1).folded in {"the", "outside", "non"}:
        return True
    return token.text.isupper() and not reader.sentence.isupper()


def _states(plain: str) -> list[Reading]:
    found = []
    for country in STATES_BY_COUNTRY:
        names = states_by_name(country)
        code = names.get(plain) or names.get(plain.removesuffix(" state").removesuffix(" province"))
        if code is not None:
            name = state_name(code, country)
            node = all_of([leaf("state", "eq", code), leaf("country", "eq", country)])
            found.append(Reading("state", node, name, plain_name(code, country), code, country))
    return found


def plain_name(code: str, country: str) -> str:
    """Return a state's name as nobody can take it for a city or a country."""
    name = state_name(code, country)
    if country == "US":
        return f"{name} state" if name in {"New York", "Washington", "Georgia"} else name
    return f"the state of {name}"


def _other_state(known: Known, text: str) -> list[Reading]:
    """Return a state, province or county that only the orders know."""
    if not known.has_state(text):
        return []
    code = fold(text).upper()
    return [Reading("state", leaf("state", "eq", code), state_name(code), f"the state of {text}", code, None)]


def countries_of(text: str, plain: str) -> list[Reading]:
    """Return the country that a text names, in a list, or an empty list."""
    code = countries_by_name().get(text) or countries_by_name().get(plain)
    if code is None:
        return []
    name = country_names()[code]
    node = leaf("country", "eq", code)
    return [Reading("country", node, name, f'orders whose country is "{name}"', None, code)]


def _cities(known: Known, text: str) -> list[Reading]:
    towns = known.towns(text)
    if not towns:
        towns = known.towns(
            _CITY_NICKNAMES.get(text, text.removesuffix(" city") if text.endswith(" city") else "")
        )
    return [_city(town, is_only=len(towns) == 1) for town in towns]


def _city(town: Town, *, is_only: bool) -> Reading:
    where = state_name(town.state, town.country) if town.state else None
    land = country_names().get(town.country or "", town.country)
    parts = [leaf("city", "eq", town.name)]
    if not is_only:
        parts.append(leaf("state", "eq", town.state) if town.state else leaf("state", "is_blank"))
        parts.append(leaf("country", "eq", town.country) if town.country else leaf("country", "is_blank"))
    label = f"the city {town.name}" + (f", {where}" if where else "") + (f" ({land})" if land else "")
    phrase = f"the city of {town.name}, {where or land}"
    return Reading("city", all_of(parts), label, phrase, town.state, town.country)
