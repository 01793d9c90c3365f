"""`doctor`: look at everything the desk stands on, change nothing, and say what to do."""

import asyncio
from collections.abc import Iterator
from typing import Any

from rich.text import Text

from service.cli import doctor_database, doctor_machine
from service.cli.exits import Exit
from service.cli.findings import Finding, fail, ok, warn
from service.cli.invocation import Invocation
from service.client import ClientError
from service.config import check_binding, is_loopback
from service.kinds.registry import Registry
from service.model.errors import DeskError

MARKS = {"ok": ("ok  ", "green"), "warn": ("warn", "yellow"), "fail": ("FAIL", "bold red")}


def run(invocation: Invocation) -> int:
    """Look at everything; the exit code is 1 when something keeps the desk from working."""
    findings = list(_look(invocation))
    has_failed = any(finding.status == "fail" for finding in findings)
    terminal = invocation.terminal
    if terminal.is_json:
        terminal.json({"ok": not has_failed, "checks": [finding.to_json() for finding in findings]})
    else:
        for finding in findings:
            _print(invocation, finding)
    return Exit.FAILED if has_failed else Exit.OK


def _look(invocation: Invocation) -> Iterator[Finding]:
    config = invocation.config
    yield doctor_machine.python()
    yield doctor_machine.sqlite()
    yield _settings(invocation)
    yield _binding(invocation)
    yield doctor_machine.data_folder(config.data_dir)
    yield doctor_machine.file_system(config.data_dir)
    yield doctor_machine.disk(config)
    is_ours, kinds = asyncio.run(_server_kinds(invocation))
    yield doctor_machine.port(config, is_ours=is_ours)
    yield from doctor_database.look(config.data_dir, invocation.lent.migrations)
    yield doctor_machine.clock(doctor_database.newest_time(config.data_dir))
    yield from _kinds(kinds)


def _settings(invocation: Invocation) -> Finding:
    settings = invocation.settings
    read = f"read from {settings.file}" if settings.file else "no settings file"
    if settings.ignored:
        names = ", ".join(settings.ignored)
        return warn("settings", f"{read}; ignored: {names}", "docs/settings.md lists the settings.")
    return ok("settings", read)


def _binding(invocation: Invocation) -> Finding:
    try:
        check_binding(invocation.config)
    except DeskError as error:
        return fail("address", error.message, error.remediation)
    host = invocation.config.host
    if not is_loopback(host):
        return ok("address", f"{host} is reached from elsewhere, by those who sign in")
    return ok("address", f"{host} is reached from this machine only")


async def _server_kinds(invocation: Invocation) -> tuple[bool, list[dict[str, Any]] | None]:
    """Return whether a server of ours answers here, and its kinds if it tells them to whoever asks."""
    if invocation.config.url is None and invocation.config.port == 0:
        return False, None
    try:
        async with invocation.client() as client:
            return True, await client.kinds()
    except (ClientError, KeyError, TypeError) as error:  # nobody there, somebody else, or one must sign in
        return getattr(error, "code", None) == "unauthorized", None


def _kinds(of_server: list[dict[str, Any]] | None) -> Iterator[Finding]:
    if of_server is not None:
        known = [(kind["name"], kind["available"], kind["reason"], kind["remediation"]) for kind in of_server]
    else:
        known = [(info.name, info.available, info.reason, info.remediation) for info in Registry.load().all()]
    for name, is_available, reason, remediation in known:
        if is_available:
            yield ok(f"kind {name}", "available")
        else:
            yield warn(f"kind {name}", reason or "not available", remediation)
    if not known:
        yield fail("kinds", "no kind is installed", "Install the package again: pip install nowserving")


def _print(invocation: Invocation, finding: Finding) -> None:
    mark, style = MARKS[finding.status]
    terminal = invocation.terminal
    lines = f"{finding.name}: {finding.detail}"
    if finding.remediation:
        lines += f"\n      {finding.remediation}"
    if terminal.out.isatty():
        terminal.styled(Text.assemble((mark, style), "  ", lines))
    else:
        terminal.line(f"{mark}  {lines}")
