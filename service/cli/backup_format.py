"""What a backup archive looks like, for the command that writes it and the one that reads it.

A tar file (POSIX.1-2001, gzip when its name says so) of every regular file of the data folder under its
relative name, and last `manifest.json`: an archive without one is not whole.
"""

import re
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from service.model.errors import DeskError

FORMAT = 1
MANIFEST = "manifest.json"
DATABASE = "nowserving.db"
LOCK = "lock"
UNPACKING = ".restore-"
PUT_AWAY = "before-restore-"
CHUNK_BYTES = 1 << 20
MAX_MANIFEST_BYTES = 512 << 20
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(slots=True)
class Manifest:
    """What an archive holds: for each name its size in bytes and SHA-256.

    `vanished` are files that were removed, `changed` those that shrank, while the archive was written.
    """

    made_at: str
    version: str
    schema: int
    files: dict[str, tuple[int, str]] = field(default_factory=dict)
    vanished: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """Return the form that stands in the archive."""
        return {
            "format": FORMAT,
            "made_at": self.made_at,
            "version": self.version,
            "schema": self.schema,
            "files": {name: {"size_bytes": size, "sha256": sha} for name, (size, sha) in self.files.items()},
            "vanished": self.vanished,
            "changed": self.changed,
        }

    @classmethod
    def from_json(cls, value: Any) -> "Manifest":
        """Read it back. Raises DeskError `not_a_backup`, also for a format of a later release."""
        try:
            if int(value["format"]) > FORMAT:
                raise not_a_backup("it was made by a newer release")
            files = {
                checked_name(name): (int(one["size_bytes"]), str(one["sha256"]))
                for name, one in value["files"].items()
            }
            manifest = cls(str(value["made_at"]), str(value["version"]), int(value["schema"]), files)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise not_a_backup("its manifest cannot be understood") from error
        if DATABASE not in files or not all(_SHA256.fullmatch(sha) for _, sha in files.values()):
            raise not_a_backup("its manifest names no database")
        return manifest


def checked_name(name: str) -> str:
    """Return the name of a member if it stays inside the folder it is unpacked to, else raise `not_a_backup`."""
    parts = PurePosixPath(name).parts
    is_odd = not parts or name.startswith("/") or ".." in parts or "\\" in name or "\0" in name
    if is_odd or "/".join(parts) != name or parts[0] == LOCK or parts[0].startswith(UNPACKING):
        raise not_a_backup(f"it holds a file called {name!r}")
    return name


def not_a_backup(reason: str) -> DeskError:
    """Return the error for an archive that cannot be restored."""
    return DeskError(
        "not_a_backup", f"This archive cannot be restored: {reason}.", remediation="Nothing was changed."
    )
