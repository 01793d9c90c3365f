"""The guard that outlives the service: kills the process groups of children whose service was killed.

Run alone as `python -I -S reaper_main.py`: standard library only, small, nothing of ours imported. It
reads `add GROUP` and `remove GROUP` lines from standard input. The end of the input means that the
service is gone, however it went; what is still listed is killed then.
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


def main() -> None:
    """Keep the list until the service is gone, then kill what is left on it."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)  # only the end of the service ends the guard
    groups: dict[int, str] = {}
    for line in sys.stdin:
        verb, _, number = line.strip().partition(" ")
        if verb == "add":
            groups[int(number)] = started(int(number))
        elif verb == "remove":
            groups.pop(int(number), None)
    for group, then in groups.items():
        now = started(group)
        if now and then and now != then:
            continue  # the number belongs to somebody else by now
        with contextlib.suppress(OSError):
            if hasattr(os, "killpg"):
                os.killpg(group, signal.SIGKILL)
            else:
                os.kill(group, signal.SIGTERM)


if __name__ == "__main__":
    main()
