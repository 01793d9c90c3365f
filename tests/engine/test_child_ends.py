"""The ends that come from outside: cancel, shutdown, time; whatever the kind does, nobody is left behind."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from service.engine.child import Child, Times
from service.engine.endings import Cancelled, Died, Finished, Interrupted, TimedOut
from service.kinds.base import Limits
from service.model.errors import DeskError
from tests.engine.runs import QUICK, Recorder, alive, begun, pids_of, quick_child, spec, until_gone


@pytest.fixture
async def child() -> AsyncIterator[Child]:
    async with quick_child() as made:
        yield made


async def _until_it_runs(
    child: Child, tmp_path: Path, kind: str, args: dict[str, Any]
) -> tuple[Any, Recorder]:
    handler = Recorder()
    running = asyncio.create_task(child.run(spec(tmp_path, kind, args), handler))
    await begun(running, handler)
    return running, handler


@pytest.mark.parametrize(
    ("kind", "args", "times", "steps"),
    [  # a step that must not be taken is far away: where much runs at once, a child may be slow to end
        ("Waits", {}, (60, 60), ["asked"]),
        ("Burns", {}, (QUICK, 60), ["asked", "sigterm"]),
        ("Burns", {"deaf": True}, (QUICK, 2 * QUICK), ["asked", "sigterm", "sigkill"]),
        ("Burns", {"deaf": True, "in_c": True}, (QUICK, 2 * QUICK), ["asked", "sigterm", "sigkill"]),
        ("Stopped", {}, (QUICK, 2 * QUICK), ["asked", "sigterm", "sigkill"]),
    ],
)
async def test_cancel_climbs_as_far_as_it_must(
    tmp_path: Path, kind: str, args: dict[str, Any], times: tuple[float, float], steps: list[str]
) -> None:
    term_seconds, kill_seconds = times
    async with quick_child(term_seconds, kill_seconds) as child:
        running, handler = await _until_it_runs(child, tmp_path, kind, args)
        child.cancel()
        child.cancel()
        assert await running == Cancelled()
        assert handler.steps == steps
        assert not await alive(child.pid)


async def test_a_kind_that_catches_everything_and_finishes_is_cancelled_all_the_same(tmp_path: Path) -> None:
    child = await Child.start(Times(cancel_term_seconds=60, cancel_kill_seconds=60))
    running, handler = await _until_it_runs(child, tmp_path, "CatchesEverything", {})
    child.cancel()
    assert await running == Cancelled()
    assert handler.lines.count("caught") == 10
    assert handler.steps == ["asked"]
    assert not await alive(child.pid)
    await child.close()


@pytest.mark.parametrize("then", ["wait", "burn"])
async def test_nothing_below_the_child_survives_a_cancel_although_it_cut_every_tie(
    child: Child, tmp_path: Path, then: str
) -> None:
    running, handler = await _until_it_runs(child, tmp_path, "LeavesProcess", {"then": then, "cut": True})
    child.cancel()
    assert await running == Cancelled()
    assert not await alive(child.pid, *pids_of(handler))


@pytest.mark.parametrize("kind", ["LeavesProcess", "Daemonises"])
async def test_nothing_below_the_child_survives_a_cooperative_cancel(
    child: Child, tmp_path: Path, kind: str
) -> None:
    running, handler = await _until_it_runs(child, tmp_path, kind, {"then": "wait"})
    assert await alive(*pids_of(handler)) == pids_of(handler)
    child.cancel()
    assert await running == Cancelled()
    assert not await alive(*pids_of(handler))


async def test_nothing_below_the_child_survives_a_crash(child: Child, tmp_path: Path) -> None:
    handler = Recorder()
    ending = await child.run(spec(tmp_path, "LeavesProcess", {"then": "crash"}), handler)
    assert isinstance(ending, Died)
    in_group, in_session = pids_of(handler)
    assert not await alive(in_group)
    await until_gone(in_session)  # it had left the group, and was found by the pipe that it holds


async def test_a_run_beyond_its_time_is_ended_without_asking(child: Child, tmp_path: Path) -> None:
    handler = Recorder()
    ending = await child.run(spec(tmp_path, "Waits", limits=Limits(wall_seconds=QUICK)), handler)
    assert ending == TimedOut(QUICK)
    assert "asked" not in handler.steps
    assert not await alive(child.pid)


async def test_an_interrupted_run_says_so(child: Child, tmp_path: Path) -> None:
    running, _ = await _until_it_runs(child, tmp_path, "Waits", {})
    child.interrupt()
    assert await running == Interrupted()
    assert not await alive(child.pid)


async def test_work_that_was_done_before_it_saw_the_interruption_counts(tmp_path: Path) -> None:
    child = await Child.start(Times(shutdown_grace_seconds=60))
    handler = Recorder(on_line=lambda _: child.interrupt())
    assert await child.run(spec(tmp_path, "SaysAndReturns"), handler) == Finished({"done": True})
    await child.close()


async def test_work_that_swallowed_the_interruption_does_not_count(tmp_path: Path) -> None:
    child = await Child.start(Times(shutdown_grace_seconds=60))
    running, _ = await _until_it_runs(child, tmp_path, "CatchesEverything", {})
    child.interrupt()
    assert await running == Interrupted()
    await child.close()


async def test_a_person_wins_over_a_shutdown(child: Child, tmp_path: Path) -> None:
    running, handler = await _until_it_runs(child, tmp_path, "Burns", {"deaf": True})
    child.interrupt(60)
    child.cancel()
    assert await running == Cancelled()
    assert handler.steps == ["asked", "sigterm", "sigkill"]


async def test_a_cancel_while_nothing_runs_touches_nothing(child: Child, tmp_path: Path) -> None:
    child.cancel()
    child.interrupt()
    assert await child.run(spec(tmp_path, "SaysAndReturns"), Recorder()) == Finished({"done": True})


async def test_a_cancel_in_the_same_moment_as_the_start_is_not_lost(child: Child, tmp_path: Path) -> None:
    running = asyncio.create_task(child.run(spec(tmp_path, "Waits"), Recorder()))
    await asyncio.sleep(0)  # one turn of the loop: the run has begun and sent nothing yet
    child.cancel()
    assert await running == Cancelled()


async def test_a_run_whose_task_is_cancelled_leaves_no_process(child: Child, tmp_path: Path) -> None:
    running, handler = await _until_it_runs(child, tmp_path, "LeavesProcess", {"then": "wait"})
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert not await alive(child.pid, *pids_of(handler))


async def test_a_child_takes_one_run_at_a_time(child: Child, tmp_path: Path) -> None:
    running, _ = await _until_it_runs(child, tmp_path, "Waits", {})
    with pytest.raises(RuntimeError, match="running already"):
        await child.run(spec(tmp_path, "Waits"), Recorder())
    child.cancel()
    await running


async def test_an_interpreter_that_cannot_start_is_a_clear_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("sys.executable", str(tmp_path / "no-python"))
    with pytest.raises(DeskError) as caught:
        await Child.start()
    assert caught.value.code == "child_unavailable"
    broken = tmp_path / "broken"
    broken.write_text("#!/bin/sh\necho this python is broken >&2\nexit 3\n")
    broken.chmod(0o755)
    monkeypatch.setattr("sys.executable", str(broken))
    with pytest.raises(DeskError, match="this python is broken") as caught:
        await Child.start()
    assert caught.value.retriable
