"""`result`: a job's output, or the files it left, fetched whole and right or not at all."""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

from service.cli.exits import Exit, conflict
from service.cli.invocation import Invocation
from service.cli.terminal import one_line
from service.client import Client, ClientError
from service.model.artifacts import safe_name

TERMINAL = ("completed", "failed", "cancelled")
Artifact = Mapping[str, Any]


def run(invocation: Invocation) -> int:
    """Print a job's output, or fetch its artifacts into a folder."""
    return asyncio.run(_result(invocation))


async def _result(invocation: Invocation) -> int:
    args, terminal = invocation.args, invocation.terminal
    async with invocation.client() as client:
        job = await client.job(args.id)
        if job["status"] not in TERMINAL:
            raise conflict(
                f"Job {job['id']} is {job['status']}: there is no result yet.",
                f"Wait for it: nowserving watch {job['id']}",
            )
        if args.output is None and not args.name:
            terminal.json(job["output"])
            return Exit.OK
        wanted = _chosen(job["artifacts"], args.name)
        saved = await _fetch(invocation, client, wanted, args.output or Path())
    if terminal.is_json:
        terminal.json({"job_id": job["id"], "files": [str(path) for path in saved]})
        return Exit.OK
    for path in saved:
        terminal.line(path)
    if not saved:
        terminal.say(f"Job {job['id']} left no files.")
    return Exit.OK


def _chosen(artifacts: Sequence[Artifact], names: Sequence[str]) -> list[Artifact]:
    present = {artifact["name"]: artifact for artifact in artifacts}
    for name in names:
        if name not in present:
            raise ClientError(
                "nothing_there", f"The job left no file {name!r}. It left: {', '.join(present) or 'none'}."
            )
    return [present[name] for name in dict.fromkeys(names)] if names else list(artifacts)


async def _fetch(
    invocation: Invocation, client: Client, artifacts: Sequence[Artifact], folder: Path
) -> list[Path]:
    terminal = invocation.terminal
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    targets = [folder / name for name in distinct_names([artifact["name"] for artifact in artifacts])]
    # All are looked at before the first is fetched: a refusal leaves the folder as it was.
    has = [
        await asyncio.to_thread(has_already, target, artifact, is_forced=invocation.args.force)
        for target, artifact in zip(targets, artifacts, strict=True)
    ]
    is_hidden = not terminal.errors.is_terminal or terminal.is_quiet
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), DownloadColumn())
    with Progress(*columns, console=terminal.errors, transient=True, disable=is_hidden) as bar:
        for target, artifact, is_there in zip(targets, artifacts, has, strict=True):
            if is_there:
                continue
            task = bar.add_task(one_line(target.name), total=artifact["size_bytes"])

            def count(size_bytes: int, task: Any = task) -> None:
                bar.update(task, completed=size_bytes)

            await client.download(artifact, folder, name=target.name, on_bytes=count)
    return targets


def distinct_names(names: Sequence[str]) -> list[str]:
    """Return harmless file names, each once even where case does not count: `a.txt`, `a-2.txt` …"""
    taken: set[str] = set()
    chosen = []
    for name in names:
        safe = candidate = safe_name(name)
        number = 2
        while candidate.casefold() in taken:
            stem, dot, extension = safe.rpartition(".")
            candidate = f"{stem}-{number}.{extension}" if dot and stem else f"{safe}-{number}"
            number += 1
        taken.add(candidate.casefold())
        chosen.append(candidate)
    return chosen


def has_already(target: Path, artifact: Artifact, *, is_forced: bool) -> bool:
    """Tell whether a file is there already, with these very bytes. Raises `conflict` for another of its name."""
    if not target.exists() and not target.is_symlink():
        return False
    if target.is_file() and target.stat().st_size == artifact["size_bytes"]:
        with target.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() == artifact["sha256"]:
                return True
    if is_forced and not target.is_dir():
        return False
    raise conflict(
        f"{target} exists and is another file.", "Name another folder, or replace it with --force."
    )
