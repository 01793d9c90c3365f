"""Accounts in SQLite: people, assignments, and what each of them may be called."""

import sqlite3
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from service.model.accounts import ApiToken, AuditEntry, Caller, Role, User, name_key, user_not_found
from service.model.errors import DeskError, FieldError
from service.storage.accounts_port import AuditQuery, Rotated, UserChange
from service.storage.sqlite import audit, logins
from service.storage.sqlite.database import Database, Transaction

_COLUMNS = "id, name, role, created_at, is_disabled"
_THEIRS = "u.id, u.name, u.role, u.created_at, u.is_disabled"


class SqliteAccounts:
    """An `AccountStore` on a database that is open already. `clock` returns Unix seconds."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock

    @classmethod
    async def open(cls, path: Path) -> "SqliteAccounts":
        """Open the accounts of a migrated database in a process of their own, beside a server or without one."""
        return cls(await Database.open(path, lambda _: None, readers=1))

    async def close(self) -> None:
        """Close the database that `open` opened."""
        await self._database.close()

    # --- people ---
    async def add_user(self, user: User, password_hash: str) -> None:
        """Write an account."""
        await self._database.write(lambda tx: _add_user(tx, user, password_hash))

    async def user(self, who: str) -> User:
        """Return an account by id or name."""
        return await self._database.read(lambda db: _user(db, who))

    async def users(self) -> Sequence[User]:
        """Return all accounts by name."""
        return await self._database.read(_users)

    async def credentials(self, name: str) -> tuple[User, str] | None:
        """Return an account and its password's hash."""
        return await self._database.read(lambda db: _credentials(db, name))

    async def change_user(self, user_id: str, change: UserChange) -> User:
        """Change an account."""
        return await self._database.write(lambda tx: _change_user(tx, user_id, change, self._clock()))

    async def delete_user(self, user_id: str) -> None:
        """Remove an account."""
        await self._database.write(lambda tx: _delete_user(tx, user_id))

    async def set_assignment(self, therapist_id: str, patient_id: str, *, is_assigned: bool) -> None:
        """Give a patient to a therapist, or take them away."""
        write = _assign if is_assigned else _unassign
        await self._database.write(lambda tx: write(tx, therapist_id, patient_id, self._clock()))

    async def patients(self) -> Mapping[str, Sequence[User]]:
        """Return the patients of each therapist."""
        return await self._database.read(_patients)

    # --- logins and tokens ---
    async def begin_login(
        self, login_id: str, user_id: str, password_hash: str, refresh_hash: str, expires_at: float
    ) -> None:
        """Write a login with its first refresh token."""
        await self._database.write(
            lambda tx: logins.begin(
                tx, login_id, user_id, password_hash, refresh_hash, expires_at, self._clock()
            )
        )

    async def rotate(self, refresh_hash: str, new_hash: str, expires_at: float) -> Rotated:
        """Spend a refresh token for a new one."""
        return await self._database.write(
            lambda tx: logins.rotate(tx, refresh_hash, new_hash, expires_at, self._clock())
        )

    async def end_login(self, login_id: str) -> None:
        """End a login."""
        await self._database.write(lambda tx: logins.end(tx, login_id, self._clock()))

    async def end_logins(self, user_id: str) -> None:
        """End every login of a person."""
        await self._database.write(lambda tx: logins.end_all(tx, user_id, None, self._clock()))

    async def login_of(self, refresh_hash: str) -> str | None:
        """Return the login that a refresh token belongs to."""
        return await self._database.read(lambda db: logins.of_refresh_token(db, refresh_hash))

    async def add_token(self, token: ApiToken, token_hash: str) -> None:
        """Write an API token."""
        await self._database.write(lambda tx: logins.add_token(tx, token, token_hash))

    async def tokens(self, user_id: str) -> Sequence[ApiToken]:
        """Return a person's API tokens."""
        return await self._database.read(lambda db: logins.tokens(db, user_id))

    async def delete_token(self, user_id: str, token_id: str) -> None:
        """Remove a person's API token."""
        await self._database.write(lambda tx: logins.delete_token(tx, user_id, token_id))

    async def present(self, session_ids: Collection[str]) -> Mapping[str, Caller]:
        """Return who stands behind logins and API tokens."""
        return await self._database.read(lambda db: logins.present(db, session_ids, self._clock()))

    async def caller_of_token(self, token_hash: str) -> Caller | None:
        """Return who stands behind an API token."""
        return await self._database.read(lambda db: logins.caller_of_token(db, token_hash, self._clock()))

    async def version(self) -> int:
        """Return the number that every change makes higher."""
        return await self._database.read(logins.version)

    # --- the record ---
    async def write_audit(self, entry: AuditEntry) -> None:
        """Add an entry."""
        await self._database.write(lambda tx: audit.write(tx, entry))

    async def audit_entries(self, query: AuditQuery) -> Sequence[AuditEntry]:
        """Return entries, newest first."""
        return await self._database.read(lambda db: audit.entries(db, query))

    async def purge(self, audit_before: float | None) -> None:
        """Forget what is over."""
        await self._database.write(lambda tx: logins.purge(tx, self._clock()))
        if audit_before is not None:
            await self._database.write(lambda tx: audit.trim(tx, audit_before))


def _of(row: Sequence[Any]) -> User:
    return User(row[0], row[1], Role(row[2]), row[3], bool(row[4]))


def _user(db: sqlite3.Connection, who: str) -> User:
    row = db.execute(
        f"SELECT {_COLUMNS} FROM users WHERE id = ? OR name_key = ?",  # noqa: S608 (a constant)
        (who, name_key(who)),
    ).fetchone()
    if row is None:
        raise user_not_found(who)
    return _of(row)


def _users(db: sqlite3.Connection) -> list[User]:
    return [_of(row) for row in db.execute(f"SELECT {_COLUMNS} FROM users ORDER BY name_key")]  # noqa: S608 (a constant)


def _credentials(db: sqlite3.Connection, name: str) -> tuple[User, str] | None:
    row = db.execute(
        f"SELECT {_COLUMNS}, password_hash FROM users WHERE name_key = ?",  # noqa: S608 (a constant)
        (name_key(name),),
    ).fetchone()
    return None if row is None else (_of(row), row[5])


def _add_user(tx: Transaction, user: User, password_hash: str) -> None:
    _refuse_taken(tx, user.name, user.id)
    tx.execute(
        "INSERT INTO users (id, name, name_key, role, password_hash, is_disabled, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            user.id, user.name, name_key(user.name), str(user.role), password_hash, user.is_disabled,
            user.created_at,
        ),
    )  # fmt: skip
    logins.changed(tx)


def _change_user(tx: Transaction, user_id: str, change: UserChange, now: float) -> User:
    before = _user(tx.connection, user_id)
    if change.name is not None:
        _refuse_taken(tx, change.name, user_id)
        tx.execute(
            "UPDATE users SET name = ?, name_key = ? WHERE id = ?",
            (change.name, name_key(change.name), user_id),
        )
    if change.role is not None and change.role is not before.role:
        tx.execute("UPDATE users SET role = ? WHERE id = ?", (str(change.role), user_id))
        # What the old role was given does not come back with a later change of role.
        tx.execute("DELETE FROM assignments WHERE therapist_id = ? OR patient_id = ?", (user_id, user_id))
    if change.is_disabled is not None:
        tx.execute("UPDATE users SET is_disabled = ? WHERE id = ?", (change.is_disabled, user_id))
    if change.password_hash is not None:
        _set_password(tx, user_id, change)
    if change.is_disabled or change.password_hash is not None:
        logins.end_all(tx, user_id, change.keeps_login, now)
    if change.password_hash is not None and change.keeps_login is None:
        logins.delete_tokens(tx, user_id)
    _keep_an_admin(tx, before)
    logins.changed(tx)
    return _user(tx.connection, user_id)


def _set_password(tx: Transaction, user_id: str, change: UserChange) -> None:
    written = tx.execute(
        "UPDATE users SET password_hash = ?1 WHERE id = ?2 AND (?3 IS NULL OR password_hash = ?3)",
        (change.password_hash, user_id, change.replaces_hash),
    )
    if written.rowcount == 0:
        raise DeskError("wrong_credentials", "The password has been changed meanwhile. Sign in again.")


def _delete_user(tx: Transaction, user_id: str) -> None:
    before = _user(tx.connection, user_id)
    tx.execute("DELETE FROM users WHERE id = ?", (user_id,))
    _keep_an_admin(tx, before)
    logins.changed(tx)


def _keep_an_admin(tx: Transaction, before: User) -> None:
    """Raise `last_admin` when this change took the last administrator who can sign in."""
    if before.role is not Role.ADMIN or before.is_disabled:
        return
    if not tx.execute("SELECT 1 FROM users WHERE role = 'admin' AND is_disabled = 0 LIMIT 1").fetchone():
        raise DeskError(
            "last_admin",
            f"{before.name} is the last administrator.",
            remediation="Make somebody else an administrator first.",
        )


def _refuse_taken(tx: Transaction, name: str, user_id: str) -> None:
    row = tx.execute("SELECT id FROM users WHERE name_key = ?", (name_key(name),)).fetchone()
    if row is not None and row[0] != user_id:
        raise DeskError(
            "name_taken",
            f"Somebody is called {name!r} already.",
            remediation="Take another name; capitals make no difference.",
        )


def _assign(tx: Transaction, therapist_id: str, patient_id: str, now: float) -> None:
    for user_id, role, field in (
        (therapist_id, Role.THERAPIST, "/user_id"),
        (patient_id, Role.PATIENT, "/patient_id"),
    ):
        user = _user(tx.connection, user_id)
        if user.role is not role:
            detail = f"{user.name} is {user.role}, not {role}."
            raise DeskError("invalid", detail, errors=[FieldError(field, detail)])
    tx.execute(
        "INSERT INTO assignments (therapist_id, patient_id, created_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        (therapist_id, patient_id, now),
    )
    logins.changed(tx)


def _unassign(tx: Transaction, therapist_id: str, patient_id: str, now: float) -> None:  # noqa: ARG001 (as _assign)
    _user(tx.connection, therapist_id)
    _user(tx.connection, patient_id)
    tx.execute(
        "DELETE FROM assignments WHERE therapist_id = ? AND patient_id = ?", (therapist_id, patient_id)
    )
    logins.changed(tx)


def _patients(db: sqlite3.Connection) -> dict[str, list[User]]:
    rows = db.execute(
        f"SELECT {_THEIRS}, a.therapist_id FROM assignments a JOIN users u ON u.id = a.patient_id"  # noqa: S608 (a constant)
        " ORDER BY a.therapist_id, u.name_key"
    )
    return {
        therapist: [_of(row) for row in group] for therapist, group in groupby(rows, key=lambda row: row[5])
    }
