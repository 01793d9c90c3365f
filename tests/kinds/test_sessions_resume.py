"""A session on a real desk: killed, it goes on at the last finished minute; cancelled, it is gone at once.

What was said stays out of the database and the log, and a recording that is to be deleted is.
"""

import asyncio
import io
import json
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import numpy as np
import pytest
from aiohttp import web

from service.kinds.sessions.audio.recording import RATE
from tests.desk_process import DeskProcess, children_of, frames, rows
from tests.http.scripted_server import ScriptedServer, scripted_server
from tests.kinds.session_sounds import EXAMPLE, example, write_wave

pytestmark = pytest.mark.timeout(170)
SECONDS = 140


class Recogniser:
    """An endpoint that answers each request with a word of its own, and can be told to keep one waiting."""

    def __init__(self, server: ScriptedServer) -> None:
        self.count = 0
        self.waits_at: int | None = None
        self.is_waiting = asyncio.Event()
        self.may_go_on = asyncio.Event()
        server.answers["POST", "/v1/audio/transcriptions"] = self.answer

    async def answer(self, request: web.Request) -> web.StreamResponse:
        await request.read()
        self.count += 1
        number = self.count
        if number == self.waits_at:
            self.is_waiting.set()
            await self.may_go_on.wait()
        return web.json_response({"text": f"zanzibar{number}"})


@asynccontextmanager
async def desk_with(
    server: ScriptedServer, data_dir: Path, *settings: str
) -> AsyncIterator[tuple[DeskProcess, Recogniser]]:
    recogniser = Recogniser(server)
    wanted = [f"transcription_url={server.url}/v1", *settings]
    options = [option for each in wanted for option in ("--kind-setting", f"sessions.{each}")]
    # Long enough that a job which ends on being asked is never told twice, on however slow a machine.
    ladder = ("--cancel-term-seconds", "100", "--cancel-kill-seconds", "110")
    desk = DeskProcess(data_dir, *ladder, *options)
    assert await desk.start(), desk.log_lines[-20:]
    try:
        yield desk, recogniser
    finally:
        recogniser.may_go_on.set()
        await desk.kill()


def long_talk(folder: Path) -> Path:
    """Write a recording with speech all over it, which falls into several groups."""
    once = np.concatenate([example(), np.zeros(2 * RATE, np.int16)])
    return write_wave(folder / "Wilhelmina.wav", np.resize(once, SECONDS * RATE))


async def submit(desk: DeskProcess, source: Path, **args: Any) -> str:
    form = aiohttp.FormData()
    form.add_field("kind", "sessions")
    form.add_field("args", json.dumps({"notes": False, "title": "A talk", "names": ["Bartholomew"], **args}))
    sound = io.BytesIO(await asyncio.to_thread(source.read_bytes))
    form.add_field("files", sound, filename=source.name)
    return str((await desk.json("POST", "/api/v1/jobs", data=form))["id"])


async def transcript_of(desk: DeskProcess, job_id: str) -> dict[str, Any]:
    found: dict[str, Any] = await desk.json("GET", f"/api/v1/jobs/{job_id}/artifacts/transcript.json")
    return found


async def items_of(desk: DeskProcess, job_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await desk.json("GET", f"/api/v1/jobs/{job_id}/items?limit=100"))["items"]
    return found


async def test_after_kill_9_it_goes_on_at_the_last_finished_minute(tmp_path: Path) -> None:
    source = long_talk(tmp_path)
    async with scripted_server() as server, desk_with(server, tmp_path / "data") as (desk, recogniser):
        recogniser.waits_at = 7
        job_id = await submit(desk, source)
        await recogniser.is_waiting.wait()
        finished = await items_of(desk, job_id)
        assert finished  # it dies in the middle of a later group
        await desk.kill()
        recogniser.may_go_on.set()
        heard_before = recogniser.count
        assert await desk.start(), desk.log_lines[-20:]
        job = await desk.wait_for(job_id)
        items = await items_of(desk, job_id)
        transcript = await transcript_of(desk, job_id)
        assert await desk.stop() == 0

    assert (job["status"], job["attempt"]) == ("completed", 2), job["error"]
    assert job["items"] == {"total": len(items), "completed": len(items), "failed": 0, "needs_review": 0}
    assert len(items) >= 3
    assert items[: len(finished)] == finished  # written once, never again
    words = " ".join(one["text"] for one in transcript["segments"]).split()
    kept = sum(item["output"]["words"] for item in finished)
    assert words[:kept] == [f"zanzibar{number}" for number in range(1, kept + 1)]
    assert words[kept:] == [f"zanzibar{number}" for number in range(heard_before + 1, recogniser.count + 1)]
    assert len(words) == sum(item["output"]["words"] for item in items)


async def test_words_and_names_are_in_no_row_event_or_log(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    async with scripted_server() as server, desk_with(server, data_dir) as (desk, _):
        job_id = await submit(desk, EXAMPLE)
        job = await desk.wait_for(job_id)
        assert job["status"] == "completed", job["error"]
        assert "zanzibar1" in json.dumps(await transcript_of(desk, job_id))
        assert await desk.stop() == 0
        log = "\n".join(desk.log_lines)
    told = repr(rows(data_dir, "SELECT * FROM events") + rows(data_dir, "SELECT * FROM items"))
    told += repr(rows(data_dir, "SELECT output, progress, error FROM jobs"))
    path = data_dir / "jobs" / job_id / "log.txt"
    written = path.read_text("utf-8") if path.exists() else ""
    assert "zanzibar" not in told + log + written
    assert "Bartholomew" not in told + log + written


async def test_a_cancel_is_seen_while_an_utterance_is_heard_and_leaves_no_process(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    async with scripted_server() as server, desk_with(server, data_dir) as (desk, recogniser):
        recogniser.waits_at = 1
        job_id = await submit(desk, EXAMPLE)
        await recogniser.is_waiting.wait()
        await desk.json("POST", f"/api/v1/jobs/{job_id}/cancel")
        job = await desk.wait_for(job_id)
        log = (data_dir / "jobs" / job_id / "log.txt").read_text("utf-8")
        assert children_of(data_dir) == []
    assert job["status"] == "cancelled"
    assert "asked to stop" in log
    assert "SIGTERM" not in log


async def test_a_cancel_ends_pocketsphinx_with_its_process(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    async with scripted_server() as server, desk_with(server, data_dir) as (desk, _):
        job_id = await submit(desk, long_talk(tmp_path), engine="pocketsphinx")
        async with desk.stream(f"/api/v1/jobs/{job_id}/events") as stream:
            async for name, _, data in frames(stream):
                if name == "progress" and data["stage"] == "transcribing":
                    break
        await desk.json("POST", f"/api/v1/jobs/{job_id}/cancel")
        job = await desk.wait_for(job_id)
        log = data_dir / "jobs" / job_id / "log.txt"  # there is none when nothing was logged yet
        was_forced = log.exists() and "SIGTERM" in log.read_text("utf-8")
        assert children_of(data_dir) == []
    assert job["status"] == "cancelled"
    assert not was_forced


async def test_a_child_that_is_killed_fails_its_job_and_a_retry_keeps_the_finished_minutes(
    tmp_path: Path,
) -> None:
    data_dir = tmp_path / "data"
    async with scripted_server() as server, desk_with(server, data_dir) as (desk, recogniser):
        recogniser.waits_at = 7
        job_id = await submit(desk, long_talk(tmp_path))
        await recogniser.is_waiting.wait()
        finished = await items_of(desk, job_id)
        for number in children_of(data_dir):
            os.kill(number, signal.SIGKILL)
        failed = await desk.wait_for(job_id)
        recogniser.may_go_on.set()
        retried = str((await desk.json("POST", f"/api/v1/jobs/{job_id}/retry"))["id"])
        job = await desk.wait_for(retried)
        words = " ".join(one["text"] for one in (await transcript_of(desk, retried))["segments"]).split()
    assert failed["error"]["code"] == "worker_crashed"
    assert "zanzibar" not in failed["error"]["message"]
    assert job["status"] == "completed", job["error"]
    kept = sum(item["output"]["words"] for item in finished)
    assert words[:kept] == [f"zanzibar{number}" for number in range(1, kept + 1)]
    assert len(words) == len(set(words))


async def test_the_recording_is_deleted_after_success_unless_another_job_has_it(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    settings = "delete_audio_after_success=true"
    async with scripted_server() as server, desk_with(server, data_dir, settings) as (desk, recogniser):
        one = await desk.wait_for(await submit(desk, EXAMPLE, engine="openai"))
        assert one["status"] == "completed", one["error"]
        await settled(desk)
        assert kept_files(data_dir) == []
        recogniser.waits_at = recogniser.count + 1
        recogniser.is_waiting.clear()
        two = await submit(desk, EXAMPLE)
        await recogniser.is_waiting.wait()
        three = await submit(desk, EXAMPLE)
        assert len(kept_files(data_dir)) == 1
        recogniser.may_go_on.set()
        jobs = [await desk.wait_for(job_id) for job_id in (two, three)]
        await settled(desk)
        assert kept_files(data_dir) == []
    assert [job["status"] for job in jobs] == ["completed", "completed"]
    assert one["inputs"][0]["name"] == EXAMPLE.name
    assert one["output"]["session"]["audio"] is None


async def settled(desk: DeskProcess) -> None:
    """Wait until a job that came afterwards is over: the line is sequential."""
    await desk.wait_for(await desk.submit("demo", items=1, seconds=0.0))


def kept_files(data_dir: Path) -> list[Path]:
    """Return the uploads that are still there."""
    return [path for path in (data_dir / "blobs").rglob("*") if path.is_file()]
