"""Who is signed in: logins with their chains of refresh tokens, API tokens, and the people behind them."""

import json
import sqlite3
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from service.model.accounts import ApiToken, Caller, Role, User, user_not_found
from service.model.errors import DeskError
from service.storage.accounts_port import Rotated
from service.storage.sqlite.database import Transaction

KEEP_ENDED_SECONDS = 7 * 86_400
"""How long a login that is over is kept: a token of it that is shown again is still recognised as stolen."""

_LIVE_LOGINS = (
    "SELECT l.id AS session_id, l.user_id, NULL AS expires_at FROM logins l"
    " WHERE l.ended_at IS NULL AND l.expires_at > :now AND l.id IN (SELECT value FROM json_each(:ids))"
)
_LIVE_TOKENS = (
    "SELECT t.id AS session_id, t.user_id, t.expires_at FROM api_tokens t"
    " WHERE (t.expires_at IS NULL OR t.expires_at > :now)"
    " AND (t.hash = :hash OR t.id IN (SELECT value FROM json_each(:ids)))"
)


def begin(
    tx: Transaction,
    login_id: str,
    user_id: str,
    password_hash: str,
    refresh_hash: str,
    expires_at: float,
    now: float,
) -> None:
    """Write a login with its first refresh token, if its owner is still who the password was checked for."""
    written = tx.execute(
        "INSERT INTO logins (id, user_id, created_at, expires_at)"
        " SELECT ?, id, ?, ? FROM users WHERE id = ? AND password_hash = ? AND is_disabled = 0",
        (login_id, now, expires_at, user_id, password_hash),
    )
    if written.rowcount == 0:
        raise DeskError("wrong_credentials", "The account has changed meanwhile. Sign in again.")
    _add_refresh_token(tx, refresh_hash, login_id, expires_at)


def rotate(tx: Transaction, refresh_hash: str, new_hash: str, expires_at: float, now: float) -> Rotated:
    """Spend a refresh token for a new one; one that is spent already ends its login, thief and owner alike."""
    row = tx.execute(
        "SELECT r.login_id, r.expires_at, r.spent_at, l.user_id FROM refresh_tokens r"
        " JOIN logins l ON l.id = r.login_id WHERE r.hash = ? AND l.ended_at IS NULL",
        (refresh_hash,),
    ).fetchone()
    if row is None:
        return Rotated()
    login_id, token_expires_at, spent_at, user_id = row
    if spent_at is not None:
        end(tx, login_id, now)
        return Rotated(reused_by=_person(tx.connection, user_id))
    caller = present(tx.connection, [login_id], now).get(login_id)
    if caller is None or token_expires_at <= now:
        return Rotated()
    tx.execute("UPDATE refresh_tokens SET spent_at = ? WHERE hash = ?", (now, refresh_hash))
    tx.execute("UPDATE logins SET expires_at = ? WHERE id = ?", (expires_at, login_id))
    _add_refresh_token(tx, new_hash, login_id, expires_at)
    return Rotated(caller=caller)


def end(tx: Transaction, login_id: str, now: float) -> None:
    """End a login."""
    tx.execute("UPDATE logins SET ended_at = ? WHERE id = ? AND ended_at IS NULL", (now, login_id))
    changed(tx)


def end_all(tx: Transaction, user_id: str, keeps_login: str | None, now: float) -> None:
    """End every login of a person but one."""
    tx.execute(
        "UPDATE logins SET ended_at = ? WHERE user_id = ? AND ended_at IS NULL AND id IS NOT ?",
        (now, user_id, keeps_login),
    )
    changed(tx)


def of_refresh_token(db: sqlite3.Connection, refresh_hash: str) -> str | None:
    """Return the login that a refresh token, spent or not, belongs to."""
    row = db.execute("SELECT login_id FROM refresh_tokens WHERE hash = ?", (refresh_hash,)).fetchone()
    return None if row is None else str(row[0])


def add_token(tx: Transaction, token: ApiToken, token_hash: str) -> None:
    """Write an API token. Raises `user_not_found` when its owner was removed meanwhile."""
    written = tx.execute(
        "INSERT INTO api_tokens (id, user_id, name, hash, prefix, created_at, expires_at)"
        " SELECT ?, id, ?, ?, ?, ?, ? FROM users WHERE id = ?",
        (token.id, token.name, token_hash, token.prefix, token.created_at, token.expires_at, token.user_id),
    )
    if written.rowcount == 0:
        raise user_not_found(token.user_id)


def tokens(db: sqlite3.Connection, user_id: str) -> list[ApiToken]:
    """Return a person's API tokens, newest first."""
    rows = db.execute(
        "SELECT id, user_id, name, prefix, created_at, expires_at FROM api_tokens WHERE user_id = ?"
        " ORDER BY created_at DESC, id DESC",
        (user_id,),
    )
    return [ApiToken(*row) for row in rows]


def delete_token(tx: Transaction, user_id: str, token_id: str) -> None:
    """Remove a person's API token."""
    removed = tx.execute("DELETE FROM api_tokens WHERE id = ? AND user_id = ?", (token_id, user_id))
    if removed.rowcount == 0:
        raise DeskError("token_not_found", "You have no such API token.")
    changed(tx)


def delete_tokens(tx: Transaction, user_id: str) -> None:
    """Remove all API tokens of a person."""
    tx.execute("DELETE FROM api_tokens WHERE user_id = ?", (user_id,))
    changed(tx)


def present(db: sqlite3.Connection, session_ids: Collection[str], now: float) -> dict[str, Caller]:
    """Return who stands behind logins and API tokens; what is over or belongs to a disabled account is left out."""
    parameters = {"ids": json.dumps(list(session_ids)), "hash": None, "now": now}
    found = _callers(db, _LIVE_LOGINS, parameters, "bearer")
    if len(found) < len(session_ids):
        found |= _callers(db, _LIVE_TOKENS, parameters, "api_token")
    return found


def caller_of_token(db: sqlite3.Connection, token_hash: str, now: float) -> Caller | None:
    """Return who stands behind an API token, by its hash."""
    parameters = {"ids": "[]", "hash": token_hash, "now": now}
    found = _callers(db, _LIVE_TOKENS, parameters, "api_token")
    return next(iter(found.values()), None)


def version(db: sqlite3.Connection) -> int:
    """Return the number that every change makes higher."""
    (number,) = db.execute("SELECT value FROM meta WHERE key = 'accounts_version'").fetchone()
    return int(number)


def changed(tx: Transaction) -> None:
    """Tell those who watch that something is no longer as it was."""
    tx.execute("UPDATE meta SET value = CAST(value AS INTEGER) + 1 WHERE key = 'accounts_version'")


def purge(tx: Transaction, now: float) -> None:
    """Forget logins that are over for a while, and API tokens whose time is over."""
    before = now - KEEP_ENDED_SECONDS
    tx.execute("DELETE FROM logins WHERE expires_at < ? OR ended_at < ?", (before, before))
    # Of a login that goes on, links of the chain that had expired anyway: refused either way, spent or not.
    tx.execute("DELETE FROM refresh_tokens WHERE expires_at < ?", (before,))
    tx.execute("DELETE FROM api_tokens WHERE expires_at < ?", (before,))


def _add_refresh_token(tx: Transaction, refresh_hash: str, login_id: str, expires_at: float) -> None:
    tx.execute(
        "INSERT INTO refresh_tokens (hash, login_id, expires_at) VALUES (?, ?, ?)",
        (refresh_hash, login_id, expires_at),
    )


def _callers(db: sqlite3.Connection, sessions: str, parameters: Any, means: Any) -> dict[str, Caller]:
    rows = db.execute(
        "SELECT s.session_id, s.expires_at, u.id, u.name, u.role,"  # noqa: S608 (made of constants)
        " (SELECT json_group_array(a.patient_id) FROM assignments a WHERE a.therapist_id = u.id)"
        f" FROM ({sessions}) s JOIN users u ON u.id = s.user_id WHERE u.is_disabled = 0",
        parameters,
    )
    return {row[0]: _caller(row, means) for row in rows}


def _caller(row: Sequence[Any], means: Any) -> Caller:
    session_id, expires_at, user_id, name, role, patients = row
    assigned: Iterable[str] = json.loads(patients) if role == Role.THERAPIST else ()
    return Caller(user_id, name, Role(role), frozenset(assigned), means, session_id, expires_at)


def _person(db: sqlite3.Connection, user_id: str) -> User:
    row = db.execute("SELECT id, name, role, created_at FROM users WHERE id = ?", (user_id,)).fetchone()
    return User(row[0], row[1], Role(row[2]), row[3])
