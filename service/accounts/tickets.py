"""Tickets: what an EventSource or a download link carries in its address. Each opens one thing, once, and soon."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from service.accounts.tokens import digest, random_token

LIFETIME_SECONDS: Final = 60.0
MAX_TICKETS: Final = 10_000


@dataclass(frozen=True, slots=True)
class Ticket:
    """On whose behalf a ticket was given: the login (or API token), and when that token ends by itself."""

    session_id: str
    token_expires_at: float | None
    ends_at: float


class Tickets:
    """In memory: a ticket that does not survive a restart is asked for again. The oldest give way to new ones."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._given: OrderedDict[str, Ticket] = OrderedDict()

    def give(self, session_id: str, token_expires_at: float | None) -> str:
        """Return a new ticket."""
        now = self._clock()
        self._forget_old(now)
        if len(self._given) >= MAX_TICKETS:
            self._given.popitem(last=False)
        ticket = random_token()
        self._given[digest(ticket)] = Ticket(session_id, token_expires_at, now + LIFETIME_SECONDS)
        return ticket

    def take(self, ticket: str) -> Ticket | None:
        """Spend a ticket; None when there is none (any more)."""
        found = self._given.pop(digest(ticket), None)
        return found if found is not None and found.ends_at > self._clock() else None

    def _forget_old(self, now: float) -> None:
        while self._given and next(iter(self._given.values())).ends_at <= now:
            self._given.popitem(last=False)
