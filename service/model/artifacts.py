"""Files: what a job was given (inputs) and what it leaves (artifacts)."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

_UNSAFE = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*\u202a-\u202e\u2066-\u2069]+')
_RESERVED = re.compile(r"^(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)
MAX_NAME_BYTES = 200
DROPPED_SHA256 = "0" * 64
"""Stands where the hash of an input was whose content was let go of; no content has it."""


@dataclass(frozen=True, slots=True)
class Input:
    """One file that was handed in. The bytes live under their SHA-256; `name` is only shown, never a path."""

    name: str
    media_type: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Artifact:
    """One named file that a job left in its folder."""

    name: str
    media_type: str
    size_bytes: int
    sha256: str

    def to_json(self, job_id: str) -> dict[str, Any]:
        """Return the wire form, with the address it is fetched from."""
        return {
            "name": self.name,
            "media_type": self.media_type,
            "size_bytes": self.size_bytes,
            "sha256": self.sha256,
            "url": f"/api/v1/jobs/{job_id}/artifacts/{quote(self.name)}",
        }


def safe_name(name: str, fallback: str = "file") -> str:
    """Return `name` as one harmless path segment: no separators, control or bidi characters, at most 200 bytes.

    The extension is kept when the name is shortened. An empty or dotted name becomes `fallback`.
    """
    name = unicodedata.normalize("NFC", name.encode("utf-8", "replace").decode("utf-8"))
    name = _UNSAFE.sub("_", name.replace("\\", "/").rsplit("/", 1)[-1]).strip(" .")
    if not name:
        return fallback
    if _RESERVED.match(name):
        name = f"_{name}"
    if len(name.encode()) <= MAX_NAME_BYTES:
        return name
    stem, dot, extension = name.rpartition(".")
    suffix = f".{extension}" if dot and len(extension.encode()) <= 16 else ""
    stem = stem if suffix else name
    room = MAX_NAME_BYTES - len(suffix.encode())
    return stem.encode()[:room].decode("utf-8", "ignore") + suffix
