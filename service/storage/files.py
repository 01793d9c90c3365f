"""The folder behind the desk: uploads by the SHA-256 of their content, and a folder for each job.

blobs/ab/ab12…      one content, read-only, shared by every job it was handed to
tmp/                uploads on their way in; nothing in it survives a start
jobs/<id>/work      the job's own folder, kept from attempt to attempt
jobs/<id>/artifacts what it left
jobs/<id>/log.txt
"""

import asyncio
import contextlib
import hashlib
import os
import re
import secrets
import shutil
import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from service.model.artifacts import safe_name
from service.model.errors import DeskError
from service.storage.budget import Budget
from service.storage.incoming import FileUpload

_JOB_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_REMEMBERED_JOBS: Final = 256  # whose artifacts' sizes are known without a look: those that may write again
_SWEEP_SECONDS: Final = 600.0  # no sweep takes longer to read what is held


class FileStore:
    """Made by `FileStore.open`. Methods belong to the event loop; what blocks is done in threads."""

    def __init__(
        self, data_dir: Path, *, max_upload_bytes: int, disk_budget_bytes: int | None, min_free_bytes: int
    ) -> None:
        self._blobs = data_dir / "blobs"
        self._tmp = data_dir / "tmp"
        self._jobs = data_dir / "jobs"
        self._kinds = data_dir / "kinds"
        self._max_upload_bytes = max_upload_bytes
        self._budget = Budget(data_dir, disk_budget_bytes, min_free_bytes)
        self._lock = (
            threading.Lock()
        )  # between a sweep that removes a content and an upload that finds it there
        self._pins: Counter[str] = Counter()
        self._fresh: set[str] = set()  # contents that no job has had yet: brought by uploads still pinned
        self._unpinned: OrderedDict[str, float] = OrderedDict()
        self._parts: set[str] = set()
        self._sizes: OrderedDict[str, dict[str, int]] = OrderedDict()
        self._changes = 0

    @classmethod
    async def open(
        cls, data_dir: Path, *, max_upload_bytes: int, disk_budget_bytes: int | None, min_free_bytes: int
    ) -> "FileStore":
        """Make the folders, remove what failed uploads left, and count what is there."""
        store = cls(
            await asyncio.to_thread(data_dir.absolute),  # a child runs with another folder as its own
            max_upload_bytes=max_upload_bytes,
            disk_budget_bytes=disk_budget_bytes,
            min_free_bytes=min_free_bytes,
        )
        store._budget.add(await asyncio.to_thread(store._prepare))
        return store

    @property
    def used_bytes(self) -> int:
        """What uploads (those on their way included), artifacts, work folders and logs take."""
        return self._budget.used_bytes

    # --- uploads ---
    async def receive(self, name: str, media_type: str) -> FileUpload:
        """Begin to take in a file. Raises `disk_budget` when there is no room."""
        self._budget.take(0)
        await asyncio.to_thread(self._budget.check_free, 0)
        part = self._tmp / secrets.token_hex(16)
        self._parts.add(part.name)
        return FileUpload(
            part, name, media_type, max_bytes=self._max_upload_bytes, budget=self._budget, shelf=self
        )

    def pin(self, sha256: str) -> None:
        """Keep a content from every sweep, once more."""
        with self._lock:
            self._pins[sha256] += 1

    def unpin(self, sha256: Sequence[str]) -> None:
        """Say that these uploads are referred to by a committed job (or given up): one pin each goes."""
        now = time.monotonic()
        with self._lock:
            for one in sha256:
                self._take_pin(one)
                self._fresh.discard(one)
                self._unpinned[one] = now
                self._unpinned.move_to_end(one)
            while self._unpinned and next(iter(self._unpinned.values())) < now - _SWEEP_SECONDS:
                self._unpinned.popitem(last=False)

    def put(self, part: Path, sha256: str) -> bool:
        """Move an upload to its content's place, durably; False when the content was there already."""
        place = self.blob_path(sha256)
        with self._lock:
            if place.exists():
                part.unlink()
                return False
            if not place.parent.exists():
                place.parent.mkdir(parents=True)
                _sync_folder(self._blobs)
            part.chmod(0o444)  # a kind is given this very file: it may read it and nothing else
            part.replace(place)
            _sync_folder(place.parent)
            self._fresh.add(sha256)
            return True

    def settled(self, sha256: str, size_bytes: int, *, is_new: bool) -> None:
        """Give the budget back what a content that was there already does not take twice."""
        self._changes += 1
        if not is_new:
            self._budget.add(-size_bytes)

    async def give_up(self, sha256: str) -> None:
        """Take one pin back; remove a content that came with this upload and that no job has had."""
        self._changes += 1
        self._budget.add(-await asyncio.to_thread(self._give_up, sha256))

    def forget(self, part: Path) -> None:
        """Drop an upload from those on their way."""
        self._parts.discard(part.name)

    # --- places ---
    def blob_path(self, sha256: str) -> Path:
        """Return where a content is. Raises ValueError for what is no hash."""
        if not _SHA256.fullmatch(sha256):
            raise ValueError(f"not a SHA-256: {sha256[:80]!r}")
        return self._blobs / sha256[:2] / sha256

    def work_dir(self, job_id: str) -> Path:
        """Return a job's own folder, kept from attempt to attempt."""
        return self._folder(job_id) / "work"

    def kind_dir(self, kind: str) -> Path:
        """Return the folder that all jobs of a kind share (made if absent)."""
        folder = self._kinds / safe_name(kind)
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def artifacts_dir(self, job_id: str) -> Path:
        """Return the folder of a job's artifacts."""
        return self._folder(job_id) / "artifacts"

    def artifact_path(self, job_id: str, name: str) -> Path:
        """Return where an artifact is; raises `artifact_not_found` for a name that cannot be one."""
        if safe_name(name) != name or not _JOB_ID.fullmatch(job_id):
            raise _no_artifact(name)
        return self.artifacts_dir(job_id) / name

    def log_path(self, job_id: str) -> Path:
        """Return where a job's log is (it may not exist)."""
        return self._folder(job_id) / "log.txt"

    # --- what jobs leave ---
    async def add_artifact(self, job_id: str, name: str) -> tuple[int, str]:
        """Return size and SHA-256 of an artifact that is in its place, and count it."""
        size_bytes, sha256 = await asyncio.to_thread(_measure, self.artifact_path(job_id, name))
        known = self._known(job_id)
        self._count(size_bytes - known.get(name, 0))
        known[name] = size_bytes
        return size_bytes, sha256

    async def link_artifacts(self, from_job: str, to_job: str) -> None:
        """Give a job the artifacts of another by hard links, or copies where those cannot be.

        Raises OSError when the folder is not there any more.
        """
        copied = await asyncio.to_thread(_link_all, self.artifacts_dir(from_job), self.artifacts_dir(to_job))
        self._count(copied)

    async def copy_work(self, from_job: str, to_job: str) -> None:
        """Give a job a copy of another's own folder."""
        self._count(await asyncio.to_thread(_copy_all, self.work_dir(from_job), self.work_dir(to_job)))

    async def job_folders(self) -> list[str]:
        """Return the ids of the jobs that have a folder."""
        names = await asyncio.to_thread(os.listdir, self._jobs)
        return [name for name in names if _JOB_ID.fullmatch(name)]

    async def remove_job(self, job_id: str) -> None:
        """Remove a job's folders and log."""
        folder = self._folder(job_id)
        self._sizes.pop(job_id, None)
        self._count(-await asyncio.to_thread(_remove_folder, folder))

    async def recount(self) -> None:
        """Count anew what is there: what children write into their work folders is not told to anybody."""
        before = self._changes, self._budget.used_bytes
        found = await asyncio.to_thread(self._scan)
        if before == (self._changes, self._budget.used_bytes):  # else the count is of no moment; next time
            self._budget.used_bytes = found

    async def sweep(self, read_held: Callable[[], Awaitable[set[str]]], jobs: set[str] | None = None) -> int:
        """Remove contents that no job refers to and nobody has pinned, and leftovers; return the bytes freed.

        `read_held` is called after the sweep has begun: what is unpinned from then on, because a job has it
        now, is left alone. With `jobs`, the folders of jobs that are not among them go too.
        """
        since = time.monotonic()
        held = await read_held()
        freed = await asyncio.to_thread(self._sweep, held, jobs, since)
        self._count(-freed)
        await self.recount()
        return freed

    async def sweep_contents(
        self, sha256: Sequence[str], read_held: Callable[[Sequence[str]], Awaitable[Collection[str]]]
    ) -> int:
        """Remove those of these contents that no job refers to and nobody has pinned; return the bytes freed.

        `read_held` returns those that some job refers to; it is called after the sweep has begun, as in `sweep`.
        """
        since = time.monotonic()
        held = await read_held(sha256)
        freed = await asyncio.to_thread(self._sweep_contents, set(sha256) - set(held), since)
        self._count(-freed)
        return freed

    # --- inside ---
    def _folder(self, job_id: str) -> Path:
        if not _JOB_ID.fullmatch(job_id):
            raise ValueError(f"not a job id: {job_id[:80]!r}")
        return self._jobs / job_id

    def _count(self, size_bytes: int) -> None:
        self._changes += 1
        self._budget.add(size_bytes)

    def _known(self, job_id: str) -> dict[str, int]:
        known = self._sizes.setdefault(job_id, {})
        self._sizes.move_to_end(job_id)
        while len(self._sizes) > _REMEMBERED_JOBS:
            self._sizes.popitem(last=False)
        return known

    def _take_pin(self, sha256: str) -> None:
        if self._pins[sha256] <= 1:
            del self._pins[sha256]
        else:
            self._pins[sha256] -= 1

    def _give_up(self, sha256: str) -> int:
        with self._lock:
            self._take_pin(sha256)
            if sha256 in self._pins or sha256 not in self._fresh:
                return 0
            self._fresh.discard(sha256)
            return _remove_file(self.blob_path(sha256))

    def _prepare(self) -> int:
        shutil.rmtree(self._tmp, ignore_errors=True)
        for folder in (self._blobs, self._tmp, self._jobs):
            folder.mkdir(parents=True, exist_ok=True)
        return self._scan()

    def _scan(self) -> int:
        seen: set[tuple[int, int]] = set()
        total = 0
        for entry in (*_files_below(self._blobs), *_files_below(self._tmp), *_files_below(self._jobs)):
            with contextlib.suppress(OSError):  # it went while we looked
                found = entry.stat(follow_symlinks=False)
                key = (found.st_dev, found.st_ino)
                if found.st_nlink == 1 or key not in seen:
                    total += found.st_size
                if found.st_nlink > 1:
                    seen.add(key)
        return total

    def _sweep_contents(self, nobodys: Iterable[str], since: float) -> int:
        freed = 0
        for sha256 in nobodys:
            place = self.blob_path(sha256)
            with self._lock:  # for each file anew: an upload waits for one unlink at most
                if sha256 not in self._pins and self._unpinned.get(sha256, 0.0) < since:
                    freed += _remove_file(place)
        return freed

    def _sweep(self, held: set[str], jobs: set[str] | None, since: float) -> int:
        there = (entry.name for entry in _files_below(self._blobs))
        freed = self._sweep_contents((name for name in there if name not in held), since)
        for entry in _files_below(self._tmp):
            if entry.name not in self._parts:
                freed += _remove_file(Path(entry.path))
        if jobs is not None:
            for folder in list(self._jobs.iterdir()):
                if folder.name not in jobs:
                    freed += _remove_folder(folder)
        return freed


def _files_below(folder: Path) -> Iterator["os.DirEntry[str]"]:
    """Walk every file below a folder, links not followed; what disappears meanwhile is left out."""
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            yield from _files_below(Path(entry.path))
        else:
            yield entry


def _measure(path: Path) -> tuple[int, str]:
    if path.is_symlink() or not path.is_file():
        raise _no_artifact(path.name)
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
        return file.tell(), digest.hexdigest()


def _link_all(source: Path, target: Path) -> int:
    """Link every file of a folder; return the bytes of those that had to be copied."""
    target.mkdir(parents=True, exist_ok=True)
    copied = 0
    for entry in os.scandir(source):
        place = target / entry.name
        try:
            os.link(entry.path, place)
        except OSError:  # a file system without links
            shutil.copy2(entry.path, place)
            copied += entry.stat().st_size
    return copied


def _copy_all(source: Path, target: Path) -> int:
    if not source.is_dir():
        return 0
    shutil.copytree(source, target, symlinks=True, dirs_exist_ok=True)
    return sum(entry.stat(follow_symlinks=False).st_size for entry in _files_below(target))


def _remove_file(path: Path) -> int:
    """Remove a file and return the bytes that the disk has got back: none while another link is left."""
    try:
        found = path.lstat()
        path.unlink()
    except OSError:
        return 0
    return found.st_size if found.st_nlink == 1 else 0


def _remove_folder(folder: Path) -> int:
    freed = sum(_remove_file(Path(entry.path)) for entry in _files_below(folder))
    shutil.rmtree(folder, ignore_errors=True)
    return freed


def _sync_folder(folder: Path) -> None:
    """Make a new name in a folder durable; Windows has no such thing and needs none."""
    with contextlib.suppress(OSError):
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)


def _no_artifact(name: str) -> DeskError:
    return DeskError("artifact_not_found", f"There is no artifact {safe_name(name)!r}.")
