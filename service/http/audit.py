"""What handlers write into the audit log: who looked at or changed what, from where. Never what it says."""

import time
from typing import Any, Final

from aiohttp import web

from service.accounts.doorkeeper import Doorkeeper
from service.accounts.people import Actor
from service.http.identity import caller
from service.http.keys import DOORKEEPER
from service.http.proxies import client_address
from service.model.errors import DeskError
from service.storage.accounts_port import AuditQuery

ONE_READING_SECONDS: Final = 600.0


async def audit(request: web.Request, action: str, about: str | None = None, **details: Any) -> None:
    """Write that this caller did something (`session.opened`), about something (its id); nothing without accounts."""
    keeper = request.app.get(DOORKEEPER)
    if keeper is not None:
        await keeper.people.record(actor(request), action, about, **details)


async def audit_reading(request: web.Request, action: str, about: str, **details: Any) -> None:
    """Write that this caller read something; what they fetch of it in parts, one soon after another, is one entry."""
    keeper, who = request.app.get(DOORKEEPER), caller(request)
    if keeper is None or request.method != "GET":
        return
    newest = await keeper.people.store.audit_entries(AuditQuery(None, 1, action, who.id))
    is_told = any(
        (entry.about, dict(entry.details)) == (about, details)
        and 0 <= time.time() - entry.at < ONE_READING_SECONDS
        for entry in newest
    )
    if not is_told:
        await audit(request, action, about, **details)


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
