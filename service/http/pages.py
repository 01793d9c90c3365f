"""Files of the UI: small, read whole, always revalidated, and only those below the folder that is served."""

import asyncio
import hashlib
import mimetypes
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath

from aiohttp import web

from service.http.conditional import matches_none
from service.model.errors import DeskError

_TYPES = {
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".css": "text/css",
    ".html": "text/html",
    ".svg": "image/svg+xml",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}
_TEXT = ("text/", "image/svg+xml", "application/json", "application/manifest+json")


@cache
def bundled(name: str) -> Path:
    """Return a folder that travels with the code: beside the packages in a checkout, inside them when installed."""
    package = Path(__file__).resolve().parents[1]
    installed = package / "_bundle" / name
    return installed if installed.is_dir() else package.parent / name


@dataclass(frozen=True, slots=True)
class Page:
    """One file's bytes with their entity tag."""

    body: bytes
    content_type: str
    etag: str


async def index(request: web.Request) -> web.Response:
    """Send the UI."""
    return await _send(request, "index.html")


async def static_file(request: web.Request) -> web.Response:
    """Send a file of the UI."""
    return await _send(request, request.match_info["path"])


async def favicon(request: web.Request) -> web.Response:
    """Send the icon that browsers ask for by themselves."""
    return await _send(request, "favicon.svg")


def find(folder: Path, name: str) -> Path | None:
    """Return the regular file of that name below a folder, or None; links that lead outside are outside."""
    parts = PurePosixPath(name).parts
    if not parts or any(part in ("..", "/", ".") or part.startswith(".") for part in parts):
        return None
    if "\0" in name or "\\" in name:
        return None
    try:
        path = folder.joinpath(*parts).resolve()
        return path if path.is_file() and path.is_relative_to(folder.resolve()) else None
    except OSError:
        return None


def read_page(name: str) -> Page | None:
    """Read a file of the UI; None when there is none."""
    path = find(bundled("static"), name)
    if path is None:
        return None
    body = path.read_bytes()
    kind = _TYPES.get(path.suffix.lower()) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    content_type = f"{kind}; charset=utf-8" if kind.startswith(_TEXT) else kind
    return Page(body, content_type, f'"{hashlib.sha256(body).hexdigest()[:32]}"')


async def _send(request: web.Request, name: str) -> web.Response:
    page = await asyncio.to_thread(read_page, name)
    if page is None:
        raise DeskError("not_found", f"Nothing is at {request.path[:200]}.")
    return send_page(request, page)


def send_page(request: web.Request, page: Page) -> web.Response:
    """Answer with a page, or 304 when the client has it."""
    headers = {"ETag": page.etag, "Cache-Control": "no-cache", "Content-Type": page.content_type}
    if matches_none(request.headers.get("If-None-Match"), page.etag):
        return web.Response(status=304, headers={"ETag": page.etag, "Cache-Control": "no-cache"})
    return web.Response(body=page.body, headers=headers)
