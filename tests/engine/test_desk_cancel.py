"""Cancel, over HTTP, at every moment of a job's life."""

import asyncio
import os
from pathlib import Path
from typing import Any

import pytest

from tests.engine.listening import listening, over, running, submitted, terminal_events
from tests.http.conftest import Place, Start

pytestmark = pytest.mark.usefixtures("plugged_in")


def is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"


async def cancelled(place: Place, job_id: str, status: int = 202) -> dict[str, Any]:
    return await place.post(f"/api/v1/jobs/{job_id}/cancel", status=status)


async def test_a_waiting_job_is_cancelled_at_once_and_those_behind_move_up(place: Place) -> None:
    jobs = [await submitted(place) for _ in range(3)]
    assert (await cancelled(place, jobs[0]["id"]))["status"] == "cancelled"
    positions = [(await place.get(f"/api/v1/jobs/{job['id']}"))["position"] for job in jobs]
    assert positions == [None, 1, 2]
    await cancelled(place, jobs[0]["id"], status=409)


async def test_a_running_job_that_looks_is_cancelled_by_being_asked(start: Start) -> None:
    place = await start(startup_mode="run", cancel_term_seconds=100, cancel_kill_seconds=110)
    job = await submitted(place, items=1, seconds=3600)
    async with listening(place, f"/api/v1/jobs/{job['id']}/events") as stream:
        await stream.until("progress", lambda data: data["total"] == 1)
        assert (await cancelled(place, job["id"]))["status"] in ("running", "cancelled")
        names = [name for name, _, _ in await stream.rest()]
    assert names[-1] == "cancelled"
    log = await (await place.http.get(f"/api/v1/jobs/{job['id']}/log")).text()
    assert "Cancel: asked to stop" in log
    assert "SIGKILL" not in log


async def test_a_burning_job_is_gone_by_the_ladder_and_every_step_is_seen(start: Start) -> None:
    # Far enough apart to be told one by one: of progress only the newest is, four times a second.
    place = await start(startup_mode="run", cancel_term_seconds=1.0, cancel_kill_seconds=2.5)
    job = await submitted(place, "deaf")
    async with listening(place, f"/api/v1/jobs/{job['id']}/events") as stream:
        line = (await stream.until("log", lambda data: "pids" in data["line"]))["line"]
        pids = [int(word) for word in line.split()[-2:]]
        await cancelled(place, job["id"])
        said = [data["message"] for name, _, data in await stream.rest() if name == "progress"]
    assert [message for message in said if message and message.startswith("Cancel")] == [
        "Cancel: asked to stop",
        "Cancel: told to stop (SIGTERM)",
        "Cancel: killed (SIGKILL)",
    ]
    assert [is_gone(pid) for pid in pids] == [True, True]
    assert await terminal_events(place, job["id"]) == ["cancelled"]
    log = await (await place.http.get(f"/api/v1/jobs/{job['id']}/log")).text()
    steps = [text for text in log.splitlines() if "Cancel:" in text]
    assert len(steps) == 3


async def test_the_next_job_runs_after_one_that_had_to_be_killed(start: Start) -> None:
    place = await start(startup_mode="run", cancel_term_seconds=0.05, cancel_kill_seconds=0.1)
    burning = await submitted(place, "deaf")
    following = await submitted(place, items=2, seconds=0)
    await running(place, burning["id"])
    await cancelled(place, burning["id"])
    assert (await over(place, burning["id"]))["status"] == "cancelled"
    assert (await over(place, following["id"]))["status"] == "completed"


async def test_cancelling_a_job_as_it_finishes_never_touches_the_next(start: Start, tmp_path: Path) -> None:
    place = await start(startup_mode="run")
    outcomes = set()
    for number in range(26):
        gate = tmp_path / f"gate{number}"
        first = await submitted(place, "steps", gates={"0": str(gate)})
        second = await submitted(place, items=1, seconds=0)
        await running(place, first["id"])
        async with listening(place) as stream:
            gate.touch()
            if number % 2:
                await stream.until("item_completed", lambda data, job=first["id"]: data["job_id"] == job)
            for _ in range(number * 2):
                await asyncio.sleep(0)  # a moment that no event marks
            async with place.http.post(f"/api/v1/jobs/{first['id']}/cancel", json={}) as answer:
                was_accepted = answer.status == 202
                assert answer.status in (202, 409)
        ended = await over(place, first["id"])
        assert ended["status"] == ("cancelled" if was_accepted else "completed")
        assert await terminal_events(place, first["id"]) == [ended["status"]]
        assert (await over(place, second["id"]))["status"] == "completed"
        outcomes.add(was_accepted)
    assert True in outcomes


async def test_an_accepted_cancel_wins_over_an_ending_of_the_same_commit(
    start: Start, tmp_path: Path
) -> None:
    place = await start(startup_mode="run")
    store = place.desk.store
    for how in ("complete", "fail", "hold"):
        gate = tmp_path / how
        job = await submitted(place, "steps", gates={"0": str(gate)})
        await running(place, job["id"])
        real = getattr(store, how)

        async def end(*args: Any, job_id: str = job["id"], real: Any = real) -> Any:
            asked = asyncio.ensure_future(place.desk.cancel(job_id))
            await asyncio.sleep(0)  # it stands in the writer's line, and nobody has heard of it yet
            ended = await real(*args)
            await asked
            return ended

        store.complete = end if how == "complete" else _as(real, end, how)
        gate.touch()
        assert (await over(place, job["id"]))["status"] == "cancelled"
        del store.complete
        assert await terminal_events(place, job["id"]) == ["cancelled"]


def _as(real: Any, end: Any, how: str) -> Any:
    from service.model.jobs import JobFailure

    last: Any = JobFailure("x", "y") if how == "fail" else {"rows": []}

    async def other(job_id: str, attempt: int, _: Any) -> Any:
        return await end(job_id, attempt, last)

    return other


async def test_a_cancel_while_the_job_is_being_started_ends_it(start: Start) -> None:
    place = await start(startup_mode="run")
    for turns in range(0, 60, 3):
        job = await submitted(place, items=1, seconds=3600)
        for _ in range(turns):
            await asyncio.sleep(0)
        await cancelled(place, job["id"])
        assert (await over(place, job["id"]))["status"] == "cancelled"
        assert await terminal_events(place, job["id"]) == ["cancelled"]


async def test_many_cancels_of_one_running_job_are_one(start: Start) -> None:
    place = await start(startup_mode="run")
    job = await submitted(place, items=1, seconds=3600)
    await running(place, job["id"])
    answers = await asyncio.gather(
        *(place.http.post(f"/api/v1/jobs/{job['id']}/cancel", json={}) for _ in range(8))
    )
    assert {answer.status for answer in answers} <= {202, 409}
    assert answers[0].status == 202
    assert (await over(place, job["id"]))["status"] == "cancelled"
    assert await terminal_events(place, job["id"]) == ["cancelled"]


async def test_a_held_job_is_cancelled_at_once(start: Start) -> None:
    place = await start(startup_mode="run")
    job = await submitted(place, hold=True)
    async with listening(place, f"/api/v1/jobs/{job['id']}/events") as stream:
        if stream.heard[-1][0] != "held":
            await stream.until("held")
        assert (await cancelled(place, job["id"]))["status"] == "cancelled"
        assert (await stream.rest())[-1][0] == "cancelled"
    await place.post(f"/api/v1/jobs/{job['id']}/confirm", {"hash": "x"}, status=409)


async def test_the_items_of_a_cancelled_job_stay_and_a_retry_goes_on_from_them(
    start: Start, tmp_path: Path
) -> None:
    place = await start(startup_mode="run")
    ledger, gate = tmp_path / "ledger", tmp_path / "gate"
    job = await submitted(place, "steps", items=3, ledger=str(ledger), gates={"2": str(gate)})
    async with listening(place) as stream:
        if (await place.get(f"/api/v1/jobs/{job['id']}"))["items"]["completed"] < 2:
            await stream.until("item_completed", lambda data: data["key"] == "1")
    await cancelled(place, job["id"])
    assert (await over(place, job["id"]))["items"]["completed"] == 2
    gate.touch()
    again = await place.post(f"/api/v1/jobs/{job['id']}/retry")
    assert (await over(place, again["id"]))["output"] == {"done": ["0", "1", "2"]}
    assert [line[0] for line in ledger.read_text().split()].count("0") == 1
