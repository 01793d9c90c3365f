"""Estimates that are learned from what happened, and the numbers for Prometheus."""

from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.desk_process import running_desk
from tests.engine.listening import listening, over, submitted
from tests.http.conftest import Place, Start

pytestmark = pytest.mark.usefixtures("plugged_in")


async def samples(place: Place) -> dict[tuple[str, ...], float]:
    """Return every sample of /metrics by its name and label values."""
    async with place.http.get("/metrics") as answer:
        assert answer.status == 200
        assert answer.headers["Content-Type"].startswith("text/plain")
        families = text_string_to_metric_families(await answer.text())
        return {
            (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
            for family in families
            for sample in family.samples
        }


async def test_an_estimate_is_wide_before_there_is_history_and_near_after(start: Start) -> None:
    place = await start()
    job = await submitted(place, items=1, seconds=0.05)
    wide = job["estimate"]["finishes_in"]
    assert job["estimate"]["starts_in"] == {"p50": 0.0, "p90": 0.0}
    assert wide["p90"] / wide["p50"] > 2
    await place.post("/api/v1/queue/resume", status=200)
    for _ in range(10):
        await over(place, (await submitted(place, items=1, seconds=0.05))["id"])
    await place.post("/api/v1/queue/pause", status=200)
    first, *_, tenth = [await submitted(place, items=1, seconds=0.05) for _ in range(10)]
    near = first["estimate"]["finishes_in"]
    assert near["p90"] < wide["p50"]
    assert tenth["estimate"]["starts_in"]["p50"] > near["p50"]
    assert tenth["estimate"]["finishes_in"]["p50"] >= tenth["estimate"]["starts_in"]["p50"]  # told in tenths
    (lane,) = [lane for lane in (await place.get("/api/v1/queue"))["lanes"] if lane["name"] == "main"]
    assert lane["estimate"]["p50"] >= tenth["estimate"]["finishes_in"]["p50"]


async def test_what_was_learned_outlives_the_service_and_the_jobs(tmp_path: Path) -> None:
    async with running_desk(tmp_path) as desk:
        for _ in range(9):
            job = await desk.submit("demo", items=1, seconds=0.0)
            await desk.wait_for(job)
            await desk.json("DELETE", f"/api/v1/jobs/{job}")
        assert await desk.stop() == 0
    async with running_desk(tmp_path, "--startup-mode", "paused") as desk:
        job = await desk.json("POST", "/api/v1/jobs", json={"kind": "demo", "args": {"items": 1}})
        assert (
            job["estimate"]["finishes_in"]["p90"] < 2.5
        )  # a demo job is thought to take 2.5 s at first, or 9 s


async def test_a_running_job_tells_what_is_left_and_not_when_it_starts(start: Start, tmp_path: Path) -> None:
    place, gate = await start(startup_mode="run"), tmp_path / "gate"
    job = await submitted(place, "steps", items=4, gates={"2": str(gate)})
    async with listening(place, f"/api/v1/jobs/{job['id']}/events") as stream:
        told = await stream.until("progress", lambda data: data["current"] == 2)
    assert told["percent"] == 50.0
    shown = await place.get(f"/api/v1/jobs/{job['id']}")
    assert shown["estimate"]["starts_in"] is None
    assert shown["estimate"]["finishes_in"]["p90"] >= shown["estimate"]["finishes_in"]["p50"]
    gate.touch()
    assert (await over(place, job["id"]))["estimate"] is None


async def test_the_numbers_for_prometheus_tell_what_happened(start: Start, tmp_path: Path) -> None:
    place, gate = await start(startup_mode="run"), tmp_path / "gate"
    for args in ({"items": 0}, {"items": 0}, {"fail": "no"}):
        await over(place, (await submitted(place, seconds=0, **args))["id"])
    job = await submitted(place, "steps", gates={"0": str(gate)})
    waiting = await submitted(place, items=0)
    async with listening(place, f"/api/v1/jobs/{job['id']}/events") as stream:
        if not stream.heard[-1][2].get("total"):
            await stream.until("progress", lambda data: data["total"] == 1)
        found = await samples(place)
    assert found["nowserving_jobs_submitted_total", "false", "demo"] == 4
    assert found["nowserving_jobs_finished_total", "demo", "completed"] == 2
    assert found["nowserving_jobs_finished_total", "demo", "failed"] == 1
    assert (found["nowserving_jobs_waiting", "main"], found["nowserving_jobs_running", "main"]) == (1, 1)
    assert found["nowserving_lane_paused", "main"] == 0
    assert found["nowserving_job_run_seconds_count", "demo"] == 3
    assert found["nowserving_job_wait_seconds_count", "demo"] == 3
    assert found["nowserving_estimate_ratio_count",] == 2
    assert sum(value for key, value in found.items() if key[0] == "nowserving_estimates_total") == 2
    assert found["nowserving_streams_open",] == 1
    assert found["nowserving_event_number",] == await place.desk.store.head()
    assert found["nowserving_frames_delivered",] > 0
    assert ("nowserving_disk_used_bytes",) in found
    assert ("nowserving_jobs_interrupted_total",) in found
    gate.touch()
    assert (await over(place, waiting["id"]))["status"] == "completed"
