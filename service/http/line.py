"""Looking along the line: who waits at which place, and when something would be done that is not handed in yet."""

from aiohttp import web

from service.engine.lanes import LaneView
from service.http import line_schemas as schemas
from service.http import render
from service.http.answers import as_json
from service.http.body import query, read
from service.http.identity import viewer
from service.http.keys import DESK
from service.http.submissions import kind_in_body
from service.model.errors import DeskError


async def estimate(request: web.Request) -> web.Response:
    """Tell when a job would start and be done if it were handed in now."""
    desk = request.app[DESK]
    wanted = await read(request, schemas.EstimateBody)
    kind = kind_in_body(desk, wanted["kind"])
    lane = (desk.settings.lanes or {}).get(kind.name, kind.lane)
    view = next((view for view in await desk.queue_state() if view.name == lane), None)
    told = desk.clockwork.estimate_last(lane, kind.name, wanted["input_bytes"], wanted["jobs"])
    return as_json(
        {
            "kind": kind.name,
            "lane": lane,
            "position": view.waiting + 1 if view else 1,
            "is_paused": view.is_paused if view else False,
            **told.to_json(),
        }
    )


async def waiting(request: web.Request) -> web.Response:
    """List the jobs of a lane in the order in which they will run, from a place on; those of others are left out."""
    desk = request.app[DESK]
    wanted = query(request, schemas.LinePageQuery)
    lane, after = wanted["lane"], wanted["after"]
    _check(lane, await desk.queue_state())
    count, ids = desk.clockwork.places(lane, after, wanted["limit"], viewer(request))
    views = await desk.views(await desk.store.jobs_by_id(ids))
    # A job may have been taken while its row was read: it is no longer in line.
    jobs = [render.listed_job(view) for view in views if view.position is not None]
    return as_json({"lane": lane, "waiting": count, "after": after, "jobs": jobs})


def _check(lane: str, lanes: list[LaneView]) -> None:
    if all(view.name != lane for view in lanes):
        raise DeskError(
            "lane_not_found", f"There is no lane {lane!r}.", remediation="GET /api/v1/queue lists them."
        )
