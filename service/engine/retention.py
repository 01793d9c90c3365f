"""Forgetting old jobs: never one that waits, runs, is held, or could still be retried or decided."""

import asyncio
import time
from typing import Final

import structlog

from service.model.errors import DeskError
from service.storage.port import Files, Store

logger = structlog.get_logger(__name__)
INTERVAL_SECONDS: Final = 3600.0
PAGE: Final = 200


class Retention:
    """Sweeps at the start and then every hour. `None` days keep for ever."""

    def __init__(
        self, store: Store, files: Files, *, retention_days: float | None, event_days: float | None
    ) -> None:
        self._store = store
        self._files = files
        self._retention_days = retention_days
        self._event_days = event_days
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to sweep."""
        self._task = asyncio.create_task(self._run_forever(), name="retention")

    async def stop(self) -> None:
        """Stop sweeping."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def sweep(self, now: float) -> int:
        """Remove what is older than the settings say, with its files; return how many jobs went."""
        removed = 0
        if self._retention_days is not None:
            before = now - self._retention_days * 86400
            while page := await self._store.expired(before, PAGE):
                for job_id in page:
                    await self._forget(job_id)
                removed += len(page)
        if self._event_days is not None:
            await self._store.trim_events(now - self._event_days * 86400)
        await self._files.sweep(self._store.held_files)
        return removed

    async def _forget(self, job_id: str) -> None:
        try:
            await self._store.delete_job(job_id)
        except DeskError as error:
            if error.code != "job_not_found":  # a person was quicker: the rest of the sweep goes on
                raise
        await self._files.remove_job(job_id)

    async def _run_forever(self) -> None:
        while True:
            try:
                removed = await self.sweep(time.time())
                if removed:
                    logger.info("retention_swept", jobs=removed)
            except DeskError as error:
                logger.warning("retention_failed", error=error.message)
            except OSError as error:
                logger.warning("retention_failed", error=str(error))
            await asyncio.sleep(INTERVAL_SECONDS)
