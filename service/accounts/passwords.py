"""Passwords as argon2id hashes (RFC 9106), made and checked in threads, a few at a time."""

import asyncio
import unicodedata
from collections.abc import Callable
from typing import Final, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from service.model.errors import DeskError, FieldError

T = TypeVar("T")

MIN_LENGTH: Final = 8  # NIST SP 800-63B, 5.1.1.2
MAX_LENGTH: Final = 1024
AT_ONCE: Final = 2  # each takes 64 MiB and tens of milliseconds of a core
MAX_WAITING: Final = 64

# The second recommended set of RFC 9106, section 4. Said here and not left to the library's defaults: the dummy
# below has to take exactly as long as the hash of a real password.
HASHER: Final = PasswordHasher(time_cost=3, memory_cost=65536, parallelism=4, hash_len=32, salt_len=16)
NOBODY: Final = "nobody has this password, and nobody can have it: it is longer than it may be" * 20


def check(password: str, pointer: str = "/password") -> None:
    """Raise `invalid` for a password that is too short or too long to be taken."""
    length = len(_normal(password))
    if not MIN_LENGTH <= length <= MAX_LENGTH:
        detail = f"A password has {MIN_LENGTH} to {MAX_LENGTH} characters."
        raise DeskError("invalid", detail, errors=[FieldError(pointer, detail)])


class Passwords:
    """Makes and checks hashes. Both raise `too_many_requests` when too many wait already."""

    def __init__(self, hasher: PasswordHasher = HASHER) -> None:
        self._hasher = hasher
        self._turn = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0
        self._dummy: str | None = None

    async def hash(self, password: str) -> str:
        """Return the hash of a password, with its parameters and salt in it."""
        return await self._in_turn(lambda: self._hasher.hash(_normal(password)))

    async def verify(self, known: str | None, password: str) -> bool:
        """Tell whether this is the password behind a hash.

        Without a hash (nobody has that name) the answer is no, and takes as long as with one.
        """
        return await self._in_turn(lambda: self._verify(known, password))

    async def prepare(self) -> None:
        """Make the hash that names nobody has are checked against, so that the first of them is not told apart."""
        await self._in_turn(self._dummy_hash)

    def _verify(self, known: str | None, password: str) -> bool:
        try:
            is_right = self._hasher.verify(known or self._dummy_hash(), _normal(password)[: MAX_LENGTH + 1])
        except (VerificationError, InvalidHashError):
            return False
        return is_right and known is not None

    def _dummy_hash(self) -> str:
        if self._dummy is None:
            self._dummy = self._hasher.hash(NOBODY)
        return self._dummy

    async def _in_turn(self, work: Callable[[], T]) -> T:
        if self._waiting >= MAX_WAITING:
            raise DeskError(
                "too_many_requests",
                "Too many people sign in just now.",
                retriable=True,
                retry_after_seconds=2,
            )
        self._waiting += 1
        try:
            async with self._turn:
                return await asyncio.to_thread(work)
        finally:
            self._waiting -= 1


def _normal(password: str) -> str:
    """Return a password as every keyboard would write it (NFKC, as NIST SP 800-63B asks for)."""
    return unicodedata.normalize("NFKC", password)
