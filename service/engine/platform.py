"""What differs by platform: process groups, signals, limits, the end of the parent, /proc.

Linux is tested. macOS and Windows are written for and untested: everything here has a plain fallback,
so that a platform without a feature loses that guarantee and nothing else.
"""

import contextlib
import ctypes
import os
import signal
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

if sys.platform != "win32":  # written out each time: mypy understands this test and no alias of it
    import resource

IS_LINUX: Final = sys.platform.startswith("linux")
IS_WINDOWS: Final = sys.platform == "win32"

TERMINATE: Final = signal.SIGTERM
KILL: Final[signal.Signals] = getattr(signal, "SIGKILL", signal.SIGTERM)

# <linux/prctl.h>
_PR_SET_PDEATHSIG: Final = 1
_PR_SET_CHILD_SUBREAPER: Final = 36

# /proc/PID/stat, proc(5), counted from the field after the command in parentheses (which is field 3)
_STAT_STATE: Final = 0
_STAT_PARENT: Final = 1
_STAT_GROUP: Final = 2
_STAT_STARTED: Final = 19
_ROUNDS: Final = 20  # against processes that start others while they are being killed


Processes = dict[int, int]
"""Processes by their id, with their start time: an id may belong to another process a moment later."""


@dataclass(frozen=True, slots=True)
class ProcessState:
    """What /proc tells of a process: state letter, parent, group, start time in clock ticks since boot."""

    state: str
    parent: int
    group: int
    started: int

    @property
    def is_alive(self) -> bool:
        """Whether it still runs: not a zombie, not dead."""
        return self.state not in "ZX"


def process_state(pid: int) -> ProcessState | None:
    """Return the state of a process; None when there is none, or no /proc to ask."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
    except OSError:
        return None
    found = text.rpartition(")")[2].split()
    numbers = (int(found[place]) for place in (_STAT_PARENT, _STAT_GROUP, _STAT_STARTED))
    return ProcessState(found[_STAT_STATE], *numbers)


def living() -> dict[int, ProcessState]:
    """Return every living process by its id; empty where there is no /proc."""
    found = {}
    with contextlib.suppress(OSError):
        for entry in os.listdir("/proc"):  # noqa: PTH208 (only the names are wanted)
            state = process_state(int(entry)) if entry.isdigit() else None
            if state is not None and state.is_alive:
                found[int(entry)] = state
    return found


def descendants(pid: int) -> Processes:
    """Return the living processes below a process; none where there is no /proc. Blocks shortly."""
    found: Processes = {}
    waiting = [pid]
    while waiting:
        below = _children(waiting.pop())
        found |= below
        waiting += below
    return found


def _children(pid: int) -> Processes:
    """Return a process's living children: from /proc/PID/task/TID/children, or from a walk over all processes."""
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        numbers = [int(word) for task in tasks for word in (task / "children").read_text("ascii").split()]
    except OSError:  # it is gone, or the kernel was built without CONFIG_PROC_CHILDREN
        return {number: state.started for number, state in living().items() if state.parent == pid}
    states = {number: process_state(number) for number in numbers}
    return {number: state.started for number, state in states.items() if state is not None and state.is_alive}


def signal_process(pid: int, number: int) -> bool:
    """Send a signal to one process; False when it is gone."""
    try:
        os.kill(pid, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def signal_group(group: int, number: int) -> bool:
    """Send a signal to a whole process group (on Windows: to its leader); False when nobody is left in it."""
    if not hasattr(os, "killpg"):
        return signal_process(group, number)
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):  # macOS says EPERM for a group of zombies
        return False
    return True


def is_group_gone(group: int) -> bool:
    """Whether no process of a group is left; the dead that nobody has collected yet count as gone."""
    if not signal_group(group, 0):
        return True
    return IS_LINUX and not any(state.group == group for state in living().values())


def kill_all(processes: Processes) -> None:
    """Kill those of these processes that are still the same. Blocks shortly."""
    for pid, started in processes.items():
        state = process_state(pid)
        if state is not None and state.started == started:
            signal_process(pid, KILL)


def end_descendants(pid: int) -> Processes:
    """Kill everything below a process, those in sessions of their own included; return whom. Blocks shortly.

    The process itself is stopped first, so that it cannot start others meanwhile.
    """
    if not IS_LINUX:
        return {}
    signal_process(pid, signal.SIGSTOP)
    killed: Processes = {}
    for _ in range(_ROUNDS):
        below = descendants(pid)
        if not below:
            break
        killed |= below
        kill_all(below)
    return killed


def holders(pipe: int) -> Processes:
    """Return the other processes that hold a pipe open, by its inode. Blocks shortly.

    A process that has left group and parent behind still writes where its forebear did.
    """
    found = {}
    for pid, state in living().items() if pipe else ():
        with contextlib.suppress(OSError):  # another user's, or gone meanwhile
            links = (os.readlink(entry) for entry in Path(f"/proc/{pid}/fd").iterdir())  # noqa: PTH115 (text is compared)
            if pid != os.getpid() and f"pipe:[{pipe}]" in links:
                found[pid] = state.started
    return found


def are_gone(group: int, processes: Processes) -> bool:
    """Whether nobody of a group and none of these processes is alive. Blocks shortly."""
    for pid, started in processes.items():
        state = process_state(pid)
        if state is not None and state.is_alive and state.started == started:
            return False
    return is_group_gone(group)


def spawn_options() -> dict[str, Any]:
    """Return how to start a child in a session, and so a process group, of its own."""
    if IS_WINDOWS:
        return {"creationflags": 0x00000200}  # CREATE_NEW_PROCESS_GROUP, <winbase.h>
    return {"start_new_session": True}


@dataclass(frozen=True, slots=True)
class ChannelEnds:
    """Both ends of a channel, the word that names theirs on a command line, and options for the start."""

    ours: socket.socket
    theirs: socket.socket
    word: str
    options: dict[str, Any]


def channel_ends() -> ChannelEnds:
    """Make a socket pair of which a child inherits one end and nothing else."""
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    number = theirs.fileno()
    if IS_WINDOWS:
        theirs.set_inheritable(True)
        return ChannelEnds(ours, theirs, str(number), {"close_fds": False})
    return ChannelEnds(ours, theirs, str(number), {"pass_fds": (number,)})


def adopt_channel(word: str) -> socket.socket:
    """Return the child's end that the command line names, closed to the child's own children."""
    sock = socket.socket(fileno=int(word))
    sock.set_inheritable(False)
    return sock


def die_with_parent(parent: int) -> None:
    """See to it that this process is killed when its parent dies; exit at once if it is dead already."""
    if not IS_LINUX:
        return  # elsewhere the end of the channel and the reaper do it
    _prctl(_PR_SET_PDEATHSIG, KILL)
    if os.getppid() != parent:  # it died between our start and the line above
        os._exit(1)


def adopt_orphans() -> None:
    """Become the parent of grandchildren whose own parent ends, so that a daemonised one is still found."""
    if IS_LINUX:
        _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def _prctl(option: int, value: int) -> None:
    with contextlib.suppress(
        OSError, AttributeError
    ):  # a libc without prctl loses the guarantee, not the job
        ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)


def flush_c_streams() -> None:
    """Write out what C code has printed: libc keeps a buffer of its own when stdout is a pipe."""
    if not IS_WINDOWS:
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).fflush(None)


def no_core_dumps() -> None:
    """Leave no core file behind when the child crashes: it would hold somebody's documents."""
    if sys.platform != "win32":
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


@contextlib.contextmanager
def limited(*, memory_bytes: int | None, file_bytes: int | None) -> Iterator[None]:
    """Hold the address space and the size of any one file below a limit, and lift both afterwards.

    Only the soft limits are lowered, so that they can be raised again for the next job.
    """
    if sys.platform == "win32":
        yield
        return
    wanted = {resource.RLIMIT_AS: memory_bytes, resource.RLIMIT_FSIZE: file_bytes}
    before = {which: resource.getrlimit(which) for which in wanted}
    try:
        for which, limit in wanted.items():
            hard = before[which][1]
            if limit is not None:
                soft = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
                with contextlib.suppress(OSError, ValueError):  # macOS refuses RLIMIT_AS
                    resource.setrlimit(which, (soft, hard))
        yield
    finally:
        for which, pair in before.items():
            with contextlib.suppress(OSError, ValueError):
                resource.setrlimit(which, pair)


def resident_bytes() -> int:
    """Return how much memory this process holds; 0 where nobody can tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def open_descriptors() -> int:
    """Return how many descriptors this process has open; 0 where nobody can tell."""
    try:
        return len(os.listdir("/proc/self/fd"))  # noqa: PTH208 (only the count is wanted)
    except OSError:
        return 0


def signal_name(return_code: int) -> str | None:
    """Return the name of the signal that a return code stands for, as in SIGSEGV for -11; None for an exit."""
    if return_code >= 0:
        return None
    try:
        return signal.Signals(-return_code).name
    except ValueError:
        return f"signal {-return_code}"
