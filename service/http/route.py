"""One route with its documentation beside it, so that the router and the OpenAPI document cannot drift apart."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from marshmallow import Schema

from service.model.errors import DeskError
from service.model.policy import Action, Thing

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
JSON = "application/json"


@dataclass(frozen=True, slots=True)
class About:
    """What the path of a route is about, so that one place decides who may: see service/http/things.py.

    `find` returns whose it is and whom it is about, and raises the error for what does not exist; `unseen`
    returns the error for somebody who may not see it (mostly the same one: then nobody learns that it is there).
    """

    find: Callable[[web.Request], Awaitable[Thing]]
    unseen: Callable[[web.Request], DeskError]


@dataclass(frozen=True, slots=True)
class Route(web.AbstractRouteDef):
    """A method and a path, who answers, and what goes in and out (marshmallow schemas).

    `body` is a JSON body, `form` a multipart one; with both the client chooses. `answer` is the schema of
    the success answer when it is JSON; `media_type` says what else it is. `problems` are the codes that
    this route answers with beside those that every route may. `headers` are (name, what it is for).

    `access` is what the request wants to do, as model/policy.py knows it. Without it: to see or change what the
    path is about, or to look (GET) or submit (anything else) where it is about nothing. `about` is taken from
    `{job_id}` and `{batch_id}` when it is not given. `takes_ticket` says whether a single-use ticket in the
    address is enough to be known; without it: for a GET of anything but JSON.
    """

    method: str
    path: str
    handler: Handler
    summary: str
    tag: str = "jobs"
    query: type[Schema] | None = None
    body: type[Schema] | None = None
    form: type[Schema] | None = None
    is_body_required: bool = True
    status: int = 200
    answer: type[Schema] | None = None
    media_type: str = JSON
    problems: Sequence[str] = ()
    headers: Sequence[tuple[str, str]] = ()
    more_statuses: Sequence[tuple[int, str]] = ()
    is_get_only: bool = False
    access: Action | None = None
    about: About | None = None
    takes_ticket: bool | None = None

    def register(self, router: web.UrlDispatcher) -> list[web.AbstractRoute]:
        """Add the route; a GET answers HEAD too unless it is a stream."""
        if self.method == "GET":
            route = router.add_get(
                self.path, self.handler, allow_head=not self.is_get_only, expect_handler=expect_continue
            )
        else:
            route = router.add_route(self.method, self.path, self.handler, expect_handler=expect_continue)
        return [route]


Preset = Mapping[str, Any]
"""Documentation that several routes share; tuples add up, anything else is replaced."""


def get(path: str, handler: Handler, summary: str, *presets: Preset, **more: Any) -> Route:
    """Return a GET route, documented by its presets and what is said beside them."""
    return Route("GET", path, handler, summary, **_merged(*presets, more))


def post(path: str, handler: Handler, summary: str, *presets: Preset, **more: Any) -> Route:
    """Return a POST route."""
    return Route("POST", path, handler, summary, **_merged(*presets, more))


def patch(path: str, handler: Handler, summary: str, *presets: Preset, **more: Any) -> Route:
    """Return a PATCH route."""
    return Route("PATCH", path, handler, summary, **_merged(*presets, more))


def put(path: str, handler: Handler, summary: str, *presets: Preset, **more: Any) -> Route:
    """Return a PUT route."""
    return Route("PUT", path, handler, summary, **_merged(*presets, more))


def delete(path: str, handler: Handler, summary: str, *presets: Preset, **more: Any) -> Route:
    """Return a DELETE route."""
    return Route("DELETE", path, handler, summary, **_merged(*presets, more))


def _merged(*presets: Preset) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for preset in presets:
        for name, value in preset.items():
            merged[name] = (*merged.get(name, ()), *value) if isinstance(value, tuple) else value
    return merged


async def expect_continue(request: web.Request) -> None:
    """Put off `100 Continue` until the guards have passed; an unknown expectation is left to them (417)."""


async def send_continue(request: web.Request) -> None:
    """Tell a client that waits for it to send its body; raises `expectation_failed` for any other wish."""
    wish = request.headers.get("Expect")
    if wish is None or request.version < (1, 1):
        return
    if wish.lower() != "100-continue":
        raise DeskError("expectation_failed", f"This server does not know the expectation {wish[:40]!r}.")
    await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    request.writer.output_size = 0  # the answer itself has not begun: an error may still be told
