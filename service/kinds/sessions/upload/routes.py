"""Handing in a session: a recording or a transcript, and whose it is."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from aiohttp import web

from service.engine.submission import Submission
from service.http.answers import as_json
from service.http.body import idempotency_key
from service.http.identity import caller
from service.http.keys import DESK
from service.http.subjects import subject_in_args
from service.http.submissions import DeskShelf, check_count, form_rules, json_field
from service.http.uploads import is_multipart, received
from service.kinds.sessions.access.routes import KIND, resolve, upload_thing
from service.kinds.sessions.viewing import links
from service.model.errors import DeskError, FieldError

_FILE_PARTS: Final = frozenset({"file", "files"})
_ARGS: Final = ("engine", "speakers", "language", "names", "notes")
_TEXTS: Final = frozenset({*_ARGS, "title", "args"})
_MAX_TITLE: Final = 200


async def upload(request: web.Request) -> web.Response:
    """Put a session in line."""
    desk = request.app[DESK]
    kind = desk.kinds.get(KIND)
    if not is_multipart(request):
        raise DeskError(
            "unsupported_media_type",
            "A session comes as a form.",
            remediation="Send multipart/form-data with the recording or transcript as `file`.",
        )
    key, subject = idempotency_key(request), (await upload_thing(request)).subject
    rules = replace(form_rules(request, _TEXTS, kind), files=_FILE_PARTS)
    async with received(request, DeskShelf(desk), rules) as form:
        title, args = form.fields.get("title", "").strip() or None, form_args(form.fields)
        if title is not None and len(title) > _MAX_TITLE:
            raise DeskError(
                "invalid",
                "The title is too long.",
                errors=[FieldError("/title", f"At most {_MAX_TITLE} characters.")],
            )
        named = await subject_in_args(request, kind, args)
        if None not in (subject, named) and subject != named:
            raise DeskError(
                "invalid",
                "The address and the form name two patients.",
                errors=[FieldError("/args/patient_id", "Not whom the address names.")],
            )
        check_count(kind, len(form.inputs))
        form.hand_over()
        submitted = await desk.submit(
            Submission(
                kind=KIND,
                args=args,
                inputs=tuple(form.inputs),
                title=title,
                idempotency_key=key,
                owner=caller(request).id,
                subject=subject or named,
            )
        )
        form.keep()
    found = await resolve(desk, submitted.job.job.id)
    told = links(found.id, found.job)
    headers = {"Location": told["self"]}
    if submitted.is_replay:
        headers["Idempotency-Replayed"] = "true"
    body = {
        "session_id": found.id,
        "job_id": submitted.job.job.id,
        "status": str(submitted.job.job.status),
        "links": told,
    }
    return as_json(body, 202, headers)


def form_args(given: Mapping[str, str]) -> dict[str, Any]:
    """Return the args that a form's text fields say; each may stand by itself or within `args`."""
    args: dict[str, Any] = {}
    if given.get("args", "").strip():
        args = json_field("args", given["args"])
        if not isinstance(args, dict):
            raise DeskError(
                "invalid", "args is a JSON object.", errors=[FieldError("/args", "Not an object.")]
            )
    for name in _ARGS:
        text = given.get(name, "").strip()
        if not text:
            continue
        if name == "names":
            is_json = text.startswith("[")
            args[name] = (
                json_field(name, text)
                if is_json
                else [part.strip() for part in text.split(",") if part.strip()]
            )
        else:
            args[name] = text
    return args
