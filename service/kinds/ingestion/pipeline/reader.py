"""The other end of a reader process: starts it, asks it for documents, notices when it dies or hangs."""

import contextlib
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from service.model.errors import JobError

Message = dict[str, Any]
DOCUMENT_SECONDS: Final = 1800.0
"""A document that is not read within half an hour will never be; a page of text takes milliseconds."""
_START: Final = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]);"
    " from service.kinds.ingestion.pipeline.reader_main import main; main()"
)


class Reader:
    """A process that reads one document at a time; started when first needed, and again after a crash."""

    def __init__(self, document_seconds: float = DOCUMENT_SECONDS) -> None:
        self._document_seconds = document_seconds
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._is_stopped = False

    def start(self) -> None:
        """Start the process now, so that it is ready when the first document is."""
        self._started()

    def read(self, path: Path, name: str) -> Iterator[Message]:
        """Yield what the process says of a document; raises JobError reader_crashed or document_timed_out."""
        process = self._started()
        is_late = threading.Event()

        def give_up() -> None:
            is_late.set()
            process.kill()

        watchdog = threading.Timer(self._document_seconds, give_up)
        watchdog.daemon = True
        watchdog.start()
        try:
            yield from self._conversation(process, path, name)
        except (OSError, ValueError) as error:
            self._forget()
            if is_late.is_set():
                said = f"It was not read within {self._document_seconds:g} seconds."
                raise JobError("document_timed_out", said) from error
            said = f"The process that read it ended with code {process.returncode}."
            raise JobError(
                "reader_crashed", said, remediation="The file makes a parser crash; convert it."
            ) from error
        finally:
            watchdog.cancel()
            watchdog.join()

    def stop(self) -> None:
        """End the process, whatever it does; may be called from any thread, `close` has to follow."""
        with self._lock:
            self._is_stopped = True
            process = self._process
        if process is not None:
            process.kill()

    def close(self) -> None:
        """Let go of the process; called when nobody reads from it any more."""
        self.stop()
        self._forget()

    def _conversation(self, process: "subprocess.Popen[bytes]", path: Path, name: str) -> Iterator[Message]:
        assert process.stdin is not None  # noqa: S101 (both are pipes)
        assert process.stdout is not None  # noqa: S101
        process.stdin.write(json.dumps({"path": str(path), "name": name}).encode() + b"\n")
        process.stdin.flush()
        while line := process.stdout.readline():
            message: Message = json.loads(line)
            yield message
            if message["type"] in ("done", "failed"):
                return
        raise OSError("the reader is gone")

    def _started(self) -> "subprocess.Popen[bytes]":
        with self._lock:
            if self._is_stopped:
                raise JobError("reader_crashed", "The job is ending.")
            if self._process is None:
                command = [sys.executable, "-c", _START, json.dumps(sys.path)]
                self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            return self._process

    def _forget(self) -> None:
        with self._lock:
            process, self._process = self._process, None
        if process is not None:
            process.kill()
            _close(process)


def _close(process: "subprocess.Popen[bytes]") -> None:
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()
