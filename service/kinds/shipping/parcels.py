"""From a row of the sheet to a parcel: the address as carriers want it, and what a person should know beforehand."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from service.kinds.shipping.carriers.port import Address, Shipment
from service.kinds.shipping.folding import fold
from service.kinds.shipping.orders import Order
from service.kinds.shipping.places import country_code, country_names, is_state
from service.kinds.shipping.printing.fonts import unprintable
from service.kinds.shipping.sentence.vocabulary import SERVICES

_POSTAL_FORMS: Final = {
    "US": re.compile(r"\d{5}(-\d{4})?"),
    "CA": re.compile(r"[A-Z]\d[A-Z] ?\d[A-Z]\d"),
    "GB": re.compile(r"[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}"),
}
_SERVICE_NAMES: Final = {
    "standard": "ground",
    "next day": "overnight",
    "nextday": "overnight",
    "expedited": "express",
}
MAX_TEXT: Final = 200


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a row cannot be shipped as it is."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Parcel:
    """One row, ready to be rated; with a problem it is shown and not shipped."""

    row_number: int
    order_id: str
    shipment: Shipment
    problem: Problem | None
    warnings: tuple[str, ...]

    def with_warning(self, warning: str) -> "Parcel":
        """Return the parcel with one warning more."""
        return replace(self, warnings=(*self.warnings, warning))


def parcel_of(order: Order, service: str | None, default_service: str, ship_from: Address) -> Parcel:
    """Return the parcel of a row; `service` is what the sentence named, None takes the row's own."""
    texts = order.texts
    country = country_code(texts.get("country", "")) or ""
    to = Address(
        name=_text(texts, "name") or _text(texts, "company"),
        company=_text(texts, "company"),
        street1=_text(texts, "address1"),
        street2=_text(texts, "address2"),
        city=_text(texts, "city"),
        state=str(order.keys.get("state") or "") if country in {"US", "CA", "AU"} else _text(texts, "state"),
        postal=_text(texts, "postal"),
        country=country,
        phone=_text(texts, "phone"),
        email=_text(texts, "email"),
    )
    warnings: list[str] = []
    chosen = service or _own_service(texts.get("service"), default_service, warnings)
    weight = order.numbers.get("weight")
    shipment = Shipment(
        ship_from,
        to,
        weight or 0.0,
        chosen,
        texts.get("order_id", "")[:40],
        texts.get("items", "")[:100],
        round((order.numbers.get("total") or 0.0) * 100),
    )
    problem = _problem(order, to, weight)
    warnings += _warnings(to, ship_from)
    return Parcel(order.row_number, texts.get("order_id", ""), shipment, problem, tuple(warnings))


def duplicate_key(shipment: Shipment) -> str:
    """Return what two rows have in common when they are probably one order: number, name and address."""
    to = shipment.ship_to
    return fold("|".join((shipment.reference, to.name, to.street1, to.street2, to.postal)))


def _text(texts: Mapping[str, str], name: str) -> str:
    return " ".join(texts.get(name, "").split())[:MAX_TEXT]


def _own_service(text: str | None, default: str, warnings: list[str]) -> str:
    name = fold(text or "")
    known = name if name in SERVICES else _SERVICE_NAMES.get(name)
    if known is None:
        what = f"The service “{text}” is not known here" if text else "No service is named"
        warnings.append(f"{what}: {default} is taken.")
    return known or default


def _problem(order: Order, to: Address, weight: float | None) -> Problem | None:
    missing = [
        label
        for label, value in (
            ("name", to.name),
            ("address", to.street1),
            ("city", to.city),
            ("ZIP", to.postal),
        )
        if not value
    ]
    if missing:
        return Problem("address_incomplete", f"The row has no {', '.join(missing)}.")
    if not to.country:
        text = order.texts.get("country")
        return Problem("country_unknown", f"“{text}” is no country." if text else "The row has no country.")
    if not is_state(to.state, to.country):
        where = country_names()[to.country]
        return Problem("state_unknown", f"“{order.texts.get('state', '')}” is no state of {where}.")
    if weight is None:
        text = order.texts.get("weight")
        what = f"“{text}” is no weight." if text else "The row has no weight."
        return Problem("weight_unreadable" if text else "weight_missing", what)
    if weight <= 0:
        return Problem("weight_unreadable", "The weight is not above zero.")
    return None


def _warnings(to: Address, ship_from: Address) -> list[str]:
    found = []
    form = _POSTAL_FORMS.get(to.country)
    if form is not None and to.postal and not form.fullmatch(to.postal.upper()):
        found.append(f"“{to.postal}” is no postal code of {country_names()[to.country]}.")
    if to.country and to.country != ship_from.country:
        found.append("Goes abroad: customs papers are needed.")
    odd = unprintable("".join((to.name, to.company, to.street1, to.street2, to.city)))
    if odd:
        found.append(f"The label's fonts have no {odd[:10]}: it is printed as a question mark.")
    return found


def shipment_from_json(value: Mapping[str, Any]) -> Shipment:
    """Read a stored shipment back."""
    addresses = {name: Address(**value[name]) for name in ("ship_from", "ship_to")}
    return Shipment(**{**value, **addresses})
