"""The plan of a job: which rows go how and at what price, in a file of the job's folder, with one hash over all.

What a person confirms is this file. It is written once for each job, is read row by row, and a plan whose hash is
not the confirmed one is shown again instead of being bought.
"""

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final

from service.kinds.shipping.carriers.port import Carrier, CarrierError, Rate, Refused, Shipment, Unavailable
from service.kinds.shipping.codes import shipping_error
from service.kinds.shipping.parcels import Parcel, duplicate_key, shipment_from_json

RATES_AT_A_TIME: Final = 5
"""Requests for rates that are under way together; a price has no effect, a purchase is made alone."""
_HASH_CHARACTERS: Final = 32
ROW_COLUMNS: Final = "row_number, order_id, shipment, rate, code, message, warnings"


def plan_path(work_dir: Path, job_id: str) -> Path:
    """Return where a job's plan is; a retry inherits the folder, and with it the plans of the jobs before it."""
    return work_dir / f"plan-{job_id}.db"


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """One row of the plan; without a rate it has a problem and is not bought."""

    row_number: int
    order_id: str
    shipment: Shipment
    rate: Rate | None
    code: str | None
    message: str | None
    warnings: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the row as a preview shows it."""
        to = self.shipment.ship_to
        place = ", ".join(part for part in (to.city, to.state) if part)
        return {
            "row_number": self.row_number,
            "order_id": self.order_id,
            "recipient_name": to.name,
            "city_state": place,
            "country": to.country,
            "postal": to.postal,
            "weight_lb": self.shipment.weight_lb,
            "service": self.shipment.service,
            "estimated_cost_cents": self.rate.cents if self.rate else None,
            "warnings": list(self.warnings),
            "problem": {"code": self.code, "message": self.message} if self.code else None,
        }


@dataclass(frozen=True, slots=True)
class Totals:
    """What the plan comes to. Costs are of the rows that can be bought."""

    rows: int
    shippable: int
    cents: int
    dearest_cents: int
    warnings: int


class Plan:
    """The plan in its file, made once for each job."""

    def __init__(self, path: Path) -> None:
        self._database = sqlite3.connect(path)
        self._database.executescript(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
            "CREATE TABLE IF NOT EXISTS made (hash TEXT NOT NULL) STRICT;"
            "CREATE TABLE IF NOT EXISTS about (said TEXT NOT NULL) STRICT;"
            "CREATE TABLE IF NOT EXISTS rows (row_number INTEGER PRIMARY KEY, order_id TEXT NOT NULL,"
            " shipment TEXT NOT NULL, rate TEXT, cents INTEGER, code TEXT, message TEXT, warnings TEXT NOT NULL,"
            " twin TEXT NOT NULL) STRICT;"
            "CREATE INDEX IF NOT EXISTS rows_by_twin ON rows (twin);"
        )

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def hash(self) -> str | None:
        """Return the hash of the plan if it is complete."""
        row = self._database.execute("SELECT hash FROM made").fetchone()
        return None if row is None else str(row[0])

    def about(self) -> dict[str, Any] | None:
        """Return what was said about the plan when it was made; None for one of an older version."""
        row = self._database.execute("SELECT said FROM about").fetchone()
        return None if row is None else dict(json.loads(row[0]))

    def make(self, about: Mapping[str, Any], parcels: Iterable[Parcel], carrier: Carrier) -> Iterator[int]:
        """Rate every parcel and keep it, yielding how many are done; the hash covers `about` and every row.

        Raises JobError `carrier_unavailable` when the carrier does not answer.
        """
        with self._database:
            self._database.execute("DELETE FROM made")
            self._database.execute("DELETE FROM about")
            self._database.execute("DELETE FROM rows")
        digest = hashlib.sha256(_canonical(about))
        done = 0
        for block in _blocks(parcels, 50):
            rated = list(_rated(block, carrier))
            with self._database:
                for row, parcel in zip(rated, block, strict=True):
                    digest.update(_canonical(_hashed(row)))
                    self._keep(row, duplicate_key(parcel.shipment))
            done += len(block)
            yield done
        with self._database:
            self._mark_twins()
            self._database.execute("INSERT INTO about VALUES (?)", (json.dumps(about, ensure_ascii=False),))
            self._database.execute("INSERT INTO made VALUES (?)", (digest.hexdigest()[:_HASH_CHARACTERS],))

    def rows(self) -> Iterator[PlannedRow]:
        """Yield the rows in order."""
        cursor = self._database.execute(f"SELECT {ROW_COLUMNS} FROM rows ORDER BY row_number")  # noqa: S608 (columns of ours)
        return (planned_row(values) for values in cursor)

    def row(self, row_number: int) -> PlannedRow | None:
        """Return one row."""
        sql = f"SELECT {ROW_COLUMNS} FROM rows WHERE row_number = ?"  # noqa: S608 (columns of ours)
        values = self._database.execute(sql, (row_number,)).fetchone()
        return None if values is None else planned_row(values)

    def totals(self, without: Iterable[int] = ()) -> Totals:
        """Return what the plan comes to, without some rows."""
        skipped = json.dumps(sorted(without))
        values = self._database.execute(
            "SELECT count(*), count(cents), coalesce(sum(cents), 0), coalesce(max(cents), 0),"
            " coalesce(sum(json_array_length(warnings)), 0) FROM rows"
            " WHERE row_number NOT IN (SELECT value FROM json_each(?))",
            (skipped,),
        ).fetchone()
        return Totals(*(int(value) for value in values))

    def _keep(self, row: PlannedRow, twin: str) -> None:
        self._database.execute(
            "INSERT INTO rows VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                row.row_number,
                row.order_id,
                json.dumps(asdict(row.shipment), ensure_ascii=False),
                json.dumps(row.rate.to_json()) if row.rate else None,
                row.rate.cents if row.rate else None,
                row.code,
                row.message,
                json.dumps(row.warnings, ensure_ascii=False),
                twin,
            ),
        )

    def _mark_twins(self) -> None:
        """Warn about rows that are alike, and about an order number that is there twice."""
        for column, text in (
            ("twin", "Alike in number, name and address: "),
            ("order_id", "The same order number: "),
        ):
            self._database.execute(
                "UPDATE rows SET warnings = json_insert(warnings, '$[#]', ? || 'row ' || other.first || '.')"  # noqa: S608 (columns of ours)
                f" FROM (SELECT {column} AS same, min(row_number) AS first FROM rows WHERE order_id <> ''"
                f" GROUP BY {column} HAVING count(*) > 1) AS other"
                f" WHERE rows.{column} = other.same AND rows.row_number > other.first"
                " AND (? = 'twin' OR rows.twin <> (SELECT twin FROM rows AS r WHERE r.row_number = other.first))",
                (text, column),
            )


def _rated(block: list[Parcel], carrier: Carrier) -> Iterator[PlannedRow]:
    """Yield the parcels of a block with their rates, in order."""
    if carrier.name == "sandbox":
        return (_rate(parcel, carrier) for parcel in block)
    with ThreadPoolExecutor(max_workers=RATES_AT_A_TIME) as pool:
        return iter(list(pool.map(lambda parcel: _rate(parcel, carrier), block)))


def _rate(parcel: Parcel, carrier: Carrier) -> PlannedRow:
    code = parcel.problem.code if parcel.problem else None
    message = parcel.problem.message if parcel.problem else None
    rate = None
    if parcel.problem is None:
        try:
            rate = carrier.rate(parcel.shipment)
        except Refused as error:
            code, message = error.code, error.message
        except Unavailable as error:
            raise shipping_error(error.code, error.message) from error
        except CarrierError as error:
            raise shipping_error("carrier_unavailable", error.message) from error
    return PlannedRow(
        parcel.row_number, parcel.order_id, parcel.shipment, rate, code, message, parcel.warnings
    )


def planned_row(values: tuple[Any, ...]) -> PlannedRow:
    """Return the row that stands in ROW_COLUMNS."""
    number, order_id, shipment, rate, code, message, warnings = values
    made = shipment_from_json(json.loads(shipment))
    return PlannedRow(
        number,
        order_id,
        made,
        Rate(**json.loads(rate)) if rate else None,
        code,
        message,
        tuple(json.loads(warnings)),
    )


def _hashed(row: PlannedRow) -> list[Any]:
    # The token of an offer is new at each asking; what a person sees is the price.
    return [
        row.row_number,
        row.order_id,
        asdict(row.shipment),
        row.rate.cents if row.rate else None,
        row.code,
    ]


def _canonical(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode() + b"\n"


def _blocks(parcels: Iterable[Parcel], size: int) -> Iterator[list[Parcel]]:
    iterator = iter(parcels)
    while block := list(islice(iterator, size)):
        yield block
