"""Who makes this request: what the guard found out, for handlers to ask."""

from aiohttp import web

from service.http.keys import CALLER
from service.model.accounts import LOCAL, Caller, Viewer


def caller(request: web.Request) -> Caller:
    """Return who asks; the person at the machine while accounts are off."""
    found: Caller = request.get(CALLER, LOCAL)
    return found


def viewer(request: web.Request) -> Viewer | None:
    """Return the eyes with which this request may look; None sees everything."""
    return caller(request).viewer
