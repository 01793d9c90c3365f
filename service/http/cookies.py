"""The browser's two cookies: the access token for every path, the refresh token only where it is spent.

Cookies know hosts and no ports, so each desk on a machine has names of its own: of its database and its port.
"""

from typing import Final

from aiohttp import hdrs, web

from service.accounts.doorkeeper import Granted
from service.http.keys import CONFIG, DESK
from service.http.proxies import client_scheme

REFRESH_PATH: Final = "/api/v1/auth"


def access_cookie(request: web.Request) -> str | None:
    """Return the access token that a browser keeps for this desk."""
    return request.cookies.get(_name(request))


def refresh_cookie(request: web.Request) -> str | None:
    """Return the refresh token that a browser keeps for this desk."""
    return request.cookies.get(f"{_name(request)}_refresh")


def give(request: web.Request, answer: web.Response, granted: Granted) -> None:
    """Give a browser the tokens. No script sees them, and no other site's page sends them."""
    _set(request, answer, _name(request), granted.access_token, granted.expires_in, "/")
    name = f"{_name(request)}_refresh"
    _set(request, answer, name, granted.refresh_token, granted.refresh_expires_in, REFRESH_PATH)


def take_back(request: web.Request, answer: web.Response) -> None:
    """Tell a browser to forget the tokens."""
    _set(request, answer, _name(request), "", 0, "/")
    _set(request, answer, f"{_name(request)}_refresh", "", 0, REFRESH_PATH)


def _set(
    request: web.Request, answer: web.Response, name: str, value: str, seconds: float, path: str
) -> None:
    answer.set_cookie(
        name,
        value,
        max_age=int(seconds),
        path=path,
        httponly=True,
        samesite="Strict",
        secure=_is_https(request),
    )


def _is_https(request: web.Request) -> bool:
    """Whether the browser speaks HTTPS: to us, or to a proxy before us, as that or the browser's Origin tells."""
    is_said = client_scheme(request, request.app[CONFIG].trusted_proxies) == "https"
    return is_said or request.headers.get(hdrs.ORIGIN, "").lower().startswith("https://")


def _name(request: web.Request) -> str:
    here = request.transport.get_extra_info("sockname") if request.transport is not None else None
    port = here[1] if isinstance(here, tuple) else request.app[CONFIG].port
    return f"nowserving_{request.app[DESK].store.epoch}_{port}"
