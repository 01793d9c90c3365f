"""Documents for the tests of the library's window, and how they get in."""

from pathlib import Path
from typing import Any

import aiohttp

from tests.browser.window import (
    EXAMPLES,
    Server,
)

LIGHTHOUSE = sorted(path for path in (EXAMPLES / "ingestion").iterdir() if path.name != "README.md")
LONG_LETTERS = "\n\n".join(
    f"## Letter {n}\n\n" + "\n\n".join(["Ada wrote to Charles from Turin about the engine. " * 12] * 8)
    for n in range(60)
)


async def put_in(server: Server, files: list[Path], **args: Any) -> str:
    """Put documents into the library as another client would, and wait until they are there."""
    job_id = await server.submit("ingestion", files=files, args=args)
    async with (
        aiohttp.ClientSession(server.url) as client,
        client.get(f"/api/v1/jobs/{job_id}/events", timeout=aiohttp.ClientTimeout(60)) as stream,
    ):
        async for line in stream.content:
            if line.startswith((b"event: completed", b"event: failed")):
                return job_id
    raise AssertionError("the stream ended before the job")
