"""Who asks, and what they may see: one rule for jobs, batches, events and files."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal

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
