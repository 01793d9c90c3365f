"""Who looked at what is about a person is written down, by whichever path it was looked at."""

import io
import wave

import pytest

from tests.http.conftest import Place, Start
from tests.http.people import Person, Town
from tests.http.session_talks import BASE, form


@pytest.fixture
async def town(start: Start) -> Town:
    return await Town(await start(accounts=True)).settle()


async def handed_in(place: Place, person: Person, **file: object) -> str:
    """Hand in a session of Pia and return its id, which is its job's."""
    path = f"{BASE}/upload?patient_id=Pia"
    async with place.http.post(path, data=form(**file), headers=person.header) as answer:
        assert answer.status == 202, await answer.text()
        return str((await answer.json())["session_id"])


async def worked_on(town: Town, ada: Person, job_id: str) -> None:
    await ada.call("POST", "/api/v1/queue/resume", 200, {})
    async with town.place.http.get(f"/api/v1/jobs/{job_id}/events", headers=ada.header) as stream:
        await stream.read()


async def fetched(person: Person, path: str, status: int = 200, **headers: str) -> bytes:
    async with person.place.http.get(path, headers=person.header | headers) as answer:
        body = await answer.read()
        assert answer.status == status, body
        return body


async def written(ada: Person, about: str) -> list[tuple[str, str, dict]]:
    """Return what stands in the log about a session, oldest first."""
    entries = (await ada.call("GET", "/api/v1/audit?limit=500", 200))["entries"]
    found = [(one["action"], one["actor_name"], one["details"]) for one in entries if one["about"] == about]
    return found[::-1]


def silence() -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(16000))
    return out.getvalue()


async def test_a_transcript_is_not_read_unseen_by_another_path(town: Town) -> None:
    theo, ada = await town.as_("Theo"), await town.as_("Ada")
    session_id = await handed_in(town.place, theo)
    await worked_on(town, ada, session_id)
    job = f"/api/v1/jobs/{session_id}"
    await fetched(theo, f"{job}/artifacts/transcript.json")
    await fetched(theo, f"{job}/artifacts.zip")
    await fetched(ada, f"{BASE}/{session_id}/transcript/history")
    assert await written(ada, session_id) == [
        ("artifact.fetched", "Theo", {"name": "transcript.json"}),
        ("artifacts.fetched", "Theo", {}),
        ("session.history_read", "Ada", {}),
    ]
    await fetched(theo, f"{job}/artifacts/none.json", 404)
    await fetched(await town.as_("Max"), f"{job}/artifacts/transcript.json", 404)
    await theo.call("DELETE", job, 204)
    assert (await written(ada, session_id))[3:] == [("job.deleted", "Theo", {})]


async def test_the_parts_of_a_recording_that_a_player_fetches_are_one_entry(town: Town) -> None:
    theo, pia, ada = [await town.as_(name) for name in ("Theo", "Pia", "Ada")]
    session_id = await handed_in(town.place, theo, content=silence(), name="talk.wav")
    path = f"{BASE}/{session_id}/audio"
    for part in ("bytes=100-199", "bytes=0-99", "bytes=200-"):
        await fetched(theo, path, 206, Range=part)
    await fetched(pia, path)
    await fetched(theo, path)
    played = [
        (who, details) for what, who, details in await written(ada, session_id) if what == "session.played"
    ]
    assert played == [("Theo", {}), ("Pia", {})]


async def test_work_that_is_about_nobody_is_its_owner_s_and_fetched_without_an_entry(town: Town) -> None:
    max_, ada = await town.as_("Max"), await town.as_("Ada")
    job = await max_.submit(items=1, seconds=0)
    await worked_on(town, ada, job["id"])
    await fetched(max_, f"/api/v1/jobs/{job['id']}/artifacts.zip")
    await max_.call("DELETE", f"/api/v1/jobs/{job['id']}", 204)
    assert await written(ada, job["id"]) == []


async def test_who_stopped_and_emptied_the_line_and_who_left_late_is_known(town: Town) -> None:
    max_, ada = await town.as_("Max"), await town.as_("Ada")
    await max_.submit(items=1, seconds=0)
    await ada.call("POST", "/api/v1/queue/pause", 200, {"reason": "lunch"})
    await ada.call("POST", "/api/v1/queue/clear", 200, {"lane": "main"})
    await ada.call("POST", "/api/v1/queue/resume", 200, {})
    body = {"refresh_token": max_.granted["refresh_token"]}  # his access token may have ended long ago
    async with town.place.http.post("/api/v1/auth/logout", json=body) as answer:
        assert answer.status == 204
    entries = (await ada.call("GET", "/api/v1/audit?limit=4", 200))["entries"]
    told = [(one["action"], one["actor_name"], one["address"], one["details"]) for one in entries[::-1]]
    assert told == [
        ("queue.paused", "Ada", "127.0.0.1", {}),
        ("queue.cleared", "Ada", "127.0.0.1", {"cancelled": 1}),
        ("queue.resumed", "Ada", "127.0.0.1", {}),
        ("login.ended", None, "127.0.0.1", {}),
    ]
    assert [one["about"] for one in entries[::-1]][:3] == [None, "main", None]
