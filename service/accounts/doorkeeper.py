"""Signing in and out, and finding out who asks. Whatever a token says, the database has the last word."""

import asyncio
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import structlog

from service.accounts import passwords, tokens
from service.accounts.passwords import Passwords
from service.accounts.people import DAY_SECONDS, Actor, People, new_id
from service.accounts.throttle import LoginThrottle
from service.accounts.tickets import Tickets
from service.model.accounts import Caller, User, name_key
from service.model.errors import DeskError
from service.storage.accounts_port import AccountStore, UserChange

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Terms:
    """How long things last; `audit_retention_days` None keeps the audit log for ever."""

    access_token_seconds: float = 1800.0
    refresh_token_days: float = 14.0
    audit_retention_days: float | None = 365.0


@dataclass(frozen=True, slots=True)
class Granted:
    """What somebody gets who has signed in. The tokens are nowhere else."""

    user: User
    access_token: str
    expires_in: float
    refresh_token: str
    refresh_expires_in: float


class Doorkeeper:
    """All that happens at the door. Methods raise DeskError; `clock` returns Unix seconds."""

    def __init__(
        self, store: AccountStore, key: bytes, terms: Terms, *, clock: Callable[[], float] = time.time
    ) -> None:
        self.people = People(store, Passwords(), clock)
        self._store = store
        self._key = key
        self._terms = terms
        self._clock = clock
        self._tickets = Tickets(clock)
        self._throttle = LoginThrottle()

    @classmethod
    async def open(cls, store: AccountStore, data_dir: Path, terms: Terms) -> "Doorkeeper":
        """Return a doorkeeper for a data folder, with its signing key."""
        keeper = cls(store, await asyncio.to_thread(tokens.signing_key, data_dir), terms)
        await keeper.people.passwords.prepare()
        return keeper

    async def has_users(self) -> bool:
        """Whether anybody could sign in."""
        return bool(await self._store.users())

    # --- logins ---
    async def login(self, name: str, password: str, address: str | None) -> Granted:
        """Sign somebody in. Raises `wrong_credentials`, the same for an unknown name, and `too_many_requests`."""
        found = await self._tried(name, password, address)
        if found is None:
            # The name is not written down: people type their password where the name belongs.
            known = await self._store.credentials(name)
            about = known[0].id if known else None
            await self.people.record(Actor(address=address), "login.failed", about)
            raise _wrong()
        user, password_hash = found
        login_id, refresh_token = new_id(), tokens.random_token()
        expires_at = self._clock() + self._refresh_seconds
        refresh_hash = tokens.digest(refresh_token)
        await self._store.begin_login(login_id, user.id, password_hash, refresh_hash, expires_at)
        await self.people.record(Actor(user.id, user.name, address), "login.begun", login_id)
        return self._granted(user, login_id, refresh_token)

    async def refresh(self, refresh_token: str, address: str | None) -> Granted:
        """Give new tokens for a refresh token, once. One that was used before ends the whole login (`unauthorized`)."""
        new_token = tokens.random_token()
        expires_at = self._clock() + self._refresh_seconds
        rotated = await self._store.rotate(tokens.digest(refresh_token), tokens.digest(new_token), expires_at)
        if rotated.reused_by is not None:
            thief_or_not = rotated.reused_by
            logger.warning("refresh_token_reused", user_id=thief_or_not.id, address=address)
            await self.people.record(Actor(address=address), "refresh.reused", thief_or_not.id)
        if rotated.caller is None or rotated.caller.id is None or rotated.caller.session_id is None:
            raise signed_out("This refresh token is not valid any more.")
        user = await self._store.user(rotated.caller.id)
        return self._granted(user, rotated.caller.session_id, new_token)

    async def logout(self, caller: Caller, address: str | None, *, everywhere: bool = False) -> None:
        """End the login behind a caller, or all the logins of that person. An API token stays."""
        if caller.id is None or caller.session_id is None:
            return
        if everywhere:
            await self._store.end_logins(caller.id)
        else:
            await self._store.end_login(caller.session_id)
        by = Actor(caller.id, caller.name, address)
        await self.people.record(by, "login.ended", caller.session_id, everywhere=everywhere)

    async def forget(self, refresh_token: str, address: str | None) -> None:
        """End the login that a refresh token belongs to, if there is one: a logout after the access token's end."""
        login_id = await self._store.login_of(tokens.digest(refresh_token))
        if login_id is not None:
            await self._store.end_login(login_id)
            await self.people.record(Actor(address=address), "login.ended", login_id)

    async def change_password(self, caller: Caller, password: str, new: str, address: str | None) -> None:
        """Give a person a new password of their own choice; their other logins end."""
        if caller.id is None:
            raise signed_out()
        passwords.check(new, "/new_password")
        found = await self._tried(caller.name, password, address)
        if found is None:
            await self.people.record(Actor(caller.id, caller.name, address), "password.refused", caller.id)
            raise _wrong()
        new_hash = await self.people.passwords.hash(new)
        change = UserChange(password_hash=new_hash, keeps_login=caller.session_id, replaces_hash=found[1])
        await self._store.change_user(caller.id, change)
        await self.people.record(Actor(caller.id, caller.name, address), "password.changed", caller.id)

    # --- tokens ---
    def give_ticket(self, caller: Caller) -> str:
        """Return a ticket that opens one stream or file for this caller, once, within a minute."""
        if caller.session_id is None:
            raise signed_out()
        return self._tickets.give(caller.session_id, caller.expires_at)

    async def delete_token(self, caller: Caller, token_id: str, address: str | None) -> None:
        """Remove one of the caller's API tokens. Raises `token_not_found`."""
        if caller.id is None:
            raise signed_out()
        await self._store.delete_token(caller.id, token_id)
        await self.people.record(Actor(caller.id, caller.name, address), "token.deleted", token_id)

    # --- who asks ---
    async def by_token(self, token: str) -> Caller | None:
        """Return who stands behind an access or API token, None when nobody (any more) does."""
        if token.startswith(tokens.API_PREFIX):
            return await self._store.caller_of_token(tokens.digest(token))
        claims = tokens.read(self._key, token, self._clock())
        if claims is None:
            return None
        caller = (await self._store.present([claims.login_id])).get(claims.login_id)
        if caller is None or caller.id != claims.user_id:
            return None
        return replace(caller, expires_at=claims.expires_at)

    async def by_ticket(self, ticket: str) -> Caller | None:
        """Spend a ticket and return on whose behalf it was given."""
        found = self._tickets.take(ticket)
        if found is None:
            return None
        caller = (await self._store.present([found.session_id])).get(found.session_id)
        return caller and replace(caller, means="ticket", expires_at=found.token_expires_at)

    async def present(self, session_ids: Collection[str]) -> Mapping[str, Caller]:
        """Return who stands behind these logins and API tokens now."""
        return await self._store.present(session_ids)

    async def version(self) -> int:
        """Return a number that every change of accounts makes higher."""
        return await self._store.version()

    async def purge(self) -> None:
        """Forget what is over, and audit entries that are older than the terms say."""
        days = self._terms.audit_retention_days
        await self._store.purge(None if days is None else self._clock() - days * DAY_SECONDS)

    async def _tried(self, name: str, password: str, address: str | None) -> tuple[User, str] | None:
        """Return who has this name and password, as `_person`; only a wrong one costs a try."""
        key = name_key(name)
        self._throttle.take(key, address)
        try:
            found = await self._person(name, password)
        except DeskError:  # too many sign in just now: nothing was tried
            self._throttle.give_back(key, address)
            raise
        if found is not None:
            self._throttle.give_back(key, address)
        return found

    async def _person(self, name: str, password: str) -> tuple[User, str] | None:
        """Return who has this name and password, with its hash; None for a wrong one, an unknown name or a
        disabled account, all after the same time."""
        found = await self._store.credentials(name)
        is_right = await self.people.passwords.verify(found[1] if found else None, password)
        if found is None or not is_right or found[0].is_disabled:
            return None
        return found

    @property
    def _refresh_seconds(self) -> float:
        return self._terms.refresh_token_days * DAY_SECONDS

    def _granted(self, user: User, login_id: str, refresh_token: str) -> Granted:
        now, seconds = self._clock(), self._terms.access_token_seconds
        access = tokens.issue(self._key, tokens.Claims(user.id, login_id, now + seconds), now)
        return Granted(user, access, seconds, refresh_token, self._refresh_seconds)


def signed_out(message: str = "Sign in first.") -> DeskError:
    """Return the error for a request that needs somebody who is signed in."""
    return DeskError(
        "unauthorized",
        message,
        remediation="POST /api/v1/auth/login, or send Authorization: Bearer with a token that is still good.",
    )


def _wrong() -> DeskError:
    return DeskError(
        "wrong_credentials",
        "Name or password is wrong.",
        remediation="Try again, or ask an administrator for a new password.",
    )
