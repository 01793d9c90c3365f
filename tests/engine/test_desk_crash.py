"""Services that are killed, stopped and doubled: real processes on one data folder."""

import asyncio
import os
import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.desk_process import DeskProcess, children_of, frames, rows, running_desk
from tests.engine.test_desk_cancel import is_gone

pytestmark = pytest.mark.usefixtures("plugged_in_by_metadata")


Make = Callable[..., DeskProcess]


@pytest.fixture
async def make_desk(tmp_path: Path) -> AsyncIterator[Make]:
    """Give a function that makes desks on one folder; whatever still runs at the end is killed."""
    made: list[DeskProcess] = []

    def make(*options: str) -> DeskProcess:
        made.append(DeskProcess(tmp_path / "data", *options))
        return made[-1]

    yield make
    for desk in made:
        await desk.kill()


async def in_item(desk: DeskProcess, job_id: str, key: str) -> None:
    """Wait until a job has begun an item (its log says so)."""
    async with desk.stream(f"/api/v1/jobs/{job_id}/log?follow=1") as response:
        async for raw in response.content:
            if f"at {key}" in raw.decode():
                return
    raise AssertionError(f"job {job_id} never came to item {key}")


async def nobody_left(data_dir: Path, *pids: int) -> None:
    """Wait until the children of a dead service are gone."""
    async with asyncio.timeout(60):
        while children_of(data_dir) or not all(map(is_gone, pids)):  # noqa: ASYNC110 - the kernel sends no event
            await asyncio.sleep(0)


async def killed_in(desk: DeskProcess, job_id: str, key: str) -> None:
    await in_item(desk, job_id, key)
    await desk.kill()
    await nobody_left(desk.data_dir)


def begun(ledger: Path) -> list[str]:
    return ledger.read_text().split()


def gated(tmp_path: Path, key: str = "1", **more: Any) -> dict[str, Any]:
    ledger, gate = str(tmp_path / "ledger"), str(tmp_path / "gate")
    return {"items": 3, "ledger": ledger, "gates": {key: gate}, **more}


async def test_an_effect_without_an_outcome_is_for_a_person_and_never_repeated(
    tmp_path: Path, make_desk: Make
) -> None:
    desk = make_desk()
    assert await desk.start()
    job = await desk.submit("steps", **gated(tmp_path, effect=True))
    await killed_in(desk, job, "1")
    (tmp_path / "gate").touch()
    assert await desk.start()
    done = await desk.wait_for(job)
    assert (done["status"], done["items"]["completed"], done["items"]["needs_review"]) == ("completed", 2, 1)
    (item,) = (await desk.json("GET", f"/api/v1/jobs/{job}/items?status=needs_review"))["items"]
    assert (item["key"], item["code"]) == ("1", "outcome_unknown")
    body = {"outcome": "failed", "message": "nothing was bought"}
    decided = await desk.json("POST", f"/api/v1/jobs/{job}/items/1/resolve", json=body)
    assert (decided["items"]["failed"], decided["items"]["needs_review"]) == (1, 0)
    again = (await desk.json("POST", f"/api/v1/jobs/{job}/retry"))["id"]
    assert (await desk.wait_for(again))["items"]["completed"] == 3
    assert begun(tmp_path / "ledger") == ["0@1", "1@1", "2@2", "1@1"]  # the last because a person said so
    assert await desk.stop() == 0
    assert rows(desk.data_dir, "PRAGMA integrity_check") == [("ok",)]


@pytest.mark.parametrize(
    ("kind", "ledger"),
    [("steps", ["0@1", "1@1", "1@2", "2@2"]), ("requeued", ["0@1", "1@1", "0@2", "1@2", "2@2"])],
)
async def test_after_a_crash_a_job_resumes_or_starts_anew_as_its_kind_says(
    tmp_path: Path, make_desk: Make, kind: str, ledger: list[str]
) -> None:
    desk = make_desk()
    assert await desk.start()
    job = await desk.submit(kind, **gated(tmp_path))
    behind = await desk.submit("demo", items=1, seconds=0)
    await killed_in(desk, job, "1")
    (tmp_path / "gate").touch()
    assert await desk.start()
    done = await desk.wait_for(job)
    assert (done["status"], done["attempt"], done["output"]) == ("completed", 2, {"done": ["0", "1", "2"]})
    assert sorted(artifact["name"] for artifact in done["artifacts"]) == ["0.txt", "1.txt", "2.txt"]
    other = await desk.wait_for(behind)
    is_first = done["finished_at"] <= other["started_at"]
    assert is_first == (kind == "steps")  # back to the head of the line, or to its end
    assert begun(tmp_path / "ledger") == ledger
    assert await desk.stop() == 0


async def test_after_a_crash_a_job_fails_or_is_held_as_its_kind_says(tmp_path: Path, make_desk: Make) -> None:
    desk = make_desk("--lane", "held=apart")
    assert await desk.start()
    fails, holds = [await desk.submit(kind, **gated(tmp_path)) for kind in ("failing", "held")]
    await in_item(desk, fails, "1")
    await killed_in(desk, holds, "1")
    (tmp_path / "gate").touch()
    assert await desk.start()
    failed = await desk.wait_for(fails, "failed")
    assert (failed["error"]["code"], failed["items"]["completed"]) == ("interrupted_by_crash", 1)
    held = await desk.wait_for(holds, "held")
    assert held["preview"] == {"reason": "service_crash"}
    await desk.json("POST", f"/api/v1/jobs/{holds}/confirm", json={})
    assert (await desk.wait_for(holds))["output"] == {"done": ["0", "1", "2"]}
    assert await desk.stop() == 0


async def test_a_job_that_kills_the_service_three_times_fails_and_the_line_goes_on(
    tmp_path: Path, make_desk: Make
) -> None:
    desk = make_desk()
    assert await desk.start()
    job = await desk.submit("steps", **gated(tmp_path, "0"))
    behind = await desk.submit("demo", items=1, seconds=0)
    for attempt in range(1, 4):
        async with asyncio.timeout(60), desk.stream(f"/api/v1/jobs/{job}/events") as response:
            async for name, _, data in frames(response):
                if name in ("progress", "started") and data.get("attempt") == attempt:
                    break
        await desk.kill()
        await nobody_left(desk.data_dir)
        assert await desk.start()
    failed = await desk.wait_for(job)
    assert (failed["error"]["code"], failed["attempt"]) == ("crash_loop", 3)
    assert (await desk.wait_for(behind))["status"] == "completed"
    again = (await desk.json("POST", f"/api/v1/jobs/{job}/retry"))["id"]
    (tmp_path / "gate").touch()
    assert (await desk.wait_for(again))["status"] == "completed"
    assert await desk.stop() == 0


async def test_a_cancel_that_was_accepted_survives_a_crash(tmp_path: Path, make_desk: Make) -> None:
    desk = make_desk("--cancel-term-seconds", "3000", "--cancel-kill-seconds", "3000")
    assert await desk.start()
    job = await desk.submit("deaf")
    async with desk.stream(f"/api/v1/jobs/{job}/log?follow=1") as response:
        pids = await _pids(response)
    await desk.json("POST", f"/api/v1/jobs/{job}/cancel", json={})
    await desk.kill()
    await nobody_left(desk.data_dir, *pids)
    assert await desk.start()
    assert (await desk.wait_for(job))["status"] == "cancelled"
    assert await desk.stop() == 0


async def _pids(response: Any) -> list[int]:
    async for raw in response.content:
        if b"pids" in raw:
            return [int(word) for word in re.findall(rb"pids (\d+) (\d+)", raw)[0]]
    raise AssertionError("the job never told its processes")


async def test_kill_9_leaves_no_process_and_no_grandchild(tmp_path: Path, make_desk: Make) -> None:
    desk = make_desk()
    assert await desk.start()
    job = await desk.submit("deaf")
    async with desk.stream(f"/api/v1/jobs/{job}/log?follow=1") as response:
        pids = await _pids(response)
    assert [is_gone(pid) for pid in pids] == [False, False]
    await desk.kill()
    await nobody_left(desk.data_dir, *pids)


@pytest.mark.parametrize("kind", ["steps", "deaf"])
async def test_sigterm_ends_everything_within_its_time_and_the_job_goes_on_after(
    tmp_path: Path, make_desk: Make, kind: str
) -> None:
    desk = make_desk()
    assert await desk.start()
    job = await desk.submit(kind, **(gated(tmp_path) if kind == "steps" else {}))
    async with desk.stream("/api/v1/events") as stream, desk.stream(f"/api/v1/jobs/{job}/events") as own:
        if kind == "steps":
            await in_item(desk, job, "1")
        else:
            async with desk.stream(f"/api/v1/jobs/{job}/log?follow=1") as response:
                pids = await _pids(response)
        began = asyncio.get_running_loop().time()
        assert await desk.stop() == 0
        took = asyncio.get_running_loop().time() - began
        heard = [name async for name, _, _ in frames(stream)]
        assert "bye" in heard
        assert "bye" in [name async for name, _, _ in frames(own)]
    assert took < 5  # the one promise that is a time: DESIGN says within 5 s
    await nobody_left(desk.data_dir, *(pids if kind == "deaf" else ()))
    (status,) = rows(desk.data_dir, "SELECT status, crashes FROM jobs")
    assert status == ("queued", 0)
    if kind == "steps":
        (tmp_path / "gate").touch()
        assert await desk.start()
        done = await desk.wait_for(job)
        assert (done["status"], done["attempt"], done["items"]["completed"]) == ("completed", 2, 3)
        assert begun(tmp_path / "ledger") == ["0@1", "1@1", "1@2", "2@2"]
        assert await desk.stop() == 0


async def test_a_second_service_on_the_same_folder_is_refused_and_harms_nothing(
    tmp_path: Path, make_desk: Make
) -> None:
    async with running_desk(tmp_path / "data") as desk:
        job = await desk.submit("steps", **gated(tmp_path))
        await in_item(desk, job, "1")
        second = make_desk()
        assert await second.start() is False
        assert second.process.returncode == 6
        assert any(str(desk.process.pid) in line for line in second.log_lines)
        (tmp_path / "gate").touch()
        done = await desk.wait_for(job)
        assert (done["status"], done["attempt"]) == ("completed", 1)


async def test_folders_of_jobs_that_are_no_more_are_gone_after_a_start(tmp_path: Path) -> None:
    orphan = tmp_path / "data" / "jobs" / "0199-orphan" / "artifacts"
    async with running_desk(tmp_path / "data") as desk:
        job = await desk.submit("demo", items=0, artifact_bytes=10)
        await desk.wait_for(job)
        assert await desk.stop() == 0
    orphan.mkdir(parents=True)
    (orphan / "left.txt").write_text("the service died between the row and the file")
    async with running_desk(tmp_path / "data"):
        assert os.listdir(tmp_path / "data" / "jobs") == [job]  # noqa: PTH208 - names are wanted
