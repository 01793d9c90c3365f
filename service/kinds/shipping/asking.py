"""Ask the tool of this kind (`tool.py`) from the service: a process of its own, with a time limit, JSON both ways."""

import asyncio
import json
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from weakref import WeakKeyDictionary

from service.kinds.shipping.codes import shipping_error
from service.model.errors import DeskError

TIMEOUT_SECONDS: Final = 180.0
MAX_AT_ONCE: Final = 2
"""So many tools run at a time; whoever comes later waits, the service is not used up by its questions."""
_ROOT: Final = Path(__file__).resolve().parents[3]  # the folder that holds the package `service`
_gates: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()
"""One for each loop: a semaphore that somebody has waited for belongs to the loop of that wait."""


class Asker:
    """Starts the tool and reads its answer."""

    async def ask(
        self, wanted: Mapping[str, Any], timeout_seconds: float = TIMEOUT_SECONDS
    ) -> dict[str, Any]:
        """Return the tool's answer; raises DeskError for a refusal, `needs_clarification` with its question."""
        async with _gates.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(MAX_AT_ONCE)):
            answer = await _run(json.dumps(wanted).encode(), timeout_seconds)
        if "clarify" in answer:
            asked = answer["clarify"]
            raise DeskError(
                "needs_clarification",
                asked["question"],
                remediation="Say the sentence again with one of the choices.",
                extra=asked,
            )
        if "error" in answer:
            error = answer["error"]
            raise DeskError(
                error["code"],
                error["message"],
                remediation=error["remediation"],
                retriable=error["retriable"],
            )
        return answer


async def _run(wanted: bytes, timeout_seconds: float) -> dict[str, Any]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-X",
        "utf8",
        "-m",
        "service.kinds.shipping.tool",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        cwd=_ROOT,
    )
    try:
        async with asyncio.timeout(timeout_seconds):
            out, _ = await process.communicate(wanted)
    except TimeoutError:
        raise shipping_error(
            "source_too_large", f"The file took longer than {timeout_seconds:g} seconds."
        ) from None
    finally:
        if process.returncode is None:
            process.send_signal(getattr(signal, "SIGKILL", signal.SIGTERM))
            await process.wait()
    if process.returncode != 0:
        raise shipping_error(
            "source_invalid", "The file could not be read: it ended the program that read it."
        )
    return dict(json.loads(out))
