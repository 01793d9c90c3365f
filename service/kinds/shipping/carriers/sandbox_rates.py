"""The sandbox carrier's price list: deterministic, integer cents, with zones, so that tests can compute it."""

from service.kinds.shipping.carriers.port import Refused, Shipment
from service.kinds.shipping.places import is_state

MAX_WEIGHT_LB = 150
_BASE_CENTS = {"ground": 540, "express": 1290, "overnight": 2450}
_CENTS_PER_LB = {"ground": 38, "express": 95, "overnight": 160}
_DAYS = {"ground": 4, "express": 2, "overnight": 1}
_ABROAD_CENTS = 1850


def zone(shipment: Shipment) -> int:
    """Return the zone, 1 (near) to 9 at home by the first digits of the two ZIPs, 10 abroad."""
    here, there = shipment.ship_from, shipment.ship_to
    if here.country != there.country:
        return 10
    if not (here.postal[:1].isdigit() and there.postal[:1].isdigit()):
        return 5
    return 1 + abs(int(here.postal[0]) - int(there.postal[0])) * 8 // 9


def price_cents(shipment: Shipment) -> int:
    """Return the price: a base, each pound begun, and a tenth more for each zone beyond the first."""
    pounds = -int(-shipment.weight_lb // 1)
    plain = _BASE_CENTS[shipment.service] + _CENTS_PER_LB[shipment.service] * max(1, pounds)
    abroad = _ABROAD_CENTS if zone(shipment) == 10 else 0
    return plain * (9 + zone(shipment)) // 10 + abroad


def days(shipment: Shipment) -> int:
    """Return how many days a parcel takes."""
    return _DAYS[shipment.service] + (4 if zone(shipment) == 10 else 0)


def judge(shipment: Shipment) -> None:
    """Raise Refused for a parcel that the sandbox carrier does not take."""
    to = shipment.ship_to
    missing = [name for name in ("name", "street1", "city", "postal", "country") if not getattr(to, name)]
    if missing:
        raise Refused("address_incomplete", f"The address has no {', '.join(missing)}.")
    if not is_state(to.state, to.country):
        raise Refused("address_unknown", f"{to.state or 'A blank'} is no state of {to.country}.")
    if not 0 < shipment.weight_lb <= MAX_WEIGHT_LB:
        raise Refused(
            "weight_out_of_range", f"Parcels weigh up to {MAX_WEIGHT_LB} lb, this one {shipment.weight_lb:g}."
        )
    if shipment.service not in _BASE_CENTS:
        raise Refused("service_unknown", f"There is no service {shipment.service!r}.")
    if shipment.service == "overnight" and to.country != shipment.ship_from.country:
        raise Refused("service_unavailable", "Overnight goes to addresses in the sender's country only.")
