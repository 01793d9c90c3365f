"""How much of the disk the desk may fill: one count shared by all uploads, so that together they cannot pass it."""

import shutil
from pathlib import Path
from typing import Final

from service.model.errors import DeskError

RETRY_SECONDS: Final = 60


class Budget:
    """Bytes in use and the limit on them (None: no limit). Belongs to the event loop; nothing here waits."""

    def __init__(self, folder: Path, limit_bytes: int | None, min_free_bytes: int) -> None:
        self.used_bytes = 0
        self._folder = folder
        self._limit_bytes = limit_bytes
        self._min_free_bytes = min_free_bytes

    def take(self, size_bytes: int) -> None:
        """Count bytes as used before they are written. Raises `disk_budget`, and then nothing is counted."""
        if self._limit_bytes is not None and self.used_bytes + size_bytes > self._limit_bytes:
            raise no_room(
                f"Files take {self.used_bytes} of {self._limit_bytes} bytes, and these do not fit any more."
            )
        self.used_bytes += size_bytes

    def add(self, size_bytes: int) -> None:
        """Count bytes that are there already, allowed or not; negative when they are gone."""
        self.used_bytes = max(0, self.used_bytes + size_bytes)

    def check_free(self, size_bytes: int) -> None:
        """Raise `disk_budget` if writing so much would leave too little of the disk itself. Blocks shortly."""
        free = shutil.disk_usage(self._folder).free
        if free - size_bytes < self._min_free_bytes:
            raise no_room(f"The disk has {free} bytes left, and {self._min_free_bytes} are to be left alone.")


def no_room(message: str) -> DeskError:
    """Return the error for work that does not fit on the disk now."""
    return DeskError(
        "disk_budget",
        message,
        remediation="Delete old jobs, or raise disk_budget_bytes (lower min_free_bytes); then try again.",
        retriable=True,
        retry_after_seconds=RETRY_SECONDS,
    )
