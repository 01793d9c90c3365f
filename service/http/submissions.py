"""Putting work in over HTTP: JSON without files or a form with them, checked before anything is kept."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from aiohttp import web

from service.engine.desk import Desk
from service.http import schemas
from service.http.body import load, parse_json, read
from service.http.keys import CONFIG, DESK
from service.http.reuse import Reused, reused
from service.http.subjects import subject_in_args, subject_of_files
from service.http.uploads import Form, FormRules, is_multipart, received
from service.kinds.base import Kind
from service.model.artifacts import Input
from service.model.errors import DeskError, FieldError
from service.storage.port import Upload

FILE_PARTS = frozenset({"files", "file"})


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a client hands in, checked as far as HTTP can; the kind's own schema comes later."""

    kind: Kind
    args: dict[str, Any]
    inputs: tuple[Input, ...]
    urls: tuple[str, ...]
    title: str | None
    form: Form | Reused | None
    subject: str | None
    """Whom it is about: whoever the files of an earlier job were about, since a copy tells as much, or the args say."""

    def hand_over(self) -> None:
        """Say that the submission begins now."""
        if self.form is not None:
            self.form.hand_over()

    def keep(self) -> None:
        """Say that the files belong to a job now."""
        if self.form is not None:
            self.form.keep()


class DeskShelf:
    """The desk's file store as uploads see it."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def receive(self, name: str, media_type: str) -> Upload:
        """Begin to take in a file."""
        return await self._desk.files.receive(name, media_type)

    def unpin(self, sha256: Sequence[str]) -> None:
        """Give contents up."""
        self._desk.files.unpin(sha256)

    async def sweep(self, sha256: Sequence[str]) -> None:
        """Remove those of these contents that nobody wants."""
        await self._desk.sweep_contents(sha256)


@asynccontextmanager
async def submission(request: web.Request, schema: type[schemas.SubmitJob]) -> AsyncIterator[Wanted]:
    """Read a submission; its files are gone when the block ends without `keep()`."""
    desk = request.app[DESK]
    if not is_multipart(request):
        body = await read(request, schema)
        kind = kind_in_body(desk, body["kind"])
        async with _again(request, kind, body["inputs_of"]) as again:
            inputs = again.inputs if again is not None else ()
            about = again.subject if again is not None else None
            subject = subject_of_files(
                request, kind, about, await subject_in_args(request, kind, body["args"])
            )
            urls = tuple(body.get("urls", ()))
            yield Wanted(kind, body["args"], inputs, urls, body["title"], again, subject)
        return
    texts = frozenset(schema().fields)
    async with received(request, DeskShelf(desk), form_rules(request, texts)) as form:
        body = load(schema, form_fields(form.fields))
        if body["inputs_of"] is not None:
            wrong = FieldError("/inputs_of", "Send files, or name a job in a JSON body.")
            raise DeskError("invalid", "A form with files cannot name another job's.", errors=[wrong])
        kind = kind_in_body(desk, body["kind"])
        for number, file in enumerate(form.inputs):
            check_file(kind, file.name, number)
        inputs = tuple(form.inputs)
        subject = await subject_in_args(request, kind, body["args"])
        yield Wanted(kind, body["args"], inputs, tuple(body.get("urls", ())), body["title"], form, subject)


@asynccontextmanager
async def _again(request: web.Request, kind: Kind, job_id: str | None) -> AsyncIterator[Reused | None]:
    """Hold the files of an earlier job, if one is named, until they are handed over."""
    if job_id is None:
        yield None
        return
    again = await reused(request, job_id)
    try:
        for number, file in enumerate(again.inputs):
            check_file(kind, file.name, number)
        yield again
    finally:
        again.give_back()


def form_rules(request: web.Request, texts: frozenset[str], kind: Kind | None = None) -> FormRules:
    """Return what a form may have; with the kind known, or named first, a wrong file is refused before it is read."""
    desk, config = request.app[DESK], request.app[CONFIG]

    def check(name: str, fields: Mapping[str, str], count: int) -> None:
        if count >= config.max_files:
            raise too_many_files(config.max_files)
        known = kind or (kind_in_body(desk, fields["kind"]) if "kind" in fields else None)
        if known is None:
            return
        check_file(known, name, count)
        if count == 0 and kind is None and "args" in fields:  # better before the files than after them
            desk.kinds.load_args(
                known, load(schemas.ArgsOnly, {"args": form_fields(fields).get("args", {})})["args"]
            )

    return FormRules(texts, FILE_PARTS, config.max_upload_bytes, check)


def form_fields(fields: Mapping[str, str]) -> dict[str, Any]:
    """Return a form's text fields with `args` and `urls` read as JSON. Raises `invalid` where they are not."""
    values: dict[str, Any] = dict(fields)
    for name in ("args", "urls"):
        if name not in values:
            continue
        values[name] = json_field(name, values[name]) if values[name].strip() else None
        if values[name] is None:
            del values[name]
    return values


def json_field(name: str, text: str) -> Any:
    """Return what a form's field says in JSON. Raises `invalid` with a pointer to the field."""
    try:
        return parse_json(text.encode())
    except DeskError as error:
        problem = FieldError(f"/{name}", "Not JSON.")
        raise DeskError("invalid", f"{name}: {error.message}", errors=[problem]) from None


def kind_in_body(desk: Desk, name: str) -> Kind:
    """Return a kind that a body names: 422 with a pointer when there is none of that name."""
    try:
        return desk.kinds.get(name)
    except DeskError as error:
        if error.code != "kind_not_found":
            raise
        raise DeskError(
            error.code,
            error.message,
            remediation=error.remediation or "GET /api/v1/kinds lists the kinds.",
            errors=[FieldError("/kind", "No kind has this name.")],
        ) from None


def check_file(kind: Kind, name: str, number: int) -> None:
    """Raise when a kind does not take a file by its extension, or not that many; `number` counts from 0."""
    if kind.accepts and PurePosixPath(name.lower()).suffix not in kind.accepts:
        raise DeskError(
            "file_type_not_accepted",
            f"{kind.name} does not take {name}.",
            remediation=f"It takes {', '.join(kind.accepts)}.",
            errors=[FieldError(f"/files/{number}", f"{name}: not one of {', '.join(kind.accepts)}")],
        )


def check_count(kind: Kind, count: int) -> None:
    """Raise `too_few_files` or `too_many_files` for one job of a kind."""
    if count > kind.max_files:
        raise too_many_files(kind.max_files)
    if count < kind.min_files:
        raise DeskError(
            "too_few_files",
            f"{kind.name} needs {kind.min_files} file{'s' if kind.min_files > 1 else ''}, not {count}.",
            remediation="Send them as `files` parts of a multipart/form-data body.",
            errors=[FieldError("/files", f"At least {kind.min_files}.")],
        )


def too_many_files(most: int) -> DeskError:
    """Return the error for more files than allowed."""
    return DeskError(
        "too_many_files", f"At most {most} files.", errors=[FieldError("/files", f"At most {most}.")]
    )
