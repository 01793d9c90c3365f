"""One child process: started ahead, runs one job after another, and can be ended whatever it does."""

import asyncio
import contextlib
import os
import secrets
import sys
from collections.abc import Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

import structlog

from service.engine import platform
from service.engine.conversation import Conversation, read_message
from service.engine.endings import (
    Cancelled,
    Died,
    Ending,
    Failed,
    Finished,
    HeldFor,
    Interrupted,
    RunHandler,
    RunSpec,
    TimedOut,
)
from service.engine.ladder import Ladder
from service.engine.output import Output
from service.engine.protocol import FrameError, Message, encode
from service.engine.spawning import Spawned, spawn_with_output
from service.model.errors import DeskError

__all__ = [
    "Cancelled",
    "Child",
    "ChildSettings",
    "Died",
    "Ending",
    "Failed",
    "Finished",
    "HeldFor",
    "Interrupted",
    "RunHandler",
    "RunSpec",
    "TimedOut",
    "Times",
]

logger = structlog.get_logger(__name__)

START_SECONDS: Final = 60.0  # a loaded machine may take long to start an interpreter; never for ever
CHECK_SECONDS: Final = 5.0
WALL_KILL_SECONDS: Final = 2.0  # between SIGTERM and SIGKILL of a run that is over its time
DRAIN_SECONDS: Final = 2.0  # what is read of a dead child's channel and output, at most
GONE_SECONDS: Final = 10.0  # SIGKILL is at once, but for a process that the kernel itself holds
HOLD_SECONDS: Final = 0.5  # after which a dead child's output is taken to be held by somebody who got away
_POLL_SECONDS: Final = 0.005
_ROOT: Final = Path(__file__).resolve().parents[2]  # the folder that holds the package `service`


class ChildSettings(Protocol):
    """The settings that a child obeys; service.config.Config has them."""

    @property
    def cancel_term_seconds(self) -> float: ...
    @property
    def cancel_kill_seconds(self) -> float: ...
    @property
    def shutdown_grace_seconds(self) -> float: ...
    @property
    def child_reuse(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Times:
    """Settings of children by themselves, with the defaults of docs/settings.md."""

    cancel_term_seconds: float = 2.0
    cancel_kill_seconds: float = 5.0
    shutdown_grace_seconds: float = 2.0
    child_reuse: bool = True


@dataclass
class _Run:
    """What the parent knows of the run that goes on."""

    number: int
    ladder: Ladder
    verdict: Cancelled | Interrupted | TimedOut | None = None


class Child:
    """A process that waits for a run. Made by `Child.start`; `close` when it is of no more use."""

    def __init__(
        self,
        spawned: Spawned,
        channel: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        settings: ChildSettings,
    ) -> None:
        self.pid = spawned.process.pid
        self.runs = 0
        self._reader, self._writer = channel
        self._output = Output(spawned.reader, spawned.close)
        self.pipe = spawned.pipe
        self._settings = settings
        self._run: _Run | None = None
        self._is_closed = False
        self.exited: asyncio.Task[int] = asyncio.create_task(spawned.process.wait(), name=f"child-{self.pid}")

    @classmethod
    async def start(cls, settings: ChildSettings | None = None) -> "Child":
        """Start a process and wait until it is ready. Raises DeskError `child_unavailable` with its last words."""
        try:
            spawned, channel = await _spawn()
        except OSError as error:
            raise _unavailable(str(error)) from error
        child = cls(spawned, channel, settings or Times())
        try:
            await child._greet()
        except BaseException:
            await child.close()
            raise
        return child

    @property
    def is_alive(self) -> bool:
        """Whether it can take a run."""
        return not self._is_closed and not self.exited.done()

    async def run(self, spec: RunSpec, handler: RunHandler) -> Ending:
        """Run a job and say how it ended.

        Unless it ended by itself and nobody asked for the end, the whole process group is killed and
        collected before this returns. Raises only what is wrong with the caller.
        """
        if self._run is not None:
            raise RuntimeError("this child is running already")
        self.runs += 1
        run = self._run = _Run(self.runs, Ladder(self.pid, self._ask, handler.on_ladder))
        wall = asyncio.get_running_loop().call_later(spec.limits.wall_seconds, self._time_out, spec)
        marker = f"-- end of run {self.runs} {secrets.token_hex(16)} --"
        self._output.begin(marker, handler.on_log)
        try:
            is_sent, said, refusal = await self._converse(spec, handler, marker)
            wall.cancel()
            run.ladder.stop()
            if self._ends_here(run, said, refusal):
                await self.kill()
            await self._output.end(DRAIN_SECONDS if is_sent else 0.0)
            await run.ladder.told()
            return self._judge(run, said, refusal)
        except BaseException:
            await self.kill()  # our own task was cancelled: nobody would look after the process any more
            raise
        finally:
            wall.cancel()
            run.ladder.stop()
            self._run = None

    def cancel(self) -> None:
        """A person asks for the end of the present run: begin the ladder. Nothing happens when nothing runs."""
        run = self._run
        if run is None or isinstance(run.verdict, Cancelled):
            return
        run.verdict = Cancelled()
        times = self._settings
        run.ladder.climb(
            is_asked=True, term_seconds=times.cancel_term_seconds, kill_seconds=times.cancel_kill_seconds
        )

    def interrupt(self, grace_seconds: float | None = None) -> None:
        """End the present run because the service is stopping: the ladder within `grace_seconds`."""
        run = self._run
        if run is None:
            return
        grace = self._settings.shutdown_grace_seconds if grace_seconds is None else grace_seconds
        run.verdict = run.verdict or Interrupted()
        run.ladder.climb(is_asked=True, term_seconds=grace / 2, kill_seconds=grace)

    async def check(self) -> tuple[list[str], int]:
        """Ask an idle child what its last run left: reasons not to use it again, and its resident bytes."""
        try:
            self._send({"type": "check"})
            async with asyncio.timeout(CHECK_SECONDS):
                state = await read_message(self._reader)
        except (TimeoutError, FrameError, OSError) as error:
            return [f"no answer: {type(error).__name__}"], 0
        if state is None or state["type"] != "state":
            return ["no answer"], 0
        below = await asyncio.to_thread(platform.descendants, self.pid)
        left = [f"{len(below)} processes were left running"] if below else []
        return [*state["reasons"], *left], state["resident_bytes"]

    async def kill(self) -> None:
        """Kill the whole group, and what has left it, and return when they are gone."""
        self._is_closed = True
        await self._unbroken(self._kill())

    async def close(self) -> None:
        """Kill it and let go of its channel."""
        await self.kill()
        self._writer.close()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()
        await self._output.close()

    # --- inside ---
    async def _greet(self) -> None:
        self._send({"type": "hello", "sys_path": await asyncio.to_thread(_search_path)})
        try:
            async with asyncio.timeout(START_SECONDS):
                message = await read_message(self._reader)
        except (TimeoutError, FrameError, OSError) as error:
            raise _unavailable(f"{type(error).__name__} {error}".strip()) from error
        if message is None or message["type"] != "ready":
            await self.kill()
            await self._output.end(DRAIN_SECONDS)
            raise _unavailable(" ".join(self._output.last_lines[-3:]) or "it ended before it was ready")

    def _send(self, message: Message) -> None:
        self._writer.write(encode(message))

    def _ask(self) -> None:
        if self._run is not None and not self._writer.is_closing():
            self._send({"type": "cancel", "run": self._run.number})

    def _time_out(self, spec: RunSpec) -> None:
        run = self._run
        if run is None or run.verdict is not None:
            return
        run.verdict = TimedOut(spec.limits.wall_seconds)
        run.ladder.climb(is_asked=False, term_seconds=0.0, kill_seconds=WALL_KILL_SECONDS)

    async def _converse(
        self, spec: RunSpec, handler: RunHandler, marker: str
    ) -> tuple[bool, Message | None, DeskError | None]:
        """Send the run (if it can be) and answer the child until its last word, or until it is dead and read empty."""
        conversation = Conversation(self._reader, self._send, handler)
        try:
            self._send({"type": "run", "run": self.runs, "end_of_output": marker, "spec": spec.to_json()})
        except FrameError as error:
            return False, _too_large(error), None
        talking = asyncio.create_task(conversation.hold())
        try:
            await asyncio.wait({talking, self.exited}, return_when=asyncio.FIRST_COMPLETED)
            if not talking.done():
                await self.kill()  # a fork of it may hold the channel open
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(asyncio.shield(talking), DRAIN_SECONDS)
                self._reader.feed_eof()  # after this, what is being committed is the last thing
            said = await talking
        except asyncio.CancelledError:
            talking.cancel()
            raise
        if said is None:  # it closed its channel: mostly it is just dying, and how is worth a moment
            await asyncio.wait({self.exited}, timeout=DRAIN_SECONDS)
        return True, said, conversation.refusal

    def _ends_here(self, run: _Run, said: Message | None, refusal: DeskError | None) -> bool:
        return run.verdict is not None or said is None or refusal is not None or self.exited.done()

    def _judge(self, run: _Run, said: Message | None, refusal: DeskError | None) -> Ending:
        if run.verdict is not None and not self._has_finished_unaware(run, said):
            return run.verdict
        if refusal is not None:
            return Failed(refusal.code, refusal.message, refusal.remediation, refusal.retriable)
        if said is None:
            code = self.exited.result() if self.exited.done() else -int(platform.KILL)
            return Died(code, platform.signal_name(code), self._output.last_lines)
        return _ending(said)

    def _has_finished_unaware(self, run: _Run, said: Message | None) -> bool:
        """Whether the work was done before an interruption was noticed: then it counts."""
        if not isinstance(run.verdict, Interrupted) or said is None or said.get("was_cancel_seen"):
            return False
        return said["type"] in ("finished", "held")

    async def _kill(self) -> None:
        """Kill those who have left the group first: they are found below the child only while it lives."""
        family = dict(self._run.ladder.family) if self._run is not None else {}
        if not self.exited.done():
            family |= await asyncio.to_thread(platform.end_descendants, self.pid)
        await asyncio.to_thread(platform.kill_all, family)
        await self._until_gone(family)
        if not await self._output.is_drained(HOLD_SECONDS):
            stragglers = await asyncio.to_thread(platform.holders, self.pipe)
            if stragglers:
                logger.warning("stragglers_killed", child=self.pid, processes=list(stragglers))
                await asyncio.to_thread(platform.kill_all, stragglers)
                await self._until_gone(stragglers)

    async def _until_gone(self, others: platform.Processes) -> None:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + GONE_SECONDS
        platform.signal_group(self.pid, platform.KILL)
        await asyncio.wait({self.exited}, timeout=GONE_SECONDS)
        while not await asyncio.to_thread(platform.are_gone, self.pid, others):
            if loop.time() > deadline:
                logger.error("child_cannot_be_killed", pid=self.pid)
                return
            platform.signal_group(self.pid, platform.KILL)
            await asyncio.sleep(_POLL_SECONDS)

    async def _unbroken(self, work: Coroutine[Any, Any, None]) -> None:
        """Go through with it even when the caller is cancelled meanwhile."""
        task = asyncio.ensure_future(work)
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            await asyncio.wait({task})
            raise


async def _spawn() -> tuple[Spawned, tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    ends = platform.channel_ends()
    try:
        spawned = await spawn_with_output(
            [sys.executable, "-X", "utf8", "-m", "service.engine.child_main", ends.word, str(os.getpid())],
            folder=_ROOT,
            options={**platform.spawn_options(), **ends.options},
        )
    except BaseException:
        ends.ours.close()
        raise
    finally:
        ends.theirs.close()
    return spawned, await asyncio.open_connection(sock=ends.ours)


def _search_path() -> list[str]:
    """Return where this process finds modules, '' (the working folder) made plain."""
    return [os.path.abspath(entry) for entry in sys.path]  # noqa: PTH100 (text in, text out)


def _ending(said: Message) -> Ending:
    match said["type"]:
        case "finished":
            return Finished(said["output"])
        case "held":
            return HeldFor(said["preview"])
        case "cancelled":  # nobody asked: the kind raised Cancelled by itself
            return Failed("kind_error", "The kind cancelled itself.")
    return Failed(said["code"], said["message"], said.get("remediation"), said.get("retriable", True))


def _too_large(error: FrameError) -> Message:
    return {"type": "failed", "code": "args_too_large", "message": f"The job cannot be handed over: {error}"}


def _unavailable(reason: str) -> DeskError:
    return DeskError(
        "child_unavailable",
        f"A worker process cannot be started: {reason[:500]}",
        remediation=f"Try `{sys.executable} -c pass`; `nowserving doctor` looks for more.",
        retriable=True,
    )
