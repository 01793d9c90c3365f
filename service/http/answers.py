"""How handlers answer: JSON, with an entity tag when the client may keep it."""

import json
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from service.http.conditional import matches_none, weak_tag


def as_json(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    """Return compact JSON in UTF-8."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return web.Response(
        body=text.encode("utf-8", "replace"), status=status, content_type="application/json", headers=headers
    )


def tagged(request: web.Request, value: Mapping[str, Any], ignoring: str = "estimate") -> web.Response:
    """Return JSON with a weak ETag, or 304 when the client has it; what only ticks does not count as new."""
    etag = weak_tag({name: part for name, part in value.items() if name != ignoring})
    headers = {"ETag": etag, "Cache-Control": "private, no-cache"}
    if matches_none(request.headers.get("If-None-Match"), etag):
        return web.Response(status=304, headers=headers)
    return as_json(value, headers=headers)
