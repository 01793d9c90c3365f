"""What monitors ask: alive, ready, and the numbers."""

from aiohttp import web

from service.http.answers import as_json
from service.http.keys import DESK
from service.model.errors import DeskError


async def alive(request: web.Request) -> web.Response:  # noqa: ARG001 (a handler's signature)
    """Say that the process answers."""
    return as_json({"status": "ok"})


async def ready(request: web.Request) -> web.Response:
    """Say whether work is taken and run; 503 when not."""
    health = request.app[DESK].health()
    if not health["ok"]:
        raise DeskError(
            "not_ready", "The desk is starting or stopping.", retriable=True, extra={"checks": health}
        )
    return as_json({"status": "ok", **health})


async def metrics(request: web.Request) -> web.Response:
    """Show the numbers in Prometheus' text form."""
    body, content_type = request.app[DESK].render_metrics()
    return web.Response(body=body, headers={"Content-Type": content_type})
