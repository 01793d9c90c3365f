"""Jobs that die, or want more than they may have: they fail by name and the line goes on."""

from typing import Any

import pytest

from tests.engine.listening import over, submitted, terminal_events
from tests.http.conftest import Place, Start

pytestmark = pytest.mark.usefixtures("plugged_in")


async def ends_and_the_next_runs(place: Place, kind: str, **args: Any) -> dict[str, Any]:
    """Run a job that fails, and one behind it; return the error of the first."""
    job = await submitted(place, kind, **args)
    following = await submitted(place, items=1, seconds=0)
    ended = await over(place, job["id"])
    assert (ended["status"], ended["position"]) == ("failed", None)
    assert await terminal_events(place, job["id"]) == ["failed"]
    assert (await over(place, following["id"]))["status"] == "completed"
    error: dict[str, Any] = ended["error"]
    assert error["remediation"]
    return error


@pytest.mark.parametrize(
    ("crash", "told"), [("segfault", "SIGSEGV"), ("abort", "SIGABRT"), ("exit", "exit code 3")]
)
async def test_a_child_that_dies_fails_its_job_with_its_last_lines(
    start: Start, crash: str, told: str
) -> None:
    place = await start(startup_mode="run")
    error = await ends_and_the_next_runs(place, "demo", items=2, seconds=0, crash=crash, crash_at=1)
    assert error["code"] == "worker_crashed"
    assert told in error["message"]
    last_lines = {"segfault": "Segmentation fault", "abort": "Aborted", "exit": "leaving by os._exit(3)"}
    assert last_lines[crash] in error["message"]


async def test_a_crashed_job_keeps_its_items_for_a_retry(start: Start) -> None:
    place = await start(startup_mode="run")
    job = await submitted(place, items=3, seconds=0, crash="exit", crash_at=2)
    ended = await over(place, job["id"])
    assert (ended["status"], ended["items"]["completed"]) == ("failed", 2)
    again = await over(place, (await place.post(f"/api/v1/jobs/{job['id']}/retry"))["id"])
    assert (again["error"]["code"], again["items"]["completed"]) == ("worker_crashed", 2)


async def test_one_that_runs_too_long_is_killed_by_name(start: Start) -> None:
    place = await start(startup_mode="run")
    error = await ends_and_the_next_runs(place, "slow")
    assert error["code"] == "timed_out"
    assert "0.3 seconds" in error["message"]


async def test_one_that_takes_too_much_memory_fails_alone(start: Start) -> None:
    place = await start(startup_mode="run")
    assert (await ends_and_the_next_runs(place, "hungry"))["code"] == "out_of_memory"
    crashed = await ends_and_the_next_runs(place, "hungrier")
    assert crashed["code"] == "worker_crashed"
    assert "about to take too much" in crashed["message"]
    assert (await ends_and_the_next_runs(place, "demo", items=1, crash="oom"))["code"] in (
        "out_of_memory",
        "worker_crashed",
    )


@pytest.mark.parametrize(
    ("kind", "code"), [("talkative", "output_too_large"), ("messy", "artifacts_too_large")]
)
async def test_one_that_leaves_too_much_fails_by_name(start: Start, kind: str, code: str) -> None:
    place = await start(startup_mode="run")
    assert (await ends_and_the_next_runs(place, kind))["code"] == code


async def test_one_that_shouts_fills_neither_memory_nor_disk(start: Start) -> None:
    place = await start(startup_mode="run")
    job = await over(place, (await submitted(place, items=1, seconds=0, print_mb=40))["id"])
    assert job["status"] == "completed"
    async with place.http.get(f"/api/v1/jobs/{job['id']}/log") as answer:
        assert 0 < len(await answer.read()) < 9 << 20


async def test_an_ending_is_written_when_the_store_can_again(start: Start, monkeypatch: Any) -> None:
    from service.engine import runner
    from service.model.errors import DeskError

    place = await start(startup_mode="run")
    real, refused = place.desk.store.complete, 0

    async def full(*args: Any) -> Any:
        nonlocal refused
        refused += 1
        if refused < 3:
            raise DeskError("storage_full", "The database could not be written.", retriable=True)
        return await real(*args)

    monkeypatch.setattr(runner, "RETRY_SECONDS", 0.01)
    monkeypatch.setattr(place.desk.store, "complete", full)
    job = await over(place, (await submitted(place, items=1, seconds=0))["id"])
    assert (job["status"], refused) == ("completed", 3)
