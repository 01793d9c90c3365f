"""The same again: retry, idempotency keys, cached results, and what a person confirms."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from service.model.errors import DeskError
from tests.engine.listening import listening, over, running, submitted, terminal_events
from tests.http.conftest import Place, Start

pytestmark = pytest.mark.usefixtures("plugged_in")


async def artifacts(place: Place, job_id: str) -> dict[str, str]:
    """Return the artifacts of a job, fetched by their own links."""
    job = await place.get(f"/api/v1/jobs/{job_id}")
    found = {}
    for artifact in job["artifacts"]:
        async with place.http.get(artifact["url"]) as answer:
            assert answer.status == 200
            found[artifact["name"]] = await answer.text()
    return found


async def held(place: Place, **args: Any) -> dict[str, Any]:
    """Submit a job that wants to be confirmed and return it once it is held."""
    job = await submitted(place, hold=True, items=2, seconds=0, **args)
    async with listening(place, f"/api/v1/jobs/{job['id']}/events") as stream:
        if stream.heard[-1][0] != "held":
            await stream.until("held")
    return await place.get(f"/api/v1/jobs/{job['id']}")


async def test_a_retry_does_only_what_failed_and_takes_over_the_rest(start: Start, tmp_path: Path) -> None:
    place = await start(startup_mode="run")
    ledger, mended = tmp_path / "ledger", tmp_path / "mended"
    first = await submitted(place, "steps", items=4, fail=[1, 3], ledger=str(ledger), mended=str(mended))
    ended = await over(place, first["id"])
    assert (ended["status"], ended["items"]["completed"], ended["items"]["failed"]) == ("completed", 2, 2)
    assert ended["output"] == {"done": ["0", "2"]}
    mended.touch()
    second = await place.post(f"/api/v1/jobs/{first['id']}/retry")
    assert second["retry_of"] == first["id"]
    done = await over(place, second["id"])
    assert (done["items"]["completed"], done["items"]["failed"]) == (4, 0)
    assert [line[0] for line in ledger.read_text().split()] == ["0", "1", "2", "3", "1", "3"]
    assert await artifacts(place, second["id"]) == {f"{key}.txt": f"made of {key}" for key in "0123"}
    assert await artifacts(place, first["id"]) == {f"{key}.txt": f"made of {key}" for key in "02"}
    again = await place.post(f"/api/v1/jobs/{first['id']}/retry", status=409)
    assert second["id"] in again["detail"]
    await place.post(f"/api/v1/jobs/{second['id']}/retry", status=409)  # nothing failed


async def test_of_many_retries_at_once_one_is_accepted(start: Start) -> None:
    place = await start(startup_mode="run")
    job = await submitted(place, items=3, seconds=0, fail_items=[1], artifact_bytes=1000)
    await over(place, job["id"])
    folders = {path.name for path in (place.data_dir / "jobs").iterdir()}

    async def retry() -> tuple[int, dict[str, Any]]:
        async with place.http.post(f"/api/v1/jobs/{job['id']}/retry", json={}) as answer:
            return answer.status, await answer.json()

    answers = await asyncio.gather(*(retry() for _ in range(10)))
    (made,) = [body["id"] for status, body in answers if status == 202]
    assert sorted(status for status, _ in answers) == [202] + [409] * 9
    await over(place, made)
    assert {path.name for path in (place.data_dir / "jobs").iterdir()} == folders | {made}


async def test_a_retry_that_cannot_copy_leaves_nothing(start: Start, monkeypatch: Any) -> None:
    place = await start(startup_mode="run")
    job = await submitted(place, items=2, seconds=0, fail_items=[1])
    await over(place, job["id"])
    folders = {path.name for path in (place.data_dir / "jobs").iterdir()}

    async def full(*_: Any) -> None:
        raise DeskError("disk_budget", "No room.", retriable=True, retry_after_seconds=60)

    with monkeypatch.context() as patch:
        patch.setattr(place.desk.files, "copy_work", full)
        await place.post(f"/api/v1/jobs/{job['id']}/retry", status=503)
    assert {path.name for path in (place.data_dir / "jobs").iterdir()} == folders
    assert (await over(place, (await place.post(f"/api/v1/jobs/{job['id']}/retry"))["id"]))["finished_at"]


async def test_fifty_requests_with_one_key_make_one_job(start: Start) -> None:
    place = await start(startup_mode="run")
    body = {"kind": "demo", "args": {"items": 1, "seconds": 0}}

    async def post() -> tuple[int, str, str | None]:
        async with place.http.post("/api/v1/jobs", json=body, headers={"Idempotency-Key": "one"}) as answer:
            return answer.status, (await answer.json())["id"], answer.headers.get("Idempotency-Replayed")

    answers = await asyncio.gather(*(post() for _ in range(50)))
    assert {status for status, _, _ in answers} == {202}
    (job_id,) = {job_id for _, job_id, _ in answers}
    assert sorted(str(replayed) for _, _, replayed in answers) == ["None"] + ["true"] * 49
    assert (await over(place, job_id))["status"] == "completed"
    assert len((await place.get("/api/v1/jobs"))["jobs"]) == 1
    lanes = (await place.get("/api/v1/queue"))["lanes"]
    assert [lane["waiting"] for lane in lanes] == [0] * len(lanes)
    other = {"kind": "demo", "args": {"items": 2}}
    async with place.http.post("/api/v1/jobs", json=other, headers={"Idempotency-Key": "one"}) as answer:
        assert answer.status == 422


async def test_fifty_uploads_with_one_key_keep_one_content(place: Place, book: bytes) -> None:
    async def post() -> str:
        form = place.form(book, "book.epub")
        async with place.http.post("/api/v1/jobs", data=form, headers={"Idempotency-Key": "one"}) as answer:
            assert answer.status == 202
            return str((await answer.json())["id"])

    (job_id,) = set(await asyncio.gather(*(post() for _ in range(20))))
    (kept,) = place.kept_files()
    job = await place.get(f"/api/v1/jobs/{job_id}")
    assert (job["inputs"][0]["sha256"], job["position"]) == (kept, 1)


async def test_the_same_work_is_served_from_the_first_result(start: Start, tmp_path: Path) -> None:
    place, ledger = await start(startup_mode="run"), tmp_path / "ledger"
    args = {"items": 2, "ledger": str(ledger)}
    first = await over(place, (await submitted(place, "pure", **args))["id"])
    second = await submitted(place, "pure", **args)
    assert (second["status"], second["cached"], second["position"]) == ("completed", True, None)
    assert second["output"] == first["output"]
    await place.http.delete(f"/api/v1/jobs/{first['id']}")
    expected = {"0.txt": "made of 0", "1.txt": "made of 1"}
    assert await artifacts(place, second["id"]) == expected
    third = await submitted(place, "pure", **args)  # the copy serves as well as the original did
    await place.http.delete(f"/api/v1/jobs/{second['id']}")
    assert await artifacts(place, third["id"]) == expected
    assert len(ledger.read_text().split()) == 2
    other = await submitted(place, "pure", **args, more="words")
    assert other["cached"] is False


async def test_a_result_that_is_deleted_while_it_is_copied_is_made_anew(
    start: Start, tmp_path: Path, monkeypatch: Any
) -> None:
    place, ledger = await start(startup_mode="run"), tmp_path / "ledger"
    args = {"items": 1, "ledger": str(ledger)}
    first = await over(place, (await submitted(place, "pure", **args))["id"])
    link = place.desk.files.link_artifacts

    async def and_delete(from_job: str, to_job: str) -> None:
        await link(from_job, to_job)
        await place.desk.delete(from_job)

    monkeypatch.setattr(place.desk.files, "link_artifacts", and_delete)
    second = await over(place, (await submitted(place, "pure", **args))["id"])
    assert (second["cached"], second["output"]) == (False, first["output"])
    assert len(ledger.read_text().split()) == 2
    assert await artifacts(place, second["id"]) == {"0.txt": "made of 0"}


async def test_a_held_job_waits_for_the_very_hash_that_was_shown(start: Start) -> None:
    place = await start(startup_mode="run")
    job = await held(place)
    assert (job["status"], job["position"], job["preview"]["items"]) == ("held", None, 2)
    other = await submitted(place, items=0)
    assert (await over(place, other["id"]))["status"] == "completed"  # the line goes on without it
    stale = await place.post(f"/api/v1/jobs/{job['id']}/confirm", {"hash": "0" * 64}, 409)
    assert stale["code"] == "stale_preview"
    await place.post(f"/api/v1/jobs/{job['id']}/confirm", status=409)
    await place.post(f"/api/v1/jobs/{job['id']}/confirm", {"hash": job["preview"]["hash"]})
    done = await over(place, job["id"])
    assert (done["status"], done["attempt"], done["items"]["completed"]) == ("completed", 2, 2)
    await place.post(f"/api/v1/jobs/{job['id']}/confirm", {"hash": job["preview"]["hash"]}, 409)


async def test_confirming_twice_at_once_puts_it_in_line_once(start: Start) -> None:
    place = await start(startup_mode="run")
    for _ in range(5):
        job = await held(place)
        await place.post("/api/v1/queue/pause", status=200)
        body = {"hash": job["preview"]["hash"]}

        async def confirm(path: str = f"/api/v1/jobs/{job['id']}/confirm", body: Any = body) -> int:
            async with place.http.post(path, json=body) as answer:
                return answer.status

        assert sorted(await asyncio.gather(*(confirm() for _ in range(6)))) == [202] + [409] * 5
        assert (await place.get("/api/v1/queue"))["lanes"][0]["waiting"] == 1
        following = await submitted(place, items=0)
        assert following["position"] == 2
        await place.post("/api/v1/queue/resume", status=200)
        assert (await over(place, job["id"]))["status"] == "completed"
        assert (await over(place, following["id"]))["status"] == "completed"
        assert await terminal_events(place, job["id"]) == ["completed"]


async def test_an_effect_of_a_cancelled_job_wants_a_person_and_is_not_repeated_by_a_retry(
    start: Start, tmp_path: Path
) -> None:
    place, ledger, gate = await start(startup_mode="run"), tmp_path / "ledger", tmp_path / "gate"
    args = {"items": 3, "effect": True, "ledger": str(ledger), "gates": {"1": str(gate)}}
    job = await submitted(place, "steps", **args)
    async with listening(place) as stream:
        if (await place.get(f"/api/v1/jobs/{job['id']}"))["items"]["completed"] < 1:
            await stream.until("item_completed")
        await stream.until("log", lambda data: data["line"] == "at 1")
    await place.post(f"/api/v1/jobs/{job['id']}/cancel")
    assert (await over(place, job["id"]))["items"]["needs_review"] == 1
    gate.touch()
    again = await over(place, (await place.post(f"/api/v1/jobs/{job['id']}/retry"))["id"])
    assert (again["items"]["completed"], again["items"]["needs_review"]) == (2, 1)
    assert [line[0] for line in ledger.read_text().split()] == ["0", "1", "2"]
    path = f"/api/v1/jobs/{again['id']}/items/1/resolve"
    decided = await place.post(path, {"outcome": "completed", "output": {"seen": True}}, 200)
    assert (decided["items"]["completed"], decided["items"]["needs_review"]) == (3, 0)
    await place.post(path, {"outcome": "failed"}, 409)


async def test_a_running_job_can_be_neither_retried_nor_confirmed_nor_deleted_nor_moved(
    start: Start, tmp_path: Path
) -> None:
    place, gate = await start(startup_mode="run"), tmp_path / "gate"
    job = await submitted(place, "steps", gates={"0": str(gate)})
    await running(place, job["id"])
    await place.post(f"/api/v1/jobs/{job['id']}/retry", status=409)
    await place.post(f"/api/v1/jobs/{job['id']}/confirm", status=409)
    await place.post(f"/api/v1/jobs/{job['id']}/move", {"to": "front"}, 409)
    async with place.http.delete(f"/api/v1/jobs/{job['id']}") as answer:
        assert answer.status == 409
    gate.touch()
    assert (await over(place, job["id"]))["status"] == "completed"
