"""Everybody on the sheets that were read, so that a name can be completed while it is typed.

Written by the jobs beside the parse cache, one small file a sheet; read by the service. A sheet is read once for
everybody, but who is on it is kept for each owner anew: a name is completed only from sheets of one's own.
"""

import json
import threading
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from service.kinds.heatsheets.cache import FolderCache
from service.kinds.heatsheets.names import plain
from service.model.accounts import Viewer

SHEETS_FOLDER = "sheets"
PEOPLE_FOLDER = "people"
OWNERS_FOLDER = "people_of"  # has a folder for each account
MAX_FOLDER_BYTES = 32 * 1024 * 1024
MAX_SHEETS = 200  # the newest; each has a thousand names or so
_Known = tuple[int, tuple[tuple[str, Mapping[str, Any]], ...]]
"""When a file was written (ns), and its people, each with the words of the name."""
Found = dict[tuple[Any, ...], dict[str, Any]]


class People:
    """The people of all sheets that one owner (None: whoever works without an account) has handed in."""

    def __init__(self, shared_dir: Path, owner: str | None = None) -> None:
        self._folder = folder_of(shared_dir, owner)
        self._files: dict[str, _Known] = {}
        self._lock = threading.Lock()  # lookups come from several threads

    def has(self, key: str) -> bool:
        """Whether the people of a sheet are kept."""
        return (self._folder / key).exists()

    def put(self, key: str, people: Sequence[Mapping[str, Any]]) -> None:
        """Keep the people of a sheet."""
        FolderCache(self._folder, MAX_FOLDER_BYTES).put(key, json.dumps(people, ensure_ascii=False).encode())

    def find(self, typed: str, limit: int) -> list[dict[str, Any]]:
        """Return people whose name has, for each word typed, a word that begins so; by name, each once."""
        return _listed(self.matching(typed), limit)

    def matching(self, typed: str) -> Found:
        """Return the same by name, team and age, in no order."""
        wanted = plain(typed).split()
        found: Found = {}
        if not wanted:
            return found
        with self._lock:
            self._read_new()
            for _, people in self._files.values():
                for name, person in people:
                    if _begins(wanted, name.split()):
                        found[name, person.get("team"), str(person.get("age"))] = dict(person)
        return found

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


class Everybody:
    """The people of each owner, kept apart; made as they are asked for."""

    def __init__(self, shared_dir: Path) -> None:
        self._shared_dir = shared_dir
        self._of: dict[str | None, People] = {}

    def find(self, typed: str, limit: int, viewer: Viewer | None) -> list[dict[str, Any]]:
        """Return people as `People.find` does, from the sheets that a viewer may see; None sees all."""
        owners = self._owners() if viewer is None else [viewer.owner]
        found: Found = {}
        for owner in owners:
            people = self._of.setdefault(owner, People(self._shared_dir, owner))
            found |= people.matching(typed)
        return _listed(found, limit)

    def _owners(self) -> list[str | None]:
        try:
            names = sorted(path.name for path in (self._shared_dir / OWNERS_FOLDER).iterdir())
        except OSError:  # nobody has an account
            names = []
        return [None, *names]


def folder_of(shared_dir: Path, owner: str | None) -> Path:
    """Return where the people of an owner's sheets are; an owner's id is made by us and safe as a name."""
    return shared_dir / PEOPLE_FOLDER if owner is None else shared_dir / OWNERS_FOLDER / owner


def _listed(found: Found, limit: int) -> list[dict[str, Any]]:
    return [found[key] for key in sorted(found, key=lambda key: (key[0], key[1] or "", key[2]))][:limit]


def _people(path: Path) -> Iterable[tuple[str, Mapping[str, Any]]]:
    try:
        people = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return
    for person in people:
        yield plain(person["name"]), person


def _begins(wanted: Sequence[str], words: Sequence[str]) -> bool:
    return all(any(word.startswith(part) for word in words) for part in wanted)
