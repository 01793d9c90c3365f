"""What handlers write into the audit log: who looked at or changed what, from where. Never what it says."""

from typing import Any

from aiohttp import web

from service.accounts.doorkeeper import Doorkeeper
from service.accounts.people import Actor
from service.http.identity import caller
from service.http.keys import DOORKEEPER
from service.http.proxies import client_address
from service.model.errors import DeskError


async def audit(request: web.Request, action: str, about: str | None = None, **details: Any) -> None:
    """Write that this caller did something (`session.opened`), about something (its id); nothing without accounts."""
    keeper = request.app.get(DOORKEEPER)
    if keeper is not None:
        await keeper.people.record(actor(request), action, about, **details)


def actor(request: web.Request) -> Actor:
    """Return who makes this request, as the audit log names them."""
    who = caller(request)
    return Actor(who.id, who.name, client_address(request))


def doorkeeper(request: web.Request) -> Doorkeeper:
    """Return the doorkeeper. Raises `accounts_off` when nobody has to sign in here."""
    keeper = request.app.get(DOORKEEPER)
    if keeper is None:
        raise DeskError(
            "accounts_off",
            "This desk has no accounts: everybody who reaches it may do everything.",
            remediation="Start it with --accounts.",
        )
    return keeper
