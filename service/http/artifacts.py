"""What a job leaves, one by one or all in a ZIP."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from aiohttp import web

from service.engine.desk import Desk
from service.http.archive import Entry, Folder, zip_chunks
from service.http.audit import audit_reading
from service.http.files import ATTACHMENT_POLICY, Sendable, content_disposition, gone, send_attachment
from service.http.identity import caller
from service.http.keys import DESK
from service.model.artifacts import safe_name
from service.model.errors import DeskError
from service.model.jobs import Job


async def send(request: web.Request) -> web.StreamResponse:
    """Send one artifact as an attachment; only names that the job has recorded lead to a file."""
    desk = request.app[DESK]
    job = await desk.store.job(request.match_info["job_id"])
    name = request.match_info["name"]
    for file in job.artifacts:
        if file.name == name:
            path = desk.files.artifact_path(job.id, file.name)
            if job.subject is not None:
                await audit_reading(request, "artifact.fetched", job.id, name=file.name)
            return await send_attachment(request, Sendable(path, file.name, file.media_type, file.sha256))
    raise DeskError(
        "artifact_not_found",
        f"Job {job.id} has no artifact named {name[:200]!r}.",
        remediation="The job's `artifacts` lists them.",
    )


async def send_all(request: web.Request) -> web.StreamResponse:
    """Send all artifacts of a job as a ZIP."""
    desk = request.app[DESK]
    job = await desk.store.job(request.match_info["job_id"])
    await _audit_archive(request, [job])
    return await _send_zip(request, [_folder(desk, job, "")], _archive_name(job.title))


async def send_batch(request: web.Request) -> web.StreamResponse:
    """Send all artifacts of a batch as a ZIP with a folder for each job that the caller may see."""
    desk = request.app[DESK]
    batch = await desk.store.batch(request.match_info["batch_id"])
    jobs = [
        job
        for job in await desk.store.batch_jobs(batch.id)
        if caller(request).may_see(job.owner, job.subject)
    ]
    await _audit_archive(request, jobs)
    digits = max(2, len(str(len(jobs))))
    folders = [
        _folder(desk, job, f"{number:0{digits}d}-{safe_name(Path(job.title).stem, 'job')}/")
        for number, job in enumerate(jobs, 1)
    ]
    return await _send_zip(request, folders, _archive_name(batch.title))


async def _audit_archive(request: web.Request, jobs: Sequence[Job]) -> None:
    """Write down whose files are fetched, of jobs that are about a person."""
    for job in jobs:
        if job.subject is not None and job.artifacts:
            await audit_reading(request, "artifacts.fetched", job.id)


def _folder(desk: Desk, job: Job, prefix: str) -> Folder:
    entries = [
        Entry(file.name, desk.files.artifact_path(job.id, file.name), file.size_bytes, file.media_type)
        for file in job.artifacts
    ]
    return Folder(prefix, job.id, str(job.status), job.finished_at or job.created_at, entries)


def _archive_name(title: str) -> str:
    return f"{safe_name(Path(title).stem, 'artifacts')[:100]}.zip"


async def _send_zip(request: web.Request, folders: Sequence[Folder], name: str) -> web.StreamResponse:
    missing = await asyncio.to_thread(_first_missing, folders)
    if missing is not None:
        raise gone(missing)
    headers = {
        "Content-Type": "application/zip",
        "Content-Disposition": content_disposition(name),
        "Content-Security-Policy": ATTACHMENT_POLICY,
        "Cache-Control": "private, no-cache",
    }
    answer = web.StreamResponse(headers=headers)
    await answer.prepare(request)
    if request.method == "HEAD":
        return answer
    chunks = zip_chunks(folders)
    try:
        # One chunk is made while nobody writes and the next only after it was taken: a slow client costs no memory.
        while (chunk := await asyncio.to_thread(next, chunks, None)) is not None:
            await answer.write(chunk)
    finally:
        await asyncio.to_thread(chunks.close)
    await answer.write_eof()
    return answer


def _first_missing(folders: Sequence[Folder]) -> str | None:
    for folder in folders:
        for entry in folder.entries:
            if not entry.path.is_file():
                return entry.name
    return None
