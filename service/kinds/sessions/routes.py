"""The paths of the older sessions service, and what its window needs: sessions, notes, changes, the player, streams."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Final

from aiohttp import web

from service.engine.desk import Desk
from service.http import cursors
from service.http.answers import as_json, tagged
from service.http.audit import audit, audit_reading
from service.http.body import query, read
from service.http.documentation import ATTACHMENT, SEARCH, STREAM, TAGGED
from service.http.files import ATTACHMENT_POLICY, Sendable, content_disposition, send_attachment
from service.http.identity import caller, viewer
from service.http.keys import DESK
from service.http.route import Preset, Route, get, patch, post, put
from service.http.socket import SOCKET, job_socket
from service.http.stream import job_stream
from service.kinds.base import Dialect
from service.kinds.sessions import schemas as s
from service.kinds.sessions.access import routes as access
from service.kinds.sessions.access.routes import A_SESSION, AN_UPLOAD, KIND, Found
from service.kinds.sessions.dialect import dialect_of, sessions_dialect
from service.kinds.sessions.editing import Edited, changes_of, names_of
from service.kinds.sessions.export.files import MEDIA_TYPES, made_file
from service.kinds.sessions.renewal.routes import notes, renew
from service.kinds.sessions.renewal.versions import split
from service.kinds.sessions.upload.routes import upload
from service.kinds.sessions.viewing import BASE, is_recording, notes_for, patient_of, session, summary
from service.model.errors import DeskError, conflict
from service.model.jobs import Job
from service.model.policy import Action
from service.storage.port import JobQuery

_PAGE: Final = 200
_MOST_READ: Final = 10_000  # jobs that one request looks through before it gives a cursor
_BODY: Final = ("unsupported_media_type", "malformed", "invalid", "too_large", "upload_timed_out")
_OF_SESSION: Final[Preset] = {"tag": KIND, "about": A_SESSION, "problems": ("session_not_found",)}
_CHANGES: Final[Preset] = {
    "answer": s.Session,
    "problems": ("conflict", "stale_revision", "transcript_not_found", "segment_not_found", *_BODY),
}


def routes() -> Sequence[Route]:
    """Return this room's own paths."""
    one = f"{BASE}/{{session_id}}"
    once = (("Idempotency-Key", "The same key and body give the same session again."),)
    return (
        post(f"{BASE}/upload", upload, "Hand in a session", tag=KIND, status=202, query=s.UploadQuery,
             form=s.UploadForm, answer=s.SessionAccepted, headers=once, access=Action.SUBMIT_SESSION, about=AN_UPLOAD,
             problems=(*_BODY, "invalid_args", "kind_unavailable", "too_few_files", "too_many_files", "unknown_field",
                       "file_type_not_accepted", "file_name_missing", "idempotency_mismatch", "queue_full",
                       "disk_budget", "storage_full", "user_not_found")),
        get(BASE, listed, "List the sessions that the caller may see, newest first", SEARCH, tag=KIND,
            query=s.SessionsQuery, answer=s.Sessions),
        get(one, show, "Show a session with its transcript", TAGGED, _OF_SESSION, answer=s.Session),
        get(f"{one}/notes", notes, "Show the notes, as far as they are for the caller", TAGGED, _OF_SESSION,
            query=s.NotesQuery, answer=s.SessionNotes, problems=("notes_not_found",)),
        post(f"{one}/notes", renew, "Make notes again from the transcript as it is now; earlier ones are kept",
             _OF_SESSION, access=Action.CHANGE, answer=s.SessionNotes,
             problems=("conflict", "transcript_not_found", "notes_failed")),
        patch(f"{one}/transcript", edit, "Change segments; nothing is lost", _OF_SESSION, _CHANGES, body=s.EditIn),
        get(f"{one}/transcript/history", history, "List what people changed, newest first", SEARCH, _OF_SESSION,
            query=s.HistoryQuery, answer=s.TranscriptHistory),
        put(f"{one}/speakers", name_speakers, "Name speakers, everywhere at once", _OF_SESSION, _CHANGES,
            body=s.SpeakersIn),
        get(f"{one}/audio", audio, "Play the recording", ATTACHMENT, _OF_SESSION, media_type="audio/*",
            problems=("audio_not_found",)),
        get(f"{one}/export", export, "Download transcript and notes as Markdown, DOCX, VTT, SRT or text", SEARCH,
            _OF_SESSION, query=s.ExportQuery, media_type="text/markdown", problems=("transcript_not_found",)),
        get(f"{one}/status/stream", stream, "Stream a session in the words of the older service", STREAM,
            _OF_SESSION),
        get(f"{one}/status/ws", socket, "The same stream as a WebSocket: text frames {event, data}", SOCKET,
            _OF_SESSION),
    )  # fmt: skip


async def listed(request: web.Request) -> web.Response:
    """List sessions; one that was retried is there once, with its newest job."""
    desk, wanted = request.app[DESK], query(request, s.SessionsQuery)
    page, cursor = await _page(request, desk, wanted)
    views = await desk.views(page)
    body = {
        "sessions": [summary(view, (await access.resolve(desk, view.job.id)).id) for view in views],
        "next_cursor": cursor,
    }
    return as_json(body, headers=cursors.next_link(request, cursor))


async def show(request: web.Request) -> web.Response:
    """Show a session."""
    found = await access.find(request)
    await audit(request, "session.opened", found.id)
    return tagged(request, await _shown(request, found), ignoring="estimated_time_remaining")


async def edit(request: web.Request) -> web.Response:
    """Change segments of a transcript."""
    wanted = await read(request, s.EditIn)
    return await _changed(request, "session.edited", wanted["revision"], wanted["edits"], changes_of)


async def name_speakers(request: web.Request) -> web.Response:
    """Name speakers."""
    wanted = await read(request, s.SpeakersIn)
    return await _changed(request, "session.speakers_named", wanted["revision"], wanted["speakers"], names_of)


async def history(request: web.Request) -> web.Response:
    """List what people changed."""
    desk, found = request.app[DESK], await access.find(request)
    limit = query(request, s.HistoryQuery)["limit"]
    await audit_reading(request, "session.history_read", found.id)
    return as_json({"edits": await asyncio.to_thread(access.book_of(desk, found.job).history, limit)})


async def audio(request: web.Request) -> web.StreamResponse:
    """Send the recording to the player: ranges, and not as an attachment."""
    desk, found = request.app[DESK], await access.find(request)
    file = await _recording(desk, found.job)
    if file is None:
        raise DeskError(
            "audio_not_found",
            "This session has no recording to play.",
            remediation="A transcript was handed in, or the recording was deleted after its transcription.",
        )
    await audit_reading(request, "session.played", found.id)
    return await send_attachment(request, file, is_inline=True)


async def export(request: web.Request) -> web.Response:
    """Send what the caller may see of a session as one file."""
    desk, found = request.app[DESK], await access.find(request)
    form = query(request, s.ExportQuery)["format"]
    edited = await access.as_edited(desk, found.job)
    if edited is None:
        raise _no_transcript()
    made = await access.notes_of(desk, found.job)
    allowed = notes_for(caller(request).role, split(made)[0]) if made is not None else None
    await audit(request, "session.exported", found.id, format=form)
    content = await asyncio.to_thread(
        made_file, form, found.job.title, found.job.created_at, edited.transcript, allowed
    )
    headers = {
        "Content-Disposition": content_disposition(f"{found.job.title[:100]}.{form}"),
        "Content-Security-Policy": ATTACHMENT_POLICY,
        "Cache-Control": "private, no-store",
        "Content-Type": MEDIA_TYPES[form],
    }
    return web.Response(body=content, headers=headers)


async def stream(request: web.Request) -> web.StreamResponse:
    """Stream a session; an unknown one is 404 before the stream opens."""
    found = await access.find(request)
    return await job_stream(request, found.job.id, _dialect(found))


async def socket(request: web.Request) -> web.StreamResponse:
    """Send the same stream over a WebSocket."""
    found = await access.find(request)
    return await job_socket(request, found.job.id, _dialect(found))


def _dialect(found: Found) -> Dialect:
    return sessions_dialect if found.id == found.job.id else dialect_of(found.id)


async def _changed(
    request: web.Request,
    action: str,
    revision: int | None,
    wanted: Any,
    plan: Callable[[Any, Any], Callable[[Any], Any]],
) -> web.Response:
    """Write a person's changes into the book of a session and answer with the whole of it."""
    desk, found = request.app[DESK], await access.find(request)
    if not found.job.is_terminal:
        raise conflict("The session is still being worked on.", "Change it when it is over.")
    transcript = await access.written(desk, found.job)
    if transcript is None:
        raise _no_transcript()
    book = access.book_of(desk, found.job)
    await asyncio.to_thread(book.write, revision, plan(transcript, wanted), caller(request).name)
    await audit(request, action, found.id)
    return as_json(await _shown(request, found))


async def _shown(request: web.Request, found: Found) -> dict[str, Any]:
    desk = request.app[DESK]
    edited: Edited | None = await access.as_edited(desk, found.job)
    file = await _recording(desk, found.job)
    played = None
    if file is not None:
        size_bytes = (await asyncio.to_thread(file.path.stat)).st_size
        played = {"url": f"{BASE}/{found.id}/audio", "media_type": file.media_type, "size_bytes": size_bytes}
    can_change = access.may_change(request, found.job)
    has_notes = await access.notes_of(desk, found.job) is not None
    shown = session(
        await desk.view(found.job.id),
        found.id,
        edited,
        played,
        caller(request),
        can_edit=can_change and found.job.is_terminal and edited is not None,
        can_change=can_change,
    )
    return shown | {"has_notes": has_notes}


async def _recording(desk: Desk, job: Job) -> Sendable | None:
    """Return what the player can play: the recording itself or the copy that was made for it; None without either."""
    if not is_recording(job):
        return None
    played = ((job.output or {}).get("session") or {}).get("audio", "input")
    copy = next((one for one in job.artifacts if one.name == played), None)
    if copy is not None:
        path = desk.files.artifact_path(job.id, copy.name)
        found = Sendable(path, copy.name, copy.media_type, copy.sha256)
    elif played == "input":
        source = job.inputs[0]
        found = Sendable(desk.files.blob_path(source.sha256), source.name, source.media_type, source.sha256)
    else:
        return None
    return found if await asyncio.to_thread(found.path.is_file) else None


async def _page(request: web.Request, desk: Desk, wanted: dict[str, Any]) -> tuple[list[Job], str | None]:
    """Return a page of jobs, one for each session, and the cursor of the next."""
    before, limit = cursors.moment(wanted["cursor"]), wanted["limit"]
    page: list[Job] = []
    read_count = 0
    while True:
        jobs = await desk.store.jobs(
            JobQuery(
                status=(wanted["status"],) if wanted["status"] else (),
                kind=KIND,
                text=wanted["q"] or None,
                before=before,
                limit=_PAGE,
                viewer=viewer(request),
            )
        )
        for job in jobs:
            before = (job.created_at, job.id)
            read_count += 1
            is_wanted = wanted["patient_id"] is None or patient_of(job) == wanted["patient_id"]
            if is_wanted and job.superseded_by is None:
                page.append(job)
                if len(page) > limit:
                    last = page[limit - 1]
                    return page[:limit], cursors.of_moment(last.created_at, last.id)
        if len(jobs) < _PAGE:
            return page, None
        if read_count >= _MOST_READ:
            return page, cursors.of_moment(*before) if before else None


def _no_transcript() -> DeskError:
    return DeskError(
        "transcript_not_found",
        "This session has no transcript yet.",
        remediation="Follow its status; it is there when the session is completed.",
        retriable=True,
    )
