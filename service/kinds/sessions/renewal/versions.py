"""The notes of a session in its job's own folder: the newest, and every set that it took the place of.

`notes.json` is what counts. Before it is replaced it gets a second name, `notes-N.json`, so that there is no moment
at which notes are lost. Nobody is served from that folder: who reads what of notes is decided in viewing.py.
"""

import hashlib
import json
import os
import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from service.kinds.sessions.transcript import Transcript
from service.model.errors import conflict
from service.model.events import rfc3339

NOTES_FILE: Final = "notes.json"
MAX_VERSIONS: Final = 200
_EARLIER: Final = re.compile(r"notes-(\d{1,4})\.json")
_MADE: Final = "made"  # beside the notes themselves: when, by whose wish, from which words


def keep(folder: Path, notes: Mapping[str, Any], of: Transcript, editor: str | None = None) -> None:
    """Write notes on a transcript; those that were there stay as an earlier version. Blocks.

    Raises DeskError `conflict` when a session has as many versions as it may have.
    """
    made = {"at": time.time(), "digest": digest(of), "editor": editor}
    part = folder / f"notes.{os.getpid()}-{time.monotonic_ns()}.part"
    part.write_text(json.dumps({**notes, _MADE: made}, ensure_ascii=False, indent=2), "utf-8")
    try:
        _name_again(folder)
        part.replace(folder / NOTES_FILE)
    finally:
        part.unlink(missing_ok=True)


def split(stored: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the notes of a file, and what is known of how they were made (nothing of those of older releases)."""
    notes = dict(stored)
    made = notes.pop(_MADE, None)
    return notes, dict(made) if isinstance(made, Mapping) else {}


def earlier(folder: Path) -> list[dict[str, Any]]:
    """Return the earlier versions, the newest first: `{version, made_at, editor}`. Blocks."""
    found = []
    for path in folder.glob("notes-*.json"):
        number = _EARLIER.fullmatch(path.name)
        stored = _read(path)
        if number is None or stored is None:
            continue
        made = split(stored)[1]
        at = made.get("at", path.stat().st_mtime)
        found.append({"version": int(number[1]), "made_at": rfc3339(at), "editor": made.get("editor")})
    return sorted(found, key=lambda one: -one["version"])


def version(folder: Path, number: int) -> dict[str, Any] | None:
    """Return an earlier version as it was stored, None if there is none of this number. Blocks."""
    return _read(folder / f"notes-{number}.json")


def digest(transcript: Transcript) -> str:
    """Return what tells whether a transcript is the one that notes were made of: its words, who said them, names."""
    told = [[one.id, one.speaker, one.text] for one in transcript.segments]
    named = sorted(transcript.speakers.items())
    return hashlib.sha256(json.dumps([told, named]).encode()).hexdigest()


def _name_again(folder: Path) -> None:
    """Give the present notes a second name that is still free; another request may be faster, then the next one."""
    numbers = [int(found[1]) for path in folder.iterdir() if (found := _EARLIER.fullmatch(path.name))]
    for number in range(max(numbers, default=0) + 1, MAX_VERSIONS + 1):
        try:
            os.link(folder / NOTES_FILE, folder / f"notes-{number}.json")
        except FileExistsError:
            continue
        except FileNotFoundError:
            pass  # the first notes
        return
    raise conflict(f"A session keeps {MAX_VERSIONS} versions of its notes.")


def _read(path: Path) -> dict[str, Any] | None:
    try:
        value = json.loads(path.read_bytes())
    except (FileNotFoundError, ValueError):
        return None
    return value if isinstance(value, dict) else None
