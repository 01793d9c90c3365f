"""What the configuration may say to this kind (`kind_settings.shipping`), checked once and in one place."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final

from service.kinds.shipping.carriers.port import Address, Carrier
from service.kinds.shipping.codes import shipping_error
from service.model.errors import JobError

SAMPLE_SENDER: Final = Address(
    name="Nowserving Sample Goods",
    street1="1 Market Street",
    city="San Francisco",
    state="CA",
    postal="94105",
    country="US",
)
_ADDRESS_NAMES: Final = frozenset(one.name for one in fields(Address))


@dataclass(frozen=True, slots=True)
class ShippingSettings:
    """Every setting; docs/kinds/shipping.md says what each is for."""

    easypost_key: str | None = None
    easypost_url: str | None = None
    sandbox_url: str | None = None
    carrier_timeout_seconds: float = 60.0
    endpoint_url: str | None = None
    endpoint_model: str | None = None
    endpoint_key: str | None = None
    ship_from: Address | None = None

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> "ShippingSettings":
        """Check what was configured; raises JobError `kind_setting_invalid`."""
        known = {one.name for one in fields(cls)}
        unknown = sorted(set(given) - known)
        if unknown:
            raise _invalid(
                f"There is no setting shipping.{unknown[0]}; there are {', '.join(sorted(known))}."
            )
        values: dict[str, Any] = {name: each for name, each in given.items() if each not in (None, "")}
        if "ship_from" in values:
            values["ship_from"] = address_of(values["ship_from"])
        try:
            values["carrier_timeout_seconds"] = float(values.get("carrier_timeout_seconds", 60.0))
        except (TypeError, ValueError):
            raise _invalid("shipping.carrier_timeout_seconds is a number.") from None
        if not all(
            isinstance(values.get(name, ""), str)
            for name in known
            if name.endswith(("_key", "_url", "_model"))
        ):
            raise _invalid("The keys, addresses and models of shipping are texts.")
        return cls(**values)


def address_of(value: Any) -> Address:
    """Return a sender's address from settings or args; raises JobError `kind_setting_invalid`."""
    if not isinstance(value, Mapping) or not set(value) <= _ADDRESS_NAMES:
        raise _invalid(f"ship_from has the members {', '.join(sorted(_ADDRESS_NAMES))}.")
    texts = {name: str(text).strip() for name, text in value.items() if text}
    missing = [
        name for name in ("name", "street1", "city", "state", "postal", "country") if not texts.get(name)
    ]
    if missing:
        raise _invalid(f"ship_from has no {', '.join(missing)}.")
    return Address(**texts)


def carrier_of(name: str, settings: ShippingSettings, shared_dir: Path) -> Carrier:
    """Return the carrier of that name; raises JobError `carrier_not_configured`."""
    if name == "easypost":
        from service.kinds.shipping.carriers.easypost import EasyPostCarrier

        if not settings.easypost_key:
            raise shipping_error("carrier_not_configured", "EasyPost needs its key in shipping.easypost_key.")
        return EasyPostCarrier(
            settings.easypost_key,
            api_base=settings.easypost_url,
            timeout_seconds=max(1, int(settings.carrier_timeout_seconds)),
        )
    if settings.sandbox_url:
        from service.kinds.shipping.carriers.sandbox_client import SandboxClient

        return SandboxClient(settings.sandbox_url, timeout_seconds=settings.carrier_timeout_seconds)
    from service.kinds.shipping.carriers.sandbox import Ledger, SandboxCarrier

    return SandboxCarrier(Ledger(shared_dir / "sandbox-ledger.db"))


def _invalid(message: str) -> JobError:
    return JobError(
        "kind_setting_invalid", message, remediation="docs/kinds/shipping.md lists every setting."
    )
