"""Which label is in which job: found again by its number, and a warning before an order is bought once more."""

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from service.kinds.shipping.carriers.port import Purchase, Shipment
from service.kinds.shipping.parcels import duplicate_key

FILE_NAME: Final = "labels.db"


@dataclass(frozen=True, slots=True)
class Entry:
    """One label that was bought."""

    tracking_number: str
    job_id: str
    row_number: int


class LabelBook:
    """A small SQLite file in the kind's shared folder; children write it, the service reads it.

    `owner` is whose parcels are told apart: one account never hears of the orders of another.
    """

    def __init__(self, shared_dir: Path, owner: str | None = None) -> None:
        self._path = shared_dir / FILE_NAME
        self._owner = owner

    def enter(self, job_id: str, row_number: int, shipment: Shipment, purchase: Purchase) -> None:
        """Enter a label, durably."""
        with self._open() as database:
            database.execute(
                "CREATE TABLE IF NOT EXISTS labels (tracking TEXT PRIMARY KEY, job_id TEXT NOT NULL,"
                " row_number INTEGER NOT NULL, parcel TEXT NOT NULL) STRICT"
            )
            database.execute("CREATE INDEX IF NOT EXISTS labels_by_parcel ON labels (parcel)")
            database.execute(
                "INSERT OR REPLACE INTO labels VALUES (?, ?, ?, ?)",
                (purchase.tracking_number, job_id, row_number, _parcel(shipment, self._owner)),
            )

    def adopt(self, job_id: str, tracking_numbers: Iterable[str]) -> None:
        """Give labels to a job that has taken them over from the one it is a retry of, which may be deleted."""
        if not self._path.exists():
            return
        with self._open() as database:
            database.executemany(
                "UPDATE labels SET job_id = ? WHERE tracking = ? AND job_id <> ?",
                ((job_id, number, job_id) for number in tracking_numbers),
            )

    def find(self, tracking_number: str) -> Entry | None:
        """Return the label with a number, None if none was bought here."""
        return self._one("tracking = ?", tracking_number)

    def bought_before(self, shipment: Shipment) -> Entry | None:
        """Return a label that the same owner bought for an order alike: the same number, name and address."""
        return self._one("parcel = ?", _parcel(shipment, self._owner)) if shipment.reference else None

    def _one(self, condition: str, value: str) -> Entry | None:
        if not self._path.exists():
            return None
        with self._open() as database:
            row = database.execute(
                f"SELECT tracking, job_id, row_number FROM labels WHERE {condition} LIMIT 1",  # noqa: S608 (ours)
                (value,),
            ).fetchone()
        return None if row is None else Entry(*row)

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(self._path, timeout=30)
        try:
            with connection:
                yield connection
        finally:
            connection.close()


def _parcel(shipment: Shipment, owner: str | None) -> str:
    """Return what the book keeps of an address: a hash, since the book outlives the job."""
    whose = "" if owner is None else f"{owner}\n"
    return hashlib.sha256(f"{whose}{duplicate_key(shipment)}".encode()).hexdigest()
