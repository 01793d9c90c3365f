"""Whose library is where: each account has one of its own, a file beside the others.

One file with a column for the owner would be smaller, but what one person can find would then be ranked by how
common its words are in everybody's documents, which tells them what stands there. The same document of two
people is two documents: each is found, replaced and deleted, with every trace, without a look at the other.
"""

from pathlib import Path
from typing import Final

_FOLDER: Final = "libraries"


def library_folder(shared_dir: Path, owner: str | None) -> Path:
    """Return the folder of an owner's library; None is whoever works without an account. An id is safe as a name."""
    return shared_dir if owner is None else shared_dir / _FOLDER / owner


def all_owners(shared_dir: Path) -> list[str | None]:
    """Return everybody who has a library, the one without an account first."""
    try:
        found = sorted(path.name for path in (shared_dir / _FOLDER).iterdir() if path.is_dir())
    except OSError:  # nobody has handed in a document with an account
        found = []
    return [None, *found]
