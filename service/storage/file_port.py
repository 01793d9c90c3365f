"""What the desk needs of a place for contents: uploads on their way in, and a folder for each job."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from pathlib import Path
from typing import Protocol

from service.model.artifacts import Input


class Upload(Protocol):
    """A file on its way in: counted, hashed, not yet in its place."""

    size_bytes: int

    async def write(self, chunk: bytes) -> None:
        """Add bytes. Raises `too_large` or `disk_budget` (DeskError)."""
        ...

    async def commit(self) -> Input:
        """Make it durable under its hash and return it; pinned against retention until `unpin`."""
        ...

    async def discard(self) -> None:
        """Leave nothing. Safe after commit and twice."""
        ...


class Files(Protocol):
    """The folder behind the desk: contents by hash, and a folder for each job."""

    @property
    def used_bytes(self) -> int:
        """What uploads, artifacts, work folders and logs take."""
        ...

    async def receive(self, name: str, media_type: str) -> Upload:
        """Begin to take in a file. Raises `disk_budget` when there is no room."""
        ...

    def pin(self, sha256: str) -> None:
        """Keep a content from every sweep, once more, until `unpin`."""
        ...

    def unpin(self, sha256: Sequence[str]) -> None:
        """Say that these uploads are referred to by a committed job (or given up): one pin each goes."""
        ...

    def blob_path(self, sha256: str) -> Path:
        """Return where a content is."""
        ...

    def work_dir(self, job_id: str) -> Path:
        """Return a job's own folder, kept from attempt to attempt."""
        ...

    def kind_dir(self, kind: str) -> Path:
        """Return the folder that all jobs of a kind share (made if absent)."""
        ...

    def artifacts_dir(self, job_id: str) -> Path:
        """Return the folder of a job's artifacts."""
        ...

    def artifact_path(self, job_id: str, name: str) -> Path:
        """Return where an artifact is; raises `artifact_not_found` for a name that is not one."""
        ...

    def log_path(self, job_id: str) -> Path:
        """Return where a job's log is (it may not exist)."""
        ...

    async def add_artifact(self, job_id: str, name: str) -> tuple[int, str]:
        """Return size and SHA-256 of an artifact that is in its place, and count it."""
        ...

    async def link_artifacts(self, from_job: str, to_job: str) -> None:
        """Give a job the artifacts of another (hard links where possible)."""
        ...

    async def copy_work(self, from_job: str, to_job: str) -> None:
        """Give a job a copy of another's own folder."""
        ...

    async def job_folders(self) -> Sequence[str]:
        """Return the ids of the jobs that have a folder."""
        ...

    async def remove_job(self, job_id: str) -> None:
        """Remove a job's folders and log."""
        ...

    async def sweep_contents(
        self, sha256: Sequence[str], read_held: Callable[[Sequence[str]], Awaitable[Collection[str]]]
    ) -> int:
        """Remove those of these contents that no job refers to (`read_held` says which) and nobody has pinned;
        return the bytes freed. It costs a look at these files, however many there are.
        """
        ...

    async def sweep(self, read_held: Callable[[], Awaitable[set[str]]], jobs: set[str] | None = None) -> int:
        """Remove contents that no job refers to and nobody has pinned, leftovers of failed uploads, and, with
        `jobs` given, the folders of jobs that are not among them; return the bytes freed.
        """
        ...
