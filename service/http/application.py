"""The HTTP application: routes, guards, error answers and pages around a desk."""

import asyncio
from collections.abc import AsyncIterator

from aiohttp import web

from service.accounts.doorkeeper import Doorkeeper
from service.config import Config, Settings, without_origins
from service.engine.desk import Desk
from service.http import examples, openapi, routes
from service.http.authenticate import authentication
from service.http.endings import Endings
from service.http.guard import guards, sharing
from service.http.keys import (
    CONFIG,
    DESK,
    DOCTOR,
    DOORKEEPER,
    ENDINGS,
    EXAMPLES,
    OPENAPI,
    PROBLEM_PAGES,
    ROUTES,
    SETTINGS,
)
from service.http.middleware import add_headers, answer_errors, log_requests
from service.http.pages import bundled
from service.http.problem_pages import ProblemPages
from service.http.version import VERSION


def build_application(
    desk: Desk, config: Config, doorkeeper: Doorkeeper | None = None, settings: Settings | None = None
) -> web.Application:
    """Return the application for a desk; with a doorkeeper people have to sign in.

    `settings` knows where each setting of `config` is from. Run it with `access_log=None`: it writes its own
    line a request.
    """
    table = (*routes.api(), *routes.of_kinds(desk))
    app = web.Application(
        middlewares=[log_requests, answer_errors, guards(config), authentication(table)],
        client_max_size=config.max_upload_bytes,
    )
    app[DESK] = desk
    app[CONFIG] = config
    app[SETTINGS] = settings or without_origins(config)
    app[DOCTOR] = asyncio.Lock()
    app[ROUTES] = table
    app[OPENAPI] = openapi.build(table, VERSION)
    app.on_startup.append(_read_files)
    if doorkeeper is not None:
        app[DOORKEEPER] = doorkeeper
        app[ENDINGS] = Endings(doorkeeper.present, doorkeeper.version)
        app.cleanup_ctx.append(_watch_endings)
    routes.add_to(app, table)
    app.on_response_prepare.append(sharing(config))
    app.on_response_prepare.append(add_headers)
    return app


async def _watch_endings(app: web.Application) -> AsyncIterator[None]:
    """End streams whose reader may no longer read, for as long as the server runs."""
    app[ENDINGS].start()
    yield
    await app[ENDINGS].close()


async def _read_files(app: web.Application) -> None:
    """Read what the pages are made of, off the event loop."""
    app[EXAMPLES] = await asyncio.to_thread(lambda: examples.load(bundled("examples")))
    app[PROBLEM_PAGES] = await asyncio.to_thread(
        lambda: ProblemPages.load(bundled("docs") / "problems.md", bundled("static") / "problem.html")
    )
