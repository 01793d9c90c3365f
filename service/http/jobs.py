"""Jobs over HTTP: parse, call the desk, render."""

import asyncio

from aiohttp import web

from service.engine.submission import Submission
from service.http import cursors, render, schemas
from service.http.answers import as_json, tagged
from service.http.audit import audit
from service.http.body import idempotency_key, load, query, read, read_json
from service.http.identity import caller, viewer
from service.http.keys import DESK
from service.http.submissions import check_count, submission
from service.model.jobs import JobStatus
from service.storage.port import JobQuery


async def submit(request: web.Request) -> web.Response:
    """Accept a job: 202 once it is durable; the same Idempotency-Key answers with the same job."""
    key = idempotency_key(request)
    async with submission(request, schemas.SubmitJob) as wanted:
        has_url = wanted.kind.url_arg is not None and wanted.args.get(wanted.kind.url_arg) is not None
        check_count(wanted.kind, len(wanted.inputs) + has_url)
        wanted.hand_over()
        submitted = await request.app[DESK].submit(
            Submission(
                kind=wanted.kind.name,
                args=wanted.args,
                inputs=wanted.inputs,
                title=wanted.title,
                idempotency_key=key,
                owner=caller(request).id,
                subject=wanted.subject,
            )
        )
        wanted.keep()
    headers = {"Location": render.job_links(submitted.job.job.id)["self"]}
    if submitted.is_replay:
        headers["Idempotency-Replayed"] = "true"
    return as_json(render.job(submitted.job), 202, headers)


async def find(request: web.Request) -> web.Response:
    """List the jobs that the caller may see, the newest first."""
    desk = request.app[DESK]
    wanted = query(request, schemas.JobsQuery)
    jobs = await desk.store.jobs(
        JobQuery(
            status=tuple(dict.fromkeys(wanted["status"])),
            kind=wanted["kind"],
            batch_id=wanted["batch_id"],
            text=wanted["q"],
            created_after=wanted["created_after"],
            before=cursors.moment(wanted["cursor"]),
            limit=wanted["limit"] + 1,
            viewer=viewer(request),
        )
    )
    page = jobs[: wanted["limit"]]
    more = len(jobs) > len(page)
    cursor = cursors.of_moment(page[-1].created_at, page[-1].id) if more else None
    body = {"jobs": [render.listed_job(view) for view in await desk.views(page)], "next_cursor": cursor}
    return as_json(body, headers=cursors.next_link(request, cursor))


async def show(request: web.Request) -> web.Response:
    """Show one job."""
    return tagged(request, render.job(await request.app[DESK].view(request.match_info["job_id"])))


async def progress(request: web.Request) -> web.Response:
    """Show how far a job is."""
    view = await request.app[DESK].view(request.match_info["job_id"])
    return tagged(request, render.job_progress(view))


async def remove(request: web.Request) -> web.Response:
    """Remove a job that is over, and its files."""
    desk, job_id = request.app[DESK], request.match_info["job_id"]
    is_about_somebody = (await desk.store.job(job_id)).subject is not None
    await desk.delete(job_id)
    if is_about_somebody:
        await audit(request, "job.deleted", job_id)
    return web.Response(status=204)


async def cancel(request: web.Request) -> web.Response:
    """Ask for the end of a job."""
    await read(request, schemas.Empty, is_required=False)
    return as_json(render.job(await request.app[DESK].cancel(request.match_info["job_id"])), 202)


async def confirm(request: web.Request) -> web.Response:
    """Send a held job on."""
    desk = request.app[DESK]
    body = await read_json(request, is_required=False)
    confirmed = load(schemas.ConfirmBody, {} if body is None else body)
    job = await desk.store.job(request.match_info["job_id"])
    kind = next((info.kind for info in desk.kinds.all() if info.name == job.kind), None)
    if kind is not None and kind.Confirm is not None:
        confirmed = load(kind.Confirm, confirmed)
    # A yes to another preview than the present one is refused by the store.
    is_current = confirmed.get("hash") == (job.preview or {}).get("hash")
    if kind is not None and job.status is JobStatus.HELD and is_current:
        await asyncio.to_thread(kind.check_confirmed, job.id, confirmed, desk.files.work_dir(job.id))
    return as_json(render.job(await desk.confirm(request.match_info["job_id"], confirmed)), 202)


async def retry(request: web.Request) -> web.Response:
    """Put a new job in line that does what did not succeed."""
    await read(request, schemas.Empty, is_required=False)
    view = await request.app[DESK].retry(request.match_info["job_id"])
    return as_json(render.job(view), 202, {"Location": render.job_links(view.job.id)["self"]})


async def move(request: web.Request) -> web.Response:
    """Give a waiting job another place in the line."""
    wanted = await read(request, schemas.Move)
    view = await request.app[DESK].move(request.match_info["job_id"], wanted["to"])
    return as_json(render.job(view))


async def items(request: web.Request) -> web.Response:
    """List a job's items in the order they began."""
    store = request.app[DESK].store
    wanted = query(request, schemas.ItemsQuery)
    job_id = (await store.job(request.match_info["job_id"])).id
    after = cursors.number(wanted["cursor"])
    rows = await store.items(job_id, status=wanted["status"], after=after, limit=wanted["limit"] + 1)
    page = rows[: wanted["limit"]]
    cursor = cursors.of_number(page[-1].number) if len(rows) > len(page) else None
    body = {"items": [render.item(row) for row in page], "next_cursor": cursor}
    return as_json(body, headers=cursors.next_link(request, cursor))


async def resolve_item(request: web.Request) -> web.Response:
    """Write a person's decision on an item that needs review."""
    desk = request.app[DESK]
    decision = await read(request, schemas.ResolveItem)
    job_id, key = request.match_info["job_id"], request.match_info["key"]
    await desk.resolve_item(job_id, key, decision["outcome"], decision["output"], decision["message"])
    return as_json(render.job(await desk.view(job_id)))
