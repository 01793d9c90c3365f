"""The child process: waits for a run, executes the kind, says how it ended, and waits for the next.

Started by child.py as `python -m service.engine.child_main CHANNEL PARENT_PID`. It imports nothing of
the service but the door of the kinds, so it is ready soon and small.
"""

import contextlib
import errno
import faulthandler
import importlib
import os
import signal
import sys
import threading
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from service.engine import platform
from service.engine.child_host import ChannelHost
from service.engine.endings import RunSpec
from service.engine.protocol import Channel, FrameError, Message, encode
from service.kinds.base import Cancelled, Held, InputFile, JobContext, Kind, as_object, json_size
from service.model.errors import DeskError, JobError

_MANY_DESCRIPTORS: Final = 32  # more left open than this is a leak, not a cache
_EXIT_NO_CHANNEL: Final = 70  # sysexits.h: EX_SOFTWARE
_MAX_MESSAGE_CHARACTERS: Final = 2000


def main() -> None:
    """Serve runs until the service goes away."""
    channel = Channel(platform.adopt_channel(sys.argv[1]))
    platform.die_with_parent(int(sys.argv[2]))
    platform.adopt_orphans()
    platform.no_core_dumps()
    faulthandler.enable()  # a segfault then says where: its last lines are what the job's owner reads
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True, errors="backslashreplace")  # type: ignore[union-attr]  # text files here
    hello = channel.receive()
    if hello is None:
        return
    sys.path[:] = hello["sys_path"]  # plug-ins are found here exactly where the service finds them
    os.chdir(os.path.abspath(os.sep))  # noqa: PTH100 (the root of the drive, which no job removes)
    channel.send({"type": "ready", "pid": os.getpid()})
    Worker(channel).serve()


class Worker:
    """Takes runs off the channel, one after another."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._own_pid = os.getpid()
        self._threads = threading.active_count()
        self._descriptors = platform.open_descriptors()
        self._signals = _handlers()
        self._home = Path.cwd()

    def serve(self) -> None:
        """Run what comes; return when the service is gone."""
        while (message := self._channel.receive()) is not None:
            if message["type"] == "run":
                self._say(self._run(message))
            elif message["type"] == "check":
                self._channel.send(self._state())

    def _run(self, message: Message) -> Message:
        spec = RunSpec.from_json(message["spec"])
        host = ChannelHost(self._channel, message["run"])
        try:
            with _at_work(spec):
                returned = _execute(spec, host)
            said = _finished(spec, returned)
        except BaseException as caught:  # noqa: BLE001, RUF100 (whatever a kind raises: nothing may end the child)
            said = _outcome(spec, caught)
        if os.getpid() != self._own_pid:
            os._exit(0)  # a fork that came back out of the kind: the job is not its to finish
        self._restore()
        with contextlib.suppress(OSError):  # the last word will fail in the same way
            host.close()
        _end_output(message["end_of_output"])
        return {**said, "was_cancel_seen": host.was_cancel_seen}

    def _say(self, last_word: Message) -> None:
        try:
            self._channel.send(last_word)
        except OSError:  # the kind closed the channel under us: nobody will hear anything any more
            os._exit(_EXIT_NO_CHANNEL)

    def _restore(self) -> None:
        """Undo what a kind may have changed for the whole process."""
        os.chdir(self._home)
        for number, handler in self._signals.items():
            if signal.getsignal(number) is not handler:
                signal.signal(number, handler)
        for stream in (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__):
            with contextlib.suppress(OSError, ValueError, AttributeError):  # closed or replaced by the kind
                stream.flush()  # type: ignore[union-attr]  # None is caught above
        sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__
        platform.flush_c_streams()

    def _state(self) -> Message:
        """Say whether this process is as it was before its last run."""
        threads = threading.active_count() - self._threads
        descriptors = platform.open_descriptors() - self._descriptors
        reasons = [
            *([f"{threads} threads were left running"] if threads > 0 else []),
            *([f"{descriptors} descriptors were left open"] if descriptors > _MANY_DESCRIPTORS else []),
            *([] if _has_standard_streams() else ["a standard stream was closed"]),
        ]
        return {"type": "state", "reasons": reasons, "resident_bytes": platform.resident_bytes()}


@contextlib.contextmanager
def _at_work(spec: RunSpec) -> Iterator[None]:
    spec.work_dir.mkdir(parents=True, exist_ok=True)
    spec.artifacts_dir.mkdir(parents=True, exist_ok=True)
    os.chdir(spec.work_dir)
    limits = spec.limits
    with platform.limited(memory_bytes=limits.memory_bytes, file_bytes=limits.artifact_bytes):
        yield


def _execute(spec: RunSpec, host: ChannelHost) -> Any:
    kind = load_kind(spec.import_path)
    inputs = [InputFile(**{**one, "path": Path(one["path"])}) for one in spec.inputs]
    context = JobContext(
        spec.job_id,
        spec.kind,
        spec.args,
        inputs,
        spec.attempt,
        spec.work_dir,
        spec.artifacts_dir,
        host,
        spec.confirmed,
        max_artifact_bytes=spec.limits.artifact_bytes,
        shared_dir=spec.shared_dir or spec.work_dir,
        allow_url_hosts=spec.allow_url_hosts,
        settings=spec.settings,
        owner=spec.owner,
    )
    return kind.run(context)


def load_kind(import_path: str) -> Kind:
    """Import `module:Attribute` and make the kind. Raises JobError `kind_unavailable` with the reason."""
    module, _, name = import_path.partition(":")
    try:
        made = getattr(importlib.import_module(module), name)()
    except Exception as error:
        traceback.print_exception(error)
        reason = f"{import_path} cannot be loaded: {type(error).__name__}: {error}"
        raise JobError("kind_unavailable", reason) from error
    if not isinstance(made, Kind):
        raise JobError("kind_unavailable", f"{import_path} is not a Kind.")
    return made


def _finished(spec: RunSpec, returned: Any) -> Message:
    output = as_object(returned)
    size = json_size(output)
    if size > spec.limits.output_bytes:
        raise JobError(
            "output_too_large",
            f"The output has {size} bytes; {spec.limits.output_bytes} are allowed.",
            remediation="Leave large results as an artifact and return a summary.",
        )
    return {"type": "finished", "output": output}


def _outcome(spec: RunSpec, caught: BaseException) -> Message:
    """Put what came out of the kind into a message. Runs with the limits lifted: it needs memory itself."""
    if isinstance(caught, Cancelled):
        return {"type": "cancelled"}
    if isinstance(caught, Held):
        return _held(caught)
    if isinstance(caught, DeskError):
        return _failed(caught.code, caught.message, caught.remediation, is_retriable=caught.retriable)
    if isinstance(caught, SystemExit):
        return _failed("kind_error", f"The kind called sys.exit({caught.code!r}).")
    traceback.print_exception(caught)
    return _failure(spec, caught)


def _failure(spec: RunSpec, caught: BaseException) -> Message:
    """Name a failure that the kind did not name itself."""
    if isinstance(caught, MemoryError):
        limit = f" within its limit of {spec.limits.memory_bytes} bytes" if spec.limits.memory_bytes else ""
        said = f"The job needed more memory than there is{limit}."
        return _failed("out_of_memory", said, "Give it less at once, or raise the limit of its kind.")
    number = caught.errno if isinstance(caught, OSError) else None
    if number == errno.EFBIG:  # RLIMIT_FSIZE
        said = f"A file grew beyond {spec.limits.artifact_bytes} bytes, the limit of the kind."
        return _failed("artifacts_too_large", said)
    if number in (errno.ENOSPC, errno.EDQUOT):
        return _failed("disk_full", "The disk is full.", "Make room, then retry the job.")
    said = f"{type(caught).__name__}: {caught}"
    return _failed("kind_error", said, "Look at the job's log for the traceback.")


def _held(held: Held) -> Message:
    message = {"type": "held", "preview": held.preview}
    try:
        encode({**message, "was_cancel_seen": False})
    except FrameError as error:
        return _failed("output_too_large", f"The preview cannot be kept: {error}")
    return message


def _failed(code: str, message: str, remediation: str | None = None, *, is_retriable: bool = True) -> Message:
    return {
        "type": "failed",
        "code": code,
        "message": message[:_MAX_MESSAGE_CHARACTERS],
        "remediation": remediation,
        "retriable": is_retriable,
    }


def _end_output(marker: str) -> None:
    """Write the line that tells the service where this run's output ends."""
    with contextlib.suppress(OSError):  # fd 2 was closed by the kind; the service does not wait for long
        os.write(2, f"\n{marker}\n".encode())


def _handlers() -> dict[int, Any]:
    names = ("SIGTERM", "SIGINT", "SIGHUP", "SIGALRM", "SIGCHLD", "SIGUSR1", "SIGUSR2", "SIGPIPE")
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    return {number: signal.getsignal(number) for number in numbers}


def _has_standard_streams() -> bool:
    try:
        for number in (0, 1, 2):
            os.fstat(number)
    except OSError:
        return False
    return True


if __name__ == "__main__":
    main()
