"""Kinds for tests of the whole desk: they stop at gates (files), so that a test decides when things happen."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, ClassVar

from service.kinds.base import CrashPolicy, JobContext, Kind, Limits


class Steps(Kind):
    """Writes each item it begins into a ledger and waits where a gate is, until the gate's file exists.

    args: items, ledger (path), gates {item: path}, effect, fail [items], mended (path: nothing fails once it exists).
    """

    name = "steps"
    title = "Steps"

    def run(self, job: JobContext) -> dict[str, Any]:
        args = job.args
        for item in job.items(range(args.get("items", 1)), effect=args.get("effect", False)):
            if "ledger" in args:
                with Path(args["ledger"]).open("a") as ledger:
                    ledger.write(f"{item.key}@{job.attempt}\n")
            job.log(f"at {item.key}")
            gate = args.get("gates", {}).get(item.key)
            while gate is not None and not Path(gate).exists():
                time.sleep(0.005)
                job.check_cancelled()
            if item.value in args.get("fail", ()) and not Path(args.get("mended", "/nowhere")).exists():
                item.failed("not_today", f"{item.key} does not work today")
            else:
                job.save_artifact(f"{item.key}.txt", f"made of {item.key}")
                item.done({"number": item.value})
        return {"done": [result.key for result in job.item_results() if result.status == "completed"]}


class Requeued(Steps):
    name = "requeued"
    crash_policy: ClassVar[CrashPolicy] = "requeue"


class Failing(Steps):
    name = "failing"
    crash_policy: ClassVar[CrashPolicy] = "fail"


class Held(Steps):
    name = "held"
    crash_policy: ClassVar[CrashPolicy] = "hold"


class Apart(Steps):
    """Stands in a lane of its own."""

    name = "apart"
    lane = "side"


class Pure(Steps):
    """Always gives the same for the same, and says how often it was really asked (by the ledger)."""

    name = "pure"
    is_cacheable = True


class Deaf(Kind):
    """Ignores SIGTERM, has a process of its own that does so too, and burns."""

    name = "deaf"

    def run(self, job: JobContext) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        code = "import time; print('up', flush=True); time.sleep(3600)"
        process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
        assert process.stdout is not None
        process.stdout.readline()
        job.log(f"pids {os.getpid()} {process.pid}")
        while True:
            pass


class Slow(Kind):
    """Is deaf and slower than it may be."""

    name = "slow"
    limits = Limits(wall_seconds=0.3)

    def run(self, job: JobContext) -> None:
        job.log("slow")
        while True:
            pass


class Hungry(Kind):
    name = "hungry"
    limits = Limits(memory_bytes=1 << 30)

    def run(self, job: JobContext) -> None:
        blocks = []
        while True:
            blocks.append(bytes(64 << 20))


class Hungrier(Kind):
    """Takes memory in C and does not look at the answer, as libraries do."""

    name = "hungrier"
    limits = Limits(memory_bytes=1 << 30)

    def run(self, job: JobContext) -> None:
        print("about to take too much", flush=True)
        libc = ctypes.CDLL(None)
        libc.malloc.restype = ctypes.c_void_p
        libc.malloc.argtypes = [ctypes.c_size_t]
        ctypes.memset(libc.malloc(4 << 30) or 0, 1, 16)


class Talkative(Kind):
    name = "talkative"
    limits = Limits(output_bytes=1000)

    def run(self, job: JobContext) -> dict[str, str]:
        return {"words": "x" * 1001}


class Messy(Kind):
    name = "messy"
    limits = Limits(artifact_bytes=1000)

    def run(self, job: JobContext) -> None:
        job.save_artifact("small.bin", b"x" * 600)
        job.save_artifact("large.bin", b"x" * 600)


KINDS = (Steps, Requeued, Failing, Held, Apart, Pure, Deaf, Slow, Hungry, Hungrier, Talkative, Messy)


def entry_points() -> dict[str, str]:
    """Return the import path of each by name, as a distribution's metadata would."""
    return {kind.name: f"{__name__}:{kind.__name__}" for kind in KINDS}
