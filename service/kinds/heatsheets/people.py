"""Everybody on the sheets that were read, so that a name can be completed while it is typed.

Written by the jobs beside the parse cache, one small file a sheet; read by the service.
"""

import json
import threading
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from service.kinds.heatsheets.cache import FolderCache
from service.kinds.heatsheets.names import plain

SHEETS_FOLDER = "sheets"
PEOPLE_FOLDER = "people"
MAX_FOLDER_BYTES = 32 * 1024 * 1024
MAX_SHEETS = 200  # the newest; each has a thousand names or so
_Known = tuple[int, tuple[tuple[str, Mapping[str, Any]], ...]]
"""When a file was written (ns), and its people, each with the words of the name."""


class People:
    """The people of all sheets in a kind's shared folder."""

    def __init__(self, shared_dir: Path) -> None:
        self._folder = shared_dir / PEOPLE_FOLDER
        self._files: dict[str, _Known] = {}
        self._lock = threading.Lock()  # lookups come from several threads

    def put(self, key: str, people: Sequence[Mapping[str, Any]]) -> None:
        """Keep the people of a sheet."""
        FolderCache(self._folder, MAX_FOLDER_BYTES).put(key, json.dumps(people, ensure_ascii=False).encode())

    def find(self, typed: str, limit: int) -> list[dict[str, Any]]:
        """Return people whose name has, for each word typed, a word that begins so; by name, each once."""
        wanted = plain(typed).split()
        if not wanted:
            return []
        found: dict[tuple[Any, ...], dict[str, Any]] = {}
        with self._lock:
            self._read_new()
            for _, people in self._files.values():
                for name, person in people:
                    if _begins(wanted, name.split()):
                        found[name, person.get("team"), str(person.get("age"))] = dict(person)
        return [found[key] for key in sorted(found, key=lambda key: (key[0], key[1] or "", key[2]))][:limit]

    def _read_new(self) -> None:
        """Read what has been written since the last look; the newest sheets only."""
        try:
            paths = [
                (path.stat().st_mtime_ns, path) for path in self._folder.iterdir() if path.suffix != ".part"
            ]
        except OSError:  # no sheet was read yet, or one is being swept in this moment
            paths = []
        known = self._files
        self._files = {}
        for written_at, path in sorted(paths, reverse=True)[:MAX_SHEETS]:
            old = known.get(path.name)
            self._files[path.name] = (
                old if old and old[0] == written_at else (written_at, tuple(_people(path)))
            )


def _people(path: Path) -> Iterable[tuple[str, Mapping[str, Any]]]:
    try:
        people = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return
    for person in people:
        yield plain(person["name"]), person


def _begins(wanted: Sequence[str], words: Sequence[str]) -> bool:
    return all(any(word.startswith(part) for word in words) for part in wanted)
