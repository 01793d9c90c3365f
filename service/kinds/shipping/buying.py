"""Buy the rows of a confirmed plan, one after the other, each at most once.

The intent of a row is committed before its purchase is asked for (`items(effect=True)`); a crash in between leaves
the row for a person to decide. What the carrier refused clearly is failed, what it left unclear needs review, and
neither is repeated here.
"""

from collections.abc import Callable, Iterator, Set
from typing import Any, Final

from service.kinds.base import Item, JobContext
from service.kinds.shipping.carriers.port import (
    Carrier,
    CarrierError,
    Purchase,
    Refused,
    Unavailable,
    Unclear,
)
from service.kinds.shipping.codes import shipping_error
from service.kinds.shipping.labelbook import LabelBook
from service.kinds.shipping.plan import Plan, PlannedRow
from service.kinds.shipping.preview import dollars
from service.kinds.shipping.staging import stage_label

DOWN_IN_A_ROW: Final = 3
"""So many rows that the carrier did not take end the job: the others wait for its retry."""
AtPoint = Callable[[str, int], None]
"""Told where the buying of a row is: waiting, intended, bought, staged, done. Tests end the process there."""


class Buyer:
    """Buys for one job."""

    def __init__(self, job: JobContext, plan: Plan, carrier: Carrier, at_point: AtPoint) -> None:
        self._job = job
        self._plan = plan
        self._carrier = carrier
        self._book = LabelBook(job.shared_dir, job.owner)
        self._at_point = at_point
        self._down = 0
        self._unannounced: int | None = None

    def buy(self, skipped: Set[int]) -> None:
        """Buy every row of the plan but the skipped ones; raises JobError `carrier_unavailable` when it is down."""
        if self._job.confirmed is None:
            self._unannounced = self._plan.totals(skipped).rows
        self._fail_unshippable(skipped)
        total = self._plan.totals(skipped).shippable
        rows = self._shippable(skipped)
        for item in self._job.items(rows, key=_key, unit="row", total=total, effect=True):
            self._at_point("intended", item.value.row_number)
            self._buy_one(item)
            self._at_point("done", item.value.row_number)
            if self._down >= DOWN_IN_A_ROW:
                raise shipping_error(
                    "carrier_unavailable", "The carrier takes no requests; the other rows wait."
                )

    def _shippable(self, skipped: Set[int]) -> Iterator[PlannedRow]:
        for row in self._plan.rows():
            if row.rate is not None and row.row_number not in skipped:
                self._at_point("waiting", row.row_number)
                yield row

    def _fail_unshippable(self, skipped: Set[int]) -> None:
        rows = [row for row in self._plan.rows() if row.rate is None and row.row_number not in skipped]
        for item in self._job.items(rows, key=_key, unit="row"):
            row = item.value
            message = row.message or "The row cannot be shipped."
            item.failed(row.code or "row_unshippable", message, self._told(row))

    def _buy_one(self, item: Item[PlannedRow]) -> None:
        row = item.value
        assert row.rate is not None  # noqa: S101 (rows without a rate are not bought)
        key = purchase_key(self._job.id, row.row_number)
        self._job.report(f"Row {row.row_number}: {row.shipment.ship_to.name}", stage="buying")
        try:
            purchase = self._carrier.buy(row.shipment, row.rate, key)
        except Refused as error:
            self._down = 0
            item.failed(error.code, error.message, self._told(row))
        except Unavailable as error:
            self._down += 1
            item.failed("carrier_unavailable", error.message, self._told(row))
        except Unclear as error:
            self._down = 0
            item.needs_review(error.code, error.message, self._told(row))
        else:
            self._down = 0
            self._at_point("bought", row.row_number)
            item.done({**self._staged(row, purchase), **self._opening()})

    def _told(self, row: PlannedRow) -> dict[str, Any]:
        """Return whose row it is, for a row without a label."""
        name = row.shipment.ship_to.name
        known = {"row_number": row.row_number, "order_id": row.order_id, "recipient_name": name}
        return {**known, **self._opening()}

    def _opening(self) -> dict[str, int]:
        """Return, once, of how many rows this is the first to end, when no yes of a person has announced them."""
        rows, self._unannounced = self._unannounced, None
        return {} if rows is None else {"first_of_rows": rows}

    def _staged(self, row: PlannedRow, purchase: Purchase) -> dict[str, Any]:
        """Return the output of a row that was bought; that its label is not there yet never loses the purchase."""
        self._book.enter(self._job.id, row.row_number, row.shipment, purchase)
        output = row_output(row, purchase)
        try:
            stage_label(self._job.work_dir, self._carrier, row.shipment, purchase)
        except (CarrierError, ValueError, OSError) as error:
            self._job.log(
                f"Row {row.row_number} is bought ({purchase.tracking_number}), its label is not here: {error}"
            )
            output["is_label_missing"] = True
        self._at_point("staged", row.row_number)
        return output


def purchase_key(job_id: str, row_number: int) -> str:
    """Return the idempotency key under which a row of a job is bought: the same whenever it is asked for."""
    return f"{job_id}-{row_number}"


def row_output(row: PlannedRow, purchase: Purchase) -> dict[str, Any]:
    """Return what is kept of a row that was bought."""
    return {
        "row_number": row.row_number,
        "order_id": row.order_id,
        "recipient_name": row.shipment.ship_to.name,
        "tracking_number": purchase.tracking_number,
        "cost_cents": purchase.cents,
        "cost": dollars(purchase.cents),
        "service": purchase.service,
        "carrier": purchase.carrier,
        "purchase_id": purchase.purchase_id,
        "label_url": f"/api/v1/labels/{purchase.tracking_number}",
    }


def _key(row: PlannedRow) -> str:
    return str(row.row_number)
