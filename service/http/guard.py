"""Who may ask at all: known host names against DNS rebinding, same origin for everything that changes something."""

from collections.abc import Awaitable, Callable, Iterable
from urllib.parse import urlsplit

from aiohttp import hdrs, web
from aiohttp.typedefs import Middleware

from service.config import Config, is_loopback
from service.http.proxies import client_scheme
from service.http.route import Handler
from service.model.errors import DeskError

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_EXPOSED = "ETag, Link, Location, Content-Disposition, X-Request-ID, Idempotency-Replayed, Retry-After"
_ALLOWED_HEADERS = (
    "Authorization, Content-Type, Idempotency-Key, "
    "Last-Event-ID, Range, If-Range, If-None-Match, X-Request-ID"
)


def guards(config: Config) -> Middleware:
    """Return the middleware that refuses strange hosts and strange origins, and answers OPTIONS."""
    is_known = host_check(config)
    origins = frozenset(config.allowed_origins)

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        host = request.headers.get(hdrs.HOST, "")
        # A request line may name a host too (RFC 9112, 3.2.2), and what is built from the request's URL goes by that.
        if not is_known(host) or not is_known(request.url.raw_authority):
            raise DeskError(
                "host_not_allowed",
                f"This server does not go by the name {host[:100]!r}.",
                remediation="Use localhost, or add the name to the setting allowed_hosts.",
            )
        # A WebSocket begins as a GET that any page may send, with the cookies of this site (RFC 6455, 10.2).
        if request.method not in SAFE_METHODS or hdrs.UPGRADE in request.headers:
            refuse_other_sites(request, host, origins, client_scheme(request, config.trusted_proxies))
        return _options(request) if request.method == "OPTIONS" else await handler(request)

    return guard


def sharing(config: Config) -> Callable[[web.BaseRequest, web.StreamResponse], Awaitable[None]]:
    """Return a signal handler that lets pages of `allowed_origins` read an answer: streams and refusals as well."""
    origins = frozenset(config.allowed_origins)

    async def share(request: web.BaseRequest, answer: web.StreamResponse) -> None:
        origin = request.headers.get(hdrs.ORIGIN, "")
        if origin in origins:
            _allow(answer, origin)

    return share


def host_check(config: Config) -> Callable[[str], bool]:
    """Return a check of the Host header: loopback names with any port, the bound host, and allowed_hosts."""
    known = {config.host.lower(), *(name.lower() for name in config.allowed_hosts)} - {"0.0.0.0", "::"}  # noqa: S104 (compared, not bound)

    def is_known(header: str) -> bool:
        try:
            parts = urlsplit(f"//{header}")
            name, _ = parts.hostname, parts.port  # .port raises for what is not one
        except ValueError:
            return False
        if not name or parts.netloc != header or "@" in header or any(c in header for c in "/?#\\ \t%"):
            return False
        name = name.rstrip(".")
        return is_loopback(name) or name in known

    return is_known


def refuse_other_sites(
    request: web.Request, host: str, origins: Iterable[str], scheme: str | None = None
) -> None:
    """Raise `cross_origin` when a browser says that another site's page sent this request.

    A browser always says Sec-Fetch-Site or Origin with an unsafe method; curl and scripts say neither. `scheme` is
    what the desk's own pages come by, None when that is not known: a proxy before us may speak HTTPS.
    """
    origin = request.headers.get(hdrs.ORIGIN)
    site = request.headers.get("Sec-Fetch-Site")
    if origin is not None and origin in origins:
        return
    schemes = ("http", "https") if scheme is None else (scheme,)
    is_own = origin is None or origin.lower() in [f"{one}://{host.lower()}" for one in schemes]
    if is_own and site in (None, "same-origin", "none"):
        return
    raise DeskError(
        "cross_origin",
        "Requests that change something are taken from this server's own pages only.",
        remediation="Call it without a browser, or add the page's origin to the setting allowed_origins.",
    )


def require_own_page(request: web.Request) -> None:
    """Raise `cross_origin` unless the browser says that a page of ours sent this request, as every browser does.

    For requests that a cookie vouches for: the guard has refused other origins already, here silence is no answer.
    """
    if hdrs.ORIGIN not in request.headers and "Sec-Fetch-Site" not in request.headers:
        raise DeskError(
            "cross_origin",
            "A request that changes something and is signed in by a cookie must say which page it came from.",
            remediation="Send Authorization: Bearer in place of the cookie, or an Origin header.",
        )


def _options(request: web.Request) -> web.Response:
    """Answer OPTIONS for any path that exists: which methods it takes."""
    error = request.match_info.http_exception
    if not isinstance(error, web.HTTPMethodNotAllowed):
        raise DeskError("not_found", f"Nothing is at {request.path[:200]}.")
    allow = ",".join(sorted(error.allowed_methods | {"OPTIONS"}))
    return web.Response(status=204, headers={"Allow": allow})


def _allow(answer: web.StreamResponse, origin: str) -> None:
    headers = answer.headers
    headers["Access-Control-Allow-Origin"] = origin
    headers["Access-Control-Expose-Headers"] = _EXPOSED
    headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    headers.add("Vary", "Origin")
    if answer.status == 204 and "Allow" in headers:
        headers["Access-Control-Allow-Methods"] = headers["Allow"]
        headers["Access-Control-Allow-Headers"] = _ALLOWED_HEADERS
        headers["Access-Control-Max-Age"] = "600"
