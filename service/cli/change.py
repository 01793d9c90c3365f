"""Commands that change a job or the line: `cancel`, `confirm`, `retry`, `move`, `pause`, `resume`."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from service.cli import words
from service.cli.exits import Exit, conflict, usage
from service.cli.invocation import Invocation
from service.client import Client

Job = Mapping[str, Any]


def run_cancel(invocation: Invocation) -> int:
    """Ask for the end of a job."""

    def told(job: Job) -> str:
        return "cancelled" if job["status"] == "cancelled" else "asked to stop"

    return _change(invocation, lambda client: client.cancel(invocation.args.id), told)


def run_confirm(invocation: Invocation) -> int:
    """Let a held job go on; without --body, with the hash of the preview as it is now."""
    body = json_object(invocation.args.body, "--body") if invocation.args.body is not None else None

    async def confirm(client: Client) -> Job:
        if body is not None:
            return await client.confirm(invocation.args.id, body)
        job = await client.job(invocation.args.id)
        if job["status"] != "held":
            raise conflict(f"Job {job['id']} is {job['status']}: there is nothing to confirm.")
        preview = job.get("preview") or {}
        return await client.confirm(job["id"], {"hash": preview["hash"]} if "hash" in preview else {})

    return _change(invocation, confirm, words.where)


def run_retry(invocation: Invocation) -> int:
    """Put a new job in line that does what the old one failed to do."""
    return _change(invocation, lambda client: client.retry(invocation.args.id), words.where)


def run_move(invocation: Invocation) -> int:
    """Give a waiting job another place."""
    args = invocation.args
    return _change(invocation, lambda client: client.move(args.id, args.to), words.where)


def _change(
    invocation: Invocation, change: Callable[[Client], Awaitable[Job]], told: Callable[[Job], str]
) -> int:
    """Make one change; the job's id is the data, what became of it is for the person."""

    async def make() -> Job:
        async with invocation.client() as client:
            return await change(client)

    job = asyncio.run(make())
    if invocation.terminal.is_json:
        invocation.terminal.json(job)
        return Exit.OK
    invocation.terminal.line(job["id"])
    invocation.terminal.say(f"{job['title']}: {told(job) or job['status']}")
    return Exit.OK


def run_pause(invocation: Invocation) -> int:
    """Let the running job end and start no other."""
    args = invocation.args
    return _lanes(invocation, lambda client: client.pause(args.reason, args.lane))


def run_resume(invocation: Invocation) -> int:
    """Let the line move again."""
    return _lanes(invocation, lambda client: client.resume(invocation.args.lane))


def _lanes(invocation: Invocation, change: Callable[[Client], Awaitable[list[dict[str, Any]]]]) -> int:
    async def make() -> list[dict[str, Any]]:
        async with invocation.client() as client:
            return await change(client)

    lanes = asyncio.run(make())
    if invocation.terminal.is_json:
        invocation.terminal.json({"lanes": lanes})
        return Exit.OK
    rows = [
        (
            lane["name"],
            "paused" if lane["is_paused"] else "moving",
            lane["running"]["title"] if lane["running"] else "",
            lane["waiting"],
            lane["pause_reason"],
        )
        for lane in lanes
    ]
    invocation.terminal.table(("lane", "line", "running", "waiting", "reason"), rows)
    return Exit.OK


def json_object(text: str, flag: str) -> dict[str, Any]:
    """Read a JSON object given on the command line. Raises the usage error."""
    try:
        value = json.loads(text)
    except ValueError as error:
        raise usage(f"{flag} is not JSON: {error}") from None
    if not isinstance(value, dict):
        raise usage(f"{flag} needs a JSON object, such as '{{}}'.")
    return value
