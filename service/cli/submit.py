"""`submit`: check what can be checked here, hand the work in, and stay until its end when asked to."""

import asyncio
import json
from argparse import Namespace
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from service.cli import words
from service.cli.change import json_object
from service.cli.exits import Exit, of_job, usage
from service.cli.invocation import Invocation
from service.client import Client

BAR_FROM_BYTES = 4 << 20  # a smaller upload is over before anybody could read its bar


def run(invocation: Invocation) -> int:
    """Hand in work. The job's id is printed once it is safely in line."""
    check_files(invocation.args.files)
    return asyncio.run(_submit(invocation))


async def _submit(invocation: Invocation) -> int:
    args, terminal = invocation.args, invocation.terminal
    async with invocation.client() as client:
        wanted = await work_args(client, args)
        job: Mapping[str, Any] = await send(
            invocation, lambda **more: client.submit(args.kind, args.files, wanted, **more)
        )
        if args.wait:
            from service.cli.watch import detaches, follow

            detaches(invocation, job["id"])  # whoever reads the id may press Ctrl-C at once
        if not terminal.is_json:
            terminal.line(job["id"])
        if not args.wait:
            if terminal.is_json:
                terminal.json(job)
            else:
                terminal.say(f"{job['title']}: {words.where(job) or job['status']}")
            return Exit.OK
        job = await follow(invocation, client, job)
    if terminal.is_json:
        terminal.json(job)
    return of_job(job["status"])


async def send(invocation: Invocation, submit: Callable[..., Awaitable[dict[str, Any]]]) -> dict[str, Any]:
    """Hand in work by a method of the client, with a bar when it is a large upload to a terminal."""
    args, terminal = invocation.args, invocation.terminal
    named = {"title": args.title, "idempotency_key": args.idempotency_key}
    total = sum(path.stat().st_size for path in args.files)
    if total < BAR_FROM_BYTES or terminal.is_quiet or not terminal.errors.is_terminal:
        return await submit(**named)
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    columns = (TextColumn("sending"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=terminal.errors, transient=True) as bar:
        task = bar.add_task("", total=total)
        return await submit(**named, on_sent=lambda count: bar.advance(task, count))


def check_files(files: Sequence[Path]) -> None:
    """Raise the usage error for a file that cannot be read, before anything is sent."""
    for path in files:
        if path.is_dir():
            raise usage(f"{path} is a folder.", "Name the files in it, such as folder/*.epub.")
        try:
            path.open("rb").close()
        except OSError as error:
            raise usage(f"Cannot read {path}: {error.strerror or error}") from None


async def work_args(client: Client, given: Namespace) -> dict[str, Any]:
    """Return what `--args` and `--arg` say, by the schema of the kind."""
    args = json_object(_text(given.args), "--args") if given.args is not None else {}
    if not given.arg:
        return args
    known = {one["name"]: one["args"] for one in await client.kinds()}
    return args | parse_pairs(given.arg, known.get(given.kind, {}))


def _text(text: str) -> str:
    if not text.startswith("@"):
        return text
    try:
        return Path(text[1:]).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise usage(f"--args: cannot read {text[1:]}: {error}") from None


def parse_pairs(pairs: Sequence[str], schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return `key=value` pairs as args, typed by the kind's JSON Schema; a repeated key makes a list.

    What the schema does not know is read as JSON where it is JSON, else as text: the server judges it.
    """
    args: dict[str, Any] = {}
    for pair in pairs:
        key, equals, text = pair.partition("=")
        if not equals or not key:
            raise usage(f"--arg needs KEY=VALUE, not {pair!r}.")
        wanted = schema.get("properties", {}).get(key, {})
        types = _types(wanted)
        if "array" in types and not text.startswith("["):
            args.setdefault(key, []).append(_value(text, _types(wanted.get("items", {}))))
        elif key in args:
            before = args[key]
            args[key] = (
                [*before, _value(text, types)] if isinstance(before, list) else [before, _value(text, types)]
            )
        else:
            args[key] = _value(text, types)
    return args


def _types(schema: Mapping[str, Any]) -> set[str]:
    found = schema.get("type", ())
    types = {found} if isinstance(found, str) else set(found)
    for option in schema.get("anyOf", ()):
        types |= _types(option)
    return types


def _value(text: str, types: set[str]) -> Any:
    if types and types <= {"string"}:
        return text
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return text if "string" in types and not isinstance(value, str | None) else value
