"""`doctor`: look at everything the desk stands on, change nothing, and say what to do."""

import asyncio
from collections.abc import Iterator
from typing import Any

from rich.text import Text

from service.cli.exits import Exit
from service.cli.invocation import Invocation
from service.client import ClientError
from service.doctor.findings import Finding
from service.doctor.look import look
from service.kinds.registry import Registry

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
    is_ours, kinds = asyncio.run(_server_kinds(invocation))
    seen = [(kind["name"], kind["available"], kind["reason"], kind["remediation"]) for kind in kinds or ()]
    if kinds is None:
        seen = [(info.name, info.available, info.reason, info.remediation) for info in Registry.load().all()]
    return look(invocation.settings, invocation.lent.migrations, seen, is_ours=is_ours)


async def _server_kinds(invocation: Invocation) -> tuple[bool, list[dict[str, Any]] | None]:
    """Return whether a server of ours answers here, and its kinds if it tells them to whoever asks."""
    if invocation.config.url is None and invocation.config.port == 0:
        return False, None
    try:
        async with invocation.client() as client:
            return True, await client.kinds()
    except (ClientError, KeyError, TypeError) as error:  # nobody there, somebody else, or one must sign in
        return getattr(error, "code", None) == "unauthorized", None


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
