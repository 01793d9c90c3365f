"""The line over HTTP: order, positions, pause, move, clear, lanes, and what a restart makes of them."""

import asyncio
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from service.model.errors import DeskError
from tests.desk_process import running_desk
from tests.engine.listening import listening, over, running, submitted
from tests.http.conftest import Place, Start

pytestmark = pytest.mark.usefixtures("plugged_in")


async def order(place: Place) -> list[str]:
    """Return the waiting jobs by their positions, which must be 1, 2, 3…"""
    jobs = (await place.get("/api/v1/jobs?status=queued&limit=100"))["jobs"]
    by_position = {job["position"]: job["id"] for job in jobs}
    assert sorted(by_position) == list(range(1, len(jobs) + 1))
    return [by_position[position] for position in sorted(by_position)]


async def lane(place: Place, name: str = "main") -> dict[str, Any]:
    lanes = (await place.get("/api/v1/queue"))["lanes"]
    return next(found for found in lanes if found["name"] == name)


async def test_jobs_run_one_at_a_time_in_the_order_of_the_line(start: Start) -> None:
    place = await start(startup_mode="run")
    jobs = [(await submitted(place, items=2, seconds=0))["id"] for _ in range(6)]
    ended = [await over(place, job) for job in jobs]
    for before, after in pairwise(ended):
        assert before["finished_at"] <= after["started_at"]


async def test_moves_give_exact_positions(place: Place) -> None:
    a, b, c, d = [(await submitted(place))["id"] for _ in range(4)]

    async def moved(job: str, to: str | int) -> list[str]:
        answer = await place.post(f"/api/v1/jobs/{job}/move", {"to": to}, 200)
        found = await order(place)
        assert answer["position"] == found.index(job) + 1
        return found

    assert await moved(d, "front") == [d, a, b, c]
    assert await moved(d, "back") == [a, b, c, d]
    assert await moved(a, 3) == [b, c, a, d]
    assert await moved(b, 1_000_000) == [c, a, d, b]
    assert await moved(c, 1) == [c, a, d, b]
    await place.post(f"/api/v1/jobs/{c}/move", {"to": 0}, 422)
    for _ in range(60):  # more often than the gap between two ranks can be halved
        await moved(b, 2)
        await moved(a, 2)
    assert await order(place) == [c, a, b, d]
    stored = [waiting.job_id for waiting in await place.desk.store.waiting()]
    assert stored == [c, a, b, d]


async def test_a_move_and_a_cancel_are_told_to_those_who_watch(place: Place) -> None:
    first, second = [(await submitted(place))["id"] for _ in range(2)]
    async with listening(place, f"/api/v1/jobs/{first}/events") as mine, listening(place) as all_of_it:
        await place.post(f"/api/v1/jobs/{second}/move", {"to": "front"}, 200)
        told = await mine.until("position")
        assert (told["position"], told["status"]) == (2, "queued")
        frame = await all_of_it.until(
            "queue", lambda data: [job["job_id"] for job in data["lanes"][0]["first"]] == [second, first]
        )
        assert [job["position"] for job in frame["lanes"][0]["first"]] == [1, 2]
        estimates = [job["estimate"] for job in frame["lanes"][0]["first"]]
        assert estimates[0]["starts_in"]["p50"] == 0.0
        assert estimates[1]["starts_in"]["p50"] > 0.0
        assert estimates[1]["finishes_in"]["p90"] > estimates[0]["finishes_in"]["p90"]
        await place.post(f"/api/v1/jobs/{second}/cancel")
        assert (await mine.until("position", lambda data: data["position"] == 1))["job_id"] == first


async def test_a_queue_frame_names_the_first_fifty_with_the_estimates_that_each_has(place: Place) -> None:
    jobs = [(await submitted(place))["id"] for _ in range(53)]
    async with listening(place) as stream:
        await place.post(f"/api/v1/jobs/{jobs[-1]}/move", {"to": "front"}, 200)
        frame = await stream.until("queue", lambda data: data["lanes"][0]["first"][0]["job_id"] == jobs[-1])
    first = frame["lanes"][0]["first"]
    assert [job["job_id"] for job in first] == [jobs[-1], *jobs[:49]]
    for one in (first[0], first[20], first[49]):
        job = await place.get(f"/api/v1/jobs/{one['job_id']}")
        assert (job["position"], job["estimate"]) == (one["position"], one["estimate"])


async def test_pause_lets_the_running_job_end_and_takes_no_other_until_resumed(
    start: Start, tmp_path: Path
) -> None:
    place, gate = await start(startup_mode="run"), tmp_path / "gate"
    first = await submitted(place, "steps", gates={"0": str(gate)})
    second = await submitted(place, items=1, seconds=0)
    await running(place, first["id"])
    await place.post("/api/v1/queue/pause", {"reason": "lunch"}, 200)
    gate.touch()
    assert (await over(place, first["id"]))["status"] == "completed"
    state = await lane(place)
    assert (state["is_paused"], state["pause_reason"], state["waiting"]) == (True, "lunch", 1)
    assert (await place.get(f"/api/v1/jobs/{second['id']}"))["position"] == 1
    await place.post("/api/v1/queue/resume", status=200)
    assert (await over(place, second["id"]))["status"] == "completed"
    await place.post("/api/v1/queue/pause", {"lane": "nowhere"}, 404)


async def test_clear_cancels_what_waits_and_not_what_runs(start: Start, tmp_path: Path) -> None:
    place, gate = await start(startup_mode="run"), tmp_path / "gate"
    first = await submitted(place, "steps", gates={"0": str(gate)})
    await running(place, first["id"])
    waiting = [(await submitted(place))["id"] for _ in range(5)]
    assert await place.post("/api/v1/queue/clear", status=200) == {"cancelled": 5}
    assert {(await place.get(f"/api/v1/jobs/{job}"))["status"] for job in waiting} == {"cancelled"}
    assert (await lane(place))["waiting"] == 0
    gate.touch()
    assert (await over(place, first["id"]))["status"] == "completed"


async def test_lanes_run_beside_each_other_each_in_its_order(start: Start, tmp_path: Path) -> None:
    place = await start(startup_mode="run", lanes={"demo": "quick"})
    gates = [tmp_path / name for name in ("main", "side")]
    slow = await submitted(place, "steps", gates={"0": str(gates[0])})
    behind = await submitted(place, "steps")
    apart = await submitted(place, "apart", gates={"0": str(gates[1])})
    quick = [await submitted(place, items=1, seconds=0) for _ in range(3)]
    assert (slow["lane"], apart["lane"], quick[0]["lane"]) == ("main", "side", "quick")
    ended = [await over(place, job["id"]) for job in quick]
    await running(place, slow["id"])
    await running(place, apart["id"])
    assert [job["started_at"] for job in ended[1:]] >= [job["finished_at"] for job in ended[:-1]]
    assert (await place.get(f"/api/v1/jobs/{behind['id']}"))["position"] == 1
    gates[1].touch()
    assert (await over(place, apart["id"]))["status"] == "completed"
    assert (await place.get(f"/api/v1/jobs/{slow['id']}"))["status"] == "running"
    gates[0].touch()
    assert (await over(place, behind["id"]))["started_at"] >= (await over(place, slow["id"]))["finished_at"]


async def test_a_place_that_is_given_up_never_stops_the_line(start: Start) -> None:
    place = await start(startup_mode="run")
    body = {"kind": "demo", "args": {"items": 0}}

    async def post(**headers: str) -> str:
        async with place.http.post("/api/v1/jobs", json=body, headers=headers) as answer:
            return str((await answer.json())["id"])

    known = await post(**{"Idempotency-Key": "k"})
    await over(place, known)
    for _ in range(25):  # a repeated request stands before a new one for a moment, and then does not
        ids = await asyncio.gather(*(post(**{"Idempotency-Key": "k"}) for _ in range(4)), post(), post())
        assert set(ids[:4]) == {known}
        for job in ids[4:]:
            assert (await over(place, job))["status"] == "completed"


async def test_a_line_that_was_paused_tells_those_behind_a_given_up_place(
    place: Place, monkeypatch: Any
) -> None:
    store = place.desk.store
    real, is_broken = store.create, True

    async def breaks(*args: Any) -> Any:
        if is_broken:
            raise DeskError("storage_full", "The database could not be written.", retriable=True)
        return await real(*args)

    job = await submitted(place)
    monkeypatch.setattr(store, "create", breaks)
    async with place.http.post("/api/v1/jobs", json={"kind": "demo", "args": {}}) as answer:
        assert answer.status == 503
    is_broken = False
    assert (await submitted(place))["position"] == 2
    assert (await order(place))[0] == job["id"]


async def test_startup_modes_are_kept(tmp_path: Path) -> None:
    async with running_desk(tmp_path, "--startup-mode", "paused") as desk:
        job = await desk.submit("demo", items=0)
        assert (await desk.json("GET", "/api/v1/queue"))["lanes"][0]["pause_reason"] == "started paused"
        await desk.json("POST", "/api/v1/queue/pause", json={"reason": "until Monday"})
        assert await desk.stop() == 0
    async with running_desk(tmp_path, "--startup-mode", "as_left") as desk:
        (main,) = (await desk.json("GET", "/api/v1/queue"))["lanes"]
        assert (main["is_paused"], main["pause_reason"], main["waiting"]) == (True, "until Monday", 1)
        assert (await desk.json("GET", f"/api/v1/jobs/{job}"))["position"] == 1
        assert await desk.stop() == 0
    async with running_desk(tmp_path) as desk:
        assert (await desk.wait_for(job))["status"] == "completed"
        assert await desk.stop() == 0
    async with running_desk(tmp_path, "--startup-mode", "as_left") as desk:
        assert (await desk.json("GET", "/api/v1/queue"))["lanes"][0]["is_paused"] is False
