"""Labels over HTTP: one by its tracking number, those of a job together."""

import asyncio
import hashlib
import tempfile
from collections.abc import Sequence
from pathlib import Path

from aiohttp import web

from service.http.documentation import ATTACHMENT, OF_JOB
from service.http.files import ATTACHMENT_POLICY, Sendable, content_disposition, send_attachment
from service.http.keys import DESK
from service.http.route import Route, get
from service.kinds.shipping.args import NAME
from service.kinds.shipping.asking import Asker
from service.kinds.shipping.labelbook import LabelBook
from service.kinds.shipping.routes import JOB, MAX_LABELS, V1, is_seen, job_of, stream_file
from service.kinds.shipping.staging import label_path, number_of
from service.model.errors import DeskError


def routes() -> Sequence[Route]:
    """Return the labels' own paths."""
    zipped = {"tag": NAME, "media_type": "application/zip", "problems": ("label_not_found", "source_invalid")}
    merged = {**zipped, "media_type": "application/pdf"}
    return (
        get(f"{V1}/labels/{{tracking}}", send_label, "Print a label again", ATTACHMENT, tag=NAME,
            media_type="application/pdf", problems=("label_not_found",)),
        get(f"{JOB}/labels/zip", send_zip, "Download the labels of a job as PDFs in a ZIP", OF_JOB, zipped),
        get(f"{JOB}/labels/merged", send_merged, "Download the labels of a job as one PDF", OF_JOB, merged),
    )  # fmt: skip


async def send_label(request: web.Request) -> web.StreamResponse:
    """Send one label by its tracking number, whichever job it is of."""
    label = await find_label(request)
    return await send_attachment(request, label)


async def find_label(request: web.Request) -> Sendable:
    """Return the label that the address names by its tracking number. Raises `label_not_found`."""
    desk = request.app[DESK]
    number = request.match_info["tracking"]
    entry = await asyncio.to_thread(LabelBook(desk.files.kind_dir(NAME)).find, number)
    if entry is None:
        raise no_label(number)
    try:
        job = await desk.store.job(entry.job_id)
        path = label_path(desk.files.work_dir(job.id), number)
    except (DeskError, ValueError):
        raise no_label(number) from None
    if not is_seen(request, job) or not await asyncio.to_thread(path.exists):
        raise no_label(number)
    tag = hashlib.sha256(
        f"{job.id}/{number}".encode()
    ).hexdigest()  # a label is written once and never changed
    return Sendable(path, f"{number}.pdf", "application/pdf", tag)


async def send_zip(request: web.Request) -> web.StreamResponse:
    """Send the labels that a job has so far as a ZIP."""
    return await _send_bundle(request, "zip", "application/zip")


async def send_merged(request: web.Request) -> web.StreamResponse:
    """Send the labels that a job has so far as one PDF, in the order of the rows."""
    return await _send_bundle(request, "pdf", "application/pdf")


async def _send_bundle(request: web.Request, form: str, media_type: str) -> web.StreamResponse:
    """Make a bundle of the labels that are there now, in a file that is gone afterwards, and send it."""
    desk = request.app[DESK]
    job = await job_of(request)
    rows = await desk.store.items(job.id, status="completed", limit=MAX_LABELS)
    in_order = sorted(rows, key=lambda row: row.number if not row.key.isdecimal() else int(row.key))
    numbers = [number for row in in_order if (number := number_of(row.output)) is not None]
    if not numbers:
        raise no_label(job.id)
    with tempfile.TemporaryDirectory(dir=desk.files.kind_dir(NAME)) as folder:
        out = Path(folder) / f"labels.{form}"
        wanted = {
            "do": "bundle",
            "form": form,
            "work_dir": str(desk.files.work_dir(job.id)),
            "numbers": numbers,
        }
        made = await Asker().ask({**wanted, "out": str(out)})
        if not made["labels"]:
            raise no_label(job.id)
        headers = {
            "Content-Type": media_type,
            "Content-Disposition": content_disposition(f"labels-{job.id}.{form}"),
            "Content-Security-Policy": ATTACHMENT_POLICY,
            "Cache-Control": "private, no-cache",
        }
        return await stream_file(request, web.StreamResponse(headers=headers), out)


def no_label(name: str) -> DeskError:
    """Return the error for a label that is not there."""
    return DeskError(
        "label_not_found",
        f"There is no label for {name[:80]!r}.",
        remediation="A label is there once its row is done.",
    )
