"""What a command is given: its arguments, the effective settings, the terminal, and what the composition root lends."""

from argparse import Namespace
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from service.cli.terminal import Terminal
from service.config import Config, Settings

if TYPE_CHECKING:
    from service.accounts.people import People
    from service.client import Client


class Held(Protocol):
    """A lock that somebody holds."""

    def release(self) -> None:
        """Give it up."""


@dataclass(frozen=True, slots=True)
class Lent:
    """What only the composition root knows: how to serve, where the migrations are, how a data folder is locked.

    `lock` raises DeskError when another process has the folder; `people` opens its accounts all the same.
    """

    serve: Callable[[Settings], int]
    migrations: Path
    lock: Callable[[Path], Held]
    people: Callable[[Path], AbstractAsyncContextManager["People"]]


@dataclass(slots=True)
class Invocation:
    """One run of one command. `on_interrupt` is what to say when Ctrl-C ends it."""

    args: Namespace
    settings: Settings
    terminal: Terminal
    lend: Callable[[], Lent]
    on_interrupt: str = "Interrupted."

    @property
    def config(self) -> Config:
        """The effective settings."""
        return self.settings.config

    @property
    def lent(self) -> Lent:
        """What is lent by the composition root; asking for it imports the whole service."""
        return self.lend()

    def client(self) -> "Client":
        """Return a client for the server that the settings name."""
        from service.client import Client

        return Client(self.config.server_url, token=self.config.token)
