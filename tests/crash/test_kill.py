"""`kill -9` at any moment loses nothing, repeats nothing and leaves nothing behind.

The short form runs in CI; `make crash` sets NOWSERVING_TEST_KILLS=50 and all commit points.
"""

import asyncio
import os
import random
from pathlib import Path

import aiohttp
import pytest

from tests.crash.history import Watcher, check_promises
from tests.desk_process import DeskProcess, children_of

KILLS = int(os.environ.get("NOWSERVING_TEST_KILLS", "8"))
COMMIT_POINTS = int(os.environ.get("NOWSERVING_TEST_COMMIT_POINTS", "12"))
JOBS, ITEMS = 3, 4
DYING = Path(__file__).with_name("dying_serve.py")

pytestmark = pytest.mark.timeout(60 + 30 * max(KILLS, COMMIT_POINTS))


async def nothing_works_in(data_dir: Path) -> None:
    """Wait until the kernel and the guard have taken the children of a dead service away."""
    async with asyncio.timeout(60):
        while children_of(data_dir):  # noqa: ASYNC110 - the kernel sends no event for somebody else's child
            await asyncio.sleep(0)


async def test_everything_accepted_completes_whenever_the_service_is_killed(tmp_path: Path) -> None:
    dice = random.Random(20261121)
    desk, watcher, accepted = DeskProcess(tmp_path), Watcher(), set[str]()
    for _ in range(KILLS):
        assert await desk.start(), desk.log_lines[-20:]
        watcher.watch(desk)
        accepted |= {await desk.submit("demo", items=ITEMS, seconds=0.02) for _ in range(JOBS)}
        await watcher.hears(len(watcher.heard) + dice.randint(0, JOBS * (ITEMS + 3)))
        for _ in range(dice.randint(0, 2000)):
            await asyncio.sleep(0)  # a moment that no event marks
        await desk.kill()
        await watcher.lost()
        await nothing_works_in(tmp_path)
    assert await desk.start(), desk.log_lines[-20:]
    watcher.watch(desk)
    await watcher.hears_the_end_of(accepted)
    assert await desk.stop() == 0, desk.log_lines[-20:]
    await watcher.lost()
    check_promises(tmp_path, accepted, watcher, ITEMS)


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("number", range(1, COMMIT_POINTS + 1))
async def test_everything_accepted_completes_when_it_dies_at_a_commit(
    tmp_path: Path, moment: str, number: int
) -> None:
    (tmp_path / "die-at").write_text(f"{moment} {number}")
    desk, watcher, accepted = DeskProcess(tmp_path, program=DYING), Watcher(), set[str]()
    if await desk.start():
        watcher.watch(desk)
        try:
            for _ in range(2):
                accepted.add(await desk.submit("demo", items=ITEMS, seconds=0.0))
            await watcher.hears_the_end_of(accepted)
        except (OSError, aiohttp.ClientError):
            pass  # it died while it was asked
        await desk.kill()
        await watcher.lost()
    await nothing_works_in(tmp_path)
    assert await desk.start(), desk.log_lines[-20:]
    watcher.watch(desk)
    accepted.add(await desk.submit("demo", items=ITEMS, seconds=0.0))
    everything = accepted | {job["id"] for job in (await desk.json("GET", "/api/v1/jobs"))["jobs"]}
    for job_id in everything:  # those too whose acceptance was committed and never answered
        await desk.wait_for(job_id)
    await watcher.hears_the_end_of({job_id for job_id in everything if job_id in accepted})
    assert await desk.stop() == 0, desk.log_lines[-20:]
    await watcher.lost()
    check_promises(tmp_path, accepted, watcher, ITEMS)
