"""The file store on a real disk, for its tests."""

from pathlib import Path
from typing import Any

from service.model.artifacts import Input
from service.storage.files import FileStore


async def open_files(folder: Path, **limits: Any) -> FileStore:
    """Open a store in a folder; without limits there are none."""
    wanted = {"max_upload_bytes": 1 << 30, "disk_budget_bytes": None, "min_free_bytes": 0, **limits}
    return await FileStore.open(folder / "data", **wanted)


async def take_in(files: FileStore, content: bytes, name: str = "a.txt") -> Input:
    """Upload a file."""
    upload = await files.receive(name, "text/plain")
    await upload.write(content)
    return await upload.commit()


async def nothing() -> set[str]:
    """Say that no job holds anything."""
    return set()
