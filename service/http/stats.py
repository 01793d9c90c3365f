"""How much was done, how long it waited and ran."""

import time

from aiohttp import web

from service.http.answers import as_json
from service.http.body import query
from service.http.identity import viewer
from service.http.keys import DESK
from service.http.schemas import StatsQuery

DAY_SECONDS = 86_400


async def show(request: web.Request) -> web.Response:
    """Show throughput, waiting and running time by kind and day, and what was usual, of what the caller may see."""
    desk = request.app[DESK]
    days = query(request, StatsQuery)["days"]
    told = await desk.stats(days, viewer(request))
    quantiles = await desk.store.run_quantiles(time.time() - days * DAY_SECONDS, viewer(request))
    return as_json({**told, "quantiles": [one.to_json() for one in quantiles]})
