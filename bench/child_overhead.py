"""What a job in a child costs, against other ways to get a killable process, in one run on one machine.

    .venv/bin/python -m bench.child_overhead [--rounds 100]

Each line is the median of the rounds, in milliseconds, and its ratio to a job in our warm child. The peers:
a fresh `python -c pass` (the least that a process for each job can cost), a fresh multiprocessing process
(spawn, as it has to be beside threads), and a warm ProcessPoolExecutor, which is fast and cannot be
used: a worker that is killed breaks every job that runs or waits in it.
"""

import argparse
import asyncio
import multiprocessing
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from service.engine.child import Child, Times
from service.engine.child_pool import ChildPool
from service.engine.endings import Cancelled, Finished, RunSpec
from service.kinds.base import ItemResult, JobContext, Kind
from service.model.progress import Progress

REPORTS = 100_000


class Nothing(Kind):
    """The job that costs nothing itself."""

    name = "nothing"

    def run(self, job: JobContext) -> Mapping[str, Any]:
        """Do nothing, wait for ever, or report so many times and tell how long that took."""
        if job.args.get("forever"):
            job.log("here")
            for _ in job.track(iter(int, 1)):
                time.sleep(0.001)
        began = time.perf_counter()
        for _ in job.track(range(job.args.get("reports", 0))):
            pass
        took = time.perf_counter() - began
        for item in job.items(range(job.args.get("items", 0))):
            item.done()
        return {"report_seconds": took}


class Silent:
    """A RunHandler to which nothing matters."""

    def __init__(self) -> None:
        self.has_begun = asyncio.Event()

    async def on_progress(self, progress: Progress) -> None:
        """Hear progress."""

    async def on_log(self, line: str) -> None:
        """Hear a line."""
        self.has_begun.set()

    async def on_ladder(self, step: str) -> None:
        """Hear a step."""

    async def item_results(self) -> list[ItemResult]:
        """Know of nothing done earlier."""
        return []

    async def items_total(self, total: int) -> None:
        """Hear a number."""

    async def item_started(self, key: str, unit: str) -> None:
        """Hear an intent."""

    async def item_finished(self, result: ItemResult, unit: str, is_effect: bool) -> None:
        """Hear an outcome."""

    async def artifact_saved(self, name: str, media_type: str) -> None:
        """Hear of a file."""


def nothing() -> None:
    """Be the peers' job."""


def _spec(folder: Path, **args: Any) -> RunSpec:
    path = "bench.child_overhead:Nothing"
    return RunSpec("job", "nothing", path, args, [], 1, folder / "work", folder / "artifacts")


async def _run(child: Child, folder: Path, **args: Any) -> dict[str, Any]:
    ending = await child.run(_spec(folder, **args), Silent())
    assert isinstance(ending, Finished)
    assert ending.output is not None
    return ending.output


async def _median_ms(rounds: int, work: Callable[[], Awaitable[Any]]) -> float:
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        await work()
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times)


async def _ours(rounds: int, folder: Path) -> dict[str, float]:
    pool = ChildPool()
    await pool.start()

    async def warm() -> None:
        child = await pool.take()
        await _run(child, folder)
        await pool.give_back(child)

    async def fresh() -> None:
        child = await Child.start()
        await _run(child, folder)
        await child.close()

    await warm()
    found = {
        "job in a warm child (take, run, check, give back)": await _median_ms(rounds, warm),
        "job in a fresh child (start, run, kill)": await _median_ms(max(5, rounds // 10), fresh),
    }
    await pool.close()
    return found


async def _peers(rounds: int) -> dict[str, float]:
    few = max(5, rounds // 10)
    spawn = multiprocessing.get_context("spawn")

    def process() -> None:
        one = spawn.Process(target=nothing)
        one.start()
        one.join()

    async def in_thread(work: Callable[[], Any]) -> None:
        await asyncio.to_thread(work)

    command = [sys.executable, "-c", "pass"]
    found = {
        "fresh `python -c pass`": await _median_ms(
            few, lambda: in_thread(lambda: subprocess.run(command, check=True))
        ),
        "fresh multiprocessing.Process (spawn)": await _median_ms(few, lambda: in_thread(process)),
    }
    with ProcessPoolExecutor(1, mp_context=spawn) as executor:
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(executor, nothing)
        found["warm ProcessPoolExecutor (cannot be killed alone)"] = await _median_ms(
            rounds, lambda: loop.run_in_executor(executor, nothing)
        )
    return found


async def _within(folder: Path) -> None:
    """Print what goes on inside a job: reports, items, and how soon a cancel has an effect."""
    child = await Child.start(Times())
    reports = await _run(child, folder, reports=REPORTS)
    print(
        f"\n{reports['report_seconds'] / REPORTS * 1e6:8.1f} us  a step of job.track (report, look for a cancel)"
    )
    began = time.perf_counter()
    await _run(child, folder, items=2000)
    print(
        f"{(time.perf_counter() - began) / 2000 * 1e6:8.1f} us  an item, there and back, without the database"
    )
    handler = Silent()
    running = asyncio.create_task(child.run(_spec(folder, forever=True), handler))
    await handler.has_begun.wait()
    began = time.perf_counter()
    child.cancel()
    assert await running == Cancelled()
    print(
        f"{(time.perf_counter() - began) * 1e3:8.1f} ms  from a cancel to the last process of the group gone"
    )
    await child.close()


async def measure(rounds: int) -> None:
    """Measure everything and print it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        found = {**await _ours(rounds, folder), **await _peers(rounds)}
        (base, *_) = found.values()
        for what, median in found.items():
            print(f"{median:8.2f} ms  {median / base:6.1f}x  {what}")
        await _within(folder)


def main() -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(description="What a job in a child costs.")
    parser.add_argument("--rounds", type=int, default=100)
    asyncio.run(measure(parser.parse_args().rounds))


if __name__ == "__main__":
    main()
