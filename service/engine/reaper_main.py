"""The guard that outlives the service: kills the process groups of children whose service was killed.

Run alone as `python -I -S reaper_main.py`: standard library only, small, nothing of ours imported. It
reads `add GROUP PIPE` and `remove GROUP` lines from standard input; PIPE is the inode of the pipe that the
group writes to. The end of the input means that the service is gone, however it went: what is still
listed is killed then, and whoever left a listed group but still holds its pipe.
"""

import contextlib
import os
import signal
import sys


def started(pid: int) -> str:
    """Return when a process started (proc(5), field 22 of stat), or "" when there is no such process or /proc."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:  # noqa: PTH123 (pathlib doubles the start-up)
            return file.read().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""


def kill(groups: dict[int, str]) -> None:
    """Kill groups, but for those whose number belongs to somebody else by now."""
    for group, then in groups.items():
        now = started(group)
        if now and then and now != then:
            continue
        with contextlib.suppress(OSError):
            if hasattr(os, "killpg"):
                os.killpg(group, signal.SIGKILL)
            else:
                os.kill(group, signal.SIGTERM)


def kill_holders(pipes: set[str], spare: set[int]) -> None:
    """Kill every process that holds one of these pipes, by their inodes; none where there is no /proc."""
    wanted = {f"pipe:[{pipe}]" for pipe in pipes}
    numbers = [int(name) for name in os.listdir("/proc") if name.isdigit()] if os.path.isdir("/proc") else []  # noqa: PTH112, PTH208 (as above)
    for pid in numbers:
        with contextlib.suppress(OSError):  # another user's, or gone meanwhile
            folder = f"/proc/{pid}/fd"
            links = {os.readlink(f"{folder}/{name}") for name in os.listdir(folder)}  # noqa: PTH115, PTH208 (as above)
            if pid not in spare and links & wanted:
                os.kill(pid, signal.SIGKILL)


def main() -> None:
    """Keep the list until the service is gone, then kill what is left on it."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)  # only the end of the service ends the guard
    spare = {os.getpid(), os.getppid()}  # the service reads these pipes itself, and may still be closing down
    groups: dict[int, str] = {}
    pipes: dict[int, str] = {}
    for line in sys.stdin:
        verb, group, *pipe = line.split()
        if verb == "add":
            groups[int(group)] = started(int(group))
            pipes[int(group)] = pipe[0] if pipe else "0"
        elif verb == "remove":
            groups.pop(int(group), None)
            pipes.pop(int(group), None)
    kill(groups)
    if set(pipes.values()) - {"0"}:
        kill_holders(set(pipes.values()) - {"0"}, spare)


if __name__ == "__main__":
    main()
