"""Who asks, and what they may see: one rule for jobs, batches, events and files."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, Literal

from service.model.errors import DeskError
from service.model.events import rfc3339

Means = Literal["local", "cookie", "bearer", "api_token", "ticket"]


class Role(StrEnum):
    """What a person is at this desk. `member` is anybody with work of their own."""

    ADMIN = "admin"
    THERAPIST = "therapist"
    PATIENT = "patient"
    MEMBER = "member"


@dataclass(frozen=True, slots=True)
class Viewer:
    """The eyes with which a list or a stream is read.

    `owner` is the id of the account that looks, `subjects` are the people whose sessions it may see: a
    patient's own id, or those of a therapist's patients.
    """

    owner: str
    subjects: frozenset[str] = frozenset()

    def may_see(self, owner: str | None, subject: str | None) -> bool:
        """Whether something of this owner, about this subject, is seen.

        What is about a person is decided by that person alone: a therapist whose patient was given to
        another sees the old sessions no longer, though the upload was theirs.
        """
        return subject in self.subjects if subject is not None else owner == self.owner


@dataclass(frozen=True, slots=True)
class Caller:
    """Who makes a request. `id` is None while accounts are off: then everybody is the person at the machine.

    `session_id` names the login whose end is the end of this caller's streams; `expires_at` (Unix seconds)
    is when the token ends by itself.
    """

    id: str | None
    name: str
    role: Role
    patients: frozenset[str] = frozenset()
    means: Means = "local"
    session_id: str | None = None
    expires_at: float | None = None

    @property
    def viewer(self) -> Viewer | None:
        """What this caller sees; None sees everything."""
        if self.id is None or self.role is Role.ADMIN:
            return None
        if self.role is Role.PATIENT:
            return Viewer(self.id, frozenset({self.id}))
        return Viewer(self.id, self.patients if self.role is Role.THERAPIST else frozenset())

    def may_see(self, owner: str | None, subject: str | None) -> bool:
        """Whether something of this owner, about this subject, is seen."""
        viewer = self.viewer
        return viewer is None or viewer.may_see(owner, subject)


LOCAL: Final = Caller(None, "local", Role.ADMIN)
NOBODY: Final = Caller("", "", Role.MEMBER)
"""Who has not signed in, where nobody has to (the pages, the login): an account that owns and sees nothing."""


@dataclass(frozen=True, slots=True)
class User:
    """An account. Nothing secret is in it; `created_at` is Unix seconds."""

    id: str
    name: str
    role: Role
    created_at: float
    is_disabled: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return the wire form."""
        return {
            "id": self.id,
            "name": self.name,
            "role": str(self.role),
            "is_disabled": self.is_disabled,
            "created_at": rfc3339(self.created_at),
        }


@dataclass(frozen=True, slots=True)
class ApiToken:
    """A token for scripts, as far as it may be shown again; `prefix` are its first characters."""

    id: str
    user_id: str
    name: str
    prefix: str
    created_at: float
    expires_at: float | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the wire form."""
        return {
            "id": self.id,
            "name": self.name,
            "prefix": self.prefix,
            "created_at": rfc3339(self.created_at),
            "expires_at": None if self.expires_at is None else rfc3339(self.expires_at),
        }


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Who did what, when, about what and from where. Never a secret, never what a session holds."""

    at: float
    action: str
    actor_id: str | None = None
    actor_name: str | None = None
    about: str | None = None
    address: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    number: int = 0

    def to_json(self) -> dict[str, Any]:
        """Return the wire form."""
        return {
            "number": self.number,
            "at": rfc3339(self.at),
            "actor_id": self.actor_id,
            "actor_name": self.actor_name,
            "action": self.action,
            "about": self.about,
            "address": self.address,
            "details": dict(self.details),
        }


def name_key(name: str) -> str:
    """Return what two spellings of one name have in common (NFKC, case folded, single spaces)."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    return " ".join(folded.split())


def user_not_found(who: str) -> DeskError:
    """Return the error for an account that does not exist."""
    return DeskError(
        "user_not_found", f"There is no account {who[:100]!r}.", remediation="GET /api/v1/users lists them."
    )
