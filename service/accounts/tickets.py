"""Tickets: what an EventSource or a download link carries in its address. Each opens one thing, once, and soon."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from service.accounts.tokens import digest, random_token

LIFETIME_SECONDS: Final = 60.0
MAX_TICKETS: Final = 10_000
MAX_OF_ONE: Final = 100  # unspent tickets of one login


@dataclass(frozen=True, slots=True)
class Ticket:
    """On whose behalf a ticket was given: the login (or API token), and when that token ends by itself."""

    session_id: str
    token_expires_at: float | None
    ends_at: float


class Tickets:
    """In memory: a ticket that does not survive a restart is asked for again.

    The oldest of a login give way to its new ones, so that nobody's tickets push out another's; of all, only when
    there are very many.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._given: OrderedDict[str, Ticket] = OrderedDict()
        self._of_login: dict[str, OrderedDict[str, None]] = {}

    def give(self, session_id: str, token_expires_at: float | None) -> str:
        """Return a new ticket."""
        now = self._clock()
        self._forget_old(now)
        mine = self._of_login.get(session_id, ())
        if len(mine) >= MAX_OF_ONE:
            self._pop(next(iter(mine)))
        if len(self._given) >= MAX_TICKETS:
            self._pop(next(iter(self._given)))
        ticket = random_token()
        self._given[digest(ticket)] = Ticket(session_id, token_expires_at, now + LIFETIME_SECONDS)
        self._of_login.setdefault(session_id, OrderedDict())[digest(ticket)] = None
        return ticket

    def take(self, ticket: str) -> Ticket | None:
        """Spend a ticket; None when there is none (any more)."""
        found = self._pop(digest(ticket))
        return found if found is not None and found.ends_at > self._clock() else None

    def _forget_old(self, now: float) -> None:
        while self._given and next(iter(self._given.values())).ends_at <= now:
            self._pop(next(iter(self._given)))

    def _pop(self, key: str) -> Ticket | None:
        found = self._given.pop(key, None)
        if found is not None:
            mine = self._of_login[found.session_id]
            del mine[key]
            if not mine:
                del self._of_login[found.session_id]
        return found
