"""Which session a path means, whose it is and whom it is about; what other routes of this room ask first."""

import asyncio
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from aiohttp import web

from service.engine.desk import Desk
from service.http.authenticate import forbidden
from service.http.body import query
from service.http.identity import caller
from service.http.keys import DESK
from service.http.route import About
from service.http.subjects import subject_named
from service.kinds.sessions.book import Book
from service.kinds.sessions.editing import Edited, edited
from service.kinds.sessions.schemas import UploadQuery
from service.kinds.sessions.transcript import Transcript
from service.model.errors import DeskError
from service.model.jobs import Job
from service.model.policy import Action, Thing, may

KIND: Final = "sessions"
TRANSCRIPT: Final = "transcript.json"
NOTES: Final = "notes.json"
_MAX_CHAIN: Final = 1000


@dataclass(frozen=True, slots=True)
class Found:
    """A session: its id, the first job of a chain of retries, and the newest job of that chain."""

    id: str
    job: Job


def session_not_found(session_id: str) -> DeskError:
    """Return the error for a session that does not exist."""
    return DeskError(
        "session_not_found",
        f"Session not found: {session_id[:64]}",
        remediation="List sessions with GET /api/sessions.",
    )


async def find(request: web.Request) -> Found:
    """Return the session that the path names. Raises `session_not_found`."""
    return await resolve(request.app[DESK], request.match_info["session_id"])


async def resolve(desk: Desk, session_id: str) -> Found:
    """Return the session to which a job belongs: the oldest job of its chain that is there still, and the newest."""
    job = await _job(desk, session_id)
    if job is None:
        raise session_not_found(session_id)
    first = newest = job
    seen = {job.id}
    while first.retry_of is not None and (older := await _job(desk, first.retry_of)) is not None:
        if older.id in seen or len(seen) > _MAX_CHAIN:
            break
        seen.add(older.id)
        first = older
    while newest.superseded_by is not None and (newer := await _job(desk, newest.superseded_by)) is not None:
        if newer.id in seen or len(seen) > _MAX_CHAIN:
            break
        seen.add(newer.id)
        newest = newer
    return Found(first.id, newest)


async def thing_of(request: web.Request) -> Thing:
    """Return whose the session of a path is and whom it is about, for the policy."""
    job = (await find(request)).job
    return Thing(job.owner, job.subject)


async def upload_thing(request: web.Request) -> Thing:
    """Return whom an upload is to be about, for the policy."""
    named: str | None = query(request, UploadQuery)["patient_id"]
    return Thing(caller(request).id, await subject_named(request, named))


A_SESSION: Final = About(thing_of, lambda _: forbidden("This session is not for you to see."))
AN_UPLOAD: Final = About(upload_thing, lambda _: forbidden("You may not hand in a session of this patient."))


def may_change(request: web.Request, job: Job) -> bool:
    """Return whether the one who asks may change this session."""
    return may(caller(request), Action.CHANGE, Thing(job.owner, job.subject))


def book_of(desk: Desk, job: Job) -> Book:
    """Return the book of changes of a session."""
    return Book(desk.files.work_dir(job.id))


async def written(desk: Desk, job: Job) -> Transcript | None:
    """Return the transcript as the job wrote it, None while there is none."""
    found = await asyncio.to_thread(_read, _places(desk, job, TRANSCRIPT))
    if found is None:
        return None
    try:
        return await asyncio.to_thread(Transcript.from_json, found)
    except ValueError:
        return None


async def as_edited(desk: Desk, job: Job) -> Edited | None:
    """Return the transcript with what people changed, None while there is none."""
    transcript = await written(desk, job)
    if transcript is None:
        return None
    book = book_of(desk, job)
    return await asyncio.to_thread(lambda: edited(transcript, book.read()))


async def notes_of(desk: Desk, job: Job) -> dict[str, Any] | None:
    """Return the notes as the job made them, None while there are none."""
    return await asyncio.to_thread(_read, _places(desk, job, NOTES))


async def _job(desk: Desk, job_id: str) -> Job | None:
    try:
        job = await desk.store.job(job_id)
    except DeskError as error:
        if error.code != "job_not_found":
            raise
        return None
    return job if job.kind == KIND else None


def _places(desk: Desk, job: Job, name: str) -> list[Path]:
    """Return where a file of a job may be: among its artifacts, or in its own folder, which nobody is served from."""
    return [desk.files.work_dir(job.id) / name, desk.files.artifact_path(job.id, name)]


def _read(places: list[Path]) -> dict[str, Any] | None:
    for path in places:
        try:
            value = json.loads(path.read_bytes())
        except (FileNotFoundError, ValueError):
            continue
        if isinstance(value, dict):
            return value
    return None
