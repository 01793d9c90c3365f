"""`batch`: many files as one job each, handed in, followed, cancelled and retried together."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import aclosing
from typing import Any

from service.cli import words
from service.cli.exits import Exit, of_job
from service.cli.invocation import Invocation
from service.cli.submit import check_files, send, work_args
from service.client import Client, ClientError, StreamEvent

Batch = Mapping[str, Any]


def run_submit(invocation: Invocation) -> int:
    """Hand in a batch. Its id is printed once all its jobs are safely in line."""
    check_files(invocation.args.files)
    return asyncio.run(_submit(invocation))


async def _submit(invocation: Invocation) -> int:
    args = invocation.args
    async with invocation.client() as client:
        wanted = await work_args(client, args)
        batch: Batch = await send(
            invocation,
            lambda **more: client.submit_batch(args.kind, args.files, wanted, urls=args.url_input, **more),
        )
        if not args.wait:
            return _told(invocation, batch)
        _detaches(invocation, batch["id"])  # whoever reads the id may press Ctrl-C at once
        if not invocation.terminal.is_json:
            invocation.terminal.line(batch["id"])
        batch = await _follow(invocation, client, batch)
    if invocation.terminal.is_json:
        invocation.terminal.json(batch)
    return of_job(batch["status"])


def run_list(invocation: Invocation) -> int:
    """Print batches, newest first."""

    async def found() -> list[Batch]:
        async with (
            invocation.client() as client,
            aclosing(client.batches(limit=invocation.args.limit)) as batches,
        ):
            return [batch async for batch in batches]

    batches = asyncio.run(found())
    if invocation.terminal.is_json:
        invocation.terminal.json({"batches": batches})
        return Exit.OK
    rows = [
        (one["id"], one["status"], one["kind"], one["title"], words.counts(one), one["created_at"])
        for one in batches
    ]
    invocation.terminal.table(("id", "status", "kind", "title", "jobs", "created"), rows)
    return Exit.OK


def run_show(invocation: Invocation) -> int:
    """Print the jobs of a batch, and on standard error how it stands."""

    async def found() -> Batch:
        async with invocation.client() as client:
            return await client.batch(invocation.args.id)

    batch = asyncio.run(found())
    if invocation.terminal.is_json:
        invocation.terminal.json(batch)
        return Exit.OK
    rows = [
        (one["sequence"], one["id"], one["status"], one["title"], words.where(one)) for one in batch["jobs"]
    ]
    invocation.terminal.table(("number", "id", "status", "title", "now"), rows)
    invocation.terminal.say(_line(batch))
    return Exit.OK


def run_watch(invocation: Invocation) -> int:
    """Follow a batch to its end; each job that ends is told on standard error."""

    async def watch() -> Batch:
        async with invocation.client() as client:
            found = await client.batch(invocation.args.id)
            return await _follow(invocation, client, found, tells_events=invocation.terminal.is_json)

    batch = asyncio.run(watch())
    if not invocation.terminal.is_json:
        invocation.terminal.line(f"{batch['id']} {batch['status']}")
    return of_job(batch["status"])


def run_cancel(invocation: Invocation) -> int:
    """Ask for the end of every job of a batch that is not over."""
    return _change(invocation, lambda client: client.cancel_batch(invocation.args.id))


def run_retry(invocation: Invocation) -> int:
    """Do again what did not succeed, in the same batch."""
    return _change(invocation, lambda client: client.retry_batch(invocation.args.id))


def _change(invocation: Invocation, change: Callable[[Client], Awaitable[Batch]]) -> int:
    async def make() -> Batch:
        async with invocation.client() as client:
            return await change(client)

    return _told(invocation, asyncio.run(make()))


def _told(invocation: Invocation, batch: Batch) -> int:
    if invocation.terminal.is_json:
        invocation.terminal.json(batch)
    else:
        invocation.terminal.line(batch["id"])
        invocation.terminal.say(_line(batch))
    return Exit.OK


def _line(batch: Batch) -> str:
    return f"{batch['title']}: {batch['status']}, {words.counts(batch)}"


def _detaches(invocation: Invocation, batch_id: str) -> str:
    """Let Ctrl-C say from now on that the jobs go on; return how to come back."""
    come_back = f"Come back: nowserving batch watch {batch_id}"
    invocation.on_interrupt = f"No longer watching; nothing was cancelled, the jobs go on. {come_back}"
    return come_back


async def _follow(
    invocation: Invocation, client: Client, batch: Batch, *, tells_events: bool = False
) -> Batch:
    """Tell what happens to a batch until it ends, and return it as it then is. Raises `timed_out`."""
    args, terminal, batch_id = invocation.args, invocation.terminal, batch["id"]
    come_back = _detaches(invocation, batch_id)
    titles = {job["id"]: job["title"] for job in batch["jobs"]}

    def lost(reason: str, seconds: float) -> None:
        terminal.say(f"Connection lost ({reason}); trying again in {seconds:.0f} s.")

    try:
        async with asyncio.timeout(args.timeout):
            async with aclosing(client.batch_events(batch_id, on_disconnect=lost)) as events:
                async for event in events:
                    if tells_events:
                        terminal.json({"event": event.name, "id": event.cursor, "data": event.data})
                    elif said := _said(event, titles):
                        terminal.say(said)
            batch = await client.batch(batch_id)
    except TimeoutError:
        message = f"Batch {batch_id} did not end within {args.timeout:g} s. It goes on."
        raise ClientError("timed_out", message, remediation=come_back) from None
    terminal.say(_line(batch))
    return batch


def _said(event: StreamEvent, titles: Mapping[str, str]) -> str | None:
    """Return what a person is told of an event: the ends of jobs."""
    status = {"job_completed": "completed", "job_failed": "failed", "job_cancelled": "cancelled"}.get(
        event.name
    )
    if status is None:
        return None
    job_id = str(event.data.get("job_id"))
    ending = words.ending({**event.data, "status": status})
    return f"{event.data.get('sequence')}. {titles.get(job_id, job_id)}: {ending}"
