"""Doing something again with other options: the files of an earlier job, without sending them once more."""

import asyncio

from aiohttp import web

from service.engine.desk import Desk
from service.http.identity import caller
from service.http.keys import DESK
from service.model.artifacts import Input
from service.model.errors import DeskError, FieldError


class Reused:
    """Pinned files of an earlier job, given back unless a submission has begun (which takes the pins itself)."""

    def __init__(self, desk: Desk, inputs: tuple[Input, ...], subject: str | None) -> None:
        self.inputs = inputs
        self.subject = subject
        self._desk = desk
        self._is_handed_over = False

    def hand_over(self) -> None:
        """Say that the submission begins now."""
        self._is_handed_over = True

    def keep(self) -> None:
        """Say that the files belong to a job now: they did before."""

    def give_back(self) -> None:
        """Take the pins back, unless the submission has them."""
        if not self._is_handed_over:
            self._desk.files.unpin([file.sha256 for file in self.inputs])


async def reused(request: web.Request, job_id: str) -> Reused:
    """Return the files of a job that the caller may see, pinned. Raises `inputs_not_found`."""
    desk = request.app[DESK]
    try:
        job = await desk.store.job(job_id)
    except DeskError:
        raise _not_found(f"There is no job {job_id[:64]!r}.") from None
    if not caller(request).may_see(job.owner, job.subject):
        raise _not_found(f"There is no job {job_id[:64]!r}.")
    for file in job.inputs:
        desk.files.pin(file.sha256)
    found = Reused(desk, job.inputs, job.subject)
    for file in job.inputs:
        if not await asyncio.to_thread(desk.files.blob_path(file.sha256).exists):
            found.give_back()
            raise _not_found(f"{file.name} is no longer here.")
    return found


def _not_found(message: str) -> DeskError:
    return DeskError(
        "inputs_not_found",
        message,
        remediation="Name a job that is still kept, or send the files.",
        errors=[FieldError("/inputs_of", "No job with these files.")],
    )
