"""The paths of the older book counter: submit by path or upload, look, follow, and list the tokenizers."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import IO, Any

from aiohttp import web
from marshmallow import Schema, fields, validate

from service.engine.submission import Submission
from service.http import render
from service.http.answer_schemas import JobOut, maybe, some
from service.http.answers import as_json
from service.http.body import idempotency_key, load, read
from service.http.documentation import OF_JOB, STREAM
from service.http.identity import caller
from service.http.keys import CONFIG, DESK
from service.http.route import Route, get, post
from service.http.schemas import Anything, Strict
from service.http.stream import job_dialect_events
from service.http.submissions import DeskShelf, check_count, form_rules, json_field
from service.http.uploads import Form, is_multipart, media_type_of, received
from service.kinds.epub.args import DEFAULT_MAX_MB, EXACT_TOKENIZERS, HUB_PREFIX, MAX_TOKENIZERS
from service.kinds.epub.folder import find_books
from service.model.artifacts import Input
from service.model.errors import DeskError, FieldError, job_not_found
from service.model.jobs import JobView

COPY_BYTES = 1024 * 1024
TEXTS = frozenset({"tokenizers", "maxMb", "recursive", "path"})


class Tokenizers(Strict):
    """What both ways of submitting have in common."""

    tokenizers = fields.List(
        fields.String(validate=validate.Length(1, 500)),
        load_default=lambda: list(EXACT_TOKENIZERS),
        validate=validate.Length(max=MAX_TOKENIZERS),
    )
    maxMb = fields.Float(  # noqa: N815 (the older counter's own word)
        load_default=DEFAULT_MAX_MB, validate=validate.Range(min=0, min_inclusive=False, max=100_000)
    )


class ProcessPath(Tokenizers):
    """Books that lie on the server, below one of the configured roots."""

    path = fields.String(required=True, validate=validate.Length(1, 4096))
    recursive = fields.Boolean(load_default=False)


class ProcessForm(Schema):
    """Books that are uploaded."""

    files = fields.List(fields.Raw(metadata={"type": "string", "format": "binary"}), required=True)
    tokenizers = fields.String(metadata={"description": "JSON list, or names separated by commas"})
    maxMb = fields.Float()  # noqa: N815 (the older counter's own word)


class Processed(JobOut):
    """The job, with the two members that the older counter answered with."""

    success = some(fields.Boolean)
    jobId = some(fields.String)  # noqa: N815 (the older counter's own word)


class OldProgress(Strict):
    """How far a job is, in the older counter's words."""

    fileName = maybe(fields.String)  # noqa: N815 (the older counter's own word)
    current = some(fields.Integer)
    total = maybe(fields.Integer)
    percent = some(fields.Float)


class OldJob(Anything):
    """A job in the older counter's words; `results` when it is completed, `error` when it failed."""

    success = some(fields.Boolean)
    jobId = some(fields.String)  # noqa: N815 (the older counter's own word)
    status = some(fields.String)
    position = maybe(fields.Integer)
    progress = fields.Nested(OldProgress, required=True)
    results = fields.Dict()
    error = fields.Dict()


class ModelOut(Strict):
    """A tokenizer."""

    name = some(fields.String)
    title = some(fields.String)
    exact = some(fields.Boolean)
    available = some(fields.Boolean)


class ModelsOut(Strict):
    """The tokenizers that can be asked for."""

    success = some(fields.Boolean)
    models = fields.List(fields.Nested(ModelOut), required=True)


def routes() -> Sequence[Route]:
    """Return this room's own paths."""
    not_taken = (
        "invalid", "invalid_args", "malformed", "unsupported_media_type", "too_few_files", "too_many_files",
        "file_type_not_accepted", "file_name_missing", "unknown_field", "too_large", "path_not_allowed",
        "path_not_found", "path_has_no_books", "path_has_too_many_books", "idempotency_mismatch",
        "upload_timed_out", "queue_full", "disk_budget", "storage_full", "kind_unavailable",
    )  # fmt: skip
    once = (("Idempotency-Key", "The same key and body give the same job again."),)
    return (
        post("/api/process", process, "Count books by path or upload", tag="epub", status=202,
             body=ProcessPath, form=ProcessForm, answer=Processed, headers=once, problems=not_taken),
        get("/api/jobs/{job_id}", show, "Show a job in the words of the older counter", OF_JOB, tag="epub",
            answer=OldJob),
        get("/api/sse/{job_id}", job_dialect_events, "Stream a job in the words of the older counter", OF_JOB,
            STREAM, tag="epub"),
        get("/api/list-models", list_models, "List the tokenizers", tag="epub", answer=ModelsOut),
    )  # fmt: skip


async def process(request: web.Request) -> web.Response:
    """Put one job in line for all the books that were named or uploaded."""
    async with AsyncExitStack() as stack:
        if is_multipart(request):
            kind = request.app[DESK].kinds.get("epub")
            rules = form_rules(request, TEXTS, kind)
            form = await stack.enter_async_context(received(request, DeskShelf(request.app[DESK]), rules))
            options = load(Tokenizers, _form_options(form.fields))
            held: Form | _Copies = form
            inputs = tuple(form.inputs)
        else:
            options = await read(request, ProcessPath)
            held = copies = await stack.enter_async_context(_Copies(request))
            inputs = await copies.take(options["path"], is_recursive=options["recursive"])
        held.hand_over()
        answer = await _submit(request, options, inputs)
        held.keep()
    return answer


async def show(request: web.Request) -> web.Response:
    """Show a job as the older counter did; one of another kind is not known here."""
    job_id = request.match_info["job_id"]
    view = await request.app[DESK].view(job_id)
    if view.job.kind != "epub":
        raise job_not_found(job_id)
    return as_json(old_words(view))


async def list_models(request: web.Request) -> web.Response:  # noqa: ARG001 (a handler's signature)
    """List the tokenizers that count exactly and offline, and how others are named."""
    models = [
        {"name": name, "title": f"{name} (tiktoken)", "exact": True, "available": True}
        for name in EXACT_TOKENIZERS
    ]
    other = {
        "name": f"{HUB_PREFIX}<path or hub id>",
        "title": "A tokenizer.json on this machine, or a hub id when a hub can be reached",
        "exact": True,
        "available": False,
    }
    return as_json({"success": True, "models": [*models, other]})


def old_words(view: JobView) -> dict[str, Any]:
    """Say a job in the older counter's words."""
    job, progress = view.job, view.job.progress
    said: dict[str, Any] = {
        "success": True,
        "jobId": job.id,
        "status": str(job.status),
        "position": view.position,
        "progress": {
            "fileName": progress.file_name,
            "current": progress.current,
            "total": progress.total,
            "percent": progress.percent,
        },
    }
    if job.output is not None:
        said["results"] = job.output
    if job.error is not None:
        said["error"] = job.error.to_json()
    return said


async def _submit(
    request: web.Request, options: Mapping[str, Any], inputs: tuple[Input, ...]
) -> web.Response:
    desk = request.app[DESK]
    check_count(desk.kinds.get("epub"), len(inputs))
    args = {"tokenizers": options["tokenizers"], "max_mb": options["maxMb"]}
    submitted = await desk.submit(
        Submission(
            kind="epub",
            args=args,
            inputs=inputs,
            idempotency_key=idempotency_key(request),
            owner=caller(request).id,
        )
    )
    job = submitted.job.job
    headers = {"Location": f"/api/jobs/{job.id}"}
    if submitted.is_replay:
        headers["Idempotency-Replayed"] = "true"
    return as_json({"success": True, "jobId": job.id, **render.job(submitted.job)}, 202, headers)


def _form_options(given: Mapping[str, str]) -> dict[str, Any]:
    for name in ("path", "recursive"):
        if name in given:
            raise DeskError(
                "invalid",
                f"{name} goes with a JSON body, files with a form.",
                errors=[FieldError(f"/{name}", "Not together with files.")],
            )
    options: dict[str, Any] = dict(given)
    text = given.get("tokenizers", "").strip()
    if text.startswith("["):
        options["tokenizers"] = json_field("tokenizers", text)
    elif text:
        options["tokenizers"] = [name.strip() for name in text.split(",") if name.strip()]
    else:
        options.pop("tokenizers", None)
    return options


class _Copies:
    """Books copied from the server's own folders into the store; gone again unless they are kept."""

    def __init__(self, request: web.Request) -> None:
        self._shelf = DeskShelf(request.app[DESK])
        self._roots = request.app[CONFIG].roots
        self._form = Form()

    async def __aenter__(self) -> "_Copies":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._form.close(self._shelf)

    def hand_over(self) -> None:
        """Say that a submission begins."""
        self._form.hand_over()

    def keep(self) -> None:
        """Say that the copies belong to a job now."""
        self._form.keep()

    async def take(self, path: str, *, is_recursive: bool) -> tuple[Input, ...]:
        """Copy every book that the path names. Raises `path_…` errors of the folder module, or `path_not_found`."""
        books = await asyncio.to_thread(find_books, list(self._roots), path, is_recursive)
        for book in books:
            self._form.inputs.append(await self._copy(book))
        return tuple(self._form.inputs)

    async def _copy(self, book: Path) -> Input:
        upload = await self._shelf.receive(book.name, media_type_of(book.name, None))
        self._form.uploads.append(upload)
        try:
            source: IO[bytes] = await asyncio.to_thread(book.open, "rb")
        except OSError as error:
            raise DeskError("path_not_found", f"Cannot read {book.name}: {error.strerror}") from None
        try:
            while chunk := await asyncio.to_thread(source.read, COPY_BYTES):
                await upload.write(chunk)
        finally:
            await asyncio.to_thread(source.close)
        return await upload.commit()
