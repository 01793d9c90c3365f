"""A carrier that costs nothing and exists nowhere: to try the desk out, and to test everything that goes wrong.

It keeps a ledger of its own, as a carrier would, so that a test can ask it what was really bought. What goes wrong
on demand is asked for in the second address line of an order:

    sandbox:refuse      the purchase is refused
    sandbox:timeout     the purchase is made, its answer never comes
    sandbox:lost        the request never arrives, and no answer comes
    sandbox:down        the carrier does not take requests
    sandbox:rise        the price is 25 % higher when it comes to buying
    sandbox:slow        the purchase takes half a second
"""

import hashlib
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

from service.kinds.shipping.carriers import sandbox_rates
from service.kinds.shipping.carriers.port import Purchase, Rate, Refused, Shipment, Unavailable, Unclear

SLOW_SECONDS = 0.5
_MARK = "sandbox:"


class Ledger:
    """What the sandbox carrier sold, in a file of its own: one row for each purchase, and a count of requests."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._open() as database:
            database.execute(
                "CREATE TABLE IF NOT EXISTS purchases (number INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE,"
                " cents INTEGER NOT NULL, service TEXT NOT NULL, reference TEXT NOT NULL,"
                " requests INTEGER NOT NULL DEFAULT 1) STRICT"
            )

    def sell(self, key: str, shipment: Shipment, cents: int) -> Purchase:
        """Enter a purchase, durably; the same key again gives the same purchase."""
        with self._open() as database:
            database.execute(
                "INSERT INTO purchases (key, cents, service, reference) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (key) DO UPDATE SET requests = requests + 1",
                (key, cents, shipment.service, shipment.reference),
            )
        found = self.find(key)
        assert found is not None  # noqa: S101 (it has just been entered)
        return found

    def find(self, key: str) -> Purchase | None:
        """Return what was bought under a key."""
        with self._open() as database:
            row = database.execute(
                "SELECT number, cents, service FROM purchases WHERE key = ?", (key,)
            ).fetchone()
        if row is None:
            return None
        return Purchase(tracking_number(key), int(row[1]), row[2], SandboxCarrier.name, f"sbx_{row[0]}")

    def entries(self) -> list[tuple[str, str, int]]:
        """Return (key, reference, requests) of every purchase, in the order of buying."""
        with self._open() as database:
            return [
                tuple(row)
                for row in database.execute("SELECT key, reference, requests FROM purchases ORDER BY 1")
            ]

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(self._path, timeout=30)
        try:
            with connection:
                yield connection
        finally:
            connection.close()


class SandboxCarrier:
    """The carrier itself, in this process."""

    name: ClassVar[str] = "sandbox"

    def __init__(self, ledger: Ledger, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self.ledger = ledger
        self._sleep = sleep

    def rate(self, shipment: Shipment) -> Rate:
        """Return the listed price."""
        sandbox_rates.judge(shipment)
        cents = sandbox_rates.price_cents(shipment)
        return Rate(shipment.service, cents, f"{shipment.service}-{cents}", sandbox_rates.days(shipment))

    def buy(self, shipment: Shipment, rate: Rate, key: str) -> Purchase:
        """Sell a label, or do what the second address line asks for."""
        sandbox_rates.judge(shipment)
        mark = _mark_of(shipment)
        if mark == "refuse":
            raise Refused("refused_on_demand", "The sandbox carrier was asked to refuse this purchase.")
        if mark == "down":
            raise Unavailable("carrier_unavailable", "The sandbox carrier was asked to be down.")
        if mark == "lost":
            raise Unclear("no_answer", "No answer came from the carrier.")
        if mark == "slow":
            self._sleep(SLOW_SECONDS)
        price = sandbox_rates.price_cents(shipment)
        price = price * 5 // 4 if mark == "rise" else price
        if price > rate.cents:
            raise Refused("rate_changed", f"The price is {price} cents now; {rate.cents} were offered.")
        purchase = self.ledger.sell(key, shipment, price)
        if mark == "timeout":
            raise Unclear("no_answer", "No answer came from the carrier.")
        return purchase

    def look_up(self, key: str, token: str) -> Purchase | None:
        """Return what the ledger has under a key."""
        return self.ledger.find(key)

    def fetch_label(self, purchase: Purchase) -> bytes | None:
        """Return None: the sandbox's labels are drawn here and marked SAMPLE."""
        return None


def tracking_number(key: str) -> str:
    """Return a tracking number that no carrier uses: SBX, 13 digits that the key gives, a check digit (modulo 10)."""
    body = f"{int.from_bytes(hashlib.sha256(key.encode()).digest()) % 10**13:013}"
    check = -sum((3 if n % 2 == 0 else 1) * int(digit) for n, digit in enumerate(body)) % 10
    return f"SBX{body}{check}"


def _mark_of(shipment: Shipment) -> str:
    text = shipment.ship_to.street2.strip().lower()
    return text.removeprefix(_MARK).strip() if text.startswith(_MARK) else ""
