"""The process that makes notes for the service: a transcript and settings on standard input, notes on standard output.

It is a process of its own because the rules hold the interpreter's lock, and a language model may keep one waiting.
"""

import json
import os
import sys

from service.kinds.sessions.notes import extract_notes
from service.kinds.sessions.transcript import Transcript


def main() -> None:
    """Answer one question and end."""
    answer = os.dup(1)
    os.dup2(2, 1)  # a library's print must not get into the answer
    asked = json.loads(sys.stdin.buffer.read())
    made = extract_notes(Transcript.from_json(asked["transcript"]), asked["settings"], lambda *_: None)
    with os.fdopen(answer, "wb") as out:
        out.write(json.dumps(made).encode())


if __name__ == "__main__":
    main()
