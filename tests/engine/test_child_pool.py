"""Children that wait for work: warm, used again only when clean, replaced when they die, gone at the end."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from service.engine import child_pool
from service.engine.child import Child, Times
from service.engine.child_pool import ChildPool
from service.engine.endings import Cancelled, Finished
from service.model.errors import DeskError
from tests.engine.runs import QUICK, Recorder, alive, begun, spec

TIMES = Times(cancel_term_seconds=QUICK, cancel_kill_seconds=2 * QUICK)


@pytest.fixture
async def pool() -> AsyncIterator[ChildPool]:
    made = ChildPool(TIMES)
    await made.start()
    yield made
    await made.close()


async def _until(is_so: Callable[[], bool]) -> None:
    while not is_so():  # noqa: ASYNC110 (the pool fills itself up in the background and tells nobody)
        await asyncio.sleep(0.005)


async def _run(child: Child, folder: Path, kind: str = "Returns") -> Recorder:
    handler = Recorder()
    await child.run(spec(folder, kind, {"output": None, "then": "return"}), handler)
    return handler


async def test_a_clean_child_is_used_again_and_another_waits_beside_it(
    pool: ChildPool, tmp_path: Path
) -> None:
    first = await pool.take()
    await _run(first, tmp_path)
    await _until(lambda: len(pool.spares) == 1)
    await pool.give_back(first)
    assert first.pid in pool.spares
    assert len(pool.spares) == 2
    second = await pool.take()
    assert second is first  # it has the last kind's modules in memory
    await pool.give_back(second)


async def test_a_cancelled_child_is_replaced_by_the_one_that_waits(pool: ChildPool, tmp_path: Path) -> None:
    first = await pool.take()
    handler = Recorder()
    running = asyncio.create_task(first.run(spec(tmp_path, "Waits"), handler))
    await begun(running, handler)
    await _until(lambda: len(pool.spares) == 1)
    (waiting,) = pool.spares
    first.cancel()
    assert await running == Cancelled()
    await pool.give_back(first)
    second = await pool.take()
    assert second.pid == waiting
    assert await second.run(spec(tmp_path, "Returns", {"output": {}}), Recorder()) == Finished({})
    await pool.give_back(second)


@pytest.mark.parametrize("kind", ["LeavesThread", "LeavesProcess"])
async def test_a_child_that_is_not_as_it_was_is_replaced(pool: ChildPool, tmp_path: Path, kind: str) -> None:
    child = await pool.take()
    handler = await _run(child, tmp_path, kind)
    await pool.give_back(child)
    assert child.pid not in pool.spares
    left = [int(word) for line in handler.lines for word in line.split()[1:]]
    assert not await alive(child.pid, *left)


async def test_a_child_is_replaced_after_so_many_runs_and_when_it_has_grown(
    pool: ChildPool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = await pool.take()
    await _run(child, tmp_path)
    monkeypatch.setattr(child_pool, "MAX_RUNS", 1)
    await pool.give_back(child)
    assert not child.is_alive
    monkeypatch.setattr(child_pool, "MAX_RUNS", 100)
    monkeypatch.setattr(child_pool, "MAX_RESIDENT_BYTES", 1024)
    child = await pool.take()
    await _run(child, tmp_path)
    await pool.give_back(child)
    assert not child.is_alive


async def test_no_child_is_used_again_when_the_setting_says_so(tmp_path: Path) -> None:
    pool = ChildPool(Times(child_reuse=False))
    await pool.start()
    child = await pool.take()
    await _run(child, tmp_path)
    await pool.give_back(child)
    assert not child.is_alive
    await pool.close()


async def test_a_spare_that_dies_is_replaced(pool: ChildPool) -> None:
    await _until(lambda: len(pool.spares) == 1)
    (pid,) = pool.spares
    with capture_logs() as logs:
        os.kill(pid, signal.SIGKILL)
        await _until(lambda: len(pool.spares) == 1 and pool.spares != (pid,))
    assert [one["event"] for one in logs] == ["spare_child_died"]
    child = await pool.take()
    assert child.is_alive
    await pool.give_back(child)


async def test_several_lanes_take_at_once(pool: ChildPool, tmp_path: Path) -> None:
    children = await asyncio.gather(*(pool.take() for _ in range(3)))
    assert len({child.pid for child in children}) == 3
    await asyncio.gather(*(_run(child, tmp_path / str(child.pid)) for child in children))
    await asyncio.gather(*(pool.give_back(child) for child in children))
    assert {child.pid for child in children} <= set(pool.spares)


async def test_closing_kills_those_that_run_and_those_that_wait(tmp_path: Path) -> None:
    pool = ChildPool(TIMES)
    await pool.start()
    child = await pool.take()
    handler = Recorder()
    running = asyncio.create_task(child.run(spec(tmp_path, "Burns", {"deaf": True}), handler))
    await begun(running, handler)
    await _until(lambda: len(pool.spares) == 1)
    pids = [child.pid, *pool.spares]
    await pool.close()
    await running
    assert not await alive(*pids)
    with pytest.raises(DeskError, match="stopping"):
        await pool.take()


async def test_an_interpreter_that_cannot_start_is_an_error_and_not_a_hang(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("sys.executable", str(tmp_path / "no-python"))
    pool = ChildPool(TIMES)
    with capture_logs() as logs:
        await pool.start()
        with pytest.raises(DeskError) as caught:
            await pool.take()
        await pool.close()
    assert caught.value.code == "child_unavailable"
    assert {"reaper_not_started", "child_not_started"} <= {one["event"] for one in logs}
