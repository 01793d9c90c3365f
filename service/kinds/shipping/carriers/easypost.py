"""EasyPost through its own SDK. A shipment is made for its rates, and bought by its id: EasyPost sells it once.

Source of the API: https://docs.easypost.com (v2). Offers are named `shp_…/rate_…`; the shipment's id is what
makes a purchase idempotent, since a shipment that has a label is refused a second one.
"""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, ClassVar
from urllib.parse import urlsplit

from service.kinds.shipping.carriers.port import (
    MAX_LABEL_BYTES,
    Address,
    CarrierError,
    Purchase,
    Rate,
    Refused,
    Shipment,
    Unavailable,
    Unclear,
)

TIMEOUT_SECONDS = 60
_OUNCES_PER_POUND = 16
_SERVICES: Mapping[str, frozenset[str]] = {
    "ground": frozenset({"GroundAdvantage", "ParcelSelect", "Ground", "UPSGround", "GroundSaver", "FEDEX_GROUND",
                         "GROUND_HOME_DELIVERY", "First", "FirstClassPackageInternationalService", "UPSStandard",
                         "RegularParcel", "ExpeditedParcel"}),
    "express": frozenset({"Priority", "2ndDayAir", "2ndDayAirAM", "3DaySelect", "FEDEX_2_DAY", "FEDEX_EXPRESS_SAVER",
                          "PriorityMailInternational", "Xpresspost", "UPSWorldwideExpedited",
                          "INTERNATIONAL_ECONOMY"}),
    "overnight": frozenset({"Express", "NextDayAir", "NextDayAirSaver", "NextDayAirEarlyAM", "STANDARD_OVERNIGHT",
                            "PRIORITY_OVERNIGHT", "FIRST_OVERNIGHT"}),
}  # fmt: skip


class EasyPostCarrier:
    """The carrier account behind an EasyPost key."""

    name: ClassVar[str] = "easypost"

    def __init__(
        self, api_key: str, *, api_base: str | None = None, timeout_seconds: int = TIMEOUT_SECONDS
    ) -> None:
        from easypost.easypost_client import EasyPostClient

        more = {"api_base": api_base} if api_base else {}
        self._client = EasyPostClient(api_key, timeout=timeout_seconds, **more)
        self._is_plain_http_allowed = bool(api_base and api_base.startswith("http://"))
        self._timeout_seconds = timeout_seconds

    def rate(self, shipment: Shipment) -> Rate:
        """Make a shipment and return its cheapest rate of the wanted service."""
        try:
            made = self._client.shipment.create(**_as_params(shipment))
        except Exception as error:  # every error of the SDK is judged in one place
            judged = _judged(error)
            is_unclear = isinstance(judged, Unclear)  # a shipment that was only made costs nothing
            raise (Unavailable(judged.code, judged.message) if is_unclear else judged) from error
        offers = [
            rate
            for rate in made.rates
            if rate.service in _SERVICES[shipment.service] and rate.currency == "USD"
        ]
        if not offers:
            has = ", ".join(sorted({str(rate.service) for rate in made.rates})) or "nothing"
            raise Refused("service_unavailable", f"No {shipment.service} rate was offered; there is {has}.")
        best = min(offers, key=lambda rate: (cents_of(rate.rate), rate.id))
        return Rate(shipment.service, cents_of(best.rate), f"{made.id}/{best.id}", best.delivery_days)

    def buy(self, shipment: Shipment, rate: Rate, key: str) -> Purchase:
        """Buy the offer that `rate` names."""
        shipment_id, _, rate_id = rate.token.partition("/")
        try:
            bought = self._client.shipment.buy(shipment_id, rate={"id": rate_id})
        except Exception as error:  # every error of the SDK is judged in one place
            raise _judged(error) from error
        purchase = _purchase(bought)
        if purchase is None:
            raise Unclear("no_tracking_number", "EasyPost answered without a tracking number.")
        return purchase

    def look_up(self, key: str, token: str) -> Purchase | None:
        """Return what became of the shipment that an offer belongs to."""
        try:
            return _purchase(self._client.shipment.retrieve(token.partition("/")[0]))
        except Exception as error:  # every error of the SDK is judged in one place
            judged = _judged(error)
            raise Unavailable(judged.code, judged.message) from error

    def fetch_label(self, purchase: Purchase) -> bytes | None:
        """Download the label (PDF or PNG)."""
        import requests
        from urllib3.exceptions import HTTPError

        url = purchase.label_url or ""
        if urlsplit(url).scheme != "https" and not self._is_plain_http_allowed:
            raise Unavailable("label_unavailable", "The carrier named no label that can be fetched.")
        try:
            with requests.get(url, timeout=self._timeout_seconds, stream=True) as response:
                response.raise_for_status()
                content = response.raw.read(MAX_LABEL_BYTES + 1, decode_content=True)
        except (requests.RequestException, HTTPError) as error:  # while it is read, it breaks as urllib3 says
            raise Unavailable("label_unavailable", f"The label cannot be fetched: {error}") from error
        if len(content) > MAX_LABEL_BYTES:
            raise Unavailable("label_unavailable", f"The label has more than {MAX_LABEL_BYTES} bytes.")
        return bytes(content)


def cents_of(text: str) -> int:
    """Return a price in whole cents; EasyPost writes prices as decimal strings in dollars."""
    return int((Decimal(text) * 100).quantize(Decimal(1), ROUND_HALF_UP))


def _purchase(bought: Any) -> Purchase | None:
    if not getattr(bought, "tracking_code", None):
        return None
    rate, label = bought.selected_rate, bought.postage_label
    url = (label.label_pdf_url or label.label_url) if label else None
    return Purchase(
        bought.tracking_code, cents_of(rate.rate), rate.service, f"{rate.carrier}", bought.id, url
    )


def _as_params(shipment: Shipment) -> dict[str, Any]:
    params: dict[str, Any] = {
        "from_address": _address(shipment.ship_from),
        "to_address": _address(shipment.ship_to),
        "parcel": {"weight": round(shipment.weight_lb * _OUNCES_PER_POUND, 1)},
        "options": {"label_format": "PDF", "label_size": "4x6", "print_custom_1": shipment.reference},
        "reference": shipment.reference,
    }
    if shipment.ship_to.country != shipment.ship_from.country:
        params["customs_info"] = _customs(shipment)
    return params


def _address(address: Address) -> dict[str, str]:
    return {
        "name": address.name, "company": address.company, "street1": address.street1, "street2": address.street2,
        "city": address.city, "state": address.state, "zip": address.postal, "country": address.country,
        "phone": address.phone, "email": address.email,
    }  # fmt: skip


def _customs(shipment: Shipment) -> dict[str, Any]:
    item = {
        "description": shipment.contents[:45] or "Merchandise",
        "quantity": 1,
        "value": f"{shipment.value_cents / 100:.2f}",
        "weight": round(shipment.weight_lb * _OUNCES_PER_POUND, 1),
        "origin_country": shipment.ship_from.country,
    }
    return {"contents_type": "merchandise", "customs_certify": True, "customs_signer": shipment.ship_from.name,
            "eel_pfc": "NOEEI 30.37(a)", "customs_items": [item]}  # fmt: skip


def _judged(error: Exception) -> CarrierError:
    """Say what an error of the SDK means for a purchase: refused, unavailable, or nobody knows."""
    from easypost.errors.api.api_error import ApiError
    from easypost.errors.api.rate_limit_error import RateLimitError
    from easypost.errors.api.unauthorized_error import UnauthorizedError

    if isinstance(error, UnauthorizedError):
        return Unavailable("carrier_not_configured", "EasyPost does not accept the key.")
    if isinstance(error, RateLimitError):
        return Unavailable("carrier_unavailable", "EasyPost takes no more requests for now.")
    status = error.http_status if isinstance(error, ApiError) else None
    if status is not None and 400 <= status < 500 and status not in {408, 409}:
        return Refused(str(getattr(error, "code", None) or "refused").lower(), _message(error))
    if _was_never_sent(error):
        return Unavailable("carrier_unavailable", "EasyPost cannot be reached.")
    return Unclear("no_answer", f"No clear answer came from EasyPost: {_message(error)}")


def _message(error: Exception) -> str:
    """Return what is wrong, with EasyPost's field errors, which are objects or plain strings."""
    text = str(getattr(error, "message", None) or error)
    for one in getattr(error, "errors", None) or ():
        detail = (
            one if isinstance(one, str) else f"{one.get('field', '')}: {one.get('message', '')}".strip(": ")
        )
        text += f" ({detail})"
    return text[:500]


def _was_never_sent(error: BaseException) -> bool:
    """Tell whether the connection was never made; the SDK hides that behind an error of its own."""
    from requests.exceptions import ConnectTimeout
    from urllib3.exceptions import NewConnectionError

    seen: list[BaseException] = []
    queue: list[BaseException | None] = [error]
    while queue:
        one = queue.pop()
        if one is None or one in seen:
            continue
        if isinstance(one, ConnectTimeout | NewConnectionError):
            return True
        seen.append(one)
        reason = getattr(one, "reason", None)
        inner = one.args[0] if one.args and isinstance(one.args[0], BaseException) else None
        queue += [
            one.__cause__,
            one.__context__,
            inner,
            reason if isinstance(reason, BaseException) else None,
        ]
    return False
