"""Starting a process whose output is ours to read. Apart from platform.py, which a child loads without asyncio."""

import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from service.engine import platform


@dataclass(frozen=True, slots=True)
class Spawned:
    """A process, the reader of its output, what closes that, and the inode of the pipe (0: nobody can tell)."""

    process: asyncio.subprocess.Process
    reader: asyncio.StreamReader
    close: Callable[[], None]
    pipe: int


async def spawn_with_output(command: list[str], *, folder: Path, options: dict[str, Any]) -> Spawned:
    """Start a process whose fds 1 and 2 are one pipe. Raises OSError.

    The pipe is ours and not the process transport's: asyncio's `wait` otherwise returns only when the
    pipe is closed too (seen in Python 3.11), and a grandchild may hold it open for ever.
    """
    if platform.IS_WINDOWS:  # a pipe of our own cannot be read by the proactor loop
        pipe = asyncio.subprocess.PIPE
        process = await _start(command, folder, options, pipe, asyncio.subprocess.STDOUT)
        return Spawned(process, cast("asyncio.StreamReader", process.stdout), lambda: None, 0)
    ours, theirs = os.pipe()
    try:
        process = await _start(command, folder, options, theirs, theirs)
    except BaseException:
        os.close(ours)
        raise
    finally:
        os.close(theirs)
    reader = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(reader)
    file = os.fdopen(ours, "rb", buffering=0)  # closed by the transport
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, file)
    return Spawned(process, reader, transport.close, os.fstat(ours).st_ino)


async def _start(
    command: list[str], folder: Path, options: dict[str, Any], output: int, errors: int
) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=output,
        stderr=errors,
        cwd=folder,
        **options,
    )
