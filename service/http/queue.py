"""The line over HTTP: look at it, stop it, start it, empty it."""

from aiohttp import web

from service.http import render, schemas
from service.http.answers import as_json
from service.http.audit import audit
from service.http.body import read
from service.http.identity import viewer
from service.http.keys import DESK


async def show(request: web.Request) -> web.Response:
    """Show every lane."""
    return as_json(await _state(request))


async def pause(request: web.Request) -> web.Response:
    """Take no further job after the running one."""
    wanted = await read(request, schemas.Pause, is_required=False)
    await request.app[DESK].pause(wanted["lane"], wanted["reason"])
    await audit(request, "queue.paused", wanted["lane"])
    return as_json(await _state(request))


async def resume(request: web.Request) -> web.Response:
    """Take jobs again."""
    wanted = await read(request, schemas.WhichLane, is_required=False)
    await request.app[DESK].resume(wanted["lane"])
    await audit(request, "queue.resumed", wanted["lane"])
    return as_json(await _state(request))


async def clear(request: web.Request) -> web.Response:
    """Cancel every waiting job."""
    wanted = await read(request, schemas.WhichLane, is_required=False)
    cancelled = await request.app[DESK].clear(wanted["lane"])
    await audit(request, "queue.cleared", wanted["lane"], cancelled=cancelled)
    return as_json({"cancelled": cancelled})


async def _state(request: web.Request) -> dict[str, object]:
    return {"lanes": [render.lane(view, viewer(request)) for view in await request.app[DESK].queue_state()]}
