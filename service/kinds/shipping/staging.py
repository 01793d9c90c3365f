"""Put a bought label into the job's folder, durably, before its row is said to be done."""

import os
import re
from pathlib import Path
from typing import Any, Final

from service.kinds.shipping.carriers.port import Carrier, Purchase, Shipment
from service.kinds.shipping.printing.labels import Label, label_pdf, pdf_of_carrier_label

FOLDER: Final = "labels"
_NUMBER: Final = re.compile(r"[A-Za-z0-9]{4,64}")


def label_path(work_dir: Path, tracking_number: str) -> Path:
    """Return where a label is; raises ValueError for what is no tracking number (it may come from a URL)."""
    if not _NUMBER.fullmatch(tracking_number):
        raise ValueError(f"not a tracking number: {tracking_number[:80]!r}")
    return work_dir / FOLDER / f"{tracking_number}.pdf"


def number_of(output: Any) -> str | None:
    """Return the tracking number of a row's output; a person who decides a row may have given anything, or nothing."""
    number = output.get("tracking_number") if isinstance(output, dict) else None
    return number if isinstance(number, str) and _NUMBER.fullmatch(number) else None


def cents_of(output: Any) -> int:
    """Return what a row cost; 0 when nobody has said."""
    cents = output.get("cost_cents") if isinstance(output, dict) else None
    return cents if isinstance(cents, int) and not isinstance(cents, bool) else 0


def is_label_missing(output: Any) -> bool:
    """Tell whether a row was bought and its label could not be put into place."""
    return isinstance(output, dict) and output.get("is_label_missing") is True


def stage_label(work_dir: Path, carrier: Carrier, shipment: Shipment, purchase: Purchase) -> Path:
    """Draw or fetch the label and put it into its place in one step.

    Raises CarrierError when the carrier's label cannot be had, ValueError when it is no PDF or PNG, OSError.
    """
    place = label_path(work_dir, purchase.tracking_number)
    place.parent.mkdir(parents=True, exist_ok=True)
    own = carrier.fetch_label(purchase)
    is_sample = carrier.name == "sandbox"
    content = pdf_of_carrier_label(own) if own else label_pdf(Label(shipment, purchase, is_sample=is_sample))
    part = place.with_suffix(".part")
    with part.open("wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    part.replace(place)
    return place
