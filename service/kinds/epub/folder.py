"""Books that already lie on the server: a requested path, but only below folders that were configured."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from service.model.errors import JobError

MAX_BOOKS = 1000
MAX_ENTRIES_SEEN = 200_000


def find_books(roots: Path | Sequence[Path], requested: str, recursive: bool = False) -> list[Path]:
    """Return the EPUB files that `requested` names below one of `roots`: itself, or those in that folder, sorted.

    A relative path is tried below each root in turn. Symbolic links are resolved first, so one that leads
    outside is outside. Raises JobError: path_not_allowed, path_not_found, path_has_no_books,
    path_has_too_many_books.
    """
    allowed = [root.resolve() for root in ([roots] if isinstance(roots, Path) else roots)]
    place = _resolve(allowed, requested)
    if place.is_file():
        if place.suffix.lower() != ".epub":
            raise JobError("path_has_no_books", f"Not an EPUB file: {requested}")
        return [place]
    found = sorted(_books_below(place, allowed, recursive=recursive))
    if not found:
        hint = None if recursive else "Ask for sub-folders too with recursive."
        raise JobError("path_has_no_books", f"No EPUB files in: {requested}", remediation=hint)
    return found


def _resolve(allowed: Sequence[Path], requested: str) -> Path:
    if not requested or "\x00" in requested:
        raise JobError("path_not_found", "No path was named.")
    is_inside = False
    for root in allowed:
        try:
            place = (root / requested).resolve()  # an absolute path replaces the root
            inside = place.is_relative_to(root)
            exists = inside and place.exists()
        except (OSError, RuntimeError):  # a loop of links, a name that is too long
            continue
        is_inside = is_inside or inside
        if exists:
            return place
    if is_inside:
        raise JobError("path_not_found", f"There is no such file or folder: {requested}")
    raise JobError(
        "path_not_allowed",
        f"Not below a folder that may be read: {requested}",
        remediation="Name a path below one of the configured roots, or upload the book.",
    )


def _books_below(folder: Path, allowed: Sequence[Path], *, recursive: bool) -> Iterator[Path]:
    entries = folder.rglob("*") if recursive else folder.iterdir()
    count = 0
    for seen, entry in enumerate(entries, 1):
        if seen > MAX_ENTRIES_SEEN:
            raise JobError(
                "path_has_too_many_books", f"More than {MAX_ENTRIES_SEEN} entries below: {folder.name}"
            )
        if entry.suffix.lower() != ".epub" or not entry.is_file():
            continue
        if not any(entry.resolve().is_relative_to(root) for root in allowed):
            continue  # a link that leads outside
        count += 1
        if count > MAX_BOOKS:
            raise JobError("path_has_too_many_books", f"More than {MAX_BOOKS} books below: {folder.name}")
        yield entry
