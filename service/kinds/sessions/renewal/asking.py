"""Have notes made outside the service's own process, with a time limit."""

import asyncio
import json
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from weakref import WeakKeyDictionary

from service.kinds.sessions.transcript import Transcript
from service.model.errors import DeskError

TIMEOUT_SECONDS: Final = 180.0
_ROOT: Final = Path(__file__).resolve().parents[4]  # the folder that holds the package `service`
_gates: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()
"""One at a time, and a gate for each loop: a semaphore belongs to the loop in which somebody waited for it."""


async def notes_on(
    transcript: Transcript, settings: Mapping[str, Any], timeout_seconds: float = TIMEOUT_SECONDS
) -> dict[str, Any]:
    """Return notes on a transcript. Raises DeskError `notes_failed`, without any of its words."""
    asked = json.dumps({"transcript": transcript.to_json(), "settings": dict(settings)}).encode()
    async with _gates.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(1)):
        answer = await _run(asked, timeout_seconds)
    try:
        return dict(json.loads(answer))
    except ValueError:
        raise _failed("The program that makes notes ended without any.") from None


async def _run(asked: bytes, timeout_seconds: float) -> bytes:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-X", "utf8", "-m", "service.kinds.sessions.renewal.main",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        cwd=_ROOT,
    )  # fmt: skip
    try:
        async with asyncio.timeout(timeout_seconds):
            answer, _ = await process.communicate(asked)
    except TimeoutError:
        raise _failed(f"Making notes took longer than {timeout_seconds:g} seconds.") from None
    finally:
        if process.returncode is None:
            process.send_signal(getattr(signal, "SIGKILL", signal.SIGTERM))
            await process.wait()
    return answer


def _failed(message: str) -> DeskError:
    return DeskError(
        "notes_failed", message, remediation="The notes that there were are as they were.", retriable=True
    )
