"""What the desk needs of a carrier: a rate, a purchase under a key, and a look at what was bought under a key.

The three ways in which a purchase can fail are three exceptions, because they end differently: a refusal is
final and nothing was bought; unavailable means that nothing was bought and that later may be better; unclear
means that nobody here knows, so that a person or a look-up has to decide and nothing is repeated.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Protocol

MAX_LABEL_BYTES = 10 << 20


@dataclass(frozen=True, slots=True)
class Address:
    """Where a parcel comes from or goes to. `country` is an ISO code, `state` a code where the country has them."""

    name: str
    street1: str
    city: str
    state: str
    postal: str
    country: str
    company: str = ""
    street2: str = ""
    phone: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class Shipment:
    """One parcel. `service` is ground, express or overnight; `reference` is the order's number, to be printed."""

    ship_from: Address
    ship_to: Address
    weight_lb: float
    service: str
    reference: str = ""
    contents: str = ""
    value_cents: int = 0


@dataclass(frozen=True, slots=True)
class Rate:
    """A price in US cents. `token` is the carrier's own name for this offer, given back when it is bought."""

    service: str
    cents: int
    token: str = ""
    days: int | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the stored form."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Purchase:
    """A label that was bought. `label_url` is where its image is, None when the label is drawn here."""

    tracking_number: str
    cents: int
    service: str
    carrier: str
    purchase_id: str
    label_url: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the stored form."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Purchase":
        """Read the stored form back; members that are not known are ignored."""
        return cls(**{name: value[name] for name in cls.__slots__ if name in value})


class CarrierError(Exception):
    """The carrier did not do what it was asked."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Refused(CarrierError):  # noqa: N818 (an answer of the carrier, said as one)
    """A clear no: nothing was bought, and the same request would be refused again."""


class Unavailable(CarrierError):  # noqa: N818 (as above)
    """The request was not taken: nothing was bought, and later it may be."""


class Unclear(CarrierError):  # noqa: N818 (as above)
    """The request was sent and no clear answer came: it may have been bought."""


class Carrier(Protocol):
    """The port. Its methods are called in the child and may take as long as the network does."""

    @property
    def name(self) -> str:
        """What it is called in args and on labels."""

    def rate(self, shipment: Shipment) -> Rate:
        """Return what a parcel costs now; raises Refused or Unavailable."""

    def buy(self, shipment: Shipment, rate: Rate, key: str) -> Purchase:
        """Buy a label under an idempotency key; raises Refused, Unavailable or Unclear."""

    def look_up(self, key: str, token: str) -> Purchase | None:
        """Return what was bought under a key, None if nothing was; never buys. Raises Unavailable."""

    def fetch_label(self, purchase: Purchase) -> bytes | None:
        """Return the carrier's own label (PDF or PNG), None when it is to be drawn here. Raises Unavailable."""
