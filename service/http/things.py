"""What a path is about: the job or batch that it names, so that whose it is can be asked before anything is done."""

import re
from collections.abc import Mapping
from typing import Final

from aiohttp import web

from service.http.keys import DESK
from service.http.route import About, Route
from service.model.errors import batch_not_found, job_not_found
from service.model.policy import Action, Thing

_PARAMETER: Final = re.compile(r"\{(\w+)(?::[^{}]+)?\}")
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})


async def _job(request: web.Request) -> Thing:
    job = await request.app[DESK].store.job(request.match_info["job_id"])
    return Thing(job.owner, job.subject)


async def _batch(request: web.Request) -> Thing:
    batch = await request.app[DESK].store.batch(request.match_info["batch_id"])
    return Thing(batch.owner, batch.subject)


A_JOB: Final = About(_job, lambda request: job_not_found(request.match_info["job_id"]))
A_BATCH: Final = About(_batch, lambda request: batch_not_found(request.match_info["batch_id"]))
_BY_PARAMETER: Final[Mapping[str, About]] = {"job_id": A_JOB, "batch_id": A_BATCH}


def about_of(route: Route) -> About | None:
    """Return what a route is about, None when it is about nothing that belongs to somebody."""
    if route.about is not None:
        return route.about
    named = (_BY_PARAMETER.get(name) for name in _PARAMETER.findall(route.path))
    return next(filter(None, named), None)


def action_of(route: Route) -> Action:
    """Return what a request on a route wants to do, as far as rights go."""
    if route.access is not None:
        return route.access
    is_safe = route.method in SAFE_METHODS
    if about_of(route) is not None:
        return Action.SEE if is_safe else Action.CHANGE
    return Action.LOOK if is_safe else Action.SUBMIT


def takes_ticket(route: Route) -> bool:
    """Whether a single-use ticket in the address is enough on this route."""
    if route.takes_ticket is not None:
        return route.takes_ticket
    if action_of(route) is Action.VISIT:
        return False  # a ticket is not spent where nobody asks for one
    return route.method == "GET" and route.media_type != "application/json"
