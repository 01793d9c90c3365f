"""Where handlers find what the composition root made: typed keys, so that nothing is a global."""

from typing import TYPE_CHECKING, Any

from aiohttp import web

if TYPE_CHECKING:
    # The engine is named for the type checker only: a kind's dialect may be read without starting one.
    import asyncio

    from service.accounts.doorkeeper import Doorkeeper
    from service.config import Config, Settings
    from service.engine.desk import Desk
    from service.http.endings import Endings
    from service.http.examples import Examples
    from service.http.problem_pages import ProblemPages
    from service.http.route import Route
    from service.model.accounts import Caller

DESK: "web.AppKey[Desk]" = web.AppKey("desk")
CONFIG: "web.AppKey[Config]" = web.AppKey("config")
SETTINGS: "web.AppKey[Settings]" = web.AppKey("settings")
DOCTOR: "web.AppKey[asyncio.Lock]" = web.AppKey("doctor")
ROUTES: "web.AppKey[tuple[Route, ...]]" = web.AppKey("routes")
OPENAPI: "web.AppKey[dict[str, Any]]" = web.AppKey("openapi")
PROBLEM_PAGES: "web.AppKey[ProblemPages]" = web.AppKey("problem_pages")
EXAMPLES: "web.AppKey[Examples]" = web.AppKey("examples")
DOORKEEPER: "web.AppKey[Doorkeeper]" = web.AppKey("doorkeeper")
ENDINGS: "web.AppKey[Endings]" = web.AppKey("endings")
REQUEST_ID: "web.RequestKey[str]" = web.RequestKey("request_id")
CALLER: "web.RequestKey[Caller]" = web.RequestKey("caller")
