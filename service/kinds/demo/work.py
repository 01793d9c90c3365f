"""What a demo job does in the child: waits, burns, fails, crashes, floods, forks, as its args say."""

import contextlib
import ctypes
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from typing import Any, Final, cast

from service.kinds.base import Cancelled, Item, JobContext
from service.model.errors import JobError

_SLICE_SECONDS: Final = 0.02  # how long a wait is deaf to a cancel
_BLOCK_BYTES: Final = 64 * 1024 * 1024


def perform(job: JobContext) -> dict[str, Any] | None:
    """Do the job and return its output."""
    args = job.args
    if args["hold"] and job.confirmed is None:
        plan = {"items": args["items"], "seconds": args["items"] * args["seconds"]}
        digest = hashlib.sha256(json.dumps(plan, sort_keys=True).encode()).hexdigest()
        job.hold({**plan, "hash": digest})
    if args["burn"]:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if args["spawn"]:
        _spawn(job, in_session=args["spawn"] == "session")
    if args["print_mb"]:
        sys.stdout.write("x" * (args["print_mb"] * 1_000_000))
    for item in job.items(range(args["items"]), unit="item", effect=args["effect"]):
        _do(job, item)
    if args["artifact_bytes"]:
        _leave(job, args["artifact_bytes"])
    if args["fail"] is not None:
        raise JobError("demo_failed", args["fail"], remediation="Submit it without `fail`.")
    return _output(job)


def _do(job: JobContext, item: Item[int]) -> None:
    args = job.args
    while True:
        try:
            _work(job, item)
        except Cancelled:
            if not args["ignore_cancel"]:
                raise
            job.log(f"item {item.key}: I was asked to stop, and do not")
            _stay_deaf(args["seconds"])
        break
    if item.value in args["fail_items"]:
        item.failed("demo_item_failed", f"Item {item.value} was told to fail.")
    else:
        item.done({"number": item.value})


def _work(job: JobContext, item: Item[int]) -> None:
    """Take the time of one item; a crash comes in its middle."""
    args = job.args
    steps = max(1, args["reports"])
    for step in range(steps):
        if args["burn"]:
            _burn(args["seconds"] / steps)
        else:
            _wait(job, args["seconds"] / steps)
        if args["reports"] and not args["burn"]:
            item.progress((step + 1) / steps, f"Item {item.value + 1} of {args['items']}")
        if args["crash"] and item.value == args["crash_at"] and step == steps // 2:
            _crash(args["crash"])


def _wait(job: JobContext, seconds: float) -> None:
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        time.sleep(min(left, _SLICE_SECONDS))
        job.check_cancelled()


def _burn(seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pass


def _stay_deaf(seconds: float) -> None:
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        with contextlib.suppress(BaseException):
            time.sleep(left)


def _crash(how: str) -> None:
    if how == "segfault":
        ctypes.string_at(0)
    elif how == "abort":
        os.abort()
    elif how == "exit":
        print("demo: leaving by os._exit(3)", file=sys.stderr, flush=True)  # noqa: T201 (what a dying process says)
        os._exit(3)
    blocks = []
    while True:  # zeroed pages that are never touched: the address space is used up, not the machine
        blocks.append(bytes(_BLOCK_BYTES))


def _spawn(job: JobContext, *, in_session: bool) -> None:
    """Start a process that sleeps for an hour and ignores SIGTERM; its id is in `grandchild.pid`."""
    code = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(3600)"
    process = subprocess.Popen([sys.executable, "-c", code], start_new_session=in_session)
    (job.work_dir / "grandchild.pid").write_text(str(process.pid))
    job.log(f"started process {process.pid}")


def _leave(job: JobContext, size_bytes: int) -> None:
    with job.open_artifact("demo.bin") as out:
        left = size_bytes
        while left:
            block = min(left, 1 << 20)
            out.write(b"\0" * block)
            left -= block


def _output(job: JobContext) -> dict[str, Any] | None:
    wanted = job.args["output"]
    if wanted == "none":
        return None
    if wanted == "large":
        return {"filler": "x" * (2 * 1024 * 1024)}
    if wanted == "not_json":
        return {"made_of": object()}
    if wanted == "not_an_object":
        return cast("dict[str, Any]", [1, 2, 3])  # a lie, told on purpose
    results = job.item_results()
    return {
        "items": len(results),
        "failed": sum(result.status == "failed" for result in results),
        "inputs": [
            {"name": file.name, "size_bytes": file.path.stat().st_size, "sha256": file.sha256}
            for file in job.inputs
        ],
    }
