"""How often somebody may try: token buckets, bounded in number, for each name and address and for each address."""

import ipaddress
import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from service.model.errors import DeskError

MAX_KEYS: Final = 10_000


@dataclass(frozen=True, slots=True)
class Allowance:
    """`burst` tries at once, and one more every `seconds_each`."""

    burst: int
    seconds_each: float


OF_NAME: Final = Allowance(10, 30.0)
OF_ADDRESS: Final = Allowance(50, 6.0)


class Throttle:
    """Buckets by key. A key that has not been seen for longest is forgotten first: by then its bucket is full."""

    def __init__(self, allowance: Allowance, clock: Callable[[], float] = time.monotonic) -> None:
        self._allowance = allowance
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = (
            OrderedDict()
        )  # key -> (tries left, when that was)

    def take(self, key: str) -> float:
        """Spend one try; return 0, or the seconds until there is one (then nothing was spent)."""
        left = self._left(key)
        if left < 1:
            return (1 - left) * self._allowance.seconds_each
        self._put(key, left - 1)
        return 0.0

    def give_back(self, key: str) -> None:
        """Undo one `take`: the try was a good one."""
        self._put(key, min(float(self._allowance.burst), self._left(key) + 1))

    def _left(self, key: str) -> float:
        left, at = self._buckets.get(key, (float(self._allowance.burst), self._clock()))
        gained = (self._clock() - at) / self._allowance.seconds_each
        return min(float(self._allowance.burst), left + gained)

    def _put(self, key: str, left: float) -> None:
        self._buckets[key] = (left, self._clock())
        self._buckets.move_to_end(key)
        if len(self._buckets) > MAX_KEYS:
            self._buckets.popitem(last=False)


class LoginThrottle:
    """Slows down whoever guesses: at one person's password from one address, and from one address at all.

    Nobody can lock another out: the tries of one address do not count against those of the next.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._names = Throttle(OF_NAME, clock)
        self._addresses = Throttle(OF_ADDRESS, clock)

    def take(self, name: str, address: str | None) -> None:
        """Spend one try. Raises `too_many_requests` that says how long to wait."""
        network = network_of(address)
        wait = self._addresses.take(network)
        if wait == 0:
            wait = self._names.take(f"{network} {name}")
            if wait > 0:
                self._addresses.give_back(network)
        if wait > 0:
            seconds = math.ceil(wait)
            raise DeskError(
                "too_many_requests",
                f"Too many tries. The next one is taken in {seconds} s.",
                remediation="Wait, or ask an administrator for a new password.",
                retriable=True,
                retry_after_seconds=seconds,
            )

    def give_back(self, name: str, address: str | None) -> None:
        """Undo one `take`: the password was right."""
        network = network_of(address)
        self._addresses.give_back(network)
        self._names.give_back(f"{network} {name}")


def network_of(address: str | None) -> str:
    """Return what one person at an address may choose freely cut off: IPv6 by its /64, IPv4 as it is."""
    try:
        ip = ipaddress.ip_address((address or "").partition("%")[0])
    except ValueError:
        return address or "?"
    mapped = ip.ipv4_mapped if isinstance(ip, ipaddress.IPv6Address) else None
    if isinstance(ip, ipaddress.IPv6Address) and mapped is None:
        return str(ipaddress.ip_network((ip, 64), strict=False))
    return str(mapped or ip)
