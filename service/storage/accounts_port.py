"""What accounts need from a store: people, logins, tokens, and the record of who did what.

Every method that changes something is one transaction. The server and the command line use one database at
the same time, so nothing of this is kept in memory. Hashes come in and never go out, but for a password's.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from service.model.accounts import ApiToken, AuditEntry, Caller, Role, User


@dataclass(frozen=True, slots=True)
class UserChange:
    """What becomes of an account; None stays as it is. A new password or a disabling ends its logins.

    `keeps_login` is the one login that stays when a person changes their own password. A password that somebody else
    gives them ends their API tokens as well: it may be because one has leaked. `replaces_hash` is the hash that the
    present password was checked against; if another is there by now, `wrong_credentials` is raised.
    """

    name: str | None = None
    role: Role | None = None
    is_disabled: bool | None = None
    password_hash: str | None = None
    keeps_login: str | None = None
    replaces_hash: str | None = None


@dataclass(frozen=True, slots=True)
class Rotated:
    """What a refresh token led to: a caller, or the person whose spent token was shown again (`reused_by`)."""

    caller: Caller | None = None
    reused_by: User | None = None


@dataclass(frozen=True, slots=True)
class AuditQuery:
    """Filters of the audit log, newest first; `before` is the number to go on after."""

    before: int | None = None
    limit: int = 100
    action: str | None = None
    user_id: str | None = None


class AccountStore(Protocol):
    """Accounts in a database. Times are Unix seconds."""

    # --- people ---
    async def add_user(self, user: User, password_hash: str) -> None:
        """Write an account. Raises `name_taken`."""
        ...

    async def user(self, who: str) -> User:
        """Return an account by id or name. Raises `user_not_found`."""
        ...

    async def users(self) -> Sequence[User]:
        """Return all accounts by name."""
        ...

    async def credentials(self, name: str) -> tuple[User, str] | None:
        """Return an account and its password's hash, None for a name that nobody has."""
        ...

    async def change_user(self, user_id: str, change: UserChange) -> User:
        """Change an account. Raises `user_not_found`, `name_taken`, and `last_admin` if none would be left."""
        ...

    async def delete_user(self, user_id: str) -> None:
        """Remove an account with its logins, tokens and assignments. Raises as `change_user` does."""
        ...

    async def set_assignment(self, therapist_id: str, patient_id: str, *, is_assigned: bool) -> None:
        """Give a patient to a therapist, or take them away; doing it twice changes nothing more.

        Raises `user_not_found`, and `invalid` when giving to who is no therapist, or who is no patient.
        """
        ...

    async def patients(self) -> Mapping[str, Sequence[User]]:
        """Return the patients of each therapist (by id) who has any, by name."""
        ...

    # --- logins and tokens ---
    async def begin_login(
        self, login_id: str, user_id: str, password_hash: str, refresh_hash: str, expires_at: float
    ) -> None:
        """Write a login with its first refresh token.

        Raises `wrong_credentials` when the account was disabled, or got another password, since that was checked.
        """
        ...

    async def rotate(self, refresh_hash: str, new_hash: str, expires_at: float) -> Rotated:
        """Spend a refresh token for a new one. One that is spent already ends its login; others lead nowhere."""
        ...

    async def end_login(self, login_id: str) -> None:
        """End a login and with it its tokens."""
        ...

    async def end_logins(self, user_id: str) -> None:
        """End every login of a person."""
        ...

    async def login_of(self, refresh_hash: str) -> str | None:
        """Return the login that a refresh token, spent or not, belongs to."""
        ...

    async def add_token(self, token: ApiToken, token_hash: str) -> None:
        """Write an API token."""
        ...

    async def tokens(self, user_id: str) -> Sequence[ApiToken]:
        """Return a person's API tokens, newest first."""
        ...

    async def delete_token(self, user_id: str, token_id: str) -> None:
        """Remove a person's API token. Raises `token_not_found`."""
        ...

    async def present(self, session_ids: Collection[str]) -> Mapping[str, Caller]:
        """Return who stands behind logins and API tokens (by id); those that are over are left out."""
        ...

    async def caller_of_token(self, token_hash: str) -> Caller | None:
        """Return who stands behind an API token, None when nobody (any more) does."""
        ...

    async def version(self) -> int:
        """Return a number that every change of people, logins, tokens and assignments makes higher."""
        ...

    # --- the record ---
    async def write_audit(self, entry: AuditEntry) -> None:
        """Add an entry; its number is the store's to give."""
        ...

    async def audit_entries(self, query: AuditQuery) -> Sequence[AuditEntry]:
        """Return entries, newest first."""
        ...

    async def purge(self, audit_before: float | None) -> None:
        """Forget logins and tokens that are over, and audit entries from before then (None: keeps them all)."""
        ...
