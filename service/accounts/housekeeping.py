"""Forgetting, now and then: logins that are over, tokens whose time is over, and old entries of the audit log."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import structlog

from service.accounts.doorkeeper import Doorkeeper

EVERY_SECONDS = 3600.0

logger = structlog.get_logger(__name__)


@contextlib.asynccontextmanager
async def keep_tidy(
    doorkeeper: Doorkeeper | None, every_seconds: float = EVERY_SECONDS
) -> AsyncIterator[None]:
    """Purge at once and then every hour, while the block runs."""
    if doorkeeper is None:
        yield
        return
    task = asyncio.create_task(_purge_forever(doorkeeper, every_seconds), name="accounts-housekeeping")
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def _purge_forever(doorkeeper: Doorkeeper, every_seconds: float) -> None:
    while True:
        try:
            await doorkeeper.purge()
        except Exception as error:  # a full disk, say, must not end the housekeeping for good
            logger.warning("accounts_not_purged", error=str(error))
        await asyncio.sleep(every_seconds)
