"""What `doctor` looks at outside the database: interpreter, folders, disk, port, clock."""

import datetime
import errno
import os
import platform
import re
import shutil
import socket
import sqlite3
import stat
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from service.config import Config
from service.doctor.findings import Finding, fail, ok, warn
from service.doctor.sizes import size

OLDEST_PYTHON = (3, 11)
OLDEST_SQLITE = (3, 37, 0)  # STRICT tables
# Where byte-range locks or mmap are not what SQLite needs (sqlite.org/howtocorrupt.html, 2.1; wal.html, 1).
NETWORK_FILE_SYSTEMS = frozenset(
    [
        *(
            "nfs",
            "nfs4",
            "cifs",
            "smb",
            "smb2",
            "smb3",
            "smbfs",
            "9p",
            "drvfs",
            "ceph",
            "glusterfs",
            "lustre",
            "afs",
        ),
        *("fuse.glusterfs", "fuse.sshfs", "fuse.s3fs", "fuse.rclone", "fuse.vmhgfs-fuse"),
        *("vboxsf", "prl_fs", "virtiofs"),
    ]
)
BUILT = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
CLOCK_TOLERANCE_SECONDS = 120.0


def python() -> Finding:
    """Look at the interpreter."""
    detail = f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    if sys.version_info < OLDEST_PYTHON:
        return fail("python", detail, "Python 3.11 or newer is needed.")
    if sys.platform != "linux":
        return warn("python", f"{detail}; only Linux is tested")
    return ok("python", detail)


def sqlite() -> Finding:
    """Look at the SQLite library."""
    detail = f"{sqlite3.sqlite_version}, thread safety {sqlite3.threadsafety}"
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        return fail("sqlite", detail, "SQLite 3.37 or newer is needed; a newer Python brings one.")
    if sqlite3.threadsafety == 0:
        return fail("sqlite", detail, "This SQLite was built without threads.")
    return ok("sqlite", detail)


def data_folder(path: Path) -> Finding:
    """Look whether the data folder can be written; nothing is left in it."""
    if not path.exists():
        above = next(parent for parent in path.parents if parent.exists())
        if os.access(above, os.W_OK | os.X_OK):
            return ok("data folder", f"{path} does not exist yet; `serve` makes it")
        return fail("data folder", f"{path} cannot be made below {above}", "Name another --data-dir.")
    try:
        with tempfile.TemporaryFile(dir=path) as file:
            file.write(b"x")
    except OSError as error:
        return fail("data folder", f"{path}: {error.strerror or error}", "Mend its rights, or name another.")
    return ok("data folder", f"{path} can be written")


def other_readers(path: Path) -> Iterator[Finding]:
    """Look whether other accounts of the machine can open what people sign in for, where modes say so (POSIX)."""
    if os.name == "posix" and path.is_dir() and path.stat().st_mode & (stat.S_IROTH | stat.S_IXOTH):
        detail = f"every user of this machine can open {path}, without signing in"
        yield warn("data folder's rights", detail, f"chmod o= {path}")


def file_system(path: Path, mounts: Path = Path("/proc/self/mountinfo")) -> Finding:
    """Look whether the data folder is on a local disk, where the platform tells (Linux, proc(5))."""
    try:
        lines = mounts.read_text("utf-8", "replace").splitlines()
    except OSError:
        return ok("file system", "this platform does not tell its type")
    kind = file_system_of(path, lines)
    if kind in NETWORK_FILE_SYSTEMS:
        return warn(
            "file system",
            f"{path} is on {kind}, which may be a network file system: SQLite's locks are not reliable there",
            "Put the data folder on a local disk.",
        )
    return ok("file system", kind)


def file_system_of(path: Path, mountinfo: list[str]) -> str:
    """Return the type of the file system that holds `path`, from the lines of /proc/self/mountinfo."""
    best, kind = -1, "unknown"
    resolved = path.resolve()
    for line in mountinfo:
        before, dash, after = line.partition(" - ")
        fields = before.split(" ")
        if not dash or len(fields) < 5:
            continue
        # The kernel writes space, tab, line break and backslash of a mount point in octal.
        point = Path(re.sub(r"\\([0-7]{3})", lambda code: chr(int(code[1], 8)), fields[4]))
        if resolved.is_relative_to(point) and len(point.parts) >= best:
            best, kind = len(point.parts), after.split(" ")[0]
    return kind


def disk(config: Config) -> Finding:
    """Look at the space that is left, and at the share of it that the desk may take."""
    place = next(folder for folder in (config.data_dir, *config.data_dir.parents) if folder.exists())
    free = shutil.disk_usage(place).free
    used = sum(
        _size_of(Path(folder) / name) for folder, _, names in os.walk(config.data_dir) for name in names
    )
    budget = "no budget" if config.disk_budget_bytes is None else f"budget {size(config.disk_budget_bytes)}"
    detail = f"{size(free)} free, {size(used)} used by the desk, {budget}"
    if free < config.min_free_bytes:
        return fail("disk", detail, f"{size(config.min_free_bytes)} must stay free (min_free_bytes).")
    if config.disk_budget_bytes is not None and used >= config.disk_budget_bytes:
        return fail("disk", detail, "Remove finished jobs, or raise disk_budget_bytes.")
    if free < 4 * config.min_free_bytes:
        return warn("disk", detail, "Submissions are refused when min_free_bytes is reached.")
    return ok("disk", detail)


def _size_of(path: Path) -> int:
    try:
        return path.lstat().st_size
    except OSError:  # gone since it was listed
        return 0


def port(config: Config, *, is_ours: bool) -> Finding:
    """Look whether a server of ours answers, or else whether the port is free."""
    if is_ours:
        return ok("port", f"a desk answers at {config.server_url}")
    if config.port == 0:
        return ok("port", "a free one is taken at each start")
    where = f"{config.host} port {config.port}"
    try:
        family, _, _, _, address = socket.getaddrinfo(config.host, config.port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, socket.SOCK_STREAM) as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the server does
            sock.bind(address)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return fail("port", f"{where} is taken by another program", "Name another --port.")
        return fail("port", f"{where}: {error.strerror or error}", "Name another --host or --port.")
    return ok("port", f"{where} is free; no desk runs there")


def clock(newest: float | None, now: datetime.datetime | None = None) -> Finding:
    """Look whether the clock is later than what the desk has already written (`newest`, Unix seconds)."""
    now = now or datetime.datetime.now(datetime.UTC)
    detail = now.isoformat(timespec="seconds").replace("+00:00", "Z")
    if now < BUILT:
        return fail("clock", f"{detail} is before this release was made", "Set the machine's clock.")
    if newest is not None and newest > now.timestamp() + CLOCK_TOLERANCE_SECONDS:
        return warn(
            "clock",
            f"{detail} is before the newest job in the database",
            "The clock was turned back; times and estimates of jobs will look odd.",
        )
    return ok("clock", detail)
