"""Signing in and out over HTTP: logins, refreshing, tickets for streams, tokens for scripts."""

from typing import Any

from aiohttp import web

from service.accounts.doorkeeper import Granted, signed_out
from service.accounts.tickets import LIFETIME_SECONDS
from service.http import account_schemas as s
from service.http import cookies
from service.http.answers import as_json
from service.http.audit import actor, doorkeeper
from service.http.authenticate import forbidden
from service.http.body import read
from service.http.guard import require_own_page
from service.http.identity import caller
from service.http.keys import DOORKEEPER, ENDINGS
from service.http.proxies import client_address
from service.http.schemas import Empty
from service.model.accounts import NOBODY
from service.model.events import rfc3339


async def login(request: web.Request) -> web.Response:
    """Sign somebody in by name and password."""
    keeper = doorkeeper(request)
    wanted = await read(request, s.Login)
    name = wanted.get("username") or wanted["name"]
    return _granted(request, await keeper.login(name, wanted["password"], client_address(request)))


async def refresh(request: web.Request) -> web.Response:
    """Give new tokens for a refresh token, once."""
    keeper = doorkeeper(request)
    token = await _refresh_token(request, s.Refresh)
    if token is None:
        raise signed_out()
    try:
        return _granted(request, await keeper.refresh(token, client_address(request)))
    finally:
        await request.app[ENDINGS].look()  # a token that was spent before has ended the login


async def logout(request: web.Request) -> web.Response:
    """End this login, at once and with its streams; without one, forget the cookies."""
    keeper = doorkeeper(request)
    wanted = await read(request, s.Logout, is_required=False)
    if caller(request).session_id is not None:
        await keeper.logout(caller(request), client_address(request), everywhere=wanted["everywhere"])
    elif token := _sent_or_kept(request, wanted["refresh_token"]):
        await keeper.forget(token, client_address(request))
    await request.app[ENDINGS].look()
    answer = web.Response(status=204)
    cookies.take_back(request, answer)
    return answer


async def door(request: web.Request) -> web.Response:
    """Tell whether one has to sign in: what a page asks first, so that being a stranger is no error."""
    has_accounts = request.app.get(DOORKEEPER) is not None
    return as_json(
        {
            "accounts": has_accounts,
            "signed_in": caller(request) != NOBODY,
            "renewable": has_accounts and cookies.refresh_cookie(request) is not None,
        }
    )


async def me(request: web.Request) -> web.Response:
    """Show who asks, and whether anybody has to sign in here."""
    who, keeper = caller(request), request.app.get(DOORKEEPER)
    told: dict[str, Any] = {
        "accounts": keeper is not None,
        "user": {"id": who.id, "name": who.name, "role": str(who.role)},
        "patients": [],
        "means": who.means,
        "expires_at": None if who.expires_at is None else rfc3339(who.expires_at),
    }
    if keeper is not None and who.id is not None:
        account = await keeper.people.told(await keeper.people.store.user(who.id))
        told["patients"] = account.pop("patients")
        told["user"] = account
    return as_json(told)


async def ticket(request: web.Request) -> web.Response:
    """Give a ticket that opens one stream or file, once, within a minute."""
    keeper = doorkeeper(request)
    await read(request, Empty, is_required=False)
    return as_json({"ticket": keeper.give_ticket(caller(request)), "expires_in": LIFETIME_SECONDS}, 201)


async def change_password(request: web.Request) -> web.Response:
    """Change one's own password; the other logins end."""
    keeper = doorkeeper(request)
    _require_login(request)
    wanted = await read(request, s.NewPassword)
    who = caller(request)
    await keeper.change_password(who, wanted["password"], wanted["new_password"], client_address(request))
    await request.app[ENDINGS].look()
    return web.Response(status=204)


async def tokens(request: web.Request) -> web.Response:
    """List one's own API tokens."""
    found = await doorkeeper(request).people.store.tokens(_id(request))
    return as_json({"tokens": [token.to_json() for token in found]})


async def make_token(request: web.Request) -> web.Response:
    """Make an API token; its text is in this answer and nowhere else."""
    keeper = doorkeeper(request)
    _require_login(request)
    wanted = await read(request, s.NewToken)
    user = await keeper.people.store.user(_id(request))
    token, text = await keeper.people.make_token(
        actor(request), user, wanted["name"], wanted["expires_in_days"]
    )
    return as_json(token.to_json() | {"token": text}, 201)


async def delete_token(request: web.Request) -> web.Response:
    """Remove one of one's own API tokens, with the streams that it opened."""
    await doorkeeper(request).delete_token(
        caller(request), request.match_info["token_id"], client_address(request)
    )
    await request.app[ENDINGS].look()
    return web.Response(status=204)


def _granted(request: web.Request, granted: Granted) -> web.Response:
    answer = as_json(
        {
            "access_token": granted.access_token,
            "token_type": "Bearer",
            "expires_in": granted.expires_in,
            "refresh_token": granted.refresh_token,
            "refresh_expires_in": granted.refresh_expires_in,
            "user": granted.user.to_json(),
        }
    )
    cookies.give(request, answer, granted)
    return answer


async def _refresh_token(request: web.Request, schema: type[s.Refresh]) -> str | None:
    return _sent_or_kept(request, (await read(request, schema, is_required=False))["refresh_token"])


def _sent_or_kept(request: web.Request, sent: str | None) -> str | None:
    """Return the refresh token that the body or else the cookie carries."""
    if sent is not None:
        return sent
    kept = cookies.refresh_cookie(request)
    if kept:
        require_own_page(request)
    return kept or None


def _id(request: web.Request) -> str:
    who = caller(request)
    if who.id is None:
        raise signed_out()
    return who.id


def _require_login(request: web.Request) -> None:
    """Raise `forbidden` for an API token: one that leaked must not make more of itself."""
    if caller(request).means == "api_token":
        raise forbidden("An API token cannot do this: sign in.")
