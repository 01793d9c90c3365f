"""Small real inputs for each kind, for the UI's "try it", the README and the tests."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from aiohttp import web

from service.http.answers import as_json
from service.http.files import Sendable, send_attachment
from service.http.keys import EXAMPLES
from service.http.uploads import media_type_of
from service.model.errors import DeskError


@dataclass(frozen=True, slots=True)
class Example:
    """One file to try a kind with; `title` is what people read."""

    kind: str
    title: str
    file: Sendable
    size_bytes: int


Examples = tuple[Example, ...]


def load(folder: Path) -> Examples:
    """Read what there is in `<folder>/<kind>/<file>`, by name; hidden files, notes and what makes them do not count.

    `titles.json` names them for people: {"kind/file": "title"}. One that it leaves out is named after its file.
    """
    if not folder.is_dir():
        return ()
    titles = _titles(folder / "titles.json")
    return tuple(
        Example(
            kind.name,
            titles.get(f"{kind.name}/{path.name}") or _title_of(path.name),
            _sendable(path),
            path.stat().st_size,
        )
        for kind in sorted(folder.iterdir())
        if kind.is_dir()
        for path in sorted(kind.iterdir())
        if path.is_file() and not path.name.startswith((".", "README", "LICENSE", "make."))
    )


def _titles(path: Path) -> dict[str, str]:
    return json.loads(path.read_text("utf-8")) if path.is_file() else {}


def _title_of(name: str) -> str:
    return Path(name).stem.replace("-", " ").replace("_", " ").capitalize()


async def find(request: web.Request) -> web.Response:
    """List everything there is to try."""
    return as_json({"examples": [_wire(example) for example in request.app[EXAMPLES]]})


async def send(request: web.Request) -> web.StreamResponse:
    """Send one example."""
    wanted = request.match_info["kind"], request.match_info["name"]
    for example in request.app[EXAMPLES]:
        if (example.kind, example.file.name) == wanted:
            return await send_attachment(request, example.file)
    raise DeskError(
        "example_not_found", "There is no such example.", remediation="GET /api/v1/examples lists them."
    )


def _sendable(path: Path) -> Sendable:
    return Sendable(
        path, path.name, media_type_of(path.name, None), hashlib.sha256(path.read_bytes()).hexdigest()
    )


def _wire(example: Example) -> dict[str, object]:
    name = example.file.name
    return {
        "kind": example.kind,
        "name": name,
        "title": example.title,
        "size_bytes": example.size_bytes,
        "media_type": example.file.media_type,
        "url": f"/examples/{quote(example.kind, safe='')}/{quote(name, safe='')}",
    }
