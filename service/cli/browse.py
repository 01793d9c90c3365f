"""Commands that only look: `list`, `show`, `log`, `kinds`."""

import asyncio
import json
from contextlib import aclosing
from typing import Any

from service.cli import words
from service.cli.exits import Exit
from service.cli.invocation import Invocation
from service.doctor.sizes import size


def run_list(invocation: Invocation) -> int:
    """Print jobs, newest first."""
    return asyncio.run(_list(invocation))


async def _list(invocation: Invocation) -> int:
    args, terminal = invocation.args, invocation.terminal
    async with invocation.client() as client:
        wanted = client.jobs(status=args.status, kind=args.kind, text=args.text, limit=args.limit)
        async with aclosing(wanted) as found:
            jobs = [job async for job in found]
    if terminal.is_json:
        terminal.json({"jobs": jobs})
        return Exit.OK
    rows = [
        (job["id"], job["status"], job["kind"], job["title"], words.where(job), job["created_at"])
        for job in jobs
    ]
    terminal.table(("id", "status", "kind", "title", "now", "created"), rows)
    return Exit.OK


def run_show(invocation: Invocation) -> int:
    """Print one job."""
    return asyncio.run(_show(invocation))


async def _show(invocation: Invocation) -> int:
    async with invocation.client() as client:
        job = await client.job(invocation.args.id)
    if invocation.terminal.is_json:
        invocation.terminal.json(job)
    else:
        invocation.terminal.record(_record(job))
    return Exit.OK


def _record(job: dict[str, Any]) -> dict[str, object]:
    record: dict[str, object] = {name: job[name] for name in ("id", "kind", "title", "status")}
    record["now"] = words.where(job) or None
    record |= {name: job[name] for name in ("lane", "attempt", "batch_id", "retry_of", "args")}
    for name in ("created_at", "started_at", "finished_at"):
        record[name] = job[name]
    for number, file in enumerate(job["inputs"], 1):
        record[f"input {number}"] = f"{file['name']} ({size(file['size_bytes'])})"
    for number, file in enumerate(job["artifacts"], 1):
        record[f"artifact {number}"] = f"{file['name']} ({size(file['size_bytes'])})"
    record["preview"] = job.get("preview")
    record["output"] = job["output"]
    return {name: _shown(value) for name, value in record.items()}


def _shown(value: object) -> object:
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False) if value else None
    return value


def run_log(invocation: Invocation) -> int:
    """Print a job's log, or follow it."""
    return asyncio.run(_log(invocation))


async def _log(invocation: Invocation) -> int:
    args, terminal = invocation.args, invocation.terminal
    async with invocation.client() as client:
        if not args.follow:
            text = await client.log(args.id)
            _write(invocation, text)
            return Exit.OK
        await client.job(args.id)  # an unknown job or an absent server is told at once
        invocation.on_interrupt = "No longer following the log; the job goes on."

        def wait(reason: str, seconds: float) -> None:
            terminal.say(f"Connection lost ({reason}); trying again in {seconds:.0f} s.")

        async with aclosing(client.follow_log(args.id, on_disconnect=wait)) as pieces:
            async for piece in pieces:
                _write(invocation, piece)
    return Exit.OK


def _write(invocation: Invocation, text: str) -> None:
    if invocation.terminal.is_json:
        invocation.terminal.json({"text": text})
    else:
        invocation.terminal.text(text)


def run_kinds(invocation: Invocation) -> int:
    """Print what can be done."""
    return asyncio.run(_kinds(invocation))


async def _kinds(invocation: Invocation) -> int:
    async with invocation.client() as client:
        kinds = await client.kinds()
    if invocation.terminal.is_json:
        invocation.terminal.json({"kinds": kinds})
        return Exit.OK
    rows = [
        (
            kind["name"],
            kind["title"],
            " ".join(kind["accepts"]),
            " ".join(kind["args"].get("properties", {})),
            "yes" if kind["available"] else f"no: {kind['reason']} {kind['remediation'] or ''}",
        )
        for kind in kinds
    ]
    invocation.terminal.table(("kind", "title", "files", "args", "available"), rows)
    return Exit.OK
