"""What tests of child processes share: a handler that records, and a spec made of defaults."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from blockbuster import blockbuster_ctx

from service.engine import platform
from service.engine.child import Child, Times
from service.engine.endings import Ending, RunSpec
from service.kinds.base import ItemResult, Limits
from service.model.errors import DeskError
from service.model.progress import Progress

QUICK = 0.05  # seconds between the steps of a ladder in tests; nothing is asserted about them


@dataclass
class Recorder:
    """A RunHandler that keeps all it hears and lets a test wait for it."""

    progress: list[Progress] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)
    totals: list[int] = field(default_factory=list)
    intents: list[str] = field(default_factory=list)
    finished: list[ItemResult] = field(default_factory=list)
    artifacts: dict[str, str] = field(default_factory=dict)
    earlier: list[ItemResult] = field(default_factory=list)
    refuse: dict[str, Exception] = field(default_factory=dict)
    """Exceptions to raise, by the name of the method."""
    on_line: Callable[[str], None] | None = None
    _heard: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def until(self, is_so: Callable[["Recorder"], bool]) -> None:
        """Wait until what was heard makes `is_so` true."""
        async with self._heard:
            await self._heard.wait_for(lambda: is_so(self))

    async def on_progress(self, progress: Progress) -> None:
        self.progress.append(progress)
        await self._tell()

    async def on_log(self, line: str) -> None:
        self.lines.append(line)
        if self.on_line is not None:
            self.on_line(line)
        await self._tell()

    async def on_ladder(self, step: str) -> None:
        self.steps.append(step)
        await self._tell()

    async def item_results(self) -> list[ItemResult]:
        return list(self.earlier)

    async def items_total(self, total: int) -> None:
        self.totals.append(total)

    async def item_started(self, key: str, unit: str) -> None:
        self._refuse("item_started")
        self.intents.append(key)
        await self._tell()

    async def item_finished(self, result: ItemResult, unit: str, is_effect: bool) -> None:
        self._refuse("item_finished")
        self.finished.append(result)
        await self._tell()

    async def artifact_saved(self, name: str, media_type: str) -> None:
        self._refuse("artifact_saved")
        self.artifacts[name] = media_type

    def _refuse(self, method: str) -> None:
        if method in self.refuse:
            raise self.refuse[method]

    async def _tell(self) -> None:
        async with self._heard:
            self._heard.notify_all()


def spec(
    folder: Path, kind: str, args: dict[str, Any] | None = None, limits: Limits | None = None, **more: Any
) -> RunSpec:
    """Return a run of a class of tests.engine.misbehaving, or of `module:Class`."""
    path = kind if ":" in kind else f"tests.engine.misbehaving:{kind}"
    return RunSpec(
        job_id="job-1",
        kind="test",
        import_path=path,
        args=args or {},
        inputs=more.pop("inputs", []),
        attempt=1,
        work_dir=folder / "work",
        artifacts_dir=folder / "artifacts",
        limits=limits or Limits(),
        **more,
    )


async def alive(*pids: int) -> list[int]:
    """Return those processes that run; one that is dead and not yet collected does not."""

    def look() -> list[int]:
        states = {pid: platform.process_state(pid) for pid in pids}
        return [pid for pid, state in states.items() if state is not None and state.is_alive]

    return await asyncio.to_thread(look)


async def until_gone(*pids: int) -> None:
    """Wait until none of these processes runs; the time limit of the test ends it if they go on."""
    while await alive(*pids):  # noqa: ASYNC110 (nobody tells of the end of a process that is not ours)
        await asyncio.sleep(0.005)


def conflict() -> DeskError:
    """What the store says to an attempt that is not the present one."""
    return DeskError("stale_attempt", "The job has moved on.")


async def begun(
    running: "asyncio.Task[Ending]", handler: Recorder, is_so: Callable[[Recorder], bool] | None = None
) -> None:
    """Wait until a run has told of something (a line, if not said otherwise); fail if it ends before that."""
    heard = asyncio.create_task(handler.until(is_so or (lambda recorder: bool(recorder.lines))))
    await asyncio.wait({running, heard}, return_when=asyncio.FIRST_COMPLETED)
    if not heard.done():
        heard.cancel()
        raise AssertionError(f"the run is over already: {running.result()}")


@asynccontextmanager
async def quick_child(term_seconds: float = QUICK, kill_seconds: float = 2 * QUICK) -> AsyncIterator[Child]:
    """Lend a child with a short ladder, with blocking calls of the service forbidden; it is gone afterwards."""
    times = Times(
        cancel_term_seconds=term_seconds,
        cancel_kill_seconds=kill_seconds,
        shutdown_grace_seconds=2 * QUICK,
    )
    with blockbuster_ctx("service"):
        child = await Child.start(times)
        yield child
        await child.close()
    assert not await alive(child.pid)


def pids_of(handler: Recorder) -> list[int]:
    """Return the processes that a kind of tests.engine.misbehaving has told of."""
    (line,) = (line for line in handler.lines if line.startswith("pids "))
    return [int(word) for word in line.split()[1:]]
