"""Who is at the other end when a proxy stands between: what it says is believed only from a proxy that is named."""

import ipaddress
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from aiohttp import hdrs, web

from service.http.keys import CONFIG

_SCHEMES: Final = frozenset({"http", "https"})
_MAX_HOPS: Final = 20
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def client_address(request: web.Request) -> str | None:
    """Return the address that a request is from, past the proxies that `trusted_proxies` names.

    `X-Forwarded-For` is read from its right end, where the proxy next to us wrote: the first address that is none
    of the proxies' is the client's. What stands left of it anybody may have written.
    """
    trusted = _networks(request.app[CONFIG].trusted_proxies)
    address = _address(request.remote or "")
    if address is None or not _is_in(address, trusted):
        return request.remote
    hops = ",".join(request.headers.getall(hdrs.X_FORWARDED_FOR, ())).split(",")
    for hop in hops[: -_MAX_HOPS - 1 : -1]:
        before = _address(hop.strip())
        if before is None:  # not an address: whoever wrote it, all that is known is the proxy that sent it
            break
        address = before
        if not _is_in(address, trusted):
            break
    return str(address)


def client_scheme(request: web.Request, trusted_proxies: tuple[str, ...]) -> str | None:
    """Return `https` or `http` as the browser speaks it, None where nobody who is trusted says."""
    if request.secure:
        return "https"
    address = _address(request.remote or "")
    if address is None or not _is_in(address, _networks(trusted_proxies)):
        return None
    said = ",".join(request.headers.getall(hdrs.X_FORWARDED_PROTO, ())).rpartition(",")[2].strip().lower()
    return said if said in _SCHEMES else None


@lru_cache(maxsize=8)
def _networks(names: tuple[str, ...]) -> Sequence[Network]:
    return tuple(ipaddress.ip_network(name) for name in names)


def _address(text: str) -> Address | None:
    """Read an address, with or without a port or brackets; an IPv4 one within IPv6 is the IPv4 one."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def _is_in(address: Address, networks: Sequence[Network]) -> bool:
    return any(address in network for network in networks)
