"""What can be done, and what can be tried: the kinds with their args as JSON Schema."""

from typing import Any

from aiohttp import web

from service.engine.desk import Desk
from service.http import render
from service.http.answers import as_json, tagged
from service.http.keys import DESK
from service.kinds.base import Kind
from service.kinds.registry import KindInfo


async def find(request: web.Request) -> web.Response:
    """List every kind."""
    desk = request.app[DESK]
    return tagged(request, {"kinds": [_kind(desk, info) for info in desk.kinds.all()]})


async def show(request: web.Request) -> web.Response:
    """Show one kind."""
    desk = request.app[DESK]
    name = request.match_info["kind"]
    for info in desk.kinds.all():
        if info.name == name:
            return as_json(_kind(desk, info))
    desk.kinds.get(name)  # raises kind_not_found, in the registry's own words
    raise AssertionError(f"the registry knows {name} and does not list it")


def _kind(desk: Desk, info: KindInfo) -> dict[str, Any]:
    kind = info.kind
    details = render.kind_details(kind) if kind is not None else _NOTHING_KNOWN | {"title": info.name}
    return {
        "name": info.name,
        "available": info.available,
        "reason": info.reason,
        "remediation": info.remediation,
        "source": info.source,
        **details,
        "args": desk.kinds.args_json_schema(kind) if kind is not None else {},
    }


_NOTHING_KNOWN: dict[str, Any] = {
    "description": "",
    "version": 0,
    "accepts": [],
    "min_files": 0,
    "max_files": 0,
    "lane": Kind.lane,
    "crash_policy": Kind.crash_policy,
    "is_cacheable": False,
    "limits": None,
}
