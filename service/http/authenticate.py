"""Who asks, and whether they may: found out for every request, before its handler runs."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from aiohttp import hdrs, web
from aiohttp.typedefs import Middleware

from service.accounts.doorkeeper import Doorkeeper, signed_out
from service.http.cookies import access_cookie
from service.http.guard import require_own_page
from service.http.keys import CALLER, DOORKEEPER
from service.http.openapi import openapi_path
from service.http.route import Handler, Route
from service.http.things import SAFE_METHODS, about_of, action_of, takes_ticket
from service.model.accounts import NOBODY, Caller
from service.model.errors import DeskError
from service.model.policy import Action, Thing, Verdict, decide

_BEARER: Final = "bearer "
Routes = Mapping[tuple[str, str], Route]


def authentication(routes: Iterable[Route]) -> Middleware:
    """Return the middleware that knows these routes; while accounts are off it lets everything pass."""
    known: Routes = {(route.method, openapi_path(route.path)): route for route in routes}

    @web.middleware
    async def authenticate(request: web.Request, handler: Handler) -> web.StreamResponse:
        keeper = request.app.get(DOORKEEPER)
        if keeper is None:
            return await handler(request)
        request[CALLER] = NOBODY
        if request.match_info.http_exception is None:  # else there is nothing at this path, for anybody
            route = _route(request, known)
            caller = await _caller(request, keeper, route)
            if caller is not None:
                request[CALLER] = caller
            await _authorise(request, route, caller)
        return await handler(request)

    return authenticate


def _route(request: web.Request, known: Routes) -> Route | None:
    resource = request.match_info.route.resource
    method = "GET" if request.method == "HEAD" else request.method
    return known.get((method, resource.canonical if resource is not None else ""))


async def _authorise(request: web.Request, route: Route | None, caller: Caller | None) -> None:
    """Raise the error for what the caller may not do; what may not be seen is answered as if it were not there."""
    # A route that nobody has described is no one's but an administrator's.
    action = Action.OPERATE if route is None else action_of(route)
    about = None if route is None or action is Action.VISIT else about_of(route)
    thing: Thing | None = None
    if about is not None and caller is not None:
        thing = await about.find(request)
    match decide(caller, action, thing):
        case Verdict.SIGN_IN:
            raise signed_out()
        case Verdict.HIDDEN if about is not None:
            raise about.unseen(request)
        case Verdict.NO | Verdict.HIDDEN:
            raise forbidden()
        case Verdict.YES:
            return


async def _caller(request: web.Request, keeper: Doorkeeper, route: Route | None) -> Caller | None:
    """Return who asks, by the first proof there is: a token in the header, a ticket in the address, a cookie."""
    header = request.headers.get(hdrs.AUTHORIZATION, "")
    if header:
        is_bearer = header[: len(_BEARER)].lower() == _BEARER
        return await keeper.by_token(header[len(_BEARER) :].strip()) if is_bearer else None
    ticket = request.query.get("ticket")
    if ticket is not None and request.method == "GET" and route is not None and takes_ticket(route):
        return await keeper.by_ticket(ticket)
    cookie = access_cookie(request)
    if cookie is None:
        return None
    caller = await keeper.by_token(cookie)
    if caller is not None and request.method not in SAFE_METHODS:
        require_own_page(request)
    return None if caller is None else replace(caller, means="cookie")


def forbidden(message: str = "You may not do this.") -> DeskError:
    """Return the error for somebody who is signed in and may not."""
    return DeskError("forbidden", message, remediation="Ask an administrator for the right.")
