"""Nothing outlives the service, even when it is killed in a way that it cannot notice."""

import asyncio
import io
import os
import signal
import sys
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from service.engine import reaper, reaper_main
from service.engine.child import Child
from service.engine.reaper import Reaper
from tests.engine.runs import alive, until_gone

SERVICE = """
import asyncio, sys
from pathlib import Path
from service.engine.child_pool import ChildPool
from tests.engine.runs import Recorder, spec

async def main():
    pool = ChildPool()
    await pool.start()
    child = await pool.take()
    while not pool.spares:
        await asyncio.sleep(0.005)
    def tell(line):
        if line.startswith("pids "):
            print(child.pid, *pool.spares, pool._reaper.pid, *line.split()[1:], flush=True)
    handler = Recorder(on_line=tell)
    await child.run(spec(Path(sys.argv[1]), sys.argv[2], {"then": "wait"}), handler)

asyncio.run(main())
"""


async def _service(folder: Path, kind: str) -> tuple[asyncio.subprocess.Process, list[int]]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        SERVICE,
        str(folder),
        kind,
        stdout=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    assert process.stdout is not None
    pids = [int(word) for word in (await process.stdout.readline()).split()]
    return process, pids


async def test_no_child_and_no_grandchild_survives_kill_9_of_the_service(tmp_path: Path) -> None:
    process, pids = await _service(tmp_path, "LeavesProcess")
    assert len(pids) == 5  # the child, a spare, the guard, and two grandchildren, one in a session of its own
    assert await alive(*pids) == pids
    process.kill()
    await process.wait()
    await until_gone(*pids)  # the guard goes too when its work is done


async def test_a_guard_that_is_killed_is_replaced_and_knows_the_groups(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reaper, "_RESTART_SECONDS", 0.0)
    guard = Reaper()
    await guard.start()
    victim = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "input()", stdin=asyncio.subprocess.PIPE, start_new_session=True
    )
    guard.add(victim.pid)
    first = guard.pid
    assert first is not None
    with capture_logs() as logs:
        os.kill(first, signal.SIGKILL)
        while guard.pid in (first, None):  # noqa: ASYNC110 (the reaper tells nobody)
            await asyncio.sleep(0.005)
    assert logs[0]["event"] == "reaper_died"
    await guard.close()  # the group was never removed, so the guard kills it
    assert await victim.wait() == -signal.SIGKILL


async def test_a_group_that_was_removed_is_left_alone() -> None:
    guard = Reaper()
    await guard.start()
    child = await Child.start()
    guard.add(child.pid)
    guard.remove(child.pid)
    await guard.close()
    assert child.is_alive
    await child.close()


def test_a_number_that_belongs_to_another_process_by_now_is_left_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    killed: list[int] = []
    starts = {10: iter(["100", "100"]), 11: iter(["100", "999"]), 12: iter(["100", ""])}
    monkeypatch.setattr(reaper_main, "started", lambda pid: next(starts[pid]))
    monkeypatch.setattr(os, "killpg", lambda group, _: killed.append(group))
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    monkeypatch.setattr(sys, "stdin", io.StringIO("add 10 0\nadd 11 0\nadd 12\nadd 13 0\nremove 13\n"))
    starts[13] = iter(["100"])
    reaper_main.main()
    assert killed == [10, 12]  # 12: its leader is gone, but the group may have members still
