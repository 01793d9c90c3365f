"""The paths that only our window needs: a command while it is written, a preview by the page, a label as a picture."""

import asyncio
import tempfile
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

from aiohttp import web

from service.http.answers import as_json
from service.http.body import query
from service.http.conditional import matches_none
from service.http.documentation import OF_JOB
from service.http.keys import DESK
from service.http.route import Route, get, post
from service.kinds.shipping import wire
from service.kinds.shipping.args import NAME
from service.kinds.shipping.asking import Asker
from service.kinds.shipping.plan import plan_path
from service.kinds.shipping.plan_pages import PageWanted, read_page
from service.kinds.shipping.printing.routes import find_label, no_label
from service.kinds.shipping.routes import (
    JOB,
    OF_BODY,
    V1,
    SentCommand,
    job_of,
    settings_of,
    stream_file,
)
from service.model.errors import DeskError

PICTURE_POLICY: Final = "default-src 'none'; frame-ancestors 'none'"


def routes() -> Sequence[Route]:
    """Return the window's own paths."""
    unchanged = {
        "headers": (("If-None-Match", "Answers 304 when nothing has changed."),),
        "more_statuses": ((304, "Not modified"),),
    }
    return (
        post(f"{V1}/commands/explain", explain, "Explain a command while it is written", tag=NAME,
             body=wire.ShippingDraft, form=wire.ShippingDraftForm, answer=wire.ShippingExplained,
             problems=("source_not_found", "source_invalid", "source_too_large", "job_not_found", *OF_BODY)),
        get(f"{JOB}/preview/rows", rows, "Page through the rows of a preview", OF_JOB, tag=NAME,
            query=wire.ShippingRowsQuery, answer=wire.ShippingRows, problems=("invalid", "preview_not_found")),
        get(f"{V1}/labels/{{tracking}}/image", picture, "Look at a label as a picture", unchanged, tag=NAME,
            media_type="image/png", problems=("label_not_found", "source_invalid", "source_too_large")),
    )  # fmt: skip


async def explain(request: web.Request) -> web.Response:
    """Say how a command is understood so far; nothing is kept, and what is unclear is no error."""
    desk = request.app[DESK]
    async with AsyncExitStack() as stack:
        sent = await SentCommand.read(request, stack, wire.ShippingDraft, wire.ShippingDraftOptions)
        stack.callback(sent.give_back)
        wanted = {
            "do": "explain",
            "path": str(desk.files.blob_path(sent.file.sha256)),
            "name": sent.file.name,
            "folder": str(desk.files.kind_dir(NAME)),
            "args": sent.options,
            "settings": settings_of(request),
        }
        return as_json(await Asker().ask(wanted))


async def rows(request: web.Request) -> web.Response:
    """Send some rows of a preview, with how they divide when they are the first."""
    desk = request.app[DESK]
    job = await job_of(request)
    said = query(request, wire.ShippingRowsQuery)
    wanted = PageWanted(said["after"], said["limit"], said["show"], said["q"].strip())
    page = await asyncio.to_thread(read_page, plan_path(desk.files.work_dir(job.id), job.id), wanted)
    if page is None:
        raise DeskError(
            "preview_not_found",
            f"Job {job.id} has no preview.",
            remediation="Wait until it is held: follow its events.",
            retriable=True,
        )
    return as_json(page)


async def picture(request: web.Request) -> web.StreamResponse:
    """Draw a label, in a process of its own since a carrier's PDF is nobody's friend, and send it."""
    desk = request.app[DESK]
    label = await find_label(request)
    etag = f'"{label.sha256}-png"'
    headers = {"ETag": etag, "Cache-Control": "private, no-cache"}
    if matches_none(request.headers.get("If-None-Match"), etag):
        return web.Response(status=304, headers=headers)
    with tempfile.TemporaryDirectory(dir=desk.files.kind_dir(NAME)) as folder:
        out = Path(folder) / "label.png"
        made = await Asker().ask({"do": "draw", "path": str(label.path), "out": str(out)})
        if not made["is_drawn"]:
            raise no_label(request.match_info["tracking"])
        headers |= {"Content-Type": "image/png", "Content-Security-Policy": PICTURE_POLICY}
        return await stream_file(request, web.StreamResponse(headers=headers), out)
