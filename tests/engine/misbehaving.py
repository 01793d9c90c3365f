"""Kinds that do what kinds should not; each runs in a real child."""

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from service.kinds.base import Cancelled, JobContext, Kind
from service.model.errors import DeskError, JobError


class Base(Kind):
    name = "test"

    def run(self, job: JobContext) -> Any:
        raise NotImplementedError


class Returns(Base):
    def run(self, job: JobContext) -> Any:
        return job.args["output"]


class ReturnsNonsense(Base):
    def run(self, job: JobContext) -> Any:
        values: dict[str, Any] = {
            "object": {"a": object()},
            "nan": {"a": float("nan")},
            "list": [1],
            "text": "text",
            "surrogate": {"name": "\udc80"},
            "large": {"a": "x" * 200},
            "circle": {},
        }
        values["circle"]["a"] = values["circle"]
        return values[job.args["what"]]


class Raises(Base):
    def run(self, job: JobContext) -> Any:
        errors: dict[str, BaseException] = {
            "job": JobError("too_blue", "It is too blue.", remediation="Paint it."),
            "busy": JobError("too_busy", "It is busy now.", retriable=True),
            "value": ValueError("three"),
            "exit": SystemExit(3),
            "keyboard": KeyboardInterrupt(),
            "generator": GeneratorExit(),
            "own": Own("mine"),
            "cancelled": Cancelled(),
            "full": OSError(28, "No space left on device"),
        }
        raise errors[job.args["what"]]


class Own(BaseException):
    pass


class Dies(Base):
    def run(self, job: JobContext) -> Any:
        print("last words")
        match job.args["how"]:
            case "segfault":
                ctypes.string_at(0)
            case "abort":
                os.abort()
            case "exit":
                os._exit(7)
            case "kill":
                os.kill(os.getpid(), signal.SIGKILL)
        return None


class EatsMemory(Base):
    def run(self, job: JobContext) -> Any:
        if job.args.get("little"):
            return {"bytes": len(bytearray(512 * 1024 * 1024))}
        blocks = []
        while True:
            blocks.append(bytearray(16 * 1024 * 1024))


class Prints(Base):
    def run(self, job: JobContext) -> Any:
        print("by print")
        os.write(1, b"to fd 1\n")
        os.write(2, b"to fd 2\n")
        subprocess.run(["/bin/echo", "by a process"], check=True)
        libc = ctypes.CDLL(None)
        libc.puts(b"by libc")
        sys.stdout.write("at the end, without a line break")
        return {}


class Floods(Base):
    def run(self, job: JobContext) -> Any:
        os.write(1, b"begin\n")
        for _ in range(40):
            os.write(1, b"x" * 100_000)
        os.write(1, b"\nend\n")
        return {}


class Closes(Base):
    def run(self, job: JobContext) -> Any:
        first = job.args["first"]
        os.closerange(first, 64 if first > 2 else 3)
        if job.args.get("forever"):
            while True:
                time.sleep(60)
        return {}


class Forks(Base):
    """Comes back out of `run` twice."""

    def run(self, job: JobContext) -> Any:
        pid = os.fork()
        if pid:
            os.waitpid(pid, 0)
        return {"is_parent": pid != 0}


class ForkSpeaks(Base):
    def run(self, job: JobContext) -> Any:
        reader, writer = os.pipe()
        pid = os.fork()
        if pid == 0:
            try:
                job.log("from the fork")
            except RuntimeError:
                os.write(writer, b"refused")
            os._exit(0)
        os.waitpid(pid, 0)
        return {"fork": os.read(reader, 100).decode()}


class LeavesThread(Base):
    def run(self, job: JobContext) -> Any:
        threading.Thread(target=time.sleep, args=(3600,), daemon=True).start()
        return {}


class LeavesProcess(Base):
    """Starts processes that ignore SIGTERM, in the group and out of it, and then does as told."""

    def run(self, job: JobContext) -> Any:
        code = "import signal, time; signal.signal(15, signal.SIG_IGN); print('up', flush=True); time.sleep(3600)"
        pids = []
        for in_session in (False, True):
            # The one in a session of its own cuts its standard streams too, as a daemon does.
            errors = subprocess.DEVNULL if in_session and job.args.get("cut") else None
            process = subprocess.Popen(
                [sys.executable, "-c", code],
                stdout=subprocess.PIPE,
                stderr=errors,
                start_new_session=in_session,
            )
            assert process.stdout is not None
            process.stdout.readline()
            pids.append(process.pid)
        job.log("pids " + " ".join(map(str, pids)))
        match job.args["then"]:
            case "wait":
                while True:
                    time.sleep(0.005)
                    job.check_cancelled()
            case "crash":
                os._exit(1)
            case "burn":
                while True:
                    pass
        return {}


class Daemonises(Base):
    """Leaves a daemon whose parent is gone: a double fork into another session."""

    def run(self, job: JobContext) -> Any:
        reader, writer = os.pipe()
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                signal.signal(signal.SIGTERM, signal.SIG_IGN)
                os.write(writer, str(os.getpid()).encode())
                os.close(writer)
                while True:
                    time.sleep(3600)
            os._exit(0)
        os.close(writer)
        job.log("pids " + os.read(reader, 100).decode())
        while True:
            time.sleep(0.005)
            job.check_cancelled()


class Waits(Base):
    def run(self, job: JobContext) -> Any:
        job.log("waiting")
        while True:
            time.sleep(0.005)
            job.check_cancelled()


class CatchesEverything(Base):
    def run(self, job: JobContext) -> Any:
        job.log("waiting")
        for _ in range(10):
            try:
                while True:
                    time.sleep(0.005)
                    job.report("on and on")
            except BaseException:  # noqa: BLE001, RUF100
                job.log("caught")
        return {"done": "as if nothing had happened"}


class Burns(Base):
    """Is deaf to SIGTERM and holds the interpreter in C: no Python code of this process runs any more."""

    def run(self, job: JobContext) -> Any:
        if job.args.get("deaf"):
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
        job.log("burning")
        sum(range(10**15)) if job.args.get("in_c") else None
        while True:
            pass


class Stopped(Base):
    """Is stopped by a signal: it cannot even be asked."""

    def run(self, job: JobContext) -> Any:
        job.log("stopping")
        os.kill(os.getpid(), signal.SIGSTOP)


class SaysAndReturns(Base):
    def run(self, job: JobContext) -> Any:
        job.log("nearly done")
        time.sleep(0.1)
        return {"done": True}


class Reports(Base):
    def run(self, job: JobContext) -> Any:
        for number in range(job.args["times"]):
            job.report("counting", current=number + 1, total=job.args["times"])
        if job.args.get("then_wait"):
            while True:
                time.sleep(0.005)
                job.check_cancelled()
        return {}


class Items(Base):
    def run(self, job: JobContext) -> Any:
        errors = []
        for item in job.items(range(job.args["count"]), effect=job.args.get("effect", False)):
            try:
                item.done({"n": item.value})
            except DeskError as error:
                errors.append(error.code)
            except Exception:  # noqa: BLE001, RUF100
                errors.append("swallowed")
        return {"errors": errors, "results": [r.key for r in job.item_results()]}


class ThreadsReport(Base):
    def run(self, job: JobContext) -> Any:
        def work() -> None:
            for _ in range(300):
                job.report("from a thread")

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for item in job.items(range(200)):
            item.done()
        for thread in threads:
            thread.join()
        return {"results": len(job.item_results())}


class LargeItem(Base):
    def run(self, job: JobContext) -> Any:
        for item in job.items([1]):
            try:
                item.done("x" * (9 * 1024 * 1024))
            except JobError as error:
                return {"code": error.code}
        return {}


class Artifacts(Base):
    def run(self, job: JobContext) -> Any:
        for name, size in job.args["files"].items():
            job.save_artifact(name, b"x" * size)
        return {}


class ChangesProcess(Base):
    """Changes what belongs to the process; the next run must not notice."""

    def run(self, job: JobContext) -> Any:
        if job.args.get("change"):
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            os.chdir("/tmp")
            sys.stdout = None  # type: ignore[assignment]
            sys.stderr.close()
        return {"cwd": str(Path.cwd()), "is_term_ignored": signal.getsignal(signal.SIGTERM) == signal.SIG_IGN}


class SeesItself(Base):
    def run(self, job: JobContext) -> Any:
        return {
            "args": job.args,
            "inputs": [[file.name, file.path.read_text()] for file in job.inputs],
            "attempt": job.attempt,
            "confirmed": job.confirmed,
            "cwd_is_work_dir": str(Path.cwd()) == str(job.work_dir.resolve()),
            "group": os.getpgid(0) == os.getpid(),
        }


class Holds(Base):
    def run(self, job: JobContext) -> Any:
        job.hold({"rows": ["x" * job.args.get("size", 1)], "hash": "abc"})
