"""Documents that the service serves about itself: OpenAPI for programs, pages for people."""

import asyncio

from aiohttp import web

from service.http.answers import tagged
from service.http.keys import OPENAPI, PROBLEM_PAGES
from service.http.pages import read_page, send_page
from service.model.errors import DeskError


async def openapi(request: web.Request) -> web.Response:
    """Send the OpenAPI document."""
    document = request.app[OPENAPI]
    return tagged(request, document)


async def page(request: web.Request) -> web.Response:
    """Send the page that shows the OpenAPI document."""
    found = await asyncio.to_thread(read_page, "docs.html")
    if found is None:
        raise DeskError("not_found", "The page of the docs is missing from this installation.")
    return send_page(request, found)


async def problem(request: web.Request) -> web.Response:
    """Send the page about an error code."""
    pages = request.app[PROBLEM_PAGES]
    text = await asyncio.to_thread(pages.render, request.match_info["slug"])
    if text is None:
        raise DeskError("not_found", "There is no such error code.", remediation="/docs lists them.")
    return web.Response(text=text, content_type="text/html", headers={"Cache-Control": "no-cache"})
