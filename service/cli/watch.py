"""`watch`, and the waiting of `submit --wait`: follow a job to its end. Leaving detaches; nothing is cancelled."""

import asyncio
from collections.abc import Mapping
from contextlib import aclosing
from typing import Any

from service.cli import words
from service.cli.bar import JobBar
from service.cli.exits import of_job
from service.cli.invocation import Invocation
from service.cli.terminal import one_line
from service.client import Client, ClientError, StreamEvent
from service.model import events as names

LIVE = frozenset({names.PROGRESS, names.POSITION, names.QUEUE})


def run(invocation: Invocation) -> int:
    """Follow a job until it ends, or everything until Ctrl-C."""
    return asyncio.run(_watch_all(invocation) if invocation.args.all else _watch_one(invocation))


async def _watch_one(invocation: Invocation) -> int:
    async with invocation.client() as client:
        found = await client.job(invocation.args.id)  # an unknown job or an absent server is told at once
        job = await follow(invocation, client, found, tells_events=invocation.terminal.is_json)
        if not invocation.terminal.is_json:
            invocation.terminal.line(f"{job['id']} {job['status']}")
    return of_job(job["status"])


def detaches(invocation: Invocation, job_id: str) -> None:
    """Let Ctrl-C say from now on that the job goes on."""
    invocation.on_interrupt = (
        f"No longer watching; nothing was cancelled, the job goes on. Come back: nowserving watch {job_id}"
    )


async def follow(
    invocation: Invocation, client: Client, job: Mapping[str, Any], *, tells_events: bool = False
) -> Mapping[str, Any]:
    """Show a job's progress until it ends (or is held, with --until-held) and return it as it then is.

    `tells_events` prints each event as a line of JSON. Raises ClientError `timed_out` after --timeout.
    """
    args, job_id = invocation.args, job["id"]
    detaches(invocation, job_id)
    with JobBar(invocation.terminal, job["title"]) as bar:
        try:
            async with asyncio.timeout(args.timeout):
                await _follow(invocation, client, job_id, bar, tells_events)
                job = await client.job(job_id)
        except TimeoutError:
            raise ClientError(
                "timed_out",
                f"Job {job_id} did not end within {args.timeout:g} s. It goes on.",
                remediation=f"Come back: nowserving watch {job_id}",
            ) from None
    invocation.terminal.say(f"{job['title']}: {words.ending(job)}")
    return job


async def _follow(
    invocation: Invocation, client: Client, job_id: str, bar: JobBar, tells_events: bool
) -> None:
    async with aclosing(client.events(job_id, on_disconnect=bar.lost)) as events:
        async for event in events:
            if tells_events:
                _tell(invocation, event)
            bar.event(event)
            if event.name == names.HELD:
                bar.note(f"a person has to look at it: nowserving show {job_id}, then confirm or cancel it")
                if invocation.args.until_held:
                    return


async def _watch_all(invocation: Invocation) -> int:
    args, terminal = invocation.args, invocation.terminal
    invocation.on_interrupt = "No longer watching; nothing was cancelled."

    def lost(reason: str, seconds: float) -> None:
        terminal.say(f"Connection lost ({reason}); trying again in {seconds:.0f} s.")

    async with invocation.client() as client:
        await client.queue()  # an absent server is told at once
        try:
            async with asyncio.timeout(args.timeout), aclosing(client.events(on_disconnect=lost)) as events:
                async for event in events:
                    if terminal.is_json:
                        _tell(invocation, event)
                    elif event.name not in LIVE:
                        _tell_line(invocation, event)
        except TimeoutError:
            raise ClientError("timed_out", f"Stopped watching after {args.timeout:g} s.") from None
    raise AssertionError("the stream of everything has no end")


def _tell(invocation: Invocation, event: StreamEvent) -> None:
    invocation.terminal.json({"event": event.name, "id": event.cursor, "data": event.data})


def _tell_line(invocation: Invocation, event: StreamEvent) -> None:
    data = event.data
    if event.name == names.RESYNC:
        for job in data.get("jobs", ()):
            line = f"{data.get('at')} {job['id']} {job['status']} {one_line(job['title'])}"
            invocation.terminal.line(f"{line} {words.where(job)}".rstrip())
        return
    subject = data.get("job_id") or data.get("batch_id") or ""
    invocation.terminal.line(f"{data.get('at')} {subject} {event.name} {one_line(_detail(event))}".rstrip())


def _detail(event: StreamEvent) -> str:
    data = event.data
    if event.name == names.FAILED:
        return words.error(data.get("error"))
    if event.name in (names.ITEM_COMPLETED, names.ITEM_FAILED):
        return " ".join(str(data[name]) for name in ("key", "message") if data.get(name))
    return str(data.get("title") or data.get("reason") or "")
