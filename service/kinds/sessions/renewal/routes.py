"""Reading notes, and making them again from the transcript as people left it."""

import asyncio
from typing import Any

from aiohttp import web

from service.engine.desk import Desk
from service.http.answers import as_json, tagged
from service.http.audit import audit
from service.http.authenticate import forbidden
from service.http.body import query
from service.http.identity import caller
from service.http.keys import CONFIG, DESK
from service.kinds.sessions import schemas as s
from service.kinds.sessions.access import routes as access
from service.kinds.sessions.access.routes import KIND, Found
from service.kinds.sessions.renewal import versions
from service.kinds.sessions.renewal.asking import notes_on
from service.kinds.sessions.viewing import notes_for, sees_clinical
from service.model.errors import DeskError, conflict


async def notes(request: web.Request) -> web.Response:
    """Show the notes that are for the caller."""
    desk, found = request.app[DESK], await access.find(request)
    wanted = query(request, s.NotesQuery)["version"]
    stored = await _stored(desk, found, wanted)
    if stored is None:
        raise DeskError(
            "notes_not_found",
            "There are no notes on this session." if wanted is None else f"There are no notes {wanted}.",
            remediation="They come when it is completed, if notes were asked for.",
            retriable=not found.job.is_terminal,
        )
    await audit(request, "session.notes_read", found.id)
    return tagged(request, await _shown(request, found, stored, wanted))


async def renew(request: web.Request) -> web.Response:
    """Make notes from the transcript as it is now; those that there were are kept as an earlier version."""
    desk, found = request.app[DESK], await access.find(request)
    if not found.job.is_terminal:
        raise conflict("The session is still being worked on.", "Make notes again when it is over.")
    edited = await access.as_edited(desk, found.job)
    if edited is None:
        raise DeskError("transcript_not_found", "This session has no transcript to make notes of.")
    if not sees_clinical(caller(request).role):
        # Whoever edits words away must not be the one who decides that the flags on them go.
        raise forbidden("Notes are made again by those who read all of them.")
    settings = request.app[CONFIG].kind_settings.get(KIND, {})
    made = await notes_on(edited.transcript, settings)
    found = await access.find(request)  # deleted in the meantime? Then nothing of it is written.
    folder, editor = desk.files.work_dir(found.job.id), caller(request).name
    await asyncio.to_thread(versions.keep, folder, made, edited.transcript, editor)
    await audit(request, "session.notes_made_again", found.id)
    stored = await access.notes_of(desk, found.job)
    return as_json(await _shown(request, found, stored or {}, None))


async def _stored(desk: Desk, found: Found, wanted: int | None) -> dict[str, Any] | None:
    if wanted is None:
        return await access.notes_of(desk, found.job)
    return await asyncio.to_thread(versions.version, desk.files.work_dir(found.job.id), wanted)


async def _shown(
    request: web.Request, found: Found, stored: dict[str, Any], version: int | None
) -> dict[str, Any]:
    """Return stored notes as the caller may read them; how they came about is for those who read all of them."""
    desk, role = request.app[DESK], caller(request).role
    notes, made = versions.split(stored)
    edited = await access.as_edited(desk, found.job)
    is_changed = bool(edited and edited.originals)
    if edited is not None and "digest" in made:
        is_changed = made["digest"] != versions.digest(edited.transcript)
    body = {
        "session_id": found.id,
        "version": version,
        "transcript_changed": is_changed,
        **notes_for(role, notes),
    }
    if not sees_clinical(role):
        return body
    folder = desk.files.work_dir(found.job.id)
    return body | {"earlier": await asyncio.to_thread(versions.earlier, folder)}
