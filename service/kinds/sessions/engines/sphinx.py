"""The embedded recogniser: pocketsphinx in a process of its own.

It holds the interpreter's lock for as long as an utterance takes (about a third of its length), so in the
kind's own process a cancel would not be seen. What it gives is a draft: see docs/kinds/sessions.md.
"""

import contextlib
import json
import struct
import subprocess
import sys
from typing import Final

from service.kinds.sessions.audio.recording import Samples, raised
from service.kinds.sessions.audio.utterances import Cut
from service.kinds.sessions.codes import session_error
from service.kinds.sessions.engines.port import Check, Heard, Word
from service.kinds.sessions.engines.waiting import watched

_START: Final = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]);"
    " from service.kinds.sessions.engines.sphinx_main import main; main()"
)


class Sphinx:
    """Pocketsphinx with the English model of its wheel; the process starts with the first utterance."""

    name = "pocketsphinx"
    is_draft = True
    cut = Cut(max_seconds=20.0, pause_seconds=0.5)
    pace = 0.5

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def transcribe(self, samples: Samples, check: Check) -> Heard:
        """Return what is heard in one utterance; raises JobError `engine_failed` when the process dies."""
        process = self._started()
        line = watched(lambda: _answer(process, raised(samples).tobytes()), check)
        if not line.endswith(b"\n"):
            self.close()
            raise session_error(
                "engine_failed", f"pocketsphinx ended with code {process.returncode}.", retriable=True
            )
        return Heard(tuple(Word.from_json(word) for word in json.loads(line)), "en")

    def close(self) -> None:
        """End the process, whatever it does."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()

    def _started(self) -> "subprocess.Popen[bytes]":
        if self._process is None:
            command = [sys.executable, "-c", _START, json.dumps(sys.path)]
            # Its messages may hold what was said, and stderr is the job's log: nobody hears them.
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            )
        return self._process


def _answer(process: "subprocess.Popen[bytes]", sound: bytes) -> bytes:
    """Send an utterance and return the line that comes back; without its end when the process is gone."""
    assert process.stdin is not None  # noqa: S101 (both are pipes)
    assert process.stdout is not None  # noqa: S101
    try:
        process.stdin.write(struct.pack("<I", len(sound)) + sound)
        process.stdin.flush()
        return process.stdout.readline()
    except (OSError, ValueError):  # it has died, or was closed while we waited for it
        return b""
