"""The paths of the older shipping desk: commands and their history, the preview, a row that needs review."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from aiohttp import web
from marshmallow import Schema

from service.engine.desk import Desk
from service.engine.submission import Submission
from service.http import render
from service.http.answers import as_json
from service.http.body import idempotency_key, load, query, read
from service.http.conditional import matches_none
from service.http.documentation import OF_JOB
from service.http.identity import caller, viewer
from service.http.keys import CONFIG, DESK
from service.http.route import Route, get, post
from service.http.schemas import Empty
from service.http.submissions import DeskShelf, check_count, form_rules, json_field
from service.http.uploads import is_multipart, received
from service.kinds.shipping import wire
from service.kinds.shipping.args import NAME
from service.kinds.shipping.asking import Asker
from service.model.artifacts import Input
from service.model.errors import DeskError, conflict, job_not_found
from service.model.events import rfc3339
from service.model.jobs import Job
from service.storage.port import JobQuery

V1: Final = "/api/v1"
JOB: Final = f"{V1}/jobs/{{job_id}}"
CHUNK_BYTES: Final = 256 * 1024
MAX_LABELS: Final = 100_000
_FILE_PARTS: Final = frozenset({"source", "files", "file"})
_JSON_FIELDS: Final = ("mapping", "ship_from", "auto_confirm", "filter")
_PARSED: Final = (
    "needs_clarification", "source_not_found", "source_empty", "source_not_text", "source_invalid", "source_encrypted",
    "source_too_large", "too_many_columns", "columns_missing", "mapping_invalid", "filter_invalid",
    "kind_setting_invalid",
    "carrier_not_configured", "carrier_unavailable",
)  # fmt: skip
OF_BODY: Final = ("unsupported_media_type", "malformed", "invalid", "too_large", "upload_timed_out", "unknown_field",
                "too_few_files", "too_many_files", "file_type_not_accepted", "file_name_missing", "disk_budget",
                "storage_full", "kind_unavailable", "conflict")  # fmt: skip


def routes() -> Sequence[Route]:
    """Return this room's own paths."""
    once = (("Idempotency-Key", "The same key and body give the same job again."),)
    return (
        post(f"{V1}/commands", submit, "Ship the orders that a sentence names: a job, or a question", tag=NAME,
             status=201, body=wire.ShippingCommand, form=wire.ShippingCommandForm, headers=once,
             answer=wire.ShippingAccepted,
             problems=(*_PARSED, *OF_BODY, "invalid_args", "idempotency_mismatch", "queue_full", "job_not_found")),
        post(f"{V1}/commands/check", check, "Read a sentence without shipping anything", tag=NAME,
             body=wire.ShippingCommand, form=wire.ShippingCommandForm, answer=wire.ShippingChecked,
             problems=(*_PARSED, *OF_BODY, "job_not_found")),
        get(f"{V1}/commands/history", history, "List the commands, newest first", tag=NAME,
            query=wire.ShippingHistoryQuery, answer=wire.ShippingHistory, problems=("invalid",)),
        get(f"{JOB}/preview", preview, "Show what a job would buy, every row", OF_JOB, tag=NAME,
            answer=wire.ShippingPreview, problems=("preview_not_found",)),
        post(f"{JOB}/items/{{key}}/look-up", look_up, "Ask the carrier what became of a row that needs review",
             OF_JOB, tag=NAME, body=Empty, is_body_required=False, answer=wire.ShippingLookedUp,
             problems=("conflict", "item_not_found", "malformed", "invalid", "unsupported_media_type", "too_large",
                       "upload_timed_out", "carrier_unavailable", "carrier_not_configured", "kind_setting_invalid",
                       "plan_missing", "source_invalid", "source_too_large")),
    )  # fmt: skip


async def submit(request: web.Request) -> web.Response:
    """Put a command in line once it is wholly understood."""
    async with AsyncExitStack() as stack:
        sent = await SentCommand.read(request, stack)
        meant = await _understood(request, sent)
        args = {**sent.options, "filter": meant["filter"], "service": meant["service"]}
        wanted = Submission(
            kind=NAME,
            args=args,
            inputs=(sent.file,),
            idempotency_key=idempotency_key(request),
            owner=caller(request).id,
        )
        sent.hand_over()
        submitted = await request.app[DESK].submit(wanted)
        sent.keep()
    job = submitted.job.job
    body = {
        "job_id": job.id,
        "status": str(job.status),
        **{name: meant[name] for name in ("explanation", "service", "selected_rows")},
        "links": {**render.job_links(job.id), "preview": f"{V1}/jobs/{job.id}/preview"},
    }
    headers = {"Location": f"{V1}/jobs/{job.id}"}
    if submitted.is_replay:
        headers["Idempotency-Replayed"] = "true"
    return as_json(body, 201, headers)


async def check(request: web.Request) -> web.Response:
    """Say how a command is understood, word by word; nothing is kept."""
    async with AsyncExitStack() as stack:
        sent = await SentCommand.read(request, stack)
        meant = await _understood(request, sent)
        sent.give_back()
    return as_json(meant)


async def history(request: web.Request) -> web.Response:
    """List the last commands with what became of them."""
    desk = request.app[DESK]
    wanted = query(request, wire.ShippingHistoryQuery)
    jobs = await desk.store.jobs(
        JobQuery(kind=NAME, text=wanted["q"], limit=wanted["limit"], viewer=viewer(request))
    )
    return as_json({"commands": [_past(job) for job in jobs]})


async def preview(request: web.Request) -> web.StreamResponse:
    """Send the preview with every row, as the child has written it."""
    desk = request.app[DESK]
    job = await job_of(request)
    file = next((one for one in job.artifacts if one.name == "preview.json"), None)
    if file is None:
        raise DeskError(
            "preview_not_found",
            f"Job {job.id} has no preview yet.",
            remediation="Wait until it is held: follow its events.",
            retriable=True,
        )
    etag = f'"{file.sha256}"'
    headers = {"ETag": etag, "Cache-Control": "private, no-cache"}
    if matches_none(request.headers.get("If-None-Match"), etag):
        return web.Response(status=304, headers=headers)
    answer = web.StreamResponse(headers={**headers, "Content-Type": "application/json; charset=utf-8"})
    return await stream_file(request, answer, desk.files.artifact_path(job.id, file.name))


async def look_up(request: web.Request) -> web.Response:
    """Ask the carrier about a row that needs review, and decide it by the answer; nothing is bought."""
    await read(request, Empty, is_required=False)
    desk = request.app[DESK]
    job = await job_of(request)
    key = request.match_info["key"]
    item = next((one for one in await desk.store.items(job.id, limit=MAX_LABELS) if one.key == key), None)
    if item is None:
        raise DeskError("item_not_found", f"Job {job.id} has no item {key[:80]!r}.")
    if item.status != "needs_review":
        raise conflict(f"Row {key} is {item.status}; nothing is to be decided.")
    found = await Asker().ask(
        {
            "do": "look_up",
            "work_dir": str(desk.files.work_dir(job.id)),
            "shared_dir": str(desk.files.kind_dir(NAME)),
            "owner": job.owner,
            "carrier": job.args["carrier"],
            "line": [(one, str(desk.files.work_dir(one))) for one in await _line_of(desk, job)],
            "row_number": int(key),
            "settings": settings_of(request),
        }
    )
    status = "completed" if found["is_bought"] else "failed"
    message = None if found["is_bought"] else "The carrier says that it was not bought."
    await desk.resolve_item(job.id, key, status, found.get("output"), message)
    body = {"is_bought": found["is_bought"], "job": render.job(await desk.view(job.id))}
    return as_json(body)


class SentCommand:
    """A command as it came in: its options, and the file it is about."""

    def __init__(self, options: dict[str, Any], file: Input, desk: Desk, form: Any) -> None:
        self.options = options
        self.file = file
        self._desk = desk
        self._form = form

    @classmethod
    async def read(
        cls,
        request: web.Request,
        stack: AsyncExitStack,
        body: type[Schema] = wire.ShippingCommand,
        said: type[Schema] = wire.ShippingOptions,
    ) -> "SentCommand":
        """Read a form with a file, or JSON that names an earlier job; its file stays until the block ends.

        `body` is the schema of the JSON, `said` of what a form says beside its file.
        """
        desk = request.app[DESK]
        if not is_multipart(request):
            options = await read(request, body)
            file = await _file_of(request, options.pop("source_id"))
            return cls(options, file, desk, None)
        kind = desk.kinds.get(NAME)
        texts = frozenset(said().fields)
        rules = replace(form_rules(request, texts, kind), files=_FILE_PARTS)
        form = await stack.enter_async_context(received(request, DeskShelf(desk), rules))
        values: dict[str, Any] = {name: text for name, text in form.fields.items() if text.strip()}
        for name in _JSON_FIELDS:
            if name in values:
                values[name] = json_field(name, values[name])
        options = load(said, values)
        check_count(kind, len(form.inputs))
        return cls(options, form.inputs[0], desk, form)

    def hand_over(self) -> None:
        """Say that a submission begins, which takes the pin from the file whatever becomes of it."""
        if self._form is not None:
            self._form.hand_over()

    def keep(self) -> None:
        """Say that the file belongs to a job now."""
        if self._form is not None:
            self._form.keep()

    def give_back(self) -> None:
        """Say that the file of an earlier job was only looked at."""
        if self._form is None:
            self._desk.files.unpin([self.file.sha256])


async def _file_of(request: web.Request, source_id: str) -> Input:
    """Return the file of an earlier job of the caller's, pinned. Raises `source_not_found`."""
    desk = request.app[DESK]
    try:
        job = await desk.store.job(source_id)
    except DeskError:
        job = None
    if job is None or job.kind != NAME or not job.inputs or not is_seen(request, job):
        raise DeskError(
            "source_not_found",
            f"No earlier command has the source {source_id[:64]!r}.",
            remediation="Name the job_id of a command from the history, or send the file.",
        )
    file = job.inputs[0]
    desk.files.pin(file.sha256)
    if not await asyncio.to_thread(desk.files.blob_path(file.sha256).exists):
        desk.files.unpin([file.sha256])
        raise DeskError(
            "source_not_found", f"{file.name} is no longer here.", remediation="Send the file again."
        )
    return file


async def _understood(request: web.Request, sent: SentCommand) -> dict[str, Any]:
    """Return what the tool has understood; a file of an earlier job is unpinned when it has not."""
    desk = request.app[DESK]
    try:
        return await Asker().ask(
            {
                "do": "understand",
                "path": str(desk.files.blob_path(sent.file.sha256)),
                "name": sent.file.name,
                "folder": str(desk.files.kind_dir(NAME)),
                "args": sent.options,
                "settings": settings_of(request),
            }
        )
    except BaseException:
        sent.give_back()
        raise


def is_seen(request: web.Request, job: Job) -> bool:
    """Whether the caller may know of a job that their request names in another way than by its address."""
    return caller(request).may_see(job.owner, job.subject)


def settings_of(request: web.Request) -> dict[str, Any]:
    """Return the settings of this kind."""
    return dict(request.app[CONFIG].kind_settings.get(NAME, {}))


async def job_of(request: web.Request) -> Job:
    """Return the job of this kind that the address names. Raises `job_not_found`."""
    job_id = request.match_info["job_id"]
    job = await request.app[DESK].store.job(job_id)
    if job.kind != NAME:
        raise job_not_found(job_id)
    return job


async def _line_of(desk: Desk, job: Job) -> list[str]:
    """Return the ids of a job and of those it is a retry of, newest first."""
    ids = [job.id]
    while job.retry_of is not None and job.retry_of not in ids:
        ids.append(job.retry_of)
        try:
            job = await desk.store.job(job.retry_of)
        except DeskError:  # an older one that was deleted; its row's key still holds
            break
    return ids


def _past(job: Job) -> dict[str, Any]:
    told: Mapping[str, Any] = job.output or job.preview or {}
    return {
        "job_id": job.id,
        "command": job.args.get("command", job.title),
        "status": str(job.status),
        "file_name": job.inputs[0].name if job.inputs else None,
        "file_sha256": job.inputs[0].sha256 if job.inputs else None,
        "explanation": told.get("explanation"),
        "total_rows": told.get("total_rows"),
        "successful": told.get("successful"),
        "total_cost_cents": told.get("total_cost_cents"),
        "created_at": rfc3339(job.created_at),
    }


async def stream_file(request: web.Request, answer: web.StreamResponse, path: Path) -> web.StreamResponse:
    """Send a file as the body of an answer whose headers are made."""
    source = await asyncio.to_thread(path.open, "rb")
    try:
        answer.content_length = (await asyncio.to_thread(path.stat)).st_size
        await answer.prepare(request)
        while request.method != "HEAD" and (chunk := await asyncio.to_thread(source.read, CHUNK_BYTES)):
            await answer.write(chunk)
        await answer.write_eof()
    finally:
        await asyncio.to_thread(source.close)
    return answer
