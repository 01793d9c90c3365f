"""The paths of the older heat sheet service: submit, look, follow, merge, take the calendar along."""

import asyncio
import re
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from service.engine.desk import Desk, SubmittedBatch
from service.engine.submission import BatchSubmission
from service.http.answers import as_json, tagged
from service.http.body import idempotency_key, load, query, read
from service.http.documentation import STREAM, TAGGED
from service.http.files import ATTACHMENT_POLICY, content_disposition
from service.http.identity import caller, viewer
from service.http.keys import DESK
from service.http.route import Preset, Route, get, post
from service.http.schemas import Empty
from service.http.stream import batch_dialect_events
from service.http.submissions import DeskShelf, form_rules, json_field
from service.http.uploads import Form, is_multipart, received
from service.kinds.heatsheets import schemas as s
from service.kinds.heatsheets import wire
from service.kinds.heatsheets.calendar import CalendarChoices, make_calendar
from service.kinds.heatsheets.codes62 import LENGTH
from service.kinds.heatsheets.outcome import events_csv
from service.kinds.heatsheets.people import Everybody
from service.model.artifacts import Input
from service.model.batches import Batch
from service.model.errors import DeskError, FieldError, batch_not_found, conflict
from service.model.jobs import Job

KIND = "heatsheets"
FILE_PARTS = frozenset({"pdfs", "files"})
_CODE = re.compile(rf"[0-9A-Za-z]{{{LENGTH}}}")
_NOT_TAKEN = (
    "invalid", "invalid_args", "malformed", "unsupported_media_type", "too_few_files", "too_many_files",
    "file_type_not_accepted", "file_name_missing", "unknown_field", "too_large", "idempotency_mismatch",
    "upload_timed_out", "queue_full", "disk_budget", "storage_full", "kind_unavailable",
)  # fmt: skip
_BODY = ("unsupported_media_type", "malformed", "invalid", "too_large", "upload_timed_out")
_OF_BATCH: Preset = {"tag": KIND, "problems": ("batch_not_found",)}
_CHANGES: Preset = {
    "status": 202,
    "answer": s.SheetsBatch,
    "body": Empty,
    "is_body_required": False,
    "problems": ("conflict", *_BODY),
}


def routes() -> Sequence[Route]:
    """Return this room's own paths."""
    once = (("Idempotency-Key", "The same key and body give the same batch again."),)
    batch = f"{wire.BASE}/{{batch_id}}"
    return (
        post(f"{wire.BASE}/extract", extract, "Find a swimmer on sheets, uploaded or at addresses", tag=KIND,
             status=202, body=s.Extract, form=s.ExtractForm, answer=s.SheetsAccepted, headers=once,
             problems=_NOT_TAKEN),
        get(f"{wire.BASE}/swimmers", SwimmerLookup().find, "Complete a name from the sheets that were read",
            tag=KIND, query=s.SwimmersQuery, answer=s.SwimmersOut, problems=("invalid",)),
        get(batch, show, "Show a batch of sheets", _OF_BATCH, TAGGED, answer=s.SheetsBatch),
        get(f"{batch}/stream", stream, "Stream a batch of sheets in the words of the older service", STREAM,
            _OF_BATCH),
        get(f"{batch}/results", results, "Show the swimmer's events over all sheets, as far as they are read",
            _OF_BATCH, TAGGED, answer=s.MergedResults),
        get(f"{batch}/results.csv", send_csv, "Download the events as CSV", _OF_BATCH, query=s.EventsQuery,
            media_type="text/csv", problems=("invalid",)),
        get(f"{batch}/calendar.ics", send_calendar, "Download the events as a calendar", _OF_BATCH,
            query=s.CalendarQuery, media_type="text/calendar", problems=("invalid", "calendar_empty")),
        post(f"{batch}/cancel", cancel, "Cancel what is left of a batch", _OF_BATCH, _CHANGES),
        post(f"{batch}/retry", retry, "Retry what did not succeed", _OF_BATCH, _CHANGES,
             problems=("queue_full", "disk_budget", "kind_unavailable")),
        post(f"{batch}/again", again, "Look for another swimmer on the same sheets", _OF_BATCH, status=202,
             body=s.Again, answer=s.SheetsAccepted, headers=once,
             problems=("conflict", "too_few_files", *_BODY, "invalid_args", "idempotency_mismatch", "queue_full",
                       "disk_budget", "kind_unavailable")),
        get("/api/results/{code}", open_result, "Open a result by its code", tag=KIND, answer=s.OpenedResult,
            problems=("result_not_found",)),
    )  # fmt: skip


async def extract(request: web.Request) -> web.Response:
    """Put one job for each file, and then for each address, in line."""
    async with AsyncExitStack() as stack:
        form = Form()
        if is_multipart(request):
            kind = request.app[DESK].kinds.get(KIND)
            texts = frozenset(s.ExtractForm().fields) - FILE_PARTS
            rules = replace(form_rules(request, texts, kind), files=FILE_PARTS)
            form = await stack.enter_async_context(received(request, DeskShelf(request.app[DESK]), rules))
            wanted = load(s.Extract, _form_values(form.fields))
        else:
            wanted = await read(request, s.Extract)
        urls = tuple(wanted.pop("urls"))
        if not form.inputs and not urls:
            raise _too_few()
        form.hand_over()
        answer = await _submit(request, wanted, tuple(form.inputs), urls)
        form.keep()
    return answer


async def show(request: web.Request) -> web.Response:
    """Show a batch with its jobs."""
    return tagged(request, await _shown(request.app[DESK], await _batch(request)))


async def stream(request: web.Request) -> web.StreamResponse:
    """Stream a batch; its work began when it was submitted."""
    await _batch(request)
    return await batch_dialect_events(request)


async def results(request: web.Request) -> web.Response:
    """Show what is there so far."""
    batch = await _batch(request)
    return tagged(request, wire.merged(batch, await request.app[DESK].store.batch_jobs(batch.id)))


async def send_csv(request: web.Request) -> web.Response:
    """Send the events, or those that were picked, as CSV."""
    batch = await _batch(request)
    events, _ = await _events(request, batch, query(request, s.EventsQuery)["events"])
    return _attachment(events_csv(events).encode(), "text/csv", f"{_file_name(batch)}.csv")


async def send_calendar(request: web.Request) -> web.Response:
    """Send the events that have a day and a time as a calendar."""
    batch = await _batch(request)
    wanted = query(request, s.CalendarQuery)
    events, jobs = await _events(request, batch, wanted["events"])
    if day := wanted.get("session_date"):
        events = [event if event["sessionDate"] else {**event, "sessionDate": day} for event in events]
    zone, alarm = (
        wanted.get("zone", batch.args.get("zone")),
        wanted.get("alarm", batch.args.get("alarm_minutes")),
    )
    choices = CalendarChoices(
        zone=None if zone == "floating" else zone,
        alarm_minutes=None if alarm == "none" else alarm,
        length_minutes=wanted.get("length_minutes", batch.args.get("length_minutes", 10)),
    )
    dated = wire.with_meets(events, jobs)
    calendar = await asyncio.to_thread(make_calendar, dated, choices, batch.id, datetime.now(UTC))
    if not calendar.event_count:
        raise DeskError(
            "calendar_empty",
            f"None of {len(events)} events has both a day and a start time.",
            remediation="Say the day with ?session_date= if the sheets do not.",
        )
    return _attachment(calendar.content, "text/calendar", f"{_file_name(batch)}.ics")


async def cancel(request: web.Request) -> web.Response:
    """Cancel every job of a batch that is not over."""
    batch = await _batch(request)
    await read(request, Empty, is_required=False)
    desk = request.app[DESK]
    return as_json(await _shown(desk, await desk.cancel_batch(batch.id)), 202)


async def retry(request: web.Request) -> web.Response:
    """Retry the jobs of a batch that did not succeed."""
    batch = await _batch(request)
    await read(request, Empty, is_required=False)
    desk = request.app[DESK]
    return as_json(await _shown(desk, await desk.retry_batch(batch.id)), 202)


async def again(request: web.Request) -> web.Response:
    """Put a new batch in line: the same sheets, and one of the choices, or somebody else."""
    batch = await _batch(request)
    wanted = await read(request, s.Again)
    desk = request.app[DESK]
    jobs = await desk.store.batch_jobs(batch.id)
    inputs = tuple(file for job in jobs for file in job.inputs)
    kept = [job for job in jobs if not (wanted["urls"] and _is_page(job))]
    urls = [*(job.args["url"] for job in kept if job.args.get("url")), *wanted.pop("urls")]
    args = {name: value for name, value in batch.args.items() if name != "url"} | wanted
    if not inputs and not urls:
        raise _too_few()
    await _pin(desk, inputs)
    return await _submit(request, args, inputs, tuple(dict.fromkeys(urls)))


async def open_result(request: web.Request) -> web.Response:
    """Open a result by its short code.

    One code may be of several jobs, since it follows from the sheet's content and the swimmer's name: each
    opens their own.
    """
    code = request.match_info["code"]
    known = _CODE.fullmatch(code)
    store = request.app[DESK].store
    job = await store.job_with_result_code(KIND, code, viewer(request)) if known else None
    if job is None:
        raise DeskError("result_not_found", f"There is no result with the code {code[:40]}.")
    return as_json(wire.opened(job))


class SwimmerLookup:
    """Completes names; what it has read of the sheets it keeps."""

    def __init__(self) -> None:
        self._people: Everybody | None = None

    async def find(self, request: web.Request) -> web.Response:
        """List people on the caller's sheets whose names begin as typed."""
        wanted = query(request, s.SwimmersQuery)
        if self._people is None:
            self._people = Everybody(await asyncio.to_thread(request.app[DESK].files.kind_dir, KIND))
        found = await asyncio.to_thread(self._people.find, wanted["q"], wanted["limit"], viewer(request))
        return as_json({"success": True, "swimmers": found})


async def _batch(request: web.Request) -> Batch:
    """Return the batch that the path names; one of another kind is not known here."""
    batch = await request.app[DESK].store.batch(request.match_info["batch_id"])
    if batch.kind != KIND:
        raise batch_not_found(batch.id)
    return batch


async def _shown(desk: Desk, batch: Batch) -> dict[str, Any]:
    return wire.shown(batch, await desk.views(await desk.store.batch_jobs(batch.id)))


async def _submit(
    request: web.Request, args: dict[str, Any], inputs: tuple[Input, ...], urls: tuple[str, ...]
) -> web.Response:
    submitted: SubmittedBatch = await request.app[DESK].submit_batch(
        BatchSubmission(
            kind=KIND,
            args=args,
            inputs=inputs,
            urls=urls,
            title=f"{args['swimmer']}: {_count(len(inputs) + len(urls))}",
            idempotency_key=idempotency_key(request),
            owner=caller(request).id,
        )
    )
    answer = wire.extracted(submitted.batch, submitted.jobs)
    headers = {"Location": answer["batchUrl"]}
    if submitted.is_replay:
        headers["Idempotency-Replayed"] = "true"
    return as_json(answer, 202, headers)


async def _events(
    request: web.Request, batch: Batch, picked: Sequence[str]
) -> tuple[list[dict[str, Any]], Sequence[Job]]:
    """Return the merged events (those that were picked, if any were) and the jobs they are from."""
    jobs = await request.app[DESK].store.batch_jobs(batch.id)
    events = wire.merged(batch, jobs)["events"]
    return [event for event in events if not picked or event["eventKey"] in picked], jobs


async def _pin(desk: Desk, inputs: Sequence[Input]) -> None:
    """Keep the contents of an earlier batch until the new one refers to them. Raises `conflict` if one has gone."""
    for file in inputs:
        desk.files.pin(file.sha256)
    gone = [file for file in inputs if not await asyncio.to_thread(desk.files.blob_path(file.sha256).exists)]
    if gone:
        desk.files.unpin([file.sha256 for file in inputs])
        raise conflict(f"{gone[0].name} is no longer here.", "Submit the files anew.")


def _is_page(job: Job) -> bool:
    return bool((job.output or {}).get("links"))


def _form_values(given: dict[str, str]) -> dict[str, Any]:
    """Return a form's fields as the JSON body has them; an empty one counts as left out."""
    values: dict[str, Any] = {name: text.strip() for name, text in given.items() if text.strip()}
    if "urls" in values:
        values["urls"] = json_field("urls", values["urls"])
    if values.get("alarm_minutes") in ("none", "null"):
        values["alarm_minutes"] = None
    return values


def _attachment(content: bytes, media_type: str, name: str) -> web.Response:
    headers = {
        "Content-Disposition": content_disposition(name),
        "Content-Security-Policy": ATTACHMENT_POLICY,
        "Cache-Control": "private, no-cache",
    }
    return web.Response(body=content, content_type=media_type, charset="utf-8", headers=headers)


def _file_name(batch: Batch) -> str:
    return re.sub(r"[^\w\- ]+", "", str(batch.args.get("swimmer") or "events")).strip() or "events"


def _count(sheets: int) -> str:
    return f"{sheets} sheet{'' if sheets == 1 else 's'}"


def _too_few() -> DeskError:
    return DeskError(
        "too_few_files",
        "At least one PDF or address is needed.",
        remediation="Send `pdfs` parts, or `urls` as a JSON list.",
        errors=[FieldError("/pdfs", "At least one file or address.")],
    )
