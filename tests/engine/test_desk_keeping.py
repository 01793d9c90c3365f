"""What is kept, how long, and what is refused: retention, deletion, the disk budget, a full line."""

import asyncio
import random
import time
from pathlib import Path
from typing import Any

import pytest
from aiohttp import FormData

from tests.desk_process import running_desk
from tests.engine.listening import listening, over, submitted
from tests.http.conftest import Place, Start

pytestmark = pytest.mark.usefixtures("plugged_in")

A_YEAR_ON = 366 * 86400.0


def form(content: bytes, **args: Any) -> FormData:
    import json

    made = FormData()
    made.add_field("kind", "demo")
    made.add_field("args", json.dumps({"items": 1, "seconds": 0} | args))
    made.add_field("files", content, filename="input.bin")
    return made


async def upload(place: Place, content: bytes, **args: Any) -> dict[str, Any]:
    async with place.http.post("/api/v1/jobs", data=form(content, **args)) as answer:
        assert answer.status == 202, await answer.text()
        found: dict[str, Any] = await answer.json()
        return found


async def sweep(place: Place) -> int:
    """Let a year pass."""
    return await place.desk._retention.sweep(time.time() + A_YEAR_ON)


async def deleted(place: Place, job_id: str) -> int:
    async with place.http.delete(f"/api/v1/jobs/{job_id}") as answer:
        return answer.status


def folders(place: Place) -> set[str]:
    return {path.name for path in (place.data_dir / "jobs").iterdir()}


async def test_retention_takes_what_is_over_and_nothing_that_somebody_may_need(
    start: Start, tmp_path: Path
) -> None:
    place = await start(startup_mode="run")
    done = await over(place, (await upload(place, b"done", artifact_bytes=10))["id"])
    failed = await over(place, (await upload(place, b"failed", fail="so it is"))["id"])
    some_failed = await over(place, (await upload(place, b"some", fail_items=[0]))["id"])
    held = await upload(place, b"held", hold=True)
    async with listening(place, f"/api/v1/jobs/{held['id']}/events") as stream:
        if stream.heard[-1][0] != "held":
            await stream.until("held")
    await place.post("/api/v1/queue/pause", status=200)
    waiting = await upload(place, b"waiting")
    assert await sweep(place) == 1
    await place.get(f"/api/v1/jobs/{done['id']}", 404)
    kept = [failed["id"], some_failed["id"], held["id"], waiting["id"]]
    for job in kept:
        await place.get(f"/api/v1/jobs/{job}")
    assert done["id"] not in folders(place)
    assert len(place.kept_files()) == 4
    await place.post("/api/v1/queue/resume", status=200)
    assert (await over(place, waiting["id"]))["output"]["inputs"][0]["size_bytes"] == len(b"waiting")
    again = await place.post(f"/api/v1/jobs/{failed['id']}/retry")
    assert (await over(place, again["id"]))["status"] == "failed"
    await sweep(place)
    await place.get(f"/api/v1/jobs/{failed['id']}", 404)  # its retry stands for it now
    await place.get(f"/api/v1/jobs/{again['id']}")
    await place.get("/api/v1/jobs/" + waiting["id"], 404)


async def test_retention_at_the_start_takes_what_is_too_old(tmp_path: Path) -> None:
    async with running_desk(tmp_path) as desk:
        job = await desk.submit("demo", items=0, artifact_bytes=100)
        await desk.wait_for(job)
        assert await desk.stop() == 0
    async with running_desk(tmp_path, "--retention-days", "0") as desk:
        async with asyncio.timeout(60), desk.stream("/api/v1/events") as response:
            while (await desk.json("GET", "/api/v1/jobs"))["jobs"]:
                await response.content.readline()  # `deleted`, or the snapshot's lines before it
        assert await desk.stop() == 0
    async with running_desk(
        tmp_path
    ):  # had the stop come between row and files, this start would remove them
        assert not (tmp_path / "jobs" / job).exists()


async def test_a_content_shared_by_two_jobs_stays_until_the_last_is_gone(start: Start) -> None:
    place = await start(startup_mode="run")
    first, second = [await over(place, (await upload(place, b"the same"))["id"]) for _ in range(2)]
    assert first["inputs"][0]["sha256"] == second["inputs"][0]["sha256"]
    assert await deleted(place, first["id"]) == 204
    assert place.kept_files() == [second["inputs"][0]["sha256"]]
    assert await deleted(place, second["id"]) == 204
    assert place.kept_files() == []
    assert folders(place) == set()
    assert place.desk.files.used_bytes == 0


async def test_only_a_job_that_is_over_is_deleted_and_then_it_is_nowhere(place: Place) -> None:
    job = await upload(place, b"content")
    assert await deleted(place, job["id"]) == 409
    await place.post(f"/api/v1/jobs/{job['id']}/cancel")
    async with listening(place) as stream:
        assert await deleted(place, job["id"]) == 204
        assert (await stream.until("deleted"))["job_id"] == job["id"]
    assert await deleted(place, job["id"]) == 404
    for path in ("", "/events", "/items", "/log", "/artifacts.zip", "/progress"):
        await place.get(f"/api/v1/jobs/{job['id']}{path}", 404)
    left = await place.desk.store.read(
        lambda db: [
            db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for table in ("jobs", "items", "inputs", "artifacts")
        ]
    )
    assert left == [0, 0, 0, 0]
    assert place.kept_files() == []


async def test_a_disk_budget_that_is_used_up_is_a_503_that_leaves_nothing(start: Start) -> None:
    place = await start(disk_budget_bytes=100_000)
    first = await upload(place, b"x" * 60_000)
    async with place.http.post("/api/v1/jobs", data=form(b"y" * 60_000)) as answer:
        problem = await answer.json()
        assert (answer.status, problem["code"], problem["retriable"]) == (503, "disk_budget", True)
        assert int(answer.headers["Retry-After"]) > 0
    assert place.kept_files() == [first["inputs"][0]["sha256"]]
    assert place.desk.files.used_bytes == 60_000
    assert len((await place.get("/api/v1/jobs"))["jobs"]) == 1
    assert (await place.get("/api/v1/queue"))["lanes"][0]["waiting"] == 1
    await place.post(f"/api/v1/jobs/{first['id']}/cancel")
    assert await deleted(place, first["id"]) == 204
    await upload(place, b"y" * 60_000)  # there is room again


async def test_many_uploads_at_once_do_not_pass_the_budget_together(start: Start) -> None:
    place = await start(disk_budget_bytes=1_000_000)

    async def post(number: int) -> int:
        async with place.http.post("/api/v1/jobs", data=form(bytes([number]) * 300_000)) as answer:
            return answer.status

    statuses = await asyncio.gather(*(post(number) for number in range(12)))
    assert set(statuses) <= {202, 503}
    assert statuses.count(202) <= 3
    assert place.desk.files.used_bytes == statuses.count(202) * 300_000
    assert len(place.kept_files()) == statuses.count(202)


async def test_a_full_line_is_a_503_that_leaves_nothing(start: Start) -> None:
    place = await start(max_waiting_jobs=3)
    jobs = [await submitted(place) for _ in range(3)]
    async with place.http.post("/api/v1/jobs", data=form(b"content")) as answer:
        problem = await answer.json()
        assert (answer.status, problem["code"], problem["retriable"]) == (503, "queue_full", True)
        assert int(answer.headers["Retry-After"]) > 0
    assert place.kept_files() == []
    await place.post(f"/api/v1/jobs/{jobs[0]['id']}/cancel")
    await submitted(place)
    await place.post(f"/api/v1/jobs/{jobs[0]['id']}/retry", status=503)
    answers = await asyncio.gather(*(place.http.post("/api/v1/jobs", data=form(b"z")) for _ in range(5)))
    assert {answer.status for answer in answers} == {503}
    assert (await place.get("/api/v1/queue"))["lanes"][0]["waiting"] == 3
    assert folders(place) <= {job["id"] for job in jobs}


async def test_a_content_is_never_lost_to_a_sweep_that_comes_in_between(place: Place) -> None:
    dice = random.Random(7)
    contents = [bytes([number]) * 1000 for number in range(3)]
    jobs: list[dict[str, Any]] = []
    is_over = False

    async def sweeper() -> None:
        while not is_over:
            await place.desk.files.sweep(place.desk.store.held_files)

    async def uploader() -> None:
        for _ in range(25):
            job = await upload(place, dice.choice(contents))
            if dice.random() < 0.6:
                await place.post(f"/api/v1/jobs/{job['id']}/cancel")
                assert await deleted(place, job["id"]) == 204
            else:
                jobs.append(job)

    sweeping = asyncio.create_task(sweeper())
    await asyncio.gather(*(uploader() for _ in range(5)))
    is_over = True
    await sweeping
    assert jobs
    for job in jobs:
        assert place.desk.files.blob_path(job["inputs"][0]["sha256"]).stat().st_size == 1000
    for job in jobs:
        await place.post(f"/api/v1/jobs/{job['id']}/cancel")
        assert await deleted(place, job["id"]) == 204
    assert place.kept_files() == []
    assert place.desk.files.used_bytes == 0


async def test_a_job_that_comes_while_a_sweep_reads_what_is_held_keeps_its_content(place: Place) -> None:
    made: list[dict[str, Any]] = []

    async def held_before_it_came() -> set[str]:
        held = await place.desk.store.held_files()
        made.append(await upload(place, b"in between"))
        return held

    await place.desk.files.sweep(held_before_it_came)
    assert place.kept_files() == [made[0]["inputs"][0]["sha256"]]


async def test_a_content_whose_job_is_not_written_yet_is_left_alone(place: Place, monkeypatch: Any) -> None:
    real = place.desk.store.create

    async def swept_first(*args: Any) -> Any:
        await place.desk.files.sweep(place.desk.store.held_files)
        return await real(*args)

    monkeypatch.setattr(place.desk.store, "create", swept_first)
    jobs = await asyncio.gather(*(upload(place, b"the same") for _ in range(3)))
    assert place.kept_files() == [jobs[0]["inputs"][0]["sha256"]]
    assert place.desk.files.used_bytes == len(b"the same")
