"""Accounts as administrators keep them, over HTTP and on the command line: add, change, assign, remove."""

import time
import unicodedata
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import uuid_utils

from service.accounts import passwords, tokens
from service.accounts.passwords import Passwords
from service.model.accounts import ApiToken, AuditEntry, Role, User
from service.model.errors import DeskError, FieldError
from service.storage.accounts_port import AccountStore, UserChange

MAX_NAME_LENGTH: Final = 64
DAY_SECONDS: Final = 86_400.0


@dataclass(frozen=True, slots=True)
class Actor:
    """On whose behalf something is done, as the audit log will say. The command line has neither id nor address."""

    id: str | None = None
    name: str | None = None
    address: str | None = None


COMMAND_LINE: Final = Actor(name="command line")


@dataclass(slots=True)
class People:
    """What can be done with accounts. `clock` returns Unix seconds."""

    store: AccountStore
    passwords: Passwords = field(default_factory=Passwords)
    clock: Callable[[], float] = time.time

    async def add(self, by: Actor, name: str, password: str, role: Role) -> User:
        """Make an account. Raises `invalid` for an unfit name or password, and `name_taken`."""
        passwords.check(password)
        user = User(new_id(), checked_name(name), role, self.clock())
        await self.store.add_user(user, await self.passwords.hash(password))
        await self.record(by, "user.added", user.id, name=user.name, role=str(role))
        return user

    async def change(
        self,
        by: Actor,
        who: str,
        *,
        name: str | None = None,
        role: Role | None = None,
        is_disabled: bool | None = None,
        password: str | None = None,
    ) -> User:
        """Change an account by id or name. Raises `user_not_found`, `invalid`, `name_taken`, `last_admin`."""
        user = await self.store.user(who)
        if password is not None:
            passwords.check(password)
        change = UserChange(
            name=None if name is None else checked_name(name),
            role=role,
            is_disabled=is_disabled,
            password_hash=None if password is None else await self.passwords.hash(password),
        )
        changed = await self.store.change_user(user.id, change)
        told: dict[str, Any] = {"name": change.name, "role": role and str(role), "is_disabled": is_disabled}
        told = {key: value for key, value in told.items() if value is not None}
        if password is not None:
            told["password"] = "changed"  # noqa: S105 (a word for the log, no password)
        await self.record(by, "user.changed", user.id, **told)
        return changed

    async def remove(self, by: Actor, who: str) -> None:
        """Remove an account by id or name; what was made with it stays, for administrators."""
        user = await self.store.user(who)
        await self.store.delete_user(user.id)
        await self.record(by, "user.deleted", user.id, name=user.name)

    async def assign(self, by: Actor, therapist: str, patient: str, *, is_assigned: bool = True) -> User:
        """Give a patient to a therapist, or take them away (each by id or name); return the therapist."""
        theirs, given = await self.store.user(therapist), await self.store.user(patient)
        await self.store.set_assignment(theirs.id, given.id, is_assigned=is_assigned)
        action = "patient.assigned" if is_assigned else "patient.unassigned"
        await self.record(by, action, given.id, therapist=theirs.id)
        return theirs

    async def make_token(
        self, by: Actor, user: User, name: str, days: float | None = None
    ) -> tuple[ApiToken, str]:
        """Make an API token with the rights of its owner; the text of it is returned here and never again."""
        text = tokens.api_token()
        now = self.clock()
        expires_at = None if days is None else now + days * DAY_SECONDS
        token = ApiToken(new_id(), user.id, name, text[: tokens.SHOWN_LENGTH], now, expires_at)
        await self.store.add_token(token, tokens.digest(text))
        await self.record(by, "token.made", token.id, name=name, owner=user.id)
        return token, text

    async def told(self, user: User) -> dict[str, Any]:
        """Return an account with its patients, in the wire form."""
        return _told(user, await self.store.patients())

    async def all(self) -> list[dict[str, Any]]:
        """Return every account with its patients, in the wire form."""
        patients = await self.store.patients()
        return [_told(user, patients) for user in await self.store.users()]

    async def record(self, by: Actor, action: str, about: str | None = None, **details: Any) -> None:
        """Write down who did what, when, about what and from where."""
        entry = AuditEntry(self.clock(), action, by.id, by.name, about, by.address, details)
        await self.store.write_audit(entry)


def new_id() -> str:
    """Return a new id (UUIDv7)."""
    return str(uuid_utils.uuid7())


def checked_name(name: str) -> str:
    """Return a name as it is kept (NFKC, single spaces). Raises `invalid`."""
    text = " ".join(unicodedata.normalize("NFKC", name).split())
    detail = None
    if not 1 <= len(text) <= MAX_NAME_LENGTH or not text.isprintable():
        detail = f"A name has 1 to {MAX_NAME_LENGTH} printable characters."
    elif _is_id(text):
        detail = "A name must not look like an id."
    if detail is not None:
        raise DeskError("invalid", detail, errors=[FieldError("/name", detail)])
    return text


def _is_id(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True


def _told(user: User, patients: Mapping[str, Sequence[User]]) -> dict[str, Any]:
    theirs = [{"id": patient.id, "name": patient.name} for patient in patients.get(user.id, ())]
    return user.to_json() | {"patients": theirs}
