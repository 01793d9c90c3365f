"""The paths of the older ingestion service: put documents in, follow the pipeline, cancel it; and the library's."""

from collections.abc import Mapping, Sequence
from typing import Any

from aiohttp import web
from marshmallow import fields, validate

from service.engine.submission import Submission
from service.http import cursors, render
from service.http.answer_schemas import JobOut, JobsOut, some
from service.http.answers import as_json
from service.http.body import idempotency_key, load, query, read
from service.http.documentation import CHANGES_JOB, OF_JOB, SEARCH, STREAM, SUBMITS
from service.http.identity import caller, viewer
from service.http.keys import DESK
from service.http.route import Route, get, post
from service.http.schemas import STATUSES, Empty, Strict
from service.http.stream import job_dialect_events
from service.http.submissions import DeskShelf, check_count, form_rules, json_field
from service.http.uploads import is_multipart, received
from service.kinds.ingestion.args import IngestionArgs
from service.kinds.ingestion.retrieval.routes import retrieval_routes
from service.kinds.ingestion.wire import IngestForm
from service.model.errors import DeskError, job_not_found
from service.storage.port import JobQuery

JOBS = "/api/v1/admin/ingestion/jobs"
JOB = f"{JOBS}/{{job_id}}"
TEXTS = frozenset({"args", "tags", "workers", "entities", "title"})


class JobsIn(Strict):
    """Which jobs are listed."""

    status = fields.String(load_default=None, validate=validate.OneOf(STATUSES))
    limit = fields.Integer(load_default=20, validate=validate.Range(1, 200))
    cursor = fields.String(load_default=None, validate=validate.Length(max=300))


class Accepted(JobOut):
    """The job, with its id under the older service's name."""

    job_id = some(fields.String)


def routes() -> Sequence[Route]:
    """Return this room's own paths."""
    return (
        post(JOBS, submit, "Put documents in", SUBMITS, tag="ingestion", form=IngestForm, answer=Accepted),
        get(
            JOBS,
            find,
            "List ingestion jobs, newest first",
            SEARCH,
            tag="ingestion",
            query=JobsIn,
            answer=JobsOut,
        ),
        get(JOB, show, "Show an ingestion job", OF_JOB, tag="ingestion", answer=JobOut),
        get(f"{JOB}/progress", follow, "Stream the pipeline", OF_JOB, STREAM, tag="ingestion"),
        post(f"{JOB}/cancel", cancel, "Cancel an ingestion job", CHANGES_JOB, tag="ingestion"),
        *retrieval_routes(),
    )


async def submit(request: web.Request) -> web.Response:
    """Put one job in line for all the documents that were uploaded."""
    desk = request.app[DESK]
    kind = desk.kinds.get("ingestion")
    if not is_multipart(request):
        raise DeskError(
            "unsupported_media_type",
            "Documents come as a form.",
            remediation="Send multipart/form-data with one `files` part for each document.",
        )
    key = idempotency_key(request)
    async with received(request, DeskShelf(desk), form_rules(request, TEXTS, kind)) as form:
        args = form_args(form.fields)
        load(IngestionArgs, args)  # a pointer to the field that is wrong, before the job is made
        check_count(kind, len(form.inputs))
        form.hand_over()
        submitted = await desk.submit(
            Submission(
                kind="ingestion",
                args=args,
                inputs=tuple(form.inputs),
                title=form.fields.get("title") or None,
                idempotency_key=key,
                owner=caller(request).id,
            )
        )
        form.keep()
    job = submitted.job.job
    headers = {"Location": f"{JOBS}/{job.id}"}
    if submitted.is_replay:
        headers["Idempotency-Replayed"] = "true"
    return as_json({"job_id": job.id, **render.job(submitted.job)}, 202, headers)


async def find(request: web.Request) -> web.Response:
    """List the jobs of this kind."""
    desk = request.app[DESK]
    wanted = query(request, JobsIn)
    jobs = await desk.store.jobs(
        JobQuery(
            status=(wanted["status"],) if wanted["status"] else (),
            kind="ingestion",
            before=cursors.moment(wanted["cursor"]),
            limit=wanted["limit"] + 1,
            viewer=viewer(request),
        )
    )
    page = jobs[: wanted["limit"]]
    cursor = cursors.of_moment(page[-1].created_at, page[-1].id) if len(jobs) > len(page) else None
    body = {"jobs": [render.listed_job(view) for view in await desk.views(page)], "next_cursor": cursor}
    return as_json(body, headers=cursors.next_link(request, cursor))


async def show(request: web.Request) -> web.Response:
    """Show one job of this kind."""
    job_id = await _own(request)
    return as_json(render.job(await request.app[DESK].view(job_id)))


async def follow(request: web.Request) -> web.StreamResponse:
    """Stream the pipeline; an unknown job is 404 before the stream opens."""
    await _own(request)
    return await job_dialect_events(request)


async def cancel(request: web.Request) -> web.Response:
    """Ask for the end of a job."""
    await read(request, Empty, is_required=False)
    return as_json(render.job(await request.app[DESK].cancel(await _own(request))), 202)


def form_args(given: Mapping[str, str]) -> dict[str, Any]:
    """Return the args that a form's text fields say; each may stand by itself or within `args`."""
    args: dict[str, Any] = {}
    if given.get("args", "").strip():
        args = json_field("args", given["args"])
        if not isinstance(args, dict):
            raise DeskError("invalid", "args is a JSON object.")
    text = given.get("tags", "").strip()
    if text.startswith("["):
        args["tags"] = json_field("tags", text)
    elif text:
        args["tags"] = [tag.strip() for tag in text.split(",") if tag.strip()]
    return {**args, **{name: given[name] for name in ("workers", "entities") if given.get(name, "").strip()}}


async def _own(request: web.Request) -> str:
    """Return the id of a job of this kind; one of another kind is not known here."""
    job = await request.app[DESK].store.job(request.match_info["job_id"])
    if job.kind != "ingestion":
        raise job_not_found(request.match_info["job_id"])
    return job.id
