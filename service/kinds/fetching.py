"""Fetch what stands at an address, for kinds, without becoming a door into the network behind the desk.

http(s) only. Every address a name resolves to is checked, and the connection goes to a checked one and
no other (a second DNS answer changes nothing); after each redirect all of it happens again. Size, time
and redirects are bounded. Runs in the child.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urljoin, urlsplit

from service.model.artifacts import safe_name
from service.model.errors import JobError

MAX_REDIRECTS: Final = 5
MAX_URL_CHARACTERS: Final = 2000
CHUNK_BYTES: Final = 64 << 10
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
OnBytes = Callable[[int, int | None], None]


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came: a file, what the server calls it, and where it really was."""

    path: Path
    name: str
    media_type: str
    size_bytes: int
    url: str


def checked_url(url: str) -> str:
    """Return an address that may be asked for at all; raises JobError `url_invalid`."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError as error:
        raise _invalid(url, "it is not an address") from error
    if parts.scheme not in ("http", "https"):
        raise _invalid(url, "only http and https are fetched")
    if not parts.hostname or len(url) > MAX_URL_CHARACTERS:
        raise _invalid(url, "it names no host, or is too long")
    if parts.username is not None or parts.password is not None:
        raise _invalid(url, "it carries a name or password")
    if port == 0:
        raise _invalid(url, "port 0 is none")
    return url.strip()


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the open internet (and not to this machine, its network or a cloud's inside)."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner is not None:
            return is_public(str(inner))
        if ip in ipaddress.ip_network(
            "64:ff9b::/96"
        ):  # NAT64 (RFC 6052): the last four bytes are an IPv4 address
            return is_public(str(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)))
    return ip.is_global and not ip.is_multicast and not ip.is_reserved and not ip.is_unspecified


def fetch(
    url: str,
    folder: Path,
    *,
    max_bytes: int,
    timeout_seconds: float,
    allow_hosts: Sequence[str] = (),
    on_bytes: OnBytes = lambda _done, _total: None,
) -> Fetched:
    """Fetch `url` into a file in `folder`; `on_bytes(done, total)` is called as it comes and may raise.

    `allow_hosts` are names or addresses that may be inner ones. Raises JobError: `url_invalid`,
    `url_not_allowed`, `url_unreachable`, `url_status`, `url_too_large`, `url_timeout`,
    `url_too_many_redirects`.
    """
    part = folder / "download.part"
    try:
        return asyncio.run(_fetch(url, part, max_bytes, timeout_seconds, frozenset(allow_hosts), on_bytes))
    except BaseException:
        part.unlink(missing_ok=True)
        raise


async def _fetch(
    url: str,
    part: Path,
    max_bytes: int,
    timeout_seconds: float,
    allow_hosts: frozenset[str],
    on_bytes: OnBytes,
) -> Fetched:
    import aiohttp

    connector = aiohttp.TCPConnector(
        resolver=_guarded_resolver(allow_hosts), use_dns_cache=False, force_close=True
    )
    headers = {"User-Agent": "nowserving", "Accept-Encoding": "identity"}
    try:
        async with (
            asyncio.timeout(timeout_seconds),
            aiohttp.ClientSession(connector=connector, headers=headers, trust_env=False) as session,
        ):
            for _ in range(MAX_REDIRECTS + 1):
                _check_literal(checked_url(url), allow_hosts)
                async with session.get(url, allow_redirects=False) as answer:
                    if answer.status in _REDIRECTS and "Location" in answer.headers:
                        url = urljoin(url, answer.headers["Location"])
                        continue
                    return await _take(answer, url, part, max_bytes, on_bytes)
    except TimeoutError as error:
        raise JobError(
            "url_timeout",
            f"{url} was not there after {timeout_seconds:g} seconds.",
            remediation="Try again later, or send the file itself.",
            retriable=True,
        ) from error
    except aiohttp.InvalidURL as error:
        raise _invalid(url, "it is not an address") from error
    except (aiohttp.ClientError, OSError) as error:
        raise _unreachable(url, error) from error
    raise JobError(
        "url_too_many_redirects", f"{url} redirects more than {MAX_REDIRECTS} times.", remediation=_LOOK
    )


_LOOK: Final = "Open the address in a browser; send the file itself if it is there."


async def _take(answer: Any, url: str, part: Path, max_bytes: int, on_bytes: OnBytes) -> Fetched:
    if answer.status != 200:
        raise JobError(
            "url_status", f"{url} answers {answer.status} {answer.reason or ''}.".strip(), remediation=_LOOK
        )
    total = answer.content_length
    if total is not None and total > max_bytes:
        raise _too_large(url, max_bytes)
    size = 0
    on_bytes(0, total)
    with part.open("wb") as out:
        async for chunk in answer.content.iter_chunked(CHUNK_BYTES):
            size += len(chunk)
            if size > max_bytes:
                raise _too_large(url, max_bytes)
            out.write(chunk)
            on_bytes(size, total)
    disposition = answer.content_disposition
    told = disposition.filename if disposition is not None else None
    name = safe_name(told or unquote(urlsplit(url).path), "download")
    return Fetched(part, name, answer.content_type, size, url)


def _check_literal(url: str, allow_hosts: frozenset[str]) -> None:
    """Check a host that is an address already: no resolver is asked about it."""
    host = (urlsplit(url).hostname or "").lower()
    if host in allow_hosts:
        return
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        # 127.1, 0x7f000001, 2130706433: forms that the C library reads as addresses and a resolver may too.
        try:
            socket.inet_aton(host)
        except OSError:
            return
    if not is_public(host):
        raise _not_allowed(host)


def _guarded_resolver(allow_hosts: frozenset[str]) -> Any:
    from aiohttp.abc import AbstractResolver, ResolveResult
    from aiohttp.resolver import ThreadedResolver

    class GuardedResolver(AbstractResolver):
        """Answers only when every address of a name is a public one; aiohttp connects to these and no other."""

        def __init__(self) -> None:
            self._real = ThreadedResolver()

        async def resolve(
            self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
        ) -> list[ResolveResult]:
            found = await self._real.resolve(host, port, family)
            if host.lower() not in allow_hosts:
                for each in found:
                    if not is_public(each["host"]):
                        raise _not_allowed(host)
            return found

        async def close(self) -> None:
            await self._real.close()

    return GuardedResolver()


def _unreachable(url: str, error: Exception) -> JobError:
    cause: BaseException | None = error
    while cause is not None:  # what the resolver refused comes wrapped
        if isinstance(cause, JobError):
            return cause
        cause = cause.__cause__ or cause.__context__
    return JobError(
        "url_unreachable", f"{url} cannot be reached: {error}.", remediation=_LOOK, retriable=True
    )


def _invalid(url: str, why: str) -> JobError:
    return JobError(
        "url_invalid", f"{url[:200]!r} is not fetched: {why}.", remediation="Give an http(s) address."
    )


def _not_allowed(host: str) -> JobError:
    return JobError(
        "url_not_allowed",
        f"{host} is, or leads to, an address that is not on the open internet.",
        remediation="Send the file itself, or let the host through with --allow-url-host.",
    )


def _too_large(url: str, max_bytes: int) -> JobError:
    return JobError(
        "url_too_large", f"{url} is larger than {max_bytes} bytes.", remediation="Send a smaller file."
    )
