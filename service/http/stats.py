"""How much was done, how long it waited and ran."""

from aiohttp import web

from service.http.answers import as_json
from service.http.body import query
from service.http.keys import DESK
from service.http.schemas import StatsQuery


async def show(request: web.Request) -> web.Response:
    """Show throughput, waiting and running time by kind and day."""
    return as_json(await request.app[DESK].stats(query(request, StatsQuery)["days"]))
