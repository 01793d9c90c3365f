"""One process for each data folder: two would take each other's running jobs for the leftovers of a crash."""

import os
from pathlib import Path
from typing import IO

from service.model.errors import DeskError

try:
    import fcntl
except ImportError:  # Windows has no advisory locks of this sort; SQLite's own still guard the file
    fcntl = None  # type: ignore[assignment]


class DataDirLock:
    """An exclusive lock on a data folder, given up when the process ends, however it ends."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file

    def release(self) -> None:
        """Give the lock up."""
        self._file.close()


def lock_data_dir(data_dir: Path) -> DataDirLock:
    """Lock a data folder (made if absent) for this process; raises `conflict` when another one has it."""
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)  # what people hand in is nobody else's to read
    file = (data_dir / "lock").open("a+", encoding="utf-8")
    if fcntl is not None:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            file.seek(0)
            holder = file.read().strip()
            file.close()
            raise DeskError(
                "conflict",
                f"Another service{f' (process {holder})' if holder else ''} uses {data_dir}.",
                remediation="Stop it, or name another --data-dir.",
            ) from error
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return DataDirLock(file)
