"""Batches over HTTP: one job for each file (or address), followed as one."""

from aiohttp import web

from service.engine.submission import BatchSubmission
from service.http import cursors, render, schemas
from service.http.answers import as_json, tagged
from service.http.body import idempotency_key, query, read
from service.http.identity import caller, viewer
from service.http.keys import DESK
from service.http.submissions import check_count, submission
from service.model.batches import Batch
from service.model.errors import DeskError, FieldError


async def submit(request: web.Request) -> web.Response:
    """Accept a batch."""
    key = idempotency_key(request)
    async with submission(request, schemas.SubmitBatch) as wanted:
        if not wanted.inputs and not wanted.urls:
            raise DeskError(
                "too_few_files",
                "A batch needs at least one file or address.",
                remediation="Send `files` parts, or `urls`.",
                errors=[FieldError("/files", "At least one file or address.")],
            )
        check_count(wanted.kind, 1)
        wanted.hand_over()
        submitted = await request.app[DESK].submit_batch(
            BatchSubmission(
                kind=wanted.kind.name,
                args=wanted.args,
                inputs=wanted.inputs,
                urls=wanted.urls,
                title=wanted.title,
                idempotency_key=key,
                owner=caller(request).id,
                subject=wanted.subject,
            )
        )
        wanted.keep()
    body = render.batch(submitted.batch, submitted.jobs)
    headers = {"Location": body["links"]["self"]}
    if submitted.is_replay:
        headers["Idempotency-Replayed"] = "true"
    return as_json(body, 202, headers)


async def find(request: web.Request) -> web.Response:
    """List the batches that the caller may see, the newest first."""
    wanted = query(request, schemas.PageQuery)
    before = cursors.moment(wanted["cursor"])
    batches = await request.app[DESK].store.batches(
        before=before, limit=wanted["limit"] + 1, viewer=viewer(request)
    )
    page = batches[: wanted["limit"]]
    more = len(batches) > len(page)
    cursor = cursors.of_moment(page[-1].created_at, page[-1].id) if more else None
    body = {"batches": [render.batch(batch) for batch in page], "next_cursor": cursor}
    return as_json(body, headers=cursors.next_link(request, cursor))


async def show(request: web.Request) -> web.Response:
    """Show a batch with its jobs."""
    desk = request.app[DESK]
    batch = await desk.store.batch(request.match_info["batch_id"])
    jobs = await desk.views(await desk.store.batch_jobs(batch.id))
    return tagged(request, render.batch(batch, jobs))


async def cancel(request: web.Request) -> web.Response:
    """Cancel every job of a batch that is not over."""
    await read(request, schemas.Empty, is_required=False)
    return await _changed(request, await request.app[DESK].cancel_batch(request.match_info["batch_id"]))


async def retry(request: web.Request) -> web.Response:
    """Retry the jobs of a batch that did not succeed."""
    await read(request, schemas.Empty, is_required=False)
    return await _changed(request, await request.app[DESK].retry_batch(request.match_info["batch_id"]))


async def _changed(request: web.Request, batch: Batch) -> web.Response:
    desk = request.app[DESK]
    jobs = await desk.views(await desk.store.batch_jobs(batch.id))
    return as_json(render.batch(batch, jobs), 202)
